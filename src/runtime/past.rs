//! The past that golem remembers when it starts, from the history that it keeps.

use std::error::Error;
use std::path::Path;
use std::time::SystemTime;

use super::assembly::env;
use crate::config::keeping::{HistoryConfig, Keep};
use crate::history::{OpenHistory, Store, default_path};
use crate::worker::historian::{Historian, Past};

/// What golem remembers when it starts, and the writer that adds to it. If the history cannot be used, the reason goes
/// to the log and to `warn`, and golem runs without it.
pub fn past(config: &HistoryConfig, warn: &mut dyn FnMut(&str)) -> Past {
    if config.keep != Keep::Kept {
        return Past::default();
    }
    remember(config, warn).unwrap_or_else(|error| {
        let causes = std::iter::successors(error.source(), |cause| (*cause).source());
        let text =
            causes.fold(format!("conversations are not kept: {error}"), |text, cause| format!("{text}: {cause}"));
        tracing::warn!("{text}");
        warn(&text);
        Past::default()
    })
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
    Ok(Past { pen: Some(historian.start()?), exchanges })
}

/// The notice that the history at `path` was damaged and now lies at `aside`.
pub fn moved(path: &Path, aside: &Path) -> String {
    format!("the history {} was damaged: it is now {}, and a new one has begun", path.display(), aside.display())
}
