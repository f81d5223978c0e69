//! Test sentences with the meanings that they must have.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};

use crate::intent::file::SourceFile;
use crate::intent::file::list::context;
use crate::intent::file::yaml::{self, Data, YamlNode};
use crate::intent::{Reading, Slots};

/// A sentence and its wanted meaning.
pub struct HomeCase {
    /// File that has it.
    pub file: String,
    /// What is said.
    pub sentence: String,
    /// Slots that are known without being said.
    pub context: Slots,
    /// Intent that is wanted.
    pub intent: String,
    /// Accepted values of each slot.
    slots: BTreeMap<String, Vec<String>>,
    /// Whether slots that the file does not name are allowed: the newer layout leaves out those that its folder
    /// implies.
    implied: bool,
}

/// The tests of a file, and whether the file brings lists of its own.
///
/// # Errors
/// When the file is not YAML.
pub fn read(source: &SourceFile) -> Result<(Vec<HomeCase>, bool)> {
    let root = yaml::parse(&source.name, &source.text)?;
    let path = Path::new(&source.name);
    let folder = path.parent().and_then(Path::file_name).context("a file of tests has a folder")?;
    let folder = folder.to_string_lossy().into_owned();
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut cases = Vec::new();
    for test in root.get("tests").map_or(&[][..], YamlNode::items) {
        let intent = test.get("intent");
        let name = intent.and_then(|intent| intent.get("name")).and_then(YamlNode::text);
        let told = intent.unwrap_or(test);
        for sentence in test.get("sentences").map_or(&[][..], YamlNode::items).iter().filter_map(YamlNode::text) {
            cases.push(HomeCase {
                file: if name.is_some() { file.clone() } else { format!("{folder}/{file}") },
                sentence: sentence.to_owned(),
                context: told.get("context").map_or_else(Slots::new, context),
                intent: name.unwrap_or(&folder).to_owned(),
                slots: slots(told.get("slots")),
                implied: name.is_none(),
            });
        }
    }
    let brings_lists = ["areas", "floors", "entities"].iter().any(|key| root.get(key).is_some());
    Ok((cases, brings_lists))
}

fn slots(node: Option<&YamlNode>) -> BTreeMap<String, Vec<String>> {
    let entries = node.map_or(&[][..], YamlNode::entries).iter();
    let values = |node: &YamlNode| match &node.data {
        Data::List(items) => items.iter().filter_map(YamlNode::text).map(str::to_owned).collect(),
        _ => node.text().map(str::to_owned).into_iter().collect(),
    };
    entries.filter_map(|(name, value)| Some((name.text()?.to_owned(), values(value)))).collect()
}

impl HomeCase {
    /// Whether the best reading is the wanted one.
    pub fn judge(&self, best: Option<&Reading>) -> std::result::Result<(), String> {
        let Some(best) = best else { return Err(format!("no match, wanted {} {:?}", self.intent, self.slots)) };
        if best.intent != self.intent {
            return Err(format!("{} {:?}, wanted {}", best.intent, best.slots, self.intent));
        }
        for (name, wanted) in &self.slots {
            let got = best.slots.get(name).map(String::as_str);
            if !got.is_some_and(|got| wanted.iter().any(|wanted| same(wanted, got))) {
                return Err(format!("{name} is {got:?}, wanted {wanted:?}"));
            }
        }
        match best.slots.iter().find(|(name, _)| !self.slots.contains_key(*name)) {
            Some((name, value)) if !self.implied => Err(format!("{name} is {value:?}, wanted none")),
            _ => Ok(()),
        }
    }
}

/// Whether two values are the same but for capitals, spaces around them and zeros after the point.
fn same(wanted: &str, got: &str) -> bool {
    let (wanted, got) = (wanted.trim(), got.trim());
    let numbers = || wanted.parse::<f64>().ok().zip(got.parse::<f64>().ok());
    wanted.to_lowercase() == got.to_lowercase() || numbers().is_some_and(|(a, b)| (a - b).abs() < 1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TESTS: &str = "language: en\ntests:\n- sentences: [lamp on]\n  intent:\n    name: On\n    context: {area: attic}\n    slots: {name: [Lamp, Light], level: 5}\n";

    fn reading(slots: &[(&str, &str)]) -> Reading {
        let slots = slots.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Reading { intent: "On".into(), slots, sentence: String::new(), score: 1.0, response: None }
    }

    #[test]
    fn a_case_is_judged_by_intent_and_slots() {
        let source = SourceFile { name: "tests/en/light_On.yaml".into(), text: TESTS.into() };
        let (cases, brings_lists) = read(&source).unwrap();
        assert!(!brings_lists);
        let case = &cases[0];
        assert_eq!(case.context["area"], "attic");
        assert!(case.judge(Some(&reading(&[("name", "lamp"), ("level", "5.0")]))).is_ok());
        assert!(case.judge(Some(&reading(&[("name", "Lamp")]))).is_err());
        assert!(case.judge(Some(&reading(&[("name", "Lamp"), ("level", "5"), ("area", "x")]))).is_err());
        assert!(case.judge(None).is_err());
    }
}
