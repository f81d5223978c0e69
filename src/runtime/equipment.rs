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

/// What golem works with.
pub struct Equipment {
    /// Where engines find their models.
    pub files: Files,
    /// Finds the files that other settings choose. Without it ears and brain stay what they are.
    pub find: Option<fn(&Config) -> Files>,
    /// Where ears, brain and voice come from.
    pub engines: Arc<dyn EngineSource>,
    /// Where else there may be some.
    pub places: Places,
    /// What can be commanded, if anything.
    pub commands: Option<Arc<Commands>>,
    /// The writer of the journal of decisions.
    pub clerk: Option<Clerk>,
    /// What was said before, and the writer of what is said now.
    pub past: Past,
    /// The counters and timers.
    pub meter: MetricsMeter,
    /// The recorder of this session, where one is wanted.
    pub session: Option<SessionRecorder>,
}
