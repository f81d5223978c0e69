//! The speaking half: words become a reply, the reply is heard, held, resumed or dropped.

use super::Dialog;
use super::reply::Reply;
use super::timer::Timer;
use crate::message::{Action, Note, Stage, Time, Timing};
use crate::metrics::Ledger;

/// Timers of a reply.
const REPLY: [Timer; 3] = [Timer::FirstToken, Timer::FirstAudio, Timer::Progress];

impl Dialog {
    /// Takes the person's words into the conversation and asks for a reply.
    pub(super) fn think(&mut self, turn: u64, text: &str, ledger: Ledger) {
        if text.is_empty() {
            return;
        }
        self.history.user(text);
        self.generate(turn, ledger);
    }

    /// Asks for a reply to the conversation as it stands.
    pub(super) fn generate(&mut self, turn: u64, ledger: Ledger) {
        self.unanswered = false;
        self.act(Action::Cancel(turn));
        self.act(Action::Think { turn, conversation: self.history.conversation() });
        self.detector.reset();
        self.timers.set(Timer::FirstToken, self.now + Time::from_millis(self.config.deadline.first_token_ms));
        self.reply = Some(Reply::new(turn, Ledger { turn, ..ledger }));
    }

    /// Says something that is not part of the conversation.
    pub(super) fn say(&mut self, text: &str) {
        let turn = self.next_number();
        self.act(Action::Cancel(turn));
        self.note(Note::Reply { turn, text: text.into() });
        self.detector.reset();
        self.reply = Some(Reply::scripted(turn, text, Ledger::new(turn, self.now)));
        self.speak_more();
    }

    fn of_turn(&mut self, turn: u64) -> Option<&mut Reply> {
        self.reply.as_mut().filter(|reply| reply.turn == turn)
    }

    pub(super) fn piece(&mut self, turn: u64, text: &str) {
        let now = self.now;
        let Some(reply) = self.of_turn(turn).filter(|reply| !reply.complete) else { return };
        let since = reply.ledger.since(now);
        reply.ledger.first_token.get_or_insert(since);
        reply.push(text);
        self.timers.clear(Timer::FirstToken);
        self.speak_more();
    }

    pub(super) fn reply_end(&mut self, turn: u64) {
        let Some(reply) = self.of_turn(turn).filter(|reply| !reply.complete) else { return };
        reply.finish();
        let text = reply.text.clone();
        self.timers.clear(Timer::FirstToken);
        self.note(Note::Reply { turn, text });
        self.speak_more();
    }

    /// Sends on what can be spoken now, and concludes when there is nothing left.
    fn speak_more(&mut self) {
        let now = self.now;
        while let Some(reply) = self.reply.as_mut().filter(|reply| !reply.held) {
            let Some((clause, text)) = reply.next_to_speak() else { break };
            let since = reply.ledger.since(now);
            reply.ledger.first_clause.get_or_insert(since);
            let turn = reply.turn;
            self.note(Note::Clause { turn, clause, text: text.clone() });
            self.act(Action::Speak { turn, clause, text });
        }
        self.watch();
        if self.reply.as_ref().is_some_and(|reply| reply.over() && !reply.held) {
            self.conclude();
        }
    }

    /// Whatever a reply waits for has a deadline.
    fn watch(&mut self) {
        let Some(reply) = self.reply.as_ref().filter(|reply| !reply.held) else { return };
        let deadline = &self.config.deadline;
        let (started, sounding) = (reply.started, reply.sounding());
        let audio = self.now + Time::from_millis(deadline.first_audio_ms);
        if started {
            let most = deadline.first_audio_ms.max(deadline.first_token_ms);
            self.timers.set(Timer::Progress, self.now + Time::from_millis(most));
        } else if sounding {
            self.timers.set(Timer::FirstAudio, audio);
        } else if !reply.complete {
            self.timers.set(Timer::FirstToken, self.now + Time::from_millis(deadline.first_token_ms));
        }
    }

    pub(super) fn synthesised(&mut self, turn: u64, clause: usize, timing: Timing) {
        if let Some(reply) = self.of_turn(turn) {
            reply.synthesised(clause, timing);
            self.speak_more();
        }
    }

    pub(super) fn played(&mut self, turn: u64, clause: usize, samples: u64, done: bool) {
        let now = self.now;
        let Some(reply) = self.of_turn(turn) else { return };
        reply.played(clause, samples, done);
        if reply.held {
            return;
        }
        if std::mem::take(&mut reply.fresh) {
            let first = !reply.started;
            reply.started = true;
            let since = reply.ledger.since(now);
            reply.ledger.first_sample.get_or_insert(since);
            let ledger = reply.ledger;
            self.timers.clear(Timer::FirstAudio);
            self.note(Note::AudioStart { turn });
            if first {
                self.note(Note::Latency(ledger));
            }
        }
        self.speak_more();
    }

    /// The reply was heard to its end.
    fn conclude(&mut self) {
        let Some(reply) = self.reply.take() else { return };
        self.timers.clear_all(&REPLY);
        if self.detector.ducked() {
            self.act(Action::Duck(false));
            self.note(Note::Duck { on: false });
        }
        self.detector.reset();
        self.gate.reset();
        self.remember(&reply, false);
    }

    fn remember(&mut self, reply: &Reply, interrupted: bool) {
        let text = reply.heard().trim().to_string();
        if reply.remembered {
            self.history.assistant(&text, interrupted);
        }
        self.note(Note::Heard { turn: reply.turn, text, interrupted });
    }

    /// It was nothing: the reply goes on from the clause in which it was cut.
    pub(super) fn resume(&mut self) {
        let Some(reply) = self.reply.as_mut().filter(|reply| reply.held) else { return };
        reply.held = false;
        reply.fresh = true;
        let (turn, started, clause) = (reply.turn, reply.started, reply.resume_at());
        self.detector.reset();
        self.act(Action::Release);
        if started {
            self.act(Action::Resume { turn, clause });
        }
        self.note(Note::Resume { turn, clause });
        self.speak_more();
    }

    /// Drops the reply for good; history keeps what was heard.
    pub(super) fn cancel(&mut self, reason: &'static str) {
        let Some(reply) = self.reply.take() else { return };
        self.timers.clear_all(&REPLY);
        self.detector.reset();
        let turn = reply.turn;
        self.act(Action::Cancel(turn + 1));
        self.act(Action::Release);
        if !reply.complete {
            self.note(Note::Reply { turn, text: reply.text.clone() });
        }
        self.note(Note::Cancel { turn, reason });
        self.remember(&reply, true);
    }

    /// A key or a typed question: drop the reply and what is awaited.
    pub(super) fn interrupt(&mut self) {
        self.cancel("key");
        if let Some(utterance) = self.awaited.take() {
            self.timers.clear(Timer::Asr);
            self.act(Action::Discard(utterance.number));
        }
        if let Some(open) = &mut self.open {
            open.over = false;
        }
    }

    pub(super) fn no_reply(&mut self, reason: &str) {
        let Some(reply) = &mut self.reply else { return };
        self.timers.clear(Timer::FirstToken);
        if reply.text.trim().is_empty() {
            self.cancel("deadline");
            self.note(Note::Error { stage: Stage::Llm, reason: reason.into() });
            self.say("Sorry, I could not think of an answer.");
        } else {
            let turn = reply.turn;
            self.note(Note::Error { stage: Stage::Llm, reason: reason.into() });
            self.reply_end(turn);
            self.act(Action::Cancel(turn));
        }
    }

    pub(super) fn no_sound(&mut self, stage: Stage, reason: &str) {
        if self.reply.is_some() {
            self.cancel("deadline");
            self.note(Note::Error { stage, reason: reason.into() });
        }
    }
}
