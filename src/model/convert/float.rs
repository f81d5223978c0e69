//! The three kinds of floating-point numbers that weights are stored in.
//!
//! Rounding is to the nearest, ties to even, as in IEEE 754, numpy and PyTorch.

use half::{bf16, f16};

/// A kind of floating-point number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Float {
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary16.
    F16,
    /// The upper half of binary32.
    Bf16,
}

impl Float {
    /// Bytes of one number.
    pub(super) fn bytes(self) -> usize {
        if self == Self::F32 { 4 } else { 2 }
    }

    /// Reads little-endian numbers.
    pub(super) fn decode(self, bytes: &[u8], into: &mut Vec<f32>) {
        match self {
            Self::F32 => into.extend(bytes.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four))),
            Self::F16 => into.extend(bytes.as_chunks().0.iter().map(|two| f16::from_le_bytes(*two).to_f32())),
            Self::Bf16 => into.extend(bytes.as_chunks().0.iter().map(|two| bf16::from_le_bytes(*two).to_f32())),
        }
    }

    /// Writes little-endian numbers, rounded.
    pub(super) fn encode(self, values: &[f32], into: &mut Vec<u8>) {
        match self {
            Self::F32 => into.extend(values.iter().flat_map(|value| value.to_le_bytes())),
            Self::F16 => into.extend(values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes())),
            Self::Bf16 => into.extend(values.iter().flat_map(|value| bf16::from_f32(*value).to_le_bytes())),
        }
    }

    /// The numbers of this kind that are nearest to `values`.
    pub(super) fn round(self, values: &mut [f32]) {
        match self {
            Self::F32 => (),
            Self::F16 => values.iter_mut().for_each(|value| *value = f16::from_f32(*value).to_f32()),
            Self::Bf16 => values.iter_mut().for_each(|value| *value = bf16::from_f32(*value).to_f32()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Infinity in binary16.
    const INFINITY: u16 = 0x7c00;

    fn decoded(kind: Float, bits: u16) -> f32 {
        let mut values = Vec::new();
        kind.decode(&bits.to_le_bytes(), &mut values);
        values[0]
    }

    fn encoded(kind: Float, value: f32) -> u16 {
        let (mut bytes, mut rounded) = (Vec::new(), [value]);
        kind.encode(&[value], &mut bytes);
        kind.round(&mut rounded);
        let bits = u16::from_le_bytes(bytes.try_into().unwrap());
        assert!(rounded[0].is_nan() && value.is_nan() || rounded[0].to_bits() == decoded(kind, bits).to_bits());
        bits
    }

    fn from_half(half: u16) -> f32 {
        decoded(Float::F16, half)
    }

    fn to_half(value: f32) -> u16 {
        encoded(Float::F16, value)
    }

    fn from_bfloat(bits: u16) -> f32 {
        decoded(Float::Bf16, bits)
    }

    fn to_bfloat(value: f32) -> u16 {
        encoded(Float::Bf16, value)
    }

    #[test]
    fn every_half_survives() {
        for half in 0..=u16::MAX {
            if !from_half(half).is_nan() {
                assert_eq!(to_half(from_half(half)), half);
            }
            if !from_bfloat(half).is_nan() {
                assert_eq!(to_bfloat(from_bfloat(half)), half);
            }
        }
        assert!(from_half(to_half(f32::NAN)).is_nan() && from_bfloat(to_bfloat(f32::NAN)).is_nan());
    }

    #[test]
    fn numbers_between_two_halves_go_to_the_nearer_and_ties_to_the_even_one() {
        for low in 0..INFINITY - 1 {
            let (below, above) = (from_half(low), from_half(low + 1));
            let middle = f32::midpoint(below, above);
            assert_eq!(to_half(middle), low + (low & 1));
            assert_eq!(to_half(middle.next_down()), low);
            assert_eq!(to_half(middle.next_up()), low + 1);
            assert_eq!(to_half(-middle.next_up()), 0x8000 | (low + 1));
        }
        assert_eq!(to_half(65519.996), INFINITY - 1);
        assert_eq!(to_half(65520.0), INFINITY);
        assert_eq!(to_half(f32::INFINITY), INFINITY);
        assert_eq!(to_half(1e-30), 0);
    }

    #[test]
    fn bfloats_round_to_even() {
        assert_eq!(to_bfloat(f32::from_bits(0x3f80_8000)), 0x3f80);
        assert_eq!(to_bfloat(f32::from_bits(0x3f81_8000)), 0x3f82);
        assert_eq!(to_bfloat(f32::from_bits(0x3f80_8001)), 0x3f81);
        assert_eq!(to_bfloat(f32::INFINITY), 0x7f80);
        assert_eq!(to_bfloat(f32::MAX), 0x7f80);
    }
}
