//! The context of a sentence: whether its block is admitted, and the slots that come from the context.

use std::collections::BTreeMap;

use crate::intent::Slots;
use crate::intent::graph::BlockInfo;
use crate::intent::template::ContextRule;

/// The context: that of the values in the sentence, which comes first, and the one from outside.
pub(super) struct BoundContext<'a> {
    outside: &'a Slots,
    said: Vec<&'a BTreeMap<String, String>>,
}

impl<'a> BoundContext<'a> {
    pub(super) const fn new(outside: &'a Slots) -> Self {
        Self { outside, said: Vec::new() }
    }

    pub(super) fn add(&mut self, context: &'a BTreeMap<String, String>) {
        self.said.push(context);
    }

    fn get(&self, key: &str) -> Option<&'a String> {
        self.said.iter().rev().find_map(|context| context.get(key)).or_else(|| self.outside.get(key))
    }
}

fn holds(rule: &ContextRule, value: &str) -> bool {
    rule.values.is_empty() || rule.values.iter().any(|known| known == value)
}

/// Whether a value with this context may occur in the block: its context must not contradict the block's rules.
pub(super) fn admits_value(block: &BlockInfo, context: &BTreeMap<String, String>) -> bool {
    let fits = |(key, rule): (&String, &ContextRule)| context.get(key).is_none_or(|value| holds(rule, value));
    let barred = |(key, rule): (&String, &ContextRule)| context.get(key).is_some_and(|value| holds(rule, value));
    block.requires.iter().all(fits) && !block.excludes.iter().any(barred)
}

/// Whether the context admits the block.
pub(super) fn admits(block: &BlockInfo, known: &BoundContext<'_>) -> bool {
    let fits = |(key, rule): (&String, &ContextRule)| known.get(key).is_some_and(|value| holds(rule, value));
    let barred = |(key, rule): (&String, &ContextRule)| known.get(key).is_some_and(|value| holds(rule, value));
    block.requires.iter().all(fits) && !block.excludes.iter().any(barred)
}

/// Adds the slots that the block fixes and those from the context; slots from the sentence are kept.
pub(super) fn from_context(block: &BlockInfo, known: &BoundContext<'_>, slots: &mut Slots) {
    let said: Vec<String> = slots.keys().cloned().collect();
    let given = block.requires.iter().filter(|(_, rule)| rule.slot).filter_map(|(key, rule)| {
        let name = rule.slot_name.as_ref().unwrap_or(key);
        Some((name.clone(), known.get(key)?.clone()))
    });
    let fixed = block.slots.iter().map(|(name, value)| (name.clone(), value.clone()));
    for (name, value) in fixed.chain(given) {
        if !said.contains(&name) {
            slots.insert(name, value);
        }
    }
}
