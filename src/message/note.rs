//! The notes of the dialogue for observers.

use serde::{Deserialize, Serialize};

use super::part::{read_stage, write_stage};
use super::{CancelReason, Consent, Ignored, Ledger, Mode, Part, State};
use crate::intent::{Reading, Slots};
use crate::order::{Outcome, Risk};

/// What the world may know: one line of the event stream each, tagged with `type`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Note {
    /// The dialogue changed state.
    State {
        /// The new one.
        state: State,
    },
    /// A voice was confirmed.
    SpeechStart {
        /// Number of the utterance.
        utterance: u64,
    },
    /// The utterance has ended.
    SpeechEnd {
        /// Number of the utterance.
        utterance: u64,
        /// Voiced time in seconds.
        voiced: f64,
    },
    /// Words so far.
    Partial {
        /// Number of the utterance.
        utterance: u64,
        /// The words.
        text: String,
    },
    /// An utterance in words.
    Transcript {
        /// Number of the utterance.
        utterance: u64,
        /// The words.
        text: String,
        /// Why it is not answered, if it is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ignored: Option<Ignored>,
    },
    /// A question or command that was typed, here or at another front end.
    Typed {
        /// Its turn.
        turn: u64,
        /// The words.
        text: String,
    },
    /// The reply as generated, whole or as far as it got.
    Reply {
        /// Its turn.
        turn: u64,
        /// The text.
        text: String,
    },
    /// A clause was sent to synthesis.
    Clause {
        /// The reply's turn.
        turn: u64,
        /// Its index.
        clause: usize,
        /// Its words as spoken.
        text: String,
    },
    /// The first sample of a reply, or of its resumption, sounds.
    AudioStart {
        /// The reply's turn.
        turn: u64,
    },
    /// Playback was lowered or brought back.
    Duck {
        /// Lowered?
        on: bool,
    },
    /// Playback was silenced by the person's voice.
    Cut {
        /// The reply's turn.
        turn: u64,
    },
    /// It was nothing: the reply goes on.
    Resume {
        /// The reply's turn.
        turn: u64,
        /// First clause heard again.
        clause: usize,
    },
    /// The reply is dropped for good.
    Cancel {
        /// Its turn.
        turn: u64,
        /// Why.
        reason: CancelReason,
    },
    /// What history keeps of a reply.
    Heard {
        /// Its turn.
        turn: u64,
        /// The words that were heard.
        text: String,
        /// Whether the person cut it short.
        interrupted: bool,
    },
    /// A turn's latency ledger.
    Latency(Ledger),
    /// What golem made of an utterance as a command.
    Decision(Box<Decision>),
    /// The microphone was muted or unmuted.
    Muted {
        /// Muted?
        on: bool,
    },
    /// What golem takes words for.
    Mode {
        /// The new one.
        mode: Mode,
    },
    /// Golem begins or ends to wait for the wake phrase.
    Waiting {
        /// Waits?
        on: bool,
    },
    /// A command waits for a yes.
    Confirm {
        /// Its turn.
        turn: u64,
        /// What is asked.
        question: String,
        /// How long it waits, in seconds after the question was heard.
        seconds: f64,
    },
    /// The answer to that.
    Confirmed {
        /// Its turn.
        turn: u64,
        /// Number of the decision it follows from.
        decision: u64,
        /// What it was.
        answer: Consent,
    },
    /// A command was carried out, or could not be.
    Outcome {
        /// Its turn.
        turn: u64,
        /// Number of the decision it follows from.
        decision: u64,
        /// What came of it.
        #[serde(flatten)]
        outcome: Outcome,
    },
    /// Something failed; the dialogue goes on.
    Error {
        /// Where.
        #[serde(rename = "stage", serialize_with = "write_stage", deserialize_with = "read_stage")]
        part: Part,
        /// Why, and what to do.
        reason: String,
    },
}

/// Everything that bears on why a command was carried out or not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Decision {
    /// Number of the utterance, and of the turn that follows from it.
    pub utterance: u64,
    /// Voiced time in seconds; 0 when typed.
    pub audio_seconds: f64,
    /// What was understood.
    pub transcript: String,
    /// Other ways to hear it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<String>,
    /// The command; nothing when none was accepted.
    pub intent: Option<String>,
    /// Its slots.
    pub slots: Slots,
    /// How near it is to a sentence of the commands file, 0..=1.
    pub score: f32,
    /// The best reading, also when it was not accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Reading>,
    /// The next best reading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runner_up: Option<Reading>,
    /// Whether it is a command and may be carried out (after a yes, where its risk asks for one).
    pub accepted: bool,
    /// Why, in a few words.
    pub reason: String,
    /// How much trust it needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// The program and its arguments, where it runs one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub argv: Option<Vec<String>>,
    /// Decided and reported, but not carried out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// From the end of speech to this decision, in milliseconds.
    pub ms: f64,
}
