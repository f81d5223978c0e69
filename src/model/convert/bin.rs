//! CTranslate2's `model.bin`, version 6 of its format: every variable with name, shape, type and bytes, then aliases.
//!
//! Little-endian throughout. Strings carry their length with a closing zero, in 16 bits.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::error::{ConvertError, OfFile};
use super::float::Float;

/// Version of the format.
const VERSION: u32 = 6;
/// Name and revision of the layout of the variables.
const SPEC: (&str, u32) = ("WhisperSpec", 3);

/// The format's numbers of the types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// Floating point.
    Float(Float),
    /// 8 bits.
    Int8,
    /// 16 bits.
    Int16,
}

impl Type {
    fn id(self) -> u8 {
        match self {
            Self::Float(Float::F32) => 0,
            Self::Int8 => 1,
            Self::Int16 => 2,
            Self::Float(Float::F16) => 4,
            Self::Float(Float::Bf16) => 5,
        }
    }

    /// Bytes of one number.
    pub(super) fn bytes(self) -> u64 {
        match self {
            Self::Float(float) => float.bytes() as u64,
            Self::Int8 => 1,
            Self::Int16 => 2,
        }
    }
}

/// A model that is being written.
pub(super) struct BinModel {
    path: PathBuf,
    file: BufWriter<File>,
    /// Where the number of variables stands.
    count_at: u64,
    count: u32,
    aliases: Vec<(String, String)>,
    written: u64,
}

impl BinModel {
    /// Begins the file `path`.
    ///
    /// # Errors
    /// When it cannot be written, here and below.
    pub(super) fn create(path: &Path) -> Result<Self, ConvertError> {
        let file = BufWriter::new(File::create(path).at(path)?);
        let mut model = Self { path: path.into(), file, count_at: 0, count: 0, aliases: Vec::new(), written: 0 };
        model.data(&VERSION.to_le_bytes())?;
        model.string(SPEC.0)?;
        model.data(&SPEC.1.to_le_bytes())?;
        model.count_at = model.written;
        model.data(&0_u32.to_le_bytes())?;
        Ok(model)
    }

    /// Begins a variable; as many bytes of [`Self::data`] follow as its shape and type ask for.
    pub(super) fn variable(&mut self, name: &str, shape: &[u64], kind: Type) -> Result<(), ConvertError> {
        let size = shape.iter().try_fold(kind.bytes(), |size, dim| size.checked_mul(*dim));
        let Some(size) = size.and_then(|size| u32::try_from(size).ok()) else {
            return Err(ConvertError::tensor(name, &self.path, "CTranslate2 takes no tensor of 4 GiB or more"));
        };
        self.string(name)?;
        self.data(&[u8::try_from(shape.len()).expect("at most three dimensions")])?;
        for dim in shape {
            let dim = u32::try_from(*dim).expect("checked with the sizes of the model");
            self.data(&dim.to_le_bytes())?;
        }
        self.data(&[kind.id()])?;
        self.data(&size.to_le_bytes())?;
        self.count += 1;
        Ok(())
    }

    /// Bytes of the variable begun last.
    pub(super) fn data(&mut self, bytes: &[u8]) -> Result<(), ConvertError> {
        self.written += bytes.len() as u64;
        self.file.write_all(bytes).at(&self.path)
    }

    /// Lets `name` stand for the variable `original`.
    pub(super) fn alias(&mut self, name: &str, original: &str) {
        self.aliases.push((name.into(), original.into()));
    }

    /// Ends the file and waits until it is on the disk.
    pub(super) fn finish(mut self) -> Result<(), ConvertError> {
        let aliases = std::mem::take(&mut self.aliases);
        self.data(&u32::try_from(aliases.len()).expect("fewer than variables").to_le_bytes())?;
        for (name, original) in &aliases {
            self.string(name)?;
            self.string(original)?;
        }
        self.file.seek(SeekFrom::Start(self.count_at)).at(&self.path)?;
        self.data(&self.count.to_le_bytes())?;
        self.file.flush().and_then(|()| self.file.get_ref().sync_all()).at(&self.path)
    }

    fn string(&mut self, text: &str) -> Result<(), ConvertError> {
        let length = u16::try_from(text.len() + 1).expect("names of variables are short");
        self.data(&length.to_le_bytes())?;
        self.data(text.as_bytes())?;
        self.data(&[0])
    }
}
