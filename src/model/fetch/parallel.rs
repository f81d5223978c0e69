//! The parallel fetch of several files.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use super::super::error::ModelError;
use super::super::record::FileRecord;
use super::super::stage::Stage;
use super::client::FetchClient;
use super::fetcher::Fetcher;
use super::part::{FetchTally, FilePart, present};
use super::plan::FetchPlan;
use super::retry::Patience;

/// Longest time until Ctrl-C is seen.
const LOOK: Duration = Duration::from_millis(50);

/// Fetches all files of `plan` into the stage, some at a time; the first failure ends the others.
pub(super) fn fetch(fetcher: &Fetcher, plan: &FetchPlan, stage: &Stage) -> Result<Vec<FileRecord>, ModelError> {
    let known = |bytes: Option<u64>| bytes.unwrap_or(0);
    let total: u64 = plan.wants.iter().map(|want| known(want.bytes)).sum();
    let missing = plan.wants.iter().map(|want| known(want.bytes).saturating_sub(present(want, stage))).sum();
    fetcher.check_space(missing)?;
    let client = FetchClient::new(&fetcher.options)?;
    let stop = AtomicBool::new(false);
    let tally =
        FetchTally { stop: &stop, progress: fetcher.progress, done: AtomicU64::new(0), total: AtomicU64::new(total) };
    let patience = Patience::new(fetcher, &stop);
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let work = || {
        while let Some(want) = plan.wants.get(next.fetch_add(1, Ordering::Relaxed)) {
            let result = FilePart::resume(want, stage, &tally).and_then(|part| part.fetch(&client, &patience, &tally));
            let failed = result.is_err();
            // A poisoned lock means that a thread panicked, which the scope passes on.
            results.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(result);
            if failed {
                stop.store(true, Ordering::Relaxed);
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        let (alive, ended) = crossbeam_channel::bounded::<()>(0);
        for _ in 0..fetcher.options.parallel.clamp(1, plan.wants.len().max(1)) {
            let alive = alive.clone();
            let work = &work;
            scope.spawn(move || {
                work();
                drop(alive);
            });
        }
        drop(alive);
        // The channel disconnects when the last thread has ended.
        while ended.recv_timeout(LOOK) == Err(crossbeam_channel::RecvTimeoutError::Timeout) {
            if fetcher.stop.load(Ordering::Relaxed) {
                stop.store(true, Ordering::Relaxed);
            }
            if stop.load(Ordering::Relaxed) {
                client.shutdown();
            }
        }
    });
    settle(results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// All files, or the failure that ended the others.
fn settle(results: Vec<Result<FileRecord, ModelError>>) -> Result<Vec<FileRecord>, ModelError> {
    let mut kept = Vec::with_capacity(results.len());
    let mut stopped = None;
    for result in results {
        match result {
            Ok(file) => kept.push(file),
            Err(error @ ModelError::Stopped) => stopped = Some(error),
            Err(error) => return Err(error),
        }
    }
    stopped.map_or(Ok(kept), Err)
}
