//! Ordinals: `third`, `3rd`, `третий`, `3-го`.

use crate::intent::language::number;
use crate::phrases::Language;

/// Endings of ordinals in digits, in English and Russian.
const ENDINGS: &[&str] = &[
    "st", "nd", "rd", "th", "й", "я", "е", "го", "му", "ю", "м", "х", "ми", "ый", "ий", "ой", "ая", "ое", "ые", "ого",
    "ему", "ому", "ую", "ым", "ом", "ых", "ыми",
];
/// Largest number with an ordinal.
const LARGEST: i64 = 9_999;
/// English numbers with an irregular ordinal.
const IRREGULAR: [(&str, &str); 7] = [
    ("one", "first"),
    ("two", "second"),
    ("three", "third"),
    ("five", "fifth"),
    ("eight", "eighth"),
    ("nine", "ninth"),
    ("twelve", "twelfth"),
];
/// Russian ordinals in the nominative; the other cases follow from their endings.
const RUSSIAN: [(i64, &str); 28] = [
    (1, "первый"),
    (2, "второй"),
    (3, "третий"),
    (4, "четвертый"),
    (5, "пятый"),
    (6, "шестой"),
    (7, "седьмой"),
    (8, "восьмой"),
    (9, "девятый"),
    (10, "десятый"),
    (11, "одиннадцатый"),
    (12, "двенадцатый"),
    (13, "тринадцатый"),
    (14, "четырнадцатый"),
    (15, "пятнадцатый"),
    (16, "шестнадцатый"),
    (17, "семнадцатый"),
    (18, "восемнадцатый"),
    (19, "девятнадцатый"),
    (20, "двадцатый"),
    (30, "тридцатый"),
    (40, "сороковой"),
    (50, "пятидесятый"),
    (60, "шестидесятый"),
    (70, "семидесятый"),
    (80, "восьмидесятый"),
    (90, "девяностый"),
    (100, "сотый"),
];
/// Endings of adjectives, the most frequent in dates and counts first.
const FORMS: [&str; 11] = ["ое", "ого", "ая", "ую", "ой", "ый", "ому", "ым", "ом", "ых", "ые"];
/// Endings of `третий`, in the order of [`FORMS`].
const THIRD: [&str; 11] = ["ье", "ьего", "ья", "ью", "ьей", "ий", "ьему", "ьим", "ьем", "ьих", "ьи"];

/// Whether a word is the ending of an ordinal in digits.
pub fn is_ending(word: &str) -> bool {
    ENDINGS.contains(&word)
}

/// The English ending of an ordinal in digits.
pub fn ending(n: i64) -> &'static str {
    match (n % 100, n % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    }
}

/// The spoken forms of an ordinal.
pub fn words(n: i64, language: &str) -> Vec<String> {
    match n {
        1..=LARGEST if Language::English.has(language) => {
            number::words(n, language).iter().map(|said| english(said)).collect()
        }
        1..=LARGEST if Language::Russian.has(language) => russian(n),
        _ => Vec::new(),
    }
}

/// The ordinal of a number in words: its last word becomes an ordinal.
fn english(said: &str) -> String {
    let (before, last) = said.rsplit_once(' ').map_or(("", said), |(before, last)| (before, last));
    let place = match IRREGULAR.iter().find(|(number, _)| *number == last) {
        Some((_, place)) => (*place).to_string(),
        None => last.strip_suffix('y').map_or_else(|| format!("{last}th"), |stem| format!("{stem}ieth")),
    };
    if before.is_empty() { place } else { format!("{before} {place}") }
}

fn russian(n: i64) -> Vec<String> {
    let named = |n: i64| RUSSIAN.iter().find(|(number, _)| *number == n).map(|(_, name)| *name);
    if let Some(name) = named(n) {
        return declined(name);
    }
    // `двадцать первый`: only the last word is an ordinal.
    let last = if named(n % 100).is_some() { n % 100 } else { n % 10 };
    let (Some(name), Some(before)) = (named(last), number::words(n - last, "ru").into_iter().next()) else {
        return Vec::new();
    };
    declined(name).into_iter().map(|form| format!("{before} {form}")).collect()
}

/// All forms of an ordinal, the nominative first.
fn declined(name: &str) -> Vec<String> {
    let end = name.char_indices().rev().nth(1).map_or(0, |(at, _)| at);
    let stem = &name[..end];
    let endings = if name == "третий" { &THIRD } else { &FORMS };
    std::iter::once(name.to_string()).chain(endings.iter().map(|ending| format!("{stem}{ending}"))).collect()
}

/// The ordinal that `words` begin with, with its number of words.
pub fn parse(words: &[&str], language: &str) -> Option<(usize, i64)> {
    const LONGEST: usize = 8;
    let lengths = 1..=words.len().min(LONGEST);
    lengths.rev().find_map(|taken| {
        let (last, before) = words[..taken].split_last()?;
        let n = if Language::Russian.has(language) {
            let unit = RUSSIAN.iter().find(|(_, name)| declined(name).iter().any(|form| form == last))?.0;
            if before.is_empty() {
                unit
            } else {
                exactly(before, language).filter(|n| n % 10 == 0 && *n > unit)? + unit
            }
        } else {
            let cardinal = cardinal(last)?;
            exactly(&[before, &[cardinal.as_str()]].concat(), language)?
        };
        Some((taken, n))
    })
}

/// The whole number that `words` are, without a rest.
fn exactly(words: &[&str], language: &str) -> Option<i64> {
    let (taken, number) = number::parse(words, language).pop()?;
    (taken == words.len() && number.0 % number::Number::ONE == 0 && number.0 > 0)
        .then_some(number.0 / number::Number::ONE)
}

/// The number of an ordinal: `three` of `third`.
fn cardinal(place: &str) -> Option<String> {
    if let Some((number, _)) = IRREGULAR.iter().find(|(_, name)| *name == place) {
        return Some((*number).to_string());
    }
    place.strip_suffix("ieth").map(|stem| format!("{stem}y")).or_else(|| Some(place.strip_suffix("th")?.to_string()))
}
