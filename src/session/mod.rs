//! Recorded sessions: the microphone, the dialogue's tape and the settings in a folder, and the same decisions once
//! more.
//!
//! `golem --record FOLDER` writes a session, `golem replay FOLDER` runs it again. So a fault in a person's room can be
//! repeated on a developer's desk.

mod files;
mod recorder;
mod replay;
mod sound;

pub use files::{About, SessionError, SessionFolder};
pub use recorder::SessionRecorder;
pub use replay::{Difference, SessionReplay, SoundCheck};
pub use sound::RecordedFrame;
