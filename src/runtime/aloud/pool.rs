//! The threads that make the sound of texts: of the one that is spoken now first, of later ones side by side.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, Scope};

use crossbeam_channel::Sender;

use super::stock::{AloudSound, ClauseOutcome, SpeechStock};
use crate::engine::{EngineError, Synthesizer, delivery};
use crate::runtime::stderr::remark;

/// Opens a voice in the thread that calls it.
pub type VoiceOpener<'a> = dyn Fn() -> Result<Box<dyn Synthesizer>, EngineError> + Send + Sync + 'a;

/// The work that all threads of a voice share.
pub struct SpeechPool {
    stock: Mutex<SpeechStock>,
    /// Signals a change of the stock.
    changed: Condvar,
    sounds: Sender<AloudSound>,
    /// The reasons for which sound could not be made, as they were printed.
    faults: Mutex<BTreeSet<String>>,
}

impl SpeechPool {
    /// A pool without work, whose sound goes to `sounds`.
    pub fn new(sounds: Sender<AloudSound>) -> Self {
        let (stock, faults) = (Mutex::default(), Mutex::default());
        Self { stock, changed: Condvar::new(), sounds, faults }
    }

    /// Changes the stock, and sends the sound that `change` returns.
    pub fn change(&self, change: impl FnOnce(&mut SpeechStock) -> Vec<AloudSound>) {
        // Send under the lock: otherwise two threads could mix up the order of the sound.
        let mut stock = self.lock();
        for sound in change(&mut stock) {
            if self.sounds.send(sound).is_err() {
                // The loudspeaker's thread has ended and printed why: without it no sound is of use.
                stock.clear();
                break;
            }
        }
        drop(stock);
        self.changed.notify_all();
    }

    /// Number of texts that were spoken.
    pub fn turn(&self) -> u64 {
        self.lock().turn()
    }

    /// Makes clauses with `voice` until no more come.
    fn work(&self, voice: &mut dyn Synthesizer) {
        while let Some(job) = self.wait(SpeechStock::take) {
            let speech = delivery::speak(voice, &job.words, &job.stop);
            let outcome = match speech {
                _ if job.stop.stale() => ClauseOutcome::GivenUp,
                Ok(speech) => ClauseOutcome::Made(speech),
                Err(error) => {
                    self.report(&job.words, &error.to_string());
                    ClauseOutcome::Failed
                }
            };
            self.change(|stock| stock.finish(&job, outcome));
        }
    }

    /// Waits until `find` finds something in the stock; `None` when it does not and no more texts come.
    fn wait<T>(&self, find: impl Fn(&mut SpeechStock) -> Option<T>) -> Option<T> {
        let mut stock = self.lock();
        loop {
            let found = find(&mut stock);
            if found.is_some() || stock.is_closed() {
                return found;
            }
            stock = self.changed.wait(stock).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Prints why `words` are not spoken, once for each reason.
    fn report(&self, words: &str, reason: &str) {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        if faults.insert(reason.into()) {
            remark(&format!("\"{}\" is not spoken: {reason}", words.trim()));
        }
    }

    fn lock(&self) -> MutexGuard<'_, SpeechStock> {
        self.stock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The work of the first thread: it opens a voice, starts the other threads, `most` in all, and makes sound until no
/// more texts come.
///
/// Each thread opens a voice of its own, since an engine belongs to one thread. That pays only for a voice that runs in
/// parallel, as Piper's do, with weights of its own. espeak-ng has one global state behind a lock, and Kokoro has 82 million
/// weights and uses several cores for one clause: a single thread makes all of their sound.
///
/// # Errors
/// When the voice cannot be opened.
pub fn lead<'scope>(
    scope: &'scope Scope<'scope, '_>,
    pool: &Arc<SpeechPool>,
    most: usize,
    open: &Arc<VoiceOpener<'scope>>,
) -> Result<(), EngineError> {
    let mut voice = open()?;
    if voice.runs_in_parallel() {
        for number in 2..=most {
            let (pool, open) = (Arc::clone(pool), Arc::clone(open));
            let work = move || assist(&pool, open.as_ref());
            if let Err(error) = Builder::new().name(format!("golem-tts-{number}")).spawn_scoped(scope, work) {
                tracing::warn!("fewer texts are spoken ahead at a time: {error}");
            }
        }
    }
    pool.work(voice.as_mut());
    Ok(())
}

/// The work of another thread. It opens its voice only when a later text is to be made: before, that would slow the
/// first words of the present one, and hints never have a later one.
fn assist(pool: &SpeechPool, open: &VoiceOpener<'_>) {
    if pool.wait(|stock| stock.has_later().then_some(())).is_none() {
        return;
    }
    match open() {
        Ok(mut voice) => pool.work(voice.as_mut()),
        Err(error) => tracing::warn!("fewer texts are spoken ahead at a time: {error}"),
    }
}
