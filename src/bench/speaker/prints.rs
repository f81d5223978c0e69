//! Prints of one person's sound, whole and in windows.

use crate::engine::speaker::VoicePrint;

/// Seconds of voice that are judged at a time.
pub const LENGTHS: [usize; 4] = [1, 2, 4, 8];

/// A half of someone's sound: the print of all of it, and prints of its windows by length.
#[derive(Clone, Debug)]
pub struct HalfPrints {
    /// Print of the whole half.
    pub whole: VoicePrint,
    /// Prints of windows that follow one another, by the length of [`LENGTHS`].
    pub windows: [Vec<VoicePrint>; LENGTHS.len()],
}
