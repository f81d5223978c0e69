//! The voice of a command that speaks beside its work: it makes the sound of the next texts ahead of time.

mod pool;
mod stock;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{Builder, Scope};

use anyhow::{Context, Result};
use crossbeam_channel::{Receiver, RecvTimeoutError, never, unbounded};

use self::pool::{SpeechPool, VoiceOpener, lead};
use self::stock::AloudSound;
use super::assembly::files;
use super::stderr::{hush, remark};
use crate::config::Config;
use crate::device::deck::Clip;
use crate::device::playback::Playback;
use crate::engine::{cpu, registry};
use crate::worker::playback::ROUND;

/// Most threads that make sound.
const MAKERS: usize = 3;

/// The state of the voice, seen by all its threads.
#[derive(Debug, Default)]
struct VoiceState {
    /// Number of the last text all of whose sound has reached the loudspeaker's thread.
    whole: AtomicU64,
    /// Whether something sounds.
    sounds: AtomicBool,
    /// Whether there is no voice, or no loudspeaker.
    gone: AtomicBool,
}

/// The handle of the voice. Speech goes on to its end after this is dropped, unless the command is interrupted.
pub struct Aloud {
    pool: Arc<SpeechPool>,
    state: Arc<VoiceState>,
    ended: Arc<AtomicBool>,
}

impl Aloud {
    /// Opens the voice and the loudspeaker in threads of `scope`. If one fails, it prints why, and nothing is spoken.
    /// `ended` silences the voice.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        config: &'scope Config,
        ended: Arc<AtomicBool>,
    ) -> Result<Self> {
        // Find the files once: where Kokoro's pace is not known yet, the search measures it.
        let found = OnceLock::new();
        let open = move || {
            let voice = registry::voice(&config.tts, found.get_or_init(|| files(config)));
            voice.map(|choice| choice.engine)
        };
        let makers = MAKERS.min(cpu::threads(0, true));
        let (aloud, sounds) = Self::with_voices(scope, Arc::new(open), makers, Arc::clone(&ended))?;
        let state = Arc::clone(&aloud.state);
        spawn(scope, "golem-playback", &aloud.state, move || play(config, &sounds, &state, &ended))?;
        Ok(aloud)
    }

    /// A handle whose voices `open` opens, for at most `makers` threads, and the sound that they make.
    fn with_voices<'scope>(
        scope: &'scope Scope<'scope, '_>,
        open: Arc<VoiceOpener<'scope>>,
        makers: usize,
        ended: Arc<AtomicBool>,
    ) -> Result<(Self, Receiver<AloudSound>)> {
        let (made, sounds) = unbounded();
        let pool = Arc::new(SpeechPool::new(made));
        // Make the handle first: if a thread cannot be started, its drop ends the others.
        let aloud = Self { pool: Arc::clone(&pool), state: Arc::default(), ended };
        spawn(scope, "golem-tts", &aloud.state, move || Ok(lead(scope, &pool, makers, &open)?))?;
        Ok((aloud, sounds))
    }

    /// Speaks `text` in place of the one that sounds.
    pub fn say(&self, text: impl Into<String>) {
        self.pool.change(|stock| stock.say(text.into()));
    }

    /// Makes the sound of these texts beside the one that is spoken; drops that of other texts.
    pub fn ahead(&self, texts: Vec<String>) {
        self.pool.change(|stock| {
            stock.want(texts);
            Vec::new()
        });
    }

    /// Whether something is to be heard now, or soon.
    pub fn busy(&self) -> bool {
        let state = &self.state;
        let active = self.pool.turn() > state.whole.load(Ordering::SeqCst) || state.sounds.load(Ordering::SeqCst);
        active && !state.gone.load(Ordering::SeqCst)
    }
}

impl Drop for Aloud {
    fn drop(&mut self) {
        let ended = self.ended.load(Ordering::SeqCst);
        self.pool.change(|stock| {
            if ended {
                stock.clear();
            }
            stock.close();
            Vec::new()
        });
    }
}

/// Starts a thread of the voice. If its work fails, it prints why, and nothing is spoken.
fn spawn<'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: &str,
    state: &Arc<VoiceState>,
    work: impl FnOnce() -> Result<()> + Send + 'scope,
) -> Result<()> {
    let state = Arc::clone(state);
    let work = move || {
        if let Err(error) = work() {
            state.gone.store(true, Ordering::SeqCst);
            remark(&format!("nothing is spoken: {error:#}"));
        }
    };
    Builder::new().name(name.into()).spawn_scoped(scope, work).map(drop).context("no thread can be started")
}

/// Plays sound, the newest text at once, until there is no more of it or `ended` is set.
fn play(config: &Config, sounds: &Receiver<AloudSound>, state: &VoiceState, ended: &AtomicBool) -> Result<()> {
    let (mut playback, mut deck) = hush(|| Playback::open(&config.audio, 10))?;
    let mut over = false;
    while !ended.load(Ordering::SeqCst) {
        match sounds.recv_timeout(ROUND) {
            Ok(AloudSound::Begin(turn)) => deck.cancel(turn),
            Ok(AloudSound::Clause { turn, clause, speech }) => {
                deck.queue(Clip::new(turn, clause, &speech.samples, &speech.timing, deck.rate()));
            }
            Ok(AloudSound::End(turn)) => {
                // Store this first: the voice must not seem to rest in between.
                state.sounds.store(!deck.idle(), Ordering::SeqCst);
                state.whole.store(turn, Ordering::SeqCst);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                over = true;
                // Sleep for one round of the playback: nothing ever arrives on this channel.
                let _ = never::<()>().recv_timeout(ROUND);
            }
        }
        deck.pump();
        deck.progress();
        if let Some(notice) = playback.tend() {
            remark(&notice);
        }
        state.sounds.store(!deck.idle(), Ordering::SeqCst);
        if over && deck.idle() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
