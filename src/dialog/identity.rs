//! The speaker check in the dialogue: the question whose voice an utterance is in, the wait for the answer, and its
//! effect.

use super::commanding::SaidWords;
use super::speaker::SpeakerVerdict;
use super::state::{Dialog, Utterance};
use super::timer::Timer;
use super::words;
use crate::command::{Commands, Verdict};
use crate::config::speaker::SpeakerPolicy;
use crate::intent::{Reading, Understanding};
use crate::message::{Action, Consent, Ignored, Time, Transcript, VoiceLikeness};
use crate::phrases::Failure;

/// Time after golem's speech in which the loudspeaker and the room may still be heard.
const REVERBERATION: Time = Time::from_secs(1);

impl Dialog {
    /// Golem is audible: an utterance that begins now may be its own voice.
    pub(super) fn sounds(&mut self) {
        self.sounds_until = self.now.saturating_add(REVERBERATION);
    }

    /// Asks whose voice `utterance` is in, if voices are checked and the question is not asked since the last voiced
    /// frame.
    pub(super) fn identify(&mut self, utterance: &mut Utterance) {
        if self.config.speaker.checks()
            && let Some(pause) = utterance.voice.ask()
        {
            self.act(Action::Identify { utterance: utterance.number, pause });
        }
    }

    /// The answer: whose voice an utterance is in, or that it cannot be said.
    pub(super) fn identified(&mut self, number: u64, pause: u32, voice: Option<VoiceLikeness>) {
        let known =
            self.open.iter_mut().chain(&mut self.awaited).chain(&mut self.overtaken).chain(&mut self.unidentified);
        let Some(utterance) = known.into_iter().find(|utterance| utterance.number == number) else { return };
        if utterance.voice.settle(pause, voice) {
            self.hear_identified(|utterance| !utterance.voice.is_open());
        }
    }

    /// The answer is late: the waiting words count as unsure.
    pub(super) fn speaker_unknown(&mut self) {
        self.hear_identified(|_| true);
    }

    /// Goes on with the waiting utterances that are `ready`.
    fn hear_identified(&mut self, ready: impl Fn(&Utterance) -> bool) {
        let (ready, waiting): (Vec<_>, Vec<_>) = std::mem::take(&mut self.unidentified).into_iter().partition(ready);
        self.unidentified = waiting;
        if self.unidentified.is_empty() {
            self.timers.clear(Timer::Speaker);
        }
        for mut utterance in ready {
            if let Some(transcript) = utterance.result.take() {
                self.understood(&utterance, &transcript);
            }
        }
    }

    /// The words of a finished utterance are known. They count at once, or as soon as the voice is known.
    pub(super) fn hear_out(&mut self, mut utterance: Utterance, transcript: Transcript) {
        if !utterance.voice.is_open() || self.for_anyone(&transcript) {
            return self.understood(&utterance, &transcript);
        }
        utterance.result = Some(transcript);
        self.unidentified.push(utterance);
        if !self.timers.is_set(Timer::Speaker) {
            self.timers.set(Timer::Speaker, self.after(self.config.deadline.speaker_ms));
        }
    }

    /// Whether these words count in any voice: stop phrases and refusals do, and without words the voice does not
    /// matter.
    fn for_anyone(&self, transcript: &Transcript) -> bool {
        let grammar = transcript.command.as_ref().map(|heard| &heard.text);
        let texts: Vec<&String> = grammar.into_iter().chain([&transcript.text]).collect();
        let wordless = texts.iter().all(|text| words::normal(text).is_empty());
        wordless || self.silences(transcript)
    }

    /// Whether these words refuse the command that waits for its confirmation.
    pub(super) fn refuses(&self, text: &str) -> bool {
        self.pending.is_some() && Consent::of(text) == Consent::No
    }

    /// The voice of an utterance. Call it once per utterance and in order, because it also changes the verdicts of the
    /// next ones.
    pub(super) fn speaker_of(&mut self, utterance: &Utterance) -> SpeakerVerdict {
        let (threshold, now) = (self.config.speaker.threshold, self.now);
        let voice = utterance.voice.likeness().filter(|_| self.config.speaker.checks());
        voice.map_or(SpeakerVerdict::Unsure, |voice| self.voices.judge(&voice, threshold, utterance.beside_golem, now))
    }

    /// Whether the pauses in this voice are learned: those of the people whom golem is there for, as far as it knows
    /// their voices.
    pub(super) fn learns_from(&self, speaker: SpeakerVerdict) -> bool {
        let for_others = self.config.speaker.policy == SpeakerPolicy::NotMe;
        match speaker {
            SpeakerVerdict::Golem => false,
            SpeakerVerdict::Stranger => for_others,
            SpeakerVerdict::Owner => !for_others,
            SpeakerVerdict::Unsure => true,
        }
    }

    /// Why words in this voice are not answered, if they are not. A stranger cannot confirm a command, even if
    /// everybody may talk to golem.
    pub(super) fn unwelcome(&self, speaker: SpeakerVerdict) -> Option<Ignored> {
        let settings = &self.config.speaker;
        let guarded = settings.consequences && self.pending.is_some();
        match speaker {
            SpeakerVerdict::Golem => Some(Ignored::Echo),
            SpeakerVerdict::Stranger if guarded || settings.policy == SpeakerPolicy::Owner => Some(Ignored::Stranger),
            SpeakerVerdict::Owner if settings.policy == SpeakerPolicy::NotMe => Some(Ignored::Enrolled),
            SpeakerVerdict::Owner | SpeakerVerdict::Stranger | SpeakerVerdict::Unsure => None,
        }
    }

    /// Decides about a command in this voice. A command that needs a confirmation may also need the owner's voice. A
    /// guessed harmless command needs a confirmation only because it is a guess, so that any voice will do.
    pub(super) fn trusted(
        &self,
        commands: &Commands,
        reading: &Reading,
        understanding: &Understanding,
        said: &SaidWords,
    ) -> Verdict {
        let asks = |guessed| matches!(commands.decide(reading, guessed), Verdict::Confirm { .. });
        if self.config.speaker.consequences && said.speaker != SpeakerVerdict::Owner && asks(false) {
            return Verdict::Denied { reason: Failure::UnknownVoice };
        }
        commands.decide(reading, understanding.guessed)
    }
}
