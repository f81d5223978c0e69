//! Voice prints and their similarity.

use serde::{Deserialize, Serialize};

/// A voice as a point of length 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VoicePrint(Vec<f32>);

impl VoicePrint {
    /// The print in the direction of `numbers`; `None` if they have no direction.
    #[must_use]
    pub fn new(mut numbers: Vec<f32>) -> Option<Self> {
        let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt();
        if !length.is_normal() {
            return None;
        }
        for number in &mut numbers {
            *number /= length;
        }
        Some(Self(numbers))
    }

    /// The print of several stretches of one voice, weighted, for instance by their seconds. `None` if there are none,
    /// if all weights are 0, and if their encoders differ.
    #[must_use]
    pub fn pooled<'a>(prints: impl IntoIterator<Item = (&'a Self, f32)>) -> Option<Self> {
        let mut sum: Vec<f32> = Vec::new();
        for (print, weight) in prints {
            if sum.is_empty() {
                sum = vec![0.0; print.0.len()];
            }
            if sum.len() != print.0.len() {
                return None;
            }
            for (sum, number) in sum.iter_mut().zip(&print.0) {
                *sum += weight * number;
            }
        }
        Self::new(sum)
    }

    /// The similarity of two voices: the cosine of the angle between their prints, -1..=1. 0 for prints of different
    /// encoders.
    #[must_use]
    pub fn similarity(&self, other: &Self) -> f32 {
        if self.0.len() != other.0.len() {
            return 0.0;
        }
        self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum()
    }

    /// The numbers.
    #[must_use]
    pub fn numbers(&self) -> &[f32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(numbers: &[f32]) -> VoicePrint {
        VoicePrint::new(numbers.to_vec()).unwrap()
    }

    #[test]
    fn prints_have_length_one_and_nothing_has_no_print() {
        assert_eq!(print(&[3.0, 4.0]).numbers(), [0.6, 0.8]);
        assert_eq!(VoicePrint::new(vec![0.0; 4]), None);
        assert_eq!(VoicePrint::new(vec![f32::NAN, 1.0]), None);
        assert_eq!(VoicePrint::new(Vec::new()), None);
    }

    #[test]
    fn longer_stretches_count_for_more() {
        let (one, other) = (print(&[1.0, 0.0]), print(&[0.0, 1.0]));
        let pooled = VoicePrint::pooled([(&one, 3.0), (&other, 1.0)]).unwrap();
        assert!(pooled.similarity(&one) > pooled.similarity(&other));
        assert_eq!(VoicePrint::pooled([]), None);
        assert_eq!(VoicePrint::pooled([(&one, 0.0)]), None);
        assert_eq!(VoicePrint::pooled([(&one, 1.0), (&print(&[1.0, 1.0, 1.0]), 1.0)]), None);
        assert!(one.similarity(&print(&[1.0, 0.0, 0.0])).abs() < f32::EPSILON);
    }
}
