//! Recordings of commands with what they mean, and recordings of anything else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::intent::Slots;

/// A recording and what is said in it.
#[derive(Clone, Debug, PartialEq)]
pub struct IntentRecording {
    /// Where it is.
    pub path: PathBuf,
    /// Intent and slots of a command; nothing for what is no command.
    pub meaning: Option<(String, Slots)>,
}

/// Folders beside the commands that hold no commands.
const OTHERS: [&str; 4] = ["sentences", "voices", "keywords", "noise"];

/// The labelled commands of `folder`, and what is no command beside its manifest, by folder.
pub struct Corpus {
    /// Commands in order of name.
    pub commands: Vec<IntentRecording>,
    /// Everything else: its folder's name and the recordings.
    pub others: BTreeMap<String, Vec<IntentRecording>>,
    /// Where the manifest is.
    pub root: PathBuf,
    /// Where the kitchen noise is looked for.
    pub noise: PathBuf,
}

impl Corpus {
    /// Reads the manifest of `folder`: `manifest.tsv` in it or above it, with columns `path` and `label` and labels
    /// such as `orderDrink {"size": "small"}`.
    ///
    /// # Errors
    /// When there is none, or it names no command in the folder.
    pub fn open(folder: &Path) -> Result<Self> {
        let folder = folder.canonicalize().with_context(|| format!("no folder at {}", folder.display()))?;
        let root = folder.ancestors().find(|above| above.join("manifest.tsv").is_file());
        let root = root.with_context(|| format!("there is no manifest.tsv in {} or above it", folder.display()))?;
        let manifest = root.join("manifest.tsv");
        let text = std::fs::read_to_string(&manifest).with_context(|| manifest.display().to_string())?;
        let mut commands: Vec<IntentRecording> =
            rows(&text, root).filter(|recording| recording.path.starts_with(&folder)).collect();
        commands.sort_by(|a, b| a.path.cmp(&b.path));
        let what = "rows of the folder with a label such as orderDrink {\"size\": \"small\"}";
        anyhow::ensure!(!commands.is_empty(), "{} has no {what}", manifest.display());
        let others = OTHERS
            .into_iter()
            .filter(|name| root.join(name).is_dir())
            .map(|name| {
                let paths = crate::bench::checkout::recordings(&root.join(name))?;
                Ok((name.to_owned(), paths.into_iter().map(|path| IntentRecording { path, meaning: None }).collect()))
            })
            .collect::<Result<_>>()?;
        Ok(Self { commands, others, root: root.to_path_buf(), noise: folder.join("../../noise/kitchen") })
    }
}

/// The rows of a manifest that are labelled as commands.
fn rows<'a>(text: &'a str, root: &'a Path) -> impl Iterator<Item = IntentRecording> + 'a {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let column = |name| header.iter().position(|title| *title == name);
    let columns = column("path").zip(column("label"));
    lines.filter_map(move |line| {
        let fields: Vec<&str> = line.split('\t').collect();
        let (path, label) = columns?;
        let meaning = meaning(fields.get(label)?)?;
        Some(IntentRecording { path: root.join(fields.get(path)?), meaning: Some(meaning) })
    })
}

/// `orderDrink {"size": "small"}` as an intent and its slots, spaces around values left out.
fn meaning(label: &str) -> Option<(String, Slots)> {
    let (intent, slots) = label.split_once(' ')?;
    let slots: Slots = serde_json::from_str(slots).ok()?;
    Some((intent.to_owned(), slots.into_iter().map(|(name, value)| (name, value.trim().to_owned())).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_intents_with_trimmed_slots() {
        let (intent, slots) = meaning("orderDrink {\"milkAmount\": \" milk\", \"size\": \"small\"}").unwrap();
        assert_eq!(intent, "orderDrink");
        assert_eq!(slots["milkAmount"], "milk");
        assert_eq!(meaning("[noise] eat"), None);
        assert_eq!(meaning("to be or not to be"), None);
    }

    #[test]
    fn columns_are_found_by_name() {
        let text = "seconds\tlabel\tpath\n1.5\tA {\"b\": \"c\"}\tx/1.flac\n2\tplain words\tx/2.flac\n3\n";
        let rows: Vec<IntentRecording> = rows(text, Path::new("/r")).collect();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].path, Path::new("/r/x/1.flac"));
    }
}
