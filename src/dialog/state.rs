//! The state of the dialogue: the current utterances, the reply and the pending command.

use std::collections::VecDeque;
use std::sync::Arc;

use super::endpoint::Endpointer;
use super::history::ChatHistory;
use super::own::alarm::Alarms;
use super::pending::Pending;
use super::prepared::Prepared;
use super::reply::SpokenReply;
use super::speaker::{SpeakerPool, VoiceInquiry};
use super::tape::Tape;
use super::timer::Timers;
use super::wake_gate::{Call, WakeGate};
use super::wording::TurnLists;
use super::words::Phrases;
use super::{barge, own, vad};
use crate::command::Commands;
use crate::command::repeat::Repeats;
use crate::config::Config;
use crate::message::{Action, EchoState, Ledger, Note, State, Time};

/// The dialogue between one person and golem.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // independent facts, not a state in disguise
pub struct Dialog {
    pub(super) config: Config,
    pub(super) now: Time,
    pub(super) state: State,
    pub(super) gate: vad::Gate,
    pub(super) detector: barge::Detector,
    pub(super) backchannel: Phrases,
    pub(super) turn_lists: TurnLists,
    pub(super) history: ChatHistory,
    pub(super) timers: Timers,
    pub(super) actions: VecDeque<Action>,
    /// The last number of an utterance or turn; a reply has the number of the utterance it answers.
    pub(super) numbers: u64,
    /// Whether decoding ahead of the turn's end pays off with this recogniser.
    pub(super) speculates: bool,
    pub(super) muted: bool,
    pub(super) talking: bool,
    /// How much of the microphone's sound may be golem's own voice.
    pub(super) echo: EchoState,
    /// The utterance being recorded.
    pub(super) open: Option<Utterance>,
    /// The utterance whose words are awaited.
    pub(super) awaited: Option<Utterance>,
    /// Utterances overtaken by a newer one; their words still count.
    pub(super) overtaken: Vec<Utterance>,
    /// Utterances whose words are known, but not their voice.
    pub(super) unidentified: Vec<Utterance>,
    /// Whether words of overtaken utterances still need a reply.
    pub(super) unanswered: bool,
    /// The only reply. It is held while the person speaks.
    pub(super) reply: Option<SpokenReply>,
    /// Playback was lowered. A cut ends that too: a resumed or new reply plays at full level.
    pub(super) lowered: bool,
    /// The commands, if any.
    pub(super) commands: Option<Arc<Commands>>,
    /// The command that waits for its confirmation.
    pub(super) pending: Option<Pending>,
    /// The reply that is prepared in the person's pause; while it exists, an utterance is open and paused.
    pub(super) ahead: Option<Prepared>,
    /// The highest number of a prepared reply: the number of a dropped one is not used again.
    pub(super) spent: u64,
    /// Time since the last reply that was spent on dropped prepared replies.
    pub(super) wasted: Time,
    pub(super) repeats: Repeats,
    pub(super) alarms: Alarms,
    pub(super) deeds: own::undo::Deeds,
    pub(super) endpointer: Endpointer,
    /// The time of the last voiced frame of the newest words that were taken as part of a turn, until a voice begins.
    pub(super) ended: Option<Time>,
    /// The pooled evidence of the newest utterances about the speaker.
    pub(super) voices: SpeakerPool,
    /// Time until which golem's own voice may be heard.
    pub(super) sounds_until: Time,
    /// The gate of the wake phrase.
    pub(super) wake: WakeGate,
    pub(super) tape: Tape,
}

/// One stretch of the person's speech.
#[derive(Debug)]
pub(super) struct Utterance {
    pub(super) number: u64,
    pub(super) call: Call,
    pub(super) paused: bool,
    pub(super) voiced: Time,
    pub(super) last_voice: Time,
    /// Its pauses after which the person went on. They are learned when it is known whose they are.
    pub(super) pauses: Vec<Time>,
    pub(super) asked: u32,
    pub(super) answered: u32,
    pub(super) result: Option<crate::message::Transcript>,
    /// Number of its pauses that were given to the turn model.
    pub(super) judged: u32,
    /// The turn model's probability that the turn is over, for the current pause.
    pub(super) over: Option<f32>,
    /// The question whose voice it is in.
    pub(super) voice: VoiceInquiry,
    /// Golem spoke when it began, or just before.
    pub(super) beside_golem: bool,
    /// The echo state when it began.
    pub(super) echo: EchoState,
    /// When the next utterance began, if that was before these words were judged.
    pub(super) followed: Option<Time>,
    /// It follows a question by golem.
    pub(super) reply_to_question: bool,
    /// The words so far, if the recogniser reports them.
    pub(super) words: String,
    pub(super) ledger: Ledger,
}

/// A time in seconds, rounded to the millisecond.
pub(super) fn seconds(time: Time) -> f64 {
    (time.as_secs_f64() * 1e3).round() / 1e3
}

impl Dialog {
    pub(super) fn act(&mut self, action: Action) {
        self.actions.push_back(action);
    }

    pub(super) fn note(&mut self, note: Note) {
        self.actions.push_back(Action::Note(note));
    }

    pub(super) fn next_number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// The time `ms` milliseconds from now.
    pub(super) fn after(&self, ms: u64) -> Time {
        self.now.saturating_add(Time::from_millis(ms))
    }

    /// Whether the person speaks, or words are awaited.
    pub(super) fn expecting(&self) -> bool {
        self.open.is_some() || self.awaited.is_some() || !(self.overtaken.is_empty() && self.unidentified.is_empty())
    }
}
