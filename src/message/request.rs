//! The requests of people and programs: from keys, the command line and the control socket.

use serde::{Deserialize, Serialize};

use super::part::read_switchable;
use super::{Mode, Part};

/// What a person or a program asks of golem, other than by voice. The tagged form is that of the control socket.
///
/// [`Request::Status`], [`Request::Metrics`], [`Request::Reload`], [`Request::Quit`] and [`Request::Subscribe`] are
/// answered by the process, [`Request::Offers`] and [`Request::Switch`] by the runtime, [`Request::Next`] and
/// [`Request::Back`] by a prompter; the dialogue ignores these nine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Request {
    /// How golem is.
    Status,
    /// What it has counted and timed since it started.
    Metrics,
    /// Stop listening.
    Mute,
    /// Listen again.
    Unmute,
    /// Listen now: unmute, stop speaking, and take what comes for an utterance until the person is silent, whatever the
    /// way to listen.
    Listen,
    /// Stop speaking and drop the reply; no to a command that waits for a yes.
    Stop,
    /// Say the last reply again.
    Repeat,
    /// Say this, word for word.
    Say {
        /// The words.
        text: String,
    },
    /// Answer this as if it had been said.
    Ask {
        /// The words.
        text: String,
    },
    /// Press or release the talk key.
    Talk {
        /// Pressed?
        on: bool,
    },
    /// Yes or no to the command that waits for it.
    Answer {
        /// Yes?
        yes: bool,
    },
    /// Take words for commands only, or for conversation too.
    Mode {
        /// `chat` or `intent`.
        mode: Mode,
    },
    /// Send what else could be chosen, as an `offers` event to all who subscribed.
    Offers,
    /// Go on with another microphone, loudspeaker or voice, other ears or another brain.
    Switch {
        /// `microphone`, `loudspeaker`, `voice`, `ears` or `brain`.
        #[serde(deserialize_with = "read_switchable")]
        part: Part,
        /// Which one, by the name under which it was offered.
        name: String,
    },
    /// Show the thesis after this one: to a prompter.
    Next,
    /// Show the thesis before it: to a prompter.
    Back,
    /// Read the config again.
    Reload,
    /// End.
    Quit,
    /// Send the recent events, then every new one.
    Subscribe {
        /// Also the microphone's level, 31 times a second.
        #[serde(default)]
        level: bool,
    },
}

impl Request {
    /// To stop listening (true) or to listen again.
    #[must_use]
    pub fn mute(on: bool) -> Self {
        if on { Self::Mute } else { Self::Unmute }
    }
}
