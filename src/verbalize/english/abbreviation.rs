//! Titles, initials and other short forms, and Roman numerals, in English.

use regex::Captures;

use super::words::{cardinal, ordinal};
use crate::verbalize::roman;
use crate::verbalize::rule::{Rule, RulePlace, group, rule};

/// Titles, before a name.
const TITLES: &[(&str, &str)] = &[
    ("Dr", "Doctor"),
    ("Mr", "Mister"),
    ("Mrs", "Missus"),
    ("Prof", "Professor"),
    ("St", "Saint"),
    ("Mt", "Mount"),
    ("Ft", "Fort"),
    ("Gen", "General"),
    ("Col", "Colonel"),
    ("Capt", "Captain"),
    ("Lt", "Lieutenant"),
    ("Sgt", "Sergeant"),
    ("Sen", "Senator"),
    ("Rep", "Representative"),
    ("Gov", "Governor"),
    ("Rev", "Reverend"),
];
/// Short forms after a name, most of them of streets.
const SUFFIXES: &[(&str, &str)] = &[
    ("St", "Street"),
    ("Dr", "Drive"),
    ("Ave", "Avenue"),
    ("Blvd", "Boulevard"),
    ("Rd", "Road"),
    ("Ln", "Lane"),
    ("Jr", "Junior"),
    ("Sr", "Senior"),
    ("Inc", "Incorporated"),
    ("Ltd", "Limited"),
    ("Corp", "Corporation"),
    ("Co", "Company"),
];
/// Short forms before a number.
const COUNTED: &[(&str, &str)] = &[
    ("no", "number"),
    ("nos", "numbers"),
    ("p", "page"),
    ("pp", "pages"),
    ("fig", "figure"),
    ("figs", "figures"),
    ("vol", "volume"),
    ("ch", "chapter"),
    ("sec", "section"),
    ("eq", "equation"),
];
/// Short forms anywhere.
const PHRASES: &[(&str, &str)] = &[
    ("e.g.", "for example"),
    ("i.e.", "that is"),
    ("a.k.a.", "also known as"),
    ("approx.", "approximately"),
    ("dept.", "department"),
    ("vs.", "versus"),
    ("w/o", "without"),
    ("cf.", "compare"),
];
/// Words that begin a sentence and are not surnames.
const BEGINNINGS: &str = " the a an it he she we they you i this that these those in on at if but and so then what when where who why how is are there here my your our his her its ";
/// First names of sovereigns and popes.
const NAMES: &str = " louis henry charles elizabeth george edward william richard james john paul pius benedict leo gregory innocent francis frederick philip peter catherine alexander nicholas napoleon ramesses ptolemy mary alfonso ferdinand ivan victor albert leopold gustav christian harald olav haakon otto clement urban ";
/// Numbered parts of a whole.
const PARTS: &str = " chapter part act volume book war phase type class section scene title article stage mark rocky level grade super bowl ";

pub(super) fn rules() -> Vec<Rule> {
    vec![
        rule(r"(?P<word>[A-Z][a-z]{1,4})\.(?P<gap> ?)", title),
        rule(r"(?P<word>[A-Z][a-z]{1,4})\.", suffix),
        rule(r"(?P<word>[Nn]os?|pp?|[Ff]igs?|[Vv]ol|[Cc]h|[Ss]ec|[Ee]q)\.", counted),
        rule(r"(?:[Ee]\.g\.|[Ii]\.e\.|[Aa]\.k\.a\.|[Aa]pprox\.|[Dd]ept\.|vs\.|w/o|cf\.)", phrase),
        rule(r"vs", |_, _| Some("versus".into())),
        rule(r"w/", |_, place| place.after.starts_with(' ').then(|| "with".into())),
        rule(r"etc\.", |_, place| Some(format!("et cetera{}", place.stop_or_sentence()))),
        rule(r"(?:[A-Z]\.){2,}", |found, place| {
            let letters: Vec<String> = found[0].chars().filter(|c| c.is_alphabetic()).map(String::from).collect();
            Some(format!("{}{}", letters.join(" "), place.stop()))
        }),
        rule(r"(?P<letter>[A-Z])\.", initial),
        rule(r"(?P<numeral>[IVX]+)", numeral),
    ]
}

fn among(list: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    list.iter().find(|(short, _)| *short == word).map(|(_, long)| *long)
}

fn capital(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
}

fn title(found: &Captures, place: &RulePlace) -> Option<String> {
    let long = among(TITLES, group(found, "word"))?;
    let named = place.after.starts_with(char::is_uppercase);
    // `on Main St. The` ends a sentence and does not name a saint.
    let sentence = BEGINNINGS.contains(&format!(" {} ", place.word_after().to_lowercase())) || street(place);
    let gap = group(found, "gap");
    (named && !gap.is_empty() && !sentence).then(|| format!("{long}{gap}"))
}

/// Whether a street's name probably precedes: a name after a number, or after a word such as `on`.
fn street(place: &RulePlace) -> bool {
    let mut words = place.before.split_whitespace().rev();
    let (name, before) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let numbered = before.ends_with(|c: char| c.is_ascii_digit()) || name.ends_with("th");
    capital(name)
        && !name.ends_with(['.', '!', '?', ','])
        && (numbered || matches!(before, "on" | "at" | "of" | "near"))
}

fn suffix(found: &Captures, place: &RulePlace) -> Option<String> {
    let long = among(SUFFIXES, group(found, "word"))?;
    let word = place.before.trim_end().rsplit(char::is_whitespace).next().unwrap_or_default();
    let named = capital(word.trim_start_matches(['"', '(', '“'])) || word.ends_with("th");
    let spaced = place.before.ends_with(' ') && !word.ends_with(['.', '!', '?', ':']);
    (named && spaced).then(|| format!("{long}{}", place.stop_or_sentence()))
}

fn counted(found: &Captures, place: &RulePlace) -> Option<String> {
    let long = among(COUNTED, &group(found, "word").to_lowercase())?;
    place
        .after
        .trim_start()
        .starts_with(|c: char| c.is_ascii_digit())
        .then(|| if place.after.starts_with(' ') { long.to_owned() } else { format!("{long} ") })
}

fn phrase(found: &Captures, place: &RulePlace) -> Option<String> {
    let long = among(PHRASES, &found[0].to_lowercase())?;
    Some(format!("{long}{}", if found[0].ends_with('.') { place.stop() } else { "" }))
}

fn initial(found: &Captures, place: &RulePlace) -> Option<String> {
    let next = place.after.strip_prefix(' ')?;
    let word = place.word_after();
    let name = next.starts_with(char::is_uppercase) && !BEGINNINGS.contains(&format!(" {} ", word.to_lowercase()));
    let first = place.before.trim().is_empty() || (capital(place.word_before()) && place.before.ends_with(' '));
    // `I.` more often ends a sentence than it is an initial. A letter in the middle of a sentence is one only after a
    // name.
    (name && first && group(found, "letter") != "I").then(|| group(found, "letter").to_owned())
}

fn numeral(found: &Captures, place: &RulePlace) -> Option<String> {
    let numeral = group(found, "numeral");
    let n = roman::value(numeral)?;
    let before = place.before.strip_suffix(' ')?;
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let listed = |list: &str| capital(word) && list.contains(&format!(" {} ", word.to_lowercase()));
    let ends = place.after.chars().next().is_none_or(|c| ".,;:!?)".contains(c));
    let sure = numeral.len() > 1 || ends || before.ends_with("World War");
    if listed(NAMES) && sure {
        return Some(format!("the {}", ordinal(n)?));
    }
    if listed(PARTS) && sure { cardinal(n) } else { None }
}
