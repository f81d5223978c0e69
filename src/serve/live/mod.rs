//! Live sessions: the transcription of a client while it speaks, for all protocols.

pub mod desk;
pub mod event;
pub mod figures;
pub mod session;
pub mod settings;
pub mod socket;
pub mod worker;
