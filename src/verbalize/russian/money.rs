//! Sums of money in Russian.

use regex::Captures;

use super::noun::{GrammaticalCase, Noun, f, m};
use super::words::NUMBER;
use super::words::{cardinal, figure, read};
use crate::verbalize::rule::{Rule, RulePlace, group, rule};

/// A currency: its signs, its noun, and the noun of its hundredth.
const CURRENCIES: &[(&[&str], Noun, Option<Noun>)] = &[
    (&["₽", "руб.", "руб", "р.", "RUB"], m("рубль", "рубля", "рублей"), Some(f("копейка", "копейки", "копеек"))),
    (&["$", "USD"], m("доллар", "доллара", "долларов"), Some(m("цент", "цента", "центов"))),
    (&["€", "EUR"], m("евро", "евро", "евро"), Some(m("цент", "цента", "центов"))),
    (&["£", "GBP"], m("фунт", "фунта", "фунтов"), Some(m("пенс", "пенса", "пенсов"))),
    (&["¥", "JPY"], f("иена", "иены", "иен"), None),
    (&["₸", "KZT"], m("тенге", "тенге", "тенге"), None),
    (&["₴", "UAH"], f("гривна", "гривны", "гривен"), None),
    (&["коп.", "коп"], f("копейка", "копейки", "копеек"), None),
];
/// Thousands and larger scales, abbreviated or in full.
pub(super) const SCALES: &[(&str, Noun)] = &[
    ("тыс.", f("тысяча", "тысячи", "тысяч")),
    ("тыс", f("тысяча", "тысячи", "тысяч")),
    ("млн", m("миллион", "миллиона", "миллионов")),
    ("млрд", m("миллиард", "миллиарда", "миллиардов")),
    ("трлн", m("триллион", "триллиона", "триллионов")),
];
const SCALE: &str = r"(?P<scale>тыс\.?|млн|млрд|трлн)";

pub(super) fn rules() -> Vec<Rule> {
    let (codes, signs) = (r"[₽$€£¥₸₴]|руб\.?|р\.|коп\.?|RUB|USD|EUR|GBP|JPY|KZT|UAH", r"[₽$€£¥₸₴]");
    vec![
        rule(
            &format!(
                r"(?P<minus>[-−])?(?P<n>{NUMBER})(?:[-–—](?P<to>{NUMBER}))?(?:[ \u{{a0}}]?{SCALE})?[ \u{{a0}}]?(?P<sign>{codes})"
            ),
            sum,
        ),
        rule(
            &format!(r"(?P<minus>[-−])?(?P<sign>{signs})(?P<n>{NUMBER})(?:[-–—](?P<to>{NUMBER}))?(?: ?{SCALE})?"),
            sum,
        ),
        rule(&format!(r"(?P<n>{NUMBER})[ \u{{a0}}]?{SCALE}(?P<dot>\.)?"), scaled),
    ]
}

fn scale(found: &Captures) -> Option<Noun> {
    SCALES.iter().find(|(short, _)| *short == group(found, "scale")).map(|(_, noun)| *noun)
}

/// A number with its noun, in a case.
pub(super) fn counted(text: &str, noun: &Noun, case: GrammaticalCase) -> Option<String> {
    let number = read(text)?;
    if !number.is_whole() {
        return Some(format!("{} {}", figure(&number, noun.gender, GrammaticalCase::Nominative)?, noun.part()));
    }
    Some(format!("{} {}", figure(&number, noun.gender, case)?, noun.after(number.value(), case)))
}

/// A range with its noun, which follows the second number.
pub(super) fn counted_range(from: &str, to: &str, noun: &Noun) -> Option<String> {
    let from = figure(&read(from)?, noun.gender, GrammaticalCase::Nominative)?;
    Some(format!("{from} — {}", counted(to, noun, GrammaticalCase::Nominative)?))
}

fn sum(found: &Captures, place: &RulePlace) -> Option<String> {
    let sign = group(found, "sign");
    let (_, noun, part) = CURRENCIES.iter().find(|(signs, ..)| signs.contains(&sign))?;
    let minus = if group(found, "minus").is_empty() { "" } else { "минус " };
    let stop = if found[0].ends_with('.') { place.stop() } else { "" };
    let (n, to, case) = (group(found, "n"), group(found, "to"), GrammaticalCase::after(place));
    if let Some(scale) = scale(found) {
        let count = if to.is_empty() { counted(n, &scale, case)? } else { counted_range(n, to, &scale)? };
        return Some(format!("{minus}{count} {}{stop}", noun.forms[2]));
    }
    if !to.is_empty() {
        return Some(format!("{minus}{}{stop}", counted_range(n, to, noun)?));
    }
    let number = read(n)?;
    let Some(part) = part.filter(|_| number.decimals.len() == 2) else {
        return Some(format!("{minus}{}{stop}", counted(n, noun, case)?));
    };
    let hundredths: i64 = number.decimals.parse().ok()?;
    let whole = format!("{} {}", cardinal(number.value(), noun.gender, case)?, noun.after(number.value(), case));
    let rest = format!("{} {}", cardinal(hundredths, part.gender, case)?, part.after(hundredths, case));
    Some(match (number.value(), hundredths) {
        (_, 0) => format!("{minus}{whole}{stop}"),
        (0, _) => format!("{minus}{rest}{stop}"),
        _ => format!("{minus}{whole} {rest}{stop}"),
    })
}

/// A number of thousands or millions.
fn scaled(found: &Captures, place: &RulePlace) -> Option<String> {
    let stop = if found[0].ends_with('.') { place.stop() } else { "" };
    Some(format!("{}{stop}", counted(group(found, "n"), &scale(found)?, GrammaticalCase::after(place))?))
}
