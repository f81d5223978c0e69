//! The past that golem remembers when it starts: the history and the person's own pauses, as far as they are kept.

use std::error::Error;
use std::path::Path;
use std::time::SystemTime;

use super::assembly::env;
use crate::config::Config;
use crate::config::keeping::{HistoryConfig, Keep};
use crate::history::{OpenHistory, Store, default_path};
use crate::worker::historian::{Historian, Past};
use crate::worker::pauses::{PauseFile, PauseKeeper};

/// What golem remembers when it starts, and the writers that add to it. If a file cannot be used, the reason goes to the
/// log and to `warn`, and golem runs without it.
pub fn past(config: &Config, warn: &mut dyn FnMut(&str)) -> Past {
    let pauses = pauses(config.turn.keep_pauses, pause_file(), warn);
    if config.history.keep != Keep::Kept {
        return Past { pauses, ..Past::default() };
    }
    let past = remember(&config.history, warn).unwrap_or_else(|error| {
        let causes = std::iter::successors(error.source(), |cause| (*cause).source());
        let text =
            causes.fold(format!("conversations are not kept: {error}"), |text, cause| format!("{text}: {cause}"));
        tracing::warn!("{text}");
        warn(&text);
        Past::default()
    });
    Past { pauses, ..past }
}

/// The file of the person's own pauses, beside the history; `None` without a home.
pub fn pause_file() -> Option<PauseFile> {
    Some(PauseFile::new(default_path(env)?.with_file_name("pauses.json")))
}

/// The keeper of the person's own pauses. `file` is read only if `keep` is set. The keeper has it in any case, because a
/// reload of the settings may set `keep` later.
fn pauses(keep: bool, file: Option<PauseFile>, warn: &mut dyn FnMut(&str)) -> PauseKeeper {
    let known = match &file {
        _ if !keep => Ok(None),
        Some(file) => file.read().map_err(|error| format!("{} is ignored: {error}", file.path().display())),
        None => Err("pauses are not kept: neither $XDG_STATE_HOME nor $HOME is set".to_owned()),
    };
    let known = known.unwrap_or_else(|text| {
        tracing::warn!("{text}");
        warn(&text);
        None
    });
    PauseKeeper::new(known, file)
}

fn remember(config: &HistoryConfig, warn: &mut dyn FnMut(&str)) -> Result<Past, Box<dyn Error>> {
    let path = default_path(env).ok_or("neither $XDG_STATE_HOME nor $HOME is set")?;
    let OpenHistory { store, damaged } = Store::open(&path)?;
    if let Some(aside) = damaged {
        let text = moved(&path, &aside);
        tracing::warn!("{text}");
        warn(&text);
    }
    let (historian, exchanges) = Historian::new(store, config, SystemTime::now())?;
    Ok(Past { pen: Some(historian.start()?), exchanges, ..Past::default() })
}

/// The notice that the history at `path` was damaged and now lies at `aside`.
pub fn moved(path: &Path, aside: &Path) -> String {
    format!("the history {} was damaged: it is now {}, and a new one has begun", path.display(), aside.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Time;

    #[test]
    fn pauses_are_read_where_that_is_asked_for_and_a_damaged_file_is_ignored_with_a_warning() {
        let folder = tempfile::tempdir().unwrap();
        let file = PauseFile::new(folder.path().join("pauses.json"));
        let mut warnings = Vec::new();
        let mut known = |keep, file: Option<&PauseFile>| {
            pauses(keep, file.cloned(), &mut |text: &str| warnings.push(text.to_owned())).known
        };
        assert_eq!(known(true, Some(&file)), None, "there is none yet");
        file.write(Time::from_millis(700)).unwrap();
        assert_eq!(known(true, Some(&file)), Some(Time::from_millis(700)));
        assert_eq!(known(false, Some(&file)), None, "it is not asked for");
        std::fs::write(file.path(), "0.7").unwrap();
        assert_eq!((known(false, Some(&file)), known(false, None)), (None, None));
        assert_eq!((known(true, Some(&file)), known(true, None)), (None, None));
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(warnings[0].contains("pauses.json is ignored: ") && warnings[1].contains("$HOME"), "{warnings:?}");
    }
}
