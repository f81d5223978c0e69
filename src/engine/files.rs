//! The paths of the engines' files on this machine.

use std::path::PathBuf;

use super::sphinx::SphinxFiles;

/// The files that engines can use. The caller finds them: engines do not search.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// ONNX Runtime's shared library.
    pub onnxruntime: PathBuf,
    /// Silero's model.
    pub silero: PathBuf,
    /// The model that judges whether a turn is over.
    pub turn: Option<PathBuf>,
    /// Folders that may hold `espeak-ng-data`, likeliest first.
    pub espeak: Vec<PathBuf>,
    /// A CTranslate2 Whisper folder.
    pub whisper: Option<PathBuf>,
    /// PocketSphinx's library and models.
    pub sphinx: SphinxFiles,
    /// Pronunciations of all English words that PocketSphinx knows, for grammars.
    pub words: PathBuf,
    /// JSGF grammar that replaces PocketSphinx's language model.
    pub grammar: Option<PathBuf>,
    /// A GGUF language model.
    pub gguf: Option<PathBuf>,
    /// A Piper voice.
    pub piper: Option<PathBuf>,
    /// Kokoro's folder: its model and voices.
    pub kokoro: Option<PathBuf>,
    /// Seconds that this machine takes for a second of Kokoro's speech, if measured.
    pub kokoro_factor: Option<f32>,
    /// All installed Piper voices, for clauses in another language.
    pub pipers: Vec<PathBuf>,
    /// Folder of the speaker encoder.
    pub speaker: PathBuf,
    /// The file of the enrolled voices.
    pub voices: PathBuf,
    /// Folder of a model for natural-language inference in ONNX.
    pub nli: Option<PathBuf>,
    /// Folder of the speech embedding.
    pub embedding: PathBuf,
    /// Folder of the fitted wake phrases and the recordings of them.
    pub wake_kept: PathBuf,
}
