//! The judgement of transcripts: whether the words count, and which reply follows.

use super::commanding::SaidWords;
use super::endpoint::TurnWording;
use super::ghost::Belief;
use super::reply::SpokenReply;
use super::speaker::SpeakerVerdict;
use super::state::{Dialog, Utterance};
use super::timer::Timer;
use super::wording::CommandWords;
use super::words;
use crate::intent::Understanding;
use crate::message::{Action, CancelReason, Ignored, Ledger, Note, Part, Transcript};
use crate::phrases::Phrase;

impl Dialog {
    /// An utterance had no words that count. If no other is under way, a held reply resumes.
    pub(super) fn nothing_said(&mut self) {
        if self.expecting() {
            return;
        }
        self.resume();
        if std::mem::take(&mut self.unanswered) && self.reply.is_none() {
            let number = self.next_number();
            self.generate(number, Ledger::new(number, self.now));
        }
    }

    pub(super) fn partial(&mut self, number: u64, text: String) {
        if let Some(utterance) = self.open.as_mut().filter(|utterance| utterance.number == number) {
            utterance.words.clone_from(&text);
            let known = utterance.call.known();
            self.wait_for_more();
            let stops = known && self.turn_lists.stops(&words::normal(&text));
            if known {
                self.note(Note::Partial { utterance: number, text });
            }
            self.stop_early(stops);
        } else if self.awaited.as_ref().is_some_and(|utterance| utterance.number == number && utterance.call.known()) {
            self.note(Note::Partial { utterance: number, text });
        }
    }

    /// Interim words, for display only.
    pub(super) fn interim(&mut self, number: u64, text: String) {
        let open = self.open.as_ref().filter(|utterance| utterance.number == number);
        if open.is_some_and(|utterance| utterance.call.known() && utterance.result.is_none()) {
            self.note(Note::Partial { utterance: number, text });
        }
    }

    /// A stop phrase in the partial words ends the reply before the utterance ends. Words after it are answered as
    /// usual.
    fn stop_early(&mut self, stops: bool) {
        if stops && self.reply.as_ref().is_some_and(|reply| reply.held) && self.pending.is_none() {
            self.drop_unanswered();
            self.cancel(CancelReason::Stop);
        }
    }

    pub(super) fn transcript(&mut self, number: u64, transcript: Transcript) {
        if let Some(utterance) = self.open.as_mut().filter(|utterance| utterance.number == number) {
            utterance.answered += 1;
            if utterance.answered == utterance.asked && utterance.paused {
                let call = utterance.call;
                let Some((call, transcript)) = self.addressed(number, call, transcript) else { return };
                let Some(utterance) = &mut self.open else { return };
                utterance.call = call;
                utterance.words.clone_from(transcript.command.as_ref().map_or(&transcript.text, |heard| &heard.text));
                utterance.result = Some(transcript);
                self.wait_for_more();
                self.prepare();
            }
        } else if let Some(utterance) = self.answered(number)
            && let Some((_, transcript)) = self.addressed(number, utterance.call, transcript)
        {
            self.hear_out(utterance, transcript);
        }
    }

    /// Counts a result for a finished utterance, and returns the utterance after its last expected result.
    fn answered(&mut self, number: u64) -> Option<Utterance> {
        let last = |utterance: &mut Utterance| {
            utterance.answered += 1;
            utterance.answered >= utterance.asked
        };
        if let Some(utterance) = self.awaited.as_mut().filter(|utterance| utterance.number == number) {
            if !last(utterance) {
                return None;
            }
            self.timers.clear(Timer::Asr);
            return self.awaited.take();
        }
        let at = self.overtaken.iter().position(|utterance| utterance.number == number)?;
        if !last(&mut self.overtaken[at]) {
            return None;
        }
        let utterance = self.overtaken.remove(at);
        if self.overtaken.is_empty() {
            self.timers.clear(Timer::Overtaken);
        }
        Some(utterance)
    }

    /// The words and, if possible, the voice are known: judge them.
    pub(super) fn understood(&mut self, utterance: &Utterance, transcript: &Transcript) {
        if self.too_short(utterance) && !self.silences(transcript) {
            return self.nothing_said();
        }
        let own = self.repeats_golem(utterance, &transcript.text);
        let speaker = if own { SpeakerVerdict::Golem } else { self.speaker_of(utterance) };
        let own_pauses = self.learns_from(speaker);
        if own_pauses {
            self.endpointer = self.endpointer.after(&utterance.pauses);
        }
        let Utterance { number, voiced, ledger, .. } = *utterance;
        if self.consider(&SaidWords { number, voiced, ledger, speaker, transcript }) && own_pauses {
            self.took_part(utterance);
        }
    }

    /// The words of `utterance`, whose pauses are learned, are part of a turn. If the person soon goes on, or did so
    /// before the words were judged, its end was false.
    fn took_part(&mut self, utterance: &Utterance) {
        self.ended = Some(utterance.last_voice);
        if let Some(followed) = utterance.followed {
            self.learn_false_end(followed);
        }
    }

    /// Whether these words stop the reply, or refuse the command that waits: such words pass every gate.
    pub(super) fn silences(&self, transcript: &Transcript) -> bool {
        // A command that waits is answered by the dictation alone.
        let grammar = transcript.command.as_ref().filter(|_| self.pending.is_none()).map(|heard| &heard.text);
        let silences = |text: &String| self.turn_lists.stops(&words::normal(text)) || self.refuses(text);
        grammar.into_iter().chain([&transcript.text]).any(silences)
    }

    /// Responds to words, and drops the prepared reply if the response does not use it. Returns whether the words are
    /// part of a turn: stop words, commands and ignored words are not.
    pub(super) fn consider(&mut self, said: &SaidWords) -> bool {
        let conversed = self.respond(said);
        self.drop_ahead();
        conversed
    }

    /// Responds to words. Words of an overtaken utterance are the first part of what the person is still saying: both
    /// are answered together. Returns whether they are part of a conversation.
    fn respond(&mut self, said: &SaidWords) -> bool {
        let understanding = self.as_command(said).filter(|_| self.pending.is_none());
        let text = said.words(understanding.as_ref()).to_string();
        let ignored = self.ignored(said, &text, understanding.as_ref());
        if !said.voiced.is_zero() {
            self.note(Note::Transcript { utterance: said.number, text: text.clone(), ignored });
        }
        if ignored.is_none() && self.pending.is_some() {
            self.answered_question(&text, said.number);
            return false;
        }
        match ignored {
            Some(Ignored::Stop) => {
                self.drop_unanswered();
                self.cancel(CancelReason::Stop);
            }
            Some(Ignored::Backchannel) => {
                // A "yes" of golem's own from the loudspeaker would cut the reply again and again.
                let own = self.echoes(&text);
                if let Some(reply) = &mut self.reply {
                    reply.acknowledged = !own;
                }
                self.nothing_said();
            }
            Some(_) => self.nothing_said(),
            None => match understanding.and_then(|understanding| self.decide(said, &understanding)) {
                Some(verdict) => self.carry_out(said, &text, verdict),
                None if self.config.intents.only => self.nothing_said(),
                None => {
                    self.converse(said, &text);
                    return true;
                }
            },
        }
        false
    }

    /// Conversation: the language model answers the words.
    fn converse(&mut self, said: &SaidWords, text: &str) {
        self.cancel(CancelReason::Words);
        if self.expecting() {
            self.history.user(text);
            self.unanswered = true;
        } else {
            let mut ledger = said.ledger;
            if !said.voiced.is_zero() {
                ledger.transcript = Some(ledger.since(self.now));
            }
            self.think(said.number, text, ledger);
        }
    }

    /// Why words are not answered, if they are not.
    pub(super) fn ignored(
        &self,
        said: &SaidWords,
        text: &str,
        understanding: Option<&Understanding>,
    ) -> Option<Ignored> {
        let words = words::normal(text);
        let (waiting, unwelcome) = (self.pending.is_some(), self.unwelcome(said.speaker));
        // Stop even if the words are doubtful: going on after "stop" is worse than being stopped by a noise.
        if self.reply.is_some() && !waiting && !said.voiced.is_zero() && self.turn_lists.stops(&words) {
            return Some(Ignored::Stop);
        }
        match self.believed(said, understanding) {
            Belief::Empty => Some(Ignored::Empty),
            Belief::Ghost => Some(Ignored::Ghost),
            Belief::Words if said.voiced.is_zero() || self.refuses(text) => None,
            Belief::Words if !waiting && self.turn_lists.stops(&words) => Some(Ignored::Stop),
            Belief::Words if unwelcome.is_some() => unwelcome,
            // Every word is an answer while a command waits for its confirmation.
            Belief::Words if waiting => None,
            Belief::Words if self.is_backchannel(text, &words) => Some(Ignored::Backchannel),
            Belief::Words => None,
        }
    }

    /// Whether the words over a reply only show that the person listens. A short answer to golem's question does not.
    fn is_backchannel(&self, text: &str, words: &[String]) -> bool {
        let short_answer = || self.turn_lists.wording(text, CommandWords::default(), 0) == TurnWording::Whole;
        self.reply.is_some() && self.backchannel.cover(words) && !(self.has_asked() && short_answer())
    }

    /// Whether the person may be answering golem: its last words were a question, in a reply under way too.
    pub(super) fn has_asked(&self) -> bool {
        self.asked_something() || self.reply.as_ref().is_some_and(SpokenReply::asks)
    }

    /// The words did not come in time.
    pub(super) fn no_words(&mut self, timer: Timer) {
        let late: Vec<Utterance> = if timer == Timer::Asr {
            self.awaited.take().into_iter().collect()
        } else {
            std::mem::take(&mut self.overtaken)
        };
        let mut addressed = false;
        for utterance in late {
            addressed |= self.expects_answer(&utterance);
            self.act(Action::Discard(utterance.number));
        }
        let reason = "no words came in time; a smaller model or a shorter beam is faster";
        self.note(Note::Error { part: Part::Asr, reason: reason.into() });
        self.not_understood(addressed);
    }

    /// The recogniser failed to decode an utterance.
    pub(super) fn not_decoded(&mut self, number: u64, reason: &str) {
        self.note(Note::Error { part: Part::Asr, reason: reason.into() });
        if let Some(utterance) = self.open.as_mut().filter(|utterance| utterance.number == number) {
            utterance.answered += 1;
        } else if let Some(utterance) = self.answered(number) {
            let addressed = self.expects_answer(&utterance);
            self.not_understood(addressed);
        }
    }

    /// Whether the person surely spoke to golem, in a voice that golem listens to.
    fn expects_answer(&mut self, utterance: &Utterance) -> bool {
        let speaker = self.speaker_of(utterance);
        utterance.call.known() && !self.too_short(utterance) && self.unwelcome(speaker).is_none()
    }

    /// The words stay unknown. Golem asks the person to say them again if they were surely `addressed` to it. A reply
    /// that was cut for them is dropped.
    fn not_understood(&mut self, addressed: bool) {
        let speaks = self.reply.as_ref().is_some_and(|reply| !reply.held);
        if !addressed || self.expecting() || self.unanswered || speaks {
            self.nothing_said();
        } else {
            self.cancel(CancelReason::Deadline);
            let sorry = self.phrase(&Phrase::NotUnderstood);
            self.say(&sorry);
        }
    }
}
