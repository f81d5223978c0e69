//! Russian numbers in words.

use super::noun::{Gender, GrammaticalCase};
use crate::intent::language::number;
use crate::phrases::russian::plural;
use crate::verbalize::address::Marks;
use crate::verbalize::figure::{Figure, large_groups};
use crate::verbalize::rule::RulePlace;

/// A number: digits with or without groups separated by spaces, and decimals after a comma or a point.
pub(super) const NUMBER: &str = r"\d{1,3}(?:[ \u{a0}\u{202f}]\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?";

/// Names of marks in addresses.
pub(super) const MARKS: Marks = Marks {
    names: &[
        ('.', "точка"),
        ('/', "слэш"),
        ('-', "дефис"),
        ('_', "подчёркивание"),
        ('@', "собака"),
        (':', "двоеточие"),
        ('?', "знак вопроса"),
        ('=', "равно"),
        ('&', "амперсанд"),
        ('#', "решётка"),
        ('+', "плюс"),
        ('~', "тильда"),
        ('%', "процент"),
        (',', "запятая"),
        (';', "точка с запятой"),
    ],
    cardinal: |n| cardinal(n, Gender::Masculine, GrammaticalCase::Nominative),
};

/// Prepositions that always require the genitive of a number.
const GENITIVE: &str =
    " до от около после более менее больше меньше свыше не\u{a0}менее без для из из-за кроме порядка старше младше ";

impl GrammaticalCase {
    /// The case that the word before a number requires.
    pub(super) fn after(place: &RulePlace) -> Self {
        let word = place.word_before().to_lowercase();
        if !word.is_empty() && GENITIVE.contains(&format!(" {word} ")) { Self::Genitive } else { Self::Nominative }
    }
}

const TRILLION: [&str; 3] = ["триллион", "триллиона", "триллионов"];
const BILLION: [&str; 3] = ["миллиард", "миллиарда", "миллиардов"];

/// A whole number from 0 up to hundreds of trillions.
pub(super) fn cardinal(n: i64, gender: Gender, case: GrammaticalCase) -> Option<String> {
    let (groups, rest) = large_groups(n);
    if case == GrammaticalCase::Genitive && !groups.is_empty() {
        return None;
    }
    let mut parts = Vec::new();
    for (count, power) in groups {
        let forms = if power == 4 { TRILLION } else { BILLION };
        parts.push(format!("{} {}", below_billion(count, Gender::Masculine, case)?, forms[plural(count)]));
    }
    if rest > 0 || parts.is_empty() {
        parts.push(below_billion(rest, gender, case)?);
    }
    Some(parts.join(" "))
}

/// The words of `n` in a gender and case, chosen by index from `number::words`. Its list begins with the nominatives of
/// the three genders and the feminine accusative, each form once; the masculine genitive follows, then the feminine.
fn below_billion(n: i64, gender: Gender, case: GrammaticalCase) -> Option<String> {
    let forms = number::words(n, "ru");
    let (last, thousands) = (plural_one_two(n), plural_one_two(n / 1000 % 1000));
    let at = match (case, gender, last) {
        (GrammaticalCase::Nominative, Gender::Feminine, Some(1 | 2)) => 1,
        (GrammaticalCase::Nominative, Gender::Neuter, Some(1)) => 2,
        (GrammaticalCase::Nominative, ..) => 0,
        (GrammaticalCase::Genitive, gender, last) => {
            let nominatives = match last {
                Some(1) => 4,
                Some(_) => 2 + usize::from(thousands == Some(1)),
                None => 1 + usize::from(n >= 1000 && thousands == Some(1)),
            };
            nominatives + usize::from(gender == Gender::Feminine && last == Some(1))
        }
    };
    let words = forms.get(at)?;
    let yo: Vec<&str> = words.split(' ').map(with_yo).collect();
    Some(yo.join(" "))
}

/// The last digit of a number whose last word is one or two.
const fn plural_one_two(n: i64) -> Option<i64> {
    match (n % 100, n % 10) {
        (11 | 12, _) => None,
        (_, last @ (1 | 2)) => Some(last),
        _ => None,
    }
}

/// The spelling with Ё of words in numbers.
fn with_yo(word: &str) -> &str {
    match word {
        "трех" => "трёх",
        "четырех" => "четырёх",
        "трехсот" => "трёхсот",
        "четырехсот" => "четырёхсот",
        word => word,
    }
}

/// A number as written in Russian, split into its parts.
pub(super) fn read(text: &str) -> Option<Figure> {
    let point = if text.contains(',') { ',' } else { '.' };
    Figure::read(text, point)
}

/// A number with its sign and decimals.
pub(super) fn figure(figure: &Figure, gender: Gender, case: GrammaticalCase) -> Option<String> {
    let minus = if figure.negative { "минус " } else { "" };
    if figure.is_whole() {
        return Some(format!("{minus}{}", cardinal(figure.value(), gender, case)?));
    }
    let whole = figure.value();
    let digits = figure.decimals.trim_start_matches('0');
    let count: i64 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    let (one, many) = match (case, figure.decimals.len()) {
        (GrammaticalCase::Genitive, _) => return None,
        (_, 1) => ("десятая", "десятых"),
        (_, 2) => ("сотая", "сотых"),
        (_, 3) => ("тысячная", "тысячных"),
        _ => {
            let digits = MARKS.digits(&figure.decimals)?;
            return Some(format!("{minus}{} запятая {digits}", cardinal(whole, Gender::Masculine, case)?));
        }
    };
    let wholes = if plural(whole) == 0 { "целая" } else { "целых" };
    let parts = if plural(count) == 0 { one } else { many };
    let (whole, count) = (cardinal(whole, Gender::Feminine, case)?, cardinal(count, Gender::Feminine, case)?);
    Some(format!("{minus}{whole} {wholes} {count} {parts}"))
}
