//! The messages between floors: one closed [`Event`] enum into the dialogue, one closed [`Action`] enum out of it, and
//! the [`Note`]s for observers.

mod echo;
mod ledger;
mod note;
mod part;
mod reason;
mod request;
mod update;
mod voice;
mod word;

use std::time::Duration;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use serde::{Deserialize, Serialize};

use crate::intent::Understanding;
use crate::order::{Order, Outcome};
pub use echo::EchoState;
pub use ledger::Ledger;
pub use note::{Decision, Note};
pub use part::Part;
pub use reason::{CancelReason, Consent, Ignored};
pub use request::Request;
pub use update::{Levels, Offer, Ready, RefusedRequest, Update};
pub use voice::VoiceLikeness;
pub use word::TimedWord;

/// Time since golem started; in audio time while audio flows.
pub type Time = Duration;

/// The speaker of a line of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Golem's instructions.
    System,
    /// The person.
    User,
    /// Golem.
    Assistant,
}

/// One line of the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its speaker.
    pub role: Role,
    /// The words; of the assistant, the words that were heard.
    pub text: String,
}

impl Message {
    /// A message of `role` saying `text`.
    pub fn new(role: Role, text: impl Into<String>) -> Self {
        Self { role, text: text.into() }
    }
}

/// The result of an ASR engine for one utterance, with the evidence for the ghost filter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// The words; empty when none.
    pub text: String,
    /// Language tag, if the engine gives it.
    pub language: Option<String>,
    /// Mean natural-log probability of a token, if the engine gives it.
    pub mean_logprob: Option<f32>,
    /// Probability in 0..=1 that there was no speech, if the engine gives it.
    pub no_speech: Option<f32>,
    /// Other readings, best first, without the chosen one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<String>,
    /// The words with their times, if they were asked for and the engine gives them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<TimedWord>,
    /// The result of the grammar decoder, which knows only the commands, if it is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<GrammarMatch>,
    /// The meaning as a command, if the asr worker has judged it already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub understanding: Option<Box<Understanding>>,
}

/// A sentence of the commands' grammar that was heard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GrammarMatch {
    /// The words.
    pub text: String,
    /// The decoder's confidence in these words against others, 0..=1.
    pub confidence: f32,
    /// Natural-log likelihood of the words relative to bare phones, per frame of 10 ms; greater is better.
    #[serde(default)]
    pub likelihood: f32,
    /// Other sentences of the grammar, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<String>,
}

/// The end of a word in its text and in its sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Byte offset of the word's end in the clause's text.
    pub text_end: usize,
    /// Sample at which its sound ends, at the clause's own rate.
    pub sample_end: u64,
}

/// The length of a synthesised clause, and the ends of its words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// Length in samples.
    pub samples: u64,
    /// Sample rate in hertz.
    pub rate: u32,
    /// Ends of words in order; empty if the voice does not report them (time is then divided evenly among the letters).
    pub words: Vec<Mark>,
}

/// The modes of golem.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Commands are carried out, other words are answered.
    #[default]
    Chat,
    /// Commands are carried out, other words are ignored.
    Intent,
}

impl ValueEnum for Mode {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Chat, Self::Intent]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Chat => "chat",
            Self::Intent => "intent",
        }))
    }
}

/// The events of the dialogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A 32 ms frame was heard, with the probability of a voice in it.
    Frame {
        /// 0..=1.
        probability: f32,
    },
    /// The sound up to now resembles the wake phrase.
    Called,
    /// The echo canceller's state for the frames that follow: it decides which sound counts as a person's.
    Echo {
        /// The state.
        state: EchoState,
    },
    /// The words so far of an open utterance.
    Partial {
        /// Number of the utterance.
        utterance: u64,
        /// The words so far.
        text: String,
    },
    /// Interim words of an open utterance, from a recogniser that otherwise reads whole utterances only. They are for
    /// display: they may lack the end or change, so that no decision depends on them.
    Interim {
        /// Number of the utterance.
        utterance: u64,
        /// The words so far.
        text: String,
    },
    /// The turn model has judged a pause: see [`Action::Judge`].
    Judged {
        /// Number of the utterance.
        utterance: u64,
        /// Number of the pause in the utterance.
        pause: u32,
        /// Probability in 0..=1 that the turn is over.
        probability: f32,
    },
    /// The voice of an utterance was compared: see [`Action::Identify`].
    Speaker {
        /// Number of the utterance.
        utterance: u64,
        /// Number of the question about this utterance.
        pause: u32,
        /// The likeness to known voices; `None` if it cannot be said.
        voice: Option<VoiceLikeness>,
    },
    /// The words of an utterance, or of the part that was recorded when they were asked for.
    Transcript {
        /// Number of the utterance.
        utterance: u64,
        /// The result.
        transcript: Transcript,
    },
    /// The next piece of the reply's text.
    Piece {
        /// The reply's turn.
        turn: u64,
        /// Text to append.
        text: String,
    },
    /// The language model has finished the reply.
    ReplyEnd {
        /// The reply's turn.
        turn: u64,
    },
    /// A clause was synthesised and is in the playback queue.
    Synthesised {
        /// The reply's turn.
        turn: u64,
        /// Index of the clause in the reply, from 0.
        clause: usize,
        /// Its length and the ends of its words.
        timing: Timing,
    },
    /// The playback position in a clause.
    Played {
        /// The reply's turn.
        turn: u64,
        /// Index of the clause.
        clause: usize,
        /// Samples heard, at the clause's own rate.
        samples: u64,
        /// Whether the clause was heard to its end.
        done: bool,
    },
    /// An order was carried out, or could not be.
    Performed {
        /// The turn it belongs to.
        turn: u64,
        /// Number of its decision.
        decision: u64,
        /// The result.
        outcome: Outcome,
    },
    /// A part failed for a turn or utterance.
    Failed {
        /// The part.
        part: Part,
        /// The turn or utterance that it worked for.
        number: u64,
        /// The reason, in the engine's words.
        reason: String,
    },
    /// A request of a person or program, by other means than the voice.
    Request(Request),
}

/// The actions that the dialogue asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Record utterance number `.0`, starting with the pre-roll.
    Listen(u64),
    /// Record utterance number `.0`, starting with the sound of the wake phrase that opened it.
    ListenBack(u64),
    /// Decode the recording of an utterance so far, as words for the current mode. Every request is answered once, in
    /// order.
    Transcribe {
        /// Its number.
        utterance: u64,
        /// The mode.
        mode: Mode,
    },
    /// Have the turn model judge from the recording so far whether the turn is over. Without a model no answer comes,
    /// and silence and words decide.
    Judge {
        /// Number of the utterance.
        utterance: u64,
        /// Number of the pause in the utterance.
        pause: u32,
    },
    /// Compare the voice in the recording so far with the known voices. If that is not possible, no answer comes.
    Identify {
        /// Number of the utterance.
        utterance: u64,
        /// Number of the question about this utterance.
        pause: u32,
    },
    /// The utterance is over: stop recording it.
    Close(u64),
    /// Stop recording the utterance and drop it.
    Discard(u64),
    /// Generate a reply.
    Think {
        /// The reply's turn.
        turn: u64,
        /// The whole conversation, the system message first.
        conversation: Vec<Message>,
    },
    /// Read the conversation so far, which the next question will follow, without generating.
    Read {
        /// The utterance that is being spoken; when it becomes stale, so does this work.
        turn: u64,
        /// The conversation, the system message first; perhaps empty.
        conversation: Vec<Message>,
    },
    /// Generate a reply as for [`Action::Think`], but keep its sound back until [`Action::Utter`], because the person
    /// may go on.
    Prepare {
        /// The reply's turn.
        turn: u64,
        /// The whole conversation, the system message first.
        conversation: Vec<Message>,
    },
    /// Release the sound of this turn that was kept back.
    Utter(u64),
    /// Carry out a command.
    Perform {
        /// The turn it belongs to.
        turn: u64,
        /// Number of its decision.
        decision: u64,
        /// The order.
        order: Order,
    },
    /// Stop the orders of turns below this number.
    Abort(u64),
    /// Stop listening (true) or listen again, as the person asked by voice.
    Mute(bool),
    /// Stop generating and synthesising for now.
    Hold,
    /// Continue generating and synthesising.
    Release,
    /// Synthesise a clause and queue it for playback.
    Speak {
        /// The reply's turn.
        turn: u64,
        /// Index of the clause in the reply.
        clause: usize,
        /// The words without markup.
        text: String,
    },
    /// Lower playback (true) or restore it (false).
    Duck(bool),
    /// Fade out within 10 ms, and keep the unheard rest, which may be resumed.
    Cut,
    /// Resume playback at the beginning of a clause.
    Resume {
        /// The reply's turn.
        turn: u64,
        /// The first clause to play again.
        clause: usize,
    },
    /// Drop all work of turns below this number: playback fades out and drops their sound.
    Cancel(u64),
    /// Keep the mean of the person's own pauses for the next start.
    KeepPauses(Time),
    /// Report this to all observers.
    Note(Note),
}

/// The states of the dialogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Neither the person nor golem speaks.
    #[default]
    Idle,
    /// The person speaks.
    Listening,
    /// The person paused and may go on.
    Pause,
    /// The words are being understood, or a reply is being made.
    Processing,
    /// Golem speaks.
    Speaking,
}
