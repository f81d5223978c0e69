//! The requests of people and programs: from keys, the command line and the control socket.

use serde::{Deserialize, Serialize};

use super::part::read_switchable;
use super::{Mode, Part};

/// A request of a person or a program to golem, other than by voice. The tagged form is that of the control socket.
///
/// [`Request::Status`], [`Request::Metrics`], [`Request::Reload`], [`Request::Quit`] and [`Request::Subscribe`] are
/// answered by the process, [`Request::Offers`] and [`Request::Switch`] by the runtime, [`Request::Next`] and
/// [`Request::Back`] by a prompter; the dialogue ignores these nine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Request {
    /// Report the current status.
    Status,
    /// Report the counts and times since the start.
    Metrics,
    /// Stop listening.
    Mute,
    /// Listen again.
    Unmute,
    /// Listen now: unmute, stop speaking, and take the sound as an utterance until the person is silent, in any
    /// listening mode.
    Listen,
    /// Stop speaking and drop the reply; refuse a command that waits for a confirmation.
    Stop,
    /// Say the last reply again.
    Repeat,
    /// Say the text, word for word.
    Say {
        /// The words.
        text: String,
    },
    /// Answer the text as if it had been said.
    Ask {
        /// The words.
        text: String,
    },
    /// Press or release the talk key.
    Talk {
        /// Whether it is pressed.
        on: bool,
    },
    /// Answer the question whether to carry out a command.
    Answer {
        /// Whether the answer is yes.
        yes: bool,
    },
    /// Expect commands only, or conversation too.
    Mode {
        /// `chat` or `intent`.
        mode: Mode,
    },
    /// Send the choices for each part, as an `offers` event to all subscribers.
    Offers,
    /// Use another microphone, loudspeaker, voice, recogniser or language model.
    Switch {
        /// `microphone`, `loudspeaker`, `voice`, `ears` or `brain`.
        #[serde(deserialize_with = "read_switchable")]
        part: Part,
        /// The name of the choice, as it was offered.
        name: String,
    },
    /// Show the next thesis (prompter only).
    Next,
    /// Show the thesis before (prompter only).
    Back,
    /// Read the config again.
    Reload,
    /// Quit.
    Quit,
    /// Send the recent events, then every new one.
    Subscribe {
        /// Whether to send the microphone's level too, 31 times a second.
        #[serde(default)]
        level: bool,
    },
}

impl Request {
    /// The request to stop listening (true) or to listen again.
    #[must_use]
    pub fn mute(on: bool) -> Self {
        if on { Self::Mute } else { Self::Unmute }
    }
}
