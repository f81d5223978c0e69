//! The classifier of a wake phrase: a logistic regression over two seconds of embeddings.

use crate::engine::embedding::WIDTH;
use crate::signal::odds::sigmoid;

/// Embeddings of one judgement: 2 s of sound.
pub const SPAN: usize = 16;
/// Numbers of one judgement.
pub const INPUTS: usize = SPAN * WIDTH;
/// Weight decay of the regression. Measured on real voices: ten times more or less is no better.
const DECAY: f32 = 4.0;
/// Steps of the fit; it has converged by then.
const STEPS: u16 = 80;
/// Rounds of the search for the steepest direction.
const ROUNDS: usize = 12;
/// Raw score that maps to 0.5. Real speech passes it about ten times an hour, before confirmation.
const CENTRE: f32 = 1.4;

/// Weights that separate one phrase from all other sound.
#[derive(Clone, Debug, PartialEq)]
pub struct WakeHead {
    weights: Vec<f32>,
    bias: f32,
}

impl WakeHead {
    /// A head from its numbers, the bias last; `None` if their count is wrong or one is not finite.
    pub fn from_numbers(mut numbers: Vec<f32>) -> Option<Self> {
        let whole = numbers.len() == INPUTS + 1 && numbers.iter().all(|number| number.is_finite());
        let bias = numbers.pop()?;
        whole.then_some(Self { weights: numbers, bias })
    }

    /// The head's numbers, the bias last.
    pub fn numbers(&self) -> impl Iterator<Item = f32> {
        self.weights.iter().copied().chain([self.bias])
    }

    /// Likeness of `window` (1,536 numbers: sixteen embeddings) to the phrase, 0..=1.
    pub fn score(&self, window: &[f32]) -> f32 {
        sigmoid(dot(&self.weights, window) + self.bias - CENTRE)
    }

    /// The head that separates `positives` from `negatives`, each of 1,536 numbers. Both classes have equal weight,
    /// whatever their counts.
    #[expect(clippy::cast_precision_loss, reason = "counts of examples")]
    pub fn fit(positives: &[&[f32]], negatives: &[&[f32]]) -> Self {
        let examples: Vec<&[f32]> = positives.iter().chain(negatives).copied().collect();
        let scale = Scale::of(&examples);
        let share = |count: usize| 0.5 / count.max(1) as f32;
        let (yes, no) = (share(positives.len()), share(negatives.len()));
        let wanted = |at: usize| if at < positives.len() { (1.0, yes) } else { (0.0, no) };
        let steepest = scale.steepest(&examples, |at| wanted(at).1);
        let rate = 1.0 / (0.25 * steepest + DECAY);
        let (mut weights, mut bias) = (vec![0.0; INPUTS], 0.0);
        let (mut ahead, mut bias_ahead) = (weights.clone(), bias);
        for step in 0..STEPS {
            let (own, shift) = scale.applied(&ahead);
            let mut slope = vec![0.0; INPUTS];
            let mut bias_slope = 0.0;
            for (at, example) in examples.iter().enumerate() {
                let (label, share) = wanted(at);
                let error = share * (sigmoid(dot(&own, example) + shift + bias_ahead) - label);
                add(&mut slope, example, error);
                bias_slope += error;
            }
            scale.pull_back(&mut slope, bias_slope);
            let momentum = f32::from(step) / (f32::from(step) + 3.0);
            for ((weight, ahead), slope) in weights.iter_mut().zip(&mut ahead).zip(&slope) {
                let next = *ahead - rate * (slope + DECAY * *ahead);
                *ahead = next + momentum * (next - *weight);
                *weight = next;
            }
            let next = bias_ahead - bias_slope;
            bias_ahead = next + momentum * (next - bias);
            bias = next;
        }
        let (weights, shift) = scale.applied(&weights);
        Self { weights, bias: bias + shift }
    }
}

/// Mean and spread of every input, which give all inputs equal weight.
struct Scale {
    mean: Vec<f32>,
    spread: Vec<f32>,
}

impl Scale {
    #[expect(clippy::cast_precision_loss, reason = "counts of examples")]
    fn of(examples: &[&[f32]]) -> Self {
        let count = examples.len().max(1) as f32;
        let mut mean = vec![0.0; INPUTS];
        for example in examples {
            add(&mut mean, example, 1.0 / count);
        }
        let mut spread = vec![0.0; INPUTS];
        for example in examples {
            for ((spread, value), mean) in spread.iter_mut().zip(*example).zip(&mean) {
                *spread += (value - mean).powi(2) / count;
            }
        }
        for value in &mut spread {
            *value = value.sqrt() + 1e-3;
        }
        Self { mean, spread }
    }

    /// Weights for unscaled inputs, and the number to add, from weights for scaled inputs.
    fn applied(&self, weights: &[f32]) -> (Vec<f32>, f32) {
        let own: Vec<f32> = weights.iter().zip(&self.spread).map(|(weight, spread)| weight / spread).collect();
        let shift = -dot(&own, &self.mean);
        (own, shift)
    }

    /// Turns a sum over unscaled inputs, whose weights add up to `total`, into one over scaled inputs.
    fn pull_back(&self, sum: &mut [f32], total: f32) {
        for ((sum, mean), spread) in sum.iter_mut().zip(&self.mean).zip(&self.spread) {
            *sum = (*sum - mean * total) / spread;
        }
    }

    /// Spread of the scaled inputs in the direction in which they spread most.
    fn steepest(&self, examples: &[&[f32]], share: impl Fn(usize) -> f32) -> f32 {
        let mut direction = vec![1.0; INPUTS];
        let mut length = 1.0;
        for _ in 0..ROUNDS {
            let norm = dot(&direction, &direction).sqrt().max(1e-9);
            for value in &mut direction {
                *value /= norm;
            }
            let (own, shift) = self.applied(&direction);
            let (mut next, mut total) = (vec![0.0; INPUTS], 0.0);
            for (at, example) in examples.iter().enumerate() {
                let along = share(at) * (dot(&own, example) + shift);
                add(&mut next, example, along);
                total += along;
            }
            self.pull_back(&mut next, total);
            length = dot(&next, &next).sqrt();
            direction = next;
        }
        length
    }
}

/// The sum of products, in eight lanes that a processor adds at once.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a, rest_a) = a.as_chunks::<8>();
    let (b, rest_b) = b.as_chunks::<8>();
    let mut lanes = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f32>() + rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum::<f32>()
}

/// Adds `factor` times `other` to `sum`.
fn add(sum: &mut [f32], other: &[f32], factor: f32) {
    for (sum, other) in sum.iter_mut().zip(other) {
        *sum += factor * other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise around a point; only the first numbers of the point are not zero.
    fn cloud(seed: u64, centre: f32, count: usize) -> Vec<Vec<f32>> {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut one = |at: usize| random.f32() - 0.5 + if at < 50 { centre } else { 0.0 };
        (0..count).map(|_| (0..INPUTS).map(&mut one).collect()).collect()
    }

    fn slices(examples: &[Vec<f32>]) -> Vec<&[f32]> {
        examples.iter().map(Vec::as_slice).collect()
    }

    #[test]
    fn what_it_was_not_fitted_to_is_told_apart_too() {
        let (yes, no) = (cloud(1, 0.5, 60), cloud(2, -0.5, 300));
        let head = WakeHead::fit(&slices(&yes), &slices(&no));
        let worst = cloud(3, 0.5, 50).iter().map(|x| head.score(x)).fold(1.0, f32::min);
        let best = cloud(4, -0.5, 50).iter().map(|x| head.score(x)).fold(0.0, f32::max);
        assert!(worst > best, "{worst} {best}");
    }

    #[test]
    fn a_head_is_its_numbers() {
        let (yes, no) = (cloud(1, 0.5, 10), cloud(2, -0.5, 10));
        let head = WakeHead::fit(&slices(&yes), &slices(&no));
        assert_eq!(WakeHead::from_numbers(head.numbers().collect()), Some(head.clone()));
        assert_eq!(WakeHead::from_numbers(head.numbers().skip(1).collect()), None);
        assert_eq!(WakeHead::from_numbers(vec![f32::NAN; INPUTS + 1]), None);
    }

    #[test]
    fn no_examples_give_a_head_that_never_is_sure() {
        let head = WakeHead::fit(&[], &[]);
        assert!(head.score(&vec![0.0; INPUTS]) < 0.5);
    }
}
