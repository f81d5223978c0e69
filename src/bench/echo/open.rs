//! The open loop: golem plays on whatever it hears, so that each canceller and each rule gets the same sound.

use anyhow::Result;
use serde::Serialize;

use super::people::{Interjection, NEAR_LEVEL, ROOM_NOISE};
use crate::config::echo::{Canceller, EchoConfig, EchoFeed};
use crate::engine::{Vad, registry};
use crate::signal::echo::{EchoPath, EchoSpec};
use crate::signal::frame::{FRAME, RATE};
use crate::signal::level::speech_level;
use crate::worker::echo::EchoStage;

/// Seconds in which a canceller may still be learning.
pub const WARM_UP: f64 = 3.0;
/// Seconds between the ends of an interjection and the beginning of the next, at least and at most.
const GAPS: (f64, f64) = (1.5, 3.5);
/// Seconds of a frame.
pub const FRAME_SECONDS: f64 = 0.032;
/// Echo return loss enhancement over a quarter of a second from which a canceller counts as converged, in decibels.
const CONVERGED: f32 = 15.0;
const QUARTER: usize = 8;
/// Level under which the echo of a frame is not worth measuring, in decibels.
const AUDIBLE: f32 = -65.0;

/// What was heard in one condition, frame by frame.
#[derive(Clone, Debug, Default)]
pub struct OpenRun {
    /// Probability of a voice in what the canceller leaves.
    pub probabilities: Vec<f32>,
    /// Seconds at which people begin and end to speak.
    pub spoken: Vec<(f64, f64)>,
    /// Measured levels.
    pub levels: OpenLevels,
}

/// What a canceller does to levels in one condition.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct OpenLevels {
    /// Echo return loss enhancement in the first seconds and later, in decibels.
    pub erle_first: f32,
    pub erle_later: f32,
    /// What is left of a person's level over golem, in decibels.
    pub near: f32,
    /// Seconds until the echo is 15 dB down; `None` if it never is.
    pub converged: Option<f64>,
    /// The delay that the canceller found, in milliseconds.
    pub delay: Option<f32>,
}

/// One condition: a voice of golem in a room, and a canceller.
pub struct OpenCase<'a> {
    pub golem: &'a [f32],
    pub room: EchoSpec,
    /// `Off` hears the microphone as it is.
    pub canceller: Canceller,
    pub seconds: f64,
    pub seed: u64,
}

/// The spec of a room whose echo is `gain` decibels above the level that people speak at.
pub fn beside_people(room: EchoSpec, golem: &[f32], gain: f32) -> EchoSpec {
    EchoSpec { gain: NEAR_LEVEL + gain - speech_level(golem), ..room }
}

/// Golem reads its story in a room, with people who speak over it.
pub fn run(case: &OpenCase, people: &[Interjection], vad: &mut dyn Vad) -> Result<OpenRun> {
    let mut random = fastrand::Rng::with_seed(case.seed);
    let mut stage = registry::echo(&EchoConfig { canceller: case.canceller, ..EchoConfig::default() })?
        .map(|canceller| EchoStage::new(canceller, EchoFeed::Full));
    let mut room = EchoPath::new(case.room);
    let mut golem = case.golem.iter().copied().cycle();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // minutes
    let frames = (case.seconds / FRAME_SECONDS) as usize;
    let near = near_end(frames * FRAME, people, &mut random);
    vad.reset();
    let mut run = OpenRun { spoken: near.spoken.clone(), ..OpenRun::default() };
    let mut meter = Meter::default();
    for number in 0..frames {
        let played: Vec<f32> = golem.by_ref().take(FRAME).collect();
        let mut echo = Vec::with_capacity(FRAME);
        room.process(&played, &mut echo);
        let voice = &near.sound[number * FRAME..(number + 1) * FRAME];
        let frame: Box<[f32; FRAME]> = Box::new(std::array::from_fn(|n| {
            (echo[n] + voice[n] + (random.f32() - 0.5) * ROOM_NOISE).clamp(-1.0, 1.0)
        }));
        let clean = match &mut stage {
            None => frame,
            Some(stage) => {
                stage.played(&played, FRAME);
                stage.hear(frame).clean
            }
        };
        #[allow(clippy::cast_precision_loss)] // minutes
        let at = number as f64 * FRAME_SECONDS;
        meter.add(at, &echo, voice, &clean[..], near.speaks(at));
        run.probabilities.push(vad.probability(&clean)?);
    }
    run.levels = meter.levels();
    run.levels.delay = stage.and_then(|stage| stage.lag_ms());
    Ok(run)
}

/// The sound of the people who speak over golem, and when they speak.
struct NearEnd {
    sound: Vec<f32>,
    spoken: Vec<(f64, f64)>,
}

impl NearEnd {
    /// Whether a person speaks in the frame that begins at `at`, or has just spoken.
    fn speaks(&self, at: f64) -> bool {
        self.spoken.iter().any(|(begin, end)| at + FRAME_SECONDS > begin - 0.1 && at < end + 0.3)
    }
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // minutes
fn near_end(length: usize, people: &[Interjection], random: &mut fastrand::Rng) -> NearEnd {
    let rate = f64::from(RATE);
    let mut near = NearEnd { sound: vec![0.0; length], spoken: Vec::new() };
    let mut at = ((WARM_UP + 0.5 + random.f64()) * rate) as usize;
    while !people.is_empty() {
        let person = &people[random.usize(..people.len())];
        let end = at + person.samples.len();
        if end > length {
            break;
        }
        near.sound[at..end].copy_from_slice(&person.samples);
        near.spoken.push(((at + person.onset) as f64 / rate, end as f64 / rate));
        at = end + ((GAPS.0 + (GAPS.1 - GAPS.0) * random.f64()) * rate) as usize;
    }
    near
}

/// Sums of squares before and after the canceller.
#[derive(Default)]
struct Meter {
    first: (f32, f32),
    later: (f32, f32),
    near: (f32, f32),
    quarter: Vec<(f32, f32)>,
    converged: Option<f64>,
}

fn power(samples: &[f32]) -> f32 {
    samples.iter().map(|sample| sample * sample).sum()
}

fn ratio((before, after): (f32, f32)) -> f32 {
    10.0 * (before.max(1e-12) / after.max(1e-12)).log10()
}

impl Meter {
    fn add(&mut self, at: f64, echo: &[f32], voice: &[f32], clean: &[f32], speaks: bool) {
        let (echo, out) = (power(echo), power(clean));
        if speaks {
            let sum = &mut self.near;
            *sum = (sum.0 + power(voice), sum.1 + out);
            self.quarter.clear();
            return;
        }
        #[allow(clippy::cast_precision_loss)]
        if 10.0 * (echo / FRAME as f32).max(1e-10).log10() < AUDIBLE {
            return;
        }
        let sum = if at < WARM_UP { &mut self.first } else { &mut self.later };
        *sum = (sum.0 + echo, sum.1 + out);
        self.quarter.push((echo, out));
        if self.quarter.len() == QUARTER {
            let whole = self.quarter.drain(..).fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            if ratio(whole) >= CONVERGED {
                self.converged.get_or_insert(at + FRAME_SECONDS);
            }
        }
    }

    fn levels(&self) -> OpenLevels {
        OpenLevels {
            erle_first: ratio(self.first),
            erle_later: ratio(self.later),
            near: -ratio(self.near),
            converged: self.converged,
            delay: None,
        }
    }
}
