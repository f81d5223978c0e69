//! The fetching of models: resumable, parallel, checked, and there under their name only when they are complete.
//!
//! [`Fetcher::fetch`] takes the model's lock, plans what files it needs, checks the disk, gets them into the model's
//! stage and renames that into place. A break of any kind leaves the stage, and the next fetch goes on from there.

mod archives;
mod client;
mod fetcher;
mod hub;
mod local;
mod lock;
mod npm;
mod options;
mod parallel;
mod part;
mod pause;
mod plan;
mod probe;
mod program;
mod pypi;
mod retry;
mod url;

use std::path::{Path, PathBuf};

pub use super::catalogue::is_commit;
use super::catalogue::{Entry, ModelSource};
use super::error::ModelError;
pub use super::progress::Progress;
use super::record::{FileRecord, ModelRecord, is_inside};
use super::stage::{Stage, make, tree};
use super::verify;
pub use fetcher::{Fetcher, free};
pub use options::{Options, Proxies};
pub use pause::{Pause, Wait};
pub use probe::hub_answers;

/// Tries without a new byte for a source that is not the last one.
const HASTY: u32 = 2;

/// The result of a fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchOutcome {
    /// The model was there, and as it should be.
    There(PathBuf),
    /// It was fetched.
    Fetched(PathBuf),
}

impl Fetcher<'_> {
    /// Installs `entry`, complete and checked, unless it is there already.
    ///
    /// # Errors
    /// When it cannot be fetched; bytes that came are kept, and the error says what to do.
    pub fn fetch(&self, entry: &Entry) -> Result<FetchOutcome, ModelError> {
        let place = self.models.join(entry.folder());
        if verify::is_sound(&place, entry, self.stop, self.progress)? {
            return Ok(FetchOutcome::There(place));
        }
        if self.options.offline && self.options.from.is_none() {
            return Err(ModelError::Offline { name: entry.name.clone() });
        }
        if let Some(file) = entry.files.iter().find(|file| !is_inside(file.place())) {
            return Err(ModelError::Unsafe { path: file.place().into() });
        }
        may_replace(&place, entry)?;
        make(&self.models)?;
        let _lock = lock::Lock::take(self, &entry.name)?;
        // Another process may have fetched it while this one waited for the lock.
        if verify::is_sound(&place, entry, self.stop, self.progress)? {
            return Ok(FetchOutcome::There(place));
        }
        let stage = Stage::open(&self.models, &entry.name)?;
        let (source, revision, mut files) = self.gather(entry, &stage)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let record = ModelRecord { name: entry.name.clone(), kind: entry.kind, source, revision, files };
        stage.commit(&entry.folder(), &record).map(FetchOutcome::Fetched)
    }

    /// Gets all files into the stage: from the folder that was named, else from the first source that is in reach.
    /// Returns the source, its commit where it has commits, and the files.
    fn gather(&self, entry: &Entry, stage: &Stage) -> Result<(String, Option<String>, Vec<FileRecord>), ModelError> {
        if let Some(from) = &self.options.from {
            let source = entry.sources.first().map(ToString::to_string).unwrap_or_default();
            return Ok((source, local::revision(entry), local::copy(self, entry, from, stage)?));
        }
        let mut sources = entry.sources.iter().peekable();
        while let Some(source) = sources.next() {
            let next = sources.peek();
            match self.gather_from(source, entry, stage, next.is_some()) {
                Ok((revision, files)) => return Ok((source.to_string(), revision, files)),
                Err(error) => match next {
                    Some(next) if error.is_of_source() => {
                        let (here, there, why) = (source.short(), next.short(), error.cause());
                        self.progress.say(&format!("{}: {here} is out of reach ({why}); trying {there}", entry.name));
                    }
                    _ => return Err(error),
                },
            }
        }
        Err(ModelError::Offline { name: entry.name.clone() })
    }

    /// Gets all files from one source. If there is `another` source to try, it gives up sooner.
    fn gather_from(
        &self,
        source: &ModelSource,
        entry: &Entry,
        stage: &Stage,
        another: bool,
    ) -> Result<(Option<String>, Vec<FileRecord>), ModelError> {
        let tries = if another { self.options.tries.min(HASTY) } else { self.options.tries };
        let fetcher =
            &Fetcher { options: Options { tries, ..self.options.clone() }, models: self.models.clone(), ..*self };
        let plan = match source {
            ModelSource::Archives { archives } => return Ok((None, archives::fetch(fetcher, entry, archives, stage)?)),
            ModelSource::Hub { hub, revision } => {
                let client = client::FetchClient::new(&fetcher.options)?;
                hub::plan(fetcher, &client, entry, hub, revision)?
            }
            ModelSource::Url { url } => url::plan(entry, url),
        };
        Ok((plan.revision.clone(), parallel::fetch(fetcher, &plan, stage)?))
    }
}

/// Checks that golem may replace the folder: it holds a model that golem fetched, or files that the model has as well,
/// and nothing of a person's own.
fn may_replace(place: &Path, entry: &Entry) -> Result<(), ModelError> {
    let keep = |why| Err(ModelError::Keep { path: place.into(), why });
    match ModelRecord::read(place) {
        Ok(Some(record)) if record.source.starts_with('/') => {
            keep("was imported and would be replaced: `golem models remove` it first, or keep it")
        }
        Ok(None) if place.is_dir() => {
            let known = |path: &String| entry.files.iter().any(|file| path.starts_with(file.place()));
            if tree(place)?.iter().all(known) {
                return Ok(());
            }
            keep("holds files that golem did not put there and would replace: move the folder away first")
        }
        _ => Ok(()),
    }
}
