//! Dates, years and decades in Russian.

use regex::Captures;

use super::ordinal::{OrdinalForm, ordinal};
use crate::phrases::russian::MONTHS;
use crate::verbalize::rule::{Rule, RulePlace, group, rule};

const MONTH: &str = "(?:января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря)";
/// Words before a date in the nominative, which names a day and does not say when something happens: `сегодня 5 мая`.
const NAMING: &str = " сегодня завтра послезавтра вчера это дата на ";

pub(super) fn rules() -> Vec<Rule> {
    vec![
        rule(r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})", figures),
        rule(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})(?: ?г(?:\.|ода))?", figures),
        rule(
            &format!(
                r"(?P<d>\d{{1,2}})(?:[-–—](?P<to>\d{{1,2}}))? (?P<month>{MONTH})(?: (?P<y>1\d{{3}}|20\d{{2}})(?P<g> ?(?:года|г\.))?)?"
            ),
            named,
        ),
        rule(r"(?P<y>[1-9]\d{2,3})(?P<to>[-–—]е)?(?P<gap> )(?P<what>год(?:а|у|ом|е)?)", year),
        rule(r"(?P<y>[1-9]\d{2,3}) ?г\.", short_year),
        rule(r"(?P<a>1\d{3}|20\d{2})[-–—](?P<b>1\d{3}|20\d{2})(?: (?:годы|гг\.))", |found, place| {
            let (a, b) = (number(found, "a")?, number(found, "b")?);
            let word = if place.word_before().eq_ignore_ascii_case("в") { "годах" } else { "годы" };
            let form = if word == "годах" { return None } else { OrdinalForm::Masculine };
            Some(format!("{} — {} {word}", ordinal(a, form)?, ordinal(b, form)?))
        }),
    ]
}

fn number(found: &Captures, name: &str) -> Option<i64> {
    group(found, name).parse().ok()
}

/// The form of a day's ordinal after the word before it.
fn day_form(place: &RulePlace) -> OrdinalForm {
    let word = place.word_before().to_lowercase();
    match word.as_str() {
        "к" | "ко" => OrdinalForm::Dative,
        "по" => OrdinalForm::Neuter,
        word if NAMING.contains(&format!(" {word} ")) && !word.is_empty() => OrdinalForm::Neuter,
        _ if place.before.trim_end().ends_with(['—', '–', ':']) => OrdinalForm::Neuter,
        _ => OrdinalForm::Genitive,
    }
}

fn day(n: i64, form: OrdinalForm) -> Option<String> {
    if (1..=31).contains(&n) { ordinal(n, form) } else { None }
}

fn figures(found: &Captures, place: &RulePlace) -> Option<String> {
    let month = usize::try_from(number(found, "m")?).ok().and_then(|n| MONTHS.get(n.checked_sub(1)?))?;
    let stop = if found[0].ends_with('.') { place.stop() } else { "" };
    Some(format!(
        "{} {month} {} года{stop}",
        day(number(found, "d")?, day_form(place))?,
        ordinal(number(found, "y")?, OrdinalForm::Genitive)?
    ))
}

fn named(found: &Captures, place: &RulePlace) -> Option<String> {
    let (first, to) = (number(found, "d")?, number(found, "to"));
    let month = group(found, "month");
    let days = match to {
        // A range of days: both are in the nominative.
        Some(to) => format!("{} — {}", day(first, OrdinalForm::Neuter)?, day(to, OrdinalForm::Neuter)?),
        None => day(first, day_form(place))?,
    };
    let stop = if found[0].ends_with('.') { place.stop() } else { "" };
    match number(found, "y") {
        Some(year) => Some(format!("{days} {month} {} года{stop}", ordinal(year, OrdinalForm::Genitive)?)),
        None => Some(format!("{days} {month}")),
    }
}

fn year(found: &Captures, place: &RulePlace) -> Option<String> {
    let n = number(found, "y")?;
    let what = group(found, "what");
    // `300 года` would be a number of years and not a date, but no one writes it.
    let form = match what {
        "год" => OrdinalForm::Masculine,
        "года" => OrdinalForm::Genitive,
        "году" if matches!(place.word_before().to_lowercase().as_str(), "к" | "ко") => OrdinalForm::Dative,
        "году" => OrdinalForm::Prepositional,
        "годом" => OrdinalForm::Instrumental,
        _ => return None,
    };
    // Skip years below 1000: `101 год` and `104 года` may be ages.
    if n < 1000 { None } else { Some(format!("{} {what}", ordinal(n, form)?)) }
}

fn short_year(found: &Captures, place: &RulePlace) -> Option<String> {
    let n = number(found, "y").filter(|n| (1000..2100).contains(n))?;
    let (form, what) = match place.word_before().to_lowercase().as_str() {
        "в" | "во" => (OrdinalForm::Prepositional, "году"),
        "к" => (OrdinalForm::Dative, "году"),
        "с" | "до" | "от" | "после" | "около" => (OrdinalForm::Genitive, "года"),
        _ => (OrdinalForm::Masculine, "год"),
    };
    Some(format!("{} {what}{}", ordinal(n, form)?, place.stop_or_sentence()))
}
