//! Sums of money in English.

use regex::Captures;

use super::words::NUMBER;
use super::words::{cardinal, number};
use crate::phrases::english::plural;
use crate::verbalize::rule::{Rule, RulePlace, group, rule};

/// A currency: its signs, its singular and plural, and the singular and plural of its hundredth (empty if it has none).
type Currency = (&'static [&'static str], &'static str, &'static str, &'static str, &'static str);

const CURRENCIES: &[Currency] = &[
    (&["US$", "$", "USD"], "dollar", "dollars", "cent", "cents"),
    (&["€", "EUR"], "euro", "euros", "cent", "cents"),
    (&["£", "GBP"], "pound", "pounds", "penny", "pence"),
    (&["₽", "RUB"], "ruble", "rubles", "kopeck", "kopecks"),
    (&["¥", "JPY"], "yen", "yen", "", ""),
    (&["₹", "INR"], "rupee", "rupees", "paisa", "paise"),
    (&["CHF"], "Swiss franc", "Swiss francs", "centime", "centimes"),
];
const SIGN: &str = r"US\$|[$€£₽¥₹]";
const CODE: &str = "USD|EUR|GBP|RUB|JPY|INR|CHF";
const SCALE: &str = "(?P<scale> (?:thousand|million|billion|trillion)| ?(?:bn|[kKMB]))?";
const PER: &str = "(?:/(?P<per>month|mo|year|yr|hour|hr|day|week|person|night|kg|lb))?";

pub(super) fn rules() -> Vec<Rule> {
    vec![
        rule(
            &format!(
                r"(?P<minus>[-−])?(?P<sign>{SIGN}) ?(?P<n>{NUMBER})(?: ?[-–—] ?(?:{SIGN})?(?P<to>{NUMBER}))?{SCALE}{PER}"
            ),
            sum,
        ),
        rule(
            &format!(
                r"(?P<minus>[-−])?(?P<n>{NUMBER})(?:[-–—](?P<to>{NUMBER}))?{SCALE} ?(?P<sign>[€£₽¥₹$]|{CODE}){PER}"
            ),
            sum,
        ),
    ]
}

fn scale(written: &str) -> &str {
    match written.trim() {
        "k" | "K" => "thousand",
        "M" => "million",
        "B" | "bn" => "billion",
        word => word,
    }
}

fn sum(found: &Captures, _: &RulePlace) -> Option<String> {
    let sign = group(found, "sign");
    let &(_, one, many, cent, cents) = CURRENCIES.iter().find(|(signs, ..)| signs.contains(&sign))?;
    let minus = if group(found, "minus").is_empty() { "" } else { "minus " };
    let (figure, words) = number(group(found, "n"))?;
    let scale = scale(group(found, "scale"));
    let per = match group(found, "per") {
        "" => String::new(),
        "mo" => " per month".into(),
        "yr" => " per year".into(),
        "hr" => " per hour".into(),
        "kg" => " per kilogram".into(),
        "lb" => " per pound".into(),
        word => format!(" per {word}"),
    };
    let to = match group(found, "to") {
        "" => String::new(),
        to => format!(" to {}", number(to)?.1),
    };
    if !scale.is_empty() {
        return Some(format!("{minus}{words}{to} {scale} {many}{per}"));
    }
    if !to.is_empty()
        || figure.decimals.len() == 1
        || (figure.decimals.len() > 2)
        || (cent.is_empty() && !figure.is_whole())
    {
        return Some(format!("{minus}{words}{to} {many}{per}"));
    }
    let whole = figure.value();
    let hundredths: i64 = if figure.is_whole() { 0 } else { figure.decimals.parse().ok()? };
    let counted = |n: i64, one: &str, many: &str| Some(format!("{} {}", cardinal(n)?, [one, many][plural(n)]));
    let said = match (whole, hundredths) {
        (whole, 0) => counted(whole, one, many)?,
        (0, hundredths) => counted(hundredths, cent, cents)?,
        (whole, hundredths) => format!("{} and {}", counted(whole, one, many)?, counted(hundredths, cent, cents)?),
    };
    Some(format!("{minus}{said}{per}"))
}
