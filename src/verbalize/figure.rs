//! Numbers in figures, taken apart.

/// Most digits that are said as one number: hundreds of trillions.
const LONGEST: usize = 15;

/// A number as it is written, without the marks that group its digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Figure {
    /// Below zero.
    pub negative: bool,
    /// Digits before the point, at least one.
    pub whole: String,
    /// Digits after the point, or none.
    pub decimals: String,
}

impl Figure {
    /// Takes `text` apart, in which `point` stands before the decimals; a sign may come first. `None` when it is no
    /// number or is one that is better said digit by digit.
    pub(super) fn read(text: &str, point: char) -> Option<Self> {
        let bare = text.trim_start_matches(['-', '−', '–']);
        let (whole, decimals) = bare.split_once(point).unwrap_or((bare, ""));
        let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
        let sane = !whole.is_empty() && whole.len() <= LONGEST && (whole.len() == 1 || !whole.starts_with('0'));
        let figures = decimals.bytes().all(|b| b.is_ascii_digit());
        (sane && figures).then(|| Self { negative: bare.len() < text.len(), whole, decimals: decimals.to_owned() })
    }

    /// The digits before the point as a number.
    pub(super) fn value(&self) -> i64 {
        self.whole.parse().unwrap_or(0)
    }

    /// Whether it is a whole number of things.
    pub(super) fn is_whole(&self) -> bool {
        self.decimals.is_empty()
    }

    /// Whether it is one and no more.
    pub(super) fn is_one(&self) -> bool {
        self.is_whole() && self.value() == 1
    }
}

/// Groups of a large number, largest first: how many and of what power of a thousand, from 1,000,000,000 on; what is left.
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
