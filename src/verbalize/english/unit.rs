//! Measures in English: a number and the sign of a unit.

use regex::Captures;

use super::words::NUMBER;
use super::words::{fraction, number, vulgar};
use crate::verbalize::rule::{Rule, RulePlace, group, rule};

/// The sign of a unit, its singular and its plural.
const UNITS: &[(&str, &str, &str)] = &[
    ("%", "percent", "percent"),
    ("‰", "per mille", "per mille"),
    ("°F", "degree Fahrenheit", "degrees Fahrenheit"),
    ("°C", "degree Celsius", "degrees Celsius"),
    ("℃", "degree Celsius", "degrees Celsius"),
    ("℉", "degree Fahrenheit", "degrees Fahrenheit"),
    ("°", "degree", "degrees"),
    ("km/h", "kilometer per hour", "kilometers per hour"),
    ("kmh", "kilometer per hour", "kilometers per hour"),
    ("m/s", "meter per second", "meters per second"),
    ("km²", "square kilometer", "square kilometers"),
    ("m²", "square meter", "square meters"),
    ("cm²", "square centimeter", "square centimeters"),
    ("m³", "cubic meter", "cubic meters"),
    ("sq ft", "square foot", "square feet"),
    ("ft²", "square foot", "square feet"),
    ("km", "kilometer", "kilometers"),
    ("cm", "centimeter", "centimeters"),
    ("mm", "millimeter", "millimeters"),
    ("nm", "nanometer", "nanometers"),
    ("m", "meter", "meters"),
    ("mph", "mile per hour", "miles per hour"),
    ("mi", "mile", "miles"),
    ("ft", "foot", "feet"),
    ("yd", "yard", "yards"),
    ("kg", "kilogram", "kilograms"),
    ("mg", "milligram", "milligrams"),
    ("g", "gram", "grams"),
    ("oz", "ounce", "ounces"),
    ("lbs", "pound", "pounds"),
    ("lb", "pound", "pounds"),
    ("ml", "milliliter", "milliliters"),
    ("mL", "milliliter", "milliliters"),
    ("l", "liter", "liters"),
    ("L", "liter", "liters"),
    ("tbsp", "tablespoon", "tablespoons"),
    ("tsp", "teaspoon", "teaspoons"),
    ("ms", "millisecond", "milliseconds"),
    ("secs", "second", "seconds"),
    ("sec", "second", "seconds"),
    ("s", "second", "seconds"),
    ("mins", "minute", "minutes"),
    ("min", "minute", "minutes"),
    ("hrs", "hour", "hours"),
    ("hr", "hour", "hours"),
    ("h", "hour", "hours"),
    ("kB", "kilobyte", "kilobytes"),
    ("KB", "kilobyte", "kilobytes"),
    ("MB", "megabyte", "megabytes"),
    ("GB", "gigabyte", "gigabytes"),
    ("TB", "terabyte", "terabytes"),
    ("KiB", "kibibyte", "kibibytes"),
    ("MiB", "mebibyte", "mebibytes"),
    ("GiB", "gibibyte", "gibibytes"),
    ("Kbps", "kilobit per second", "kilobits per second"),
    ("Mbps", "megabit per second", "megabits per second"),
    ("Gbps", "gigabit per second", "gigabits per second"),
    ("fps", "frame per second", "frames per second"),
    ("rpm", "revolution per minute", "revolutions per minute"),
    ("bpm", "beat per minute", "beats per minute"),
    ("Hz", "hertz", "hertz"),
    ("kHz", "kilohertz", "kilohertz"),
    ("MHz", "megahertz", "megahertz"),
    ("GHz", "gigahertz", "gigahertz"),
    ("kWh", "kilowatt hour", "kilowatt hours"),
    ("mAh", "milliampere hour", "milliampere hours"),
    ("kW", "kilowatt", "kilowatts"),
    ("MW", "megawatt", "megawatts"),
    ("W", "watt", "watts"),
    ("V", "volt", "volts"),
    ("dB", "decibel", "decibels"),
    ("kcal", "kilocalorie", "kilocalories"),
    ("cal", "calorie", "calories"),
    ("px", "pixel", "pixels"),
];

pub(super) fn rules() -> Vec<Rule> {
    let mut signs: Vec<&str> = UNITS.iter().map(|unit| unit.0).collect();
    signs.sort_by_key(|sign| std::cmp::Reverse(sign.len()));
    let signs = signs.join("|");
    let amount = format!(r"(?P<minus>[-−])?(?P<n>{NUMBER})(?P<part>[½⅓⅔¼¾⅛⅜⅝⅞])?");
    vec![
        rule(&format!(r"{amount}(?: ?[-–—] ?(?P<to>{NUMBER}))?(?P<gap>[- \u{{a0}}]?)(?P<unit>{signs})"), measure),
        rule(&format!(r"(?P<a>\d{{1,2}}) ?/ ?(?P<b>\d{{1,2}})(?P<gap>[- \u{{a0}}]?)(?P<unit>{signs})"), |found, _| {
            let part = fraction(group(found, "a").parse().ok()?, group(found, "b").parse().ok()?)?;
            let &(_, one, _) = UNITS.iter().find(|(sign, ..)| *sign == group(found, "unit"))?;
            Some(format!("{part} {one}"))
        }),
    ]
}

fn measure(found: &Captures, place: &RulePlace) -> Option<String> {
    let sign = group(found, "unit");
    let &(_, one, many) = UNITS.iter().find(|(known, ..)| *known == sign)?;
    let (figure, mut words) = number(group(found, "n"))?;
    let minus = if group(found, "minus").is_empty() { "" } else { "minus " };
    if let Some((count, parts)) = group(found, "part").chars().next().and_then(vulgar) {
        words = format!("{words} and {}", half(count, parts)?);
    }
    let to = match group(found, "to") {
        "" => String::new(),
        to => format!(" to {}", number(to)?.1),
    };
    // `5 s` and `4 x 4 m` are measures, `the 2 h` hardly. A sign of one letter is doubtful if a hyphen joins it, or if
    // more follows an apostrophe or a dot, as in a possessive.
    let joined = group(found, "gap") == "-";
    let doubtful = sign.len() == 1 && (place.after.starts_with(['\'', '’', '.']) && place.after.len() > 1 || joined);
    let single = joined || (figure.is_one() && to.is_empty() && group(found, "part").is_empty());
    (!doubtful).then(|| format!("{minus}{words}{to} {}", if single { one } else { many }))
}

/// A fraction after a whole number: `a half`, `three quarters`.
pub(super) fn half(count: i64, parts: i64) -> Option<String> {
    let said = fraction(count, parts)?;
    Some(
        said.strip_prefix("one ").map_or_else(
            || said.clone(),
            |name| format!("{} {name}", if name.starts_with("eighth") { "an" } else { "a" }),
        ),
    )
}
