//! Addresses, paths and keys in Russian.

use super::words::MARKS;
use crate::verbalize::address::{FILE, KEYS, MAIL, PATH, WEB, keys, web};
use crate::verbalize::rule::{Rule, group, rule};

/// Keys by the names on them.
const NAMES: &[(&str, &str)] = &[
    ("ctrl", "контрол"),
    ("control", "контрол"),
    ("alt", "альт"),
    ("shift", "шифт"),
    ("tab", "таб"),
    ("enter", "энтер"),
    ("esc", "эскейп"),
    ("del", "делит"),
    ("delete", "делит"),
    ("win", "вин"),
    ("space", "пробел"),
];

pub(super) fn rules() -> Vec<Rule> {
    vec![
        rule(MAIL, |found, _| Some(MARKS.spell(&found[0]))),
        rule(WEB, |found, _| Some(web(&found[0], &MARKS))),
        rule(PATH, |found, _| Some(MARKS.spell(found[0].trim_end_matches('/')))),
        rule(FILE, |found, _| Some(MARKS.spell(&found[0]))),
        rule(KEYS, |found, _| Some(keys(group(found, "first"), group(found, "rest"), &MARKS, NAMES))),
    ]
}
