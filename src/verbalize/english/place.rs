//! Addresses, paths and keys in English.

use super::words::MARKS;
use crate::verbalize::address::{FILE, KEYS, MAIL, PATH, WEB, keys, web};
use crate::verbalize::rule::{Rule, group, rule};

/// Keys by the names on them.
const NAMES: &[(&str, &str)] = &[
    ("ctrl", "control"),
    ("cmd", "command"),
    ("win", "windows"),
    ("fn", "function"),
    ("esc", "escape"),
    ("del", "delete"),
    ("ins", "insert"),
    ("pgup", "page up"),
    ("pgdn", "page down"),
    ("alt", "alt"),
    ("shift", "shift"),
    ("tab", "tab"),
    ("enter", "enter"),
    ("space", "space"),
];

pub(super) fn rules() -> Vec<Rule> {
    vec![
        rule(MAIL, |found, _| Some(MARKS.spell(&found[0]))),
        rule(WEB, |found, _| Some(web(&found[0], &MARKS))),
        rule(PATH, |found, _| Some(MARKS.spell(found[0].trim_end_matches('/')))),
        rule(FILE, |found, _| Some(MARKS.spell(&found[0]))),
        rule(KEYS, |found, _| Some(keys(group(found, "first"), group(found, "rest"), &MARKS, NAMES))),
        rule(r"F(?P<n>1[0-2]|[1-9])", |found, _| {
            Some(format!(
                "F {}",
                MARKS
                    .digits(group(found, "n"))
                    .filter(|_| found[0].len() == 2)
                    .or_else(|| (MARKS.cardinal)(group(found, "n").parse().ok()?))?
            ))
        }),
    ]
}
