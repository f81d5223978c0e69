//! The audience of a replay: the receivers of its events and its sound.

use std::ops::ControlFlow;

use crate::device::DeviceError;
use crate::message::{Note, Time};

/// Receives the events and the sound of a replay.
pub trait Audience {
    /// Something happened at `now` of audio time.
    fn note(&mut self, now: Time, note: &Note);

    /// The loudspeaker's next samples, -1..=1, at the replay's rate. `Break` ends the replay.
    ///
    /// # Errors
    /// When they cannot be kept.
    fn sound(&mut self, samples: &[f32]) -> Result<ControlFlow<()>, DeviceError>;
}
