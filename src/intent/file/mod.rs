//! Commands files: their YAML, merged into an [`IntentSet`], and the check for unwise lines.

pub mod check;
pub mod list;
pub mod lists;
pub mod yaml;

use std::collections::BTreeMap;
use std::path::Path;

use self::list::{context, list, scalar};
use self::yaml::{Data, YamlNode};
use crate::intent::error::IntentError;
use crate::intent::template::parser;
use crate::intent::template::{Block, ContextRule, Expr, IntentSet, List, Sentence};

/// A commands file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path, as in messages.
    pub name: String,
    /// Its content.
    pub text: String,
}

impl IntentSet {
    /// Reads and merges commands files.
    ///
    /// Blocks of an intent add up, lists of a name join their values, and a later rule replaces an earlier one of its
    /// name. Other top-level keys (`actions`, `responses`, `settings`) are ignored.
    ///
    /// # Errors
    /// All mistakes of all files, each with its place.
    pub fn parse(sources: &[SourceFile]) -> Result<Self, Vec<IntentError>> {
        let mut loader = Loader::default();
        for source in sources {
            match yaml::parse(&source.name, &source.text) {
                Ok(root) => loader.file(&source.name, &root),
                Err(error) => loader.errors.push(error),
            }
        }
        if loader.errors.is_empty() { Ok(loader.intents) } else { Err(loader.errors) }
    }
}

#[derive(Default)]
struct Loader {
    intents: IntentSet,
    errors: Vec<IntentError>,
}

impl Loader {
    /// Stores a mistake, so that reading goes on.
    fn keep<T>(&mut self, result: Result<T, IntentError>) -> Option<T> {
        result.map_err(|error| self.errors.push(error)).ok()
    }

    fn file(&mut self, name: &str, root: &YamlNode) {
        if !matches!(root.data, Data::Map(_) | Data::Null) {
            let error = root.wrong("a commands file begins with keys such as `language:` and `intents:`");
            self.errors.push(error);
        }
        self.language(root);
        if let Some(rules) = root.get("expansion_rules") {
            let rules = self.rules(rules);
            self.intents.rules.extend(rules);
        }
        if let Some(lists) = root.get("lists") {
            let lists = self.lists(lists);
            merge_lists(&mut self.intents.lists, lists);
        }
        self.skip_words(root);
        for (name, intent) in root.get("intents").map_or(&[][..], YamlNode::entries) {
            self.intent(name, intent);
        }
        // Home Assistant's newer layout: the folder names the intent, and each file is one block of it.
        if root.get("sentences").is_some() || root.get("data").is_some() {
            self.bare(name, root);
        }
    }

    fn language(&mut self, root: &YamlNode) {
        let Some(node) = root.get("language") else { return };
        let Some(language) = node.text() else {
            return self.errors.push(node.wrong("`language` is a tag such as `en`"));
        };
        if self.intents.language.is_empty() {
            language.clone_into(&mut self.intents.language);
        } else if self.intents.language != language {
            let known = &self.intents.language;
            let reason = format!("this file is `{language}`, those before it are `{known}`: load them apart");
            self.errors.push(node.wrong(reason));
        }
    }

    fn skip_words(&mut self, root: &YamlNode) {
        for word in root.get("skip_words").map_or(&[][..], YamlNode::items) {
            if let Some(expr) = self.template(word) {
                self.intents.skip_words.push(expr.expr);
            }
        }
    }

    /// A file of sentences without an `intents` key.
    fn bare(&mut self, name: &str, root: &YamlNode) {
        let folder = Path::new(name).parent().and_then(Path::file_name).and_then(|name| name.to_str());
        let Some(intent) = folder else {
            let reason = "sentences without an intent: write `intents: NAME: data: - sentences: […]`";
            return self.errors.push(root.wrong(reason));
        };
        let intent = intent.to_owned();
        if root.get("data").is_some() {
            self.blocks(&intent, root);
        } else if let Some(block) = self.block(root) {
            self.intents.intents.entry(intent).or_default().blocks.push(block);
        }
    }

    fn intent(&mut self, name: &YamlNode, intent: &YamlNode) {
        let Some(key) = name.text() else {
            return self.errors.push(name.wrong("an intent needs a name"));
        };
        if intent.get("data").is_none() {
            let reason = format!("the intent `{key}` has no `data:`; its blocks of sentences go there");
            return self.errors.push(name.wrong(reason));
        }
        self.blocks(key, intent);
    }

    fn blocks(&mut self, name: &str, intent: &YamlNode) {
        let data = intent.get("data").map_or(&[][..], YamlNode::items);
        for node in data {
            if let Some(block) = self.block(node) {
                self.intents.intents.entry(name.to_owned()).or_default().blocks.push(block);
            }
        }
    }

    fn block(&mut self, node: &YamlNode) -> Option<Block> {
        let Some(sentences) = node.get("sentences") else {
            self.errors.push(node.wrong("a block needs `sentences:`, a list of templates"));
            return None;
        };
        let mut block = Block {
            response: node.get("response").and_then(YamlNode::text).map(str::to_owned),
            requires: self.context_rules(node, "requires_context"),
            excludes: self.context_rules(node, "excludes_context"),
            ..Block::default()
        };
        if !matches!(sentences.data, Data::List(_)) {
            self.errors.push(sentences.wrong("`sentences` is a list: begin each template with `- `"));
        }
        for sentence in sentences.items() {
            block.sentences.extend(self.template(sentence));
        }
        if let Some(slots) = node.get("slots") {
            block.slots = context(slots);
        }
        if let Some(lists) = node.get("lists") {
            block.lists = self.lists(lists);
        }
        if let Some(rules) = node.get("expansion_rules") {
            block.rules = self.rules(rules);
        }
        Some(block)
    }

    /// A template with its place.
    fn template(&mut self, node: &YamlNode) -> Option<Sentence> {
        let Some(text) = node.text() else {
            let reason = "a template is text: put quotes around what YAML takes for something else";
            self.errors.push(node.wrong(reason));
            return None;
        };
        let parsed = parser::parse(text).map_err(|error| error.within(&node.place));
        let expr = self.keep(parsed)?;
        Some(Sentence { text: text.to_owned(), expr, place: node.place.clone() })
    }

    fn rules(&mut self, node: &YamlNode) -> BTreeMap<String, Expr> {
        let mut rules = BTreeMap::new();
        for (name, body) in node.entries() {
            if let (Some(name), Some(template)) = (name.text(), self.template(body)) {
                rules.insert(name.to_owned(), template.expr);
            }
        }
        rules
    }

    fn lists(&mut self, node: &YamlNode) -> BTreeMap<String, List> {
        let mut lists = BTreeMap::new();
        for (name, body) in node.entries() {
            let list = self.keep(list(body));
            if let (Some(name), Some(list)) = (name.text(), list) {
                lists.insert(name.to_owned(), list);
            }
        }
        lists
    }

    fn context_rules(&mut self, node: &YamlNode, key: &str) -> BTreeMap<String, ContextRule> {
        let Some(rules) = node.get(key) else { return BTreeMap::new() };
        if !matches!(rules.data, Data::Map(_) | Data::Null) {
            self.errors.push(rules.wrong(format!("`{key}` has keys and values: `{key}: {{area: kitchen}}`")));
        }
        let entries = rules.entries().iter();
        entries.filter_map(|(name, rule)| Some((name.text()?.to_owned(), context_rule(rule)))).collect()
    }
}

fn context_rule(node: &YamlNode) -> ContextRule {
    let Data::Map(_) = node.data else {
        return ContextRule { values: values(node), ..ContextRule::default() };
    };
    let slot = node.get("slot").and_then(YamlNode::text);
    let known = slot.filter(|slot| !matches!(*slot, "true" | "false" | "True" | "False" | "yes" | "no"));
    ContextRule {
        values: node.get("value").map_or_else(Vec::new, values),
        slot: slot.is_some_and(|slot| !matches!(slot, "false" | "False" | "no")),
        slot_name: known.map(str::to_owned),
    }
}

/// One value or several; `null` has none.
fn values(node: &YamlNode) -> Vec<String> {
    match &node.data {
        Data::List(items) => items.iter().filter_map(scalar).collect(),
        _ => scalar(node).into_iter().collect(),
    }
}

/// Adds lists to the known ones: values of a name add up, other kinds of lists replace each other.
pub fn merge_lists(into: &mut BTreeMap<String, List>, from: BTreeMap<String, List>) {
    for (name, list) in from {
        match (into.get_mut(&name), list) {
            (Some(List::Values(known)), List::Values(more)) => known.extend(more),
            (_, list) => {
                into.insert(name, list);
            }
        }
    }
}
