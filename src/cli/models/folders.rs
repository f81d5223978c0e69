//! The catalogue and places that the commands on models work with, and the lines that they print.

use std::path::{Path, PathBuf};

use crate::model::Places;
use crate::model::catalogue::{Catalogue, ModelKind};
use crate::runtime::assembly::env;

/// The catalogue and the places of models.
pub(super) struct ModelFolders {
    pub(super) catalogue: Catalogue,
    pub(super) places: Places,
}

/// The purpose of a kind of model, for headings, and its word on the command line.
pub(super) fn title(kind: ModelKind) -> (&'static str, &'static str) {
    match kind {
        ModelKind::Vad => ("Finding voices", "vad"),
        ModelKind::Turn => ("Knowing when a speaker has finished", "turn"),
        ModelKind::Asr => ("Hearing", "asr"),
        ModelKind::Llm => ("Thinking", "llm"),
        ModelKind::Tts => ("Speaking", "tts"),
        ModelKind::Nli => ("Judging what a sentence means", "nli"),
        ModelKind::Wake => ("Hearing a wake word", "wake"),
        ModelKind::Speaker => ("Telling speakers apart", "speaker"),
    }
}

pub(super) const KINDS: [ModelKind; 8] = [
    ModelKind::Vad,
    ModelKind::Turn,
    ModelKind::Asr,
    ModelKind::Llm,
    ModelKind::Tts,
    ModelKind::Nli,
    ModelKind::Wake,
    ModelKind::Speaker,
];

/// Prints a line; a pager that was closed early is no failure.
pub(super) fn print(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Prints a line to standard error; a closed one is no failure.
pub(super) fn tell(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The user's home as `~`, so that paths fit the screen.
pub(super) fn short(path: &Path) -> String {
    let home = env("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    match home.as_deref().and_then(|home| path.strip_prefix(home).ok()) {
        Some(inside) => format!("~/{}", inside.display()),
        None => path.display().to_string(),
    }
}
