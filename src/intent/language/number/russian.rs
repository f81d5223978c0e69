//! Russian numbers in all genders and cases; Ё is written Е, as sentences are compared.

use super::{Number, Part, grouped};
use crate::phrases::russian::plural;

/// The cases in which numbers are spelled, the usual ones first.
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
/// One and two: masculine, feminine, neuter of each case; the accusative of `одна` has a row of its own.
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
/// After one, after two to four, after more; by case.
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

/// What a word says in a number.
pub(super) fn part(word: &str) -> Option<Part> {
    let among = |table: &[[&str; 3]]| table.iter().flatten().any(|&form| form == word);
    Some(match word {
        "и" => Part::And,
        "с" => Part::With,
        "минус" => Part::Minus,
        "нуль" | "нуля" | "нулю" | "нулем" | "нуле" => Part::Small(0),
        "целая" | "целых" | "целую" | "точка" | "запятая" => Part::Point,
        "десятая" | "десятых" | "десятую" | "десятые" => Part::Fraction(10),
        "сотая" | "сотых" | "сотую" | "сотые" => Part::Fraction(100),
        "пол" | "половина" | "половину" | "половины" | "половиной" => Part::Half,
        "полтора" | "полторы" | "полутора" => Part::OneAndHalf,
        "восьмью" => Part::Small(8),
        // Of things that come in pairs: `двадцать одни сутки`.
        "одни" | "одних" | "одними" => Part::Small(1),
        _ if among(&ONE) => Part::Small(1),
        _ if among(&TWO) => Part::Small(2),
        _ if among(&THOUSAND) => Part::Scale(1_000),
        _ if among(&MILLION) => Part::Scale(1_000_000),
        _ => NAMES.iter().find(|(_, forms)| forms.contains(&word)).map(|&(n, _)| Part::Small(n))?,
    })
}

/// The number that all the parts together say.
pub(super) fn value(parts: &[Part]) -> Option<Number> {
    match parts {
        [Part::Half] => Some(Number(Number::ONE / 2)),
        [Part::OneAndHalf] => Some(Number(Number::ONE * 3 / 2)),
        [rest @ .., Part::With, Part::Half] => Some(Number(integer(rest)? * Number::ONE + Number::ONE / 2)),
        [said @ .., Part::Fraction(unit)] => {
            let at = said.iter().rposition(|part| matches!(part, Part::Point | Part::And))?;
            let whole = if at > 0 && said[at - 1] == Part::Point { &said[..at - 1] } else { &said[..at] };
            fraction(whole, &said[at + 1..], *unit)
        }
        [whole @ .., Part::Point | Part::And, Part::Small(tenths @ 1..=9)] => {
            Some(Number(integer(whole)? * Number::ONE + tenths * Number::ONE / 10))
        }
        _ => integer(parts).map(Number::whole),
    }
}

/// `две целых | пять | десятых`.
fn fraction(whole: &[Part], count: &[Part], unit: i64) -> Option<Number> {
    let count = integer(count).filter(|count| (1..unit).contains(count))?;
    Some(Number(integer(whole)? * Number::ONE + count * Number::ONE / unit))
}

fn integer(parts: &[Part]) -> Option<i64> {
    if parts.contains(&Part::And) {
        return None;
    }
    grouped(parts, below_thousand, Some(1))
}

fn below_thousand(parts: &[Part]) -> Option<i64> {
    match *parts {
        [Part::Small(n)] => Some(n),
        [Part::Small(hundreds @ 100..), ref rest @ ..] => Some(hundreds + below_hundred(rest)?),
        _ => below_hundred(parts),
    }
}

fn below_hundred(parts: &[Part]) -> Option<i64> {
    match *parts {
        [Part::Small(n @ 1..=99)] => Some(n),
        [Part::Small(tens @ 20..=99), Part::Small(unit @ 1..=9)] => Some(tens + unit),
        _ => None,
    }
}

/// All the ways to say `n`, from 0 on: nominative in three genders, the accusative of the feminine, the other cases.
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

/// A number that has a name of its own.
fn small(n: i64, case: usize, gender: usize) -> &'static str {
    match n {
        1 => ONE[case][gender],
        2 => TWO[case][gender],
        // Things are counted in the accusative as in the nominative.
        _ => NAMES.iter().find(|name| name.0 == n).map_or("", |(_, forms)| forms[case % CASES]),
    }
}
