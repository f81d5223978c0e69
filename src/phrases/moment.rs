//! Moments relative to the present, single or repeated.

use jiff::civil::{Date, DateTime, Weekday};

/// The days of a repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// Every day.
    Day,
    /// Monday to Friday.
    Weekday,
    /// Saturday and Sunday.
    Weekend,
    /// A day of the week.
    On(Weekday),
}

/// A moment with the present for comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelativeMoment {
    /// The moment.
    pub at: DateTime,
    /// The days of its repetition, if it is repeated.
    pub every: Option<Every>,
    /// The present.
    pub now: DateTime,
}

/// Days between two dates; negative if `to` is earlier.
pub(super) fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}
