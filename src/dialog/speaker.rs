//! The speaker check: whose voice an utterance is in, from its likeness to enrolled voices and from earlier utterances.

use crate::message::{Time, VoiceLikeness};

/// Seconds of voice at which the config's threshold holds.
const USUAL: f32 = 2.0;
/// Increase of the threshold each time the seconds double. This, [`MARGIN`] and the default threshold were chosen on
/// every second person of `golem bench speaker`: none of their own turns is refused, and about one in a thousand turns
/// of others is let in.
const DOUBLING: f32 = 0.06;
/// Distance from the threshold at which one second of voice is sure. Four seconds are sure at half of it, as a mean of
/// four.
const MARGIN: f32 = 0.1;
/// Range of seconds that count: shorter utterances count as the least, longer ones as the most.
const SECONDS: std::ops::RangeInclusive<f32> = 0.5..=8.0;
/// Longest gap within a conversation: after a longer one, another person may have come.
const CONVERSATION: Time = Time::from_secs(30);

/// The result of the speaker check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpeakerVerdict {
    /// An enrolled person, or a person who types.
    Owner,
    /// Somebody else.
    Stranger,
    /// Unknown: there is too little voice.
    #[default]
    Unsure,
    /// Golem itself.
    Golem,
}

/// The distance of a likeness, after this many seconds of voice, above the halfway point between the person and others.
fn excess(likeness: f32, seconds: f32, threshold: f32) -> f32 {
    likeness - threshold - DOUBLING * (seconds / USUAL).log2()
}

/// The verdict for an excess after this many seconds of voice.
fn verdict(excess: f32, seconds: f32) -> SpeakerVerdict {
    let margin = MARGIN / seconds.sqrt();
    if excess >= margin {
        SpeakerVerdict::Owner
    } else if excess <= -margin {
        SpeakerVerdict::Stranger
    } else {
        SpeakerVerdict::Unsure
    }
}

/// The pooled evidence of the utterances of one conversation.
#[derive(Clone, Copy, Debug, Default)]
pub struct SpeakerPool {
    /// The sum of excess times seconds.
    sum: f32,
    /// The sum of seconds.
    seconds: f32,
    /// When the newest utterance came.
    at: Time,
}

impl SpeakerPool {
    /// Judges whose voice the next utterance is in. `threshold` is the config's; `beside_golem` says that golem spoke
    /// during it or just before.
    ///
    /// An utterance that is sure by itself is judged by itself; if it contradicts the earlier ones, they are forgotten.
    /// An unsure utterance is judged together with the earlier ones, but never against its own tendency.
    pub fn judge(&mut self, voice: &VoiceLikeness, threshold: f32, beside_golem: bool, now: Time) -> SpeakerVerdict {
        if !(voice.enrolled.is_finite() && voice.seconds > 0.0) {
            return SpeakerVerdict::Unsure;
        }
        let seconds = voice.seconds.clamp(*SECONDS.start(), *SECONDS.end());
        let golem = voice.own.is_some_and(|own| own > voice.enrolled && excess(own, seconds, threshold) >= 0.0);
        if beside_golem && golem {
            return SpeakerVerdict::Golem;
        }
        let own = excess(voice.enrolled, seconds, threshold);
        let alone = verdict(own, seconds);
        let contradicted = alone != SpeakerVerdict::Unsure && own * self.sum < 0.0;
        if contradicted || now.saturating_sub(self.at) > CONVERSATION {
            *self = Self::default();
        }
        self.sum += own * seconds;
        self.seconds += seconds;
        self.at = now;
        let together = verdict(self.sum / self.seconds, self.seconds.min(*SECONDS.end()));
        match (alone, together) {
            (SpeakerVerdict::Unsure, SpeakerVerdict::Owner) if own >= 0.0 => SpeakerVerdict::Owner,
            (SpeakerVerdict::Unsure, SpeakerVerdict::Stranger) if own <= 0.0 => SpeakerVerdict::Stranger,
            (alone, _) => alone,
        }
    }
}

/// The question whose voice an utterance is in, with its answer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct VoiceInquiry {
    /// How often the question was asked.
    asked: u32,
    answer: VoiceAnswer,
}

/// The state of the answer.
#[derive(Clone, Copy, Debug, Default)]
enum VoiceAnswer {
    /// The question was not asked, or not about the whole utterance.
    #[default]
    Unasked,
    /// The answer is awaited.
    Awaited,
    /// The answer; `None` if the voice cannot be judged.
    Known(Option<VoiceLikeness>),
}

impl VoiceInquiry {
    /// Asks, unless that was done; returns the number of the question.
    pub(super) fn ask(&mut self) -> Option<u32> {
        if !matches!(self.answer, VoiceAnswer::Unasked) {
            return None;
        }
        self.asked += 1;
        self.answer = VoiceAnswer::Awaited;
        Some(self.asked)
    }

    /// The person went on: the answer would not be about the whole utterance.
    pub(super) fn reopen(&mut self) {
        self.answer = VoiceAnswer::Unasked;
    }

    /// Takes the answer to question number `pause`; false if no answer or another one is awaited.
    pub(super) fn settle(&mut self, pause: u32, voice: Option<VoiceLikeness>) -> bool {
        let awaited = matches!(self.answer, VoiceAnswer::Awaited) && self.asked == pause;
        if awaited {
            self.answer = VoiceAnswer::Known(voice);
        }
        awaited
    }

    /// Whether an answer is awaited.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.answer, VoiceAnswer::Awaited)
    }

    /// The answer, if it came and has a likeness.
    pub(super) fn likeness(&self) -> Option<VoiceLikeness> {
        if let VoiceAnswer::Known(voice) = self.answer { voice } else { None }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use SpeakerVerdict::{Golem, Owner, Stranger, Unsure};

    const THRESHOLD: f32 = 0.7;

    fn voice(enrolled: f32, seconds: f32) -> VoiceLikeness {
        VoiceLikeness { enrolled, own: None, seconds }
    }

    fn judged(voices: &[VoiceLikeness]) -> Vec<SpeakerVerdict> {
        let mut pool = SpeakerPool::default();
        let at = |n: usize| Time::from_secs(4 * u64::try_from(n).unwrap());
        voices.iter().enumerate().map(|(n, voice)| pool.judge(voice, THRESHOLD, false, at(n))).collect()
    }

    #[test]
    fn the_longer_the_voice_the_less_likeness_is_sure_either_way() {
        assert_eq!(judged(&[voice(0.9, 2.0)]), [Owner]);
        assert_eq!(judged(&[voice(0.5, 2.0)]), [Stranger]);
        // Two seconds are unsure; eight seconds decide.
        assert_eq!(judged(&[voice(0.66, 2.0)]), [Unsure]);
        assert_eq!(judged(&[voice(0.66, 8.0)]), [Stranger]);
        // A word is short: it is less like its own speaker, and hardly unlike others.
        assert_eq!(judged(&[voice(0.7, 0.5)]), [Unsure]);
        assert_eq!(judged(&[voice(0.5, 0.5)]), [Unsure]);
    }

    #[test]
    fn utterances_in_a_row_decide_together_what_none_decides_alone() {
        let doubtful = voice(0.76, 2.0);
        assert_eq!(judged(&[doubtful; 3]), [Unsure, Owner, Owner]);
        let unlike = voice(0.64, 2.0);
        assert_eq!(judged(&[unlike; 3]), [Unsure, Stranger, Stranger]);
        assert_eq!(judged(&[voice(0.9, 2.0), voice(0.61, 0.5)]), [Owner, Owner], "a short word after the owner's");
    }

    #[test]
    fn a_stranger_does_not_pass_for_the_person_before() {
        assert_eq!(judged(&[voice(0.95, 8.0), voice(0.5, 2.0)]), [Owner, Stranger]);
        assert_eq!(judged(&[voice(0.95, 8.0), voice(0.69, 2.0)]), [Owner, Unsure]);
        assert_eq!(judged(&[voice(0.5, 8.0), voice(0.9, 2.0)]), [Stranger, Owner]);
    }

    #[test]
    fn another_conversation_begins_anew() {
        let mut pool = SpeakerPool::default();
        assert_eq!(pool.judge(&voice(0.95, 8.0), THRESHOLD, false, Time::ZERO), Owner);
        assert_eq!(pool.judge(&voice(0.72, 1.0), THRESHOLD, false, Time::from_mins(2)), Unsure);
    }

    #[test]
    fn golem_is_known_only_where_it_may_be_heard() {
        let echo = VoiceLikeness { own: Some(0.9), ..voice(0.5, 2.0) };
        let mut pool = SpeakerPool::default();
        assert_eq!(pool.judge(&echo, THRESHOLD, true, Time::ZERO), Golem);
        assert_eq!(pool.judge(&echo, THRESHOLD, false, Time::ZERO), Stranger);
        let person = VoiceLikeness { own: Some(0.6), ..voice(0.9, 2.0) };
        assert_eq!(pool.judge(&person, THRESHOLD, true, Time::ZERO), Owner);
    }

    #[test]
    fn an_answer_counts_for_what_was_asked_last() {
        let mut inquiry = VoiceInquiry::default();
        assert_eq!((inquiry.ask(), inquiry.ask()), (Some(1), None));
        inquiry.reopen();
        assert!(!inquiry.settle(1, Some(voice(0.9, 1.0))), "the person went on");
        assert_eq!(inquiry.ask(), Some(2));
        assert!(!inquiry.settle(1, Some(voice(0.9, 1.0))) && inquiry.is_open());
        assert!(inquiry.settle(2, Some(voice(0.8, 2.0))) && !inquiry.settle(2, None));
        assert_eq!(inquiry.likeness(), Some(voice(0.8, 2.0)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_was_heard_before_an_utterance_is_never_taken_for_whom_its_sound_speaks_against(
            before in proptest::collection::vec((any::<f32>(), any::<f32>(), any::<bool>()), 0..6),
            likeness in -1.0_f32..=1.0,
            seconds in 0.0_f32..20.0,
        ) {
            let mut pool = SpeakerPool::default();
            for (enrolled, seconds, beside) in before {
                pool.judge(&voice(enrolled, seconds), THRESHOLD, beside, Time::ZERO);
            }
            let verdict = pool.judge(&voice(likeness, seconds), THRESHOLD, true, Time::ZERO);
            let held = seconds.clamp(*SECONDS.start(), *SECONDS.end());
            prop_assert!(verdict != Golem);
            prop_assert!(verdict != Owner || excess(likeness, held, THRESHOLD) >= 0.0);
            prop_assert!(verdict != Stranger || excess(likeness, held, THRESHOLD) <= 0.0);
        }

        #[test]
        fn more_likeness_never_makes_an_owner_a_stranger(
            likeness in -1.0_f32..=1.0, more in 0.0_f32..1.0, seconds in 0.1_f32..20.0,
        ) {
            let alone = |likeness| SpeakerPool::default().judge(&voice(likeness, seconds), THRESHOLD, false, Time::ZERO);
            let rank = |verdict| [Stranger, Unsure, Owner].iter().position(|known| *known == verdict);
            prop_assert!(rank(alone(likeness)) <= rank(alone((likeness + more).min(1.0))));
        }
    }
}
