//! The tensors of a checkpoint: one safetensors file, or several with an index.
//!
//! A safetensors file is eight bytes with the length of its header, the header in JSON (name, type, shape and place of
//! every tensor), and the data, little-endian and row-major. Only headers are kept in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use super::error::{ConvertError, OfFile};
use super::float::Float;
use super::json;

/// The checkpoint in one file.
const SINGLE: &str = "model.safetensors";
/// The list of its files, when there are several.
pub(super) const INDEX: &str = "model.safetensors.index.json";
/// Longest header that is read: the largest Whisper's takes 0.2 MB.
const LONGEST_HEADER: u64 = 8 << 20;
/// Most files of one checkpoint; each is kept open.
const MOST_FILES: usize = 64;

/// Every tensor of a checkpoint, and the open files they are in.
pub(super) struct Weights {
    dir: PathBuf,
    files: Vec<(PathBuf, File)>,
    tensors: BTreeMap<String, Tensor>,
}

/// A tensor: its name, type, shape and place.
#[derive(Clone, Debug)]
pub(super) struct Tensor {
    /// As in the file.
    pub(super) name: String,
    /// The type's name, e.g. `F16`.
    pub(super) dtype: String,
    /// Its dimensions, outermost first.
    pub(super) shape: Vec<u64>,
    file: usize,
    begin: u64,
    bytes: u64,
}

/// A tensor in the header.
#[derive(Deserialize)]
struct Info {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: [u64; 2],
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl Weights {
    /// Reads the headers of the checkpoint in `dir`.
    ///
    /// # Errors
    /// When there is no safetensors file, or one is missing, cut short or of another kind.
    pub(super) fn open(dir: &Path) -> Result<Self, ConvertError> {
        let mut weights = Self { dir: dir.into(), files: Vec::new(), tensors: BTreeMap::new() };
        if dir.join(SINGLE).is_file() {
            weights.add(dir.join(SINGLE))?;
            return Ok(weights);
        }
        if !dir.join(INDEX).is_file() {
            return Err(none(dir));
        }
        let index: Index = json::read(&dir.join(INDEX))?;
        for name in index.weight_map.values().collect::<BTreeSet<_>>() {
            weights.add(part(dir, name)?)?;
        }
        if let Some(name) = index.weight_map.keys().find(|name| !weights.tensors.contains_key(*name)) {
            let reason = format!("{INDEX} lists it, but no file has it: fetch the checkpoint again");
            return Err(ConvertError::tensor(name, dir, reason));
        }
        Ok(weights)
    }

    /// The tensor `name`, with or without the prefix that checkpoints for transcription have.
    pub(super) fn find(&self, name: &str) -> Option<&Tensor> {
        self.tensors.get(&format!("model.{name}")).or_else(|| self.tensors.get(name))
    }

    /// The checkpoint's folder.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The file that `tensor` is in.
    pub(super) fn path(&self, tensor: &Tensor) -> &Path {
        &self.files[tensor.file].0
    }

    /// Appends `count` numbers of `tensor` from number `from` on.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn read(
        &self,
        tensor: &Tensor,
        float: Float,
        from: u64,
        count: usize,
        into: &mut Vec<f32>,
    ) -> Result<(), ConvertError> {
        let (path, file) = &self.files[tensor.file];
        let mut file: &File = file;
        let mut bytes = vec![0; count * float.bytes()];
        file.seek(SeekFrom::Start(tensor.begin + from * float.bytes() as u64)).at(path)?;
        file.read_exact(&mut bytes).at(path)?;
        float.decode(&bytes, into);
        Ok(())
    }

    fn add(&mut self, path: PathBuf) -> Result<(), ConvertError> {
        if self.files.len() == MOST_FILES {
            return Err(ConvertError::unusable(&path, format!("a checkpoint of more than {MOST_FILES} files")));
        }
        let mut file = File::open(&path).at(&path)?;
        let (header, data, end) = header(&path, &mut file)?;
        for (name, value) in header {
            if name == "__metadata__" {
                continue;
            }
            let info: Info = serde_json::from_value(value)
                .map_err(|error| ConvertError::tensor(&name, &path, format!("{error} in the header; {AGAIN}")))?;
            let [begin, stop] = info.data_offsets;
            let place = data.checked_add(begin).zip(data.checked_add(stop));
            let Some((begin, stop)) = place.filter(|(begin, stop)| begin <= stop && *stop <= end) else {
                let reason = format!("its data lies outside of the file, which is cut short or broken; {AGAIN}");
                return Err(ConvertError::tensor(&name, &path, reason));
            };
            let (file, bytes) = (self.files.len(), stop - begin);
            let tensor = Tensor { name: name.clone(), dtype: info.dtype, shape: info.shape, file, begin, bytes };
            self.tensors.insert(name, tensor);
        }
        self.files.push((path, file));
        Ok(())
    }
}

/// The advice for a broken file.
const AGAIN: &str = "fetch the file again";

impl Tensor {
    /// Its kind of numbers.
    ///
    /// # Errors
    /// Why it cannot be used: it holds other numbers, or more or fewer than its shape says.
    pub(super) fn float(&self) -> Result<Float, String> {
        let float = match self.dtype.as_str() {
            "F32" => Float::F32,
            "F16" => Float::F16,
            "BF16" => Float::Bf16,
            other => {
                return Err(format!("it holds {other}, not F32, F16 or BF16: save the checkpoint in one of these"));
            }
        };
        let size = self.shape.iter().try_fold(float.bytes() as u64, |size, dim| size.checked_mul(*dim));
        if size != Some(self.bytes) {
            return Err(format!("its shape {:?} does not fit its {} bytes; {AGAIN}", self.shape, self.bytes));
        }
        Ok(float)
    }
}

type WeightsHeader = serde_json::Map<String, serde_json::Value>;

/// The header of a safetensors file, where its data begins, and where the file ends.
fn header(path: &Path, file: &mut File) -> Result<(WeightsHeader, u64, u64), ConvertError> {
    let broken = |reason: String| ConvertError::unusable(path, format!("{reason}; {AGAIN}"));
    let end = file.metadata().at(path)?.len();
    let mut length = [0; 8];
    file.read_exact(&mut length).map_err(|_| broken("it is no safetensors file".into()))?;
    let length = u64::from_le_bytes(length);
    if length > LONGEST_HEADER || length > end.saturating_sub(8) {
        return Err(broken(format!("it is no safetensors file, or cut short: a header of {length} bytes")));
    }
    let mut text = Vec::new();
    file.take(length).read_to_end(&mut text).at(path)?;
    let header = serde_json::from_slice(&text).map_err(|error| broken(format!("its header is broken ({error})")))?;
    Ok((header, 8 + length, end))
}

/// The path of one of several files; a name that leads out of the folder is refused.
fn part(dir: &Path, name: &str) -> Result<PathBuf, ConvertError> {
    let mut components = Path::new(name).components();
    if !matches!((components.next(), components.next()), (Some(Component::Normal(_)), None)) {
        return Err(ConvertError::unusable(&dir.join(INDEX), format!("{name:?} is no file beside it")));
    }
    let path = dir.join(name);
    if path.is_file() {
        return Ok(path);
    }
    let hint = format!("{INDEX} lists it; fetch it into the same folder");
    Err(ConvertError::Missing { path, hint })
}

/// The error for a folder without safetensors: it names what is there instead.
fn none(dir: &Path) -> ConvertError {
    let path = dir.join(SINGLE);
    let is_there = |name: &str| dir.join(name).is_file();
    let hint = if is_there("pytorch_model.bin") || is_there("pytorch_model.bin.index.json") {
        "only the old pytorch_model.bin is there, which runs code when it is read; save the model again in Python with \
         save_pretrained(folder, safe_serialization=True), or take a revision of it with safetensors"
    } else if is_there("adapter_model.safetensors") {
        "this is an adapter (LoRA) without its model; merge the two in Python with merge_and_unload() and save_pretrained"
    } else {
        "fetch the checkpoint's model.safetensors, or all its parts and model.safetensors.index.json, into this folder"
    };
    ConvertError::Missing { path, hint: hint.into() }
}
