//! The closed loop: golem talks in a room, hears itself, and ducks, cuts and goes on by what it hears.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use crossbeam_channel::unbounded;

use super::book::{Pitch, TalkingBook};
use super::people::{Interjection, amplify};
use super::signs::SignsFile;
use super::watch::{ClosedWatch, GRACE, SpokenSpan};
use crate::bench::shared::SharedEngine;
use crate::config::Config;
use crate::device::{AudioSource, DeviceError, MicFrame};
use crate::engine::fake::{FixedReply, Script};
use crate::engine::registry::Files;
use crate::engine::{EngineError, Transcriber, TurnModel, Vad, registry};
use crate::message::{Request, Time};
use crate::replay::input::ReplayInput;
use crate::replay::{Engines, Replay};
use crate::signal::echo::{EchoPath, EchoSpec};
use crate::signal::frame::{FRAME, RATE};
use crate::signal::level::decibels;
use crate::signal::level::speech_level;
use crate::signal::resample::resample;
use crate::worker::double_talk::NearEndSigns;
use crate::worker::echo::EchoStage;

/// Longest conversation in seconds, in case golem never gets to a person.
const LONGEST: f64 = 120.0;
/// Sound of golem by which the level of its echo is measured, in samples: 8 s.
const MEASURED: usize = 8 * RATE as usize;
/// Frames that a trace shows before an onset and from it on.
const SHOWN: (usize, usize) = (6, 18);

/// A voice detector that logs the probability of a voice and the level in decibels of each frame.
#[derive(Clone)]
pub struct LoggedVad {
    vad: SharedEngine<dyn Vad>,
    said: Rc<RefCell<Vec<(f32, f32)>>>,
}

impl LoggedVad {
    /// A detector with an empty log.
    pub fn new(vad: Box<dyn Vad>) -> Self {
        Self { vad: SharedEngine::new(vad), said: Rc::default() }
    }
}

impl Vad for LoggedVad {
    fn reset(&mut self) {
        self.said.borrow_mut().clear();
        self.vad.reset();
    }

    fn probability(&mut self, frame: &[f32; FRAME]) -> Result<f32, EngineError> {
        let probability = self.vad.probability(frame)?;
        self.said.borrow_mut().push((probability, decibels(frame)));
        Ok(probability)
    }
}

/// The recogniser for what people say over golem, and the turn model that judges whether they are done.
pub struct ClosedLoopAsr {
    pub asr: SharedEngine<dyn Transcriber>,
    pub turn: Option<Box<dyn TurnModel>>,
}

/// The set-up of a conversation.
pub struct ClosedCase<'a> {
    pub config: &'a Config,
    pub files: &'a Files,
    pub vad: LoggedVad,
    /// Without it, everything that is said is taken for the same question.
    pub ears: Option<ClosedLoopAsr>,
    pub voice: TalkingBook,
    /// The text that golem speaks.
    pub story: String,
    pub room: EchoSpec,
    /// Amplitude of the room's own noise, from peak to peak.
    pub noise: f32,
    pub seed: u64,
    /// Where the signs of its frames are written, if they are wanted.
    pub signs: Option<&'a SignsFile>,
}

/// A person who speaks over a reply of golem's.
pub struct PlannedPerson {
    /// The index of the interjection.
    pub who: usize,
    /// Level relative to golem's echo, in decibels.
    pub level: f32,
    samples: Vec<f32>,
    onset: usize,
    /// Seconds from the start of the reply.
    after: f64,
}

impl PlannedPerson {
    /// A person at `level` decibels relative to an echo of `echo` decibels, `after` seconds after the start of the
    /// reply.
    pub fn new((who, person): (usize, &Interjection), pitch: Pitch, level: f32, echo: f32, after: f64) -> Self {
        let rate = pitch.rate(RATE);
        let mut samples = resample(&person.samples, rate, RATE);
        amplify(&mut samples, echo + level);
        Self { who, level, samples, onset: person.onset * RATE as usize / rate as usize, after }
    }

    /// The person's sound, from `span` on, and the sample of the conversation at which it begins.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // minutes
    fn heard(&self, span: SpokenSpan) -> (usize, &[f32]) {
        (((span.begin * f64::from(RATE)) as usize).saturating_sub(self.onset), &self.samples)
    }

    #[allow(clippy::cast_precision_loss)] // seconds
    fn span(&self) -> SpokenSpan {
        let at = |samples: usize| self.after + samples as f64 / f64::from(RATE);
        SpokenSpan { begin: at(self.onset), end: at(self.samples.len()) }
    }
}

/// The outcome of one person's interruption.
pub struct MetPerson {
    pub who: usize,
    pub level: f32,
    /// When the voice began, in seconds of the conversation.
    pub begin: f64,
    /// Seconds from the onset to the duck and to the cut; `None` where there was none.
    pub ducked: Option<f64>,
    pub cut: Option<f64>,
    /// The words that were heard.
    pub words: String,
    /// Probability of a voice and level of each frame around the onset.
    pub frames: Vec<(f32, f32)>,
}

/// The outcome of a conversation.
#[derive(Default)]
pub struct ClosedRun {
    /// Its length in seconds.
    pub seconds: f64,
    /// Times that golem lowered its voice because of itself.
    pub own_ducks: usize,
    /// Seconds at which it fell silent because of itself.
    pub own_cuts: Vec<f64>,
    pub people: Vec<MetPerson>,
    /// How many of the planned people had their turn, including those before whose onset golem had fallen silent by
    /// itself.
    pub had_turn: usize,
}

/// The level of golem's echo of `story` in a room, in decibels below full scale.
pub fn echo_level(room: EchoSpec, story: &[f32]) -> f32 {
    let mut heard = Vec::new();
    EchoPath::new(room).process(&story[..story.len().min(MEASURED)], &mut heard);
    speech_level(&heard)
}

/// Golem reads its story for `seconds` without an interruption.
pub fn alone(case: ClosedCase, seconds: f64) -> Result<ClosedRun> {
    let (vad, file) = (case.vad.clone(), case.signs);
    let (watch, signs) = talk(case, &[], ClosedWatch::new(Vec::new(), seconds, GRACE))?;
    if let Some(file) = file {
        file.write(&signs, &vad.said.borrow(), &[])?;
    }
    let (own_ducks, own_cuts) = watch.own();
    Ok(ClosedRun { seconds: watch.now, own_ducks, own_cuts, ..ClosedRun::default() })
}

/// People speak over golem, one over each of its replies, until one is not heard or all have spoken. Left out are those
/// before whose onset golem had fallen silent by itself: they have nothing to interrupt.
pub fn interrupted(case: ClosedCase, plan: &[PlannedPerson]) -> Result<ClosedRun> {
    let (vad, file) = (case.vad.clone(), case.signs);
    let rest = if case.ears.is_some() { 3.0 } else { GRACE };
    let spans = plan.iter().map(PlannedPerson::span).collect();
    let (watch, signs) = talk(case, plan, ClosedWatch::new(spans, LONGEST, rest))?;
    let spoke = watch.people();
    let said = vad.said.borrow();
    if let Some(file) = file {
        let heard: Vec<_> = spoke.iter().zip(plan).map(|(span, person)| person.heard(*span)).collect();
        file.write(&signs, &said, &heard)?;
    }
    let mut people = Vec::new();
    for (number, (span, person)) in spoke.iter().zip(plan).enumerate() {
        // Ignore people planned after the one who was missed, because the run ended there.
        if watch.now < span.end || watch.silent_before(number, *span) {
            continue;
        }
        let later = spoke.get(number + 1).map_or(f64::MAX, |next| next.begin);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // minutes
        let frame = (span.begin * f64::from(RATE)) as usize / FRAME;
        let shown = frame.saturating_sub(SHOWN.0)..(frame + SHOWN.1).min(said.len());
        people.push(MetPerson {
            who: person.who,
            level: person.level,
            begin: span.begin,
            ducked: watch.ducked(*span),
            cut: watch.cut(*span),
            words: watch.words(span.begin, later),
            frames: said.get(shown).unwrap_or_default().to_vec(),
        });
    }
    let (own_ducks, own_cuts) = watch.own();
    let had_turn = spoke.iter().filter(|span| watch.now >= span.end).count().max(1);
    Ok(ClosedRun { seconds: watch.now, own_ducks, own_cuts, people, had_turn })
}

/// A microphone in a room where nobody speaks.
struct QuietRoom {
    random: fastrand::Rng,
    /// Amplitude of its noise from peak to peak.
    noise: f32,
}

impl AudioSource for QuietRoom {
    fn next(&mut self, _: Duration) -> Result<MicFrame, DeviceError> {
        Ok(MicFrame::Frame(Box::new(std::array::from_fn(|_| (self.random.f32() - 0.5) * self.noise))))
    }
}

/// One conversation: golem reads its story until a person interrupts it, then begins anew.
/// Also returns the signs of a person in each of its frames, if they are written.
fn talk(
    case: ClosedCase,
    plan: &[PlannedPerson],
    mut watch: ClosedWatch,
) -> Result<(ClosedWatch, Vec<Option<NearEndSigns>>)> {
    let stage = EchoStage::open(&case.config.echo, || registry::vad(case.files))?;
    let (reports, signs) = unbounded();
    let stage = if case.signs.is_some() { stage.map(|stage| stage.reporting(reports)) } else { stage };
    let mut vad = case.vad;
    vad.reset();
    let (asr, turn): (Box<dyn Transcriber>, _) = match case.ears {
        Some(ears) => (Box::new(ears.asr), ears.turn),
        None => (Box::new(Script::new(vec!["and now tell me something else"; 1_000])), None),
    };
    let engines = Engines {
        vad: Box::new(vad),
        turn,
        speaker: None,
        wake: None,
        asr,
        understander: None,
        llm: Some(Box::new(FixedReply::new(case.story))),
        tts: Box::new(case.voice),
    };
    let latency = "asr=200ms,turn=80ms,llm=1ms,tts=1ms".parse().map_err(anyhow::Error::msg)?;
    let mut replay = Replay::new(case.config, engines, None, latency, RATE).in_room(case.room, stage);
    let room: Box<dyn AudioSource> =
        Box::new(QuietRoom { random: fastrand::Rng::with_seed(case.seed), noise: case.noise });
    let mut input = ReplayInput::new([room], None);
    for (number, person) in plan.iter().enumerate() {
        input.interrupt(person.samples.clone(), Time::from_secs_f64(person.after), number + 1);
    }
    replay.request(Request::Ask { text: "Tell me a long story about a fox.".into() });
    replay.run(&mut input, &mut watch)?;
    Ok((watch, signs.try_iter().collect()))
}
