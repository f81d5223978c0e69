//! Commands in the dialogue: they are understood, trusted or refused, confirmed, and carried out.

use super::ghost::{self, Belief};
use super::own::alarm::Alarm;
use super::pending::Pending;
use super::reply::SpokenReply;
use super::speaker::SpeakerVerdict;
use super::state::Dialog;
use super::timer::Timer;
use crate::command::builtin::Builtin;
use crate::command::{Commands, Verdict};
use crate::intent::{Reading, Understanding};
use crate::message::{Action, CancelReason, Consent, Decision, Ledger, Note, Part, Time, Transcript};
use crate::order::{Deed, Order, Outcome};
use crate::phrases::{Failure, Phrase};

/// Time beyond a program's own timeout before golem gives it up: the program has to be killed and reported first.
const GRACE: Time = Time::from_secs(3);
/// Time after golem's question, and the room's reverberation, in which a short answer is expected.
const ANSWER: Time = Time::from_secs(10);
/// Delay of a deadline while the person still speaks.
pub(super) const PUT_OFF: Time = Time::from_secs(1);

/// The words that a person said or typed.
pub(super) struct SaidWords<'a> {
    /// Number of the utterance, or of the turn if it was typed.
    pub number: u64,
    /// Time with voice; zero if typed.
    pub voiced: Time,
    /// The times of the turn's stages, from the end of speech.
    pub ledger: Ledger,
    /// Whose voice it is.
    pub speaker: SpeakerVerdict,
    /// What was understood.
    pub transcript: &'a Transcript,
}

impl SaidWords<'_> {
    /// The words: of the commands' grammar, if they are a command and the recogniser listened with a grammar.
    pub fn words(&self, understanding: Option<&Understanding>) -> &str {
        let accepted = understanding.is_some_and(|understanding| understanding.accepted);
        let heard = self.transcript.command.as_ref().filter(|_| accepted);
        heard.map_or(&self.transcript.text, |heard| &heard.text).trim()
    }
}

impl Dialog {
    /// The words understood as a command, if golem listens for commands.
    pub(super) fn as_command(&self, said: &SaidWords) -> Option<Understanding> {
        let commands = self.commands.as_ref()?;
        let known = said.transcript.understanding.as_deref().cloned();
        Some(known.unwrap_or_else(|| commands.understand(said.transcript)))
    }

    /// Whether the transcript is believed to be a person's words.
    pub(super) fn believed(&self, said: &SaidWords, understanding: Option<&Understanding>) -> Belief {
        let sure = understanding.is_some_and(|understanding| understanding.accepted);
        // Do not weigh it here: the grammar's own confidence has been weighed already.
        if said.voiced.is_zero() || sure && said.transcript.command.is_some() {
            return if said.words(understanding).is_empty() { Belief::Empty } else { Belief::Words };
        }
        let weigh = match &self.pending {
            Some(_) if Consent::of(&said.transcript.text) == Consent::Other => ghost::weigh,
            Some(_) => ghost::weigh_consent,
            None if self.awaits_answer() => ghost::weigh_answer,
            None => ghost::weigh,
        };
        weigh(said.transcript, said.voiced)
    }

    /// Whether a short answer is expected now, because golem has just asked something.
    fn awaits_answer(&self) -> bool {
        self.now < self.sounds_until.saturating_add(ANSWER) && self.has_asked()
    }

    /// Decides about words that may be a command, and reports the decision. `None` if they are not a command.
    pub(super) fn decide(&mut self, said: &SaidWords, understanding: &Understanding) -> Option<Verdict> {
        let commands = self.commands.clone()?;
        let text = said.words(Some(understanding)).to_string();
        let echo = understanding.accepted && self.echoes(&text);
        let reading = understanding.best.as_ref().filter(|_| understanding.accepted && !echo);
        let reading = reading.filter(|reading| self.is_timely(&commands, reading));
        let verdict = reading.map(|reading| self.trusted(&commands, reading, understanding, said));
        let repeated =
            verdict.as_ref().and_then(Verdict::order).is_some_and(|order| self.repeats.again(self.now, order));
        let verdict = verdict.filter(|_| !repeated);
        // Conversation is private: while golem converses, only commands are reported and recorded.
        if verdict.is_none() && !echo && !repeated && !self.config.intents.only {
            return None;
        }
        let order = verdict.as_ref().and_then(Verdict::order);
        let decision = Decision {
            utterance: said.number,
            audio_seconds: said.voiced.as_secs_f64(),
            transcript: text,
            alternatives: said.transcript.alternatives.clone(),
            intent: verdict.is_some().then(|| reading.map(|reading| reading.intent.clone())).flatten(),
            slots: reading.map(|reading| reading.slots.clone()).unwrap_or_default(),
            score: understanding.best.as_ref().map_or(0.0, |reading| reading.score),
            candidate: understanding.best.clone().filter(|_| verdict.is_none()),
            runner_up: understanding.runner_up.clone(),
            accepted: verdict.as_ref().is_some_and(|verdict| !matches!(verdict, Verdict::Denied { .. })),
            reason: match () {
                () if echo => "golem's own words".into(),
                () if repeated => "said twice within a second".into(),
                () => refusal(verdict.as_ref()).map_or(understanding.reason.clone(), ToString::to_string),
            },
            risk: verdict.as_ref().and_then(Verdict::risk),
            argv: order.and_then(|order| order.deed.argv()).map(<[String]>::to_vec),
            dry_run: self.config.intents.dry_run,
            ms: (said.ledger.since(self.now) * 1e4).round() / 10.0,
        };
        self.note(Note::Decision(Box::new(decision)));
        // Do not answer a repeated command as conversation either.
        if repeated { Some(Verdict::Nothing { reason: String::new() }) } else { verdict }
    }

    /// Whether the command has an object now: "call it a day" names no timer if none runs.
    fn is_timely(&self, commands: &Commands, reading: &Reading) -> bool {
        let names = commands.book().builtin(&reading.intent) == Some(Builtin::NameTimer);
        !names || !self.alarms.those(Alarm::is_timer).is_empty()
    }

    /// Carries out the verdict.
    pub(super) fn carry_out(&mut self, said: &SaidWords, text: &str, verdict: Verdict) {
        self.cancel(CancelReason::Words);
        self.drop_unanswered();
        self.history.user(text);
        let turn = self.turn_of(said.number);
        let mut ledger = said.ledger;
        ledger.transcript = Some(ledger.since(self.now));
        match verdict {
            Verdict::Run(order) => self.perform(turn, said.number, order, ledger),
            Verdict::Confirm { order, question } => self.question(turn, said.number, order, &question, ledger),
            Verdict::Denied { reason } | Verdict::Unavailable { reason } => {
                self.answer(turn, ledger, &reason.say(self.language()));
            }
            Verdict::Nothing { .. } => {
                self.history.retract();
                self.nothing_said();
            }
        }
    }

    /// Opens the reply to an order.
    fn order_reply(&mut self, turn: u64, ledger: Ledger, patience: Time) {
        self.act(Action::Cancel(turn));
        self.detector.reset();
        let mut reply = SpokenReply::new(turn, Ledger { turn, ..ledger });
        reply.patience = Some(patience);
        reply.held = self.expecting();
        if reply.held {
            // The person still speaks: hold the answer as if it had been cut.
            self.act(Action::Cut);
            self.act(Action::Hold);
        } else {
            self.timers.set(Timer::FirstToken, self.now.saturating_add(patience));
        }
        self.reply = Some(reply);
    }

    /// Says `text` as the answer to what was said.
    pub(super) fn answer(&mut self, turn: u64, ledger: Ledger, text: &str) {
        self.order_reply(turn, ledger, GRACE);
        self.piece(turn, text);
        self.reply_end(turn);
    }

    /// Carries an order out: the dialogue does its own commands, the executor does all others.
    pub(super) fn perform(&mut self, turn: u64, decision: u64, order: Order, ledger: Ledger) {
        if self.config.intents.dry_run {
            let deed = match (order.deed.argv(), order.say) {
                (Some(argv), _) => format!("{}.", argv.join(" ")),
                (_, Some(say)) => say,
                _ => format!("{}.", order.intent),
            };
            let text = self.phrase(&Phrase::DryRun { deed });
            return self.answer(turn, ledger, &text);
        }
        let own = match &order.deed {
            Deed::Builtin(name) => Builtin::named(name).filter(|builtin| builtin.is_of_the_dialogue()),
            _ => None,
        };
        if let Some(builtin) = own {
            return self.do_own(turn, decision, builtin, &order, ledger);
        }
        self.deeds.begin(&order);
        self.order_reply(turn, ledger, order.timeout.saturating_add(GRACE));
        self.act(Action::Perform { turn, decision, order });
    }

    /// Asks for a confirmation.
    fn question(&mut self, turn: u64, decision: u64, order: Order, question: &str, ledger: Ledger) {
        let ms = self.config.intents.confirm_ms;
        self.note(Note::Confirm { turn, question: question.into(), seconds: Time::from_millis(ms).as_secs_f64() });
        self.pending = Some(Pending { turn, decision, order });
        // Set the deadline already: the question may never be heard to its end.
        self.timers.set(Timer::Confirm, self.after(ms.saturating_add(self.config.deadline.first_token_ms)));
        self.answer(turn, ledger, question);
    }

    /// The question was heard: the time for the answer starts.
    pub(super) fn asked(&mut self, turn: u64) {
        if self.pending.as_ref().is_some_and(|pending| pending.turn == turn) {
            self.timers.set(Timer::Confirm, self.after(self.config.intents.confirm_ms));
        }
    }

    /// No answer came in time; waits longer if the person may be answering.
    pub(super) fn unanswered_question(&mut self) {
        if self.expecting() {
            self.timers.set(Timer::Confirm, self.now.saturating_add(PUT_OFF));
        } else {
            self.settle_question(Consent::Late, 0, "");
        }
    }

    /// Words while a command waits for its confirmation.
    pub(super) fn answered_question(&mut self, text: &str, number: u64) {
        self.settle_question(Consent::of(text), number, text);
    }

    /// The answer by key.
    pub(super) fn answer_key(&mut self, yes: bool) {
        self.settle_question(if yes { Consent::Yes } else { Consent::No }, 0, "yes");
    }

    fn settle_question(&mut self, answer: Consent, number: u64, text: &str) {
        let Some(pending) = self.pending.take() else { return };
        self.timers.clear(Timer::Confirm);
        self.note(Note::Confirmed { turn: pending.turn, decision: pending.decision, answer });
        let agreed = answer == Consent::Yes;
        self.cancel(if agreed { CancelReason::Words } else { CancelReason::Stop });
        if agreed {
            self.history.user(text);
            let turn = self.turn_of(number);
            self.perform(turn, pending.decision, pending.order, Ledger::new(turn, self.now));
            // Do not let a confirmed command be repeated without a new question.
            return self.deeds.forget_last();
        }
        self.history.retract();
        if !self.expecting() {
            let refusal = self.phrase(&Phrase::NotConfirmed);
            self.say(&refusal);
        }
    }

    /// A command has been carried out, or has failed.
    pub(super) fn performed(&mut self, turn: u64, decision: u64, outcome: Outcome) {
        let text = match &outcome.failure {
            Some(failure) if outcome.say.is_empty() => failure.say(self.language()),
            _ => outcome.say.clone(),
        };
        if let Some(error) = &outcome.error {
            self.note(Note::Error { part: Part::Commands, reason: error.clone() });
        }
        self.deeds.done(&outcome);
        self.note(Note::Outcome { turn, decision, outcome });
        self.piece(turn, &text);
        self.reply_end(turn);
    }
}

/// Why a command that was understood is not carried out.
fn refusal(verdict: Option<&Verdict>) -> Option<&Failure> {
    match verdict? {
        Verdict::Denied { reason } | Verdict::Unavailable { reason } => Some(reason),
        _ => None,
    }
}
