//! The notes of the dialogue for observers.

use serde::{Deserialize, Serialize};

use super::part::{read_stage, write_stage};
use super::{CancelReason, Consent, Ignored, Ledger, Mode, Part, State};
use crate::intent::{Reading, Slots};
use crate::order::{Outcome, Risk};

/// The notes: each is one line of the event stream, tagged with `type`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Note {
    /// The dialogue changed state.
    State {
        /// The new state.
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
    /// The words so far.
    Partial {
        /// Number of the utterance.
        utterance: u64,
        /// The words.
        text: String,
    },
    /// The words of an utterance.
    Transcript {
        /// Number of the utterance.
        utterance: u64,
        /// The words.
        text: String,
        /// Why the words are not answered, if they are not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ignored: Option<Ignored>,
    },
    /// A question or command was typed, in any front end.
    Typed {
        /// Its turn.
        turn: u64,
        /// The words.
        text: String,
    },
    /// The generated reply, whole or as far as it got.
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
        /// Its spoken words.
        text: String,
    },
    /// The first sample of a reply, or of its resumption, is played.
    AudioStart {
        /// The reply's turn.
        turn: u64,
    },
    /// Playback was lowered or restored.
    Duck {
        /// Whether it was lowered.
        on: bool,
    },
    /// The person's voice silenced playback.
    Cut {
        /// The reply's turn.
        turn: u64,
    },
    /// No words that count followed the cut: the reply resumes.
    Resume {
        /// The reply's turn.
        turn: u64,
        /// The first clause that is played again.
        clause: usize,
    },
    /// The reply is dropped for good.
    Cancel {
        /// Its turn.
        turn: u64,
        /// The reason.
        reason: CancelReason,
    },
    /// The part of a reply that the history keeps.
    Heard {
        /// Its turn.
        turn: u64,
        /// The heard words.
        text: String,
        /// Whether the person interrupted it.
        interrupted: bool,
    },
    /// A turn's latency ledger.
    Latency(Ledger),
    /// The decision about an utterance as a command.
    Decision(Box<Decision>),
    /// The microphone was muted or unmuted.
    Muted {
        /// Whether it was muted.
        on: bool,
    },
    /// The mode was changed.
    Mode {
        /// The new mode.
        mode: Mode,
    },
    /// Golem starts or stops waiting for the wake phrase.
    Waiting {
        /// Whether it waits.
        on: bool,
    },
    /// A command waits for a confirmation.
    Confirm {
        /// Its turn.
        turn: u64,
        /// The question.
        question: String,
        /// The time for the answer, in seconds after the question was heard.
        seconds: f64,
    },
    /// The answer to the question.
    Confirmed {
        /// Its turn.
        turn: u64,
        /// Number of the decision.
        decision: u64,
        /// The answer.
        answer: Consent,
    },
    /// A command was carried out, or could not be.
    Outcome {
        /// Its turn.
        turn: u64,
        /// Number of its decision.
        decision: u64,
        /// The result.
        #[serde(flatten)]
        outcome: Outcome,
    },
    /// A part failed; the dialogue goes on.
    Error {
        /// The part.
        #[serde(rename = "stage", serialize_with = "write_stage", deserialize_with = "read_stage")]
        part: Part,
        /// The reason, and the remedy.
        reason: String,
    },
}

/// The evidence for carrying a command out or not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Decision {
    /// Number of the utterance, and of its turn.
    pub utterance: u64,
    /// Voiced time in seconds; 0 when typed.
    pub audio_seconds: f64,
    /// The words.
    pub transcript: String,
    /// Other hypotheses of the words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<String>,
    /// The intent; `None` if no command was accepted.
    pub intent: Option<String>,
    /// Its slots.
    pub slots: Slots,
    /// Similarity to a sentence of the commands file, 0..=1.
    pub score: f32,
    /// The best reading, even if it was not accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Reading>,
    /// The next best reading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runner_up: Option<Reading>,
    /// Whether it is a command that may be carried out (after a confirmation, if its risk requires one).
    pub accepted: bool,
    /// The reason, in a few words.
    pub reason: String,
    /// The risk of the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// The program and its arguments, if it runs one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub argv: Option<Vec<String>>,
    /// Whether it is only decided and reported, and not carried out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// Milliseconds from the end of speech to this decision.
    pub ms: f64,
}
