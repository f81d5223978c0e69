//! A spotter for any phrase that can be typed: fitted on this machine to synthetic voices, in about half a minute.
//!
//! The [speech embedding](super::embedding) does the hearing. What is fitted is one number for each of its numbers over two
//! seconds: voices of espeak-ng and Piper say the phrase, in noise and rooms, and other things; a logistic regression keeps
//! them apart. It is kept in the data folder until the phrase, the voices or the owner's recordings change.

mod alike;
mod augment;
mod fit;
mod head;
mod spotter;
mod store;
mod texts;
mod voices;

pub use fit::{Progress, WakeSources, fitted};
pub use head::{INPUTS as HEAD_INPUTS, WakeHead};
pub use spotter::Spotter;
