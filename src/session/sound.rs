//! The sound of a recorded session, frame by frame: what the voice detector judged, or what the echo canceller made that of.

use std::fs::File;
use std::io::BufReader;

use hound::{WavIntoSamples, WavReader};

use super::files::{SessionError, SessionFolder};
use crate::device::wav::SoundReader;
use crate::signal::frame::FRAME;

/// A frame of the microphone, and what was played in the same time where an echo canceller got that.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedFrame {
    /// The microphone: as it is beside what was played, as the voice detector got it otherwise.
    pub heard: Box<[f32; FRAME]>,
    /// What was played.
    pub played: Option<Box<[f32; FRAME]>>,
}

/// The sound of a session.
pub(super) enum RecordedSound {
    /// Of a golem without a canceller.
    Microphone(Box<SoundReader>),
    /// Both sides of the echo, sample by sample.
    Echo(WavIntoSamples<BufReader<File>, f32>),
}

impl RecordedSound {
    /// The sound in a folder.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(folder: &SessionFolder) -> Result<Self, SessionError> {
        let path = folder.echo();
        if !path.exists() {
            return Ok(Self::Microphone(Box::new(SoundReader::open(&folder.microphone())?)));
        }
        let failed =
            |error: hound::Error| SessionError::File { path: path.clone(), source: std::io::Error::other(error) };
        Ok(Self::Echo(WavReader::open(&path).map_err(failed)?.into_samples()))
    }

    /// The next frame; `None` at the end, where a frame may lack its last samples.
    pub fn next(&mut self) -> Option<RecordedFrame> {
        match self {
            Self::Microphone(sound) => Some(RecordedFrame { heard: sound.next_frame()?, played: None }),
            Self::Echo(samples) => {
                let (mut heard, mut played) = (Box::new([0.0; FRAME]), Box::new([0.0; FRAME]));
                for (heard, played) in heard.iter_mut().zip(played.iter_mut()) {
                    *heard = samples.next()?.ok()?;
                    *played = samples.next()?.ok()?;
                }
                Some(RecordedFrame { heard, played: Some(played) })
            }
        }
    }

    /// Frames that the tape may have more than the sound: the canceller takes whole blocks, which end within the last frame.
    pub fn lacks(&self) -> usize {
        usize::from(matches!(self, Self::Echo(_)))
    }
}
