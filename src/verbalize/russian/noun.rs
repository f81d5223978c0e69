//! Forms of Russian nouns beside numbers.

use crate::phrases::russian::plural;

/// The grammatical cases of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GrammaticalCase {
    /// The nominative, and the accusative except for one feminine thing.
    Nominative,
    /// The genitive, after `до`, `от`, `около` …
    Genitive,
}

/// The gender of a counted noun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gender {
    /// `рубль`.
    Masculine,
    /// `минута`.
    Feminine,
    /// `яблоко`.
    Neuter,
}

/// A noun with its forms after one, after two to four, and after more; the second is also its genitive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noun {
    /// Its gender.
    pub gender: Gender,
    /// Its forms: `рубль`, `рубля`, `рублей`.
    pub forms: [&'static str; 3],
}

/// A masculine noun.
pub(super) const fn m(one: &'static str, few: &'static str, many: &'static str) -> Noun {
    Noun { gender: Gender::Masculine, forms: [one, few, many] }
}

/// A feminine noun.
pub(super) const fn f(one: &'static str, few: &'static str, many: &'static str) -> Noun {
    Noun { gender: Gender::Feminine, forms: [one, few, many] }
}

impl Noun {
    /// The form after `n` in a case.
    pub(super) fn after(&self, n: i64, case: GrammaticalCase) -> &'static str {
        match (case, plural(n)) {
            (GrammaticalCase::Nominative, form) => self.forms[form],
            (GrammaticalCase::Genitive, 0) => self.forms[1],
            (GrammaticalCase::Genitive, _) => self.forms[2],
        }
    }

    /// The form after a number with decimals.
    pub(super) fn part(&self) -> &'static str {
        self.forms[1]
    }
}

/// Feminine nouns without a feminine ending.
const SOFT: &str = " ночь дверь вещь часть кровать площадь очередь дочь печь кость сеть цепь роль речь ";
/// Masculine and neuter nouns that look feminine.
const HARD: &str = " мужчина мужчины папа папы дедушка дедушки раза юноша имя время дня часа ";

/// The gender of `next`, the word after the number `n`.
pub(super) fn gender_of(next: &str, n: i64) -> Gender {
    let word = next.to_lowercase();
    let listed = |list: &str| list.contains(&format!(" {word} "));
    let ends = |ends: &[&str]| ends.iter().any(|end| word.ends_with(end));
    if word.is_empty() || listed(HARD) {
        return Gender::Masculine;
    }
    let feminine = match plural(n) {
        0 => listed(SOFT) || ends(&["а", "я", "ая", "яя", "у", "ю"]),
        1 => ends(&["ы", "и", "ые", "ие"]),
        _ => false,
    };
    let neuter = plural(n) == 0 && ends(&["о", "е", "ё"]);
    match (feminine, neuter) {
        (true, _) => Gender::Feminine,
        (_, true) => Gender::Neuter,
        _ => Gender::Masculine,
    }
}
