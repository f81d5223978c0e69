//! The spoken forms of numbers with more than one sign: decimals, fractions, clock times, years.

use super::ordinal;
use crate::intent::language::number::{self, Number};
use crate::phrases::Language;

/// The minute that clock times call half.
pub const HALF: i64 = 30;

/// The value of a whole number in digits.
pub fn whole(word: &str) -> Option<i64> {
    word.parse().ok().filter(|n| (0..=Number::LARGEST).contains(n))
}

/// A number as digits: `2.5`.
pub fn written(number: Number) -> String {
    let (sign, size) = (if number.0 < 0 { "-" } else { "" }, number.0.abs());
    let decimals = format!("{:03}", size % Number::ONE);
    match decimals.trim_end_matches('0') {
        "" => format!("{sign}{}", size / Number::ONE),
        decimals => format!("{sign}{}.{decimals}", size / Number::ONE),
    }
}

/// The spoken forms of a decimal: `2.5`.
pub fn decimal(word: &str, language: &str) -> Vec<String> {
    let Some((before, after)) = word.split_once('.') else { return Vec::new() };
    let (Some(n), true) = (whole(before), after.bytes().all(|b| b.is_ascii_digit())) else { return Vec::new() };
    let mut ways = Vec::new();
    if Language::Russian.has(language) {
        for said in number::words(n, language) {
            ways.extend([format!("{said} и {after}"), format!("{said} точка {after}")]);
        }
    } else {
        let digits: Vec<String> =
            after.bytes().filter_map(|b| number::words(i64::from(b - b'0'), language).into_iter().next()).collect();
        ways.extend(number::words(n, language).iter().map(|said| format!("{said} point {}", digits.join(" "))));
    }
    if after == "5" {
        ways.extend(mixed(n, 1, 2, language));
    }
    ways
}

/// The fraction that a character stands for.
pub fn vulgar(word: &str) -> Option<(i64, i64)> {
    Some(match word {
        "½" => (1, 2),
        "⅓" => (1, 3),
        "⅔" => (2, 3),
        "¼" => (1, 4),
        "¾" => (3, 4),
        _ => return None,
    })
}

/// The spoken forms of a fraction: `1/2`, `3/4`.
pub fn fraction(above: i64, below: i64, language: &str) -> Vec<String> {
    let ways: &[&str] = match (Language::Russian.has(language), above, below) {
        (false, 1, 2) => &["half", "a half", "one half", "half a", "½"],
        (false, 1, 4) => &["quarter", "a quarter", "one quarter", "a fourth", "one fourth", "¼"],
        (false, 3, 4) => &["three quarters", "three fourths", "¾"],
        (true, 1, 2) => &["половина", "половину", "половины", "пол", "½"],
        (true, 1, 3) => &["треть", "одна треть", "одну треть"],
        (true, 2, 3) => &["две трети"],
        (true, 1, 4) => &["четверть", "одна четверть", "одну четверть", "¼"],
        (true, 3, 4) => &["три четверти", "¾"],
        _ => &[],
    };
    let mut ways: Vec<String> = ways.iter().map(ToString::to_string).collect();
    if !Language::Russian.has(language) {
        let plural = if above == 1 { "" } else { "s" };
        let parts = ordinal::words(below, language).into_iter().next();
        let counts = number::words(above, language).into_iter().chain((above == 1).then(|| "a".to_string()));
        ways.extend(parts.into_iter().flat_map(|part| counts.clone().map(move |n| format!("{n} {part}{plural}"))));
    }
    ways
}

/// The forms of a mixed number, spoken and as a decimal: `2 1/2`.
pub fn mixed(n: i64, above: i64, below: i64, language: &str) -> Vec<String> {
    let mut ways = Vec::new();
    let thousandths = above * Number::ONE / below;
    if below > above && above * Number::ONE % below == 0 {
        ways.push(written(Number(n * Number::ONE + thousandths)));
    }
    let joined = if Language::Russian.has(language) { "с половиной" } else { "and a half" };
    if (above, below) == (1, 2) {
        ways.extend(number::words(n, language).iter().map(|said| format!("{said} {joined}")));
        ways.push(format!("{n} {joined}"));
        if Language::Russian.has(language) && n == 1 {
            ways.extend(["полтора".to_string(), "полторы".to_string()]);
        }
        if !Language::Russian.has(language) && n == 1 {
            ways.extend(["one and half", "a and a half"].map(String::from));
        }
    } else if !Language::Russian.has(language) {
        for part in fraction(above, below, language) {
            ways.extend(number::words(n, language).iter().map(|said| format!("{said} and {part}")));
        }
    }
    ways
}

/// The spoken forms of a clock time: `7:30`.
pub fn clock(hour: i64, minute: i64, language: &str) -> Vec<String> {
    let hours = number::words(hour, language);
    let minutes = number::words(minute, language);
    let mut ways = vec![format!("{hour} {minute:02}")];
    let zero = if Language::Russian.has(language) { "ноль" } else { "oh" };
    for said in &hours {
        match minute {
            0 => {
                ways.push(said.clone());
                ways.extend(if Language::Russian.has(language) { None } else { Some(format!("{said} o'clock")) });
            }
            1..=9 => ways.extend(minutes.iter().map(|minute| format!("{said} {zero} {minute}"))),
            _ => ways.extend(minutes.iter().map(|minute| format!("{said} {minute}"))),
        }
        if minute == HALF && !Language::Russian.has(language) {
            ways.push(format!("half past {said}"));
        }
    }
    if minute == 0 {
        ways.push(hour.to_string());
    }
    ways
}

/// The spoken forms of a year: `1990`.
pub fn year(n: i64, language: &str) -> Vec<String> {
    if Language::Russian.has(language) || !(1_100..=2_099).contains(&n) || n % 100 == 0 || n / 100 == 20 && n % 100 < 10
    {
        return Vec::new();
    }
    let part = |n: i64| number::words(n, language).into_iter().next().unwrap_or_default();
    let ones = if n % 100 < 10 { format!("oh {}", part(n % 100)) } else { part(n % 100) };
    vec![format!("{} {ones}", part(n / 100))]
}
