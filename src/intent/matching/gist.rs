//! The gist of an intent in plain words: its shortest sentences, with `something` for every value.
//!
//! A sample sentence is no good hypothesis: `set a timer for five minutes` does not follow from `call me in ten`.

use super::zeroshot::Choice;
use crate::intent::template::{Block, Expr, IntentSet, List};
use crate::phrases::Language;

/// Most descriptions of one intent, within [`BUDGET`].
const MOST: usize = 3;
/// Most descriptions of all intents, unless there are more intents: each costs a run of the model for every guess.
const BUDGET: usize = 64;
/// Depth to which rules within rules are followed.
const DEPTH: usize = 16;
/// Longest description in bytes.
const LONGEST: usize = 120;

/// The words that stand for any value and for any number.
struct Anything {
    value: &'static str,
    number: &'static str,
}

/// Every intent with descriptions of what the person wants.
pub fn choices(intents: &IntentSet) -> Vec<Choice> {
    let most = (BUDGET / intents.intents.len().max(1)).clamp(1, MOST);
    let choice = |name: &String| Choice::new(name, None, &descriptions(intents, name, most));
    intents.intents.keys().map(choice).collect()
}

/// A description of each of the first `most` blocks of an intent; none if its sentences have only values.
fn descriptions(intents: &IntentSet, intent: &str, most: usize) -> Vec<String> {
    let anything = if Language::Russian.has(&intents.language) {
        Anything { value: "что-нибудь", number: "сколько-нибудь" }
    } else {
        Anything { value: "something", number: "some" }
    };
    let mut found: Vec<String> = Vec::new();
    for block in intents.intents.get(intent).map_or(&[][..], |intent| &intent.blocks) {
        let gist = Gist { intents, block, anything: &anything };
        let mut told = block.sentences.iter().filter_map(|sentence| gist.of(&sentence.expr));
        if let Some(description) = told.find(|description| !found.contains(description)) {
            found.push(description);
        }
        if found.len() == most {
            break;
        }
    }
    found
}

/// The reader of one block's templates.
struct Gist<'a> {
    intents: &'a IntentSet,
    block: &'a Block,
    anything: &'a Anything,
}

impl Gist<'_> {
    /// A template in plain words; `None` if it has no words of its own, or is too long.
    fn of(&self, expr: &Expr) -> Option<String> {
        let mut text = String::new();
        self.write(expr, DEPTH, &mut text);
        let words: Vec<&str> = text.split_whitespace().collect();
        let own = words.iter().any(|word| ![self.anything.value, self.anything.number].contains(word));
        Some(words.join(" ")).filter(|text| own && text.len() <= LONGEST)
    }

    /// Appends `expr` to `text`, without optional parts and with the first of several alternatives.
    fn write(&self, expr: &Expr, depth: usize, text: &mut String) {
        if depth == 0 || text.len() > LONGEST {
            return;
        }
        match expr {
            Expr::Text(own) => text.push_str(own),
            Expr::Sequence(parts) => parts.iter().for_each(|part| self.write(part, depth - 1, text)),
            Expr::Alternative(ways) if ways.iter().any(is_empty) => {}
            Expr::Alternative(ways) => ways.iter().take(1).for_each(|way| self.write(way, depth - 1, text)),
            Expr::Permutation(parts) => {
                for part in parts {
                    text.push(' ');
                    self.write(part, depth - 1, text);
                }
            }
            Expr::List { list, .. } => {
                let known = self.block.lists.get(list).or_else(|| self.intents.lists.get(list));
                let number = matches!(known, Some(List::Range(_)));
                text.push_str(if number { self.anything.number } else { self.anything.value });
            }
            Expr::Rule(name) => {
                if let Some(rule) = self.block.rules.get(name).or_else(|| self.intents.rules.get(name)) {
                    self.write(rule, depth - 1, text);
                }
            }
        }
    }
}

/// Whether an expression is optional as written.
fn is_empty(expr: &Expr) -> bool {
    match expr {
        Expr::Text(text) => text.trim().is_empty(),
        Expr::Sequence(parts) => parts.iter().all(is_empty),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::file::SourceFile;

    fn described(text: &str) -> Vec<(String, Vec<String>)> {
        let source = SourceFile { name: "test.yaml".into(), text: text.into() };
        let choices = choices(&IntentSet::parse(&[source]).unwrap());
        choices.into_iter().map(|choice| (choice.intent, choice.descriptions)).collect()
    }

    #[test]
    fn intents_are_told_in_plain_words() {
        let text = r#"
language: en
intents:
  Light:
    data:
      - sentences: ["[please] <turn> on [the] {name} light[s]"]
      - sentences: ["{name}", "(lights;on) in {area}"]
  Nothing:
    data:
      - sentences: ["{name}", "[{area}]"]
  Timer:
    data:
      - sentences: ["timer for {minutes} minutes"]
expansion_rules: {turn: "(turn|switch)", loop: "<turn>"}
lists:
  name: {values: ["lamp"]}
  area: {wildcard: true}
  minutes: {range: {from: 1, to: 9}}
"#;
        let expected = [
            ("Light", vec!["turn on something light", "lights on in something"]),
            ("Nothing", vec!["nothing"]),
            ("Timer", vec!["timer for some minutes"]),
        ];
        let found = described(text);
        assert_eq!(found.len(), expected.len());
        for ((name, told), (intent, descriptions)) in found.iter().zip(&expected) {
            assert_eq!((name.as_str(), told.iter().map(String::as_str).collect()), (*intent, descriptions.clone()));
        }
    }

    #[test]
    fn russian_is_told_in_russian_and_circles_end() {
        let text = "language: ru\nintents:\n  Свет:\n    data:\n      - sentences: [\"включи {name}\", \"<a>\"]\n\
                    expansion_rules: {a: \"x <a>\"}\nlists: {name: {wildcard: true}}";
        assert_eq!(described(text), [("Свет".to_string(), vec!["включи что-нибудь".to_string()])]);
    }
}
