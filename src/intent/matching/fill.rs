//! Slots from single words: finds a sentence of an intent whose list values and numbers all occur in a text.
//!
//! The fixed words of templates do not count, because the intent is known already.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::context::{BoundContext, admits};
use super::heard::{WORD_LIMIT, WordAlignment};
use crate::intent::Slots;
use crate::intent::graph::{Graph, Label, NodeId};
use crate::intent::language::text::{Token, tokens};

/// Most different sets of slots of a template that are tried.
const OPTIONS: usize = 64;

/// The result of filling an intent's slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlotFilling {
    /// A sentence of the intent has all its values.
    Full {
        /// The slots, with those that the template fixes.
        slots: Slots,
        /// The template's name for its answer, if it has one.
        response: Option<String>,
    },
    /// No sentence has all its values; these slots are missing in the nearest one.
    Lacks(Vec<String>),
}

/// The lists and numbers on one path through a template.
type Needs = BTreeSet<Label>;

/// Fills the slots of `intent` from the words of `text`. It takes the sentence with the most slots, and of several the
/// first.
pub fn fill(graph: &Graph, language: &str, intent: &str, text: &str) -> SlotFilling {
    let mut words = tokens(text);
    words.truncate(WORD_LIMIT);
    let mut finder = ValueFinder { graph, heard: WordAlignment::new(graph, language, text, &words), words: &words };
    let mut best: Option<(usize, Slots, Option<String>)> = None;
    let mut nearest: Option<Vec<String>> = None;
    let mut ways = HashMap::new();
    for sentence in &graph.sentences {
        let block = &graph.blocks[sentence.block as usize];
        if block.intent != intent {
            continue;
        }
        for needs in ways_through(graph, sentence.start, &mut ways).iter() {
            match finder.find(needs) {
                Ok(found) => {
                    let nowhere = Slots::new();
                    let mut known = BoundContext::new(&nowhere);
                    found.contexts.iter().for_each(|context| known.add(context));
                    let better = best.as_ref().is_none_or(|(most, ..)| needs.len() > *most);
                    if better && admits(block, &known) {
                        let mut slots = found.slots;
                        super::context::from_context(block, &known, &mut slots);
                        best = Some((needs.len(), slots, block.response.clone()));
                    }
                }
                Err(missing) if nearest.as_ref().is_none_or(|least| missing.len() < least.len()) => {
                    nearest = Some(missing);
                }
                Err(_) => {}
            }
        }
    }
    match best {
        Some((_, slots, response)) => SlotFilling::Full { slots, response },
        None => SlotFilling::Lacks(nearest.unwrap_or_default()),
    }
}

/// The needs on every path from `node` to an end of its template.
fn ways_through(
    graph: &Graph,
    node: NodeId,
    known: &mut HashMap<NodeId, std::rc::Rc<BTreeSet<Needs>>>,
) -> std::rc::Rc<BTreeSet<Needs>> {
    if let Some(ways) = known.get(&node) {
        return ways.clone();
    }
    let here = graph.node(node);
    let mut ways: BTreeSet<Needs> = here.end.then(Needs::new).into_iter().collect();
    for arc in &here.arcs {
        for way in ways_through(graph, arc.to, known).iter() {
            let mut way = way.clone();
            if !matches!(arc.label, Label::Word(_)) {
                way.insert(arc.label);
            }
            if ways.len() < OPTIONS {
                ways.insert(way);
            }
        }
    }
    let ways = std::rc::Rc::new(ways);
    known.insert(node, ways.clone());
    ways
}

/// Values found in a text.
#[derive(Default)]
struct FoundValues<'a> {
    slots: Slots,
    contexts: Vec<&'a BTreeMap<String, String>>,
}

/// A value and its words in the text.
struct Spot<'a> {
    words: std::ops::Range<usize>,
    value: String,
    context: Option<&'a BTreeMap<String, String>>,
}

/// Finds values in one text.
struct ValueFinder<'a> {
    graph: &'a Graph,
    heard: WordAlignment<'a>,
    words: &'a [Token],
}

impl<'a> ValueFinder<'a> {
    /// Finds a value for each of `needs`; no two values share a word.
    ///
    /// # Errors
    /// The names of slots without a value.
    fn find(&mut self, needs: &Needs) -> Result<FoundValues<'a>, Vec<String>> {
        let mut found = FoundValues::default();
        let mut taken = vec![false; self.words.len()];
        let mut missing = Vec::new();
        for label in needs {
            let name = self.slot(*label).to_string();
            let spots = self.spots(*label);
            let free = spots.into_iter().filter(|spot| !taken[spot.words.clone()].contains(&true));
            // Take the longest value, and of several the first.
            let Some(spot) = free.max_by_key(|spot| (spot.words.len(), std::cmp::Reverse(spot.words.start))) else {
                missing.push(name);
                continue;
            };
            taken[spot.words].fill(true);
            found.contexts.extend(spot.context);
            if !name.starts_with('@') {
                found.slots.insert(name, spot.value);
            }
        }
        if missing.is_empty() { Ok(found) } else { Err(missing) }
    }

    fn slot(&self, label: Label) -> &'a str {
        match label {
            Label::List { slot, .. } | Label::Range { slot, .. } | Label::Wildcard { slot } => {
                &self.graph.slots[slot as usize]
            }
            Label::Word(_) => "",
        }
    }

    /// All places of values for `label`. Wildcards have none, because any words would do.
    fn spots(&mut self, label: Label) -> Vec<Spot<'a>> {
        let mut spots = Vec::new();
        for at in 0..self.words.len() {
            match label {
                Label::List { list, .. } => {
                    for &(to, value) in self.heard.list(list, at).iter() {
                        let known = &self.graph.lists[list as usize].values[value as usize];
                        let said = || self.heard.said(at, to);
                        let value = if known.out.is_empty() { said() } else { known.out.clone() };
                        spots.push(Spot { words: at..to, value, context: Some(&known.context) });
                    }
                }
                Label::Range { range, .. } => {
                    let range = &self.graph.ranges[range as usize];
                    let numbers = self.heard.range(range, at).into_iter();
                    let spot = |(to, number)| Spot { words: at..to, value: range.slot_value(number), context: None };
                    spots.extend(numbers.map(spot));
                }
                Label::Wildcard { .. } | Label::Word(_) => {}
            }
        }
        spots
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::file::SourceFile;
    use crate::intent::graph::compile::compile;
    use crate::intent::template::IntentSet;

    const HOME: &str = r#"
language: en
intents:
  Light:
    data:
      - sentences: ["(turn|switch) on [the] {name} [in [the] {area}]", "all lights on in {area}"]
        slots: {on: "yes"}
        response: light
  Timer:
    data:
      - sentences: ["set a timer for {minutes} minutes"]
  Browser:
    data:
      - sentences: ["open [the] browser"]
  Note:
    data:
      - sentences: ["note {anything}"]
  Here:
    data:
      - sentences: ["lights on"]
        requires_context: {area: {slot: true}}
lists:
  name: {values: ["lamp", {in: "ceiling (light|lamp)", out: "ceiling"}]}
  area: {values: [{in: "[the] kitchen", out: "kitchen"}, {in: "hall", out: "hall"}]}
  minutes: {range: {from: 1, to: 60}}
  anything: {wildcard: true}
"#;

    fn filled(intent: &str, text: &str) -> SlotFilling {
        let source = SourceFile { name: "home.yaml".into(), text: HOME.into() };
        let intents = IntentSet::parse(&[source]).unwrap();
        fill(&compile(&intents).unwrap(), "en", intent, text)
    }

    fn slots(intent: &str, text: &str) -> Vec<(String, String)> {
        match filled(intent, text) {
            SlotFilling::Full { slots, .. } => slots.into_iter().collect(),
            SlotFilling::Lacks(missing) => panic!("{text}: lacks {missing:?}"),
        }
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.into(), value.into())
    }

    #[test]
    fn values_are_found_wherever_they_stand() {
        let light = slots("Light", "It is dark in the kitchen, I need the ceiling lamp!");
        assert_eq!(light, [pair("area", "kitchen"), pair("name", "ceiling"), pair("on", "yes")]);
        assert_eq!(slots("Light", "some light in the hall"), [pair("area", "hall"), pair("on", "yes")]);
        assert_eq!(slots("Timer", "call me when twenty five minutes are over"), [pair("minutes", "25")]);
        assert_eq!(slots("Browser", "i would like to see the web"), []);
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(filled("Timer", "wake me in a while"), SlotFilling::Lacks(vec!["minutes".into()]));
        assert_eq!(filled("Timer", "wake me in 90 minutes"), SlotFilling::Lacks(vec!["minutes".into()]));
        assert_eq!(
            filled("Note", "remember the milk"),
            SlotFilling::Lacks(vec!["anything".into()]),
            "not from a wildcard"
        );
        assert!(matches!(filled("Light", "it is dark"), SlotFilling::Lacks(missing) if missing.len() == 1));
    }

    #[test]
    fn context_must_be_said_and_intents_must_exist() {
        assert!(matches!(filled("Here", "it is dark"), SlotFilling::Lacks(_)));
        assert_eq!(filled("Nothing", "it is dark"), SlotFilling::Lacks(Vec::new()));
        assert!(matches!(filled("Browser", ""), SlotFilling::Full { .. }));
        assert!(matches!(filled("Timer", &"five ".repeat(10_000)), SlotFilling::Full { .. }));
    }
}
