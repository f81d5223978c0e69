//! The file of signs by which the network of double talk is fitted.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Mutex;

use anyhow::{Context, Result};

use crate::signal::frame::FRAME;
use crate::signal::level::decibels;
use crate::worker::double_talk::{NearEndSigns, SIGNS};

/// Level in decibels of a person who is silent.
const SILENT: f32 = -200.0;

/// A file of 32-bit floats, little-endian, a row for each frame of each conversation: whose row it is (0 of golem alone,
/// 1 beside a person, 2 beside noise), 1 in the first row of a conversation, the level of the person or noise in
/// decibels, the probability of a voice in the full output, 1 if the canceller was not bypassed, and the signs.
pub struct SignsFile {
    file: Mutex<BufWriter<File>>,
    noise: bool,
}

impl SignsFile {
    /// A new file at `path`; with `noise`, all that is heard beside golem is noise.
    pub fn create(path: &Path, noise: bool) -> Result<Self> {
        let file = File::create(path).with_context(|| path.display().to_string())?;
        Ok(Self { file: Mutex::new(BufWriter::new(file)), noise })
    }

    /// Writes a conversation: the signs of each frame, the probability of a voice in it (and its level), and the sounds
    /// that were heard beside golem with the sample at which each began.
    pub fn write(&self, signs: &[Option<NearEndSigns>], said: &[(f32, f32)], heard: &[(usize, &[f32])]) -> Result<()> {
        let kind = if heard.is_empty() { 0.0 } else { 1.0 + f32::from(u8::from(self.noise)) };
        let mut bytes = Vec::new();
        for (number, (signs, (voice, _))) in signs.iter().zip(said).enumerate() {
            let first = f32::from(u8::from(number == 0));
            let engaged = f32::from(u8::from(signs.is_some()));
            let facts = [kind, first, level(number * FRAME, heard), *voice, engaged];
            let row = facts.into_iter().chain(signs.unwrap_or([0.0; SIGNS]));
            bytes.extend(row.flat_map(f32::to_le_bytes));
        }
        let mut file = self.file.lock().map_err(|_| anyhow::anyhow!("the file of signs broke off"))?;
        file.write_all(&bytes)?;
        Ok(file.flush()?)
    }
}

/// Level of what is heard in the frame that begins at sample `begin`.
fn level(begin: usize, heard: &[(usize, &[f32])]) -> f32 {
    let in_frame = |(start, sound): &(usize, &[f32])| {
        let place = |sample: usize| sample.saturating_sub(*start).min(sound.len());
        let part = &sound[place(begin)..place(begin + FRAME)];
        (!part.is_empty()).then(|| {
            let mut frame = [0.0; FRAME];
            frame.iter_mut().zip(part).for_each(|(place, sample)| *place = *sample);
            decibels(&frame)
        })
    };
    heard.iter().filter_map(in_frame).reduce(f32::max).unwrap_or(SILENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_that_of_the_sound_in_the_frame() {
        let sound = vec![0.1; 2 * FRAME];
        let heard = [(FRAME / 2, &sound[..])];
        assert!((level(FRAME, &heard) + 20.0).abs() < 0.01);
        assert!((level(0, &heard) + 23.0).abs() < 0.05);
        assert!(level(3 * FRAME, &heard) <= SILENT);
    }
}
