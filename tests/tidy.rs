//! The house rules, kept by a test: floors import downwards, files stay short, modules say what they are for.

use std::fs;
use std::path::{Path, PathBuf};

/// The floors, lowest first. A module may use its own floor only within its own folder, and any floor below.
const FLOORS: &[&[&str]] = &[
    &["phrases"],
    &["turn", "message", "signal", "intent", "order", "verbalize"],
    &["dialog", "config", "command", "metrics"],
    &["engine", "device", "model", "action", "history"],
    &["worker"],
    &["control", "runtime", "replay"],
    &["tui", "bench", "cli", "manual"],
];

/// Modules of one floor that may use each other: the settings shape the decisions, numbers
/// are spelled for the voice as they are understood, the rates and frames of the engines are those of the devices, and the
/// front end that reads arguments calls the others.
const NEIGHBOURS: &[(&str, &str)] = &[
    ("message", "intent"),
    ("message", "order"),
    ("order", "intent"),
    ("verbalize", "intent"),
    ("dialog", "config"),
    ("dialog", "command"),
    ("command", "config"),
    ("device", "engine"),
    ("runtime", "control"),
    ("cli", "tui"),
    ("cli", "bench"),
    ("cli", "manual"),
    ("bench", "tui"),
];

/// Longest file in lines.
const LONGEST: usize = 400;

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                found.push((path.clone(), fs::read_to_string(path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found.sort();
    found
}

/// `src/dialog/barge.rs` belongs to `dialog`, `src/turn.rs` to `turn`.
fn module(path: &Path) -> String {
    let inside = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_string()
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// Files that only tests are made of.
fn is_test(path: &Path) -> bool {
    let inside = path.to_string_lossy().replace('\\', "/");
    inside.ends_with("tests.rs") || inside.contains("/tests/") || inside.ends_with("engine/recording.rs")
}

fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

fn used(text: &str) -> Vec<String> {
    let mut modules = Vec::new();
    for part in without_tests(text).split("crate::").skip(1) {
        // `use crate::{a, b}` is not the house style, but counts.
        let list = part.strip_prefix('{').and_then(|list| list.split('}').next()).unwrap_or(part);
        for name in list.split(',').take(if part.starts_with('{') { usize::MAX } else { 1 }) {
            let name: String = name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            modules.push(name);
        }
    }
    modules
}

#[test]
fn imports_run_downwards_only() {
    let mut wrong = Vec::new();
    for (path, text) in sources().into_iter().filter(|(path, _)| !is_test(path)) {
        let own = module(&path);
        let Some(level) = floor(&own) else {
            assert!(own == "lib" || own == "main", "{} stands on no floor", path.display());
            continue;
        };
        for name in used(&text) {
            let Some(below) = floor(&name) else { continue };
            let neighbour = NEIGHBOURS.contains(&(own.as_str(), name.as_str()));
            if name != own && below >= level && !neighbour {
                wrong.push(format!("{} uses {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    for (path, text) in sources() {
        assert!(text.lines().count() <= LONGEST, "{} is longer than {LONGEST} lines", path.display());
        assert!(text.starts_with("//!"), "{} does not say what it is for", path.display());
    }
}

#[test]
fn unsafe_stands_only_where_c_is_called_and_says_why_it_is_sound() {
    for (path, text) in sources() {
        let inside = path.to_string_lossy().replace('\\', "/");
        let foreign = ["espeak", "sphinx", "memory"].iter().any(|name| inside.contains(&format!("/engine/{name}")));
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            if !line.contains("unsafe {") && !line.contains("unsafe impl") {
                continue;
            }
            assert!(foreign, "{inside}:{} is unsafe", number + 1);
            let before: Vec<_> = text.lines().take(number + 1).collect();
            let told = before.iter().rev().take(8).any(|line| line.contains("SAFETY:"));
            assert!(told, "{inside}:{} does not say why it is sound", number + 1);
        }
    }
}

#[test]
fn the_decisions_know_no_clock_no_thread_and_no_file() {
    for (path, text) in sources()
        .into_iter()
        .filter(|(path, _)| ["dialog", "intent", "verbalize", "phrases"].contains(&module(path).as_str()))
    {
        for forbidden in ["Instant::", "time::Instant", "SystemTime", "std::thread", "std::fs", "crossbeam", "Mutex"] {
            assert!(!without_tests(&text).contains(forbidden), "{} knows {forbidden}", path.display());
        }
    }
}

#[test]
fn outside_the_composition_nobody_reads_the_clock() {
    for (path, text) in sources() {
        let own = module(&path);
        if !["runtime", "replay", "control", "cli", "tui", "device", "action", "bench"].contains(&own.as_str()) {
            assert!(!without_tests(&text).contains("Instant::now"), "{} reads the clock", path.display());
        }
    }
}

#[test]
fn nothing_unfinished_is_left() {
    for (path, text) in sources() {
        for forbidden in ["todo!(", "unimplemented!(", "dbg!("] {
            assert!(!text.contains(forbidden), "{} has {forbidden}", path.display());
        }
        let unwraps = without_tests(&text).matches(".unwrap()").count();
        assert!(unwraps == 0 || is_test(&path), "{} unwraps", path.display());
        assert!(!text.contains(concat!("thread", "::sleep")), "{} sleeps", path.display());
    }
}

#[test]
fn the_top_level_holds_what_it_should() {
    const TOP: &[&str] = &[
        "Cargo.toml",
        "Cargo.lock",
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "src",
        "models",
        "scripts",
        "tests",
        "fixtures",
    ];
    for entry in fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(
            name.starts_with('.') || name == "target" || TOP.contains(&name.as_str()),
            "{name} does not belong here"
        );
    }
}
