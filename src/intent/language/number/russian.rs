//! Russian numbers in all genders and cases; Ё is written Е, as in normalised words.

use super::part::{Number, NumberPart, grouped};
use crate::phrases::russian::plural;

/// Number of cases in which numbers are spelled, the most frequent first.
const CASES: usize = 5;
/// Nominative, genitive, dative, instrumental, prepositional.
const NAMES: [(i64, [&str; CASES]); 35] = [
    (0, ["ноль", "ноля", "нолю", "нолем", "ноле"]),
    (3, ["три", "трех", "трем", "тремя", "трех"]),
    (4, ["четыре", "четырех", "четырем", "четырьмя", "четырех"]),
    (5, ["пять", "пяти", "пяти", "пятью", "пяти"]),
    (6, ["шесть", "шести", "шести", "шестью", "шести"]),
    (7, ["семь", "семи", "семи", "семью", "семи"]),
    (8, ["восемь", "восьми", "восьми", "восемью", "восьми"]),
    (9, ["девять", "девяти", "девяти", "девятью", "девяти"]),
    (10, ["десять", "десяти", "десяти", "десятью", "десяти"]),
    (11, ["одиннадцать", "одиннадцати", "одиннадцати", "одиннадцатью", "одиннадцати"]),
    (12, ["двенадцать", "двенадцати", "двенадцати", "двенадцатью", "двенадцати"]),
    (13, ["тринадцать", "тринадцати", "тринадцати", "тринадцатью", "тринадцати"]),
    (14, ["четырнадцать", "четырнадцати", "четырнадцати", "четырнадцатью", "четырнадцати"]),
    (15, ["пятнадцать", "пятнадцати", "пятнадцати", "пятнадцатью", "пятнадцати"]),
    (16, ["шестнадцать", "шестнадцати", "шестнадцати", "шестнадцатью", "шестнадцати"]),
    (17, ["семнадцать", "семнадцати", "семнадцати", "семнадцатью", "семнадцати"]),
    (18, ["восемнадцать", "восемнадцати", "восемнадцати", "восемнадцатью", "восемнадцати"]),
    (19, ["девятнадцать", "девятнадцати", "девятнадцати", "девятнадцатью", "девятнадцати"]),
    (20, ["двадцать", "двадцати", "двадцати", "двадцатью", "двадцати"]),
    (30, ["тридцать", "тридцати", "тридцати", "тридцатью", "тридцати"]),
    (40, ["сорок", "сорока", "сорока", "сорока", "сорока"]),
    (50, ["пятьдесят", "пятидесяти", "пятидесяти", "пятьюдесятью", "пятидесяти"]),
    (60, ["шестьдесят", "шестидесяти", "шестидесяти", "шестьюдесятью", "шестидесяти"]),
    (70, ["семьдесят", "семидесяти", "семидесяти", "семьюдесятью", "семидесяти"]),
    (80, ["восемьдесят", "восьмидесяти", "восьмидесяти", "восемьюдесятью", "восьмидесяти"]),
    (90, ["девяносто", "девяноста", "девяноста", "девяноста", "девяноста"]),
    (100, ["сто", "ста", "ста", "ста", "ста"]),
    (200, ["двести", "двухсот", "двумстам", "двумястами", "двухстах"]),
    (300, ["триста", "трехсот", "тремстам", "тремястами", "трехстах"]),
    (400, ["четыреста", "четырехсот", "четыремстам", "четырьмястами", "четырехстах"]),
    (500, ["пятьсот", "пятисот", "пятистам", "пятьюстами", "пятистах"]),
    (600, ["шестьсот", "шестисот", "шестистам", "шестьюстами", "шестистах"]),
    (700, ["семьсот", "семисот", "семистам", "семьюстами", "семистах"]),
    (800, ["восемьсот", "восьмисот", "восьмистам", "восемьюстами", "восьмистах"]),
    (900, ["девятьсот", "девятисот", "девятистам", "девятьюстами", "девятистах"]),
];
/// One and two: masculine, feminine, neuter in each case; the last row is the accusative of `одна`.
const ONE: [[&str; 3]; CASES + 1] = [
    ["один", "одна", "одно"],
    ["одного", "одной", "одного"],
    ["одному", "одной", "одному"],
    ["одним", "одной", "одним"],
    ["одном", "одной", "одном"],
    ["один", "одну", "одно"],
];
const TWO: [[&str; 3]; CASES + 1] = [
    ["два", "две", "два"],
    ["двух", "двух", "двух"],
    ["двум", "двум", "двум"],
    ["двумя", "двумя", "двумя"],
    ["двух", "двух", "двух"],
    ["два", "две", "два"],
];
/// The form after one, after two to four, and after more; by case.
const THOUSAND: [[&str; 3]; CASES + 1] = [
    ["тысяча", "тысячи", "тысяч"],
    ["тысячи", "тысяч", "тысяч"],
    ["тысяче", "тысячам", "тысячам"],
    ["тысячей", "тысячами", "тысячами"],
    ["тысяче", "тысячах", "тысячах"],
    ["тысячу", "тысячи", "тысяч"],
];
const MILLION: [[&str; 3]; CASES + 1] = [
    ["миллион", "миллиона", "миллионов"],
    ["миллиона", "миллионов", "миллионов"],
    ["миллиону", "миллионам", "миллионам"],
    ["миллионом", "миллионами", "миллионами"],
    ["миллионе", "миллионах", "миллионах"],
    ["миллион", "миллиона", "миллионов"],
];

/// The part that a word adds to a number.
pub(super) fn part(word: &str) -> Option<NumberPart> {
    let among = |table: &[[&str; 3]]| table.iter().flatten().any(|&form| form == word);
    Some(match word {
        "и" => NumberPart::And,
        "с" => NumberPart::With,
        "минус" => NumberPart::Minus,
        "нуль" | "нуля" | "нулю" | "нулем" | "нуле" => NumberPart::Small(0),
        "целая" | "целых" | "целую" | "точка" | "запятая" => NumberPart::Point,
        "десятая" | "десятых" | "десятую" | "десятые" => NumberPart::Fraction(10),
        "сотая" | "сотых" | "сотую" | "сотые" => NumberPart::Fraction(100),
        "пол" | "половина" | "половину" | "половины" | "половиной" => {
            NumberPart::Half
        }
        "полтора" | "полторы" | "полутора" => NumberPart::OneAndHalf,
        "восьмью" => NumberPart::Small(8),
        // One in the plural, for things that come in pairs: `двадцать одни сутки`.
        "одни" | "одних" | "одними" => NumberPart::Small(1),
        _ if among(&ONE) => NumberPart::Small(1),
        _ if among(&TWO) => NumberPart::Small(2),
        _ if among(&THOUSAND) => NumberPart::Scale(1_000),
        _ if among(&MILLION) => NumberPart::Scale(1_000_000),
        _ => NAMES.iter().find(|(_, forms)| forms.contains(&word)).map(|&(n, _)| NumberPart::Small(n))?,
    })
}

/// The number of all parts together.
pub(super) fn value(parts: &[NumberPart]) -> Option<Number> {
    match parts {
        [NumberPart::Half] => Some(Number(Number::ONE / 2)),
        [NumberPart::OneAndHalf] => Some(Number(Number::ONE * 3 / 2)),
        [rest @ .., NumberPart::With, NumberPart::Half] => Some(Number(integer(rest)? * Number::ONE + Number::ONE / 2)),
        [said @ .., NumberPart::Fraction(unit)] => {
            let at = said.iter().rposition(|part| matches!(part, NumberPart::Point | NumberPart::And))?;
            let whole = if at > 0 && said[at - 1] == NumberPart::Point { &said[..at - 1] } else { &said[..at] };
            fraction(whole, &said[at + 1..], *unit)
        }
        [whole @ .., NumberPart::Point | NumberPart::And, NumberPart::Small(tenths @ 1..=9)] => {
            Some(Number(integer(whole)? * Number::ONE + tenths * Number::ONE / 10))
        }
        _ => integer(parts).map(Number::whole),
    }
}

/// A fraction with its whole part: `две целых | пять | десятых`.
fn fraction(whole: &[NumberPart], count: &[NumberPart], unit: i64) -> Option<Number> {
    let count = integer(count).filter(|count| (1..unit).contains(count))?;
    Some(Number(integer(whole)? * Number::ONE + count * Number::ONE / unit))
}

fn integer(parts: &[NumberPart]) -> Option<i64> {
    if parts.contains(&NumberPart::And) {
        return None;
    }
    grouped(parts, below_thousand, Some(1))
}

fn below_thousand(parts: &[NumberPart]) -> Option<i64> {
    match *parts {
        [NumberPart::Small(n)] => Some(n),
        [NumberPart::Small(hundreds @ 100..), ref rest @ ..] => Some(hundreds + below_hundred(rest)?),
        _ => below_hundred(parts),
    }
}

fn below_hundred(parts: &[NumberPart]) -> Option<i64> {
    match *parts {
        [NumberPart::Small(n @ 1..=99)] => Some(n),
        [NumberPart::Small(tens @ 20..=99), NumberPart::Small(unit @ 1..=9)] => Some(tens + unit),
        _ => None,
    }
}

/// All spoken forms of `n`, from 0 on: the nominative in three genders, the feminine accusative, the other cases.
pub(super) fn words(n: i64) -> Vec<String> {
    let nominative = (0..3).map(|gender| (0, gender));
    let accusative = std::iter::once((CASES, 1));
    let oblique = (1..CASES).flat_map(|case| (0..2).map(move |gender| (case, gender)));
    let mut said: Vec<String> =
        nominative.chain(accusative).chain(oblique).map(|(case, gender)| spell(n, case, gender)).collect();
    // A lone thousand or million needs no count: `тысяча`, `тысячу`.
    for (unit, forms) in [(1_000, THOUSAND), (1_000_000, MILLION)] {
        if n / unit == 1 {
            for case in [0, CASES, 1] {
                let rest = if n == unit { String::new() } else { format!(" {}", spell(n % unit, case, 0)) };
                said.push(format!("{}{rest}", forms[case][0]));
            }
        }
    }
    said
}

fn spell(n: i64, case: usize, gender: usize) -> String {
    if n == 0 {
        return small(0, case, gender).to_owned();
    }
    let mut said = Vec::new();
    let mut rest = n;
    for (unit, forms, gender) in [(1_000_000, MILLION, 0), (1_000, THOUSAND, 1)] {
        if rest >= unit {
            below_thousand_words(rest / unit, case, gender, &mut said);
            said.push(forms[case][plural(rest / unit)]);
            rest %= unit;
        }
    }
    below_thousand_words(rest, case, gender, &mut said);
    said.join(" ")
}

fn below_thousand_words(n: i64, case: usize, gender: usize, said: &mut Vec<&'static str>) {
    if n >= 100 {
        said.push(small(n / 100 * 100, case, gender));
    }
    match n % 100 {
        0 => {}
        rest @ (1..=20 | 30 | 40 | 50 | 60 | 70 | 80 | 90) => said.push(small(rest, case, gender)),
        rest => said.extend([small(rest / 10 * 10, case, gender), small(rest % 10, case, gender)]),
    }
}

/// A number that is one word.
fn small(n: i64, case: usize, gender: usize) -> &'static str {
    match n {
        1 => ONE[case][gender],
        2 => TWO[case][gender],
        // The accusative of numbers of things is the nominative.
        _ => NAMES.iter().find(|name| name.0 == n).map_or("", |(_, forms)| forms[case % CASES]),
    }
}
