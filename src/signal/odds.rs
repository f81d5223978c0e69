//! Probabilities, and the logarithm of their odds.

/// The probability (0..=1) of these log odds: the logistic function.
#[must_use]
pub fn sigmoid(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// The log odds of a probability; one outside `least..=1 - least` counts as the nearest within.
#[must_use]
pub fn log_odds(probability: f32, least: f32) -> f32 {
    let probability = probability.clamp(least, 1.0 - least);
    (probability / (1.0 - probability)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_the_inverse_of_the_other() {
        for probability in [0.01, 0.5, 0.9] {
            assert!((sigmoid(log_odds(probability, 1e-3)) - probability).abs() < 1e-6);
        }
        assert!((log_odds(0.0, 1e-3) + log_odds(1.0, 1e-3)).abs() < 1e-3 && log_odds(0.0, 1e-3).is_finite());
    }
}
