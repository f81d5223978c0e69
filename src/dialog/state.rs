//! The state of the dialogue: what is under way, known and awaited.

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
    /// Numbers utterances and turns; a reply bears the number of the utterance it answers.
    pub(super) numbers: u64,
    /// Whether the ears gain from being asked before the turn is over.
    pub(super) speculates: bool,
    pub(super) muted: bool,
    pub(super) talking: bool,
    /// How much of what is heard may be golem's own voice.
    pub(super) echo: EchoState,
    /// The utterance being recorded.
    pub(super) open: Option<Utterance>,
    /// The utterance whose words are awaited.
    pub(super) awaited: Option<Utterance>,
    /// Utterances overtaken by a newer one: their words still count.
    pub(super) overtaken: Vec<Utterance>,
    /// Utterances whose words are known, and not yet whose voice they are in.
    pub(super) unidentified: Vec<Utterance>,
    /// Whether words of overtaken utterances still lack a reply.
    pub(super) unanswered: bool,
    /// The one reply there is. While the person has the floor it is held.
    pub(super) reply: Option<SpokenReply>,
    /// Playback was lowered. A cut ends that too: what is resumed or new plays at full level.
    pub(super) lowered: bool,
    /// What can be commanded.
    pub(super) commands: Option<Arc<Commands>>,
    /// The command that waits for a yes.
    pub(super) pending: Option<Pending>,
    /// The reply that is made ready in the person's pause. While there is one, an utterance is open, and paused.
    pub(super) ahead: Option<Prepared>,
    /// The highest number under which a reply was made ready: a dropped one's number is not used again.
    pub(super) spent: u64,
    /// Time spent since the last reply on replies that were dropped before they showed.
    pub(super) wasted: Time,
    pub(super) repeats: Repeats,
    pub(super) alarms: Alarms,
    pub(super) deeds: own::undo::Deeds,
    pub(super) endpointer: Endpointer,
    /// When the last utterance had its last voice, until a reply sounds.
    pub(super) ended: Option<Time>,
    /// What the newest utterances say together about whose voice it is.
    pub(super) voices: SpeakerPool,
    /// Until then what is heard may be golem itself.
    pub(super) sounds_until: Time,
    /// The phrase that golem waits for, if any.
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
    pub(super) asked: u32,
    pub(super) answered: u32,
    pub(super) result: Option<crate::message::Transcript>,
    /// How many of its pauses were judged, or are.
    pub(super) judged: u32,
    /// Probability that the turn is over, as the model hears the present pause.
    pub(super) over: Option<f32>,
    /// Whose voice it is in.
    pub(super) voice: VoiceInquiry,
    /// Golem spoke when it began, or just before.
    pub(super) beside_golem: bool,
    /// It follows a question of golem's.
    pub(super) reply_to_question: bool,
    /// The words so far, where the ears report them.
    pub(super) words: String,
    pub(super) ledger: Ledger,
}

/// Seconds of `time`, to the millisecond.
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

    /// The moment `ms` milliseconds from now.
    pub(super) fn after(&self, ms: u64) -> Time {
        self.now.saturating_add(Time::from_millis(ms))
    }

    /// Whether the person speaks, or words of theirs are on their way.
    pub(super) fn expecting(&self) -> bool {
        self.open.is_some() || self.awaited.is_some() || !(self.overtaken.is_empty() && self.unidentified.is_empty())
    }
}
