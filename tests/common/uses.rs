//! The uses of source files by each other, read from their texts: paths that begin with `crate`, `super` or `self`, or
//! with the name of a file's own child. A name that a file only passes on counts for the file that it comes from.

use std::collections::{BTreeMap, BTreeSet};

/// A file by its place in the module tree: `["dialog", "barge"]`; the root is empty.
pub type Module = Vec<String>;

/// The files that each file uses.
pub struct Uses(BTreeMap<Module, BTreeSet<Module>>);

impl Uses {
    /// Reads `files`: each with its text, tests left out.
    pub fn of(files: &BTreeMap<Module, String>) -> Self {
        let files: BTreeMap<_, _> = files.iter().map(|(module, text)| (module.clone(), uncommented(text))).collect();
        let mut passed = BTreeMap::new();
        for (module, text) in &files {
            for path in statements(text).0.iter().flat_map(|statement| tree(statement).0) {
                let local = !["crate", "super", "self"].contains(&path[0].as_str());
                let mut path = if local { [vec!["self".into()], path].concat() } else { path };
                if path.last().is_some_and(|last| last == "self") {
                    path.pop();
                }
                let name = path.last().cloned().unwrap_or_default();
                passed.insert((module.clone(), name), path);
            }
        }
        let uses = |(module, text): (&Module, &String)| {
            let found = paths(&statements(text).1, module, &files);
            let found = found.into_iter().map(|path| resolve(module, &path, &files, &passed, 0));
            (module.clone(), found.filter(|other| other != module).collect())
        };
        Self(files.iter().map(uses).collect())
    }

    /// Files that use each other, in a line for each file: `a -> b, c`.
    pub fn circles(&self) -> Vec<String> {
        let reached: BTreeMap<_, _> = self.0.keys().map(|module| (module, self.reached(module))).collect();
        let line = |(module, others): (&Module, &BTreeSet<Module>)| {
            let back = others.iter().filter(|other| reached.get(other).is_some_and(|all| all.contains(module)));
            let back: Vec<_> = back.map(|other| other.join("::")).collect();
            (!back.is_empty()).then(|| format!("{} -> {}", module.join("::"), back.join(", ")))
        };
        self.0.iter().filter_map(line).collect()
    }

    fn reached(&self, from: &Module) -> BTreeSet<Module> {
        let (mut reached, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(module) = next.pop() {
            for other in self.0.get(module).into_iter().flatten() {
                if reached.insert(other.clone()) {
                    next.push(other);
                }
            }
        }
        reached
    }
}

/// The text without comments, and without the paths of visibilities (`pub(in …)`), which use nothing.
fn uncommented(text: &str) -> String {
    let code = |line: &str| match line.split("//").next().unwrap_or_default().split_once("pub(in ") {
        Some((before, after)) => format!("{before}pub{}", after.split_once(')').unwrap_or_default().1),
        None => line.split("//").next().unwrap_or_default().to_owned(),
    };
    text.lines().map(code).collect::<Vec<_>>().join("\n")
}

/// What is passed on by `pub use …;`, and the rest of the text.
fn statements(text: &str) -> (Vec<String>, String) {
    let (mut passed, mut rest) = (Vec::new(), String::new());
    for statement in text.split_inclusive(';') {
        let public = statement.rfind("pub").filter(|at| statement[*at..].contains("use ")).filter(|at| {
            let between = statement[at + 3..].split("use ").next().unwrap_or_default().trim();
            between.is_empty() || (between.starts_with('(') && between.ends_with(')'))
        });
        match public {
            Some(at) => {
                rest.push_str(&statement[..at]);
                passed.push(statement[at..].split_once("use ").map_or("", |(_, path)| path).to_owned());
            }
            None => rest.push_str(statement),
        }
    }
    (passed, rest)
}

/// The paths at the beginning of `text`, braces unfolded, and how many bytes they take.
fn tree(text: &str) -> (Vec<Module>, usize) {
    let (mut path, mut at) = (Module::new(), 0);
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        let word = text[at..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len() - at);
        if word > 0 {
            path.push(text[at..at + word].to_owned());
            at += word;
        } else if text[at..].starts_with('{') {
            let mut all = Vec::new();
            at += 1;
            loop {
                at += text[at..].len() - text[at..].trim_start_matches([' ', '\n', ',']).len();
                let (inner, length) = tree(&text[at..]);
                if length == 0 {
                    return (all, at + 1);
                }
                at += length;
                all.extend(inner.into_iter().map(|inner| [path.clone(), inner].concat()));
            }
        } else {
            at += usize::from(text[at..].starts_with('*'));
            break;
        }
        if !text[at..].starts_with("::") {
            break;
        }
        at += 2;
    }
    if let Some(alias) = text[at..].strip_prefix(" as ") {
        at += 4 + alias.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(alias.len());
    }
    (if path.is_empty() { Vec::new() } else { vec![path] }, at)
}

/// All paths of a text that may lead to other files.
fn paths(text: &str, module: &Module, files: &BTreeMap<Module, String>) -> Vec<Module> {
    let children = files.keys().filter(|other| other.len() == module.len() + 1 && other.starts_with(module));
    let children: Vec<String> = children.filter_map(|child| child.last().cloned()).collect();
    let roots = ["crate", "super", "self"].into_iter().map(str::to_owned).chain(children);
    let mut found = Vec::new();
    for root in roots {
        let start = format!("{root}::");
        for (at, _) in text.match_indices(&start) {
            let inside = text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
            if !inside {
                found.extend(tree(&text[at..]).0);
            }
        }
    }
    found
}

/// The file that a path in `module` leads to.
fn resolve(
    module: &Module,
    path: &[String],
    files: &BTreeMap<Module, String>,
    passed: &BTreeMap<(Module, String), Module>,
    depth: usize,
) -> Module {
    let mut place = module.clone();
    let mut path = path.iter().filter(|part| *part != "self").peekable();
    if path.next_if(|part| *part == "crate").is_some() {
        place.clear();
    }
    while path.next_if(|part| *part == "super").is_some() {
        place.pop();
    }
    while let Some(part) = path.peek() {
        let child = [place.clone(), vec![(*part).clone()]].concat();
        if !files.contains_key(&child) {
            break;
        }
        place = child;
        path.next();
    }
    let name = path.next().cloned().unwrap_or_default();
    match passed.get(&(place.clone(), name)).filter(|_| depth < 4) {
        Some(origin) => resolve(&place, origin, files, passed, depth + 1),
        None => place,
    }
}
