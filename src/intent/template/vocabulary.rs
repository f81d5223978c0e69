//! The vocabulary: every word of the sentences, with ranges spelled out.

use std::collections::{BTreeMap, BTreeSet};

use super::{Block, Expr, IntentSet, List, Range};
use crate::intent::language::{number, text};

/// Most spellings of one word that are built from its pieces: `(a|b|c)(d|e|f)…`.
const MOST_SPELLINGS: usize = 20_000;
/// Most numbers of a range that are spelled; more numbers only repeat words.
const MOST_NUMBERS: i64 = 1_200;
/// Depth to which rules and lists are followed.
const DEEPEST: usize = 48;

/// Every normalised word of the grammar, in alphabetical order; wildcards add none.
pub fn words(intents: &IntentSet) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut common = Speller::new(intents, None);
    for block in intents.intents.values().flat_map(|intent| &intent.blocks) {
        let own = !block.rules.is_empty() || !block.lists.is_empty();
        let mut local = Speller::new(intents, Some(block));
        let speller = if own { &mut local } else { &mut common };
        for sentence in &block.sentences {
            speller.spell(&sentence.expr, 0).collect(&mut all);
        }
    }
    for expr in &intents.skip_words {
        common.spell(expr, 0).collect(&mut all);
    }
    all.iter().flat_map(|word| text::words(word)).collect()
}

/// The spellings of an expression, split at spaces, so that only pieces of one word are joined.
#[derive(Clone, Debug, Default)]
struct Spelling {
    /// Words with a space on both sides.
    inner: BTreeSet<String>,
    /// Everything up to the first space.
    heads: BTreeSet<String>,
    /// Everything after the last space.
    tails: BTreeSet<String>,
    /// Spellings without any space.
    whole: BTreeSet<String>,
}

impl Spelling {
    /// The spelling of an empty expression.
    fn nothing() -> Self {
        Self { whole: BTreeSet::from([String::new()]), ..Self::default() }
    }

    fn text(text: &str) -> Self {
        let mut pieces = text.split(char::is_whitespace).map(String::from);
        let first = pieces.next().unwrap_or_default();
        let mut inner: BTreeSet<String> = BTreeSet::new();
        let mut last = None;
        for piece in pieces {
            inner.extend(last.replace(piece).filter(|piece| !piece.is_empty()));
        }
        match last {
            None => Self { whole: [first].into(), ..Self::default() },
            Some(last) => Self { heads: [first].into(), tails: [last].into(), inner, ..Self::default() },
        }
    }

    fn then(mut self, next: Self) -> Self {
        self.inner.extend(join(&self.tails, &next.heads));
        self.inner.extend(next.inner);
        self.heads.extend(join(&self.whole, &next.heads));
        self.tails = join(&self.tails, &next.whole);
        self.tails.extend(next.tails);
        self.whole = join(&self.whole, &next.whole);
        self
    }

    fn or(&mut self, other: Self) {
        self.inner.extend(other.inner);
        self.heads.extend(other.heads);
        self.tails.extend(other.tails);
        self.whole.extend(other.whole);
    }

    fn collect(self, all: &mut BTreeSet<String>) {
        all.extend([self.inner, self.heads, self.tails, self.whole].into_iter().flatten());
    }
}

/// Every text of one set, followed by every text of the other.
fn join(left: &BTreeSet<String>, right: &BTreeSet<String>) -> BTreeSet<String> {
    let pairs = left.iter().flat_map(|a| right.iter().map(move |b| format!("{a}{b}")));
    pairs.take(MOST_SPELLINGS).collect()
}

struct Speller<'a> {
    intents: &'a IntentSet,
    block: Option<&'a Block>,
    /// The spellings of rules and lists so far.
    known: BTreeMap<(bool, &'a str), Spelling>,
}

impl<'a> Speller<'a> {
    fn new(intents: &'a IntentSet, block: Option<&'a Block>) -> Self {
        Self { intents, block, known: BTreeMap::new() }
    }

    fn spell(&mut self, expr: &'a Expr, depth: usize) -> Spelling {
        if depth > DEEPEST {
            return Spelling::nothing();
        }
        match expr {
            Expr::Text(text) => Spelling::text(text),
            Expr::Sequence(items) => {
                items.iter().fold(Spelling::nothing(), |all, item| all.then(self.spell(item, depth + 1)))
            }
            Expr::Alternative(items) => {
                let mut any = Spelling::default();
                for item in items {
                    any.or(self.spell(item, depth + 1));
                }
                any
            }
            Expr::Permutation(items) => {
                let mut apart = BTreeSet::new();
                for item in items {
                    self.spell(item, depth + 1).collect(&mut apart);
                }
                Spelling {
                    inner: apart,
                    heads: [String::new()].into(),
                    tails: [String::new()].into(),
                    ..Spelling::default()
                }
            }
            Expr::Rule(name) => self.named(true, name, depth),
            Expr::List { list, .. } => self.named(false, list, depth),
        }
    }

    fn named(&mut self, rule: bool, name: &'a str, depth: usize) -> Spelling {
        if let Some(known) = self.known.get(&(rule, name)) {
            return known.clone();
        }
        let (intents, block) = (self.intents, self.block);
        let spelled = if rule {
            let expr = block.and_then(|block| block.rules.get(name)).or_else(|| intents.rules.get(name));
            expr.map_or_else(Spelling::nothing, |expr| self.spell(expr, depth + 1))
        } else {
            match block.and_then(|block| block.lists.get(name)).or_else(|| intents.lists.get(name)) {
                None | Some(List::Wildcard) => Spelling::nothing(),
                Some(List::Range(range)) => numbers(range, &intents.language),
                Some(List::Values(values)) => {
                    let mut any = Spelling::default();
                    for value in values {
                        any.or(self.spell(&value.said, depth + 1));
                    }
                    any
                }
            }
        };
        self.known.insert((rule, name), spelled.clone());
        spelled
    }
}

/// The words of a range's numbers.
fn numbers(range: &Range, language: &str) -> Spelling {
    let step = range.step.max(1);
    let count = (range.to.saturating_sub(range.from) / step).clamp(0, MOST_NUMBERS);
    let mut any = Spelling::default();
    let first = (0..=count).map(|index| range.from.saturating_add(index.saturating_mul(step)));
    for n in first.chain([range.to]) {
        for said in number::words(n, language) {
            any.or(Spelling::text(&said));
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use super::super::{Intent, Sentence, TemplateValue};
    use super::*;

    fn text(text: &str) -> Expr {
        Expr::Text(text.into())
    }

    fn grammar(expr: Expr) -> IntentSet {
        let sentence = Sentence { text: String::new(), expr, place: super::super::FilePlace::default() };
        let block = Block { sentences: vec![sentence], ..Block::default() };
        let mut intents = IntentSet { language: "en".into(), ..IntentSet::default() };
        intents.intents.insert("X".into(), Intent { blocks: vec![block] });
        intents
    }

    #[test]
    fn pieces_of_a_word_are_joined() {
        let plural = Expr::Alternative(vec![text("s"), Expr::Sequence(vec![])]);
        let expr = Expr::Sequence(vec![text("turn on light"), plural, text(" now")]);
        assert_eq!(words(&grammar(expr)).into_iter().collect::<Vec<_>>(), ["light", "lights", "now", "on", "turn"]);
    }

    #[test]
    fn lists_and_ranges_are_spelled_out() {
        let list = |name: &str| Expr::List { list: name.into(), slot: name.into() };
        let mut intents = grammar(Expr::Sequence(vec![text("set "), list("room"), text(" to "), list("n")]));
        let value = TemplateValue { said: text("living room"), out: "lr".into(), context: BTreeMap::new() };
        intents.lists.insert("room".into(), List::Values(vec![value]));
        let multiplier = Range::MULTIPLIER_UNIT;
        let fractions = super::super::Fractions::None;
        let range = Range { from: 19, to: 22, step: 1, multiplier, fractions, percent: false };
        intents.lists.insert("n".into(), List::Range(range));
        let all = words(&intents);
        for word in ["living", "room", "nineteen", "twenty", "one", "two", "set", "to"] {
            assert!(all.contains(word), "{word} is missing in {all:?}");
        }
    }
}
