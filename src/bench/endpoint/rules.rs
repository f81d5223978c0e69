//! Rules that end a turn, applied to known pauses, and their cost in cut-offs and delay.

use crate::config::TurnConfig;
use crate::dialog::endpoint::{Endpointer, PauseEvidence, TurnWording};
use crate::message::Time;
use crate::metrics::quantile;

/// What a person said in a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TurnKind {
    /// A sentence that was read.
    Sentence,
    /// A whole command.
    Command,
    /// One or two words.
    Short,
}

/// Where a pause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PausePlace {
    /// In a sentence, or where nothing is known of sentences.
    Within,
    /// After a sentence, where another one follows.
    Between,
}

/// A pause of a recording.
#[derive(Clone, Debug)]
pub struct KnownPause {
    /// Number of the speaker, or of the recording where the speaker is not known.
    pub session: usize,
    /// Which half of the speakers it belongs to: 0 or 1.
    pub half: usize,
    /// What is said.
    pub kind: TurnKind,
    /// How long the person paused in milliseconds before they went on; `None` at the end of the turn.
    pub length: Option<u64>,
    /// Where it is.
    pub place: PausePlace,
    /// Probability that the turn is over as the model hears it; `None` where the pause is shorter than the model needs.
    pub over: Option<f32>,
    /// What the words so far say about the end of the turn.
    pub wording: TurnWording,
}

/// The rule that decides when a turn is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndRule {
    /// A silence of `more_ms`.
    Silence,
    /// The model alone: `over_ms` where it hears an end, `more_ms` otherwise.
    Ear,
    /// Golem's endpointing: the model, the words, and the person's own pauses.
    Golem,
}

/// Delays of the evidence in a pause, in milliseconds from the moments at which it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct BenchDelays {
    /// The model's judgement.
    pub ear: u64,
    /// The words.
    pub words: u64,
}

/// The cost of a rule.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct EndScore {
    /// The threshold.
    pub over: f32,
    /// The action delay.
    pub over_ms: u64,
    /// The time-out.
    pub more_ms: u64,
    /// Share of the pauses within turns at which the turn was ended, 0..=1.
    pub cut: f64,
    /// Mean silence after which a turn that was over was ended, in milliseconds.
    pub mean: f64,
    /// Delays of the ends, in order.
    #[serde(skip)]
    pub delays: Vec<f64>,
}

impl EndRule {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Silence, Self::Ear, Self::Golem];

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Silence => "silence alone",
            Self::Ear => "Smart Turn alone",
            Self::Golem => "golem",
        }
    }

    /// The silence in milliseconds after which the turn is ended, as the dialogue would do it.
    fn ends_at(self, turn: &TurnConfig, endpointer: &Endpointer, pause: &KnownPause, delays: BenchDelays) -> u64 {
        let silence = |known: &PauseEvidence| ms(endpointer.silence(turn, known));
        let mut known = PauseEvidence::default();
        if self == Self::Silence {
            return turn.more_ms;
        }
        let mut end = silence(&known);
        let words = PauseUpdate { at: turn.speculate_ms + delays.words, over: None, wording: Some(pause.wording) };
        let ear = PauseUpdate { at: turn.judge_ms + delays.ear, over: pause.over, wording: None };
        let mut news = [ear, words];
        news.sort_by_key(|news| news.at);
        for news in news {
            if news.at >= end {
                break;
            }
            known.over = news.over.or(known.over);
            known.wording = news.wording.filter(|_| self == Self::Golem).unwrap_or(known.wording);
            end = silence(&known).max(news.at);
        }
        end
    }

    /// The cost of the rule under the settings `turn`.
    pub fn score<'a>(
        self,
        turn: &TurnConfig,
        pauses: impl IntoIterator<Item = &'a KnownPause>,
        delays: BenchDelays,
    ) -> EndScore {
        let (mut endpointer, mut session) = (Endpointer::default(), usize::MAX);
        let (mut within, mut cuts, mut ends) = (0_u32, 0_u32, Vec::new());
        for pause in pauses {
            if pause.session != session {
                (endpointer, session) = (Endpointer::default(), pause.session);
            }
            let end = self.ends_at(turn, &endpointer, pause, delays);
            if let Some(length) = pause.length {
                within += 1;
                cuts += u32::from(length > end);
                if self == Self::Golem {
                    endpointer.went_on(Time::from_millis(length));
                }
            } else {
                #[expect(clippy::cast_precision_loss, reason = "milliseconds of a pause")]
                ends.push(end as f64);
            }
        }
        ends.sort_by(f64::total_cmp);
        #[expect(clippy::cast_precision_loss, reason = "a small count")]
        let mean = ends.iter().sum::<f64>() / ends.len().max(1) as f64;
        let cut = f64::from(cuts) / f64::from(within.max(1));
        EndScore { over: turn.over, over_ms: turn.over_ms, more_ms: turn.more_ms, cut, mean, delays: ends }
    }

    /// The cost under every combination of threshold, action delay and time-out that makes sense for the rule.
    pub fn sweep(self, base: &TurnConfig, pauses: &[&KnownPause], delays: BenchDelays) -> Vec<EndScore> {
        let one = [base.over];
        let (overs, acts): (&[f32], &[u64]) = if self == Self::Silence { (&one, &[0]) } else { (&OVERS, &ACTS) };
        let mut scores = Vec::new();
        for &over in overs {
            for &over_ms in acts {
                for more_ms in TIMEOUTS.into_iter().filter(|more| *more >= over_ms) {
                    let turn = TurnConfig { over, over_ms, more_ms, ..base.clone() };
                    scores.push(self.score(&turn, pauses.iter().copied(), delays));
                }
            }
        }
        scores
    }
}

/// Evidence that becomes known in a pause.
struct PauseUpdate {
    at: u64,
    over: Option<f32>,
    wording: Option<TurnWording>,
}

/// Thresholds of the sweep.
const OVERS: [f32; 16] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.96, 0.97, 0.98];
/// Action delays of the sweep.
const ACTS: [u64; 9] = [100, 150, 200, 250, 300, 400, 500, 600, 700];
/// Time-outs of the sweep.
const TIMEOUTS: [u64; 14] = [200, 250, 300, 400, 500, 600, 700, 800, 1000, 1200, 1500, 2000, 2500, 3000];

fn ms(time: Time) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The fewest cut-offs at a mean delay of at most `mean` milliseconds.
pub fn fewest_cuts(scores: &[EndScore], mean: f64) -> Option<&EndScore> {
    let within = scores.iter().filter(|score| score.mean <= mean);
    within.min_by(|a, b| a.cut.total_cmp(&b.cut).then(a.mean.total_cmp(&b.mean)))
}

/// The shortest mean delay at a share of cut-offs of at most `cut`.
pub fn soonest(scores: &[EndScore], cut: f64) -> Option<&EndScore> {
    let within = scores.iter().filter(|score| score.cut <= cut);
    within.min_by(|a, b| a.mean.total_cmp(&b.mean).then(a.cut.total_cmp(&b.cut)))
}

/// The scores that none beats in both, from the soonest on.
pub fn frontier(scores: &[EndScore]) -> Vec<&EndScore> {
    let mut sorted: Vec<&EndScore> = scores.iter().collect();
    sorted.sort_by(|a, b| a.mean.total_cmp(&b.mean).then(a.cut.total_cmp(&b.cut)));
    let mut best = f64::INFINITY;
    sorted.retain(|score| {
        score.cut < best && {
            best = score.cut;
            true
        }
    });
    sorted
}

impl EndScore {
    /// The delay at quantile `q` in milliseconds; 0 where nothing ended.
    pub fn delay(&self, q: f64) -> f64 {
        quantile(&self.delays, q).unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELAYS: BenchDelays = BenchDelays { ear: 80, words: 300 };

    fn pause(length: Option<u64>, over: f32, wording: TurnWording) -> KnownPause {
        KnownPause {
            session: 0,
            half: 0,
            kind: TurnKind::Sentence,
            length,
            place: PausePlace::Within,
            over: Some(over),
            wording,
        }
    }

    #[test]
    fn a_longer_silence_cuts_less_and_delays_more() {
        let pauses = [pause(Some(400), 0.1, TurnWording::Open), pause(None, 0.9, TurnWording::Open)];
        let score =
            |rule: EndRule, more_ms| rule.score(&TurnConfig { more_ms, ..TurnConfig::default() }, &pauses, DELAYS);
        let (short, long) = (score(EndRule::Silence, 300), score(EndRule::Silence, 500));
        assert_eq!([(short.cut, short.mean), (long.cut, long.mean)], [(1.0, 300.0), (0.0, 500.0)]);
        let ear = score(EndRule::Ear, 800);
        assert_eq!((ear.cut, ear.mean), (0.0, 200.0));
    }

    #[test]
    fn words_count_from_when_they_are_known_and_only_for_golem() {
        let turn = TurnConfig::default();
        let ends = |rule: EndRule, over, wording| rule.score(&turn, &[pause(None, over, wording)], DELAYS).mean;
        assert!((ends(EndRule::Golem, 0.1, TurnWording::Whole) - 396.0).abs() < 1e-9);
        assert!((ends(EndRule::Ear, 0.1, TurnWording::Whole) - 1000.0).abs() < 1e-9);
        assert!((ends(EndRule::Golem, 0.95, TurnWording::Promising) - 200.0).abs() < 1e-9, "they come too late");
    }

    #[test]
    fn operating_points_are_the_best_within_the_bound() {
        let score = |cut, mean| EndScore { over: 0.5, over_ms: 0, more_ms: 0, cut, mean, delays: Vec::new() };
        let scores = [score(0.5, 200.0), score(0.3, 280.0), score(0.3, 290.0), score(0.1, 700.0), score(0.2, 900.0)];
        assert!((fewest_cuts(&scores, 300.0).unwrap().mean - 280.0).abs() < 1e-9);
        assert!((soonest(&scores, 0.2).unwrap().mean - 700.0).abs() < 1e-9);
        assert!(fewest_cuts(&scores, 100.0).is_none());
        assert_eq!(frontier(&scores).len(), 3);
    }
}
