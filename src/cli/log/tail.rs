//! The tail of a growing file: its new lines, and the lines of its successor after a rotation.

use std::fs::File;
use std::io::{ErrorKind, Read, Result, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A file that grows.
#[derive(Debug)]
pub struct Tail {
    path: PathBuf,
    file: Option<File>,
    /// The beginning of a line whose end is not written yet.
    torn: Vec<u8>,
}

impl Tail {
    /// The file at `path`, from its beginning; it may be missing as yet.
    pub fn new(path: &Path) -> Self {
        Self { path: path.into(), file: None, torn: Vec::new() }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The whole lines that came since the last call. A file that was cut short is read anew. A file that was moved
    /// away is read to its end, and then the file in its place.
    ///
    /// # Errors
    /// When a file that is there cannot be read.
    pub fn lines(&mut self) -> Result<Vec<String>> {
        let mut lines = self.rest()?;
        if self.replaced()? {
            self.file = None;
            lines.extend((!self.torn.is_empty()).then(|| String::from_utf8_lossy(&self.torn).into_owned()));
            self.torn.clear();
            lines.extend(self.rest()?);
        }
        Ok(lines)
    }

    fn rest(&mut self) -> Result<Vec<String>> {
        if self.file.is_none() {
            self.file = match File::open(&self.path) {
                Ok(file) => Some(file),
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            };
        }
        let Some(file) = &mut self.file else { return Ok(Vec::new()) };
        if file.metadata()?.len() < file.stream_position()? {
            file.seek(SeekFrom::Start(0))?;
            self.torn.clear();
        }
        file.read_to_end(&mut self.torn)?;
        let whole = self.torn.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let lines: Vec<u8> = self.torn.drain(..whole).collect();
        Ok(String::from_utf8_lossy(&lines).lines().map(str::to_owned).collect())
    }

    /// Whether another file stands in the place of this one.
    fn replaced(&self) -> Result<bool> {
        let Some(file) = &self.file else { return Ok(false) };
        let mine = file.metadata()?;
        Ok(self.path.metadata().is_ok_and(|there| (there.dev(), there.ino()) != (mine.dev(), mine.ino())))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn add(path: &Path, text: &str) {
        File::options().append(true).create(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn lines_are_read_once_when_they_are_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut tail = Tail::new(&path);
        assert_eq!(tail.lines().unwrap(), [""; 0]);
        add(&path, "one\ntw");
        assert_eq!(tail.lines().unwrap(), ["one"]);
        add(&path, "o\nthree\n");
        assert_eq!(tail.lines().unwrap(), ["two", "three"]);
        assert_eq!(tail.lines().unwrap(), [""; 0]);
    }

    #[test]
    fn nothing_is_missed_when_a_new_file_begins_or_the_old_one_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut tail = Tail::new(&path);
        add(&path, "one\n");
        tail.lines().unwrap();
        add(&path, "two\ntorn");
        std::fs::rename(&path, folder.path().join("log.1")).unwrap();
        assert_eq!(tail.lines().unwrap(), ["two"], "the new one is not there yet");
        add(&path, "three\n");
        assert_eq!(tail.lines().unwrap(), ["torn", "three"]);
        File::create(&path).unwrap();
        assert_eq!(tail.lines().unwrap(), [""; 0]);
        add(&path, "four\n");
        assert_eq!(tail.lines().unwrap(), ["four"]);
    }
}
