//! The status of a running golem, folded from its updates.

use serde::{Deserialize, Serialize};

use super::{Mode, Note, Part, Ready, State, Update};

/// The status of a golem.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// Version of the program.
    pub golem: String,
    /// Process number.
    pub pid: u32,
    /// Seconds since it started.
    pub uptime: u64,
    /// Whether everything is ready and golem listens.
    pub ready: bool,
    /// State of the dialogue.
    pub state: State,
    /// Whether the microphone is muted.
    pub muted: bool,
    /// Whether golem waits for the wake phrase.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub waiting: bool,
    /// The mode: commands and conversation, or commands only.
    pub mode: Mode,
    /// Its parts.
    pub parts: Vec<Ready>,
    /// Samples of the microphone that were dropped.
    pub dropped: u64,
    /// Programs that follow the events.
    pub subscribers: usize,
    /// Folder that the session is recorded into, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording: Option<String>,
    /// The reason why golem cannot go on, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fatal: Option<String>,
}

/// Folds updates into the status that can be requested.
#[derive(Debug, Default)]
pub struct StatusTracker {
    status: Status,
}

impl StatusTracker {
    /// A tracker for a golem that starts in `mode`.
    pub fn new(mode: Mode) -> Self {
        Self { status: Status { mode, ..Status::default() } }
    }

    /// Takes an update.
    pub fn take(&mut self, update: &Update) {
        match update {
            Update::Ready(ready) => match self.status.parts.iter_mut().find(|known| known.part == ready.part) {
                Some(known) => *known = ready.clone(),
                None => self.status.parts.push(ready.clone()),
            },
            Update::Listening => self.status.ready = true,
            Update::Dropped { samples } => self.status.dropped = *samples,
            Update::Recording { folder } => self.status.recording = Some(folder.clone()),
            Update::Fatal { reason } => self.status.fatal = Some(reason.clone()),
            Update::Note { note, .. } => self.note(note),
            Update::Away
            | Update::Lost { .. }
            | Update::Spoken { .. }
            | Update::Level(_)
            | Update::Notice { .. }
            | Update::Offers { .. } => {}
        }
    }

    fn note(&mut self, note: &Note) {
        match note {
            Note::State { state } => self.status.state = *state,
            Note::Muted { on } => self.status.muted = *on,
            Note::Mode { mode } => self.status.mode = *mode,
            Note::Waiting { on } => self.status.waiting = *on,
            _ => {}
        }
    }

    /// Returns golem's status, as known from its events.
    pub fn status(&self) -> Status {
        self.status.clone()
    }

    /// Whether golem has a part: false if the config leaves it out.
    pub fn has(&self, part: Part) -> bool {
        self.status.parts.iter().any(|ready| ready.part == part && ready.what != "none")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Time;

    #[test]
    fn the_status_follows_the_news() {
        let mut tally = StatusTracker::default();
        let ready =
            |what: &str| Update::Ready(Ready { part: Part::Llm, what: what.into(), why: String::new(), at: None });
        tally.take(&ready("none"));
        assert!(!tally.has(Part::Llm));
        tally.take(&ready("starter"));
        assert!(tally.has(Part::Llm) && tally.status().parts.len() == 1);
        for note in
            [Note::State { state: State::Speaking }, Note::Muted { on: true }, Note::Mode { mode: Mode::Intent }]
        {
            tally.take(&Update::Note { time: Time::ZERO, note });
        }
        tally.take(&Update::Dropped { samples: 32 });
        let status = tally.status();
        assert!(status.muted && !status.ready && status.state == State::Speaking && status.mode == Mode::Intent);
        assert_eq!(status.dropped, 32);
        tally.take(&Update::Listening);
        assert!(tally.status().ready);
    }
}
