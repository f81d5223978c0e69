//! The closed loop: golem talks in a room, hears itself, and ducks, cuts and goes on by what it hears.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::rc::Rc;

use anyhow::Result;
use serde::Serialize;

use super::people::{Interjection, STORY};
use crate::bench::shared::SharedEngine;
use crate::config::Config;
use crate::device::DeviceError;
use crate::engine::fake::{Parrot, Script};
use crate::engine::{EngineError, Speech, Synthesizer, Transcriber, Vad, registry};
use crate::message::{Note, Request, Time};
use crate::replay::input::ReplayInput;
use crate::replay::{Audience, Engines, Replay};
use crate::signal::echo::EchoSpec;
use crate::signal::frame::RATE;
use crate::turn::Ticket;
use crate::worker::echo::EchoStage;

/// Seconds after a person's last sound in which golem may still fall silent because of it.
const GRACE: f64 = 0.6;
/// Replies of one conversation that are spoken over.
const REPLIES: usize = 8;

/// A voice that speaks each clause once and remembers its sound.
#[derive(Clone)]
pub struct TalkingBook {
    voice: SharedEngine<dyn Synthesizer>,
    told: Rc<RefCell<HashMap<String, Speech>>>,
}

impl TalkingBook {
    /// A book that `voice` reads.
    pub fn new(voice: Box<dyn Synthesizer>) -> Self {
        Self { voice: SharedEngine::new(voice), told: Rc::default() }
    }
}

impl Synthesizer for TalkingBook {
    fn describe(&self) -> String {
        self.voice.describe()
    }

    fn speak(&mut self, text: &str, _: &Ticket) -> Result<Speech, EngineError> {
        if let Some(speech) = self.told.borrow().get(text) {
            return Ok(speech.clone());
        }
        // Whole, for the next time.
        let speech = self.voice.speak(text, &Ticket::standing())?;
        self.told.borrow_mut().insert(text.into(), speech.clone());
        Ok(speech)
    }
}

/// What a conversation takes place with.
pub struct ClosedCase<'a> {
    pub config: &'a Config,
    pub vad: SharedEngine<dyn Vad>,
    /// Ears; without them all that is said is the same question.
    pub ears: Option<SharedEngine<dyn Transcriber>>,
    pub voice: TalkingBook,
    pub room: EchoSpec,
}

/// How conversations went.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ClosedScore {
    /// Seconds in which golem spoke, or was silenced.
    pub seconds: f64,
    /// Times that golem lowered its voice, and fell silent, because of itself.
    pub own_ducks: usize,
    pub own_cuts: usize,
    /// Seconds from each person's voice to the duck and to the cut; none where there was no such.
    pub ducked: Vec<Option<f64>>,
    pub cut: Vec<Option<f64>>,
    /// Which interjection was said, and the words that were heard of it.
    #[serde(skip)]
    pub words: Vec<(usize, String)>,
}

impl ClosedScore {
    /// Adds another.
    pub fn add(&mut self, other: Self) {
        self.seconds += other.seconds;
        self.own_ducks += other.own_ducks;
        self.own_cuts += other.own_cuts;
        self.ducked.extend(other.ducked);
        self.cut.extend(other.cut);
        self.words.extend(other.words);
    }

    /// Percent of people for whom golem did `what` within `seconds`.
    #[allow(clippy::cast_precision_loss)]
    pub fn percent(what: &[Option<f64>], seconds: f64) -> f64 {
        100.0 * what.iter().flatten().filter(|late| **late <= seconds).count() as f64 / what.len().max(1) as f64
    }

    /// Times an hour.
    #[allow(clippy::cast_precision_loss)]
    pub fn per_hour(&self, count: usize) -> f64 {
        count as f64 / self.seconds.max(1e-9) * 3_600.0
    }
}

/// What happened when.
#[derive(Default)]
struct ClosedWatch {
    now: f64,
    /// When each reply began, by its turn.
    replies: Vec<(u64, f64)>,
    ducks: Vec<f64>,
    cuts: Vec<f64>,
    texts: Vec<(f64, String)>,
    samples: u64,
    /// When each planned person begins and ends to speak, after the start of that person's reply.
    planned: Vec<(f64, f64)>,
    until: f64,
}

impl ClosedWatch {
    /// When the persons whose replies have begun speak.
    fn people(&self) -> Vec<(f64, f64)> {
        let starts = self.replies.iter().map(|(_, start)| *start);
        starts.zip(&self.planned).map(|(start, (begin, end))| (start + begin, start + end)).collect()
    }
}

impl Audience for ClosedWatch {
    fn note(&mut self, now: Time, note: &Note) {
        let now = now.as_secs_f64();
        match note {
            Note::AudioStart { turn } if self.replies.last().is_none_or(|(last, _)| last != turn) => {
                self.replies.push((*turn, now));
            }
            Note::Duck { on: true } => self.ducks.push(now),
            Note::Cut { .. } => self.cuts.push(now),
            Note::Transcript { text, .. } => self.texts.push((now, text.clone())),
            _ => {}
        }
    }

    #[allow(clippy::cast_precision_loss)] // hours
    fn sound(&mut self, samples: &[f32]) -> Result<ControlFlow<()>, DeviceError> {
        self.samples += samples.len() as u64;
        self.now = self.samples as f64 / f64::from(RATE);
        // A person who was not heard leaves golem talking: nothing more is to be learned then.
        let missed = self.people().into_iter().any(|(begin, end)| {
            self.now > end + GRACE && !self.cuts.iter().any(|cut| *cut >= begin - 0.05 && *cut <= end + GRACE)
        });
        Ok(if missed || self.now > self.until { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}

/// Golem reads its story for `seconds` without an interruption.
pub fn alone(case: &ClosedCase, seconds: f64) -> Result<ClosedScore> {
    let watch = talk(case, &[], seconds)?;
    Ok(ClosedScore {
        seconds: watch.now,
        own_ducks: watch.ducks.len(),
        own_cuts: watch.cuts.len(),
        ..ClosedScore::default()
    })
}

/// People speak over golem, each once.
pub fn interrupted(case: &ClosedCase, people: &[Interjection], random: &mut fastrand::Rng) -> Result<ClosedScore> {
    let mut score = ClosedScore::default();
    let mut next = 0;
    while next < people.len() {
        let some = &people[next..people.len().min(next + REPLIES)];
        let after: Vec<f64> = some.iter().map(|_| 1.0 + 5.0 * random.f64()).collect();
        let plan: Vec<(&Interjection, f64)> = some.iter().zip(after).collect();
        let watch = talk(case, &plan, 1e9)?;
        let spoke = watch.people();
        for (number, (begin, end)) in spoke.iter().enumerate() {
            let first = |times: &[f64]| {
                times.iter().find(|at| **at >= begin - 0.05 && **at <= end + GRACE).map(|at| (at - begin).max(0.0))
            };
            let cut = first(&watch.cuts);
            // A cut is a duck too.
            score.ducked.push([first(&watch.ducks), cut].into_iter().flatten().reduce(f64::min));
            score.cut.push(cut);
            let later = spoke.get(number + 1).map_or(f64::MAX, |(begin, _)| *begin);
            let text = watch.texts.iter().filter(|(at, _)| *at > *begin && *at < later);
            score.words.push((next + number, text.map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(" ")));
        }
        let own = |times: &[f64]| {
            let by_person = |at: f64| spoke.iter().any(|(begin, end)| at >= begin - 0.05 && at <= end + GRACE);
            times.iter().filter(|at| !by_person(**at)).count()
        };
        score.own_ducks += own(&watch.ducks);
        score.own_cuts += own(&watch.cuts);
        score.seconds += watch.now;
        // One that golem never came to is asked in the next conversation.
        next += spoke.len().max(1);
    }
    Ok(score)
}

/// One conversation: golem reads its story until a person interrupts it, then begins anew.
fn talk(case: &ClosedCase, plan: &[(&Interjection, f64)], until: f64) -> Result<ClosedWatch> {
    let stage = registry::echo(&case.config.echo)?.map(|canceller| EchoStage::new(canceller, case.config.echo.feed));
    let mut vad = case.vad.clone();
    vad.reset();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // hours
    let story = STORY.repeat(1 + (until.min(7_200.0) / 60.0) as usize);
    let engines = Engines {
        vad: Box::new(vad),
        turn: None,
        speaker: None,
        wake: None,
        asr: match &case.ears {
            Some(ears) => Box::new(ears.clone()),
            None => Box::new(Script::new(vec!["and now tell me something else"; 1_000])),
        },
        understander: None,
        llm: Some(Box::new(Parrot::new(story))),
        tts: Box::new(case.voice.clone()),
    };
    let latency = "asr=200ms,llm=1ms,tts=1ms".parse().map_err(anyhow::Error::msg)?;
    let mut replay = Replay::new(case.config, engines, None, latency, RATE).in_room(case.room, stage);
    let mut input = ReplayInput::new([], None);
    let mut watch = ClosedWatch { until, ..ClosedWatch::default() };
    for (number, (person, after)) in plan.iter().enumerate() {
        input.interrupt(person.samples.clone(), Time::from_secs_f64(*after), number + 1);
        #[allow(clippy::cast_precision_loss)] // seconds
        let seconds = |samples: usize| samples as f64 / f64::from(RATE);
        watch.planned.push((after + seconds(person.onset), after + seconds(person.samples.len())));
    }
    if !plan.is_empty() {
        // Longer than any story.
        watch.until = 600.0;
    }
    replay.request(Request::Ask { text: "Tell me a long story about a fox.".into() });
    replay.run(&mut input, &mut watch)?;
    Ok(watch)
}
