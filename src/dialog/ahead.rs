//! The preparation of a reply in the person's pause, before it is known whether the pause ends the turn.
//!
//! A prepared reply does not show: no note, no history, no sound. At the end of the turn it is used unchanged if it
//! still answers the words. Otherwise it is dropped and has cost nothing but time.

use super::commanding::SaidWords;
use super::history::ChatHistory;
use super::prepared::Prepared;
use super::reply::SpokenReply;
use super::speaker::SpeakerVerdict;
use super::state::Dialog;
use super::timer::Timer;
use crate::config::Ahead;
use crate::config::keeping::Keep;
use crate::message::{Action, Ledger, Message, Note, Time, Timing};

impl Dialog {
    /// A person begins to speak: have the model read the conversation meanwhile, so that only the question is left to
    /// read.
    pub(super) fn read_ahead(&mut self, utterance: u64) {
        let unanswered = !(self.overtaken.is_empty() && self.unidentified.is_empty());
        let busy = self.reply.is_some() || self.pending.is_some() || unanswered;
        if !self.converses_ahead() || busy {
            return;
        }
        let conversation = match self.config.history.keep {
            Keep::Off => self.history.conversation().into_iter().take(1).collect(),
            Keep::Session | Keep::Kept => self.history.conversation(),
        };
        self.act(Action::Read { turn: utterance, conversation });
    }

    /// The words of the pause are known: begin the reply to them, because the turn may be over.
    pub(super) fn prepare(&mut self) {
        let Some(utterance) = &self.open else { return };
        let Some(transcript) = &utterance.result else { return };
        let settled = self.ahead.is_none() && self.overtaken.is_empty() && self.unidentified.is_empty();
        let free = self.reply.is_none() && self.pending.is_none() && settled;
        let heard = utterance.voiced >= Time::from_millis(self.config.turn.min_voiced_ms);
        if !self.converses_ahead() || !free || !heard {
            return;
        }
        let (number, last_voice) = (utterance.number, utterance.last_voice);
        // Leave the voice unsure: the speaker check runs later, before the prepared reply is shown.
        let (voiced, ledger, speaker) = (utterance.voiced, Ledger::default(), SpeakerVerdict::Unsure);
        let said = SaidWords { number, voiced, ledger, speaker, transcript };
        let understanding = self.as_command(&said);
        let text = said.words(understanding.as_ref()).to_string();
        let command = understanding.as_ref().is_some_and(|understanding| understanding.accepted);
        if command || self.ignored(&said, &text, understanding.as_ref()).is_some() {
            return;
        }
        let mut history = self.history.clone();
        history.user(&text);
        let conversation = self.asking(&history);
        let turn = self.turn_of(number);
        self.spent = turn;
        self.act(Action::Cancel(turn));
        self.act(Action::Prepare { turn, conversation: conversation.clone() });
        let held = self.config.turn.ahead == Ahead::Read;
        if held {
            self.act(Action::Hold);
        }
        let reply = SpokenReply::new(turn, Ledger::new(turn, last_voice));
        self.ahead = Some(Prepared { utterance: number, conversation, held, reply, since: self.now, sound: None });
    }

    /// Whether golem may begin to answer before the turn is over.
    fn converses_ahead(&self) -> bool {
        self.config.turn.ahead != Ahead::Off && !self.config.intents.only
    }

    /// The messages for the language model; `history` ends with the person's words.
    pub(super) fn asking(&self, history: &ChatHistory) -> Vec<Message> {
        match self.config.history.keep {
            Keep::Off => history.question(),
            Keep::Session | Keep::Kept => history.conversation(),
        }
    }

    /// The number of the reply to utterance `number`. It is the utterance's own number, unless something newer was said
    /// meanwhile, or a reply with that number was prepared and dropped: late events of that number then belong to the
    /// dropped reply.
    pub(super) fn turn_of(&mut self, number: u64) -> u64 {
        if number == self.numbers && number > self.spent { number } else { self.next_number() }
    }

    /// The prepared reply, if its turn is `turn`.
    pub(super) fn prepared(&mut self, turn: u64) -> Option<&mut Prepared> {
        self.ahead.as_mut().filter(|ahead| ahead.reply.turn == turn)
    }

    /// Adds a piece to the prepared reply; false if `turn` is another reply's.
    pub(super) fn piece_ahead(&mut self, turn: u64, text: &str) -> bool {
        let now = self.now;
        let Some(ahead) = self.prepared(turn).filter(|ahead| !ahead.reply.complete) else { return false };
        let first = ahead.reply.ledger.first_token.is_none().then_some(ahead.reply.ledger.end_of_speech);
        let since = ahead.reply.ledger.since(now);
        ahead.reply.ledger.first_token.get_or_insert(since);
        ahead.reply.push(text);
        if let Some(end) = first {
            self.expect_clause(end);
        }
        self.speak_ahead();
        true
    }

    /// The language model has ended the prepared reply; false if `turn` is another reply's.
    pub(super) fn end_ahead(&mut self, turn: u64) -> bool {
        let Some(ahead) = self.prepared(turn) else { return false };
        if !ahead.reply.complete {
            ahead.reply.finish();
            self.speak_ahead();
        }
        true
    }

    /// A clause of the prepared reply was synthesised, and is kept; false if `turn` is another reply's.
    pub(super) fn synthesised_ahead(&mut self, turn: u64, clause: usize, timing: &Timing) -> bool {
        let now = self.now;
        let Some(ahead) = self.prepared(turn) else { return false };
        ahead.sound.get_or_insert(now);
        ahead.reply.synthesised(clause, timing.clone());
        self.speak_ahead();
        true
    }

    /// Has only the first clause synthesised, because asr may need the processor at any moment.
    pub(super) fn speak_ahead(&mut self) {
        let now = self.now;
        let Some(ahead) = self.ahead.as_mut().filter(|ahead| !ahead.reply.sounding()) else { return };
        let Some((clause, text)) = ahead.reply.next_to_speak() else { return };
        let since = ahead.reply.ledger.since(now);
        ahead.reply.ledger.first_clause.get_or_insert(since);
        let turn = ahead.reply.turn;
        self.timers.clear(Timer::Clause);
        self.act(Action::Speak { turn, clause, text });
    }

    /// The prepared reply must not wait for a better end of its first clause.
    pub(super) fn hurry_ahead(&mut self) {
        if let Some(ahead) = &mut self.ahead {
            ahead.reply.hurry();
            self.speak_ahead();
        }
    }

    /// The turn is over: uses the prepared reply, if it answers the conversation as it now stands.
    pub(super) fn take_up(&mut self, utterance: u64, ledger: &Ledger) -> bool {
        let conversation = self.asking(&self.history);
        let fits = |ahead: &mut Prepared| ahead.utterance == utterance && ahead.conversation == conversation;
        let Some(ahead) = self.ahead.take_if(fits) else { return false };
        self.unanswered = false;
        let mut reply = ahead.reply;
        let turn = reply.turn;
        let made = reply.ledger;
        let until = ahead.sound.unwrap_or(self.now);
        reply.ledger = Ledger {
            turn,
            first_token: made.first_token,
            first_clause: made.first_clause,
            saved: (!ahead.held).then(|| super::state::seconds(until.saturating_sub(ahead.since))),
            ..*ledger
        };
        let clauses = reply.sent_clauses();
        let whole = reply.complete.then(|| reply.text.clone());
        self.detector.reset();
        self.reply = Some(reply);
        self.act(Action::Utter(turn));
        if ahead.held {
            self.act(Action::Release);
        }
        for (clause, text) in clauses {
            self.note(Note::Clause { turn, clause, text });
        }
        if let Some(text) = whole {
            self.note(Note::Reply { turn, text });
        }
        self.speak_more();
        true
    }

    /// Drops the prepared reply, if there is one, without a trace.
    pub(super) fn drop_ahead(&mut self) {
        let Some(ahead) = self.ahead.take() else { return };
        self.timers.clear(Timer::Clause);
        self.wasted = self.wasted.saturating_add(self.now.saturating_sub(ahead.since));
        self.act(Action::Cancel(ahead.reply.turn + 1));
        if ahead.held {
            self.act(Action::Release);
        }
    }
}
