//! English numbers.

use super::part::{Number, NumberPart, grouped};

const UNITS: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// The part that a word adds to a number.
pub(super) fn part(word: &str) -> Option<NumberPart> {
    let index = |names: &[&str]| names.iter().position(|&name| name == word).and_then(|at| i64::try_from(at).ok());
    Some(match word {
        "" => return None,
        "a" | "an" => NumberPart::Article,
        "and" => NumberPart::And,
        "hundred" => NumberPart::Hundred,
        "thousand" => NumberPart::Scale(1_000),
        "million" => NumberPart::Scale(1_000_000),
        "point" => NumberPart::Point,
        "half" => NumberPart::Half,
        "minus" | "negative" => NumberPart::Minus,
        "oh" | "nought" => NumberPart::Small(0),
        "fourty" => NumberPart::Small(40),
        _ => index(&UNITS).or_else(|| index(&TENS).map(|n| n * 10)).map(NumberPart::Small)?,
    })
}

/// The number of all parts together.
pub(super) fn value(parts: &[NumberPart]) -> Option<Number> {
    match parts {
        [NumberPart::Half] | [NumberPart::Article, NumberPart::Half] | [NumberPart::Half, NumberPart::Article] => {
            Some(Number(Number::ONE / 2))
        }
        [rest @ .., NumberPart::And, NumberPart::Article, NumberPart::Half] => {
            let n = Number::whole(integer(rest)?);
            Some(Number(n.0 + Number::ONE / 2))
        }
        _ => match parts.iter().position(|&part| part == NumberPart::Point) {
            None => integer(parts).map(Number::whole),
            Some(at) => {
                let whole = if at == 0 { 0 } else { integer(&parts[..at])? };
                Some(Number(whole * Number::ONE + decimals(&parts[at + 1..])?))
            }
        },
    }
}

/// The decimals after the point, in thousandths: `two five`.
fn decimals(parts: &[NumberPart]) -> Option<i64> {
    let mut unit = Number::ONE;
    let mut sum = 0;
    for part in parts {
        unit /= 10;
        match part {
            NumberPart::Small(digit @ 0..=9) if unit > 0 => sum += digit * unit,
            _ => return None,
        }
    }
    (unit < Number::ONE).then_some(sum)
}

fn integer(parts: &[NumberPart]) -> Option<i64> {
    grouped(parts, below_thousand, None)
}

/// The value of parts below a thousand, and up to 9,999 for `fifteen hundred`.
fn below_thousand(parts: &[NumberPart]) -> Option<i64> {
    match parts {
        [] | [NumberPart::Article] => None,
        [NumberPart::Article, NumberPart::Hundred, rest @ ..] => Some(100 + after_hundred(rest)?),
        [head @ .., NumberPart::Hundred] if !head.contains(&NumberPart::Hundred) => hundreds(head),
        _ => match parts.iter().position(|&part| part == NumberPart::Hundred) {
            None => below_hundred(parts),
            Some(at) => Some(hundreds(&parts[..at])? + after_hundred(&parts[at + 1..])?),
        },
    }
}

fn hundreds(parts: &[NumberPart]) -> Option<i64> {
    let n = below_hundred(parts)?;
    (n > 0 && n % 10 != 0).then_some(n * 100)
}

fn after_hundred(parts: &[NumberPart]) -> Option<i64> {
    match parts {
        [] => Some(0),
        [NumberPart::And, rest @ ..] => below_hundred(rest).filter(|&n| n > 0),
        rest => below_hundred(rest).filter(|&n| n > 0),
    }
}

fn below_hundred(parts: &[NumberPart]) -> Option<i64> {
    match *parts {
        [NumberPart::Small(n)] => Some(n),
        [NumberPart::Small(tens @ 20..), NumberPart::Small(unit @ 1..=9)] => Some(tens + unit),
        _ => None,
    }
}

/// All spoken forms of `n`, from 0 on.
pub(super) fn words(n: i64) -> Vec<String> {
    let mut said = vec![spell(n, "one", " and ")];
    if n >= 100 {
        said.push(spell(n, "one", " "));
        said.push(spell(n, "a", " and "));
        said.push(spell(n, "a", " "));
    }
    if (1_100..=9_900).contains(&n) && n / 100 % 10 != 0 {
        for and in [" and ", " "] {
            let rest = if n % 100 > 0 { format!("{and}{}", below_hundred_words(n % 100)) } else { String::new() };
            said.push(format!("{} hundred{rest}", below_hundred_words(n / 100)));
        }
    }
    said
}

/// Spells a number; `one` stands for a leading one: `one hundred` or `a hundred`.
fn spell(n: i64, one: &str, and: &str) -> String {
    if n < 100 {
        return below_hundred_words(n);
    }
    let (unit, name) = match n {
        1_000_000.. => (1_000_000, "million"),
        1_000.. => (1_000, "thousand"),
        _ => (100, "hundred"),
    };
    let count = if n / unit == 1 { one.to_owned() } else { spell(n / unit, "one", and) };
    let rest = match n % unit {
        0 => String::new(),
        rest if rest < 100 => format!("{and}{}", below_hundred_words(rest)),
        rest => format!(" {}", spell(rest, "one", and)),
    };
    format!("{count} {name}{rest}")
}

fn below_hundred_words(n: i64) -> String {
    let name = |names: &[&str], at: i64| names[usize::try_from(at).unwrap_or_default()].to_owned();
    match (n / 10, n % 10) {
        (0 | 1, _) => name(&UNITS, n),
        (tens, 0) => name(&TENS, tens),
        (tens, unit) => format!("{} {}", name(&TENS, tens), name(&UNITS, unit)),
    }
}
