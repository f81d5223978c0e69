//! The desktop entries of this machine: their folders, and the start of an application.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Child;

use super::{environment, process};
use crate::command::apps::InstalledApp;
use crate::phrases::Failure;
use crate::turn::Ticket;

/// Levels of subfolders that are searched.
const DEPTH: usize = 3;
/// Largest entry in bytes that is read: entries hold all their translations.
const LARGEST: u64 = 256 << 10;
/// Most entries of one `applications` folder that are read.
const MOST: usize = 5_000;

/// The installed applications that a person can open by name. The person's own come before the system's.
pub fn installed(language: &str) -> Vec<InstalledApp> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for folder in folders() {
        let mut files = Vec::new();
        gather(&folder, 0, &mut files);
        files.sort();
        for file in files {
            let Some(id) = id(&folder, &file).filter(|id| seen.insert(id.clone())) else { continue };
            let app = read(&file).and_then(|text| InstalledApp::parse(&id, &text, language));
            found.extend(app.filter(there));
        }
    }
    found
}

/// Starts an installed application. Returns its name, and the child to reap later.
///
/// # Errors
/// When it is no longer installed, or does not start.
pub fn open(id: &str, language: &str, ticket: &Ticket) -> Result<(String, Option<Child>), Failure> {
    let app = installed(language).into_iter().find(|app| app.id == id);
    let app = app.ok_or_else(|| Failure::Removed { id: id.into() })?;
    let child = process::start(&app.argv, ticket)?;
    Ok((app.name().to_string(), child))
}

/// Whether the application's program is installed.
fn there(app: &InstalledApp) -> bool {
    let programs = app.argv.first().into_iter().chain(&app.needs);
    programs.into_iter().all(|program| environment::on_path(program))
}

/// The `applications` folders of `$XDG_DATA_HOME` and `$XDG_DATA_DIRS`.
fn folders() -> Vec<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let home = variable("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".local/share")));
    let shared = variable("XDG_DATA_DIRS").unwrap_or_else(|| "/usr/local/share:/usr/share".into());
    let all = home.into_iter().chain(std::env::split_paths(&shared));
    all.filter(|folder| folder.is_absolute()).map(|folder| folder.join("applications")).collect()
}

fn gather(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if files.len() >= MOST {
            return;
        }
        if path.extension().is_some_and(|end| end == "desktop") {
            files.push(path);
        } else if depth < DEPTH && path.is_dir() {
            gather(&path, depth + 1, files);
        }
    }
}

/// The id of an entry: its path below the folder, without the extension and with dashes for slashes.
fn id(folder: &Path, file: &Path) -> Option<String> {
    let inside = file.strip_prefix(folder).ok()?.with_extension("");
    Some(inside.to_str()?.replace('/', "-"))
}

fn read(path: &Path) -> Option<String> {
    let data = std::fs::metadata(path).ok()?;
    if data.is_file() && data.len() <= LARGEST { std::fs::read_to_string(path).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_in_folders_and_named_by_their_path() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("kde/deep")).unwrap();
        for name in ["a.desktop", "kde/b.desktop", "kde/deep/c.desktop", "notes.txt"] {
            std::fs::write(root.path().join(name), "").unwrap();
        }
        let mut files = Vec::new();
        gather(root.path(), 0, &mut files);
        let mut ids: Vec<String> = files.iter().filter_map(|file| id(root.path(), file)).collect();
        ids.sort();
        assert_eq!(ids, ["a", "kde-b", "kde-deep-c"]);
    }
}
