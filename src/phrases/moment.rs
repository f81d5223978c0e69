//! Moments as they are spoken of: seen from the present, once or again and again.

use jiff::civil::{Date, DateTime, Weekday};

/// Days on which something comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// All of them.
    Day,
    /// Monday to Friday.
    Weekday,
    /// Saturday and Sunday.
    Weekend,
    /// One of the week.
    On(Weekday),
}

/// A moment and the present that it is seen from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelativeMoment {
    /// When.
    pub at: DateTime,
    /// The days on which it comes again, if it does.
    pub every: Option<Every>,
    /// The present.
    pub now: DateTime,
}

/// Days between two dates; negative where `to` is the earlier.
pub(super) fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}
