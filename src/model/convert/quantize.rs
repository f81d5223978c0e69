//! Weights in 8 bits: each row is scaled so that its largest number becomes 127.
//!
//! The result equals CTranslate2's own, which divides by the scale again when it runs: all in 32 bits, ties to even.

/// The largest number in 8 bits.
const LARGEST: f32 = 127.0;

/// Appends `row` in 8 bits, and the factor it was multiplied by to `scales`.
pub(super) fn quantize(row: &[f32], into: &mut Vec<u8>, scales: &mut Vec<f32>) {
    let largest = row.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let largest = if largest == 0.0 { LARGEST } else { largest };
    // The scale of a row of tiny numbers must not be infinite.
    let scale = LARGEST / largest.max(LARGEST / f32::MAX);
    #[allow(clippy::cast_possible_truncation)] // At most 127 in size, by the scale.
    into.extend(row.iter().map(|value| ((value * scale).round_ties_even() as i8).to_le_bytes()[0]));
    scales.push(scale);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_becomes_127_and_ties_are_even() {
        let (mut bytes, mut scales) = (Vec::new(), Vec::new());
        quantize(&[0.5, -1.0, 2.5 / 127.0, 3.5 / 127.0], &mut bytes, &mut scales);
        quantize(&[0.0, 0.0], &mut bytes, &mut scales);
        quantize(&[1e-42, -1e-45], &mut bytes, &mut scales);
        assert_eq!(scales[..2], [127.0, 1.0]);
        assert!(scales[2].is_finite());
        assert_eq!(bytes, [64, 129, 2, 4, 0, 0, 0, 0]);
    }
}
