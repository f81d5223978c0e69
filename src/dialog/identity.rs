//! Whose words they are: the question whose voice an utterance is in, the wait for its answer, and what follows from it.

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

/// After golem has spoken, its loudspeaker and the room may still be heard for so long.
const REVERBERATION: Time = Time::from_secs(1);

impl Dialog {
    /// Golem sounds: what begins now may be its own voice.
    pub(super) fn sounds(&mut self) {
        self.sounds_until = self.now.saturating_add(REVERBERATION);
    }

    /// Asks whose voice `utterance` is in, where that counts and was not asked since its last voice.
    pub(super) fn identify(&mut self, utterance: &mut Utterance) {
        if self.config.speaker.checks()
            && let Some(pause) = utterance.voice.ask()
        {
            self.act(Action::Identify { utterance: utterance.number, pause });
        }
    }

    /// It is known, or is known to be unknown, whose voice an utterance is in.
    pub(super) fn identified(&mut self, number: u64, pause: u32, voice: Option<VoiceLikeness>) {
        let known =
            self.open.iter_mut().chain(&mut self.awaited).chain(&mut self.overtaken).chain(&mut self.unidentified);
        let Some(utterance) = known.into_iter().find(|utterance| utterance.number == number) else { return };
        if utterance.voice.settle(pause, voice) {
            self.hear_identified(|utterance| !utterance.voice.is_open());
        }
    }

    /// The answer has not come: those who wait for it are unsure.
    pub(super) fn speaker_unknown(&mut self) {
        self.hear_identified(|_| true);
    }

    /// Goes on with those of the waiting words that are `ready`.
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

    /// The words of an utterance that is over are known: they count now, or as soon as it is known whose they are.
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

    /// Whether these words count in any voice: those that stop golem. Where there are none, the voice does not matter.
    fn for_anyone(&self, transcript: &Transcript) -> bool {
        let grammar = transcript.command.as_ref().map(|heard| &heard.text);
        let texts: Vec<&String> = grammar.into_iter().chain([&transcript.text]).collect();
        let wordless = texts.iter().all(|text| words::normal(text).is_empty());
        wordless || texts.iter().any(|text| self.turn_lists.stops(&words::normal(text)) || self.refuses(text))
    }

    /// Whether these words say no to the command that waits for a yes.
    pub(super) fn refuses(&self, text: &str) -> bool {
        self.pending.is_some() && Consent::of(text) == Consent::No
    }

    /// Whose voice an utterance is in. To be asked once of each, in order: the next ones are judged with it.
    pub(super) fn speaker_of(&mut self, utterance: &Utterance) -> SpeakerVerdict {
        let (threshold, now) = (self.config.speaker.threshold, self.now);
        let voice = utterance.voice.likeness().filter(|_| self.config.speaker.checks());
        voice.map_or(SpeakerVerdict::Unsure, |voice| self.voices.judge(&voice, threshold, utterance.beside_golem, now))
    }

    /// Why words in this voice are not answered, if they are not. The yes to a command is not taken from a stranger even
    /// where everybody may talk.
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

    /// What to do about a command in this voice: one that asks for a yes may need a voice that golem is sure of. A guess at
    /// a harmless command asks too, and needs none.
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
