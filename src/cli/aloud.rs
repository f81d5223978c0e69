//! The voice of a command that speaks beside its work: what is wanted next is made into sound ahead of time.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{Builder, Scope};

use anyhow::{Context, Result};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, never, unbounded};

use super::process::{hush, remark};
use crate::config::Config;
use crate::device::deck::Clip;
use crate::device::playback::Playback;
use crate::dialog::text::clause::Clauses;
use crate::engine::{Speech, Synthesizer, delivery, registry};
use crate::runtime::assembly::files;
use crate::turn::Ticket;
use crate::worker::playback::ROUND;

/// What is asked of the voice.
enum AloudRequest {
    /// These will be wanted next, in this order; what was made of others is dropped.
    Ahead(Vec<String>),
    /// Speak this.
    Say(String),
}

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
    requests: Sender<AloudRequest>,
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

    /// Speaks `text`, and stops what sounds.
    pub fn say(&self, text: impl Into<String>) {
        self.state.awaited.fetch_add(1, Ordering::SeqCst);
        let _ = self.requests.send(AloudRequest::Say(text.into())); // a voice that is gone has said why
    }

    /// Makes the sound of these texts while nothing else is to be done.
    pub fn ahead(&self, texts: Vec<String>) {
        let _ = self.requests.send(AloudRequest::Ahead(texts)); // a voice that is gone has said why
    }

    /// Whether something is to be heard now, or soon.
    pub fn busy(&self) -> bool {
        let state = &self.state;
        let active = state.awaited.load(Ordering::SeqCst) > 0 || state.sounds.load(Ordering::SeqCst);
        active && !state.gone.load(Ordering::SeqCst)
    }
}

/// Texts and the sound that was made of them ahead of time.
#[derive(Default)]
struct SpeechStock {
    wanted: VecDeque<String>,
    made: Vec<(String, Vec<Speech>)>,
}

impl SpeechStock {
    /// These are wanted next, in this order.
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

    /// The next text that nothing was made of.
    fn next(&mut self) -> Option<String> {
        self.wanted.pop_front()
    }

    fn keep(&mut self, text: String, speech: Vec<Speech>) {
        self.made.push((text, speech));
    }
}

/// Makes sound: what is to be said first, what is wanted later while nothing is asked.
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
                // A loudspeaker that is gone has said why.
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

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_wanted_is_made_once_and_the_rest_is_dropped() {
        let mut stock = SpeechStock::default();
        stock.want(texts(&["one", "two", "three"]));
        for text in ["one", "two"] {
            assert_eq!(stock.next().as_deref(), Some(text));
            stock.keep(text.into(), speak(&mut Hum, text).unwrap());
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
        let speech = speak(&mut Hum, "**One** two. Three!").unwrap();
        let words: usize = speech.iter().map(|speech| speech.timing.words.len()).sum();
        assert_eq!(words, 3);
        assert!(speak(&mut Hum, "---").unwrap().is_empty());
    }
}
