//! Error rates of a speaker check at every threshold: how well scores separate one voice from others.

/// Scores of the enrolled voice, and of other voices.
#[derive(Clone, Debug, Default)]
pub struct VoiceScores {
    /// Likeness of the enrolled person's sound, -1..=1.
    pub own: Vec<f32>,
    /// Likeness of other voices.
    pub others: Vec<f32>,
}

/// The point at which as many of the own voice are refused as of others are let in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EqualError {
    /// The rate of both, 0..=1.
    pub rate: f64,
    /// The threshold, a likeness.
    pub threshold: f32,
}

impl VoiceScores {
    /// Adds the scores of another enrolment.
    pub fn extend(&mut self, other: &Self) {
        self.own.extend(&other.own);
        self.others.extend(&other.others);
    }

    /// The share of the own voice that a threshold refuses.
    pub fn missed(&self, threshold: f32) -> f64 {
        share(&self.own, |score| score < threshold)
    }

    /// The share of other voices that a threshold lets in.
    pub fn let_in(&self, threshold: f32) -> f64 {
        share(&self.others, |score| score >= threshold)
    }

    /// All scores, lowest first: the thresholds at which a rate changes.
    pub fn thresholds(&self) -> Vec<f32> {
        let mut scores: Vec<f32> = self.own.iter().chain(&self.others).copied().collect();
        scores.sort_by(f32::total_cmp);
        scores.dedup();
        scores
    }

    /// The threshold at which both rates are most alike; `None` without scores of either kind.
    pub fn equal_error(&self) -> Option<EqualError> {
        if self.own.is_empty() || self.others.is_empty() {
            return None;
        }
        let apart = |threshold: f32| (self.missed(threshold) - self.let_in(threshold)).abs();
        let all = self.thresholds().into_iter().map(|threshold| (apart(threshold), threshold));
        let (_, threshold) = all.min_by(|a, b| a.0.total_cmp(&b.0))?;
        Some(EqualError { rate: f64::midpoint(self.missed(threshold), self.let_in(threshold)), threshold })
    }

    /// The share of the own voice that is refused where at most `share` of other voices are let in.
    pub fn missed_at(&self, share: f64) -> Option<f64> {
        let threshold = self.thresholds().into_iter().find(|threshold| self.let_in(*threshold) <= share)?;
        Some(self.missed(threshold))
    }
}

#[allow(clippy::cast_precision_loss)]
fn share(scores: &[f32], hit: impl Fn(f32) -> bool) -> f64 {
    scores.iter().filter(|score| hit(**score)).count() as f64 / scores.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_that_do_not_overlap_have_no_error() {
        let scores = VoiceScores { own: vec![0.9, 0.8], others: vec![0.5, 0.7, 0.1] };
        assert_eq!(scores.equal_error(), Some(EqualError { rate: 0.0, threshold: 0.8 }));
        assert_eq!(scores.missed_at(0.0), Some(0.0));
        assert_eq!(VoiceScores::default().equal_error(), None);
    }

    #[test]
    fn scores_that_overlap_have_the_error_of_where_they_cross() {
        let scores = VoiceScores { own: vec![0.4, 0.6, 0.8, 0.9], others: vec![0.1, 0.2, 0.3, 0.7] };
        let equal = scores.equal_error().unwrap();
        assert!((equal.rate - 0.25).abs() < 1e-9, "{equal:?}");
        assert_eq!((scores.missed(0.5), scores.let_in(0.5)), (0.25, 0.25));
        assert_eq!(scores.missed_at(0.0), Some(0.5));
    }
}
