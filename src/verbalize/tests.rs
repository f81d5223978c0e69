//! Tests of verbalization: tables, and properties of any text.

use proptest::prelude::*;

use super::{Language, Verbalized, cyrillic, english, russian};

const TABLES: [(Language, &str); 2] = [
    (Language::English, include_str!("../../fixtures/verbalize/english.tsv")),
    (Language::Russian, include_str!("../../fixtures/verbalize/russian.tsv")),
];

fn pairs() -> impl Iterator<Item = (Language, &'static str, &'static str)> {
    TABLES.into_iter().flat_map(|(language, table)| {
        table.lines().map(move |line| {
            let (written, said) = line.split_once('\t').unwrap();
            (language, written, said)
        })
    })
}

fn say(text: &str, language: Language) -> String {
    Verbalized::new(text, language).text
}

#[test]
fn what_is_written_is_said_as_people_say_it() {
    let mut wrong = Vec::new();
    for (language, written, said) in pairs() {
        let got = say(written, language);
        if got != said {
            wrong.push(format!("{written}\n  wanted {said}\n  got    {got}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), pairs().count(), wrong.join("\n"));
    let russian = pairs().filter(|(language, ..)| *language == Language::Russian).count();
    assert!(russian >= 60 && pairs().count() - russian >= 90, "the table has shrunk");
}

#[test]
fn every_pattern_is_one() {
    for (right, all) in [english::right(), russian::right()] {
        assert!(right == all && all > 30, "{right} of {all}");
    }
}

#[test]
fn what_was_said_is_said_the_same_again() {
    for (language, _, said) in pairs() {
        assert_eq!(say(said, language), said);
    }
}

#[test]
fn the_way_back_leads_to_the_ends_of_what_was_written() {
    let said = Verbalized::new("It costs $49.95 now.", Language::English);
    let until = |words: &str| {
        let end = said.text.find(words).unwrap() + words.len();
        said.written_end(end).map(|end| &"It costs $49.95 now."[..end])
    };
    assert_eq!(until("It"), Some("It"));
    assert_eq!(until("costs"), Some("It costs"));
    assert_eq!(until("forty nine"), None, "half a sum");
    assert_eq!(until("cents"), Some("It costs $49.95"));
    assert_eq!(until("now"), Some("It costs $49.95 now"));
    assert_eq!(said.written_end(1_000), Some(20));
    assert_eq!(Verbalized::as_written("as it is").written_end(5), Some(5));
}

#[test]
fn the_script_tells_the_language() {
    assert_eq!(cyrillic("Привет, golem!"), Some(true));
    assert_eq!(cyrillic("The word is чай."), Some(false));
    assert_eq!(cyrillic("42 — 7"), None);
    assert_eq!(Language::of_tag("ru_RU"), Some(Language::Russian));
    assert_eq!(Language::of_tag("en-us+f5"), Some(Language::English));
    assert_eq!(Language::of_tag("de"), None);
}

/// Texts of pieces that the rules match.
fn odd() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        " ",
        " ",
        " ",
        "-",
        "–",
        "/",
        ".",
        ",",
        ":",
        "$",
        "€",
        "₽",
        "%",
        "°",
        "+",
        "=",
        "&",
        "#",
        "~",
        "<",
        "@",
        "½",
        "'",
        "(",
        ")",
        "1",
        "2",
        "05",
        "19",
        "99",
        "2026",
        "1,000",
        "3.5",
        "km",
        "am",
        "st",
        "th",
        "Dr.",
        "St.",
        "Nov",
        "Mon",
        "v",
        "XIV",
        "Louis",
        "I",
        "the",
        "e.g.",
        "a",
        "км",
        "г.",
        "руб.",
        "тыс.",
        "мая",
        "до",
        "с",
        "-й",
        "в",
        "году",
        "ноября",
        "книги",
        "т.д.",
        "Пётр",
        "№",
        "№ ",
        "\u{a0}",
        "Ctrl+",
        "/etc",
        ".com",
        "10",
        "7:30",
        "$5",
        "s",
    ]);
    prop::collection::vec(parts, 0..14).prop_map(|parts| parts.concat())
}

fn languages() -> impl Strategy<Value = Language> {
    prop_oneof![Just(Language::English), Just(Language::Russian)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_said_and_stays_said(text in prop_oneof![odd(), any::<String>()], language in languages()) {
        let once = Verbalized::new(&text, language);
        for (end, _) in once.text.char_indices() {
            if let Some(written) = once.written_end(end) {
                prop_assert!(text.is_char_boundary(written), "{text:?} at {end}");
            }
        }
        prop_assert_eq!(once.written_end(once.text.len()), Some(text.len()));
        prop_assert_eq!(&say(&once.text, language), &once.text);
    }

    #[test]
    fn words_alone_stay_as_they_are(text in "([a-zа-яё]{2,9}( |, )){0,9}[a-zа-яё]{2,9}[.!?]", language in languages()) {
        // Skip abbreviations, which end with a full stop too.
        prop_assume!(!text.split(' ').any(|word| word.trim_end_matches(['.', ',', '!', '?']) == "vs" || word.ends_with('.') && word.chars().count() <= 8));
        prop_assert_eq!(say(&text, language), text);
    }
}
