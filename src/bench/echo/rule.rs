//! Rules that decide from the probabilities of a voice whether a person speaks over golem, and the score of each.

use serde::Serialize;

use super::open::{FRAME_SECONDS, OpenRun, WARM_UP};
use crate::config::BargeInConfig;
use crate::dialog::barge::{BargeVerdict, Detector};
use crate::signal::frame::FRAME_MS;

/// Seconds after an interjection in which a cut still counts for its person.
const GRACE: f64 = 0.3;
/// Seconds after a wrong cut without a further verdict: golem goes on after as long.
const REST: f64 = 1.0;

/// A rule: cut when `frames` frames in the window of barge-in are above `threshold`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BargeRule {
    pub threshold: f32,
    pub frames: usize,
}

/// The score of a rule.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct RuleScore {
    pub people: usize,
    /// People who were found at all, within 200 ms and within 400 ms.
    pub found: usize,
    pub within_200: usize,
    pub within_400: usize,
    /// How often golem itself was taken for a person, in `seconds`.
    pub own: usize,
    /// How often in the first three seconds.
    pub own_first: usize,
    pub seconds: f64,
}

impl BargeRule {
    /// Adds how the rule does in `run` to `score`.
    #[allow(clippy::cast_precision_loss)] // minutes
    pub fn score(&self, run: &OpenRun, score: &mut RuleScore) {
        let mut waits = 0.0;
        let mut found = vec![None; run.spoken.len()];
        let mut detector = self.detector();
        for (number, probability) in run.probabilities.iter().enumerate() {
            // The probability of a frame is known at its end.
            let now = (number + 1) as f64 * FRAME_SECONDS;
            let spoken = run.spoken.iter().position(|(begin, end)| (*begin..end + GRACE).contains(&now));
            if spoken.is_none() {
                score.seconds += FRAME_SECONDS;
            }
            if detector.push_clean(*probability) != BargeVerdict::Cut {
                continue;
            }
            match spoken {
                Some(person) => found[person] = found[person].or(Some(now - run.spoken[person].0)),
                None if now >= waits => {
                    score.own += 1;
                    score.own_first += usize::from(now < WARM_UP);
                    waits = now + REST;
                }
                None => {}
            }
        }
        score.people += found.len();
        for late in found.into_iter().flatten() {
            score.found += 1;
            score.within_200 += usize::from(late <= 0.2);
            score.within_400 += usize::from(late <= 0.4);
        }
    }

    /// The detector that cuts by this rule.
    fn detector(&self) -> Detector {
        let frames = u64::try_from(self.frames).unwrap_or(1);
        let bar = BargeInConfig {
            threshold: self.threshold,
            duck_threshold: self.threshold,
            clean_cut_ms: frames * FRAME_MS,
            ..BargeInConfig::default()
        };
        Detector::new(&bar, self.threshold)
    }
}

impl RuleScore {
    /// Times an hour that golem is taken for a person.
    #[allow(clippy::cast_precision_loss)]
    pub fn own_per_hour(&self) -> f64 {
        self.own as f64 / self.seconds.max(1e-9) * 3_600.0
    }

    /// `count` in percent of the people.
    #[allow(clippy::cast_precision_loss)]
    pub fn percent(&self, count: usize) -> f64 {
        100.0 * count as f64 / self.people.max(1) as f64
    }
}

/// The rules of the table.
pub const RULES: &[BargeRule] = &[
    rule(0.05, 1),
    rule(0.1, 1),
    rule(0.1, 2),
    rule(0.1, 4),
    rule(0.2, 1),
    rule(0.2, 2),
    rule(0.2, 3),
    rule(0.2, 4),
    rule(0.3, 1),
    rule(0.3, 2),
    rule(0.3, 4),
    rule(0.5, 1),
    rule(0.5, 2),
    rule(0.5, 4),
    rule(0.5, 6),
];

const fn rule(threshold: f32, frames: usize) -> BargeRule {
    BargeRule { threshold, frames }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_found_once_and_golem_is_counted_once_a_second() {
        // A person from 1.0 to 1.5 s, and golem itself heard at 3.0 to 3.3 s.
        let mut run = OpenRun { spoken: vec![(1.0, 1.5)], ..OpenRun::default() };
        run.probabilities =
            (0..200_u32).map(|n| if (34..47).contains(&n) || (94..104).contains(&n) { 0.9 } else { 0.0 }).collect();
        let mut score = RuleScore::default();
        rule(0.5, 4).score(&run, &mut score);
        assert_eq!((score.people, score.found, score.within_200, score.within_400, score.own), (1, 1, 0, 1, 1));
        let mut quick = RuleScore::default();
        rule(0.5, 1).score(&run, &mut quick);
        assert_eq!((quick.within_200, quick.own), (1, 1));
        assert!((quick.own_per_hour() - 3_600.0 / quick.seconds).abs() < 1e-6);
    }
}
