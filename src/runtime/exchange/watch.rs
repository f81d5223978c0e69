//! The watch for better parts that are installed while golem runs.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::arrival::{Arrival, FoundEngine};
use super::factory::{EngineFactory, Recipe};
use crate::message::Part;
use crate::worker::Handle;

/// Interval between two checks of the folders, each of a handful of questions to the file system.
const LOOK: Duration = Duration::from_secs(3);
/// Folders below a models folder that hold models. A fetched model is renamed into them whole, which changes the
/// folder's own time.
const KINDS: [&str; 5] = ["", "whisper", "llm", "piper", "starter"];

/// Parts that are watched.
const PARTS: [Part; 3] = [Part::Asr, Part::Llm, Part::Tts];

/// The modification times of the folders.
fn times(roots: &[PathBuf]) -> Vec<Option<SystemTime>> {
    let time = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
    roots.iter().flat_map(|root| KINDS.iter().map(|kind| time(&root.join(kind)))).collect()
}

/// The parts that differ between two recipes, where the settings leave them to golem.
fn changes(before: &Recipe, now: &Recipe) -> Vec<FoundEngine> {
    let other = |part: Part| {
        let name = now.name(part);
        now.free(part) && !name.is_empty() && name != before.name(part)
    };
    PARTS
        .into_iter()
        .filter(|part| other(*part))
        .map(|part| FoundEngine { part, recipe: Box::new(now.clone()) })
        .collect()
}

/// Starts the watch in a thread that ends with the handle. It sleeps, but for reading some file times every few
/// seconds. `None` if nothing can be found.
///
/// # Errors
/// When the system refuses a thread.
pub fn watch(shop: &EngineFactory, found: Sender<Arrival>) -> std::io::Result<Option<Handle<()>>> {
    let Some(known) = shop.chosen().filter(|recipe| PARTS.into_iter().any(|part| recipe.free(part))) else {
        return Ok(None);
    };
    let (ending_in, ending) = bounded(1);
    let shop = shop.clone();
    let thread = Handle::spawn("golem-watch", ending_in, move || look(&shop, known, &ending, &found));
    thread.map(Some)
}

fn look(shop: &EngineFactory, mut known: Recipe, ending: &Receiver<()>, found: &Sender<Arrival>) {
    let mut seen = times(shop.roots());
    while ending.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
        let now = times(shop.roots());
        if now == seen {
            continue;
        }
        seen = now;
        let Some(chosen) = shop.chosen() else { return };
        for news in changes(&known, &chosen) {
            if found.send(Arrival::Found(news)).is_err() {
                return;
            }
        }
        known = chosen;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::config::speech_engine::AsrEngine;
    use crate::engine::registry::Files;

    fn recipe(config: Config, whisper: Option<&str>, gguf: &str) -> Recipe {
        let files = Files { whisper: whisper.map(PathBuf::from), gguf: Some(gguf.into()), ..Files::default() };
        Recipe { config, files }
    }

    fn parts(before: &Recipe, now: &Recipe) -> Vec<Part> {
        changes(before, now).into_iter().map(|found| found.part).collect()
    }

    #[test]
    fn what_the_settings_leave_open_is_taken_up_and_nothing_else() {
        let auto = || recipe(Config::default(), None, "starter/brain.gguf");
        let better = || recipe(Config::default(), Some("whisper/base"), "llm/chat.gguf");
        assert_eq!(parts(&auto(), &better()), [Part::Asr, Part::Llm]);
        assert!(parts(&better(), &better()).is_empty());
        let mut named = better();
        named.config.asr.engine = AsrEngine::Whisper;
        assert_eq!(parts(&auto(), &named), [Part::Llm]);
        let mut spoken = auto();
        spoken.files.piper = Some("piper/en_US-joe.onnx".into());
        assert_eq!(parts(&auto(), &spoken), [Part::Tts]);
        named.config.llm.model = "chat".into();
        assert!(parts(&auto(), &named).is_empty());
        let mut commands_only = better();
        commands_only.config.intents.only = true;
        assert_eq!(parts(&auto(), &commands_only), [Part::Asr]);
    }

    #[test]
    fn a_model_that_comes_by_a_renaming_changes_the_times() {
        let folder = tempfile::tempdir().unwrap();
        let roots = [folder.path().to_owned(), folder.path().join("absent")];
        std::fs::create_dir_all(folder.path().join("whisper")).unwrap();
        std::fs::create_dir_all(folder.path().join(".partial/base")).unwrap();
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
        std::fs::File::open(folder.path().join("whisper")).unwrap().set_modified(old).unwrap();
        let before = times(&roots);
        assert_eq!(before, times(&roots));
        std::fs::rename(folder.path().join(".partial/base"), folder.path().join("whisper/base")).unwrap();
        assert_ne!(before, times(&roots));
    }
}
