//! The check of valid commands files: sentences with two meanings, and lines that nothing uses.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;

use crate::intent::matching::matcher::Matcher;
use crate::intent::template::vocabulary::words;
use crate::intent::template::{Block, Expr, FilePlace, Intent, IntentSet, List, Sentence, sample};

/// Sentences that are drawn from each template in the search for ambiguities.
const DRAWS: usize = 4;
/// Most sentences that are matched altogether.
const MOST_DRAWS: usize = 8_000;
/// Most words that one warning names.
const MOST_NAMED: usize = 12;
/// Words that no grammar has: a template that matches them matches anything that is said near a microphone.
const NONSENSE: &str = "zzqx vrrk wupf";

/// A warning to the owner of a commands file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The place; `None` if it has no single place.
    pub place: Option<FilePlace>,
    /// The problem and its remedy.
    pub text: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// Checks files that were read and compiled. The files work in spite of these problems.
///
/// `pronounceable` says whether the recogniser knows how a word sounds.
pub fn check(intents: &IntentSet, matcher: &Matcher, pronounceable: &dyn Fn(&str) -> bool) -> Vec<Problem> {
    let mut problems = Vec::new();
    overlaps(intents, matcher, &mut problems);
    unused(intents, &mut problems);
    let anywhere = |text| Problem { place: None, text };
    for list in matcher.graph().missing_lists().collect::<BTreeSet<_>>() {
        problems.push(anywhere(format!(
            "no file defines the list {{{list}}}: its sentences match nothing until `lists:` or --lists has it"
        )));
    }
    for (name, _) in intents.intents.iter().filter(|(_, intent)| intent.blocks.iter().all(|b| b.sentences.is_empty())) {
        problems.push(anywhere(format!("the intent {name} has no sentences")));
    }
    let spoken = words(intents);
    let mute: Vec<&str> =
        spoken.iter().map(String::as_str).filter(|word| is_word(word) && !pronounceable(word)).collect();
    if !mute.is_empty() {
        let more =
            if mute.len() > MOST_NAMED { format!(" and {} more", mute.len() - MOST_NAMED) } else { String::new() };
        let named = mute[..mute.len().min(MOST_NAMED)].join(", ");
        problems.push(anywhere(format!("the recogniser cannot pronounce: {named}{more}; spell them as they sound")));
    }
    problems
}

fn is_word(word: &str) -> bool {
    word.chars().any(char::is_alphabetic)
}

/// Finds sentences of more than one intent, and templates that match anything.
fn overlaps(intents: &IntentSet, matcher: &Matcher, problems: &mut Vec<Problem>) {
    let mut rng = Rng::with_seed(0);
    let mut told = BTreeSet::new();
    let mut drawn = 0;
    for (name, intent) in &intents.intents {
        for (block, sentence) in intent.blocks.iter().flat_map(|b| b.sentences.iter().map(move |s| (b, s))) {
            for _ in 0..DRAWS {
                drawn += 1;
                if drawn > MOST_DRAWS {
                    return;
                }
                let sample = sample::one(intents, name, block, sentence, &mut rng);
                let readings = matcher.exact(&sample.sentence, &sample.context);
                for other in readings.iter().filter(|reading| reading.intent != *name) {
                    let (first, second) = (name.min(&other.intent), name.max(&other.intent));
                    if told.insert((first.clone(), second.clone())) {
                        let best = &readings[0].intent;
                        let text = format!(
                            "\"{}\" means {first} and {second}; {best} is taken: change one of them, or ask for a context",
                            sample.sentence
                        );
                        problems.push(Problem { place: Some(sentence.place.clone()), text });
                    }
                }
            }
            if is_anything(block, sentence.place.clone(), &sentence.expr, intents) {
                let text = "this template matches anything that is said: add words of its own".to_string();
                problems.push(Problem { place: Some(sentence.place.clone()), text });
            }
        }
    }
}

/// Whether a template matches words that no grammar has.
fn is_anything(block: &Block, place: FilePlace, expr: &Expr, intents: &IntentSet) -> bool {
    let wild = |list: &str| {
        let found = block.lists.get(list).or_else(|| intents.lists.get(list));
        matches!(found, Some(List::Wildcard))
    };
    let rule = |name: &str| block.rules.get(name).or_else(|| intents.rules.get(name));
    let mut any = false;
    visit(expr, &rule, &mut BTreeSet::new(), &mut |list, _| any |= wild(list));
    if !any {
        return false;
    }
    let sentence = Sentence { text: String::new(), expr: expr.clone(), place };
    let block = Block {
        sentences: vec![sentence],
        lists: block.lists.clone(),
        rules: block.rules.clone(),
        ..Default::default()
    };
    let mut alone = IntentSet { language: intents.language.clone(), ..IntentSet::default() };
    alone.rules.clone_from(&intents.rules);
    alone.lists.extend(
        intents.lists.iter().filter(|(_, list)| matches!(list, List::Wildcard)).map(|(n, l)| (n.clone(), l.clone())),
    );
    alone.intents.insert("it".into(), Intent { blocks: vec![block] });
    Matcher::new(&alone).is_ok_and(|matcher| !matcher.exact(NONSENSE, &BTreeMap::new()).is_empty())
}

/// Finds rules and lists that no sentence uses.
fn unused(intents: &IntentSet, problems: &mut Vec<Problem>) {
    let mut rules = BTreeSet::new();
    let mut lists = BTreeSet::new();
    for block in intents.intents.values().flat_map(|intent| &intent.blocks) {
        let rule = |name: &str| block.rules.get(name).or_else(|| intents.rules.get(name));
        let mut seen = BTreeSet::new();
        for sentence in &block.sentences {
            visit(&sentence.expr, &rule, &mut seen, &mut |list, _| {
                lists.insert(list.to_string());
            });
        }
        let mut open: Vec<String> = lists.iter().cloned().collect();
        let mut looked = BTreeSet::new();
        while let Some(name) = open.pop().filter(|_| looked.len() < 10_000) {
            if !looked.insert(name.clone()) {
                continue;
            }
            if let Some(List::Values(values)) = block.lists.get(&name).or_else(|| intents.lists.get(&name)) {
                for value in values {
                    visit(&value.said, &rule, &mut seen, &mut |list, _| open.push(list.to_string()));
                }
            }
        }
        lists.extend(looked);
        rules.extend(seen.into_iter().map(String::from));
    }
    let unused = intents.rules.keys().filter(|name| !rules.contains(*name)).map(|name| format!("<{name}>"));
    let unused =
        unused.chain(intents.lists.keys().filter(|name| !lists.contains(*name)).map(|name| format!("{{{name}}}")));
    for name in unused {
        problems.push(Problem { place: None, text: format!("no sentence uses {name}: take it out, or use it") });
    }
}

/// Calls `list` with the list and the slot of each placeholder; `seen` collects the rules on the way.
fn visit<'a>(
    expr: &'a Expr,
    rule: &impl Fn(&str) -> Option<&'a Expr>,
    seen: &mut BTreeSet<&'a str>,
    list: &mut impl FnMut(&'a str, &'a str),
) {
    match expr {
        Expr::Text(_) => {}
        Expr::Sequence(items) | Expr::Alternative(items) | Expr::Permutation(items) => {
            for item in items {
                visit(item, rule, seen, list);
            }
        }
        Expr::List { list: name, slot } => list(name, slot),
        Expr::Rule(name) => {
            if seen.insert(name)
                && let Some(inner) = rule(name)
            {
                visit(inner, rule, seen, list);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::SourceFile;
    use super::*;

    fn problems(text: &str) -> String {
        let intents = IntentSet::parse(&[SourceFile { name: "x.yaml".into(), text: text.into() }]).unwrap();
        let matcher = Matcher::new(&intents).unwrap();
        let all = check(&intents, &matcher, &|word| word != "xyzzy");
        all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn sentences_of_two_intents_are_told_with_an_example() {
        let told = problems(
            "language: en\nintents:\n  A:\n    data:\n    - sentences: ['open [the] door']\n  B:\n    data:\n    - sentences: ['(open|close) the door']\n",
        );
        assert!(told.contains("means A and B") && told.starts_with("x.yaml:5:"), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }

    #[test]
    fn what_nothing_uses_is_told() {
        let told = problems(
            "language: en\nintents:\n  A:\n    data:\n    - sentences: ['go <there> {missing}', 'say xyzzy']\nexpansion_rules:\n  there: '{place}'\n  lost: 'x'\nlists:\n  place:\n    values: [home]\n  gone:\n    values: [a]\n",
        );
        for part in ["uses <lost>", "uses {gone}", "defines the list {missing}", "pronounce: xyzzy"] {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert_eq!(told.lines().count(), 4, "{told}");
    }

    #[test]
    fn templates_that_take_anything_are_told() {
        let told = problems(
            "language: en\nintents:\n  A:\n    data:\n    - sentences: ['[please] {text}', 'note {text}']\nlists:\n  text:\n    wildcard: true\n",
        );
        assert_eq!(told.matches("matches anything").count(), 1, "{told}");
    }
}
