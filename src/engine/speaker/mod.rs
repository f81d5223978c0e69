//! Speaker recognition: voice prints that are alike for one person's voice and differ for two people's.

mod encoder;
mod known;
mod lstm;
mod pickle;
mod print;
mod resemblyzer;
mod roll;
mod torch;
mod voiced;

pub use encoder::SpeakerEncoder;
pub use known::{KnownVoices, KnownVoicesError};
pub use print::VoicePrint;
pub use resemblyzer::Resemblyzer;
pub use roll::{EnrolledVoice, RollError, VoiceRoll};
pub use voiced::voiced;
