//! The manifest of a folder of recordings: one line for each recording, columns by their titles.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A recording as the manifest lists it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ManifestRow {
    /// Its path in the manifest's folder.
    pub relative: PathBuf,
    /// Its whole path.
    pub path: PathBuf,
    /// Its length in seconds, where that is listed.
    pub seconds: Option<f64>,
    /// The words or the sound in it; may be empty.
    pub label: String,
    /// Who speaks; empty where that is not known.
    pub speaker: String,
}

impl ManifestRow {
    /// Whether it lies in one of `folders` of the manifest.
    pub fn is_in(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| self.relative.starts_with(folder))
    }
}

/// All that `manifest.tsv` in `folder` lists, in its order.
///
/// # Errors
/// When there is none.
pub fn read(folder: &Path) -> Result<Vec<ManifestRow>> {
    let manifest = folder.join("manifest.tsv");
    let text = std::fs::read_to_string(&manifest)
        .with_context(|| format!("{} lists no recordings; name a folder with a manifest.tsv", manifest.display()))?;
    Ok(rows(&text, folder))
}

/// The recordings under `folder`, as a manifest there or above lists them, and the folder of that manifest.
///
/// # Errors
/// When there is no such folder or no manifest.
pub fn under(folder: &Path) -> Result<(PathBuf, Vec<ManifestRow>)> {
    let folder = folder.canonicalize().with_context(|| format!("no folder at {}", folder.display()))?;
    let root = folder.ancestors().find(|above| above.join("manifest.tsv").is_file());
    let root = root.with_context(|| format!("there is no manifest.tsv in {} or above it", folder.display()))?;
    let rows = read(root)?.into_iter().filter(|row| row.path.starts_with(&folder)).collect();
    Ok((root.to_path_buf(), rows))
}

/// The rows of a manifest's text.
pub fn rows(text: &str, folder: &Path) -> Vec<ManifestRow> {
    let header: Vec<&str> = text.lines().next().unwrap_or_default().split('\t').collect();
    let [path, seconds, label, speaker] =
        ["path", "seconds", "label", "speaker"].map(|name| header.iter().position(|title| *title == name));
    let row = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let of = |column: Option<usize>| column.and_then(|column| fields.get(column)).copied().unwrap_or_default();
        let relative = Some(of(path)).filter(|path| !path.is_empty())?;
        Some(ManifestRow {
            relative: relative.into(),
            path: folder.join(relative),
            seconds: of(seconds).parse().ok(),
            label: of(label).trim().into(),
            speaker: of(speaker).into(),
        })
    };
    text.lines().skip(1).filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_their_titles_and_what_is_missing_is_empty() {
        let text = "label\tpath\tset\nstop\tkeywords/a.flac\tx\n\t\tx\nno\tb.flac\n";
        let rows = rows(text, Path::new("/r"));
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].label.as_str(), rows[0].path.as_path()), ("stop", Path::new("/r/keywords/a.flac")));
        assert!(rows[0].is_in(&["keywords"]) && !rows[1].is_in(&["keywords", "key"]));
        assert_eq!((rows[1].seconds, rows[1].speaker.as_str()), (None, ""));
    }
}
