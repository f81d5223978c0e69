//! The samples of telephones: 8 bits that stand for 14, as ITU-T G.711 defines them.

/// The level of a sample of the µ-law, in 16 bits.
pub fn ulaw(byte: u8) -> i16 {
    let byte = !byte;
    let loudness = ((i16::from(byte & 0x0f) << 3) + 0x84) << ((byte & 0x70) >> 4);
    if byte & 0x80 == 0 { loudness - 0x84 } else { 0x84 - loudness }
}

/// The level of a sample of the A-law, in 16 bits.
pub fn alaw(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let (step, segment) = (i16::from(byte & 0x0f) << 4, (byte & 0x70) >> 4);
    let loudness = if segment == 0 { step + 8 } else { (step + 0x108) << (segment - 1) };
    if byte & 0x80 == 0 { -loudness } else { loudness }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_those_of_the_standard() {
        assert_eq!([0xff, 0x7f, 0x80, 0x00, 0xf0].map(ulaw), [0, 0, 32_124, -32_124, 120]);
        assert_eq!([0xd5, 0x55, 0xaa, 0x2a].map(alaw), [8, -8, 32_256, -32_256]);
    }

    #[test]
    fn louder_codes_are_louder() {
        let positive: Vec<i16> = (0x80..=0xff).rev().map(ulaw).collect();
        assert!(positive.windows(2).all(|pair| pair[0] < pair[1]), "{positive:?}");
        let mut all: Vec<i16> = (0..=0xff).map(alaw).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 256);
    }
}
