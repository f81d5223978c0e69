//! The sound of a recorded session, frame by frame: the input of the voice detector, or both inputs of the echo
//! canceller.

use std::fs::File;
use std::io::BufReader;

use hound::{WavIntoSamples, WavReader};

use super::files::{SessionError, SessionFolder};
use crate::device::wav::SoundReader;
use crate::signal::frame::FRAME;

/// A frame of the microphone, and what was played in the same time if an echo canceller got it.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedFrame {
    /// The microphone: before the canceller if there is `played`, else as the voice detector got it.
    pub heard: Box<[f32; FRAME]>,
    /// The sound that was played.
    pub played: Option<Box<[f32; FRAME]>>,
}

/// The sound of a session.
pub(super) enum RecordedSound {
    /// The microphone of a golem without a canceller.
    Microphone(Box<SoundReader>),
    /// Both inputs of the canceller, sample by sample.
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

    /// The next frame; `None` at the end, also if the last frame is incomplete.
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

    /// Frames by which the tape may exceed the sound: the canceller takes whole blocks, which end within the last
    /// frame.
    pub fn lacks(&self) -> usize {
        usize::from(matches!(self, Self::Echo(_)))
    }
}
