//! Times in the slots of a sentence: lengths, clock times and days. Pure: the present time is an argument.

pub mod day;
pub mod length;
pub mod moment;

pub use day::Day;
pub use moment::{Purpose, SpokenMoment, Unclear};

use crate::intent::Slots;
pub use crate::phrases::Every;

/// The value of a slot as a whole number.
fn number(slots: &Slots, name: &str) -> Option<i64> {
    slots.get(name)?.trim().parse().ok()
}
