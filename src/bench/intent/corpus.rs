//! Recordings of commands with what they mean, and recordings of anything else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::bench::manifest::{self, ManifestRow};
use crate::intent::Slots;

/// A recording and what is said in it.
#[derive(Clone, Debug, PartialEq)]
pub struct IntentRecording {
    /// Where it is.
    pub path: PathBuf,
    /// Intent and slots of a command; `None` for other speech.
    pub meaning: Option<(String, Slots)>,
}

/// Folders beside the commands that hold no commands.
const OTHERS: [&str; 4] = ["sentences", "voices", "keywords", "noise"];

/// The labelled commands of `folder`, and the other recordings beside its manifest, by folder.
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
        let (root, rows) = manifest::under(folder)?;
        let mut commands: Vec<IntentRecording> = rows.into_iter().filter_map(IntentRecording::of).collect();
        commands.sort_by(|a, b| a.path.cmp(&b.path));
        let what = "rows of the folder with a label such as orderDrink {\"size\": \"small\"}";
        anyhow::ensure!(!commands.is_empty(), "{} has no {what}", root.join("manifest.tsv").display());
        let others = OTHERS
            .into_iter()
            .filter(|name| root.join(name).is_dir())
            .map(|name| {
                let paths = crate::bench::checkout::recordings(&root.join(name))?;
                Ok((name.to_owned(), paths.into_iter().map(|path| IntentRecording { path, meaning: None }).collect()))
            })
            .collect::<Result<_>>()?;
        Ok(Self { commands, others, root, noise: folder.join("../../noise/kitchen") })
    }
}

impl IntentRecording {
    /// The recording of a row that is labelled as a command.
    fn of(row: ManifestRow) -> Option<Self> {
        let meaning = Some(meaning(&row.label)?);
        Some(Self { path: row.path, meaning })
    }
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
        let rows = manifest::rows(text, Path::new("/r"));
        let rows: Vec<_> = rows.into_iter().filter_map(IntentRecording::of).collect();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].path, Path::new("/r/x/1.flac"));
    }
}
