//! The three kinds of floating-point numbers that weights are stored in.
//!
//! Rounding is to the nearest, ties to even, as in IEEE 754, numpy and PyTorch.

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
        let pair = |pair: &[u8; 2]| u16::from_le_bytes(*pair);
        match self {
            Self::F32 => into.extend(bytes.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four))),
            Self::F16 => into.extend(bytes.as_chunks().0.iter().map(|two| from_half(pair(two)))),
            Self::Bf16 => into.extend(bytes.as_chunks().0.iter().map(|two| from_brain(pair(two)))),
        }
    }

    /// Writes little-endian numbers, rounded.
    pub(super) fn encode(self, values: &[f32], into: &mut Vec<u8>) {
        match self {
            Self::F32 => into.extend(values.iter().flat_map(|value| value.to_le_bytes())),
            Self::F16 => into.extend(values.iter().flat_map(|value| to_half(*value).to_le_bytes())),
            Self::Bf16 => into.extend(values.iter().flat_map(|value| to_brain(*value).to_le_bytes())),
        }
    }

    /// The numbers of this kind that are nearest to `values`.
    pub(super) fn round(self, values: &mut [f32]) {
        match self {
            Self::F32 => (),
            Self::F16 => values.iter_mut().for_each(|value| *value = from_half(to_half(*value))),
            Self::Bf16 => values.iter_mut().for_each(|value| *value = from_brain(to_brain(*value))),
        }
    }
}

/// Bits of the mantissa that binary32 has and binary16 has not.
const CUT: u32 = 23 - 10;
/// The difference of their exponents' biases.
const BIAS: u32 = 127 - 15;
/// Infinity in binary16.
const INFINITY: u16 = 0x7c00;

fn from_half(half: u16) -> f32 {
    let sign = if half & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, mantissa) = (u32::from(half >> 10) & 0x1f, u32::from(half) & 0x3ff);
    sign * match exponent {
        // Subnormal: multiples of 2^-24.
        0 => f32::from(half & 0x3ff) * f32::from_bits((127 - 24) << 23),
        0x1f => f32::from_bits(0x7f80_0000 | mantissa << CUT),
        _ => f32::from_bits((exponent + BIAS) << 23 | mantissa << CUT),
    }
}

fn to_half(value: f32) -> u16 {
    let bits = value.to_bits();
    let (sign, size) = (bits >> 16 & 0x8000, bits & 0x7fff_ffff);
    let half = match size {
        // Not a number.
        0x7f80_0001.. => u32::from(INFINITY) | 0x200,
        // From 65520 on everything rounds to infinity.
        0x477f_f000.. => u32::from(INFINITY),
        // Normal; a carry out of the mantissa raises the exponent, as it should.
        0x3880_0000.. => rounded(size - (BIAS << 23), CUT),
        // Subnormal: the mantissa with its hidden bit, shifted to multiples of 2^-24.
        0x3300_0000.. => rounded(size & 0x7f_ffff | 0x80_0000, 126 - (size >> 23)),
        _ => 0,
    };
    u16::try_from(sign | half).expect("sixteen bits by construction")
}

fn from_brain(brain: u16) -> f32 {
    f32::from_bits(u32::from(brain) << 16)
}

fn to_brain(value: f32) -> u16 {
    let bits = value.to_bits();
    let brain = if value.is_nan() { bits >> 16 | 0x40 } else { rounded(bits, 16) };
    u16::try_from(brain).expect("the upper sixteen of 32 bits; infinity's have no mantissa to carry")
}

/// `bits` without the last `cut` (1 to 31), rounded to the nearest, ties to even.
fn rounded(bits: u32, cut: u32) -> u32 {
    let (kept, lost, half) = (bits >> cut, bits & ((1 << cut) - 1), 1 << (cut - 1));
    kept + u32::from(lost > half || lost == half && kept & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_survives() {
        for half in 0..=u16::MAX {
            if !from_half(half).is_nan() {
                assert_eq!(to_half(from_half(half)), half);
            }
            if !from_brain(half).is_nan() {
                assert_eq!(to_brain(from_brain(half)), half);
            }
        }
        assert!(from_half(to_half(f32::NAN)).is_nan() && from_brain(to_brain(f32::NAN)).is_nan());
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
    fn brain_floats_round_to_even() {
        assert_eq!(to_brain(f32::from_bits(0x3f80_8000)), 0x3f80);
        assert_eq!(to_brain(f32::from_bits(0x3f81_8000)), 0x3f82);
        assert_eq!(to_brain(f32::from_bits(0x3f80_8001)), 0x3f81);
        assert_eq!(to_brain(f32::INFINITY), 0x7f80);
        assert_eq!(to_brain(f32::MAX), 0x7f80);
    }
}
