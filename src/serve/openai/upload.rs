//! An upload on its way to the disk: never all of it in memory, never more of it than allowed.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::RequestExt;
use axum::extract::Request;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::http::header;
use tempfile::{Builder, NamedTempFile, TempPath};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::error::ApiError;
use super::form::FormFields;
use super::prompt::MOST_KEYWORDS;
use super::sound::wav_header;
use crate::config::serve::ServeConfig;
use crate::signal::frame::RATE;

/// Longest field of text in bytes.
const LONGEST_TEXT: usize = 64 * 1024;
/// Most fields of a form: each keyword is one.
const MOST_FIELDS: usize = MOST_KEYWORDS + 64;
/// Bytes of a form beside the recording: fields and separators.
const AROUND: u64 = 1 << 20;
/// Uploads that may come in at a time, for each session that may run.
const UPLOADS: usize = 4;
/// Types of samples without a header: 16 bits, little-endian, mono, at golem's own rate.
const RAW: [&str; 2] = ["audio/pcm", "audio/raw"];

/// Places for uploads that come in. They are not those of the sessions, so that slow clients keep no place from others.
#[derive(Clone)]
pub struct UploadPlaces {
    free: Arc<Semaphore>,
    count: usize,
}

impl UploadPlaces {
    /// The places of a server for so many sessions.
    pub fn new(sessions: usize) -> Self {
        let count = UPLOADS * sessions.max(1);
        Self { free: Arc::new(Semaphore::new(count)), count }
    }

    /// A place, until it is dropped.
    fn take(&self) -> Result<SemaphorePermit<'_>, ApiError> {
        self.free.try_acquire().map_err(|_| ApiError::busy_uploads(self.count))
    }
}

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

/// Reads a form whose file may be as large, and take as long, as `settings` say. It has one of `places` meanwhile.
///
/// # Errors
/// When the request is not a form, holds no file, is too large or too slow, a field has no valid value, or all places
/// are taken.
pub async fn read(request: Request, settings: &ServeConfig, places: &UploadPlaces) -> Result<UploadForm, ApiError> {
    let megabytes = settings.max_upload_mb;
    let most = megabytes << 20;
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > most.saturating_add(AROUND)) {
        return Err(ApiError::too_large(megabytes));
    }
    let _place = places.take()?;
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

/// Writes a file to the disk, samples without a header as WAV.
async fn spool(mut field: Field<'_>, limits: UploadLimits) -> Result<TempPath, ApiError> {
    let disk = |error: std::io::Error| ApiError::internal(format!("the upload cannot be kept: {error}"));
    let mut file = temporary(field.file_name().unwrap_or_default()).map_err(disk)?;
    if is_raw(field.content_type().unwrap_or_default()) {
        file.write_all(&wav_header(RATE)).map_err(disk)?;
    }
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

/// Whether a file of this type consists of samples without a header.
fn is_raw(kind: &str) -> bool {
    let plain = kind.split(';').next().unwrap_or_default().trim();
    RAW.iter().any(|raw| plain.eq_ignore_ascii_case(raw))
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
    use axum::body::Body;
    use tokio::runtime;

    use super::*;
    use crate::device::wav::read_all;

    /// The form with a file of the type `kind`, as it is read with `places`.
    fn uploaded(kind: &str, file: &[u8], places: &UploadPlaces) -> Result<UploadForm, ApiError> {
        let head = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"talk\"";
        let head = format!("{head}\r\nContent-Type: {kind}\r\n\r\n");
        let mut request = Request::new(Body::from([head.as_bytes(), file, &b"\r\n--x--\r\n"[..]].concat()));
        let kind = header::HeaderValue::from_static("multipart/form-data; boundary=x");
        request.headers_mut().insert(header::CONTENT_TYPE, kind);
        let runtime = runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(read(request, &ServeConfig::default(), places))
    }

    #[test]
    fn samples_without_a_header_are_kept_as_wav() {
        let sound: Vec<u8> = [0x00, 0x40].repeat(1_600);
        for kind in ["audio/pcm", "audio/raw", "Audio/PCM; rate=16000"] {
            let form = uploaded(kind, &sound, &UploadPlaces::new(1)).unwrap();
            let read = read_all(&form.file).unwrap();
            assert_eq!(read.len(), 1_600, "{kind}");
            assert!(read.iter().all(|level| (level - 0.5).abs() < 1e-3), "{kind}");
        }
        let form = uploaded("audio/wav", &sound, &UploadPlaces::new(1)).unwrap();
        assert_eq!(std::fs::read(&form.file).unwrap(), sound, "others are kept as they are");
    }

    #[test]
    fn uploads_have_places_of_their_own() {
        let places = UploadPlaces::new(2);
        let mut taken: Vec<_> = (0..2 * UPLOADS).map(|_| places.take().unwrap()).collect();
        let status = |form: Result<UploadForm, ApiError>| form.err().map(|error| error.status.as_u16());
        assert_eq!(status(uploaded("audio/wav", b"RIFF", &places)), Some(429));
        drop(taken.pop());
        for _ in 0..2 {
            assert_eq!(status(uploaded("audio/wav", b"RIFF", &places)), None);
        }
    }

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
