//! Spoken numbers: digits, English and Russian words, halves and decimals.

mod english;
mod part;
mod russian;

pub use part::Number;
use part::NumberPart;

use crate::phrases::primary;

/// Most words of a number.
const LONGEST: usize = 16;

/// Every number at the beginning of `words`, as (count of words, number), shortest first.
///
/// The words are normalised as by [`super::text::words`]. Digits are understood in any language, words in English
/// (`en…`) and Russian (`ru…`).
pub fn parse<S: AsRef<str>>(words: &[S], language: &str) -> Vec<(usize, Number)> {
    let Some(first) = words.first() else { return Vec::new() };
    if let Some(number) = digits(first.as_ref()) {
        let mut found = vec![(1, number)];
        let half = half(&words[1..], language).filter(|_| number.0 % Number::ONE == 0 && number.0 >= 0);
        found.extend(half.map(|taken| (1 + taken, Number(number.0 + Number::ONE / 2))));
        return found;
    }
    let minus = sign(first.as_ref(), language);
    if let (true, Some(number)) = (minus, words.get(1).and_then(|word| digits(word.as_ref()))) {
        return vec![(2, Number(-number.0))];
    }
    let language = family(language);
    let part = |word: &S| match language {
        "en" => english::part(word.as_ref()),
        "ru" => russian::part(word.as_ref()),
        _ => None,
    };
    let value = if language == "ru" { russian::value } else { english::value };
    let parts: Vec<NumberPart> = words.iter().take(LONGEST).map_while(part).collect();
    let skip = usize::from(minus);
    let lengths = skip + 1..=parts.len();
    let sized = |number: Number| number.0.abs() <= Number::LARGEST * Number::ONE;
    lengths
        .filter_map(|n| Some((n, value(&parts[skip..n]).filter(|&number| sized(number))?)))
        .map(|(n, number)| (n, if minus { Number(-number.0) } else { number }))
        .collect()
}

/// All spoken forms of a whole number, best first; none beyond [`Number::LARGEST`] or in an unknown language.
pub fn words(n: i64, language: &str) -> Vec<String> {
    if n.unsigned_abs() > Number::LARGEST.unsigned_abs() {
        return Vec::new();
    }
    let spelled = match family(language) {
        "en" => english::words(n.abs()),
        "ru" => russian::words(n.abs()),
        _ => Vec::new(),
    };
    let spelled = spelled.into_iter().map(|said| match (n < 0, family(language)) {
        (false, _) => said,
        (true, "ru") => format!("минус {said}"),
        (true, _) => format!("minus {said}"),
    });
    distinct(spelled)
}

/// The language of a tag: `en` of `en-US`.
fn family(language: &str) -> &str {
    primary(language)
}

fn sign(word: &str, language: &str) -> bool {
    match family(language) {
        "ru" => word == "минус",
        _ => matches!(word, "minus" | "negative"),
    }
}

/// Number of words that add a half after a number in digits: `½`, `1/2`, `and a half`, `с половиной`.
fn half<S: AsRef<str>>(words: &[S], language: &str) -> Option<usize> {
    const ANY: &[&[&str]] = &[&["½"], &["1", "/", "2"]];
    const ENGLISH: &[&[&str]] = &[&["and", "a", "half"], &["and", "one", "half"]];
    const RUSSIAN: &[&[&str]] = &[&["с", "половиной"]];
    let own = match family(language) {
        "en" => ENGLISH,
        "ru" => RUSSIAN,
        _ => &[],
    };
    let begins = |phrase: &&&[&str]| {
        words.len() >= phrase.len() && phrase.iter().zip(words).all(|(wanted, word)| *wanted == word.as_ref())
    };
    ANY.iter().chain(own).find(begins).map(|phrase| phrase.len())
}

/// A number in digits, normalised by [`super::text::words`]: `5`, `-5`, `21.5`.
fn digits(word: &str) -> Option<Number> {
    if word == "½" {
        return Some(Number(Number::ONE / 2));
    }
    let (negative, bare) = word.strip_prefix('-').map_or((false, word), |rest| (true, rest));
    let (whole, decimals) = bare.split_once('.').unwrap_or((bare, ""));
    let digits_only = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || decimals.len() > 3 || !digits_only(whole) || !digits_only(decimals) {
        return None;
    }
    let thousandths: i64 = format!("{whole}{decimals:0<3}").parse().ok()?;
    Some(Number(if negative { -thousandths } else { thousandths }))
}

/// The strings without duplicates.
fn distinct(all: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    all.into_iter().filter(|said| seen.insert(said.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(said: &str, language: &str) -> Option<i64> {
        let words: Vec<&str> = said.split(' ').collect();
        let (n, number) = parse(&words, language).pop()?;
        (n == words.len()).then_some(number.0)
    }

    #[test]
    fn numbers_are_read() {
        for (language, said, thousandths) in [
            ("en", "twenty one", 21_000),
            ("en", "one hundred and five", 105_000),
            ("en", "a hundred", 100_000),
            ("en", "fifteen hundred", 1_500_000),
            ("en", "two thousand five hundred", 2_500_000),
            ("en", "minus five", -5_000),
            ("en", "two point five", 2_500),
            ("en", "twenty one point two five", 21_250),
            ("en", "two and a half", 2_500),
            ("en", "half", 500),
            ("en", "21.5", 21_500),
            ("en", "-5", -5_000),
            ("en-US", "zero", 0),
            ("ru", "двадцать один", 21_000),
            ("ru", "двадцати одного", 21_000),
            ("ru", "двадцать одну", 21_000),
            ("ru", "две тысячи пятьсот", 2_500_000),
            ("ru", "тысяча", 1_000_000),
            ("ru", "минус пять", -5_000),
            ("ru", "двадцать один с половиной", 21_500),
            ("ru", "две целых пять десятых", 2_500),
            ("ru", "полтора", 1_500),
            ("ru", "два и пять", 2_500),
            ("ru", "минус 7", -7_000),
        ] {
            assert_eq!(whole(said, language), Some(thousandths), "{said}");
        }
    }

    #[test]
    fn what_is_no_number_is_not_read() {
        for (language, said) in [
            ("en", "five twenty"),
            ("en", "and five"),
            ("en", "hundred hundred"),
            ("en", "a"),
            ("en", "twenty zero"),
            ("en", "point"),
            ("ru", "пять двадцать"),
            ("ru", "и"),
            ("ru", "с"),
            ("xx", "one"),
            ("en", "12345678901234567890"),
        ] {
            assert_eq!(whole(said, language), None, "{said}");
        }
    }

    #[test]
    fn all_that_begins_is_offered() {
        let found: Vec<_> = parse(&["twenty", "one", "minutes"], "en");
        assert_eq!(found, [(1, Number::whole(20)), (2, Number::whole(21))]);
    }

    #[test]
    fn what_is_spelled_is_read_back() {
        for language in ["en", "ru"] {
            for n in (-120..2200).chain([9_999, 10_000, 21_001, 100_000, 999_999, 1_000_000, 2_000_300]) {
                let spelled = words(n, language);
                assert!(!spelled.is_empty());
                for said in spelled {
                    assert_eq!(whole(&said, language), Some(n * 1000), "{said}");
                }
            }
        }
    }

    #[test]
    fn the_usual_way_comes_first() {
        assert_eq!(words(21, "en")[0], "twenty one");
        assert_eq!(words(105, "en")[0], "one hundred and five");
        assert_eq!(words(21, "ru")[..3], ["двадцать один", "двадцать одна", "двадцать одно"]);
        assert_eq!(words(-3, "ru")[0], "минус три");
        assert_eq!(words(2000, "ru")[0], "две тысячи");
    }
}
