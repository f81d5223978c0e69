//! Sizes as people read them.

use std::fmt;

/// Bytes, shown in units of powers of 1000: `75.5 MB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub u64);

const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];

impl fmt::Display for Bytes {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut value = self.0 as f64;
        let mut unit = 0;
        // 999.5 would be shown as 1000.
        while value >= 999.5 && unit + 1 < UNITS.len() {
            value /= 1000.0;
            unit += 1;
        }
        let digits = usize::from(unit > 0 && value < 99.95);
        f.pad(&format!("{value:.digits$} {}", UNITS[unit]))
    }
}

#[cfg(test)]
mod tests {
    use super::Bytes;

    #[test]
    fn sizes_have_two_or_three_digits_and_a_unit() {
        let shown = [0, 999, 1_000, 75_537_502, 999_499_999, 999_999_999, 4_683_073_184].map(|n| Bytes(n).to_string());
        assert_eq!(shown, ["0 B", "999 B", "1.0 kB", "75.5 MB", "999 MB", "1.0 GB", "4.7 GB"]);
        assert_eq!(format!("{:>8}", Bytes(5)), "     5 B");
    }
}
