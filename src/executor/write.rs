//! The writing of a line to a file or a FIFO, without a wait for a reader.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags, fstat, lstat, open};
use rustix::io::Errno;

use crate::phrases::{Failure, WriteFault};

/// Appends `line` and a line end. Missing folders and files are created; a new file is only for its owner.
pub fn append(path: &Path, line: &str) -> Result<(), Failure> {
    let failed = |fault: WriteFault| Failure::NotWritten { path: path.into(), fault };
    let broken = |error: std::io::Error| failed(WriteFault::System(error.to_string()));
    // Check the file before opening it: opening a device can have effects.
    if let Ok(found) = lstat(path) {
        fits(FileType::from_raw_mode(found.st_mode)).map_err(failed)?;
    } else if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(broken)?;
    }
    let flags = OFlags::WRONLY
        | OFlags::APPEND
        | OFlags::CREATE
        | OFlags::NONBLOCK
        | OFlags::NOFOLLOW
        | OFlags::CLOEXEC
        | OFlags::NOCTTY;
    let file = open(path, flags, Mode::RUSR | Mode::WUSR).map_err(|error| failed(fault(error)))?;
    let found = fstat(&file).map_err(|error| failed(fault(error)))?;
    fits(FileType::from_raw_mode(found.st_mode)).map_err(failed)?;
    // Write once, so that the lines of two writers do not mix.
    File::from(file).write_all(format!("{line}\n").as_bytes()).map_err(broken)
}

fn fits(kind: FileType) -> Result<(), WriteFault> {
    match kind {
        FileType::RegularFile | FileType::Fifo => Ok(()),
        FileType::Symlink => Err(WriteFault::Link),
        FileType::Directory => Err(WriteFault::Folder),
        _ => Err(WriteFault::Special),
    }
}

fn fault(error: Errno) -> WriteFault {
    match error {
        Errno::NXIO => WriteFault::NoReader,
        Errno::LOOP => WriteFault::Link,
        other => WriteFault::System(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn lines_are_appended_for_the_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/notes.txt");
        append(&path, "buy milk").unwrap();
        append(&path, "щи; rm -rf /").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "buy milk\nщи; rm -rf /\n");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_fifo_that_nobody_reads_is_told_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fifo");
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, Mode::RUSR | Mode::WUSR).unwrap();
        let error = append(&path, "x").unwrap_err().to_string();
        assert!(error.contains("nobody reads this FIFO"), "{error}");
        // With a reader the line arrives.
        let reader = open(&path, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty()).unwrap();
        append(&path, "hello").unwrap();
        let mut text = [0; 16];
        let length = rustix::io::read(&reader, &mut text).unwrap();
        assert_eq!(&text[..length], b"hello\n");
    }

    #[test]
    fn links_folders_and_devices_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/etc/passwd", &link).unwrap();
        for (path, told) in [(link.as_path(), "link"), (folder.path(), "folder"), (Path::new("/dev/null"), "neither")] {
            assert!(append(path, "x").unwrap_err().to_string().contains(told), "{told}");
        }
    }
}
