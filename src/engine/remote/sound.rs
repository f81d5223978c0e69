//! The decoder of a server's sound: bytes of WAV or of bare samples, in pieces of any length, become samples. Pure.

/// Rate of samples without a header, in hertz:
/// <https://platform.openai.com/docs/guides/text-to-speech#supported-output-formats>.
const PCM_RATE: u32 = 24_000;
/// Longest header in bytes; usual ones have some hundreds.
const LONGEST: usize = 64 << 10;
/// Valid rates, in hertz.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=192_000;
/// Least length in bytes by which a header says that the length is unknown.
const OPEN: u32 = 0x7fff_0000;
/// First bytes of other kinds of sound, and of other texts.
const OTHERS: [(&[u8], &str); 7] = [
    (b"ID3", "MP3"),
    (b"\xff\xfb", "MP3"),
    (b"\xff\xf3", "MP3"),
    (b"OggS", "Ogg"),
    (b"fLaC", "FLAC"),
    (b"{", "JSON"),
    (b"<", "a web page"),
];

/// The requested form of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoundForm {
    /// WAV, whose header gives the rate.
    Wav,
    /// Samples of 16 bits at 24 kHz, for a server that refused WAV.
    Pcm,
}

/// The layout of samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SampleLayout {
    rate: u32,
    channels: usize,
    /// Bytes of a sample: 2 to 4.
    width: usize,
    float: bool,
}

/// The decoder of a stream of sound.
#[derive(Debug)]
pub struct SoundDecoder {
    form: SoundForm,
    /// Bytes that cannot be decoded yet.
    waiting: Vec<u8>,
    layout: Option<SampleLayout>,
    /// Bytes of samples still to come; `None` if unknown.
    left: Option<u64>,
}

impl SoundDecoder {
    /// A decoder of sound that was requested in this form.
    pub fn new(form: SoundForm) -> Self {
        Self { form, waiting: Vec::new(), layout: None, left: None }
    }

    /// Rate of the samples in hertz; 0 while unknown.
    pub fn rate(&self) -> u32 {
        self.layout.map_or(0, |layout| layout.rate)
    }

    /// Takes more bytes and returns the complete samples (mono, -1..=1).
    ///
    /// # Errors
    /// When the bytes are other sound, or none.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<f32>, String> {
        self.waiting.extend_from_slice(bytes);
        if self.layout.is_none() {
            self.begin()?;
        }
        let Some(layout) = self.layout else { return Ok(Vec::new()) };
        let most = self.left.map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX));
        let frame = layout.width * layout.channels;
        let whole = self.waiting.len().min(most) / frame * frame;
        let samples = self.waiting[..whole].chunks_exact(frame).map(|frame| layout.mono(frame)).collect();
        self.waiting.drain(..whole);
        if let Some(left) = &mut self.left {
            *left -= whole as u64;
            // Drop what follows the samples: it is metadata.
            if *left < frame as u64 {
                self.waiting.clear();
            }
        }
        Ok(samples)
    }

    /// Checks the sound after the connection has ended.
    ///
    /// # Errors
    /// When samples are missing.
    pub fn finish(&self) -> Result<(), String> {
        match (self.layout, self.left) {
            (None, _) if self.waiting.is_empty() => Err("the server sends no sound".into()),
            (None, _) => Err("the sound broke off within its header".into()),
            (Some(layout), Some(left)) if left >= (layout.width * layout.channels) as u64 => {
                Err("the sound broke off".into())
            }
            _ => Ok(()),
        }
    }

    /// Reads the beginning of the sound, once enough of it has come.
    fn begin(&mut self) -> Result<(), String> {
        let beginning = |mark: &[u8]| self.waiting.starts_with(mark);
        if self.waiting.len() < 4 {
            return Ok(());
        }
        if beginning(b"RIFF") {
            return self.header();
        }
        if let Some((_, kind)) = OTHERS.iter().find(|(mark, _)| beginning(mark)) {
            return Err(format!("the server sends {kind} where WAV was asked for"));
        }
        match self.form {
            SoundForm::Pcm => {
                self.layout = Some(SampleLayout { rate: PCM_RATE, channels: 1, width: 2, float: false });
                Ok(())
            }
            SoundForm::Wav => Err("the server sends what is no WAV".into()),
        }
    }

    /// Reads a WAV header up to the samples, once all of it has come.
    fn header(&mut self) -> Result<(), String> {
        if self.waiting.len() >= 12 && &self.waiting[8..12] != b"WAVE" {
            return Err("the server sends a RIFF file that is no WAV".into());
        }
        let word = |bytes: &[u8], at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let (mut at, mut layout) = (12, None);
        while let (Some(name), Some(length)) = (self.waiting.get(at..at + 4), word(&self.waiting, at + 4)) {
            let inside = at + 8;
            if name == b"data" {
                let layout = layout.ok_or("the server sends a WAV that does not say what its samples are like")?;
                (self.layout, self.left) = (Some(layout), (1..OPEN).contains(&length).then_some(length.into()));
                self.waiting.drain(..inside);
                return Ok(());
            }
            let end = inside.saturating_add(length as usize).saturating_add(length as usize % 2);
            if end > LONGEST {
                return Err("the server sends a WAV whose header has no end".into());
            }
            if name == b"fmt " {
                let Some(format) = self.waiting.get(inside..inside + length as usize) else { return Ok(()) };
                layout = Some(SampleLayout::of(format)?);
            }
            at = end;
        }
        Ok(())
    }
}

impl SampleLayout {
    /// The layout in a WAV's format chunk.
    fn of(format: &[u8]) -> Result<Self, String> {
        let half = |at: usize| format.get(at..at + 2).map(|two| u16::from_le_bytes([two[0], two[1]]));
        let word = |at: usize| Some(u32::from(half(at)?) | (u32::from(half(at + 2)?) << 16));
        let short = "the server sends a WAV whose format is cut short";
        let (mut kind, channels) = (half(0).ok_or(short)?, half(2).ok_or(short)?);
        let (rate, bits) = (word(4).ok_or(short)?, half(14).ok_or(short)?);
        // WAVE_FORMAT_EXTENSIBLE holds the kind in a later field.
        if kind == 0xfffe {
            kind = half(24).ok_or(short)?;
        }
        let known = matches!((kind, bits), (1, 16 | 24 | 32) | (3, 32));
        if !known || !(1..=8).contains(&channels) || !RATES.contains(&rate) {
            return Err(format!(
                "the server sends a WAV of kind {kind} with {channels} channels of {bits} bits at {rate} Hz, which golem does not play"
            ));
        }
        Ok(Self { rate, channels: channels.into(), width: usize::from(bits / 8), float: kind == 3 })
    }

    /// The mean of a frame's channels.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a sample of 32 bits is far more than an ear hears; channels are few"
    )]
    fn mono(self, frame: &[u8]) -> f32 {
        let one = |bytes: &[u8]| {
            // Little-endian bytes, moved to the most significant end.
            let mut four = [0; 4];
            four[4 - bytes.len()..].copy_from_slice(bytes);
            if self.float { f32::from_le_bytes(four) } else { i32::from_le_bytes(four) as f32 / 2_147_483_648.0 }
        };
        let mean = frame.chunks_exact(self.width).map(one).sum::<f32>() / self.channels as f32;
        if mean.is_finite() { mean.clamp(-1.0, 1.0) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A WAV of these samples, with an unknown chunk before them.
    fn wav(kind: u16, channels: u16, bits: u16, rate: u32, length: u32, samples: &[u8]) -> Vec<u8> {
        let mut bytes = b"RIFF\xff\xff\xff\xffWAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        bytes.extend([kind.to_le_bytes(), channels.to_le_bytes()].concat());
        bytes.extend([rate.to_le_bytes(), (rate * u32::from(channels * bits / 8)).to_le_bytes()].concat());
        bytes.extend([(channels * bits / 8).to_le_bytes(), bits.to_le_bytes()].concat());
        bytes.extend(b"data".iter().chain(&length.to_le_bytes()).chain(samples));
        bytes
    }

    fn decode(form: SoundForm, pieces: &[&[u8]]) -> Result<(Vec<f32>, u32), String> {
        let mut decoder = SoundDecoder::new(form);
        let mut samples = Vec::new();
        for piece in pieces {
            samples.extend(decoder.push(piece)?);
        }
        decoder.finish()?;
        Ok((samples, decoder.rate()))
    }

    const HALF: [u8; 4] = [0, 0x40, 0, 0xc0];

    #[test]
    fn every_usual_kind_of_wav_is_played_at_its_own_rate() {
        let open = wav(1, 1, 16, 22_050, u32::MAX, &HALF);
        assert_eq!(decode(SoundForm::Wav, &[&open]), Ok((vec![0.5, -0.5], 22_050)));
        let stereo = wav(1, 2, 16, 48_000, 4, &HALF);
        assert_eq!(decode(SoundForm::Wav, &[&stereo]), Ok((vec![0.0], 48_000)));
        let float = wav(3, 1, 32, 16_000, 0, &[0.25_f32.to_le_bytes(), f32::NAN.to_le_bytes()].concat());
        assert_eq!(decode(SoundForm::Wav, &[&float]), Ok((vec![0.25, 0.0], 16_000)));
        let wide = wav(1, 1, 24, 44_100, 3, &[0, 0, 0x40]);
        assert_eq!(decode(SoundForm::Wav, &[&wide]), Ok((vec![0.5], 44_100)));
        let tail = [wav(1, 1, 16, 16_000, 4, &HALF), b"LIST\x04\0\0\0abcd".to_vec()].concat();
        assert_eq!(decode(SoundForm::Wav, &[&tail]), Ok((vec![0.5, -0.5], 16_000)), "what follows is no sound");
    }

    #[test]
    fn samples_without_a_header_are_openais() {
        assert_eq!(decode(SoundForm::Pcm, &[&HALF]), Ok((vec![0.5, -0.5], 24_000)));
        let wav = wav(1, 1, 16, 16_000, 4, &HALF);
        assert_eq!(decode(SoundForm::Pcm, &[&wav]), Ok((vec![0.5, -0.5], 16_000)), "a header is believed");
    }

    #[test]
    fn what_cannot_be_played_is_an_error_that_says_what_it_is() {
        for (bytes, wanted) in [
            (b"ID3\x04\0\0\0".to_vec(), "MP3"),
            (b"{\"error\":1}".to_vec(), "JSON"),
            (b"<html>".to_vec(), "web page"),
            (b"\0\0\0\0\0\0".to_vec(), "no WAV"),
            (b"RIFF\0\0\0\0AVI LIST".to_vec(), "no WAV"),
            (Vec::new(), "no sound"),
            (b"RIFF".to_vec(), "header"),
            (wav(1, 1, 16, 16_000, 8, &HALF), "broke off"),
            (wav(1, 1, 8, 16_000, 4, &HALF), "8 bits"),
            (wav(1, 1, 16, 1, 4, &HALF), "at 1 Hz"),
            (wav(1, 0, 16, 16_000, 4, &HALF), "0 channels"),
            (b"RIFF\0\0\0\0WAVEdata\x04\0\0\0abcd".to_vec(), "what its samples"),
            (b"RIFF\0\0\0\0WAVEjunk\xff\xff\xff\xff".to_vec(), "no end"),
        ] {
            let error = decode(SoundForm::Wav, &[&bytes]).unwrap_err();
            assert!(error.contains(wanted), "{wanted}: {error}");
        }
    }

    proptest! {
        #[test]
        fn however_it_is_cut_it_sounds_the_same(cut in any::<prop::sample::Index>(), next in any::<prop::sample::Index>()) {
            for (form, bytes) in [(SoundForm::Wav, wav(1, 1, 16, 22_050, u32::MAX, &HALF)), (SoundForm::Pcm, HALF.to_vec())] {
                let (one, two) = bytes.split_at(cut.index(bytes.len() + 1));
                let (two, three) = two.split_at(next.index(two.len() + 1));
                prop_assert_eq!(decode(form, &[one, two, three]), decode(form, &[&bytes]));
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let _ = decode(SoundForm::Pcm, &[&bytes]);
            let mut damaged = wav(3, 2, 32, 22_050, 16, &[1; 16]);
            let at = at.index(damaged.len());
            damaged[at] = byte;
            if let Ok((samples, _)) = decode(SoundForm::Wav, &[&damaged]) {
                prop_assert!(samples.iter().all(|sample| (-1.0..=1.0).contains(sample)));
            }
        }
    }
}
