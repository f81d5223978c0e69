//! Example sentences, drawn from the templates with a seed.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::{Block, Expr, IntentSet, List, Range, Sentence};
use crate::intent::Slots;
use crate::intent::language::number::{self, Number};
use crate::phrases::Language;

/// Depth to which rules and lists are followed; valid files are far from it.
const DEEPEST: usize = 48;

/// A sentence that a person may say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The name of its intent.
    pub intent: String,
    /// The words.
    pub sentence: String,
    /// The slots of the template and of the drawn values.
    pub slots: Slots,
    /// A context that the template accepts, if it requires one.
    pub context: BTreeMap<String, String>,
}

/// Draws `n` sentences, but at least one of each intent with sentences. The same seed draws the same sentences.
pub fn sample(intents: &IntentSet, n: usize, seed: u64) -> Vec<Sample> {
    let mut rng = Rng::with_seed(seed);
    let all = intents.intents.iter();
    let drawn: Vec<(&String, Vec<&Block>)> = all
        .map(|(name, intent)| {
            (name, intent.blocks.iter().filter(|block| !block.sentences.is_empty()).collect::<Vec<_>>())
        })
        .filter(|(_, blocks)| !blocks.is_empty())
        .collect();
    if drawn.is_empty() {
        return Vec::new();
    }
    let mut samples = Vec::new();
    for index in 0..n.max(drawn.len()) {
        let (name, blocks) = &drawn[index % drawn.len()];
        let block = blocks[rng.usize(..blocks.len())];
        let sentence = &block.sentences[rng.usize(..block.sentences.len())];
        samples.push(one(intents, name, block, sentence, &mut rng));
    }
    samples
}

/// Draws a sentence of a template.
pub fn one(intents: &IntentSet, intent: &str, block: &Block, sentence: &Sentence, rng: &mut Rng) -> Sample {
    let mut draw = Draw { intents, block, rng, said: String::new(), slots: block.slots.clone() };
    draw.expr(&sentence.expr, 0);
    let (said, slots) = (draw.said, draw.slots);
    let context = block.requires.iter().map(|(key, rule)| {
        let value = rule.values.first().cloned().unwrap_or_else(|| "something".into());
        (key.clone(), value)
    });
    let sentence = said.split_whitespace().collect::<Vec<_>>().join(" ");
    Sample { intent: intent.into(), sentence, slots, context: context.collect() }
}

struct Draw<'a> {
    intents: &'a IntentSet,
    block: &'a Block,
    rng: &'a mut Rng,
    said: String,
    slots: Slots,
}

impl<'a> Draw<'a> {
    fn expr(&mut self, expr: &'a Expr, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        match expr {
            Expr::Text(text) => self.said.push_str(text),
            Expr::Sequence(items) => items.iter().for_each(|item| self.expr(item, depth + 1)),
            Expr::Alternative(items) if items.is_empty() => {}
            Expr::Alternative(items) => {
                let chosen = self.rng.usize(..items.len());
                self.expr(&items[chosen], depth + 1);
            }
            Expr::Permutation(items) => {
                let mut order: Vec<&Expr> = items.iter().collect();
                self.rng.shuffle(&mut order);
                for item in order {
                    self.said.push(' ');
                    self.expr(item, depth + 1);
                }
                self.said.push(' ');
            }
            Expr::List { list, slot } => self.list(list, slot, depth),
            Expr::Rule(name) => {
                let rule = self.block.rules.get(name).or_else(|| self.intents.rules.get(name));
                if let Some(rule) = rule {
                    self.expr(rule, depth + 1);
                }
            }
        }
    }

    fn list(&mut self, name: &str, slot: &str, depth: usize) {
        match self.block.lists.get(name).or_else(|| self.intents.lists.get(name)) {
            Some(List::Values(values)) if !values.is_empty() => {
                let value = &values[self.rng.usize(..values.len())];
                let before = self.said.len();
                self.expr(&value.said, depth + 1);
                let said = self.said[before..].split_whitespace().collect::<Vec<_>>().join(" ");
                let out = if value.out.is_empty() { said } else { value.out.clone() };
                self.fill(slot, out);
            }
            Some(List::Range(range)) => {
                let n = draw_number(range, self.rng);
                let said = number::words(n, &self.intents.language).into_iter().next();
                self.said.push_str(&said.unwrap_or_else(|| n.to_string()));
                self.fill(slot, range.slot_value(Number::whole(n)));
            }
            Some(List::Wildcard) => {
                let said = if Language::Russian.has(&self.intents.language) {
                    "что нибудь"
                } else {
                    "something else"
                };
                self.said.push_str(said);
                self.fill(slot, said.into());
            }
            Some(List::Values(_)) | None => {}
        }
    }

    /// Fills a slot; slots that begin with `@` are for answers only.
    fn fill(&mut self, slot: &str, value: String) {
        if !slot.starts_with('@') {
            self.slots.insert(slot.into(), value);
        }
    }
}

/// A whole number of a range.
fn draw_number(range: &Range, rng: &mut Rng) -> i64 {
    let step = range.step.max(1);
    let count = range.to.saturating_sub(range.from).max(0) / step;
    range.from.saturating_add(step.saturating_mul(rng.i64(0..=count)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::file::SourceFile;
    use crate::intent::matching::matcher::Matcher;

    const FILE: &str = "language: en
intents:
  A:
    data:
    - sentences: ['(go|run) [fast] to {place} (now;please)', 'wait {n} minute[s]']
  B:
    data:
    - sentences: ['take a note {text}']
      requires_context: {mode: writing}
lists:
  place:
    values: [home, {in: 'the (shop|store)', out: shop}]
  n:
    range: {from: 2, to: 90}
  text:
    wildcard: true
";

    #[test]
    fn samples_are_sentences_of_their_intents() {
        let intents = IntentSet::parse(&[SourceFile { name: "x".into(), text: FILE.into() }]).unwrap();
        let matcher = Matcher::new(&intents).unwrap();
        let samples = sample(&intents, 60, 7);
        assert_eq!(samples, sample(&intents, 60, 7));
        assert_ne!(samples, sample(&intents, 60, 8));
        assert_eq!(samples.len(), 60);
        for sample in samples {
            let readings = matcher.exact(&sample.sentence, &sample.context);
            let same = readings.iter().any(|reading| reading.intent == sample.intent && reading.slots == sample.slots);
            assert!(same, "{sample:?}: {readings:?}");
        }
    }

    #[test]
    fn every_intent_comes() {
        let intents = IntentSet::parse(&[SourceFile { name: "x".into(), text: FILE.into() }]).unwrap();
        let names: Vec<String> = sample(&intents, 1, 1).into_iter().map(|sample| sample.intent).collect();
        assert_eq!(names, ["A", "B"]);
    }
}
