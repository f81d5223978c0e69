//! Properties of every template and every sentence.

use std::fmt::Write as _;

use proptest::prelude::*;

use crate::intent::Slots;
use crate::intent::error::IntentError;
use crate::intent::file::SourceFile;
use crate::intent::matching::matcher::Matcher;
use crate::intent::template::IntentSet;
use crate::intent::template::parser::parse;

fn load(text: &str) -> IntentSet {
    IntentSet::parse(&[SourceFile { name: "test.yaml".into(), text: text.into() }]).unwrap()
}

fn compiled(text: &str) -> Result<Matcher, IntentError> {
    Matcher::new(&load(text))
}

/// A file with one sentence and the other keys in `rest`.
fn file(template: &str, rest: &str) -> String {
    let template = template.replace('\'', "''");
    format!("language: en\nintents:\n  Test:\n    data:\n      - sentences: ['{template}']\n{rest}\n")
}

const LISTS: &str = "lists:\n  any: {wildcard: true}\n  n: {range: {from: 0, to: 100}}\n  c: {values: [red, dark red, '[very] dark (a|b)']}\n";

/// Well-formed templates of limited depth.
fn template() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-c]{1,3}",
        Just(" ".to_owned()),
        Just("{any}".to_owned()),
        Just("{n:number}".to_owned()),
        Just("{c}".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|items| items.concat()),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|items| format!("({})", items.join("|"))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|items| format!("[{}]", items.join("|"))),
            prop::collection::vec(inner, 2..4).prop_map(|items| format!("({})", items.join(";"))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parsing_never_panics(text in any::<String>()) {
        let _ = parse(&text);
    }

    #[test]
    fn parsing_brackets_never_panics(text in "[a-c \\[\\](){}<>|;:\\\\]{0,60}") {
        let _ = parse(&text);
    }

    #[test]
    fn files_never_panic(text in any::<String>()) {
        let _ = IntentSet::parse(&[SourceFile { name: "x.yaml".into(), text }]);
    }

    #[test]
    fn matching_never_panics_and_is_bounded(template in template(), text in "[a-c ]{0,80}", odd in any::<String>()) {
        if let Ok(matcher) = compiled(&file(&template, LISTS)) {
            for text in [text, odd] {
                let (_, steps) = matcher.exact_counted(&text, &Slots::new());
                prop_assert!(steps <= 2_100_000, "{steps} steps");
            }
        }
    }

    #[test]
    fn numbers_that_are_spelled_are_understood(n in 0i64..=100) {
        let matcher = compiled(&file("set it to {n:number} now", LISTS)).unwrap();
        for said in crate::intent::language::number::words(n, "en").into_iter().chain([n.to_string()]) {
            let found = matcher.exact(&format!("Set it to {said} now!"), &Slots::new());
            prop_assert_eq!(&found[0].slots["number"], &n.to_string());
        }
    }
}

/// The steps for a sentence that matches.
fn steps(yaml: &str, text: &str) -> usize {
    let (found, steps) = compiled(yaml).unwrap().exact_counted(text, &Slots::new());
    assert!(!found.is_empty(), "{text}");
    steps
}

#[test]
fn nested_optionals_cost_little() {
    let nested = (0..30).fold(String::new(), |inner, _| format!("[a {inner}]"));
    assert!(steps(&file(&format!("go {nested}"), ""), &format!("go {}", "a ".repeat(30))) < 10_000);
    let row = "[a] ".repeat(50);
    assert!(steps(&file(&format!("go {row}"), ""), &format!("go {}", "a ".repeat(25))) < 50_000);
}

#[test]
fn a_thousand_alternatives_cost_little() {
    let words: Vec<String> = (0..2_000).map(|n| format!("w{}", char_word(n))).collect();
    let template = format!("go ({0}) and ({0})", words.join("|"));
    assert!(steps(&file(&template, ""), &format!("go {} and {}", words[1_999], words[7])) < 1_000);
}

/// A word of letters that stands for a number.
fn char_word(mut n: u32) -> String {
    let mut word = String::new();
    while n > 0 {
        word.extend(char::from_digit(n % 10, 10).map(|digit| char::from(b'a' + digit as u8 - b'0')));
        n /= 10;
    }
    word
}

#[test]
fn wildcards_everywhere_cost_little() {
    let yaml = file("{any:one} and {any:two} and {any:three}", LISTS);
    assert!(steps(&yaml, "x and ".repeat(20).trim_end_matches(" and ")) < 500_000);
}

#[test]
fn rules_in_a_circle_are_refused_by_name() {
    let rules = "expansion_rules:\n  a: 'x <b>'\n  b: '[<a>]'\n";
    let error = compiled(&file("go <a>", rules)).unwrap_err();
    assert!(matches!(&error, IntentError::Recursion { cycle, .. } if cycle == "<a> → <b> → <a>"), "{error}");
    let lists = "lists:\n  a: {values: ['x {b}']}\n  b: {values: ['y {a}']}\n";
    assert!(matches!(compiled(&file("go {a}", lists)).unwrap_err(), IntentError::Recursion { .. }));
}

#[test]
fn what_explodes_is_refused() {
    let mut rules = String::from("expansion_rules:\n  r0: 'x'\n");
    for n in 1..30 {
        let _ = writeln!(rules, "  r{n}: '<r{0}> <r{0}>'", n - 1);
    }
    assert!(matches!(compiled(&file("<r29>", &rules)).unwrap_err(), IntentError::TooLarge { .. }));
    let word = "[a|b|c|d]".repeat(20);
    assert!(matches!(compiled(&file(&word, "")).unwrap_err(), IntentError::TooLarge { .. }));
}

#[test]
fn unknown_rules_are_named_with_their_place() {
    let error = compiled(&file("go <lihgt>", "expansion_rules:\n  light: 'light[s]'\n")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "test.yaml:5:22: no file defines the rule <lihgt>; add it under `expansion_rules` or write <light>"
    );
}
