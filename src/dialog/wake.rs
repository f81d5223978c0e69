//! The wake phrase in the dialogue: when words count without it, and whether an utterance after it counts.

use super::state::{Dialog, Utterance};
use super::timer::Timer;
use super::wake_gate::Call;
use crate::config::ListenMode;
use crate::message::{Action, CancelReason, Ignored, Note, Time, Transcript};

/// Time after golem itself said the phrase in which the loudspeaker may still be heard saying it.
const OWN_VOICE: Time = Time::from_secs(2);

impl Dialog {
    /// Whether only the phrase opens an utterance.
    pub(super) fn waits_for_phrase(&self) -> bool {
        let called = |utterance: &Utterance| !utterance.call.known();
        let by_key = self.config.turn.listen == ListenMode::PushToTalk;
        self.wake.phrase.is_some()
            && !by_key
            && !self.engaged()
            && self.now >= self.wake.until
            && self.open.iter().chain(&self.awaited).chain(&self.overtaken).chain(&self.unidentified).all(called)
    }

    /// Whether golem speaks, is about to, or waits for a confirmation.
    fn engaged(&self) -> bool {
        self.reply.is_some() || self.pending.is_some()
    }

    /// The spotter heard the phrase, which ended just now.
    pub(super) fn called(&mut self) {
        if self.muted || self.open.is_some() || !self.waits_for_phrase() || self.now < self.wake.deaf {
            return;
        }
        self.begin_utterance(self.config.turn.min_voiced_ms, Call::Heard);
    }

    /// What an utterance that begins now needs; `None` if it needs the phrase first.
    pub(super) fn call_of_a_voice(&self) -> Option<Call> {
        if !self.waits_for_phrase() {
            Some(Call::Free)
        } else if self.awaited.is_some() {
            Some(Call::Follows)
        } else {
            None
        }
    }

    /// How the recording of a new utterance begins.
    pub(super) fn recording(number: u64, call: Call) -> Action {
        if call == Call::Heard { Action::ListenBack(number) } else { Action::Listen(number) }
    }

    /// The words of utterance `number` that count, given its `call`: the words after the phrase if it is needed,
    /// otherwise the words without it. `None` if no words count; they are then reported, and the recording is dropped.
    pub(super) fn addressed(&mut self, number: u64, call: Call, transcript: Transcript) -> Option<(Call, Transcript)> {
        let Some(phrase) = &self.wake.phrase else { return Some((Call::Free, transcript)) };
        let rest = match call {
            Call::Follows if self.waits_for_phrase() => return self.refuse(number, &transcript),
            Call::Free | Call::Follows => phrase.without(&transcript.text),
            Call::Heard | Call::Known => phrase.heard_in(&transcript).map(|(_, rest)| rest),
        };
        if rest.is_none() && call == Call::Heard && self.config.wake.confirm {
            return self.refuse(number, &transcript);
        }
        if rest.is_some() || matches!(call, Call::Heard | Call::Known) {
            self.attend();
        }
        // The phrase alone stops the reply.
        if rest.as_ref().is_some_and(String::is_empty) {
            self.cancel(CancelReason::Stop);
        }
        let call = if matches!(call, Call::Heard | Call::Known) { Call::Known } else { Call::Free };
        Some((
            call,
            match rest {
                Some(text) => Transcript { text, ..bare(transcript) },
                None => transcript,
            },
        ))
    }

    /// Reports words without the phrase, and drops their utterance if it is still open.
    fn refuse<T>(&mut self, number: u64, transcript: &Transcript) -> Option<T> {
        let text = transcript.text.trim().to_string();
        self.note(Note::Transcript { utterance: number, text, ignored: Some(Ignored::Uncalled) });
        if self.open.as_ref().is_some_and(|utterance| utterance.number == number) {
            self.discard_open();
        }
        self.nothing_said();
        None
    }

    /// Starts the time in which words need no phrase.
    fn attend(&mut self) {
        self.wake.until = self.after(self.config.wake.follow_up_ms);
    }

    /// Prolongs the attention while golem is engaged, and reports when golem begins or stops waiting for the phrase.
    pub(super) fn watch_attention(&mut self) {
        if self.wake.phrase.is_some() && self.engaged() {
            self.attend();
            let spoken = self.reply.as_ref().filter(|reply| reply.started);
            let own = spoken.zip(self.wake.phrase.as_ref()).is_some_and(|(reply, phrase)| phrase.is_in(&reply.text));
            if own {
                self.wake.deaf = self.now.saturating_add(OWN_VOICE);
            }
        } else if self.now < self.wake.until {
            self.timers.set(Timer::Attention, self.wake.until);
        }
        let waits = self.waits_for_phrase();
        if waits != self.wake.waits {
            self.wake.waits = waits;
            self.note(Note::Waiting { on: waits });
        }
    }
}

/// A transcript for a new text: the results about the old text are removed.
fn bare(transcript: Transcript) -> Transcript {
    Transcript { alternatives: Vec::new(), command: None, understanding: None, ..transcript }
}
