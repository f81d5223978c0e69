//! Ordinals, fractions, ranges and plain numbers in Russian.

use regex::Captures;

use super::noun::{Gender, GrammaticalCase, gender_of};
use super::ordinal::{OrdinalForm, ordinal};
use super::words::NUMBER;
use super::words::{MARKS, cardinal, figure, read};
use crate::phrases::russian::plural;
use crate::verbalize::rule::{Rule, RulePlace, group, rule};

pub(super) fn rules() -> Vec<Rule> {
    vec![
        rule(r"(?P<n>\d{1,4})[-‑](?P<end>ый|ой|ий|й|ая|ую|ое|ые|ого|го|ому|му|ом|ым|ых|м|я|ю|е|х|ти|ми)", ended),
        rule(r"(?P<n>\d+) (?P<a>\d{1,2})/(?P<b>\d{1,2})", |found, _| {
            let n = cardinal(group(found, "n").parse().ok()?, Gender::Masculine, GrammaticalCase::Nominative)?;
            Some(format!("{n} и {}", fraction(group(found, "a").parse().ok()?, group(found, "b").parse().ok()?)?))
        }),
        rule(r"(?P<a>\d{1,2})/(?P<b>\d{1,2})", |found, _| {
            fraction(group(found, "a").parse().ok()?, group(found, "b").parse().ok()?)
        }),
        rule(r"(?P<n>\d+)? ?(?P<part>[½⅓⅔¼¾])", |found, _| {
            let part = match group(found, "part") {
                "½" => fraction(1, 2)?,
                "⅓" => fraction(1, 3)?,
                "⅔" => fraction(2, 3)?,
                "¼" => fraction(1, 4)?,
                _ => fraction(3, 4)?,
            };
            match (group(found, "n"), part.as_str()) {
                ("", _) => Some(part),
                (n, "одна вторая") => Some(format!(
                    "{} с половиной",
                    cardinal(n.parse().ok()?, Gender::Masculine, GrammaticalCase::Nominative)?
                )),
                (n, part) => Some(format!(
                    "{} и {part}",
                    cardinal(n.parse().ok()?, Gender::Masculine, GrammaticalCase::Nominative)?
                )),
            }
        }),
        rule(r"с (?P<a>\d{1,4}) (?P<to>до|по) (?P<b>\d{1,4})", since),
        rule(&format!(r"(?P<a>{NUMBER})(?:[-–—]| [–—] )(?P<b>{NUMBER})"), range),
        rule(&format!(r"(?P<a>{NUMBER}) (?P<op>[-−–×*/+xх÷]) (?P<b>{NUMBER})"), sum),
        rule(&format!(r"(?P<minus>[-−])(?P<n>{NUMBER})"), |found, place| {
            let free = place.before.is_empty() || place.before.ends_with([' ', '(', '«']);
            if free { Some(format!("минус {}", number(group(found, "n"), place)?)) } else { None }
        }),
        rule(NUMBER, |found, place| number(&found[0], place)),
    ]
}

/// Numbers with an ending: `3-й`, `5-го`, `80-х`, `25-ти`.
fn ended(found: &Captures, _: &RulePlace) -> Option<String> {
    let n: i64 = group(found, "n").parse().ok()?;
    let end = group(found, "end");
    let decade = n >= 20 && n % 10 == 0;
    let form = match end {
        "ый" | "ой" | "ий" | "й" => OrdinalForm::Masculine,
        "ая" | "я" => OrdinalForm::Feminine,
        "ую" | "ю" => OrdinalForm::FeminineAccusative,
        "е" if decade => OrdinalForm::Plural,
        "ое" | "е" => OrdinalForm::Neuter,
        "ые" => OrdinalForm::Plural,
        "ого" | "го" => OrdinalForm::Genitive,
        "ому" | "му" => OrdinalForm::Dative,
        "ым" => OrdinalForm::Instrumental,
        // The ending is ambiguous (in the third, by the third): assume the prepositional, which is likelier.
        "ом" | "м" => OrdinalForm::Prepositional,
        "ых" => OrdinalForm::PluralGenitive,
        "х" if decade => OrdinalForm::PluralGenitive,
        "х" | "ти" => return cardinal(n, Gender::Masculine, GrammaticalCase::Genitive),
        _ => return None,
    };
    ordinal(n, form)
}

/// A fraction: a half, three quarters, two thirds; `None` for uncommon denominators.
fn fraction(count: i64, parts: i64) -> Option<String> {
    if count < 1 || count >= parts || !matches!(parts, 2..=6 | 8 | 10) {
        return None;
    }
    let name = match parts {
        4 => ["четверть", "четверти", "четвертей"][plural(count)].to_owned(),
        3 if count == 1 => "треть".into(),
        3 => "трети".into(),
        _ if count == 1 => ordinal(parts, OrdinalForm::Feminine)?,
        _ => ordinal(parts, OrdinalForm::PluralGenitive)?,
    };
    Some(format!("{} {name}", cardinal(count, Gender::Feminine, GrammaticalCase::Nominative)?))
}

fn since(found: &Captures, _: &RulePlace) -> Option<String> {
    let case = if group(found, "to") == "до" { GrammaticalCase::Genitive } else { GrammaticalCase::Nominative };
    let from = cardinal(group(found, "a").parse().ok()?, Gender::Masculine, GrammaticalCase::Genitive)?;
    let to = cardinal(group(found, "b").parse().ok()?, Gender::Masculine, case)?;
    Some(format!("с {from} {} {to}", group(found, "to")))
}

fn range(found: &Captures, place: &RulePlace) -> Option<String> {
    let (a, b) = (group(found, "a"), group(found, "b"));
    let short = a.len() <= 7
        && b.len() <= 7
        && (a.len() <= 4 || a.contains([',', '.']))
        && (b.len() <= 4 || b.contains([',', '.']));
    if !short {
        return None;
    }
    if place.after.trim_start().starts_with('=') {
        return Some(format!("{} минус {}", number(a, place)?, number(b, place)?));
    }
    // Both numbers count the same noun, so that they have one gender.
    let last = read(b)?;
    let gender = gender_of(place.word_after(), last.value());
    Some(format!(
        "{} — {}",
        figure(&read(a)?, gender, GrammaticalCase::Nominative)?,
        figure(&last, gender, GrammaticalCase::Nominative)?
    ))
}

/// Two numbers with an arithmetic sign between them.
fn sum(found: &Captures, place: &RulePlace) -> Option<String> {
    let (first, second) = (read(group(found, "a"))?, read(group(found, "b"))?);
    let word = match group(found, "op") {
        "+" => "плюс",
        "×" | "*" | "x" | "х" => "умножить на",
        "÷" | "/" => "разделить на",
        _ if first.value() > second.value() || place.after.trim_start().starts_with('=') => "минус",
        _ => "—",
    };
    let said = |figure_of| figure(figure_of, Gender::Masculine, GrammaticalCase::Nominative);
    Some(format!("{} {word} {}", said(&first)?, said(&second)?))
}

/// The words of a number, in the gender of the next word and the case that the word before requires.
fn number(text: &str, place: &RulePlace) -> Option<String> {
    let Some(read) = read(text) else {
        return text.bytes().all(|b| b.is_ascii_digit()).then(|| MARKS.digits(text)).flatten();
    };
    let case = if read.is_whole() { GrammaticalCase::after(place) } else { GrammaticalCase::Nominative };
    let beside = place.after.strip_prefix([' ', '\u{a0}']).is_some_and(|rest| rest.starts_with(char::is_alphabetic));
    let next = if beside { place.word_after() } else { "" };
    let value = read.value();
    let gender = match case {
        GrammaticalCase::Nominative => gender_of(next, value),
        // In the genitive only the feminine of one differs: `около одной минуты`.
        GrammaticalCase::Genitive if next.ends_with(['ы', 'и']) => Gender::Feminine,
        GrammaticalCase::Genitive => Gender::Masculine,
    };
    let said = figure(&read, gender, case)?;
    // The accusative after a preposition: `через 1 минуту`.
    let accusative =
        case == GrammaticalCase::Nominative && next.ends_with(['у', 'ю']) && value % 10 == 1 && value % 100 != 11;
    Some(match said.strip_suffix("одна").filter(|_| accusative && read.is_whole()) {
        Some(head) => format!("{head}одну"),
        None => said,
    })
}
