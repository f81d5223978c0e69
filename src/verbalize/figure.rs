//! Numbers in figures, split into their parts.

/// Most digits that are read as one number: hundreds of trillions.
const LONGEST: usize = 15;

/// A number as written, without the marks that group its digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Figure {
    /// Whether it is below zero.
    pub negative: bool,
    /// Digits before the point, at least one.
    pub whole: String,
    /// Digits after the point, or an empty text.
    pub decimals: String,
}

impl Figure {
    /// Splits `text`, in which `point` separates the decimals; a sign may come first. `None` if it is not a number, or
    /// should be read digit by digit.
    pub(super) fn read(text: &str, point: char) -> Option<Self> {
        let bare = text.trim_start_matches(['-', '−', '–']);
        let (whole, decimals) = bare.split_once(point).unwrap_or((bare, ""));
        let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
        let sane = !whole.is_empty() && whole.len() <= LONGEST && (whole.len() == 1 || !whole.starts_with('0'));
        let figures = decimals.bytes().all(|b| b.is_ascii_digit());
        (sane && figures).then(|| Self { negative: bare.len() < text.len(), whole, decimals: decimals.to_owned() })
    }

    /// The whole part as a number.
    pub(super) fn value(&self) -> i64 {
        self.whole.parse().unwrap_or(0)
    }

    /// Whether it has no decimals.
    pub(super) fn is_whole(&self) -> bool {
        self.decimals.is_empty()
    }

    /// Whether it is exactly one.
    pub(super) fn is_one(&self) -> bool {
        self.is_whole() && self.value() == 1
    }
}

/// The groups of a large number from 1,000,000,000 on, largest first, as (count, power of a thousand), and the rest.
pub(super) fn large_groups(n: i64) -> (Vec<(i64, usize)>, i64) {
    let mut rest = n;
    let mut groups = Vec::new();
    for (power, unit) in [(4, 1_000_000_000_000), (3, 1_000_000_000)] {
        if rest / unit > 0 {
            groups.push((rest / unit, power));
        }
        rest %= unit;
    }
    (groups, rest)
}
