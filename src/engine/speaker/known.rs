//! Known voices: the speaker encoder and the prints of the enrolled people.

use std::path::Path;

use super::encoder::SpeakerEncoder;
use super::print::VoicePrint;
use super::resemblyzer::Resemblyzer;
use super::roll::{RollError, VoiceRoll};
use crate::engine::EngineError;

/// Known voices.
pub struct KnownVoices {
    /// Makes the prints that are compared with the enrolled ones.
    pub encoder: Box<dyn SpeakerEncoder + Send>,
    /// The prints of the enrolled people, at least one.
    pub enrolled: Vec<VoicePrint>,
}

/// The reason why golem cannot recognise voices. Each message says what to type.
#[derive(Debug, thiserror::Error)]
pub enum KnownVoicesError {
    /// The encoder's model is missing or damaged.
    #[error(transparent)]
    Encoder(#[from] EngineError),
    /// The enrolled voices cannot be read.
    #[error(transparent)]
    Roll(#[from] RollError),
    /// No voice is enrolled.
    #[error(
        "no voice is enrolled, and the [speaker] settings need one: type golem enroll, or set speaker.policy to \"anyone\" and speaker.consequences to false"
    )]
    NoneEnrolled,
}

impl KnownVoices {
    /// Opens the encoder in the folder `model`, and those enrolled voices in the file `roll` that this encoder made.
    ///
    /// # Errors
    /// When either cannot be used, and when no voice is enrolled.
    pub fn open(model: &Path, roll: &Path) -> Result<Self, KnownVoicesError> {
        let voices = enrolled(roll)?;
        let encoder = Box::new(Resemblyzer::open(model)?);
        let own = voices.voices.into_iter().filter(|voice| voice.encoder == encoder.name());
        let enrolled: Vec<VoicePrint> = own.map(|voice| voice.print).collect();
        if enrolled.is_empty() { Err(KnownVoicesError::NoneEnrolled) } else { Ok(Self { encoder, enrolled }) }
    }
}

/// The voices in the file `roll`.
///
/// # Errors
/// When the file cannot be used, and when no voice is enrolled.
fn enrolled(roll: &Path) -> Result<VoiceRoll, KnownVoicesError> {
    let roll = VoiceRoll::open(roll)?;
    if roll.voices.is_empty() { Err(KnownVoicesError::NoneEnrolled) } else { Ok(roll) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::speaker::EnrolledVoice;

    #[test]
    fn what_is_missing_is_said_with_what_to_type() {
        let folder = tempfile::tempdir().unwrap();
        let roll = folder.path().join("voices.json");
        let message = |roll: &Path| KnownVoices::open(folder.path(), roll).err().unwrap().to_string();
        assert!(message(&roll).contains("golem enroll"), "{}", message(&roll));
        let mut voices = VoiceRoll::default();
        let print = VoicePrint::new(vec![1.0]).unwrap();
        voices.enroll(EnrolledVoice { name: "anna".into(), encoder: "other".into(), seconds: 60.0, print });
        voices.save(&roll).unwrap();
        assert!(message(&roll).contains("golem models fetch resemblyzer"), "{}", message(&roll));
        std::fs::write(&roll, "{").unwrap();
        assert!(message(&roll).contains("golem enroll again"), "{}", message(&roll));
    }
}
