//! A file in progress: the bytes that are there, and the requests that bring the rest.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ureq::Body;
use ureq::http::{HeaderMap, header};

use super::super::digest::{CHUNK, Expected, Hasher};
use super::super::error::{ModelError, OfPath};
use super::super::record::FileRecord;
use super::super::stage::{Stage, make};
use super::Progress;
use super::client::{Ask, FetchClient, HttpResponse};
use super::plan::PlannedFile;
use super::retry::{Failed, Patience};

/// The state that the files of one model share while they are fetched.
pub(super) struct FetchTally<'a> {
    pub stop: &'a AtomicBool,
    pub progress: &'a dyn Progress,
    /// Bytes of all files that are there.
    pub done: AtomicU64,
    /// Bytes of all files, as far as they are known.
    pub total: AtomicU64,
}

impl FetchTally<'_> {
    fn add(&self, file: &str, bytes: u64) {
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.progress.at(file, done, self.total.load(Ordering::Relaxed).max(done));
    }
}

/// One file that is being fetched.
pub(super) struct FilePart<'a> {
    want: &'a PlannedFile,
    path: PathBuf,
    /// Where the server's ETag is kept, for the next time.
    tag_path: PathBuf,
    tag: Option<String>,
    hasher: Hasher,
    done: u64,
    /// Most bytes that were ever there: a server that begins anew each time makes no progress.
    most: u64,
}

/// The place of a file in a stage, and of its server's ETag.
fn places(want: &PlannedFile, stage: &Stage) -> (PathBuf, PathBuf) {
    let tag = stage.aside("tags").join(want.place.replace('/', "%"));
    (stage.files().join(&want.place), tag)
}

/// Bytes of `want` that are in the stage.
pub(super) fn present(want: &PlannedFile, stage: &Stage) -> u64 {
    places(want, stage).0.metadata().map_or(0, |data| data.len()).min(want.bytes.unwrap_or(u64::MAX))
}

impl<'a> FilePart<'a> {
    /// Resumes from the bytes of `want` that are in the stage.
    pub fn resume(want: &'a PlannedFile, stage: &Stage, tally: &FetchTally) -> Result<Self, ModelError> {
        let (path, tag_path) = places(want, stage);
        for folder in [&path, &tag_path].into_iter().filter_map(|path| path.parent()) {
            make(folder)?;
        }
        let tag = fs::read_to_string(&tag_path).ok().filter(|tag| !tag.is_empty());
        let hasher = Hasher::new(&want.expected, want.bytes);
        let mut part = Self { want, path, tag_path, tag, hasher, done: 0, most: 0 };
        let there = part.path.metadata().map_or(0, |data| data.len());
        // Bytes of a version without a tag are useful only where a digest can verify them.
        let useful = part.tag.is_some() || part.want.expected != Expected::Anything;
        if there > want.bytes.unwrap_or(u64::MAX) || (there > 0 && !useful) {
            part.restart(tally)?;
        } else if there > 0 {
            let place = want.place.as_str();
            part.done = part.hasher.read(&part.path, tally.stop, |count| tally.add(place, count))?;
            part.most = part.done;
        }
        Ok(part)
    }

    /// Fetches the rest and checks the whole file.
    pub fn fetch(
        mut self,
        client: &FetchClient,
        patience: &Patience,
        tally: &FetchTally,
    ) -> Result<FileRecord, ModelError> {
        let mut resumed = self.done > 0;
        loop {
            if self.want.bytes != Some(self.done) || !self.path.exists() {
                patience.persist(&self.want.url, || self.attempt(client, tally))?;
            }
            match self.check() {
                Ok(kept) => return Ok(kept),
                // Start over once: the first part may be of another version, or damaged on the disk.
                Err(ModelError::Digest { .. }) if resumed => {
                    tally
                        .progress
                        .say(&format!("{}: what was there is not part of it; starting over", self.want.place));
                    self.restart(tally)?;
                    resumed = false;
                }
                Err(error) => {
                    self.restart(tally)?;
                    return Err(error);
                }
            }
        }
    }

    /// Removes the bytes that are there.
    fn restart(&mut self, tally: &FetchTally) -> Result<(), ModelError> {
        for path in [&self.path, &self.tag_path] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(ModelError::io(path, error)),
                _ => {}
            }
        }
        tally.done.fetch_sub(self.done, Ordering::Relaxed);
        self.done = 0;
        self.tag = None;
        self.hasher = Hasher::new(&self.want.expected, self.want.bytes);
        Ok(())
    }

    /// One request, and as much of its answer as comes.
    fn attempt(&mut self, client: &FetchClient, tally: &FetchTally) -> Result<(), Failed> {
        let sha256 = match &self.want.expected {
            Expected::Sha256(sha256) => Some(sha256.as_str()),
            _ => None,
        };
        let answer = client.get(&self.want.url, Ask { start: self.done, tag: self.tag.as_deref(), sha256 })?;
        let begins = match answer.status {
            206 => content_range(&answer.headers).map_or(0, |(start, _)| start),
            _ => 0,
        };
        if answer.status == 416 || (begins != 0 && begins != self.done) {
            self.restart(tally)?;
            return Err(Failed::Again { reason: "what was there fits no longer".into(), after: None, moved: false });
        }
        if begins == 0 && self.done > 0 {
            let place = &self.want.place;
            tally.progress.say(&format!("{place}: it changed, or the server sends no parts of files; starting over"));
            self.restart(tally)?;
        }
        let total = total(&answer);
        if let (Some(expected), Some(found)) = (self.want.bytes, total)
            && expected != found
        {
            return Err(self.length(expected, found).into());
        }
        if self.want.bytes.is_none() && begins == 0 {
            tally.total.fetch_add(total.unwrap_or(0), Ordering::Relaxed);
        }
        self.keep_tag(&answer.headers)?;
        self.stream(answer.body, total, client, tally)
    }

    fn stream(
        &mut self,
        body: Body,
        total: Option<u64>,
        client: &FetchClient,
        tally: &FetchTally,
    ) -> Result<(), Failed> {
        let mut file = OpenOptions::new().append(true).create(true).open(&self.path).at(&self.path)?;
        let mut reader = body.into_reader();
        let mut buffer = vec![0; CHUNK];
        let end = self.want.bytes.or(total);
        loop {
            if tally.stop.load(Ordering::Relaxed) {
                return Err(ModelError::Stopped.into());
            }
            let count = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) => return Err(self.cut(&reason(&error, client))),
            };
            file.write_all(&buffer[..count]).at(&self.path)?;
            self.hasher.update(&buffer[..count]);
            self.done += count as u64;
            tally.add(&self.want.place, count as u64);
            if let Some(end) = end.filter(|&end| self.done > end) {
                return Err(self.length(end, self.done).into());
            }
        }
        if end.is_some_and(|end| self.done < end) {
            return Err(self.cut("the connection was cut"));
        }
        file.sync_all().at(&self.path)?;
        Ok(())
    }

    /// The failure of a connection that ended before the file did.
    fn cut(&mut self, reason: &str) -> Failed {
        let moved = self.done > self.most;
        self.most = self.most.max(self.done);
        Failed::Again { reason: format!("{reason} after {} bytes", self.done), after: None, moved }
    }

    fn length(&self, expected: u64, found: u64) -> ModelError {
        ModelError::Length { file: self.want.place.clone(), from: self.want.url.clone(), expected, found }
    }

    /// Keeps a strong ETag: it names a version byte by byte, and only such a tag may be sent with a range (RFC 9110,
    /// 13.1.5).
    fn keep_tag(&mut self, headers: &HeaderMap) -> Result<(), ModelError> {
        let tag = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok());
        let strong = tag.filter(|tag| tag.starts_with('"')).map(str::to_owned);
        if strong.is_some() && strong != self.tag {
            fs::write(&self.tag_path, strong.as_deref().unwrap_or_default()).at(&self.tag_path)?;
            self.tag = strong;
        }
        Ok(())
    }

    /// The record of the whole file, if its digest is right.
    fn check(&self) -> Result<FileRecord, ModelError> {
        if !self.path.exists() {
            File::create(&self.path).at(&self.path)?;
        }
        let digests = self.hasher.clone().finish();
        if let Some((expected, found)) = digests.differ(&self.want.expected) {
            let (file, from) = (self.want.place.clone(), self.want.url.clone());
            return Err(ModelError::Digest { file, from, expected, found });
        }
        Ok(FileRecord { path: self.want.place.clone(), bytes: self.done, sha256: digests.sha256 })
    }
}

/// Why the answer ended. The client wraps its own errors into those of a reader.
fn reason(error: &std::io::Error, client: &FetchClient) -> String {
    let own = error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>());
    match (own, error.kind()) {
        (Some(ureq::Error::Timeout(_)), _) | (_, ErrorKind::TimedOut) => client.stalled(),
        (_, ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) => "the connection was cut".into(),
        _ => error.to_string(),
    }
}

/// Length of the whole file that an answer holds or is a part of.
fn total(answer: &HttpResponse) -> Option<u64> {
    match answer.status {
        206 => content_range(&answer.headers).and_then(|(_, total)| total),
        _ => answer.headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok(),
    }
}

/// First byte and whole length in `Content-Range: bytes FIRST-LAST/LENGTH`.
fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let text = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, total.parse().ok()))
}
