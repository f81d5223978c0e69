//! Lengths, clock times and days: what the slots of a sentence say about time, and the same in words again. Pure: what
//! the clock shows is handed in.

pub mod day;
pub mod length;
pub mod moment;
pub mod say;

pub use day::{Day, Every};
pub use moment::{Purpose, Unclear, Wish};

use crate::intent::Slots;

/// The value of a slot as a whole number.
fn number(slots: &Slots, name: &str) -> Option<i64> {
    slots.get(name)?.trim().parse().ok()
}
