//! Numbers, their parts by word, and how parts are put together.

/// A number in thousandths: exact, and fine enough for spoken numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(pub i64);

impl Number {
    /// The thousandths of one.
    pub const ONE: i64 = 1000;
    /// Largest whole number that is parsed or spelled, positive or negative.
    pub const LARGEST: i64 = 999_999_999;

    /// A whole number.
    pub const fn whole(n: i64) -> Self {
        Self(n * Self::ONE)
    }
}

/// The part of a number that one word adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberPart {
    /// 0 to 999 in one word: `seven`, `forty`, `двести`.
    Small(i64),
    /// `hundred`: multiplies the part before it.
    Hundred,
    /// `thousand`, `million`.
    Scale(i64),
    /// `a`, if it means one.
    Article,
    /// `and`, `и`.
    And,
    /// `point`, `целых`: decimals follow.
    Point,
    /// `half`, `пол`, `половина`.
    Half,
    /// `полтора`.
    OneAndHalf,
    /// `десятых`, `сотых`: the unit of the decimals before it.
    Fraction(i64),
    /// `minus`.
    Minus,
    /// `с`, in `с половиной`.
    With,
}

/// Adds up groups with a scale: `two` `thousand` `five hundred`; `below_thousand` reads each group.
pub(super) fn grouped(
    parts: &[NumberPart],
    below_thousand: fn(&[NumberPart]) -> Option<i64>,
    default: Option<i64>,
) -> Option<i64> {
    let (mut total, mut rest, mut last) = (0, parts, i64::MAX);
    while let Some(at) = rest.iter().position(|part| matches!(part, NumberPart::Scale(_))) {
        let NumberPart::Scale(scale) = rest[at] else { return None };
        let count = match &rest[..at] {
            [] => default?,
            [NumberPart::Article] => 1,
            count => below_thousand(count)?,
        };
        if scale >= last || count == 0 {
            return None;
        }
        last = scale;
        total += count * scale;
        rest = &rest[at + 1..];
    }
    match rest {
        [] if last < i64::MAX => Some(total),
        [] => None,
        [NumberPart::And, tail @ ..] if last < i64::MAX => Some(total + below_thousand(tail)?),
        // Refuse a zero after a thousand: speakers do not say it.
        tail => Some(total + below_thousand(tail)?).filter(|&n| last == i64::MAX || n > total),
    }
}
