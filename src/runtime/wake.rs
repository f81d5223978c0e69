//! The preparation of the wake phrase: fitted to this machine's voices and its owner's recordings, or taken from the
//! data folder.

use std::path::{Path, PathBuf};

use crossbeam_channel::Sender;

use super::report::tell;
use crate::config::Config;
use crate::config::wake_language::WakeLanguage;
use crate::control::Update;
use crate::device::wav;
use crate::engine::registry::{self, Files};
use crate::engine::{EngineError, KeywordSpotter};
use crate::worker::vad::PhraseListener;

/// Most recordings of the owner that are taken.
const RECORDINGS: usize = 8;

/// The listener for the phrase of `config`; `None` if there is none. `progress` gets the progress of a fit, 0..=1, and
/// is not called if no fit is needed.
///
/// # Errors
/// When an engine's files cannot be used.
pub fn listener(
    config: &Config,
    files: &Files,
    progress: &mut dyn FnMut(f32),
) -> Result<Option<PhraseListener>, EngineError> {
    if config.wake.phrase.trim().is_empty() {
        return Ok(None);
    }
    let spotter = spotter(&config.wake.phrase, &config.wake.language, files, progress)?;
    Ok(Some(PhraseListener { spotter, threshold: config.wake.bar() }))
}

/// A spotter for `phrase`, said in `language`, fitted with the owner's recordings of it.
///
/// # Errors
/// When an engine's files cannot be used.
pub fn spotter(
    phrase: &str,
    language: &WakeLanguage,
    files: &Files,
    progress: &mut dyn FnMut(f32),
) -> Result<Box<dyn KeywordSpotter>, EngineError> {
    let owner = recordings(&folder(&files.wake_kept, phrase));
    registry::spotter(phrase, language, &owner, files, progress)
}

/// Sends front ends one notice that `phrase` is being learned.
pub fn notice(updates: &Sender<Update>, phrase: &str) -> impl FnMut(f32) {
    let text = format!("learning to hear \"{}\": this once it takes about a minute", phrase.trim());
    let mut waiting = Some(Update::Notice { text, turned_down: None });
    move |_| {
        if let Some(notice) = waiting.take() {
            tell(updates, notice);
        }
    }
}

/// The folder of the owner's recordings of `phrase`.
pub fn folder(kept: &Path, phrase: &str) -> PathBuf {
    let name: String = phrase.trim().to_lowercase().split_whitespace().collect::<Vec<_>>().join("-");
    let safe: String = name.chars().filter(|c| c.is_alphanumeric() || *c == '-').collect();
    kept.join("recordings").join(safe)
}

/// The samples of the recordings in `folder`, in the order of their names. Unreadable files are left out.
fn recordings(folder: &Path) -> Vec<Vec<f32>> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let read = |path: &PathBuf| wav::read_all(path).inspect_err(|error| tracing::warn!("{error}")).ok();
    paths.iter().filter_map(read).take(RECORDINGS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_names_a_folder_inside_its_own() {
        let kept = Path::new("/data/wake");
        assert_eq!(folder(kept, " Hey  Golem! "), Path::new("/data/wake/recordings/hey-golem"));
        assert_eq!(folder(kept, "../../etc"), Path::new("/data/wake/recordings/etc"));
        assert_eq!(folder(kept, "привет голем"), Path::new("/data/wake/recordings/привет-голем"));
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let home = tempfile::tempdir().unwrap();
        assert!(recordings(&home.path().join("nothing")).is_empty());
        std::fs::write(home.path().join("a.wav"), "no sound").unwrap();
        assert!(recordings(home.path()).is_empty());
    }
}
