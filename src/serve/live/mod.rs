//! Live sessions: the transcription of a client while it speaks, for all protocols.

pub mod event;
pub mod figures;
pub mod queue;
pub mod session;
pub mod settings;
pub mod socket;
pub mod worker;
