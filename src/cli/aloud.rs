//! The voice of a command that speaks beside its work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{Builder, Scope};

use anyhow::{Context, Result};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, never, unbounded};

use super::process::{hush, remark};
use super::say::clauses;
use crate::config::Config;
use crate::device::deck::Clip;
use crate::device::playback::Playback;
use crate::engine::{Speech, Synthesizer, delivery, registry};
use crate::runtime::assembly::files;
use crate::turn::Ticket;
use crate::worker::playback::ROUND;

/// What the voice is doing, seen by all its threads.
#[derive(Debug, Default)]
struct VoiceState {
    /// Texts whose sound is not there yet.
    awaited: AtomicUsize,
    /// Something sounds.
    sounds: AtomicBool,
    /// There is no voice, or no loudspeaker.
    gone: AtomicBool,
}

/// The way to the voice. What was said is spoken to its end after this is dropped, unless the command is interrupted.
pub struct Aloud {
    texts: Sender<String>,
    state: Arc<VoiceState>,
}

impl Aloud {
    /// Opens the voice and the loudspeaker in threads of `scope`. Without them it says so, and stays silent. `ended` silences it.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        config: &'scope Config,
        ended: Arc<AtomicBool>,
    ) -> Result<Self> {
        let (texts, asked) = unbounded();
        let (made, speeches) = unbounded();
        let state = Arc::new(VoiceState::default());
        let spawn = |name: &str, work: Box<dyn FnOnce() -> Result<()> + Send + 'scope>| {
            let state = Arc::clone(&state);
            let work = move || {
                if let Err(error) = work() {
                    state.gone.store(true, Ordering::SeqCst);
                    remark(&format!("nothing is spoken: {error:#}"));
                }
            };
            Builder::new().name(name.into()).spawn_scoped(scope, work).map(drop).context("no thread can be started")
        };
        let playing = Arc::clone(&state);
        spawn("golem-tts", Box::new(move || make(config, &asked, &made)))?;
        spawn("golem-playback", Box::new(move || play(config, &speeches, &playing, &ended)))?;
        Ok(Self { texts, state })
    }

    /// Speaks `text`, and stops what sounds.
    pub fn say(&self, text: impl Into<String>) {
        self.state.awaited.fetch_add(1, Ordering::SeqCst);
        let _ = self.texts.send(text.into()); // a voice that is gone has said why
    }

    /// Whether something is to be heard now, or soon.
    pub fn busy(&self) -> bool {
        let state = &self.state;
        let active = state.awaited.load(Ordering::SeqCst) > 0 || state.sounds.load(Ordering::SeqCst);
        active && !state.gone.load(Ordering::SeqCst)
    }
}

/// Makes the sound of what is to be said.
fn make(config: &Config, asked: &Receiver<String>, made: &Sender<Vec<Speech>>) -> Result<()> {
    let mut voice = registry::voice(&config.tts, &files(config))?.engine;
    for text in asked {
        // A loudspeaker that is gone has said why.
        if made.send(speak(voice.as_mut(), &text)?).is_err() {
            break;
        }
    }
    Ok(())
}

/// The sound of a text, clause by clause, without its markup.
fn speak(voice: &mut dyn Synthesizer, text: &str) -> Result<Vec<Speech>> {
    clauses(text).iter().map(|text| Ok(delivery::speak(voice, text, &Ticket::standing())?)).collect()
}

/// Plays what was made, the newest at once, until there is no more of it or `ended` is set.
fn play(config: &Config, speeches: &Receiver<Vec<Speech>>, state: &VoiceState, ended: &AtomicBool) -> Result<()> {
    let (mut playback, mut deck) = hush(|| Playback::open(&config.audio, 10))?;
    let (mut turn, mut over) = (0, false);
    while !ended.load(Ordering::SeqCst) {
        match speeches.recv_timeout(ROUND) {
            Ok(speech) => {
                turn += 1;
                deck.cancel(turn);
                for (clause, speech) in speech.iter().enumerate() {
                    deck.queue(Clip::new(turn, clause, &speech.samples, &speech.timing, deck.rate()));
                }
                state.sounds.store(true, Ordering::SeqCst);
                state.awaited.fetch_sub(1, Ordering::SeqCst);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                over = true;
                // A pause at the playback's own pace; nothing ever arrives on this channel.
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
mod tests {
    use super::*;
    use crate::engine::fake::Hum;

    #[test]
    fn markup_is_not_spoken() {
        let speech = speak(&mut Hum, "**One** two. Three!").unwrap();
        let words: usize = speech.iter().map(|speech| speech.timing.words.len()).sum();
        assert_eq!(words, 3);
        assert!(speak(&mut Hum, "---").unwrap().is_empty());
    }
}
