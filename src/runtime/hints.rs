//! The loop of `golem hints`: captions in, questions to the language model, its hints to the screen.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use crossbeam_channel::{Receiver, Sender, bounded, never, select, unbounded};

use super::aloud::Aloud;
use super::assembly::files;
use super::captions::CaptionFeed;
use super::captions::event::CaptionEvent;
use super::captions::source::{CaptionSource, LiveSources};
use super::stderr::remark;
use crate::config::Config;
use crate::dialog::hinting::asker::HeardPlace;
use crate::dialog::hinting::prompt;
use crate::dialog::hinting::question::HeardQuestion;
use crate::dialog::hinting::queue::{HintQueue, HintStep, SpokenPart};
use crate::engine::registry;
use crate::message::{Event, Part, Time};
use crate::turn::TurnClock;
use crate::worker::baton::Baton;
use crate::worker::llm::{LlmJob, LlmWorker};

/// Captions that may wait for this thread.
const WAITING: usize = 64;

/// The events of hints.
#[derive(Debug)]
pub enum HintUpdate<'a> {
    /// A question was heard.
    Question {
        /// Its number, from 1 on; the hint to it has the same.
        number: u64,
        /// Where it was heard.
        source: CaptionSource,
        /// Its words.
        question: &'a HeardQuestion,
        /// When it ended, in the time of its source.
        end: Time,
    },
    /// More of a hint was generated.
    Piece {
        /// The question's number.
        number: u64,
        /// The new part of the hint.
        text: &'a str,
    },
    /// A whole hint.
    Hint {
        /// The question's number.
        number: u64,
        /// The hint.
        text: &'a str,
        /// Whether it was made for the same question asked before.
        kept: bool,
    },
    /// There is no hint.
    Failed {
        /// The question's number.
        number: u64,
        /// What went wrong.
        reason: &'a str,
    },
}

/// Shows captions and hints.
pub trait HintDisplay {
    /// Shows a caption.
    ///
    /// # Errors
    /// When what it writes to has gone.
    fn caption(&mut self, event: &CaptionEvent) -> Result<()>;
    /// Shows an event of hints.
    ///
    /// # Errors
    /// When what it writes to has gone.
    fn update(&mut self, update: &HintUpdate) -> Result<()>;
}

/// The loop of hints for one conversation.
pub struct HintLoop<'a> {
    desk: HintQueue,
    turns: TurnClock,
    jobs: Sender<LlmJob>,
    aloud: Option<Aloud>,
    display: &'a mut dyn HintDisplay,
    /// The number of sources that are heard.
    live: LiveSources,
}

impl<'a> HintLoop<'a> {
    /// Shows hints until the captions end or `ended` is set. A recording waits for each hint, as a person would.
    ///
    /// # Errors
    /// When there is no sound, no recogniser or no language model, and when nothing can be written.
    pub fn run(
        feed: &CaptionFeed,
        speak: bool,
        ended: &Arc<AtomicBool>,
        display: &'a mut dyn HintDisplay,
    ) -> Result<()> {
        let config = feed.config;
        let (recorded, live) = (feed.input.is_some(), LiveSources::default());
        let (heard, captions) = bounded(if recorded { 0 } else { WAITING });
        let (jobs, work) = unbounded();
        let (thoughts, events) = unbounded();
        let turns = TurnClock::new();
        thread::scope(|scope| {
            let thinking = turns.clone();
            let named = |name: &str| thread::Builder::new().name(name.into());
            named("golem-llm").spawn_scoped(scope, move || think(config, thinking, &work, &thoughts))?;
            let aloud = speak.then(|| Aloud::start(scope, config, ended.clone())).transpose()?;
            let (feeding, counting) = (Arc::clone(ended), live.clone());
            let hearing = named("golem-captions").spawn_scoped(scope, move || {
                let mut show = |event: &CaptionEvent| heard.send(event.clone()).context("the hints have ended");
                feed.follow_counting(&counting, &feeding, &mut show)
            })?;
            let desk = HintQueue::new(&config.hints, config.speaker.threshold);
            let mut board = HintLoop { desk, turns: turns.clone(), jobs, aloud, display, live };
            let done = board.follow(captions, &events, recorded);
            // End all threads. Speech is cut, unless the captions of a recording ended by themselves.
            if !recorded || done.is_err() {
                ended.store(true, Ordering::SeqCst);
            }
            turns.raise(u64::MAX);
            drop(board);
            let heard = hearing.join().map_err(|_| anyhow::anyhow!("the captions broke off; golem log shows why"))?;
            done.and(heard)
        })
    }

    #[expect(clippy::needless_pass_by_value, reason = "who sends captions sees that nobody takes them any more")]
    fn follow(&mut self, captions: Receiver<CaptionEvent>, events: &Receiver<Event>, recorded: bool) -> Result<()> {
        let mut over = false;
        loop {
            let working = recorded && self.desk.open().is_some();
            if over && !working {
                return Ok(());
            }
            let nothing = never();
            select! {
                recv(if working || over { &nothing } else { &captions }) -> event => match event {
                    Ok(event) => self.hear(&event)?,
                    Err(_) => over = true,
                },
                recv(events) -> event => self.think(event.context("the brain broke off; golem log shows why")?)?,
            }
        }
    }

    fn hear(&mut self, event: &CaptionEvent) -> Result<()> {
        self.display.caption(event)?;
        let CaptionEvent::Final { source, part, voice } = event else { return Ok(()) };
        // Ignore captions while golem speaks: its own voice comes back from the loudspeaker.
        if self.aloud.as_ref().is_some_and(Aloud::busy) {
            return Ok(());
        }
        let place = HeardPlace { microphone: *source == CaptionSource::Microphone, several: self.live.several() };
        let words = SpokenPart { text: &part.transcript.text, place, voice: *voice, at: part.end };
        match self.desk.hear(&words) {
            None => Ok(()),
            Some(HintStep::Known { number, question, hint }) => {
                self.turns.raise(number);
                self.display.update(&HintUpdate::Question {
                    number,
                    source: *source,
                    question: &question,
                    end: part.end,
                })?;
                self.say(&hint);
                self.display.update(&HintUpdate::Hint { number, text: &hint, kept: true })
            }
            Some(HintStep::Ask { number, question, conversation }) => {
                self.turns.raise(number);
                let sent = self.jobs.send(LlmJob::Think { turn: number, conversation });
                sent.context("the brain broke off; golem log shows why")?;
                self.display.update(&HintUpdate::Question {
                    number,
                    source: *source,
                    question: &question,
                    end: part.end,
                })
            }
        }
    }

    fn think(&mut self, event: Event) -> Result<()> {
        match event {
            // An empty piece only shows that the brain works.
            Event::Piece { text, .. } if text.is_empty() => Ok(()),
            Event::Piece { turn, text } if self.desk.piece(turn, &text) => {
                self.display.update(&HintUpdate::Piece { number: turn, text: &text })
            }
            Event::ReplyEnd { turn } => match self.desk.end(turn) {
                Some(hint) => {
                    self.say(&hint);
                    self.display.update(&HintUpdate::Hint { number: turn, text: &hint, kept: false })
                }
                None => Ok(()),
            },
            Event::Failed { number: 0, reason, .. } => bail!("{reason}"),
            Event::Failed { number, reason, .. } if self.desk.fail(number) => {
                self.display.update(&HintUpdate::Failed { number, reason: &reason })
            }
            _ => Ok(()),
        }
    }

    fn say(&self, hint: &str) {
        if let Some(aloud) = &self.aloud {
            aloud.say(hint);
        }
    }
}

/// The thread of the language model: works until there are no more jobs.
fn think(config: &Config, turns: TurnClock, jobs: &Receiver<LlmJob>, events: &Sender<Event>) {
    let choice = match registry::llm(&config.llm, &files(config), Instant::now) {
        Ok(choice) => choice,
        Err(error) => {
            // Without a reader golem is ending.
            let _ = events.send(Event::Failed { part: Part::Llm, number: 0, reason: error.to_string() });
            return;
        }
    };
    remark(&format!("brain: {} ({})", choice.engine.describe(), choice.why));
    let mut worker = LlmWorker::new(choice.engine, turns, Baton::default());
    // Read the common beginning of all prompts before the first question comes.
    worker.take(LlmJob::Read { turn: 0, conversation: prompt::hint("", &[], &config.hints.about) });
    worker.run(jobs, events);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::hints::HintsConfig;
    use crate::message::Transcript;
    use crate::transcribe::listen::TranscriptPart;

    /// Keeps what is shown.
    #[derive(Default)]
    struct ShownHints(Vec<String>);

    impl HintDisplay for ShownHints {
        fn caption(&mut self, _: &CaptionEvent) -> Result<()> {
            Ok(())
        }

        fn update(&mut self, update: &HintUpdate) -> Result<()> {
            self.0.push(match update {
                HintUpdate::Question { question, .. } => format!("? {}", question.text),
                HintUpdate::Piece { text, .. } => format!("+ {text}"),
                HintUpdate::Hint { text, .. } => format!("> {text}"),
                HintUpdate::Failed { reason, .. } => format!("! {reason}"),
            });
            Ok(())
        }
    }

    /// A loop that is heard at so many sources, and asks for its hints through `jobs`.
    fn board(sources: usize, jobs: Sender<LlmJob>, display: &mut ShownHints) -> HintLoop<'_> {
        let live = LiveSources::default();
        live.set(sources);
        let desk = HintQueue::new(&HintsConfig::default(), 0.7);
        HintLoop { desk, turns: TurnClock::new(), jobs, aloud: None, display, live }
    }

    fn asked(source: CaptionSource) -> CaptionEvent {
        let transcript = Transcript { text: "What is a trait?".into(), ..Transcript::default() };
        let (start, end) = (Time::ZERO, Time::from_secs(1));
        CaptionEvent::Final {
            source,
            part: TranscriptPart { start, end, voices: vec![[start, end]], transcript },
            voice: None,
        }
    }

    #[test]
    fn a_brain_that_still_works_shows_nothing() {
        let mut shown = ShownHints::default();
        let (jobs, work) = unbounded();
        let mut board = board(2, jobs, &mut shown);
        board.hear(&asked(CaptionSource::System)).unwrap();
        assert_eq!(work.len(), 1);
        for text in ["", "An interface.", ""] {
            board.think(Event::Piece { turn: 1, text: text.into() }).unwrap();
        }
        board.think(Event::ReplyEnd { turn: 1 }).unwrap();
        drop(board);
        assert_eq!(shown.0, ["? What is a trait?", "+ An interface.", "> An interface."]);
    }

    #[test]
    fn a_microphone_that_is_left_alone_hears_the_others_too() {
        let mut shown = ShownHints::default();
        let (jobs, work) = unbounded();
        let mut board = board(2, jobs, &mut shown);
        board.hear(&asked(CaptionSource::Microphone)).unwrap();
        assert!(work.is_empty(), "beside the computer's sound it is the owner's");
        board.live.set(1);
        board.hear(&asked(CaptionSource::Microphone)).unwrap();
        drop(board);
        assert_eq!((work.len(), shown.0), (1, vec!["? What is a trait?".to_owned()]));
    }
}
