//! JSON: read with a limit, written as Python writes it, so that files compare equal.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{ConvertError, OfFile};

/// Longest file that is read: the largest Whisper's `tokenizer.json` takes 4 MB.
const LONGEST: u64 = 32 << 20;

/// Reads the file `path`.
///
/// # Errors
/// When it is not there, too long, or not what is expected.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, ConvertError> {
    let text = text(path)?;
    serde_json::from_slice(&text)
        .map_err(|error| ConvertError::unusable(path, format!("{error}; fetch the file again")))
}

/// Reads the file `path` if it is there.
///
/// # Errors
/// When it is too long, or not what is expected.
pub(super) fn read_if_there<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, ConvertError> {
    if path.is_file() { read(path).map(Some) } else { Ok(None) }
}

/// The bytes of a short file.
///
/// # Errors
/// When it cannot be read or is longer than 32 MB.
pub(super) fn text(path: &Path) -> Result<Vec<u8>, ConvertError> {
    let mut text = Vec::new();
    File::open(path).at(path)?.take(LONGEST + 1).read_to_end(&mut text).at(path)?;
    if text.len() as u64 > LONGEST {
        return Err(ConvertError::unusable(path, "it is too long for what it is called; fetch the file again"));
    }
    Ok(text)
}

/// Writes `text` to the new file `path`, through to the disk.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(path: &Path, text: &[u8]) -> Result<(), ConvertError> {
    let mut file = File::create(path).at(path)?;
    file.write_all(text).and_then(|()| file.sync_all()).at(path)
}

/// `value` as `json.dumps(value, indent=2)` spells it: two blanks deep, ASCII only.
pub(super) fn python(value: &impl Serialize) -> String {
    let pretty = serde_json::to_string_pretty(value).expect("lists, numbers and strings always serialise");
    let mut ascii = String::with_capacity(pretty.len());
    for letter in pretty.chars() {
        if matches!(letter, ' '..='~' | '\n') {
            ascii.push(letter);
        } else {
            let mut units = [0; 2];
            ascii.extend(letter.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelled_as_python_does() {
        let value = vec!["Ġthe", "\u{7f}\n\"\\", "😀", ""];
        let expected = "[\n  \"\\u0120the\",\n  \"\\u007f\\n\\\"\\\\\",\n  \"\\ud83d\\ude00\",\n  \"\"\n]";
        assert_eq!(python(&value), expected);
        assert_eq!(python(&Vec::<u8>::new()), "[]");
    }
}
