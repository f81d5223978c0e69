//! The voiced part of a recording, found with the voice detector's probabilities.

use crate::signal::frame::FRAME;

/// Frames kept before and after a voiced one: 96 ms, about as in the encoder's training.
const AROUND: usize = 3;

/// The samples (16 kHz) of frames with a probability of at least `threshold`, and of frames near them. Each of
/// `probabilities` belongs to a frame of 512 samples. Samples after the last frame are left out.
#[must_use]
pub fn voiced(samples: &[f32], probabilities: &[f32], threshold: f32) -> Vec<f32> {
    let near = |at: usize| {
        let around = &probabilities[at.saturating_sub(AROUND)..(at + AROUND + 1).min(probabilities.len())];
        around.iter().any(|probability| *probability >= threshold)
    };
    let frames = samples.chunks_exact(FRAME).take(probabilities.len()).enumerate();
    frames.filter(|(at, _)| near(*at)).flat_map(|(_, frame)| frame.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_left_out_but_for_what_stands_near_a_voice() {
        let mut probabilities = [0.0; 20];
        probabilities[10] = 0.9;
        let samples: Vec<f32> = (0..20_u8).flat_map(|frame| vec![f32::from(frame); FRAME]).collect();
        let kept = voiced(&samples, &probabilities, 0.5);
        assert_eq!(kept.len(), 7 * FRAME);
        assert_eq!((kept.first(), kept.last()), (Some(&7.0), Some(&13.0)));
        assert!(voiced(&samples, &[0.0; 20], 0.5).is_empty());
        assert!(voiced(&samples[..100], &[0.9], 0.5).is_empty());
    }
}
