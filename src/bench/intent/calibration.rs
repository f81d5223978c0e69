//! The calibration of confidences: whether a confidence of so many percent is right so often. Regression of correctness
//! on the log odds of the confidence; an offset of 0 and a slope of 1 are perfect (D. R. Cox, "Two further applications
//! of a model for binary regression", 1958).

use super::run::{BenchJob, RunResult};

/// A confidence as log odds, and the truth beside it.
#[derive(Clone, Copy, Debug)]
pub struct CalibrationPoint {
    /// Log odds of the confidence.
    pub log_odds: f64,
    /// Whether a sentence of the grammar was said.
    pub said: bool,
    /// The weight of the point.
    pub weight: f64,
}

/// The fitted line from the log odds of the confidence to the log odds of the truth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    /// Its value at even odds.
    pub offset: f64,
    /// Its rise for each unit.
    pub slope: f64,
}

/// Confidences nearer to 0 or 1 than this are moved to this distance.
const NEAREST: f64 = 1e-6;
/// Steps of Newton's method, which needs a few.
const STEPS: usize = 50;
/// Weight of a prior belief that the slope is 1: it keeps the slope finite where the two sides do not overlap.
const PRIOR: f64 = 1e-3;

/// The points of what was said and of what was not; each side has the weight of one.
pub fn points(jobs: &[BenchJob], heard: &[RunResult]) -> Vec<CalibrationPoint> {
    let side = |said: bool| -> Vec<CalibrationPoint> {
        let all = jobs
            .iter()
            .zip(heard)
            .filter(|(job, heard)| job.recording.meaning.is_some() == said && heard.voice && !heard.text.is_empty());
        let odds: Vec<f64> = all.map(|(_, heard)| log_odds(heard.confidence)).collect();
        #[allow(clippy::cast_precision_loss)] // recordings
        let weight = 1.0 / odds.len().max(1) as f64;
        odds.into_iter().map(|log_odds| CalibrationPoint { log_odds, said, weight }).collect()
    };
    [side(true), side(false)].concat()
}

fn log_odds(confidence: f32) -> f64 {
    let p = f64::from(confidence).clamp(NEAREST, 1.0 - NEAREST);
    (p / (1.0 - p)).ln()
}

/// Fits by Newton's method; `None` where one of the two sides is missing.
pub fn fit(all: &[CalibrationPoint]) -> Option<Calibration> {
    if !all.iter().any(|one| one.said) || all.iter().all(|one| one.said) {
        return None;
    }
    let (mut offset, mut slope) = (0.0, 1.0);
    for _ in 0..STEPS {
        let mut gradient = [0.0, PRIOR * (1.0 - slope)];
        let mut curvature = [1e-9, 0.0, PRIOR];
        for CalibrationPoint { log_odds: x, said, weight } in all {
            let p = 1.0 / (1.0 + (-(offset + slope * x)).exp());
            let (miss, spread) = (weight * (f64::from(u8::from(*said)) - p), weight * p * (1.0 - p));
            gradient = [gradient[0] + miss, gradient[1] + miss * x];
            curvature = [curvature[0] + spread, curvature[1] + spread * x, curvature[2] + spread * x * x];
        }
        let [a, b, c] = curvature;
        let determinant = a * c - b * b;
        offset += ((c * gradient[0] - b * gradient[1]) / determinant).clamp(-1.0, 1.0);
        slope += ((a * gradient[1] - b * gradient[0]) / determinant).clamp(-1.0, 1.0);
    }
    Some(Calibration { offset, slope })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thousand confidences whose truth follows `truth` of their log odds.
    fn sample(truth: impl Fn(f64) -> f64) -> Vec<CalibrationPoint> {
        let grid = (-50..=50).map(|step| f64::from(step) / 10.0);
        let both = |x: f64| {
            let p = 1.0 / (1.0 + (-truth(x)).exp());
            [
                CalibrationPoint { log_odds: x, said: true, weight: p },
                CalibrationPoint { log_odds: x, said: false, weight: 1.0 - p },
            ]
        };
        grid.flat_map(both).collect()
    }

    #[test]
    fn what_was_distorted_is_found() {
        for (offset, slope) in [(0.0, 1.0), (-1.5, 0.5), (0.7, 2.0)] {
            let found = fit(&sample(|x| offset + slope * x)).expect("both sides");
            assert!((found.offset - offset).abs() < 0.01 && (found.slope - slope).abs() < 0.01, "{found:?}");
        }
    }

    #[test]
    fn sides_that_are_missing_or_do_not_overlap_are_survived() {
        let one = |log_odds, said| CalibrationPoint { log_odds, said, weight: 1.0 };
        assert_eq!(fit(&[]), None);
        assert_eq!(fit(&[one(1.0, true)]), None);
        let found = fit(&[one(-3.0, false), one(3.0, true)]).expect("both sides");
        assert!(found.slope.is_finite() && found.slope > 1.0 && found.offset.abs() < 1e-3, "{found:?}");
    }
}
