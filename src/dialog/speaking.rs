//! The speaking half of the dialogue: words get a reply, and the reply is heard, held, resumed or dropped.

use super::commanding::SaidWords;
use super::reply::SpokenReply;
use super::speaker::SpeakerVerdict;
use super::state::Dialog;
use super::timer::Timer;
use crate::message::{Action, CancelReason, Ledger, Note, Part, Time, Timing, Transcript};
use crate::phrases::Phrase;

/// Timers of a reply.
const REPLY: [Timer; 3] = [Timer::FirstToken, Timer::FirstAudio, Timer::Progress];
/// Time for the first words of a reply, however late it is: two more words at 20 tokens a second.
const FEW_WORDS: Time = Time::from_millis(100);

impl Dialog {
    /// Adds the person's words to the conversation, and uses the prepared reply or requests one.
    pub(super) fn think(&mut self, number: u64, text: &str, ledger: Ledger) {
        self.history.user(text);
        if !self.take_up(number, &ledger) {
            let turn = self.turn_of(number);
            self.generate(turn, ledger);
        }
    }

    /// Requests a reply to the conversation.
    pub(super) fn generate(&mut self, turn: u64, ledger: Ledger) {
        self.unanswered = false;
        self.act(Action::Cancel(turn));
        let conversation = self.asking(&self.history);
        self.act(Action::Think { turn, conversation });
        self.detector.reset();
        self.timers.set(Timer::FirstToken, self.after(self.config.deadline.first_token_ms));
        self.reply = Some(SpokenReply::new(turn, Ledger { turn, ..ledger }));
    }

    /// Says a text that is not part of the conversation.
    pub(super) fn say(&mut self, text: &str) {
        let turn = self.next_number();
        self.act(Action::Cancel(turn));
        self.note(Note::Reply { turn, text: text.into() });
        self.detector.reset();
        self.reply = Some(SpokenReply::scripted(turn, text, Ledger::new(turn, self.now)));
        self.speak_more();
    }

    fn of_turn(&mut self, turn: u64) -> Option<&mut SpokenReply> {
        self.reply.as_mut().filter(|reply| reply.turn == turn)
    }

    pub(super) fn piece(&mut self, turn: u64, text: &str) {
        let now = self.now;
        if text.is_empty() {
            // An empty piece shows that the model works: restart its deadline.
            if self.of_turn(turn).is_some() {
                self.watch();
            }
            return;
        }
        if self.piece_ahead(turn, text) {
            return;
        }
        let Some(reply) = self.of_turn(turn).filter(|reply| !reply.complete) else { return };
        let first = reply.ledger.first_token.is_none().then_some(reply.ledger.end_of_speech);
        let since = reply.ledger.since(now);
        reply.ledger.first_token.get_or_insert(since);
        reply.push(text);
        if let Some(end) = first {
            self.expect_clause(end);
        }
        self.speak_more();
    }

    /// Sets the time after the end of speech at which the first clause is cut at the next acceptable place, because the
    /// model is slow and the person waits. The first words get a moment in any case. In a pause that may not end the
    /// turn, the person does not wait yet.
    pub(super) fn expect_clause(&mut self, end_of_speech: f64) {
        let turn = &self.config.turn;
        let spoken = Time::try_from_secs_f64(end_of_speech).unwrap_or(self.now);
        let pause = if self.open.is_some() { turn.silence_ms } else { 0 };
        let wait = Time::from_millis(turn.first_clause_ms.max(pause));
        self.timers.set(Timer::Clause, spoken.saturating_add(wait).max(self.now.saturating_add(FEW_WORDS)));
    }

    /// The first clause is late: ends it at the next acceptable place.
    pub(super) fn hurry(&mut self) {
        self.hurry_ahead();
        if let Some(reply) = &mut self.reply {
            reply.hurry();
            self.speak_more();
        }
    }

    pub(super) fn reply_end(&mut self, turn: u64) {
        if self.end_ahead(turn) {
            return;
        }
        let Some(reply) = self.of_turn(turn).filter(|reply| !reply.complete) else { return };
        reply.finish();
        let text = reply.text.clone();
        self.note(Note::Reply { turn, text });
        self.speak_more();
    }

    /// Sends clauses to synthesis, and ends the reply when everything was heard.
    pub(super) fn speak_more(&mut self) {
        let now = self.now;
        while let Some(reply) = self.reply.as_mut().filter(|reply| !reply.held) {
            let Some((clause, text)) = reply.next_to_speak() else { break };
            self.timers.clear(Timer::Clause);
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

    /// Sets the deadline for the next step of the reply.
    fn watch(&mut self) {
        let Some(reply) = self.reply.as_ref().filter(|reply| !reply.held) else { return };
        let deadline = &self.config.deadline;
        let first_audio_ms = self.config.first_audio_patience_ms(reply.letters_under_way());
        let (timer, ms) = if reply.started {
            (Timer::Progress, first_audio_ms.max(deadline.first_token_ms))
        } else if reply.sounding() {
            (Timer::FirstAudio, first_audio_ms)
        } else {
            let patience = reply.patience.and_then(|patience| u64::try_from(patience.as_millis()).ok());
            (Timer::FirstToken, patience.unwrap_or(deadline.first_token_ms))
        };
        // Keep a running deadline for the first sample: more text does not bring it any sooner.
        if timer != Timer::FirstAudio || !self.timers.is_set(timer) {
            self.timers.clear_all(&REPLY);
            self.timers.set(timer, self.after(ms));
        }
    }

    pub(super) fn synthesised(&mut self, turn: u64, clause: usize, timing: Timing) {
        if self.synthesised_ahead(turn, clause, &timing) {
            return;
        }
        if let Some(reply) = self.of_turn(turn) {
            reply.synthesised(clause, timing);
            self.speak_more();
        }
    }

    pub(super) fn played(&mut self, turn: u64, clause: usize, samples: u64, done: bool) {
        self.sounds();
        let (now, wasted) = (self.now, self.wasted);
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
            let mut ledger = reply.ledger;
            if first && !wasted.is_zero() {
                ledger.wasted = Some(super::state::seconds(std::mem::take(&mut self.wasted)));
            }
            self.note(Note::AudioStart { turn });
            if first {
                self.note(Note::Latency(ledger));
            }
            self.duck(self.detector.ducked());
        }
        self.speak_more();
    }

    /// The reply was heard to its end.
    fn conclude(&mut self) {
        let Some(reply) = self.reply.take() else { return };
        self.timers.clear_all(&REPLY);
        self.timers.clear(Timer::Clause);
        self.duck(false);
        self.detector.reset();
        self.gate.reset();
        self.remember(&reply, false);
        self.asked(reply.turn);
        if reply.patience.is_some() && reply.text.trim().is_empty() {
            // A command that is done without a word is not kept in the conversation.
            self.history.retract();
        } else if reply.remembered && reply.text.trim().is_empty() {
            let sorry = self.phrase(&Phrase::NoAnswer);
            self.say(&sorry);
        }
    }

    fn remember(&mut self, reply: &SpokenReply, interrupted: bool) {
        let text = reply.heard().trim().to_string();
        let interrupted = interrupted && !reply.over();
        if reply.remembered {
            self.history.assistant(&text, interrupted);
        }
        self.note(Note::Heard { turn: reply.turn, text, interrupted });
    }

    /// The interruption had no words that count: the reply resumes at the clause in which it was cut.
    pub(super) fn resume(&mut self) {
        let Some(reply) = self.reply.as_mut().filter(|reply| reply.held) else { return };
        reply.held = false;
        reply.fresh = true;
        let false_cut = !std::mem::take(&mut reply.acknowledged);
        reply.false_cuts += u32::from(false_cut);
        reply.sounding_cuts += u32::from(false_cut && reply.started);
        let (turn, clause) = (reply.turn, reply.resume_at());
        self.detector.reset();
        self.act(Action::Release);
        self.act(Action::Resume { turn, clause });
        self.note(Note::Resume { turn, clause });
        self.speak_more();
    }

    /// Drops the reply for good; the history keeps the heard part.
    pub(super) fn cancel(&mut self, reason: CancelReason) {
        if matches!(reason, CancelReason::Key | CancelReason::Stop | CancelReason::Words) {
            self.answered_alarm();
        }
        let Some(reply) = self.reply.take() else { return };
        self.timers.clear_all(&REPLY);
        self.timers.clear(Timer::Clause);
        self.detector.reset();
        let turn = reply.turn;
        self.act(Action::Cancel(turn + 1));
        self.duck(false);
        self.act(Action::Release);
        if !reply.complete {
            self.note(Note::Reply { turn, text: reply.text.clone() });
        }
        self.note(Note::Cancel { turn, reason });
        self.remember(&reply, true);
        if matches!(reason, CancelReason::Key | CancelReason::Stop) {
            if reply.remembered {
                self.history.retract();
            }
            if reply.patience.is_some() {
                self.act(Action::Abort(turn + 1));
            }
        }
    }

    /// A key or a typed question: drops the reply, and the words that are awaited.
    pub(super) fn interrupt(&mut self, reason: CancelReason) {
        let unidentified = std::mem::take(&mut self.unidentified);
        let awaited = self.awaited.take().into_iter().chain(std::mem::take(&mut self.overtaken));
        for utterance in awaited.chain(unidentified) {
            self.act(Action::Discard(utterance.number));
        }
        if self.open.is_none() {
            self.drop_ahead();
        }
        self.timers.clear_all(&[Timer::Asr, Timer::Overtaken, Timer::Speaker]);
        self.drop_unanswered();
        self.cancel(reason);
    }

    /// Drops the words that still wait for a reply.
    pub(super) fn drop_unanswered(&mut self) {
        if std::mem::take(&mut self.unanswered) {
            self.history.retract();
        }
    }

    /// A typed question: it overrides what is being said.
    pub(super) fn ask(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.interrupt(CancelReason::Words);
        self.discard_open();
        let number = self.next_number();
        self.note(Note::Typed { turn: number, text: text.into() });
        let ledger = Ledger::new(number, self.now);
        let transcript = Transcript { text: text.into(), ..Transcript::default() };
        let (voiced, speaker) = (Time::ZERO, SpeakerVerdict::Owner);
        self.consider(&SaidWords { number, voiced, ledger, speaker, transcript: &transcript });
    }

    /// Says a front end's text.
    pub(super) fn announce(&mut self, text: &str) {
        if !text.is_empty() {
            self.interrupt(CancelReason::Key);
            self.discard_open();
            self.say(text);
        }
    }

    /// Says the current reply again, as far as it got, or else the last one as it was heard.
    pub(super) fn repeat(&mut self) {
        let present = self.reply.as_ref().map(|reply| reply.text.clone()).filter(|text| !text.trim().is_empty());
        if let Some(text) = present.or_else(|| self.history.last_reply().map(str::to_string)) {
            self.interrupt(CancelReason::Key);
            self.discard_open();
            self.say(&text);
        }
    }

    /// The language model failed or was too slow: the reply ends with the text so far.
    pub(super) fn no_reply(&mut self, reason: &str) {
        let Some(reply) = &self.reply else { return };
        let turn = reply.turn;
        if reply.patience.is_some() {
            self.act(Action::Abort(turn + 1));
            self.note(Note::Error { part: Part::Commands, reason: "the command did not end in time".into() });
        } else {
            self.note(Note::Error { part: Part::Llm, reason: reason.into() });
        }
        self.reply_end(turn);
    }

    pub(super) fn no_sound(&mut self, part: Part, reason: &str) {
        if self.reply.is_some() {
            self.cancel(CancelReason::Deadline);
            self.note(Note::Error { part, reason: reason.into() });
        }
    }
}
