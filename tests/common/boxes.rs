//! Sound files of kinds that no crate writes, byte by byte.

#![allow(dead_code)] // each test program uses its part

/// How a sample is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    U8,
    S8,
    S16,
    S24,
    S32,
    F32,
    F64,
    ALaw,
    MuLaw,
}

impl Sample {
    pub fn bytes(self) -> u16 {
        match self {
            Self::U8 | Self::S8 | Self::ALaw | Self::MuLaw => 1,
            Self::S16 => 2,
            Self::S24 => 3,
            Self::S32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// The format number of WAV.
    pub fn tag(self) -> u16 {
        match self {
            Self::F32 | Self::F64 => 3,
            Self::ALaw => 6,
            Self::MuLaw => 7,
            _ => 1,
        }
    }
}

/// `sound` as bytes, the same in each of `channels`.
#[allow(clippy::cast_possible_truncation)]
pub fn samples(sound: &[f32], how: Sample, channels: u16, big: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    for sample in sound.iter().flat_map(|sample| vec![f64::from(*sample); usize::from(channels)]) {
        let scaled = |full: f64| (sample * full).round() as i32;
        let mut one = match how {
            Sample::U8 => vec![(scaled(127.0) + 128).to_le_bytes()[0]],
            Sample::S8 => vec![scaled(127.0).to_le_bytes()[0]],
            Sample::S16 => scaled(32_767.0).to_le_bytes()[..2].to_vec(),
            Sample::S24 => scaled(8_388_607.0).to_le_bytes()[..3].to_vec(),
            Sample::S32 => scaled(2_147_483_647.0).to_le_bytes().to_vec(),
            Sample::F32 => (sample as f32).to_le_bytes().to_vec(),
            Sample::F64 => sample.to_le_bytes().to_vec(),
            Sample::ALaw => vec![a_law(scaled(32_767.0))],
            Sample::MuLaw => vec![mu_law(scaled(32_767.0))],
        };
        if big {
            one.reverse();
        }
        bytes.extend(one);
    }
    bytes
}

/// G.711 µ-law of a 16-bit sample.
fn mu_law(sample: i32) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let level = sample.abs().min(32_635) + 132;
    let exponent = (0..8).rev().find(|exponent| level >> (exponent + 7) > 0).unwrap_or(0);
    let mantissa = (level >> (exponent + 3)) & 0xf;
    !u8::try_from(sign | exponent << 4 | mantissa).unwrap()
}

/// G.711 A-law of a 16-bit sample.
fn a_law(sample: i32) -> u8 {
    let sign = if sample < 0 { 0 } else { 0x80 };
    let level = sample.abs().min(32_767) >> 3;
    let exponent = (1..8).rev().find(|exponent| level >> (exponent + 4) > 0).unwrap_or(0);
    let mantissa = (level >> exponent.max(1)) & 0xf;
    u8::try_from(sign | exponent << 4 | mantissa).unwrap() ^ 0x55
}

/// A chunk of RIFF.
pub fn chunk(name: &[u8], body: &[u8]) -> Vec<u8> {
    let mut chunk = name.to_vec();
    chunk.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
    chunk.extend(body);
    chunk.extend(vec![0; body.len() % 2]);
    chunk
}

/// A RIFF file of these chunks.
pub fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut form = b"WAVE".to_vec();
    form.extend(chunks.concat());
    chunk(b"RIFF", &form)
}

/// The format chunk's body.
pub fn format(tag: u16, channels: u16, rate: u32, align: u16, bits: u16) -> Vec<u8> {
    let mut body = Vec::new();
    body.extend(tag.to_le_bytes());
    body.extend(channels.to_le_bytes());
    body.extend(rate.to_le_bytes());
    body.extend((rate * u32::from(align)).to_le_bytes());
    body.extend(align.to_le_bytes());
    body.extend(bits.to_le_bytes());
    body
}

/// The format chunk of samples.
pub fn plain(how: Sample, channels: u16, rate: u32) -> Vec<u8> {
    format(how.tag(), channels, rate, how.bytes() * channels, how.bytes() * 8)
}

/// The format chunk of samples as WAVE_FORMAT_EXTENSIBLE.
pub fn extensible(how: Sample, channels: u16, rate: u32) -> Vec<u8> {
    let mut body = format(0xfffe, channels, rate, how.bytes() * channels, how.bytes() * 8);
    body.extend([22, 0]);
    body.extend((how.bytes() * 8).to_le_bytes());
    body.extend([0; 4]); // no places told
    body.extend(how.tag().to_le_bytes());
    body.extend([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
    body
}

/// RIFF with big-endian numbers.
pub fn rifx(sound: &[u8], how: Sample, channels: u16, rate: u32) -> Vec<u8> {
    let mut file = b"RIFX".to_vec();
    file.extend((u32::try_from(sound.len()).unwrap() + 36).to_be_bytes());
    file.extend(b"WAVEfmt \0\0\0\x10");
    file.extend(how.tag().to_be_bytes());
    file.extend(channels.to_be_bytes());
    file.extend(rate.to_be_bytes());
    file.extend((rate * u32::from(how.bytes() * channels)).to_be_bytes());
    file.extend((how.bytes() * channels).to_be_bytes());
    file.extend((how.bytes() * 8).to_be_bytes());
    file.extend(b"data");
    file.extend(u32::try_from(sound.len()).unwrap().to_be_bytes());
    file.extend(sound);
    file
}

/// RF64 as the EBU specifies it; `length` of the sound stands in a chunk of its own.
pub fn rf64(sound: &[u8], length: u64, how: Sample, channels: u16, rate: u32) -> Vec<u8> {
    let mut file = b"RF64\xff\xff\xff\xffWAVE".to_vec();
    let mut sizes = (length + 72).to_le_bytes().to_vec();
    sizes.extend(length.to_le_bytes());
    sizes.extend((length / u64::from(how.bytes() * channels)).to_le_bytes());
    sizes.extend([0; 4]);
    file.extend(chunk(b"ds64", &sizes));
    file.extend(chunk(b"fmt ", &plain(how, channels, rate)));
    file.extend(b"data\xff\xff\xff\xff");
    file.extend(sound);
    file
}

/// Sony's Wave64; `length` is the sound's length in the header.
pub fn wave64(sound: &[u8], length: u64, how: Sample, channels: u16, rate: u32) -> Vec<u8> {
    const REST: [u8; 12] = [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];
    let mut file = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00".to_vec();
    file.extend((104 + length).to_le_bytes());
    file.extend(b"wave");
    file.extend(REST);
    for (name, length, body) in [(b"fmt ", 16, &plain(how, channels, rate)[..]), (b"data", length, sound)] {
        file.extend(name);
        file.extend(REST);
        file.extend(length.wrapping_add(24).to_le_bytes());
        file.extend(body);
        file.extend(vec![0; body.len().wrapping_neg() % 8]);
    }
    file
}

/// AIFF, or AIFC with the codec `codec`; `length` is the sound's length in the header.
pub fn aiff(sound: &[u8], length: u32, how: Sample, channels: u16, codec: Option<&[u8; 4]>) -> Vec<u8> {
    let big = |name: &[u8; 4], length: u32, body: &[u8]| {
        let mut chunk = name.to_vec();
        chunk.extend(length.to_be_bytes());
        chunk.extend(body);
        chunk.extend(vec![0; body.len() % 2]);
        chunk
    };
    let mut common = channels.to_be_bytes().to_vec();
    common.extend((u32::try_from(sound.len()).unwrap() / u32::from(how.bytes() * channels)).to_be_bytes());
    common.extend((how.bytes() * 8).to_be_bytes());
    common.extend([0x40, 0x0c, 0xfa, 0, 0, 0, 0, 0, 0, 0]); // 16 kHz in 80 bits
    if let Some(codec) = codec {
        common.extend(codec);
        common.extend([0, 0]);
    }
    let mut file = if codec.is_some() { b"AIFC".to_vec() } else { b"AIFF".to_vec() };
    file.extend(big(b"COMM", u32::try_from(common.len()).unwrap(), &common));
    let body = [&[0; 8], sound].concat();
    file.extend(big(b"SSND", if length == 0 { 0 } else { length + 8 }, &body));
    big(b"FORM", u32::try_from(file.len()).unwrap(), &file)
}

/// Sun's AU.
pub fn au(sound: &[u8], length: u32, encoding: u32, channels: u16, rate: u32) -> Vec<u8> {
    let numbers = [28, length, encoding, rate, u32::from(channels)];
    let mut file = b".snd".to_vec();
    file.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    file.extend([0; 4]);
    file.extend(sound);
    file
}

/// IMA ADPCM in blocks of 256 bytes, as recorders for dictation write it.
pub fn ima(sound: &[f32]) -> Vec<u8> {
    const STEPS: [i32; 89] = [
        7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97,
        107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796,
        876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871,
        5358, 5894, 6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623,
        27086, 29794, 32767,
    ];
    const MOVES: [i32; 8] = [-1, -1, -1, -1, 2, 4, 6, 8];
    let mut bytes = Vec::new();
    let mut index = 0_i32;
    for block in sound.chunks_exact(505) {
        #[allow(clippy::cast_possible_truncation)]
        let level = |sample: f32| (sample * 32_767.0) as i32;
        let mut guess = level(block[0]);
        bytes.extend(&guess.to_le_bytes()[..2]);
        bytes.extend([u8::try_from(index).unwrap(), 0]);
        for pair in block[1..].chunks_exact(2) {
            let mut byte = 0;
            for (place, sample) in pair.iter().enumerate() {
                let step = STEPS[usize::try_from(index).unwrap()];
                let difference = level(*sample) - guess;
                let code = (difference.abs() * 4 / step).min(7);
                let change =
                    step / 8 + (0..3).filter(|bit| code >> bit & 1 == 1).map(|bit| step >> (2 - bit)).sum::<i32>();
                guess = (guess + if difference < 0 { -change } else { change }).clamp(-32_768, 32_767);
                index = (index + MOVES[usize::try_from(code).unwrap()]).clamp(0, 88);
                byte |= (code | if difference < 0 { 8 } else { 0 }) << (4 * place);
            }
            bytes.push(u8::try_from(byte).unwrap());
        }
    }
    bytes
}
