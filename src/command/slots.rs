//! The slots that the sentences of an intent fill.

use std::collections::BTreeSet;

use crate::intent::template::{Expr, Intent, IntentSet, List};

/// Depth to which lists within lists are followed.
const LIST_DEPTH: usize = 4;

/// Slots of an intent whose every value is a number or stands in the file, without free words.
pub(super) fn closed_slots(intent: &Intent, intents: &IntentSet) -> BTreeSet<String> {
    let mut open = BTreeSet::new();
    for block in &intent.blocks {
        let find = |name: &str| block.lists.get(name).or_else(|| intents.lists.get(name));
        let rule = |name: &str| block.rules.get(name).or_else(|| intents.rules.get(name));
        for sentence in &block.sentences {
            each_list(&sentence.expr, &rule, &mut BTreeSet::new(), &mut |list, slot| {
                if !is_closed(list, &find, &rule, LIST_DEPTH) {
                    open.insert(slot.to_string());
                }
            });
        }
    }
    slots_of(intent, intents).into_iter().filter(|slot| !open.contains(slot)).collect()
}

/// Whether all values of a list stand in the file; lists within lists are followed `depth` deep.
fn is_closed<'a>(
    name: &str,
    find: &impl Fn(&str) -> Option<&'a List>,
    rule: &impl Fn(&str) -> Option<&'a Expr>,
    depth: usize,
) -> bool {
    match find(name) {
        Some(List::Range(_)) => true,
        Some(List::Wildcard) => false,
        // `{0..100}` is a range of numbers. An undefined list is open: any words may fill it later.
        None => name.contains(".."),
        Some(List::Values(values)) => values.iter().all(|value| {
            let mut closed = true;
            each_list(&value.said, rule, &mut BTreeSet::new(), &mut |list, _| {
                closed &= depth > 0 && is_closed(list, find, rule, depth - 1);
            });
            closed || !value.out.is_empty()
        }),
    }
}

/// Slots that any sentence of an intent may fill.
pub(super) fn slots_of(intent: &Intent, intents: &IntentSet) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for block in &intent.blocks {
        found.extend(block.slots.keys().cloned());
        let contexts = block.requires.iter().filter(|(_, rule)| rule.slot);
        found.extend(contexts.map(|(name, rule)| rule.slot_name.clone().unwrap_or_else(|| name.clone())));
        let mut seen = BTreeSet::new();
        let rule = |name: &str| block.rules.get(name).or_else(|| intents.rules.get(name));
        for sentence in &block.sentences {
            each_list(&sentence.expr, &rule, &mut seen, &mut |_, slot| {
                found.insert(slot.to_string());
            });
        }
    }
    found
}

/// Calls `found` with the list and the slot of each placeholder; each rule is followed once.
fn each_list<'a>(
    expr: &'a Expr,
    rule: &impl Fn(&str) -> Option<&'a Expr>,
    seen: &mut BTreeSet<String>,
    found: &mut impl FnMut(&str, &str),
) {
    match expr {
        Expr::Text(_) => {}
        Expr::Sequence(parts) | Expr::Alternative(parts) | Expr::Permutation(parts) => {
            for part in parts {
                each_list(part, rule, seen, found);
            }
        }
        Expr::List { list, slot } => found(list, slot),
        Expr::Rule(name) => {
            if seen.insert(name.clone())
                && let Some(inner) = rule(name)
            {
                each_list(inner, rule, seen, found);
            }
        }
    }
}
