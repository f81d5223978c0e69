//! The house rules as tests: floors import downwards, files stay short, modules say what they are for.

#[path = "common/uses.rs"]
mod uses;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use uses::{Module, Uses};

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

/// The floors as the crate's documentation lists them, lowest first. A module may use its own floor only within its own folder,
/// and any floor below.
fn floors() -> Vec<Vec<String>> {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let names = |line: &str| line.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    lib.lines().filter_map(|line| line.strip_prefix("//! - ")).map(names).rev().collect()
}

#[test]
fn the_architecture_page_shows_the_same_floors() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manual/architecture.md")).unwrap();
    let floors = floors();
    let known = |word: &&str| floors.iter().flatten().any(|name| name == word);
    let names = |line: &str| -> Vec<String> {
        line.split_whitespace().map(|word| word.trim_end_matches('/')).take_while(known).map(str::to_owned).collect()
    };
    let picture = page.lines().skip_while(|line| *line != "```text").skip(1).take_while(|line| *line != "```");
    let mut shown: Vec<Vec<String>> = picture.filter(|line| !line.starts_with(' ')).map(names).collect();
    shown.reverse();
    assert_eq!(shown, floors);
}

/// Files that only tests are made of.
fn is_test(path: &Path) -> bool {
    let inside = path.to_string_lossy().replace('\\', "/");
    inside.ends_with("tests.rs") || inside.contains("/tests/") || inside.ends_with("engine/recording.rs")
}

fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
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
    let (mut wrong, floors) = (Vec::new(), floors());
    let floor = |module: &str| floors.iter().position(|floor| floor.iter().any(|name| name == module));
    for (path, text) in sources().into_iter().filter(|(path, _)| !is_test(path)) {
        let own = module(&path);
        let Some(level) = floor(&own) else {
            assert!(own == "lib" || own == "main", "{} stands on no floor", path.display());
            continue;
        };
        for name in used(&text) {
            let Some(below) = floor(&name) else { continue };
            if name != own && below >= level {
                wrong.push(format!("{} uses {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The texts of all files that are not only tests, by their places in the module tree.
fn files() -> BTreeMap<Module, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let place = |path: &Path| -> Module {
        let inside = path.strip_prefix(&root).unwrap().with_extension("");
        let parts = inside.iter().map(|part| part.to_string_lossy().into_owned());
        parts.filter(|part| !["mod", "lib"].contains(&part.as_str())).collect()
    };
    let files = sources().into_iter().filter(|(path, _)| !is_test(path) && !path.ends_with("main.rs"));
    files.map(|(path, all)| (place(&path), without_tests(&all).to_owned())).collect()
}

#[test]
fn no_two_files_use_each_other() {
    let circles = Uses::of(&files()).circles();
    assert!(circles.is_empty(), "files use each other:\n{}", circles.join("\n"));
}

#[test]
fn files_that_use_each_other_are_found_through_names_that_are_passed_on() {
    let files = [
        ("", "pub mod a;\npub mod b;"),
        ("a", "pub use one::One; // crate::b\npub mod one;\nmod two;"),
        ("a::one", "use crate::b::{self, Bee as Other};"),
        ("a::two", "use super::One;\nuse super::super::b;\npub(in crate::a) struct Two;"),
        ("b", "fn bee() { crate::a::One::new() }"),
    ];
    let module = |name: &str| name.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect::<Module>();
    let files = files.into_iter().map(|(name, text)| (module(name), text.to_owned())).collect();
    assert_eq!(Uses::of(&files).circles(), ["a::one -> b", "b -> a::one"]);
}

/// Code behind the feature `bench` is named only in itself and, behind the same feature, in the front end that offers
/// it.
#[test]
fn what_only_a_checkout_needs_stays_out_of_the_binary_that_travels() {
    for (module, text) in files() {
        let guarded = |line: usize| {
            let before = text.lines().take(line).collect::<Vec<_>>();
            before.iter().rev().take(5).any(|line| line.contains("cfg(feature = \"bench\")"))
        };
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            let named = line.contains("crate::bench") || line.contains("fake::");
            let own = module.first().is_some_and(|first| first == "bench");
            assert!(!named || own || guarded(number), "{} uses what only a checkout has", module.join("::"));
        }
    }
    for (file, guarded) in [
        ("src/lib.rs", "#[cfg(feature = \"bench\")]\npub mod bench;"),
        ("src/engine/mod.rs", "#[cfg(any(test, feature = \"bench\"))]\npub mod fake;"),
        ("scripts/package", "features=(--no-default-features --features \"$backend,portable\")"),
    ] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        assert!(text.contains(guarded), "{file} does not say {guarded}");
    }
}

/// Names of the types that a file defines outside of tests, nested modules among them.
fn types(text: &str) -> Vec<String> {
    let defined = |line: &str| {
        // An associated type is no name of its own.
        let inner = line.starts_with(' ');
        let line = line.trim_start();
        let line = line.strip_prefix("pub").map_or(line, |rest| {
            rest.strip_prefix('(').and_then(|scope| scope.split_once(')')).map_or(rest, |(_, rest)| rest).trim_start()
        });
        let (keyword, rest) = line.split_once(' ')?;
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let keywords = ["struct", "enum", "trait", "type"];
        let wanted = keywords.contains(&keyword) && !(inner && keyword == "type") && !name.is_empty();
        wanted.then_some(name)
    };
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines().filter_map(defined).collect()
}

/// One name for one thing: a search for a type finds one.
#[test]
fn no_two_types_have_the_same_name() {
    let mut places = std::collections::BTreeMap::<String, Vec<String>>::new();
    for (module, text) in files() {
        for name in types(&text) {
            places.entry(name).or_default().push(module.join("::"));
        }
    }
    let same: Vec<String> = places
        .into_iter()
        .filter(|(_, places)| places.len() > 1)
        .map(|(name, places)| format!("{name}: {}", places.join(", ")))
        .collect();
    assert!(same.is_empty(), "types of the same name:\n{}", same.join("\n"));
    assert_eq!(
        types(
            "pub(super) struct One<T> {\nenum Two {\n// struct Three\npub trait Four: Sync {\n    type Five;\ntype Six = ();"
        ),
        ["One", "Two", "Four", "Six"]
    );
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    for (path, text) in sources() {
        assert!(text.lines().count() <= LONGEST, "{} is longer than {LONGEST} lines", path.display());
        assert!(text.starts_with("//!"), "{} does not say what it is for", path.display());
        let first = text.trim_start_matches("//!").split_whitespace().next().unwrap_or_default();
        let noun = !["What", "Who", "Whose", "How", "When", "Which", "Where", "Whether"].contains(&first);
        assert!(noun, "{} does not begin with what it is", path.display());
    }
}

/// What comments have said that a stranger has to read twice.
#[test]
fn comments_are_read_once() {
    const SUBJECTS: [&str; 5] = ["What ", "Whatever ", "Whoever ", "Those that ", "That which "];
    const RIDDLES: [&str; 5] = ["which is all", "has said so", "has said why", "nothing more to say", "is no news"];
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let mut before = "";
        for (number, line) in text.lines().enumerate() {
            let line = line.trim_start();
            let comment = line.trim_start_matches(['/', '!']).trim_start();
            let begins = line.starts_with("// ") && !before.starts_with("// ");
            before = line;
            if !line.starts_with("//") {
                continue;
            }
            let riddles = RIDDLES.iter().any(|riddle| comment.contains(riddle));
            if riddles || begins && SUBJECTS.iter().any(|subject| comment.starts_with(subject)) {
                wrong.push(format!("{}:{}: {comment}", path.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The organs have the field's names in code: vad, asr, llm, tts.
#[test]
fn no_organ_has_a_second_name() {
    const SECOND: [&str; 8] = ["Ear", "Ears", "Brain", "Mouth", "Tongue", "Hands", "Actor", "Hearing"];
    for (module, text) in files() {
        let file = module.last().map(String::as_str).unwrap_or_default();
        assert!(!["ears", "brain", "mouth", "hands"].contains(&file), "{} is an organ", module.join("::"));
        for name in types(&text) {
            let words: Vec<String> = split(&name);
            let second = words.iter().find(|word| SECOND.contains(&word.as_str()));
            assert!(second.is_none(), "{}: {name} names an organ", module.join("::"));
        }
    }
    assert_eq!(split("SatelliteEarsOf"), ["Satellite", "Ears", "Of"]);
}

/// The words of a type's name.
fn split(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for letter in name.chars() {
        if letter.is_uppercase() || words.is_empty() {
            words.push(String::new());
        }
        words.last_mut().unwrap().push(letter);
    }
    words
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
        if !["runtime", "replay", "control", "cli", "serve", "tui", "device", "executor", "bench"]
            .contains(&own.as_str())
        {
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
