//! Short forms and Roman numerals in Russian.

use regex::Captures;

use super::ordinal::{OrdinalForm, ordinal};
use crate::verbalize::roman;
use crate::verbalize::rule::{Rule, RulePlace, group, rule};

/// Short forms anywhere; their last full stop may end the sentence too.
const PHRASES: &[(&str, &str)] = &[
    (r"и т\. ?д\.", "и так далее"),
    (r"и т\. ?п\.", "и тому подобное"),
    (r"и др\.", "и другие"),
    (r"и пр\.", "и прочее"),
    (r"т\. ?е\.", "то есть"),
    (r"т\. ?к\.", "так как"),
    (r"т\. ?н\.", "так называемый"),
    (r"в т\. ?ч\.", "в том числе"),
    (r"до н\. ?э\.", "до нашей эры"),
    (r"н\. ?э\.", "нашей эры"),
    (r"напр\.", "например"),
];
/// Short forms before a capitalised name.
const NAMED: &[(&str, &str)] = &[
    ("ул", "улица"),
    ("пр", "проспект"),
    ("просп", "проспект"),
    ("пер", "переулок"),
    ("пл", "площадь"),
    ("г", "город"),
    ("им", "имени"),
    ("проф", "профессор"),
    ("акад", "академик"),
    ("о", "остров"),
    ("оз", "озеро"),
    ("р", "река"),
    ("св", "святой"),
];
/// Short forms before a number.
const COUNTED: &[(&str, &str)] = &[
    ("стр", "страница"),
    ("с", "страница"),
    ("рис", "рисунок"),
    ("табл", "таблица"),
    ("гл", "глава"),
    ("п", "пункт"),
    ("ст", "статья"),
    ("д", "дом"),
    ("кв", "квартира"),
    ("корп", "корпус"),
    ("тел", "телефон"),
    ("т", "том"),
];
/// First names of sovereigns.
const NAMES: &str = " пётр петр людовик екатерина николай александр павел иван генрих карл елизавета вильгельм фридрих георг эдуард филипп наполеон иоанн бенедикт пий лев людовика петра екатерины николая александра ивана елизаветы ";

pub(super) fn rules() -> Vec<Rule> {
    let mut rules: Vec<Rule> = PHRASES.iter().map(|(pattern, _)| rule(pattern, phrase)).collect();
    rules.push(rule(r"(?P<word>[А-Яа-я]{1,5})\.(?P<gap> ?)", named));
    rules.push(rule(r"(?P<word>[А-Яа-я]{1,4})\.", counted));
    rules.push(rule(r"(?P<n>[IVX]+) (?P<what>век(?:а|е|у|ом)?|в\.|вв\.)", century));
    rules.push(rule(r"(?P<n>[IVX]+)", numeral));
    rules
}

fn phrase(found: &Captures, place: &RulePlace) -> Option<String> {
    let bare: String = found[0].chars().filter(|c| *c != ' ').collect();
    let same = |pattern: &str| pattern.replace(['\\', ' ', '?'], "") == bare;
    let (_, long) = PHRASES.iter().find(|(pattern, _)| same(pattern))?;
    // Short forms that begin with "и" end a list, so that they may also end a sentence.
    let stop = if long.starts_with("и ") { place.stop_or_sentence() } else { place.stop() };
    Some(format!("{long}{stop}"))
}

fn among(list: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    list.iter().find(|(short, _)| *short == word).map(|(_, long)| *long)
}

fn named(found: &Captures, place: &RulePlace) -> Option<String> {
    let long = among(NAMED, group(found, "word"))?;
    // `в 1999 г. Москва` is the abbreviation for year, not for city.
    let counted = place.before.trim_end().ends_with(|c: char| c.is_ascii_digit());
    (place.after.starts_with(char::is_uppercase) && !counted).then(|| format!("{long} "))
}

fn counted(found: &Captures, place: &RulePlace) -> Option<String> {
    let long = among(COUNTED, group(found, "word"))?;
    let number = place.after.trim_start().starts_with(|c: char| c.is_ascii_digit());
    let own = !place.before.trim_end().ends_with(|c: char| c.is_ascii_digit());
    (number && own).then(|| if place.after.starts_with(' ') { long.to_owned() } else { format!("{long} ") })
}

fn century(found: &Captures, place: &RulePlace) -> Option<String> {
    let n = roman::value(group(found, "n"))?;
    let (form, word) = match (group(found, "what"), place.word_before().to_lowercase().as_str()) {
        ("века", _) => (OrdinalForm::Genitive, "века"),
        ("веке", _) | ("в.", "в") => (OrdinalForm::Prepositional, "веке"),
        ("веку", _) => (OrdinalForm::Dative, "веку"),
        ("веком", _) => (OrdinalForm::Instrumental, "веком"),
        ("век", _) => (OrdinalForm::Masculine, "век"),
        ("в.", "до" | "с" | "от" | "начало" | "конец" | "начала" | "конца") => {
            (OrdinalForm::Genitive, "века")
        }
        _ => return None,
    };
    let stop = if found[0].ends_with('.') { place.stop() } else { "" };
    Some(format!("{} {word}{stop}", ordinal(n, form)?))
}

fn numeral(found: &Captures, place: &RulePlace) -> Option<String> {
    let n = roman::value(group(found, "n"))?;
    let word = place.word_before().to_lowercase();
    let known = !word.is_empty() && NAMES.contains(&format!(" {word} ")) && place.before.ends_with(' ');
    let form = match word.as_str() {
        "екатерина" | "елизавета" => OrdinalForm::Feminine,
        "екатерины" | "елизаветы" => OrdinalForm::FeminineOblique,
        word if word.ends_with('а') || word.ends_with('я') => OrdinalForm::Genitive,
        _ => OrdinalForm::Masculine,
    };
    if known { ordinal(n, form) } else { None }
}
