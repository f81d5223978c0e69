//! The catalogue of models that comes with golem, and the user's own beside it.
//!
//! A model is one folder under a models folder, complete or not there at all: [`Entry::folder`] names it.

mod check;
mod check_source;
mod entry;
mod error;
mod fault;
mod file;
mod plain;
mod read;
mod read_source;
mod source;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use entry::{Engine, Entry, MANY, MB, MEASURING, ModelKind, Size};
pub use error::CatalogueError;
pub use file::File;
pub use source::{Archive, ArchiveMember, ModelSource, Package, TakenMembers, is_commit};

/// The catalogue that comes with golem.
const BUILT_IN: &str = include_str!("../../../models/catalogue.toml");
/// Its name in messages.
const ORIGIN: &str = "the catalogue of golem";
/// Name of the user's own file, beside the config.
const OWN: &str = "catalogue.toml";
/// Most names that a message suggests for one that is unknown.
const SUGGESTIONS: usize = 3;
/// Jaro-Winkler similarity (0..=1) from which a name is suggested.
const NEAR: f64 = 0.8;

/// All models that are known by name. Names are unique, and so are folders.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    entries: Vec<Entry>,
}

impl Catalogue {
    /// The models of the catalogue that comes with golem.
    pub fn built_in() -> Self {
        let entries = read::entries(ORIGIN, BUILT_IN).expect("a test reads the file that is compiled in");
        Self { entries }
    }

    /// The models of the catalogue that comes with golem, and those of `own`, which replace the ones of the same name.
    /// A missing file is not an error.
    ///
    /// # Errors
    /// When the file cannot be read, is not a catalogue, or puts two models into the same folder.
    pub fn load(own: Option<&Path>) -> Result<Self, CatalogueError> {
        let mut catalogue = Self::built_in();
        let Some(path) = own else { return Ok(catalogue) };
        match std::fs::read_to_string(path) {
            Ok(text) => catalogue.extend(&path.display().to_string(), &text)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(CatalogueError::Read { path: path.into(), reason: error.to_string() }),
        }
        Ok(catalogue)
    }

    /// The models of `text` alone.
    ///
    /// # Errors
    /// When it is not a catalogue; `origin` names it in the message.
    pub fn parse(origin: &str, text: &str) -> Result<Self, CatalogueError> {
        let mut catalogue = Self::default();
        catalogue.extend(origin, text)?;
        Ok(catalogue)
    }

    /// Where the user's own catalogue is, beside the config file.
    pub fn own_path(config: &Path) -> PathBuf {
        config.with_file_name(OWN)
    }

    /// All models, in the order of the file.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The models for one purpose.
    pub fn of_kind(&self, kind: ModelKind) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.kind == kind)
    }

    /// The models made for `language`, a code such as `ru`.
    pub fn speaking<'a>(&'a self, language: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.speaks(language))
    }

    /// The model of this name.
    ///
    /// # Errors
    /// [`CatalogueError::Unknown`] with the nearest names.
    pub fn get(&self, name: &str) -> Result<&Entry, CatalogueError> {
        let found = self.entries.iter().find(|entry| entry.name == name);
        found.ok_or_else(|| CatalogueError::Unknown { name: name.into(), hint: self.hint(name) })
    }

    fn extend(&mut self, origin: &str, text: &str) -> Result<(), CatalogueError> {
        for entry in read::entries(origin, text)? {
            self.entries.retain(|known| known.name != entry.name);
            self.entries.push(entry);
        }
        check::folders(origin, &self.entries)
    }

    /// The nearest names to one that is unknown: those that hold it, then those that resemble it.
    fn hint(&self, name: &str) -> String {
        let name = name.to_lowercase();
        let likeness = |entry: &Entry| {
            let holds = !name.is_empty() && entry.name.contains(&name);
            if holds { 1.0 } else { strsim::jaro_winkler(&entry.name, &name) }
        };
        let mut near: Vec<_> = self.entries.iter().map(|entry| (likeness(entry), &entry.name)).collect();
        near.retain(|(likeness, _)| *likeness >= NEAR);
        near.sort_by(|a, b| b.0.total_cmp(&a.0));
        let names: Vec<_> = near.iter().take(SUGGESTIONS).map(|(_, name)| format!("\"{name}\"")).collect();
        if names.is_empty() { String::new() } else { format!(" (did you mean {}?)", names.join(" or ")) }
    }
}
