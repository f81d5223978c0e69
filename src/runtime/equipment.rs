//! The equipment of a golem: model files, commands, journal, past and metrics.

use std::sync::Arc;

use super::engines::EngineSource;
use crate::command::Commands;
use crate::config::Config;
use crate::engine::registry::Files;
use crate::model::Places;
use crate::session::SessionRecorder;
use crate::worker::clerk::Clerk;
use crate::worker::historian::Past;
use crate::worker::meter::MetricsMeter;

/// The equipment of a golem.
pub struct Equipment {
    /// The files of the models.
    pub files: Files,
    /// Finds the files that other settings choose. Without it the recogniser and the language model are never
    /// exchanged.
    pub find: Option<fn(&Config) -> Files>,
    /// The source of recogniser, language model and synthesiser.
    pub engines: Arc<dyn EngineSource>,
    /// The folders with further models.
    pub places: Places,
    /// The commands, if there are any.
    pub commands: Option<Arc<Commands>>,
    /// The writer of the journal of decisions.
    pub clerk: Option<Clerk>,
    /// The messages of the past, and the writer of new ones.
    pub past: Past,
    /// The counters and timers.
    pub meter: MetricsMeter,
    /// The recorder of this session, if one is wanted.
    pub session: Option<SessionRecorder>,
}
