//! Samples of 16 bits, as protocols send them.

/// Samples as 16 bits, little-endian; what lies outside -1..=1 is clipped.
pub fn pcm(samples: &[f32]) -> Vec<u8> {
    #[expect(clippy::cast_possible_truncation, reason = "clamped to the range before")]
    let quantise = |sample: &f32| ((sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16).to_le_bytes();
    samples.iter().flat_map(quantise).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_clipped() {
        assert_eq!(pcm(&[0.0, 2.0, -2.0]), [0, 0, 0xff, 0x7f, 0x01, 0x80]);
    }
}
