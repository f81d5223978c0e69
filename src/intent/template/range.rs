//! The numbers of a range, and their values in a slot.

use super::{Fractions, Range};
use crate::intent::language::number::Number;

impl Range {
    /// Whether the range has a number.
    pub fn has(&self, number: Number) -> bool {
        let unit = match self.fractions {
            Fractions::None => Number::ONE,
            Fractions::Halves => Number::ONE / 2,
            Fractions::Tenths => Number::ONE / 10,
        };
        let within = (Number::whole(self.from)..=Number::whole(self.to)).contains(&number);
        within && number.0 % unit == 0 && (number.0.div_euclid(Number::ONE) - self.from) % self.step == 0
    }

    /// The slot's value for a number of the range: multiplied, without trailing zeros.
    pub fn slot_value(&self, number: Number) -> String {
        let unit = i128::from(Number::ONE) * i128::from(Range::MULTIPLIER_UNIT);
        let scaled = i128::from(number.0) * i128::from(self.multiplier);
        let sign = if scaled < 0 { "-" } else { "" };
        let (whole, rest) = (scaled.abs() / unit, scaled.abs() % unit);
        let decimals = format!("{rest:09}");
        match decimals.trim_end_matches('0') {
            "" => format!("{sign}{whole}"),
            decimals => format!("{sign}{whole}.{decimals}"),
        }
    }
}
