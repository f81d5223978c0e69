//! An upload on its way to the disk: never all of it in memory, never more of it than allowed.

use std::io::Write;
use std::time::Duration;

use axum::RequestExt;
use axum::extract::Request;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::http::header;
use tempfile::{Builder, NamedTempFile, TempPath};

use super::drain::drain;
use super::error::ApiError;
use super::form::FormFields;
use super::prompt::MOST_KEYWORDS;
use crate::config::serve::ServeConfig;

/// Longest field of text in bytes.
const LONGEST_TEXT: usize = 64 * 1024;
/// Most fields of a form: each keyword is one.
const MOST_FIELDS: usize = MOST_KEYWORDS + 64;
/// Bytes of a form beside the recording: fields and separators.
const AROUND: u64 = 1 << 20;

/// A recording that a client sent, and what it asks for.
pub struct UploadForm {
    /// The file.
    pub file: TempPath,
    /// The other fields.
    pub fields: FormFields,
}

/// The limits of an upload.
#[derive(Clone, Copy)]
struct UploadLimits {
    megabytes: u64,
    /// Time for the next piece.
    piece: Duration,
}

/// Reads a form whose file may be as large, and take as long, as `settings` say.
///
/// # Errors
/// When the request is not a form, holds no file, is too large or too slow, or a field has no valid value.
pub async fn read(request: Request, settings: &ServeConfig) -> Result<UploadForm, ApiError> {
    let megabytes = settings.max_upload_mb;
    let most = megabytes << 20;
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > most.saturating_add(AROUND)) {
        drain(request.into_body()).await;
        return Err(ApiError::too_large(megabytes));
    }
    let form: Multipart = request.extract().await.map_err(|_| {
        ApiError::request(
            "send a form: Content-Type: multipart/form-data with a boundary (curl -F file=@talk.mp3 does)",
        )
    })?;
    let limits = UploadLimits { megabytes, piece: settings.patience() };
    tokio::time::timeout(settings.upload_time(), fields(form, limits)).await.map_err(|_| ApiError::too_slow())?
}

async fn fields(mut form: Multipart, limits: UploadLimits) -> Result<UploadForm, ApiError> {
    let (mut file, mut fields, mut left) = (None, FormFields::default(), AROUND);
    for _ in 0..MOST_FIELDS {
        let next = tokio::time::timeout(limits.piece, form.next_field()).await.map_err(|_| ApiError::too_slow())?;
        let Some(field) = next.map_err(|error| broken(&error))? else {
            let file = file.ok_or_else(|| ApiError::bad("file", "there is no recording: send it as the field file"))?;
            fields.check()?;
            return Ok(UploadForm { file, fields });
        };
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            file = Some(spool(field, limits).await?);
        } else {
            let value = text(field, &name, limits.piece).await?;
            let fault = || ApiError::request(format!("the fields of the form have more than {AROUND} bytes"));
            left = left.checked_sub(value.len() as u64).ok_or_else(fault)?;
            fields.take(&name, &value)?;
        }
    }
    Err(ApiError::request(format!("the form has more than {MOST_FIELDS} fields")))
}

/// Writes a file to the disk.
async fn spool(mut field: Field<'_>, limits: UploadLimits) -> Result<TempPath, ApiError> {
    let disk = |error: std::io::Error| ApiError::internal(format!("the upload cannot be kept: {error}"));
    let mut file = temporary(field.file_name().unwrap_or_default()).map_err(disk)?;
    let mut left = limits.megabytes << 20;
    while let Some(piece) = piece(&mut field, limits.piece).await? {
        let length = piece.len() as u64;
        if length > left {
            return Err(ApiError::too_large(limits.megabytes));
        }
        left -= length;
        // Writing does not block for long: the system buffers the bytes in memory.
        file.write_all(&piece).map_err(disk)?;
    }
    Ok(file.into_temp_path())
}

/// A file with a name that no one can guess, and the ending of `name`, which shows the kind of file.
fn temporary(name: &str) -> std::io::Result<NamedTempFile> {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let plain = !ending.is_empty() && ending.len() <= 8 && ending.chars().all(|letter| letter.is_ascii_alphanumeric());
    let suffix = if plain { format!(".{ending}") } else { String::new() };
    Builder::new().prefix("golem-upload-").suffix(&suffix).tempfile()
}

/// The text of a field.
async fn text(mut field: Field<'_>, name: &str, time: Duration) -> Result<String, ApiError> {
    let mut bytes = Vec::new();
    while let Some(piece) = piece(&mut field, time).await? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > LONGEST_TEXT {
            return Err(ApiError::request(format!("the field \"{name}\" has more than {LONGEST_TEXT} bytes")));
        }
    }
    String::from_utf8(bytes).map_err(|_| ApiError::request(format!("the field \"{name}\" is not UTF-8")))
}

async fn piece(field: &mut Field<'_>, time: Duration) -> Result<Option<axum::body::Bytes>, ApiError> {
    let next = tokio::time::timeout(time, field.chunk()).await.map_err(|_| ApiError::too_slow())?;
    next.map_err(|error| broken(&error))
}

fn broken(error: &MultipartError) -> ApiError {
    ApiError::request(format!("the form is broken: {}", error.body_text()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_ending_of_a_name_reaches_the_disk() {
        let name = |name: &str| temporary(name).unwrap().path().file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(name("talk.MP3").rsplit_once('.').map(|(_, ending)| ending.to_owned()), Some("MP3".into()));
        for odd in ["../../etc/passwd", "a.b/c", "x.", "", "x.averyverylongending", "x.d\0"] {
            let name = name(odd);
            assert!(name.starts_with("golem-upload-") && !name.contains(['.', '/']), "{name}");
        }
    }
}
