//! Dates, years, decades, days and months in English.

use regex::Captures;

use super::words::{ordinal, tens, year};
use crate::phrases::english::{DAYS, MONTHS};
use crate::verbalize::rule::{Rule, RulePlace, group, rule};

/// A month by its full or short name.
const MONTH: &str = "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)";
const DAY: &str = "(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)(?:day|sday|nesday|rsday|urday)?";
/// Words after which four digits are a year.
const CUES: &str = " in since by until till from year of circa before after during early late mid summer winter spring autumn fall january february march april may june july august september october november december ";
/// Words after four digits that are not counted things.
const VERBS: &str = " was is has ";

pub(super) fn rules() -> Vec<Rule> {
    let dash = "[-–—]";
    vec![
        rule(r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})(?:T\d{2}:\d{2}\S*)?", |found, _| {
            if found[0].contains('T') { None } else { full(found, true) }
        }),
        rule(r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})", |found, _| {
            full(found, true).or_else(|| full(found, false))
        }),
        rule(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})", |found, _| full(found, true)),
        rule(
            &format!(
                r"(?P<day>{DAY}\.?,? )?(?P<month>{MONTH})\.? (?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:{dash}(?P<to>\d{{1,2}})(?:st|nd|rd|th)?)?(?:,? (?P<y>1\d{{3}}|20\d{{2}}))?"
            ),
            month_day,
        ),
        rule(
            &format!(
                r"(?P<d>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<month>{MONTH})\.?(?:,? (?P<y>1\d{{3}}|20\d{{2}}))?"
            ),
            day_month,
        ),
        rule(&format!(r"(?P<month>{MONTH})\.? (?P<y>1\d{{3}}|20\d{{2}})"), |found, _| {
            Some(format!("{} {}", month(group(found, "month"))?, year(group(found, "y").parse().ok()?)?))
        }),
        rule(&format!("(?P<a>{DAY}){dash}(?P<b>{DAY})"), |found, _| {
            Some(format!("{} to {}", weekday(group(found, "a"))?, weekday(group(found, "b"))?))
        }),
        rule(&format!("(?P<a>{MONTH}){dash}(?P<b>{MONTH})"), |found, _| {
            Some(format!("{} to {}", month(group(found, "a"))?, month(group(found, "b"))?))
        }),
        rule(r"(?P<c>1[1-9]|20)(?P<t>\d0)['’]?s", |found, _| {
            let (century, rest): (i64, i64) = (group(found, "c").parse().ok()?, group(found, "t").parse().ok()?);
            if rest == 0 {
                return (century != 20)
                    .then(|| Some(format!("{}s", year(century * 100)?)))
                    .flatten()
                    .or_else(|| Some("two thousands".into()));
            }
            Some(format!(
                "{} {}",
                super::words::cardinal(century)?,
                tens(rest).or_else(|| (rest == 10).then(|| "tens".into()))?
            ))
        }),
        rule(r"['’]?(?P<t>[2-9]0)['’]?s", |found, _| tens(group(found, "t").parse().ok()?)),
        rule(&format!(r"(?P<a>1[1-9]\d\d|20\d\d){dash}(?P<b>1[1-9]\d\d|20\d\d)"), |found, _| {
            let (a, b): (i64, i64) = (group(found, "a").parse().ok()?, group(found, "b").parse().ok()?);
            if a < b { Some(format!("{} to {}", year(a)?, year(b)?)) } else { None }
        }),
        rule(r"1[1-9]\d\d|20\d\d", lone_year),
    ]
}

/// The month with this name or beginning.
fn month(name: &str) -> Option<&'static str> {
    MONTHS.into_iter().find(|month| month.starts_with(name) || (name == "Sept" && *month == "September"))
}

fn weekday(name: &str) -> Option<&'static str> {
    let known = |day: &&str| day.starts_with(name) || name.len() <= 5 && day.starts_with(&name[..3]);
    DAYS.into_iter().find(known)
}

/// A day of a month, 1 to 31.
fn day(text: &str) -> Option<String> {
    text.parse().ok().filter(|day| (1..=31).contains(day)).and_then(ordinal)
}

fn with_year(said: String, found: &Captures) -> Option<String> {
    match group(found, "y") {
        "" => Some(said),
        written => Some(format!("{said}, {}", year(written.parse().ok()?)?)),
    }
}

/// A date in figures. With `as_named`, the groups `m` and `d` are month and day, otherwise the reverse.
fn full(found: &Captures, as_named: bool) -> Option<String> {
    let (m, d) = if as_named { ("m", "d") } else { ("d", "m") };
    let number: usize = group(found, m).parse().ok()?;
    let name = MONTHS.get(number.checked_sub(1)?)?;
    with_year(format!("{name} {}", day(group(found, d))?), found)
}

fn month_day(found: &Captures, place: &RulePlace) -> Option<String> {
    // This rule cannot see that `May 5 people come?` and `Mar 5 km` are not dates.
    let name = month(group(found, "month"))?;
    let before = match group(found, "day").trim_end_matches([' ', ',', '.']) {
        "" => String::new(),
        name => format!("{}, ", weekday(name)?),
    };
    let to = match group(found, "to") {
        "" => String::new(),
        to => format!(" to {}", day(to)?),
    };
    let clock = place.after.starts_with(':') || place.after.trim_start().starts_with('%');
    let said = format!("{before}{name} {}{to}", day(group(found, "d"))?);
    if clock { None } else { with_year(said, found) }
}

fn day_month(found: &Captures, place: &RulePlace) -> Option<String> {
    let the = if place.word_before().eq_ignore_ascii_case("the") { "" } else { "the " };
    // `5 May` is read as an ordinal: the fifth of May.
    let said = format!("{the}{} of {}", day(group(found, "d"))?, month(group(found, "month"))?);
    with_year(said, found)
}

/// Four digits that are surely a year: after a word such as `in`, in brackets, or without counted things after them.
fn lone_year(found: &Captures, place: &RulePlace) -> Option<String> {
    let n: i64 = found[0].parse().ok()?;
    let before = format!(" {} ", place.word_before().to_lowercase());
    let cue = CUES.contains(&before) && before.len() > 2;
    let bracket = place.before.ends_with('(') && place.after.starts_with(')');
    let next = place.word_after().to_lowercase();
    let things = place.after.starts_with(' ') && next.ends_with('s') && !VERBS.contains(&format!(" {next} "));
    let recent = (1900..=2099).contains(&n)
        && !(place.after.starts_with([' ', '-'])
            && next.chars().next().is_some_and(char::is_alphabetic)
            && !VERBS.contains(&format!(" {next} ")));
    if (cue && !things) || bracket || recent { year(n) } else { None }
}
