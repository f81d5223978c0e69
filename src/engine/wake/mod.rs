//! A spotter of any typed phrase, fitted on this machine to synthetic voices in about half a minute.
//!
//! The [speech embedding](super::embedding) describes the sound. A fit finds a weight for each of its numbers over two
//! seconds. Voices of espeak-ng and Piper say the phrase and other texts in noise and rooms, and a logistic regression
//! separates the two. The data folder keeps the fit until the phrase, the voices or the owner's recordings change.

mod alike;
mod augment;
mod fit;
mod head;
mod language;
mod spotter;
mod store;
mod texts;
mod voices;

pub use fit::{FitProgress, WakeSources, fitted};
pub use head::{INPUTS as HEAD_INPUTS, WakeHead};
pub use spotter::Spotter;
