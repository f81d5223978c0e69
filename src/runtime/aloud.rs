//! The voice of a command that speaks beside its work: it makes the sound of the next texts ahead of time.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{Builder, Scope};

use anyhow::{Context, Result};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, never, unbounded};

use super::assembly::files;
use super::stderr::{hush, remark};
use crate::config::Config;
use crate::device::deck::Clip;
use crate::device::playback::Playback;
use crate::dialog::text::clause::Clauses;
use crate::engine::{Speech, Synthesizer, delivery, registry};
use crate::turn::Ticket;
use crate::worker::playback::ROUND;

/// The requests to the voice.
enum AloudRequest {
    /// Make the sound of these texts ahead, in this order; drop the sound of other texts.
    Ahead(Vec<String>),
    /// Speak this text.
    Say(String),
}

/// The state of the voice, seen by all its threads.
#[derive(Debug, Default)]
struct VoiceState {
    /// Texts whose sound is not there yet.
    awaited: AtomicUsize,
    /// Whether something sounds.
    sounds: AtomicBool,
    /// Whether there is no voice, or no loudspeaker.
    gone: AtomicBool,
}

/// The handle of the voice. Speech goes on to its end after this is dropped, unless the command is interrupted.
pub struct Aloud {
    requests: Sender<AloudRequest>,
    state: Arc<VoiceState>,
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
        let (requests, asked) = unbounded();
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
        Ok(Self { requests, state })
    }

    /// Speaks `text` in place of the one that sounds.
    pub fn say(&self, text: impl Into<String>) {
        self.state.awaited.fetch_add(1, Ordering::SeqCst);
        let _ = self.requests.send(AloudRequest::Say(text.into())); // the voice's thread has printed why it ended
    }

    /// Makes the sound of these texts while there is no other work.
    pub fn ahead(&self, texts: Vec<String>) {
        let _ = self.requests.send(AloudRequest::Ahead(texts)); // the voice's thread has printed why it ended
    }

    /// Whether something is to be heard now, or soon.
    pub fn busy(&self) -> bool {
        let state = &self.state;
        let active = state.awaited.load(Ordering::SeqCst) > 0 || state.sounds.load(Ordering::SeqCst);
        active && !state.gone.load(Ordering::SeqCst)
    }
}

/// The texts that are wanted next, and sound that was made ahead of time.
#[derive(Default)]
struct SpeechStock {
    wanted: VecDeque<String>,
    made: Vec<(String, Vec<Speech>)>,
}

impl SpeechStock {
    /// Sets the texts that are wanted next, in this order.
    fn want(&mut self, texts: Vec<String>) {
        self.made.retain(|(text, _)| texts.contains(text));
        self.wanted = texts.into_iter().filter(|text| !self.made.iter().any(|(made, _)| made == text)).collect();
    }

    /// The sound of `text`, if it was made.
    fn take(&mut self, text: &str) -> Option<Vec<Speech>> {
        self.wanted.retain(|wanted| wanted != text);
        let at = self.made.iter().position(|(made, _)| made == text)?;
        Some(self.made.swap_remove(at).1)
    }

    /// The next text without sound.
    fn next(&mut self) -> Option<String> {
        self.wanted.pop_front()
    }

    fn keep(&mut self, text: String, speech: Vec<Speech>) {
        self.made.push((text, speech));
    }
}

/// The thread of the voice: it makes the sound of requests first, and that of later texts while there is none.
fn make(config: &Config, asked: &Receiver<AloudRequest>, made: &Sender<Vec<Speech>>) -> Result<()> {
    let mut voice = registry::voice(&config.tts, &files(config))?.engine;
    let mut stock = SpeechStock::default();
    loop {
        let request = match asked.try_recv() {
            Ok(request) => request,
            Err(TryRecvError::Disconnected) => return Ok(()),
            Err(TryRecvError::Empty) => {
                if let Some(text) = stock.next() {
                    let speech = speak(voice.as_mut(), &text)?;
                    stock.keep(text, speech);
                    continue;
                }
                let Ok(request) = asked.recv() else { return Ok(()) };
                request
            }
        };
        match request {
            AloudRequest::Ahead(texts) => stock.want(texts),
            AloudRequest::Say(text) => {
                let speech = match stock.take(&text) {
                    Some(speech) => speech,
                    None => speak(voice.as_mut(), &text)?,
                };
                // The loudspeaker's thread has printed why it ended.
                if made.send(speech).is_err() {
                    return Ok(());
                }
            }
        }
    }
}

/// The sound of a text, clause by clause, without its markup.
fn speak(voice: &mut dyn Synthesizer, text: &str) -> Result<Vec<Speech>> {
    Clauses::spoken(text).iter().map(|text| Ok(delivery::speak(voice, text, &Ticket::standing())?)).collect()
}

/// Plays sound, the newest at once, until there is no more of it or `ended` is set.
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
mod tests {
    use super::*;
    use crate::engine::fake::ToneVoice;

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_wanted_is_made_once_and_the_rest_is_dropped() {
        let mut stock = SpeechStock::default();
        stock.want(texts(&["one", "two", "three"]));
        for text in ["one", "two"] {
            assert_eq!(stock.next().as_deref(), Some(text));
            stock.keep(text.into(), speak(&mut ToneVoice, text).unwrap());
        }
        assert!(stock.take("one").is_some() && stock.take("one").is_none());
        stock.want(texts(&["two", "three", "four"]));
        assert_eq!(
            (stock.next().as_deref(), stock.next().as_deref(), stock.next()),
            (Some("three"), Some("four"), None)
        );
        stock.want(texts(&["five"]));
        assert!(stock.take("two").is_none(), "it is wanted no more");
    }

    #[test]
    fn markup_is_not_spoken() {
        let speech = speak(&mut ToneVoice, "**One** two. Three!").unwrap();
        let words: usize = speech.iter().map(|speech| speech.timing.words.len()).sum();
        assert_eq!(words, 3);
        assert!(speak(&mut ToneVoice, "---").unwrap().is_empty());
    }
}
