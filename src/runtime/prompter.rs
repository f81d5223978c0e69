//! The loop of the prompter: keys, spoken words and the voice around the thesis that is shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use crossbeam_channel::{Receiver, bounded, never, select};

use super::aloud::Aloud;
use super::captions::CaptionFeed;
use super::captions::event::CaptionEvent;
use super::captions::source::CaptionSource;
use crate::config::Config;
use crate::control::Request;
use crate::dialog::hinting::asker::{HeardPlace, may_be_owner};
use crate::dialog::prompting::cue::PromptCue;
use crate::dialog::prompting::show::{PageTurn, Prompter, ShownBy};
use crate::dialog::speaker::{SpeakerPool, SpeakerVerdict};
use crate::message::Time;

/// Captions that may wait for this thread.
const WAITING: usize = 64;
/// Theses whose sound is made ahead of time.
const AHEAD: usize = 3;

/// The action of a key or a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrompterKey {
    /// Another thesis.
    Turn(PromptCue),
    /// The end.
    Quit,
}

/// What turns the pages, beside spoken words.
pub struct PageKeys {
    /// The keys of a terminal, or the lines of a program.
    pub keys: Receiver<PrompterKey>,
    /// What other programs ask for on the socket.
    pub requests: Receiver<Request>,
}

/// Shows theses.
pub trait PrompterDisplay {
    /// Shows the thesis that is on now, which `turn` led to.
    ///
    /// # Errors
    /// When what it writes to has gone.
    fn turn(&mut self, turn: PageTurn, prompter: &Prompter) -> Result<()>;
    /// Shows the newest words that were heard.
    ///
    /// # Errors
    /// When what it writes to has gone.
    fn heard(&mut self, words: &str, prompter: &Prompter) -> Result<()>;
}

/// The prompter at work.
pub struct PrompterLoop<'a> {
    prompter: Prompter,
    aloud: Option<Aloud>,
    display: &'a mut dyn PrompterDisplay,
    pool: SpeakerPool,
    /// Likeness that counts as the owner's voice (`speaker.threshold`).
    threshold: f32,
    began: Instant,
    /// Whether the speaker is heard.
    listens: bool,
    /// Whether golem spoke during the part that is being said.
    tainted: bool,
}

impl<'a> PrompterLoop<'a> {
    /// Shows `texts` until the last one is done with, the recording ends, or `ended` is set; with `speak` also says them.
    ///
    /// # Errors
    /// When there is no sound or no recogniser, and when nothing can be written.
    pub fn run(
        texts: Vec<String>,
        feed: Option<&CaptionFeed>,
        config: &Config,
        speak: bool,
        page_keys: PageKeys,
        ended: &Arc<AtomicBool>,
        display: &'a mut dyn PrompterDisplay,
    ) -> Result<()> {
        let recorded = feed.is_some_and(|feed| feed.input.is_some());
        thread::scope(|scope| {
            let aloud = speak.then(|| Aloud::start(scope, config, ended.clone())).transpose()?;
            let (heard, captions) = bounded(if recorded { 0 } else { WAITING });
            let hearing = feed.map(|feed| {
                let ended = Arc::clone(ended);
                let follow = move || {
                    feed.follow(&ended, &mut |event| heard.send(event.clone()).context("the prompter has ended"))
                };
                thread::Builder::new().name("golem-captions".into()).spawn_scoped(scope, follow)
            });
            let hearing = hearing.transpose().context("no thread can be started")?;
            let mut board = PrompterLoop {
                prompter: Prompter::new(texts),
                aloud,
                display,
                pool: SpeakerPool::default(),
                threshold: config.speaker.threshold,
                began: Instant::now(),
                listens: hearing.is_some(),
                tainted: false,
            };
            let captions = if hearing.is_some() { captions } else { never() };
            let finished = board.follow(captions, page_keys);
            ended.store(true, Ordering::SeqCst);
            drop(board);
            let heard = hearing.map_or(Ok(Ok(())), thread::ScopedJoinHandle::join);
            let heard = heard.map_err(|_| anyhow!("the captions broke off; golem log shows why"))?;
            // If the theses ended first, the captions fail because no one takes them any more: ignore that.
            if finished? { Ok(()) } else { heard }
        })
    }

    /// Follows speaker and keys; true when the theses ended, false when the captions did.
    #[expect(clippy::needless_pass_by_value, reason = "who sends captions sees that nobody takes them any more")]
    fn follow(&mut self, captions: Receiver<CaptionEvent>, page_keys: PageKeys) -> Result<bool> {
        let PageKeys { mut keys, requests } = page_keys;
        self.show(PageTurn { to: self.prompter.at(), by: ShownBy::Start })?;
        while self.prompter.at().is_some() {
            let turn = select! {
                recv(captions) -> event => match event {
                    Ok(event) => self.hear(&event)?,
                    Err(_) => return Ok(false),
                },
                recv(requests) -> request => match request {
                    Ok(Request::Next) => self.prompter.key(PromptCue::Next, self.began.elapsed()),
                    Ok(Request::Back) => self.prompter.key(PromptCue::Back, self.began.elapsed()),
                    // The socket accepts no other requests.
                    Ok(_) | Err(_) => None,
                },
                recv(keys) -> key => match key {
                    Ok(PrompterKey::Turn(cue)) => self.prompter.key(cue, self.began.elapsed()),
                    Ok(PrompterKey::Quit) => return Ok(true),
                    // The program that gave the keys has ended, and nothing else can turn the theses.
                    Err(_) if !self.listens => return Ok(true),
                    Err(_) => {
                        keys = never();
                        None
                    }
                },
            };
            if let Some(turn) = turn {
                self.show(turn)?;
            }
        }
        Ok(true)
    }

    fn hear(&mut self, event: &CaptionEvent) -> Result<Option<PageTurn>> {
        self.tainted |= self.aloud.as_ref().is_some_and(Aloud::busy);
        match event {
            CaptionEvent::Dropped { .. } => {
                self.tainted = false;
                Ok(None)
            }
            CaptionEvent::Partial { source, end, words, voice, .. } => {
                // Judge partial words with a copy of the pool: the whole part is judged again, and counts then.
                let verdict = voice.map(|voice| { self.pool }.judge(&voice, self.threshold, false, *end));
                let text = format!("{} {}", words.stable, words.open);
                self.follow_words(*source, verdict, (text.trim(), &words.stable), false, *end)
            }
            CaptionEvent::Final { source, part, voice } => {
                let verdict = voice.map(|voice| self.pool.judge(&voice, self.threshold, false, part.end));
                let text = part.transcript.text.trim();
                let turn = self.follow_words(*source, verdict, (text, text), true, part.end);
                self.tainted = false;
                turn
            }
        }
    }

    /// Follows the owner's words up to `at`: `heard` are all of them, `stable` those that will not change.
    fn follow_words(
        &mut self,
        source: CaptionSource,
        verdict: Option<SpeakerVerdict>,
        (heard, stable): (&str, &str),
        whole: bool,
        at: Time,
    ) -> Result<Option<PageTurn>> {
        let place = HeardPlace { microphone: source == CaptionSource::Microphone, several: false };
        if self.tainted || !may_be_owner(place, verdict) {
            return Ok(None);
        }
        self.display.heard(heard, &self.prompter)?;
        // Use the recording's time if there is a recording.
        let now = if source == CaptionSource::File { at } else { self.began.elapsed() };
        Ok(self.prompter.hear(stable, whole, now))
    }

    fn show(&mut self, turn: PageTurn) -> Result<()> {
        if let (Some(aloud), Some(at)) = (&self.aloud, turn.to) {
            aloud.say(self.prompter.text(at));
            aloud.ahead(self.prompter.next(AHEAD));
        }
        self.display.turn(turn, &self.prompter)
    }
}
