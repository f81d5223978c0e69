//! The files of the engines, as found on this machine.

use std::path::PathBuf;

use super::sphinx::SphinxFiles;

/// The files that engines of this machine can use, as found by the caller: engines do not search.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// ONNX Runtime's shared library.
    pub onnxruntime: PathBuf,
    /// Silero's model.
    pub silero: PathBuf,
    /// A model that judges whether a turn is over.
    pub turn: Option<PathBuf>,
    /// Folder that holds `espeak-ng-data`, likeliest first.
    pub espeak: Vec<PathBuf>,
    /// A CTranslate2 Whisper folder.
    pub whisper: Option<PathBuf>,
    /// PocketSphinx's library and models.
    pub sphinx: SphinxFiles,
    /// Pronunciations of all English words that PocketSphinx knows, for grammars.
    pub words: PathBuf,
    /// JSGF grammar for PocketSphinx, instead of its language model.
    pub grammar: Option<PathBuf>,
    /// A GGUF language model.
    pub gguf: Option<PathBuf>,
    /// A Piper voice.
    pub piper: Option<PathBuf>,
    /// Kokoro's folder: its model and voices.
    pub kokoro: Option<PathBuf>,
    /// Seconds that this machine takes for a second of Kokoro's speech, where that was measured.
    pub kokoro_factor: Option<f32>,
    /// All Piper voices that are installed, for clauses in another language.
    pub pipers: Vec<PathBuf>,
    /// Folder of the speaker encoder.
    pub speaker: PathBuf,
    /// The file of the voices that are enrolled.
    pub voices: PathBuf,
    /// Folder of a model for natural-language inference in ONNX.
    pub nli: Option<PathBuf>,
    /// Folder of the speech embedding.
    pub embedding: PathBuf,
    /// Folder that keeps what was fitted to wake phrases, and recordings of them.
    pub wake_kept: PathBuf,
}
