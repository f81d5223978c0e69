//! English numbers in words.

use crate::intent::language::number;
use crate::verbalize::address::Marks;
use crate::verbalize::figure::{Figure, large_groups};

/// A number: digits with or without grouping, and decimals.
pub(super) const NUMBER: &str = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?";

/// Names of marks in addresses.
pub(super) const MARKS: Marks = Marks {
    names: &[
        ('.', "dot"),
        ('/', "slash"),
        ('-', "dash"),
        ('_', "underscore"),
        ('@', "at"),
        (':', "colon"),
        ('?', "question mark"),
        ('=', "equals"),
        ('&', "and"),
        ('#', "hash"),
        ('+', "plus"),
        ('~', "tilde"),
        ('%', "percent"),
        (',', "comma"),
        (';', "semicolon"),
    ],
    cardinal,
};

/// A whole number from 0 up to hundreds of trillions.
pub(super) fn cardinal(n: i64) -> Option<String> {
    let (groups, rest) = large_groups(n);
    let mut parts = Vec::new();
    for (count, power) in groups {
        let name = if power == 4 { "trillion" } else { "billion" };
        parts.push(format!("{} {name}", below_billion(count)?));
    }
    if rest > 0 || parts.is_empty() {
        let and = if !parts.is_empty() && rest < 100 { "and " } else { "" };
        parts.push(format!("{and}{}", below_billion(rest)?));
    }
    Some(parts.join(" "))
}

fn below_billion(n: i64) -> Option<String> {
    number::words(n, "en").into_iter().next()
}

/// A number with its sign and decimals.
pub(super) fn figure(figure: &Figure) -> Option<String> {
    let minus = if figure.negative { "minus " } else { "" };
    let whole = cardinal(figure.value())?;
    let decimals =
        if figure.is_whole() { String::new() } else { format!(" point {}", MARKS.digits(&figure.decimals)?) };
    Some(format!("{minus}{whole}{decimals}"))
}

/// A number as written in English, with its words.
pub(super) fn number(text: &str) -> Option<(Figure, String)> {
    let read = Figure::read(text, '.')?;
    let words = figure(&read)?;
    Some((read, words))
}

/// An ordinal: `twenty second`.
pub(super) fn ordinal(n: i64) -> Option<String> {
    let words = cardinal(n)?;
    let (head, last) = words.rsplit_once(' ').map_or(("", words.as_str()), |(head, last)| (head, last));
    let last = match last {
        "one" => "first".to_owned(),
        "two" => "second".to_owned(),
        "three" => "third".to_owned(),
        "five" => "fifth".to_owned(),
        "eight" => "eighth".to_owned(),
        "nine" => "ninth".to_owned(),
        "twelve" => "twelfth".to_owned(),
        other => other.strip_suffix('y').map_or_else(|| format!("{other}th"), |stem| format!("{stem}ieth")),
    };
    Some(if head.is_empty() { last } else { format!("{head} {last}") })
}

/// A year: `nineteen ninety nine`, `two thousand and five`, `twenty twenty six`.
pub(super) fn year(n: i64) -> Option<String> {
    let (century, rest) = (n / 100, n % 100);
    match n {
        1100..=1999 | 2010..=2099 if rest == 0 => Some(format!("{} hundred", cardinal(century)?)),
        1100..=1999 | 2010..=2099 if rest < 10 => Some(format!("{} oh {}", cardinal(century)?, cardinal(rest)?)),
        1100..=1999 | 2010..=2099 => Some(format!("{} {}", cardinal(century)?, cardinal(rest)?)),
        _ => cardinal(n),
    }
}

/// The tens as a decade or an age: `nineties`.
pub(super) fn tens(n: i64) -> Option<String> {
    let word = cardinal(n).filter(|_| (20..=90).contains(&n) && n % 10 == 0)?;
    word.strip_suffix('y').map(|stem| format!("{stem}ies"))
}

/// A fraction: a half, three quarters, two thirds; `None` for uncommon denominators.
pub(super) fn fraction(count: i64, parts: i64) -> Option<String> {
    if count < 1 || count >= parts || !matches!(parts, 2..=6 | 8 | 10 | 16) {
        return None;
    }
    let name = match parts {
        2 => "half".into(),
        4 => "quarter".into(),
        _ => ordinal(parts)?,
    };
    Some(if count == 1 { format!("one {name}") } else { format!("{} {name}s", cardinal(count)?) })
}

/// The numerator and denominator of a fraction that is one character.
pub(super) fn vulgar(c: char) -> Option<(i64, i64)> {
    Some(match c {
        '½' => (1, 2),
        '⅓' => (1, 3),
        '⅔' => (2, 3),
        '¼' => (1, 4),
        '¾' => (3, 4),
        '⅛' => (1, 8),
        '⅜' => (3, 8),
        '⅝' => (5, 8),
        '⅞' => (7, 8),
        _ => return None,
    })
}
