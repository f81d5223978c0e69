//! A histogram of fixed size: it never grows, however long golem runs.

/// Bounds of a histogram, ascending.
pub const BOUNDS: usize = 14;

/// Bounds for what people wait for, in seconds: fine where a person feels the difference, coarse beyond.
pub const SECONDS: [f64; BOUNDS] = [0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0];
/// Bounds for real-time factors: 1 is as fast as speech.
pub const FACTORS: [f64; BOUNDS] = [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0];

/// Counts of values by size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Histogram {
    bounds: &'static [f64; BOUNDS],
    /// Counts of values up to each bound and above the one before; the last counts values above all bounds.
    counts: [u64; BOUNDS + 1],
    sum: f64,
    max: f64,
}

impl Histogram {
    /// An empty histogram with these upper bounds.
    pub const fn new(bounds: &'static [f64; BOUNDS]) -> Self {
        Self { bounds, counts: [0; BOUNDS + 1], sum: 0.0, max: 0.0 }
    }

    /// Counts a value. Values that are not finite are left out; values below zero count as zero.
    pub fn record(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        let value = value.max(0.0);
        let place = self.bounds.iter().position(|bound| value <= *bound).unwrap_or(BOUNDS);
        self.counts[place] += 1;
        self.sum += value;
        self.max = self.max.max(value);
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Sum of the values.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// The largest value; 0 if there was none.
    pub fn max(&self) -> f64 {
        self.max
    }

    /// Each bound with the number of values up to it; the last is infinite.
    pub fn cumulative(&self) -> impl Iterator<Item = (f64, u64)> {
        let bounds = self.bounds.iter().copied().chain([f64::INFINITY]);
        let mut total = 0;
        bounds.zip(self.counts).map(move |(bound, count)| {
            total += count;
            (bound, total)
        })
    }

    /// The value below which a share `q` (0..=1) of the values lies, as near as the bounds allow; `None` when empty.
    /// Returns the last bound for what lies above it, and never more than the largest value.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let count = self.count();
        #[allow(clippy::cast_precision_loss)] // counts of turns are far below 2^52
        let rank = q.clamp(0.0, 1.0) * count as f64;
        let (mut below, mut lower) = (0, 0.0);
        for (bound, upto) in self.cumulative() {
            #[allow(clippy::cast_precision_loss)]
            if upto > below && upto as f64 >= rank {
                let share = (rank - below as f64) / (upto - below) as f64;
                let within = if bound.is_finite() { lower + (bound - lower) * share.max(0.0) } else { lower };
                return Some(within.min(self.max));
            }
            (below, lower) = (upto, bound);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_up_to_and_with_their_bound() {
        let mut seconds = Histogram::new(&SECONDS);
        for value in [0.01, 0.011, 0.3, 99.0, -1.0, f64::NAN, f64::INFINITY] {
            seconds.record(value);
        }
        assert_eq!(seconds.count(), 5);
        assert!((seconds.sum() - 99.321).abs() < 1e-9);
        let upto: Vec<_> = seconds.cumulative().map(|(_, upto)| upto).collect();
        assert_eq!(upto, [2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5]);
    }

    #[test]
    fn quantiles_lie_within_their_bucket() {
        let mut seconds = Histogram::new(&SECONDS);
        assert_eq!(seconds.quantile(0.5), None);
        (0..100).for_each(|_| seconds.record(0.25));
        let median = seconds.quantile(0.5).unwrap();
        assert!((0.2..=0.3).contains(&median), "{median}");
        assert_eq!(seconds.quantile(1.0), Some(0.25), "never above the largest");
        (0..100).for_each(|_| seconds.record(60.0));
        assert_eq!(seconds.quantile(0.99), Some(10.0));
        assert!((seconds.max() - 60.0).abs() < f64::EPSILON);
    }
}
