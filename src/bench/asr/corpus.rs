//! A corpus of recordings with the words that are said in them, and the count of words that were misheard.

use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::bench::manifest::{self, ManifestRow};

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
    /// The recording of a row that is labelled with words and has a length.
    fn of(row: ManifestRow) -> Option<Self> {
        let words = if row.label.contains(['{', '[']) { Vec::new() } else { words(&row.label) };
        (!words.is_empty()).then_some(Self { path: row.path, seconds: row.seconds?, words })
    }

    /// Whether it is at most [`SHORT`].
    pub fn is_short(&self) -> bool {
        self.seconds <= SHORT
    }
}

/// The recordings in `folders` that a manifest there or above labels with words, at most `limit`, spread over all. Rows
/// with an empty label, an intent and its slots (`order {"size": "small"}`) or a noise (`[noise] eat`) are left out.
pub fn read(folders: &[PathBuf], limit: Option<usize>) -> Result<Vec<WordRecording>> {
    let mut all = Vec::new();
    for folder in folders {
        let (root, rows) = manifest::under(folder)?;
        let before = all.len();
        all.extend(rows.into_iter().filter_map(WordRecording::of));
        ensure!(
            all.len() > before,
            "{} labels no recording of {} with its words",
            root.join("manifest.tsv").display(),
            folder.display()
        );
    }
    let step = limit.map_or(1, |limit| all.len().div_ceil(limit.max(1)));
    Ok(all.into_iter().step_by(step.max(1)).collect())
}

/// The words of a text, in lower case and without punctuation.
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
    use std::path::Path;

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
        let rows = manifest::rows(text, Path::new("/r"));
        let rows: Vec<_> = rows.into_iter().filter_map(WordRecording::of).collect();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].path.as_path(), rows[0].is_short()), (Path::new("/r/a.wav"), true));
    }
}
