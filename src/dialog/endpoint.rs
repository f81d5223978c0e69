//! Endpointing: the silence that ends the turn, from everything that is known of the pause.

use crate::config::TurnConfig;
use crate::message::Time;

/// The evidence of the words so far for or against the end of the turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TurnWording {
    /// The words are unknown, or give no evidence.
    #[default]
    Open,
    /// A whole command that nothing can follow, or a short answer.
    Whole,
    /// Half a command: the turn ends after this many milliseconds of silence at the earliest.
    Half(u64),
    /// The last words announce more.
    Promising,
}

/// The evidence about a pause.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PauseEvidence {
    /// Probability in 0..=1 that the turn is over, from the turn model; `None` without a model, or before its answer.
    pub over: Option<f32>,
    /// The evidence of the words.
    pub wording: TurnWording,
    /// The person answers a question, and may have to think.
    pub asked: bool,
}

/// Factor on the silence after a question: the person may have to think.
const THINKING: f64 = 1.3;
/// A usual pause within a turn, in seconds. A person with longer pauses gets longer silences.
const USUAL: f64 = 0.45;
/// Weight of the newest pause in the person's mean.
const NEWEST: f64 = 0.2;
/// Largest factor on the silences by the person's own pauses.
const LONGEST: f64 = 2.0;
/// Lengths of pauses within turns, in seconds: shorter ones are parts of speech, longer ones separate turns.
const WITHIN: std::ops::RangeInclusive<f64> = 0.2..=3.0;
/// Change of the mean in seconds above which it is worth keeping anew.
const NOTICEABLE: f64 = 0.005;

/// The silence that ends a turn. It learns a person's own pauses while golem runs.
#[derive(Clone, Copy, Debug)]
pub struct Endpointer {
    /// Mean of the person's pauses within turns in seconds, the newest counting most; within [`WITHIN`].
    own: f64,
    /// The mean that it began with, or that [`Endpointer::news`] returned last.
    known: f64,
}

impl Default for Endpointer {
    /// An endpointer that has not learned yet.
    fn default() -> Self {
        Self { own: USUAL, known: USUAL }
    }
}

impl Endpointer {
    /// An endpointer that begins with a mean that was learned before, limited to the lengths of pauses within turns.
    pub fn knowing(mean: Time) -> Self {
        let own = mean.as_secs_f64().clamp(*WITHIN.start(), *WITHIN.end());
        Self { own, known: own }
    }

    /// The mean of the person's pauses within turns.
    pub fn mean(&self) -> Time {
        Time::from_secs_f64(self.own)
    }

    /// The mean, if it differs noticeably from the one at the beginning and from the one that this returned last.
    pub fn news(&mut self) -> Option<Time> {
        if (self.own - self.known).abs() <= NOTICEABLE {
            return None;
        }
        self.known = self.own;
        Some(self.mean())
    }

    /// Whether a pause is long enough to be one, and short enough to be within a turn.
    pub fn counts(pause: Time) -> bool {
        WITHIN.contains(&pause.as_secs_f64())
    }

    /// The person went on after a pause: learn it as a pause within a turn.
    pub fn went_on(&mut self, pause: Time) {
        if Self::counts(pause) {
            self.own += NEWEST * (pause.as_secs_f64() - self.own);
        }
    }

    /// This endpointer after it has learned these pauses.
    #[must_use]
    pub fn after(mut self, pauses: &[Time]) -> Self {
        for pause in pauses {
            self.went_on(*pause);
        }
        self
    }

    /// The silence that ends the turn, from the last voiced frame on.
    pub fn silence(&self, turn: &TurnConfig, pause: &PauseEvidence) -> Time {
        let judged = match pause.over {
            None => turn.silence_ms,
            Some(over) if over >= turn.over => turn.over_ms,
            Some(_) => turn.more_ms,
        };
        let (ms, least) = match pause.wording {
            TurnWording::Whole => return bounded(Time::from_millis(turn.over_ms), turn),
            TurnWording::Open => (judged, 0),
            TurnWording::Half(least) => (judged, least),
            TurnWording::Promising => (turn.more_ms.max(judged), 0),
        };
        let thinking = if pause.asked { THINKING } else { 1.0 };
        let own = (self.own / USUAL).clamp(1.0, LONGEST);
        let silence = Time::from_millis(ms).mul_f64(own * thinking).max(Time::from_millis(least));
        bounded(silence.mul_f64(patience(turn)), turn)
    }
}

/// Limits a silence to the longest, or to `silence_ms` if that is set to more.
fn bounded(silence: Time, turn: &TurnConfig) -> Time {
    silence.min(Time::from_millis(turn.most_ms.max(turn.silence_ms)))
}

/// The factor of the config, kept in 0.1..=10; 1 if it is not finite.
fn patience(turn: &TurnConfig) -> f64 {
    if turn.patience.is_finite() { turn.patience.clamp(0.1, 10.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn silence(pause: PauseEvidence) -> u128 {
        Endpointer::default().silence(&TurnConfig::default(), &pause).as_millis()
    }

    #[test]
    fn without_a_judgement_the_words_decide_and_where_they_say_nothing_silence_does() {
        let said = |wording, asked| silence(PauseEvidence { over: None, wording, asked });
        assert_eq!(said(TurnWording::Open, false), 500);
        assert_eq!(said(TurnWording::Open, true), 650);
        assert_eq!(said(TurnWording::Whole, true), 200);
        assert_eq!(said(TurnWording::Promising, false), 1_000);
        assert_eq!(said(TurnWording::Promising, true), 1_300);
        assert_eq!(said(TurnWording::Half(1_200), true), 1_200);
        let turn = TurnConfig { silence_ms: 1_500, ..TurnConfig::default() };
        let promising = PauseEvidence { wording: TurnWording::Promising, ..PauseEvidence::default() };
        let waited = Endpointer::default().silence(&turn, &promising);
        assert_eq!(waited, Time::from_millis(1_500), "a promise of more never hurries");
    }

    #[test]
    fn a_turn_that_sounds_over_ends_soon_and_one_that_does_not_waits() {
        let heard = |over| PauseEvidence { over: Some(over), ..PauseEvidence::default() };
        assert_eq!((silence(heard(0.95)), silence(heard(0.5))), (200, 1_000));
        assert_eq!(silence(PauseEvidence { asked: true, ..heard(0.5) }), 1_300);
    }

    #[test]
    fn words_overrule_the_ear() {
        let said = |wording, over| silence(PauseEvidence { wording, over: Some(over), asked: true });
        assert_eq!(said(TurnWording::Whole, 0.01), 200);
        assert_eq!(said(TurnWording::Promising, 0.99), 1_300);
        assert_eq!(said(TurnWording::Half(1_500), 0.99), 1_500);
    }

    #[test]
    fn patience_stretches_everything_but_what_is_whole_and_the_longest_silence_bounds_it() {
        let turn = TurnConfig { patience: 2.0, ..TurnConfig::default() };
        let silence =
            |over, wording| Endpointer::default().silence(&turn, &PauseEvidence { over, wording, asked: false });
        assert_eq!(silence(None, TurnWording::Open), Time::from_secs(1));
        assert_eq!(silence(None, TurnWording::Promising), Time::from_secs(2));
        assert_eq!(silence(None, TurnWording::Whole), Time::from_millis(200));
        assert_eq!(silence(Some(0.9), TurnWording::Open), Time::from_millis(400));
        assert_eq!(silence(Some(0.9), TurnWording::Whole), Time::from_millis(200));
        assert_eq!(silence(Some(0.1), TurnWording::Half(5_000)), Time::from_secs(3));
        let odd = TurnConfig { patience: f64::NAN, silence_ms: 5_000, ..TurnConfig::default() };
        assert_eq!(Endpointer::default().silence(&odd, &PauseEvidence::default()), Time::from_secs(5));
    }

    #[test]
    fn long_pauses_of_a_person_are_learned_and_short_or_endless_ones_are_not() {
        let mut endpointer = Endpointer::default();
        let turn = TurnConfig::default();
        let doubtful = PauseEvidence { over: Some(0.1), ..PauseEvidence::default() };
        endpointer.went_on(Time::from_millis(100));
        endpointer.went_on(Time::from_secs(9));
        assert_eq!(endpointer.silence(&turn, &doubtful), Time::from_secs(1));
        (0..30).for_each(|_| endpointer.went_on(Time::from_millis(675)));
        let longer = endpointer.silence(&turn, &doubtful).as_millis();
        assert!((1_480..=1_500).contains(&longer), "{longer}");
        let unjudged = endpointer.silence(&turn, &PauseEvidence::default()).as_millis();
        assert!((740..=750).contains(&unjudged), "{unjudged}");
        (0..30).for_each(|_| endpointer.went_on(Time::from_secs(3)));
        assert_eq!(endpointer.silence(&turn, &doubtful), Time::from_secs(2));
        (0..30).for_each(|_| endpointer.went_on(Time::from_millis(250)));
        assert_eq!(endpointer.silence(&turn, &doubtful), Time::from_secs(1), "no one is hurried");
    }

    #[test]
    fn a_mean_that_was_learned_before_holds_from_the_first_pause_on_within_limits() {
        let ms = Time::from_millis;
        let silence =
            |mean| Endpointer::knowing(mean).silence(&TurnConfig::default(), &PauseEvidence::default()).as_millis();
        assert_eq!((silence(ms(675)), silence(ms(900)), silence(ms(300))), (750, 1_000, 500));
        let limited = |mean| Endpointer::knowing(mean).mean();
        assert_eq!((limited(Time::ZERO), limited(Time::MAX)), (ms(200), ms(3_000)));
    }

    #[test]
    fn a_mean_is_news_once_and_only_when_it_has_changed_noticeably() {
        let mut endpointer = Endpointer::knowing(Time::from_millis(600));
        assert_eq!(endpointer.news(), None);
        endpointer.went_on(Time::from_millis(620));
        assert_eq!(endpointer.news(), None, "4 ms");
        endpointer = endpointer.after(&[Time::from_millis(620)]);
        let mean = endpointer.news().unwrap();
        assert_eq!((mean.as_millis(), endpointer.news()), (607, None));
        assert_eq!(Endpointer::knowing(mean).mean(), mean, "a kept mean comes back as it was");
    }
}
