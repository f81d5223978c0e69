//! The messages between floors: one closed [`Event`] enum into the dialogue, one closed [`Action`] enum out of it, and
//! the [`Note`]s that the world outside may read.

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

use serde::{Deserialize, Serialize};

use crate::intent::Understanding;
use crate::order::{Order, Outcome};
pub use echo::EchoState;
pub use ledger::Ledger;
pub use note::{Decision, Note};
pub use part::Part;
pub use reason::{CancelReason, Consent, Ignored};
pub use request::Request;
pub use update::{Levels, Offer, Ready, TurnedDown, Update};
pub use voice::VoiceLikeness;
pub use word::TimedWord;

/// Time since golem started, in audio time where audio flows.
pub type Time = Duration;

/// Who said a line of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The instructions golem was given.
    System,
    /// The person.
    User,
    /// Golem.
    Assistant,
}

/// One line of the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who said it.
    pub role: Role,
    /// What was said, or for the assistant: heard.
    pub text: String,
}

impl Message {
    /// A message of `role` saying `text`.
    pub fn new(role: Role, text: impl Into<String>) -> Self {
        Self { role, text: text.into() }
    }
}

/// What an ASR engine understood of one utterance, with everything the ghost filter weighs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// The words; empty when none.
    pub text: String,
    /// Language tag, where the engine knows it.
    pub language: Option<String>,
    /// Mean natural-log probability of a token, where the engine has one.
    pub mean_logprob: Option<f32>,
    /// Probability in 0..=1 that there was no speech, where the engine has one.
    pub no_speech: Option<f32>,
    /// Other readings, best first, without the chosen one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<String>,
    /// The words with their times, where they were asked for and the engine knows them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<TimedWord>,
    /// What the ears heard with nothing but commands in mind, where they listen for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<GrammarMatch>,
    /// What it means as a command, where the ears' side has judged that already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub understanding: Option<Box<Understanding>>,
}

/// A sentence of the commands' grammar as it was heard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GrammarMatch {
    /// The words.
    pub text: String,
    /// How sure the ears are that these words were said and not others, 0..=1.
    pub confidence: f32,
    /// Natural-log likelihood of the words beside bare phones, a frame of 10 ms: the greater the better.
    #[serde(default)]
    pub likelihood: f32,
    /// Other sentences of the grammar, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<String>,
}

/// Where a word ends, in its text and in its sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Byte offset of the word's end in the clause's text.
    pub text_end: usize,
    /// Sample at which its sound ends, at the clause's own rate.
    pub sample_end: u64,
}

/// How long a synthesised clause sounds and where its words end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// Length in samples.
    pub samples: u64,
    /// Sample rate in hertz.
    pub rate: u32,
    /// Ends of words in order; empty when the voice does not report them (then time is shared out by letters).
    pub words: Vec<Mark>,
}

/// What golem takes words for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Commands are carried out, all else is answered.
    #[default]
    Chat,
    /// Commands are carried out, all else is let be.
    Intent,
}

/// Everything that can happen to the dialogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A 32 ms frame was heard; the probability that it holds a voice.
    Frame {
        /// 0..=1.
        probability: f32,
    },
    /// Something in the sound up to now was like the wake phrase.
    Called,
    /// How much of the frames that follow may be golem's own voice, which decides what is believed to be a person's.
    Echo {
        /// That.
        state: EchoState,
    },
    /// Words so far of a running utterance.
    Partial {
        /// Number of the utterance.
        utterance: u64,
        /// The words so far.
        text: String,
    },
    /// The words so far of a running utterance as ears read them that hear whole utterances only: for people to see. They
    /// may lack the end, or change, so nothing is decided on them.
    Interim {
        /// Number of the utterance.
        utterance: u64,
        /// The words so far.
        text: String,
    },
    /// The model has judged a pause: see [`Action::Judge`].
    Judged {
        /// Number of the utterance.
        utterance: u64,
        /// Which of its pauses.
        pause: u32,
        /// Probability in 0..=1 that the turn is over.
        probability: f32,
    },
    /// Whose voice an utterance is in: see [`Action::Identify`].
    Speaker {
        /// Number of the utterance.
        utterance: u64,
        /// Which time it was asked.
        pause: u32,
        /// How alike it is to known voices; nothing where that cannot be said.
        voice: Option<VoiceLikeness>,
    },
    /// An utterance, or as much of it as was heard when asked, in words.
    Transcript {
        /// Number of the utterance.
        utterance: u64,
        /// What was understood.
        transcript: Transcript,
    },
    /// The next piece of the reply's text.
    Piece {
        /// The reply's turn.
        turn: u64,
        /// Text to append.
        text: String,
    },
    /// The language model is done with the reply.
    ReplyEnd {
        /// The reply's turn.
        turn: u64,
    },
    /// A clause has become sound and stands in the playback queue.
    Synthesised {
        /// The reply's turn.
        turn: u64,
        /// Index of the clause in the reply, from 0.
        clause: usize,
        /// Its length and words.
        timing: Timing,
    },
    /// Playback position: so much of a clause has been heard.
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
        /// Number of the decision it follows from.
        decision: u64,
        /// What came of it.
        outcome: Outcome,
    },
    /// A part failed for a turn or utterance.
    Failed {
        /// Which part.
        part: Part,
        /// Turn or utterance number it worked for.
        number: u64,
        /// Why, in the engine's words.
        reason: String,
    },
    /// A request of a person or program, by other means than the voice.
    Request(Request),
}

/// Everything the dialogue can ask of the world.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Record utterance number `.0`, the pre-roll first.
    Listen(u64),
    /// Record utterance number `.0`, before it the sound of the wake phrase that opened it.
    ListenBack(u64),
    /// Decode what was recorded of an utterance so far, as words for the mode that golem is in; every such request is
    /// answered once, in order.
    Transcribe {
        /// Its number.
        utterance: u64,
        /// What words are taken for.
        mode: Mode,
    },
    /// Judge by ear whether the turn is over, from what was recorded of the utterance so far. Where there is no model for
    /// it no answer comes, and silence alone decides.
    Judge {
        /// Number of the utterance.
        utterance: u64,
        /// Which of its pauses.
        pause: u32,
    },
    /// Compare the voice of what was recorded of the utterance so far with the voices that are known. Where that cannot be
    /// done no answer comes.
    Identify {
        /// Number of the utterance.
        utterance: u64,
        /// Which time it is asked.
        pause: u32,
    },
    /// The utterance is over: stop recording it.
    Close(u64),
    /// Stop recording the utterance and forget it.
    Discard(u64),
    /// Generate a reply.
    Think {
        /// The reply's turn.
        turn: u64,
        /// The whole conversation, the system message first.
        conversation: Vec<Message>,
    },
    /// Read the conversation so far, which the next question will follow; nothing is to be generated.
    Read {
        /// The utterance that is being spoken: the work is stale with it.
        turn: u64,
        /// The conversation, the system message first; perhaps empty.
        conversation: Vec<Message>,
    },
    /// Generate a reply as for [`Action::Think`], and keep back what is spoken of it until [`Action::Utter`]: the
    /// person may go on.
    Prepare {
        /// The reply's turn.
        turn: u64,
        /// The whole conversation, the system message first.
        conversation: Vec<Message>,
    },
    /// What was kept back of this turn may be heard.
    Utter(u64),
    /// Carry out a command.
    Perform {
        /// The turn it belongs to.
        turn: u64,
        /// Number of the decision it follows from.
        decision: u64,
        /// What to do.
        order: Order,
    },
    /// Stop carrying out the orders of turns below this number.
    Abort(u64),
    /// Stop listening (true) or listen again, as the person asked by voice.
    Mute(bool),
    /// Stop generating and synthesising for now.
    Hold,
    /// Go on generating and synthesising.
    Release,
    /// Synthesise a clause and queue it for playback.
    Speak {
        /// The reply's turn.
        turn: u64,
        /// Index of the clause in the reply.
        clause: usize,
        /// Words to say, clean of markup.
        text: String,
    },
    /// Lower playback (true) or bring it back (false).
    Duck(bool),
    /// Fade out within 10 ms and keep what was not heard, for it may be resumed.
    Cut,
    /// Play on, from the beginning of a clause.
    Resume {
        /// The reply's turn.
        turn: u64,
        /// First clause to be heard again.
        clause: usize,
    },
    /// All work of turns below this number is stale: playback fades out and forgets it.
    Cancel(u64),
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
    /// The words are being understood and a reply is being made.
    Processing,
    /// Golem speaks.
    Speaking,
}
