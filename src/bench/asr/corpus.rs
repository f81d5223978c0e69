//! A corpus of recordings with the words that are said in them, and the count of words that were misheard.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// A recording and its words.
#[derive(Clone, Debug, PartialEq)]
pub struct WordRecording {
    pub path: PathBuf,
    pub seconds: f64,
    pub words: Vec<String>,
}

/// Longest recording that counts as a short command, in seconds.
pub const SHORT: f64 = 5.0;

impl WordRecording {
    /// Whether it is as long as a command.
    pub fn is_short(&self) -> bool {
        self.seconds <= SHORT
    }
}

/// The recordings in `folders` that a manifest there or above labels with words: neither with nothing, nor with an intent
/// and its slots (`order {"size": "small"}`), nor with a noise (`[noise] eat`). At most `limit`, spread over all.
pub fn read(folders: &[PathBuf], limit: Option<usize>) -> Result<Vec<WordRecording>> {
    let mut all = Vec::new();
    for folder in folders {
        let folder = folder.canonicalize().with_context(|| format!("no folder at {}", folder.display()))?;
        let root = folder.ancestors().find(|above| above.join("manifest.tsv").is_file());
        let root = root.with_context(|| format!("there is no manifest.tsv in {} or above it", folder.display()))?;
        let manifest = root.join("manifest.tsv");
        let text = std::fs::read_to_string(&manifest).with_context(|| manifest.display().to_string())?;
        let before = all.len();
        all.extend(rows(&text, root).into_iter().filter(|recording| recording.path.starts_with(&folder)));
        ensure!(
            all.len() > before,
            "{} labels no recording of {} with its words",
            manifest.display(),
            folder.display()
        );
    }
    let step = limit.map_or(1, |limit| all.len().div_ceil(limit.max(1)));
    Ok(all.into_iter().step_by(step.max(1)).collect())
}

fn rows(text: &str, folder: &Path) -> Vec<WordRecording> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let column = |name| header.iter().position(|title| *title == name);
    let Some(((path, seconds), label)) = column("path").zip(column("seconds")).zip(column("label")) else {
        return Vec::new();
    };
    let row = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let label = fields.get(label)?;
        let words = if label.contains(['{', '[']) { Vec::new() } else { words(label) };
        let seconds = fields.get(seconds)?.parse().ok()?;
        (!words.is_empty()).then_some(WordRecording { path: folder.join(fields.get(path)?), seconds, words })
    };
    lines.filter_map(row).collect()
}

/// The words of a text, without case and signs.
pub fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let split = text.split(|letter: char| !letter.is_alphanumeric() && letter != '\'');
    split.map(|word| word.trim_matches('\'').to_string()).filter(|word| !word.is_empty()).collect()
}

/// Words put in, left out or changed to make `heard` of `said`.
pub fn errors(said: &[String], heard: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=heard.len()).collect();
    for (i, one) in said.iter().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in heard.iter().enumerate() {
            let change = corner + usize::from(one != other);
            corner = row[j + 1];
            row[j + 1] = change.min(corner + 1).min(row[j] + 1);
        }
    }
    row[heard.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_the_edit_distance_in_words() {
        let count = |said: &str, heard: &str| errors(&words(said), &words(heard));
        assert_eq!(count("stop the timer", "Stop the timer."), 0);
        assert_eq!(count("stop the timer", "stop a timer now"), 2);
        assert_eq!(count("don't", ""), 1);
        assert_eq!(count("", "thank you"), 2);
        assert_eq!(count("выключи свет", "Включи свет!"), 1);
    }

    #[test]
    fn only_words_are_labels() {
        let text = "path\tseconds\tlabel\na.wav\t1.5\tjarvis\nb.wav\t2\torder {\"size\": \"small\"}\nc.wav\t2\t\nd.wav\t3\t[noise] eat\n";
        let rows = rows(text, Path::new("/r"));
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].path.as_path(), rows[0].is_short()), (Path::new("/r/a.wav"), true));
    }
}
