//! Example sentences, drawn from the templates with a seed.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::number;
use super::template::{Block, Expr, Intents, List, Range, Sentence};
use super::{Slots, text};

/// Deepest nesting of rules and lists that is followed; what loads is far from it.
const DEEPEST: usize = 48;

/// A sentence that somebody could say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Name of the intent that it is drawn from.
    pub intent: String,
    /// The words.
    pub sentence: String,
    /// Slots of the template and of the values drawn.
    pub slots: Slots,
    /// A context in which the sentence counts, where its template asks for one.
    pub context: BTreeMap<String, String>,
}

/// `n` sentences, but at least one of each intent that has any; the same for the same seed.
pub fn sample(intents: &Intents, n: usize, seed: u64) -> Vec<Sample> {
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

/// One sentence of a template.
pub fn one(intents: &Intents, intent: &str, block: &Block, sentence: &Sentence, rng: &mut Rng) -> Sample {
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
    intents: &'a Intents,
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
                self.expr(&value.said, depth + 1);
                self.slots.insert(slot.into(), value.out.clone());
            }
            Some(List::Range(range)) => {
                let n = draw_number(range, self.rng);
                let said = number::words(n, &self.intents.language).into_iter().next();
                self.said.push_str(&said.unwrap_or_else(|| n.to_string()));
                self.slots.insert(slot.into(), value_of(n, range));
            }
            Some(List::Wildcard) => {
                let said =
                    if self.intents.language.starts_with("ru") { "что нибудь" } else { "something else" };
                self.said.push_str(said);
                self.slots.insert(slot.into(), said.into());
            }
            Some(List::Values(_)) | None => {}
        }
    }
}

/// A whole number of a range.
fn draw_number(range: &Range, rng: &mut Rng) -> i64 {
    let step = range.step.max(1);
    let count = range.to.saturating_sub(range.from).max(0) / step;
    range.from.saturating_add(step.saturating_mul(rng.i64(0..=count)))
}

/// What the slot gets for a whole number.
fn value_of(n: i64, range: &Range) -> String {
    let scaled = i128::from(n) * i128::from(range.multiplier);
    let unit = i128::from(Range::MULTIPLIER_UNIT);
    if scaled % unit == 0 {
        return (scaled / unit).to_string();
    }
    let sign = if scaled < 0 { "-" } else { "" };
    let (whole, parts) = (scaled.abs() / unit, scaled.abs() % unit);
    format!("{sign}{whole}.{parts:06}").trim_end_matches('0').to_string()
}

impl Sample {
    /// The sentence's words as the matcher sees them.
    pub fn words(&self) -> Vec<String> {
        text::words(&self.sentence)
    }
}
