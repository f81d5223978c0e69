//! A recording of an echo: the microphone's sound beside the sound that was played in the same time.

use std::path::Path;

use anyhow::{Context, Result};
use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use crate::cli::usage::Usage;
use crate::signal::echo::{EchoPath, EchoSpec};
use crate::signal::frame::RATE;
use crate::signal::resample::resample;

/// Longest recording that is analysed, in seconds; the rest of a longer one is left out.
const LONGEST: u32 = 300;
/// Greatest sample of the noise of a simulated room: -75 dB below full scale as a mean.
const NOISE: f32 = 3e-4;

/// Both sides of an echo, equally long, -1..=1 at 16 kHz.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EchoPair {
    /// The sound of the microphone.
    pub heard: Vec<f32>,
    /// The sound that the loudspeaker was given.
    pub played: Vec<f32>,
}

impl EchoPair {
    /// Samples of the microphone that wait for what was played in their time.
    pub fn waits(&self) -> usize {
        self.heard.len() - self.played.len()
    }

    /// Both sides of a WAV file of two channels: the microphone, then what was played.
    ///
    /// # Errors
    /// When it cannot be read as WAV, or has another number of channels.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.display();
        let wrong = |error: hound::Error| Usage(format!("{name} cannot be read as WAV: {error}"));
        let mut reader = WavReader::open(path).map_err(wrong)?;
        let WavSpec { channels, sample_rate, bits_per_sample, sample_format } = reader.spec();
        if channels != 2 {
            let channels = if channels == 1 { "one channel".into() } else { format!("{channels} channels") };
            let wanted = "an echo has two: the microphone, then what was played";
            return Err(Usage(format!("{name} has {channels}; {wanted}")).into());
        }
        let most = 2 * LONGEST as usize * sample_rate as usize;
        let samples: Vec<f32> = match sample_format {
            SampleFormat::Float => reader.samples::<f32>().take(most).collect::<Result<_, _>>().map_err(wrong)?,
            SampleFormat::Int => {
                let full = 2.0_f32.powi(i32::from(bits_per_sample.clamp(1, 32)) - 1);
                #[allow(clippy::cast_precision_loss)] // 24 bits are more than any microphone has
                let scaled = |sample: Result<i32, hound::Error>| sample.map(|sample| sample as f32 / full);
                reader.samples::<i32>().take(most).map(scaled).collect::<Result<_, _>>().map_err(wrong)?
            }
        };
        let side = |number: usize| -> Vec<f32> {
            let samples = samples.chunks_exact(2).map(|both| both[number]);
            let finite: Vec<f32> = samples.map(|sample| if sample.is_finite() { sample } else { 0.0 }).collect();
            resample(&finite, sample_rate, RATE)
        };
        Ok(Self { heard: side(0), played: side(1) })
    }

    /// Writes both sides so that [`EchoPair::read`] reads them, as 32-bit floats.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let spec = WavSpec { channels: 2, sample_rate: RATE, bits_per_sample: 32, sample_format: SampleFormat::Float };
        let write = || -> Result<(), hound::Error> {
            let mut writer = WavWriter::create(path, spec)?;
            for (heard, played) in self.heard.iter().zip(&self.played) {
                writer.write_sample(*heard)?;
                writer.write_sample(*played)?;
            }
            writer.finalize()
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }

    /// The recording of `played` in a simulated room.
    pub fn simulated(played: Vec<f32>, room: EchoSpec) -> Self {
        let mut heard = Vec::with_capacity(played.len());
        EchoPath::new(room).process(&played, &mut heard);
        let mut random = fastrand::Rng::with_seed(1);
        for sample in &mut heard {
            *sample = (*sample + (random.f32() * 2.0 - 1.0) * NOISE).clamp(-1.0, 1.0);
        }
        Self { heard, played }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pair.wav");
        let played: Vec<f32> = (0..4_000_u16).map(|n| (f32::from(n) * 0.1).sin() * 0.3).collect();
        let pair = EchoPair::simulated(played, "booth,-6dB".parse().unwrap());
        pair.write(&path).unwrap();
        assert_eq!(EchoPair::read(&path).unwrap(), pair);
        let text = EchoPair::read(&folder.path().join("none.wav")).unwrap_err().to_string();
        assert!(text.contains("none.wav"), "{text}");
    }

    #[test]
    fn a_file_of_one_channel_is_no_pair() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mono.wav");
        let spec = WavSpec { channels: 1, sample_rate: 8_000, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let mut writer = WavWriter::create(&path, spec).unwrap();
        writer.write_sample(1_i16).unwrap();
        writer.finalize().unwrap();
        let text = EchoPair::read(&path).unwrap_err().to_string();
        assert!(text.contains("one channel") && text.contains("the microphone, then what was played"), "{text}");
    }
}
