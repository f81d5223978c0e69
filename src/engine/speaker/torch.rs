//! The tensors in a file of `torch.save` before torch 1.6: a row of pickles, then rows of numbers.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::pickle::{Pickle, PickleValue};
use crate::engine::EngineError;

/// The magic number at the beginning of such a file, lowest byte first.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/// The version of the file's form.
const VERSION: i64 = 1001;
/// Most bytes of a file; Resemblyzer's has 17 million.
const BYTES: u64 = 64 << 20;

/// For each storage, by key, its first byte in the file and its count of numbers.
type Storages = HashMap<String, (usize, usize)>;

/// A file of named tensors.
#[derive(Debug)]
pub struct TorchFile {
    what: &'static str,
    path: PathBuf,
    bytes: Vec<u8>,
    object: Pickle,
    storages: Storages,
}

impl TorchFile {
    /// Reads the file at `path`, which messages call `what`.
    ///
    /// # Errors
    /// [`EngineError::Missing`], with `hint`, if it does not exist; [`EngineError::Unusable`] if it is damaged or of
    /// another kind.
    pub fn open(what: &'static str, path: &Path, hint: &str) -> Result<Self, EngineError> {
        let unusable = |reason: String| EngineError::Unusable { what: what.into(), path: path.into(), reason };
        let missing = || EngineError::Missing { what: what.into(), path: path.into(), hint: hint.into() };
        let length = std::fs::metadata(path).map_err(|_| missing())?.len();
        if length > BYTES {
            return Err(unusable(format!("it has {length} bytes, more than any such model")));
        }
        let bytes = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
        let (object, storages) = contents(&bytes).map_err(unusable)?;
        Ok(Self { what, path: path.into(), bytes, object, storages })
    }

    /// The tensor `name` of the model, row by row. It must have this shape.
    ///
    /// # Errors
    /// [`EngineError::Unusable`] if it is missing or has another shape.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, EngineError> {
        self.find(name, shape).map_err(|reason| EngineError::Unusable {
            what: self.what.into(),
            path: self.path.clone(),
            reason: format!("{name}: {reason}"),
        })
    }

    fn find(&self, name: &str, wanted: &[usize]) -> Result<Vec<f32>, String> {
        let state = self.object.entry(self.object.root(), "model_state").ok_or("there is no model in it")?;
        let Some(PickleValue::Tensor { storage, offset, shape, strides }) = self.object.entry(state, name) else {
            return Err("there is no such tensor".into());
        };
        if shape != wanted {
            return Err(format!("its shape is {shape:?}, not {wanted:?}"));
        }
        let contiguous = (0..shape.len()).map(|axis| shape[axis + 1..].iter().product::<usize>());
        if !strides.iter().copied().eq(contiguous) {
            return Err("its rows do not lie one after another".into());
        }
        let PickleValue::Storage { key, length } = self.object.value(*storage) else {
            return Err("it has no storage".into());
        };
        let (begin, count) = *self.storages.get(key).ok_or("its numbers are not in the file")?;
        let size: usize = shape.iter().product();
        let inside = count == *length && offset.checked_add(size).is_some_and(|end| end <= count);
        if !inside {
            return Err("its numbers are not all in the file".into());
        }
        let bytes = &self.bytes[begin + 4 * offset..][..4 * size];
        let numbers: Vec<f32> =
            bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect();
        if numbers.iter().all(|number| number.is_finite()) { Ok(numbers) } else { Err("it is damaged".into()) }
    }
}

/// The root object of a file and the places of its storages.
fn contents(bytes: &[u8]) -> Result<(Pickle, Storages), String> {
    let mut at = 0;
    let mut next = || -> Result<Pickle, String> {
        let (pickle, length) = Pickle::read(&bytes[at..])?;
        at += length;
        Ok(pickle)
    };
    if *next()?.root() != PickleValue::Long(MAGIC.to_vec()) || *next()?.root() != PickleValue::Int(VERSION) {
        return Err("it is no file of torch.save of the older kind".into());
    }
    let system = next()?;
    if system.entry(system.root(), "little_endian") != Some(&PickleValue::Bool(true)) {
        return Err("its numbers have their highest byte first".into());
    }
    let (object, keys) = (next()?, next()?);
    let PickleValue::List(places) = keys.root() else { return Err("it does not list its storages".into()) };
    let mut storages = HashMap::new();
    for place in places {
        let PickleValue::Text(key) = keys.value(*place) else { return Err("a storage has no name".into()) };
        let count = bytes.get(at..at.saturating_add(8)).and_then(|eight| eight.try_into().ok());
        let count = count.map(u64::from_le_bytes).and_then(|count| usize::try_from(count).ok());
        let begin = at + 8;
        let end = count.and_then(|count| count.checked_mul(4)?.checked_add(begin)).filter(|end| *end <= bytes.len());
        let (Some(count), Some(end)) = (count, end) else { return Err("it ends in the middle of its numbers".into()) };
        storages.insert(key.clone(), (begin, count));
        at = end;
    }
    Ok((object, storages))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with `lstm.b`, two rows of two numbers.
    fn whole() -> Vec<u8> {
        let mut file = [b"\x80\x02\x8a\x0a", &MAGIC[..], b".\x80\x02M\xe9\x03."].concat();
        file.extend(b"\x80\x02}X\x0d\x00\x00\x00little_endian\x88s.");
        file.extend(b"\x80\x02}X\x0b\x00\x00\x00model_stateccollections\nOrderedDict\n)RX\x06\x00\x00\x00lstm.b");
        file.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\n");
        file.extend(b"X\x01\x00\x00\x007X\x03\x00\x00\x00cpuK\x05NtQK\x01K\x02K\x02\x86K\x02K\x01\x86\x89N");
        file.extend(b"tRss.\x80\x02]X\x01\x00\x00\x007a.");
        file.extend(5_u64.to_le_bytes());
        file.extend([0.0_f32, 1.0, 2.0, 3.0, 4.5].iter().flat_map(|number| number.to_le_bytes()));
        file
    }

    fn tensor(bytes: &[u8]) -> Result<Vec<f32>, EngineError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        TorchFile::open("speaker model", file.path(), "fetch it")?.tensor("lstm.b", &[2, 2])
    }

    #[test]
    fn a_tensor_is_read_with_its_offset() {
        assert_eq!(tensor(&whole()).unwrap(), [1.0, 2.0, 3.0, 4.5]);
    }

    #[test]
    fn a_file_that_was_cut_anywhere_is_refused() {
        let whole = whole();
        for length in 0..whole.len() {
            let error = tensor(&whole[..length]).unwrap_err();
            assert!(matches!(error, EngineError::Unusable { .. }), "{length}: {error}");
        }
    }

    #[test]
    fn a_byte_that_was_flipped_never_breaks_the_reader() {
        let whole = whole();
        for place in 0..whole.len() {
            for mask in [1, 0x80, 0xff] {
                let mut spoiled = whole.clone();
                spoiled[place] ^= mask;
                // Some flips change a number or a name that is not read; all others must be refused.
                assert!(matches!(tensor(&spoiled), Ok(_) | Err(EngineError::Unusable { .. })));
            }
        }
    }

    #[test]
    fn other_shapes_and_names_are_refused_and_a_missing_file_says_what_to_type() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), whole()).unwrap();
        let torch = TorchFile::open("speaker model", file.path(), "").unwrap();
        for (name, shape) in [("lstm.b", &[4][..]), ("lstm.c", &[2, 2]), ("lstm.b", &[2, 3])] {
            assert!(matches!(torch.tensor(name, shape), Err(EngineError::Unusable { .. })));
        }
        let error = TorchFile::open("speaker model", Path::new("/nowhere/x.pt"), "fetch it").unwrap_err();
        assert!(matches!(&error, EngineError::Missing { .. }) && error.to_string().contains("fetch it"));
    }
}
