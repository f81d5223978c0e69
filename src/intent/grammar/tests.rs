//! Tests of grammars made of templates.

use super::*;
use crate::intent::file::SourceFile;

fn intents(yaml: &str) -> IntentSet {
    IntentSet::parse(&[SourceFile { name: "test.yaml".into(), text: yaml.into() }]).unwrap()
}

fn of(yaml: &str) -> Result<Grammar, GrammarError> {
    grammar(&intents(yaml))
}

fn one(sentence: &str) -> Grammar {
    of(&format!("language: en\nintents:\n  A:\n    data:\n      - sentences:\n          - \"{sentence}\"\n")).unwrap()
}

/// All sentences of a grammar, sorted.
fn said(grammar: &Grammar) -> Vec<String> {
    let mut done = Vec::new();
    let mut open = vec![(0, String::new())];
    while let Some((state, before)) = open.pop() {
        for (_, to, word) in grammar.automaton.arcs().filter(|(from, ..)| *from == state) {
            match word {
                Some(word) => open.push((to, format!("{before} {word}"))),
                None => done.push(before.trim().to_owned()),
            }
        }
    }
    done.sort();
    done
}

#[test]
fn pieces_of_words_become_words() {
    assert_eq!(
        said(&one("turn on [the] light[s]")),
        ["turn on light", "turn on lights", "turn on the light", "turn on the lights"]
    );
    assert_eq!(said(&one("[the ]lamp")), ["lamp", "the lamp"]);
    assert_eq!(said(&one("half (past|to) 5pm")), ["half past five pm", "half to five pm"]);
}

#[test]
fn all_orders_of_a_permutation_are_there() {
    assert_eq!(said(&one("(red;green) lamp")), ["green red lamp", "red green lamp"]);
}

#[test]
fn ranges_are_spelled_out_and_signs_read() {
    let yaml = "language: en\nintents:\n  A:\n    data:\n      - sentences:\n          - \"to {level}[%| percent]\"\n\
                lists:\n  level:\n    range:\n      from: 20\n      to: 22\n";
    let said = said(&of(yaml).unwrap());
    assert!(said.contains(&"to twenty one percent".to_owned()) && said.contains(&"to twenty".to_owned()), "{said:?}");
}

#[test]
fn wildcards_are_left_out_and_named() {
    let yaml = "language: en\nintents:\n  A:\n    data:\n      - sentences:\n          - \"say {anything}\"\n          \
                - \"timer [called {anything}]\"\nlists:\n  anything:\n    wildcard: true\n";
    let grammar = of(yaml).unwrap();
    assert_eq!(said(&grammar), ["timer"]);
    assert!(grammar.warnings.iter().any(|w| w.contains("say {anything}") && w.contains("wildcard")), "{grammar:?}");
    let nothing = "language: en\nintents:\n  A:\n    data:\n      - sentences:\n          - \"say {anything}\"\n\
                   lists:\n  anything:\n    wildcard: true\n";
    assert_eq!(of(nothing), Err(GrammarError::Empty));
}

#[test]
fn what_is_too_large_is_refused_by_name() {
    let yaml = "language: en\nintents:\n  Big:\n    data:\n      - sentences:\n          - \"{n} {n} {n} {n} {n} {n} {n} \
                {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n}\"\nlists:\n  n:\n    range:\n      \
                from: 0\n      to: 1000\n";
    assert!(matches!(of(yaml), Err(GrammarError::TooLarge { largest, .. }) if largest == "Big"));
}

#[test]
fn skip_words_may_stand_around_a_command() {
    let yaml = "language: en\nintents:\n  A:\n    data:\n      - sentences:\n          - \"stop\"\nskip_words:\n  - \"please\"\n";
    assert_eq!(said(&of(yaml).unwrap()), ["please stop", "please stop please", "stop", "stop please"]);
}
