//! Samples of 16 bits, as files, protocols and PocketSphinx have them.

/// A sample as 16 bits, rounded; a level outside -1..=1 is clipped.
#[expect(clippy::cast_possible_truncation, reason = "clamped to the range before")]
pub fn quantised(sample: f32) -> i16 {
    (sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16
}

/// Samples as 16 bits, little-endian.
pub fn pcm(samples: &[f32]) -> Vec<u8> {
    samples.iter().flat_map(|sample| quantised(*sample).to_le_bytes()).collect()
}

/// The level of a sample of 16 bits, -1..=1.
pub fn level(sample: i16) -> f32 {
    f32::from(sample) / 32_768.0
}

/// Levels of samples of 16 bits, little-endian; half a sample at the end is left out.
pub fn levels(bytes: &[u8]) -> Vec<f32> {
    let (samples, _) = bytes.as_chunks::<2>();
    samples.iter().map(|sample| level(i16::from_le_bytes(*sample))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_clipped() {
        assert_eq!(pcm(&[0.0, 2.0, -2.0]), [0, 0, 0xff, 0x7f, 0x01, 0x80]);
        assert_eq!([1.0, -1.0, 7.0, f32::NAN].map(quantised), [32_767, -32_767, 32_767, 0]);
    }

    #[test]
    fn levels_are_read_as_they_were_written() {
        let sound = [0.0, 0.5, -0.5, 0.999];
        assert!(levels(&pcm(&sound)).iter().zip(sound).all(|(read, written)| (read - written).abs() < 1e-4));
        assert_eq!(levels(&[0, 0x80, 7]), [-1.0]);
    }
}
