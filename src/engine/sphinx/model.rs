//! The check of a model's files before the library reads them. PocketSphinx calls `exit()` on some broken files and
//! maps others into memory without checking their length. A file that passes here is either loaded or refused with an
//! error.

use std::fs;
use std::path::Path;

use super::super::{EngineError, reinstall};

const WHAT: &str = "a PocketSphinx model";
/// Byte order mark of the float files, on a machine of the same byte order.
const NATIVE: u32 = 0x1122_3344;
/// First bytes of a binary model definition.
const DEFINITION: &[u8] = b"BMDF";

/// Checks that `path` exists.
///
/// # Errors
/// [`EngineError::Missing`], calling it `what`.
pub fn exists(path: &Path, what: &str) -> Result<(), EngineError> {
    if path.exists() {
        return Ok(());
    }
    Err(EngineError::Missing { what: what.into(), path: path.into(), hint: reinstall().into() })
}

/// Checks that the acoustic model in `folder` is complete.
///
/// # Errors
/// The file that is missing or broken, and its fault.
pub fn acoustic(folder: &Path) -> Result<(), EngineError> {
    type Check = fn(&[u8]) -> Option<&'static str>;
    let files: [(&str, Check); 6] = [
        ("feat.params", parameters),
        ("mdef", definition),
        ("means", floats),
        ("variances", floats),
        ("transition_matrices", floats),
        ("sendump", mixtures),
    ];
    for (name, check) in files {
        let path = folder.join(name);
        exists(&path, "PocketSphinx acoustic model")?;
        let broken = match fs::read(&path) {
            Ok(bytes) => check(&bytes).map(str::to_owned),
            Err(error) => Some(error.to_string()),
        };
        if let Some(reason) = broken {
            return Err(EngineError::Unusable { what: WHAT.into(), path, reason });
        }
    }
    Ok(())
}

/// Checks that a dictionary begins with a word and its phones.
///
/// # Errors
/// When it is missing, unreadable or another file.
pub fn dictionary(path: &Path) -> Result<(), EngineError> {
    exists(path, "PocketSphinx dictionary")?;
    let unusable =
        |reason: String| EngineError::Unusable { what: "a pronunciation dictionary".into(), path: path.into(), reason };
    let bytes = fs::read(path).map_err(|error| unusable(error.to_string()))?;
    let text = String::from_utf8_lossy(&bytes);
    let mut entries =
        text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("##") && !line.starts_with(";;"));
    let whole = entries.next().is_some_and(|line| line.split_whitespace().count() > 1);
    if whole { Ok(()) } else { Err(unusable("it does not begin with a word and its phones".into())) }
}

/// Checks `feat.params`: lines of `-option value`.
fn parameters(bytes: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(bytes);
    let well =
        text.lines().all(|line| line.is_empty() || line.starts_with('-') && line.split_whitespace().count() == 2);
    (!well || !text.ends_with('\n')).then_some("it is not whole lines of -option value")
}

/// Checks `means`, `variances` or `transition_matrices`: a text header, the byte order, sizes, floats and their
/// checksum.
fn floats(bytes: &[u8]) -> Option<&'static str> {
    const END: &[u8] = b"endhdr\n";
    let Some(header) = bytes.windows(END.len()).take(4096).position(|window| window == END) else {
        return Some("it has no header");
    };
    let words: Vec<u32> = bytes[header + END.len()..].chunks(4).map_while(word).collect();
    let Some((&order, data)) = words.split_first() else { return Some("it ends after its header") };
    if order != NATIVE {
        return Some("it was made for another byte order");
    }
    let Some((&sum, data)) = data.split_last() else { return Some("it ends after its header") };
    let checked = bytes[..header].windows(7).any(|window| window == b"chksum0");
    if checked && data.iter().fold(0_u32, |sum, &value| sum.rotate_left(20).wrapping_add(value)) != sum {
        return Some("its checksum is wrong, so it was cut short or damaged");
    }
    None
}

/// Checks `mdef`: ten counts, the names of the phones, and tables whose sizes follow from the counts.
fn definition(bytes: &[u8]) -> Option<&'static str> {
    if !bytes.starts_with(DEFINITION) {
        return Some("it is no binary model definition");
    }
    (!definition_is_whole(bytes).unwrap_or(false)).then_some("it was cut short")
}

fn definition_is_whole(bytes: &[u8]) -> Option<bool> {
    let mut at = 12 + count(bytes, 8)?;
    let field = |index: usize| count(bytes, at + 4 * index);
    let (names, phones, states, tree, sequences) = (field(0)?, field(1)?, field(2)?, field(8)?, field(6)?);
    at += 40;
    let start = at;
    for _ in 0..names {
        at += bytes.get(at..)?.iter().position(|&byte| byte == 0)? + 1;
    }
    at = start + (at - start).next_multiple_of(4);
    at += 8 * tree + 12 * phones;
    let total = count(bytes, at)?;
    Some(total >= sequences * states && bytes.len() >= at + 4 + 2 * total)
}

/// Checks `sendump`: titled lengths, then a byte or half a byte for each density of each senone.
fn mixtures(bytes: &[u8]) -> Option<&'static str> {
    (!mixtures_are_whole(bytes).unwrap_or(false)).then_some("it was cut short or is no dump of mixture weights")
}

fn mixtures_are_whole(bytes: &[u8]) -> Option<bool> {
    let (mut streams, mut densities, mut senones, mut clusters, mut bits) = (1, 0, 0, 0, 8);
    let mut at = 0;
    loop {
        let length = count(bytes, at)?;
        at += 4;
        if length == 0 {
            break;
        }
        let line = String::from_utf8_lossy(bytes.get(at..at + length)?);
        at += length;
        let mut parts = line.trim_end_matches('\0').split_whitespace();
        let (Some(name), Some(number)) = (parts.next(), parts.next().and_then(|number| number.parse().ok())) else {
            continue;
        };
        match name {
            "feature_count" => streams = number,
            "mixture_count" => densities = number,
            "model_count" => senones = number,
            "cluster_count" => clusters = number,
            "cluster_bits" => bits = number,
            _ => {}
        }
    }
    let (mut rows, mut columns): (usize, usize) = (densities, senones);
    if clusters == 0 {
        (rows, columns) = (count(bytes, at)?, count(bytes, at + 4)?);
        at += 8;
    }
    let step = if bits == 4 { columns.div_ceil(2) } else { columns };
    let size = streams.checked_mul(rows)?.checked_mul(step)?;
    Some(size > 0 && bytes.len() >= at + clusters.next_multiple_of(16) + size)
}

fn word(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.try_into().ok()?))
}

/// The 32-bit count at byte `at`; `None` past the end, and for counts that no model has.
fn count(bytes: &[u8], at: usize) -> Option<usize> {
    let value = word(bytes.get(at..at.checked_add(4)?)?)?;
    (value < 1 << 28).then_some(value as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float_file(values: &[u32]) -> Vec<u8> {
        let sum = values.iter().fold(0_u32, |sum, &value| sum.rotate_left(20).wrapping_add(value));
        let mut bytes = b"s3\nversion 1.0\nchksum0 yes\n endhdr\n".to_vec();
        for value in [&[NATIVE], values, &[sum]].concat() {
            bytes.extend(value.to_ne_bytes());
        }
        bytes
    }

    #[test]
    fn a_float_file_is_whole_or_named_broken() {
        let whole = float_file(&[1, 2, 3, 0x3f80_0000]);
        assert_eq!(floats(&whole), None);
        for length in 0..whole.len() - 1 {
            assert!(floats(&whole[..length]).is_some(), "{length} bytes pass for whole");
        }
        let mut flipped = whole.clone();
        flipped[44] ^= 1;
        assert!(floats(&flipped).is_some());
    }

    #[test]
    fn mixtures_must_be_as_long_as_their_header_says() {
        let mut bytes = Vec::new();
        for line in ["feature_count 2", "mixture_count 3", "model_count 5", "cluster_count 16", "cluster_bits 4"] {
            bytes.extend(u32::try_from(line.len() + 1).unwrap().to_ne_bytes());
            bytes.extend(line.bytes().chain([0]));
        }
        bytes.extend([0; 4]);
        bytes.extend([0; 16 + 2 * 3 * 3]);
        assert_eq!(mixtures(&bytes), None);
        assert!(mixtures(&bytes[..bytes.len() - 1]).is_some());
        assert!(mixtures(b"nonsense").is_some());
    }

    #[test]
    fn parameters_are_whole_lines() {
        assert_eq!(parameters(b"-lowerf 130\n-agc none\n"), None);
        assert!(parameters(b"-lowerf 130\n-ag").is_some());
        assert!(parameters(b"<html>\n").is_some());
    }
}
