//! Grammars for the ears, from templates.

use super::super::file::Source;
use super::*;

fn intents(yaml: &str) -> Intents {
    Intents::parse(&[Source { name: "test.yaml".into(), text: yaml.into() }]).unwrap()
}

fn grammar(yaml: &str) -> Result<Grammar, GrammarError> {
    jsgf(&intents(yaml))
}

fn one(sentence: &str) -> Grammar {
    grammar(&format!("language: en\nintents:\n  A:\n    data:\n      - sentences:\n          - \"{sentence}\"\n"))
        .unwrap()
}

/// What the rule of the only intent says.
fn rule(grammar: &Grammar) -> &str {
    let line = grammar.text.lines().find(|line| line.starts_with("<intent_A>")).unwrap();
    line.split_once(" = ").unwrap().1.trim_end_matches(';')
}

#[test]
fn pieces_of_words_become_words() {
    assert_eq!(rule(&one("turn on [the] light[s]")), "turn on [the] (lights | light)");
    assert_eq!(rule(&one("[the ]lamp")), "[the] lamp");
    assert_eq!(rule(&one("half (past|to) 5pm")), "half (past | to) five pm");
}

#[test]
fn all_orders_of_a_permutation_are_there() {
    assert_eq!(rule(&one("(red;green) lamp")), "(red green | green red) lamp");
}

#[test]
fn ranges_are_spelled_out_and_signs_read() {
    let yaml = "language: en\nintents:\n  A:\n    data:\n      - sentences:\n          - \"to {level}[%| percent]\"\n\
                lists:\n  level:\n    range:\n      from: 20\n      to: 22\n";
    let grammar = grammar(yaml).unwrap();
    assert_eq!(rule(&grammar), "to <list_level> [percent]");
    assert!(grammar.text.contains("twenty one"), "{}", grammar.text);
}

#[test]
fn wildcards_are_left_out_and_named() {
    let yaml = "language: en\nintents:\n  A:\n    data:\n      - sentences:\n          - \"say {anything}\"\n          \
                - \"timer [called {anything}]\"\nlists:\n  anything:\n    wildcard: true\n";
    let grammar = grammar(yaml).unwrap();
    assert_eq!(rule(&grammar), "timer");
    assert!(grammar.warnings.iter().any(|w| w.contains("say {anything}") && w.contains("wildcard")), "{grammar:?}");
    let nothing = "language: en\nintents:\n  A:\n    data:\n      - sentences:\n          - \"say {anything}\"\n\
                   lists:\n  anything:\n    wildcard: true\n";
    assert_eq!(super::jsgf(&intents(nothing)), Err(GrammarError::Empty));
}

#[test]
fn what_is_too_large_is_refused_by_name() {
    let yaml = "language: en\nintents:\n  Big:\n    data:\n      - sentences:\n          - \"{n} {n} {n} {n} {n} {n} {n} \
                {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n}\"\nlists:\n  n:\n    range:\n      \
                from: 0\n      to: 1000\n";
    assert!(matches!(grammar(yaml), Err(GrammarError::TooLarge { largest, .. }) if largest == "Big"));
}

#[test]
fn skip_words_may_stand_around_a_command() {
    let yaml = "language: en\nintents:\n  A:\n    data:\n      - sentences:\n          - \"stop\"\nskip_words:\n  - \"please\"\n";
    let grammar = grammar(yaml).unwrap();
    assert!(grammar.text.contains("public <command> = <skip> <intent_A> <skip>;"), "{}", grammar.text);
    assert!(grammar.text.contains("<skip> = [please];"), "{}", grammar.text);
}
