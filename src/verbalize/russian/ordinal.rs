//! Russian ordinal numbers.

use super::noun::{Gender, GrammaticalCase};
use super::words::cardinal;

/// The form of an ordinal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OrdinalForm {
    /// `первый`.
    Masculine,
    /// `первого`.
    Genitive,
    /// `первому`.
    Dative,
    /// `первым`.
    Instrumental,
    /// `первом`.
    Prepositional,
    /// `первая`.
    Feminine,
    /// `первой`.
    FeminineOblique,
    /// `первую`.
    FeminineAccusative,
    /// `первое`.
    Neuter,
    /// `первые`.
    Plural,
    /// `первых`.
    PluralGenitive,
}

/// Ordinals that are one word, in the masculine.
const NAMES: &[(i64, &str)] = &[
    (0, "нулевой"),
    (1, "первый"),
    (2, "второй"),
    (3, "третий"),
    (4, "четвёртый"),
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
    (200, "двухсотый"),
    (300, "трёхсотый"),
    (400, "четырёхсотый"),
    (500, "пятисотый"),
    (600, "шестисотый"),
    (700, "семисотый"),
    (800, "восьмисотый"),
    (900, "девятисотый"),
    (1000, "тысячный"),
    (2000, "двухтысячный"),
    (3000, "трёхтысячный"),
];

/// An ordinal: `две тысячи двадцать шестой`; `None` beyond 9,999, and for round thousands without a word of their own.
pub(super) fn ordinal(n: i64, form: OrdinalForm) -> Option<String> {
    if !(0..10_000).contains(&n) {
        return None;
    }
    let own = |n: i64| NAMES.iter().find(|(known, _)| *known == n).map(|(_, name)| *name);
    // The last part becomes an ordinal; the parts before it stay cardinal.
    let last = [n, n % 1000, n % 100, n % 10].into_iter().find(|&part| part > 0 && own(part).is_some());
    let last = if n == 0 { 0 } else { last? };
    let name = decline(own(last)?, form);
    if n == last {
        return Some(name);
    }
    let head = cardinal(n - last, Gender::Masculine, GrammaticalCase::Nominative)?;
    let head = head.strip_prefix("одна тысяча").map_or(head.clone(), |rest| format!("тысяча{rest}"));
    Some(format!("{head} {name}"))
}

fn decline(name: &str, form: OrdinalForm) -> String {
    let soft = name == "третий";
    let stem = if soft {
        "треть"
    } else {
        name.strip_suffix("ый").or_else(|| name.strip_suffix("ой")).unwrap_or(name)
    };
    let (hard, other) = match form {
        OrdinalForm::Masculine => return name.to_owned(),
        OrdinalForm::Genitive => ("ого", "его"),
        OrdinalForm::Dative => ("ому", "ему"),
        OrdinalForm::Instrumental => ("ым", "им"),
        OrdinalForm::Prepositional => ("ом", "ем"),
        OrdinalForm::Feminine => ("ая", "я"),
        OrdinalForm::FeminineOblique => ("ой", "ей"),
        OrdinalForm::FeminineAccusative => ("ую", "ю"),
        OrdinalForm::Neuter => ("ое", "е"),
        OrdinalForm::Plural => ("ые", "и"),
        OrdinalForm::PluralGenitive => ("ых", "их"),
    };
    format!("{stem}{}", if soft { other } else { hard })
}
