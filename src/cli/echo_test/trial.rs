//! The trial of a canceller on a recorded echo: the residual echo, and golem's barge-in on it.

use std::ops::Range;

use anyhow::Result;
use serde::Serialize;

use super::pair::EchoPair;
use crate::config::echo::{Canceller, EchoConfig};
use crate::config::{BargeMode, Config};
use crate::dialog::barge::{BargeVerdict, Detector};
use crate::dialog::vad::Gate;
use crate::engine::{EngineError, Vad};
use crate::message::EchoState;
use crate::signal::frame::{FRAME, RATE};
use crate::signal::level::{decibels, mean_square, speech_level};
use crate::worker::echo::EchoStage;
use crate::worker::vad::{VadFrame, VadWorker};

/// Frames in which a canceller may still be learning: 3 s.
const LEARNS: usize = 94;
/// Echo reduction over a quarter of a second from which on a canceller has converged, in decibels.
const CONVERGED: f32 = 15.0;
const QUARTER: usize = 8;
/// Level of the microphone above the room's noise from which on a frame holds an echo, in decibels.
const AUDIBLE: f32 = 6.0;
/// Level of the played sound from which on an echo is expected, in decibels.
const SOUNDS: f32 = -50.0;
/// Frames of golem's silence after a cut, and frames after a voice in which a cut still counts for it: 1 s, 0.3 s.
const REST: usize = 31;
const GRACE: usize = 10;
/// Level of the voice that is mixed in: 6 dB quieter than people who sit before the microphone.
const QUIET_VOICE: f32 = -33.0;
/// When the voice first speaks, in seconds after golem began, its interval in seconds, and how often it speaks at most.
const FIRST_VOICE: usize = 3;
const VOICE_EVERY: usize = 3;
const VOICES: usize = 6;

/// The reactions of golem to the frames of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeardVoices {
    /// Frames in which it would have lowered its voice.
    pub ducks: Vec<usize>,
    /// Frames in which it would have fallen silent.
    pub cuts: Vec<usize>,
}

/// The result of the trial of a canceller.
#[derive(Clone, Debug, Serialize)]
pub struct CancellerTrial {
    /// The canceller; `off` is the microphone without one.
    pub canceller: Canceller,
    /// Echo return loss enhancement (ERLE) in decibels, after three seconds of learning.
    pub suppression_db: Option<f32>,
    /// Seconds until the echo is 15 dB down; `None` if it never is.
    pub converged_s: Option<f64>,
    /// The state of the echo at the end.
    pub state: EchoState,
    /// How often golem would have lowered its voice, and fallen silent, because of itself.
    pub own_ducks: usize,
    pub own_cuts: usize,
    /// Change of the level of a quiet voice over golem by the canceller, in decibels.
    pub voice_db: Option<f32>,
    /// How often the voice would have silenced golem, and how often it was mixed in.
    pub voices_found: usize,
    pub voices: usize,
    /// The frames of golem alone, the frames with the voice, and where the voice speaks.
    #[serde(skip)]
    pub alone: Vec<VadFrame>,
    #[serde(skip)]
    pub mixed: Vec<VadFrame>,
    #[serde(skip)]
    pub spoken: Vec<Range<usize>>,
}

/// Opens a voice detector.
pub type VadMaker<'a> = &'a dyn Fn() -> Result<Box<dyn Vad>, EngineError>;

/// The trial of cancellers on recordings.
pub struct TrialListener<'a> {
    config: &'a Config,
    /// Opens a voice detector.
    vad: VadMaker<'a>,
    /// A voice that speaks over golem, at [`QUIET_VOICE`].
    voice: Vec<f32>,
}

impl<'a> TrialListener<'a> {
    /// A trial with the settings of `config`, and with `voice` (16 kHz) over golem.
    pub fn new(config: &'a Config, vad: VadMaker<'a>, voice: &[f32]) -> Self {
        let gain = 10.0_f32.powf((QUIET_VOICE - speech_level(voice)) / 20.0);
        Self { config, vad, voice: voice.iter().map(|sample| sample * gain).collect() }
    }

    /// Tries a canceller on `pair`, in which golem speaks. `noise` is the room's level in decibels.
    ///
    /// # Errors
    /// When an engine fails.
    pub fn hear(&self, pair: &EchoPair, canceller: Canceller, noise: f32) -> Result<CancellerTrial> {
        let alone = self.frames(&pair.heard, &pair.played, canceller)?;
        let (with_voice, spoken) = self.mixed(&pair.heard);
        let mixed = self.frames(&with_voice, &pair.played, canceller)?;
        let own = heard_voices(&alone, self.config, &[]);
        let (suppression_db, converged_s) = suppression(pair, &alone, noise);
        let mut trial = CancellerTrial {
            canceller,
            suppression_db,
            converged_s,
            state: alone
                .iter()
                .rev()
                .map(|frame| frame.echo)
                .find(|echo| *echo != EchoState::Absent)
                .unwrap_or_default(),
            own_ducks: own.ducks.len(),
            own_cuts: own.cuts.len(),
            voice_db: None,
            voices_found: 0,
            voices: spoken.len(),
            alone,
            mixed,
            spoken,
        };
        trial.voice_db = trial.kept(&self.voice);
        trial.voices_found = trial.found(self.config);
        Ok(trial)
    }

    /// The frames as the voice detection's thread passes them on.
    fn frames(&self, heard: &[f32], played: &[f32], canceller: Canceller) -> Result<Vec<VadFrame>> {
        let stage = EchoStage::open(&EchoConfig { canceller, ..EchoConfig::default() }, self.vad)?;
        let mut worker = VadWorker::new((self.vad)()?).with_echo(stage);
        let pairs = heard.as_chunks::<FRAME>().0.iter().zip(played.as_chunks::<FRAME>().0);
        let frames = pairs.map(|(heard, played)| {
            worker.played(played);
            worker.step(Box::new(*heard))
        });
        Ok(frames.collect::<Result<Vec<_>, _>>()?)
    }

    /// The microphone's sound with the voice mixed in, and the frames in which the voice speaks.
    fn mixed(&self, heard: &[f32]) -> (Vec<f32>, Vec<Range<usize>>) {
        let mut mixed = heard.to_vec();
        let mut spoken = Vec::new();
        let second = RATE as usize;
        for number in 0..VOICES {
            let begin = ((FIRST_VOICE + number * VOICE_EVERY) * second).next_multiple_of(FRAME);
            let end = begin + self.voice.len();
            if self.voice.is_empty() || end + second / 2 > mixed.len() {
                break;
            }
            mixed[begin..end].iter_mut().zip(&self.voice).for_each(|(sample, voice)| *sample += voice);
            spoken.push(begin / FRAME..end.div_ceil(FRAME));
        }
        (mixed, spoken)
    }
}

impl CancellerTrial {
    /// Change of the level of `voice` by the canceller, in decibels: the power that the voice adds to the rest of
    /// golem's own, beside its power before.
    fn kept(&self, voice: &[f32]) -> Option<f32> {
        let power = |frames: &[VadFrame]| -> f32 {
            let voiced = self.spoken.iter().flat_map(|frames| frames.start..frames.end + 1);
            voiced.filter_map(|at| frames.get(at)).map(|heard| mean_square(heard.frame.iter().copied())).sum()
        };
        let added = power(&self.mixed) - power(&self.alone);
        #[allow(clippy::cast_precision_loss)] // seconds
        let frames = (voice.len() * self.spoken.len()) as f32 / FRAME as f32;
        let said = mean_square(voice.iter().copied()) * frames;
        (said > 0.0).then(|| 10.0 * (added.max(1e-9) / said).log10())
    }

    /// How often the voice would silence golem with the settings of `config`.
    pub fn found(&self, config: &Config) -> usize {
        let cuts = heard_voices(&self.mixed, config, &self.spoken).cuts;
        let by = |spoken: &&Range<usize>| cuts.iter().any(|cut| spoken.start <= *cut && *cut < spoken.end + GRACE);
        self.spoken.iter().filter(by).count()
    }
}

/// The reactions of barge-in to frames while golem speaks; in the frames of `persons` it is right to fall silent.
pub fn heard_voices(frames: &[VadFrame], config: &Config, persons: &[Range<usize>]) -> HeardVoices {
    let mut heard = HeardVoices::default();
    if config.barge_in.mode == BargeMode::Off {
        return heard;
    }
    let (mut gate, mut rests, mut false_cuts) = (Gate::new(config.vad.clone()), 0, 0);
    let mut detector = Detector::new(&config.barge_in, config.vad.threshold);
    for (number, frame) in frames.iter().enumerate() {
        let voiced = gate.push(frame.probability);
        let verdict = detector.hear(frame.probability, voiced, frame.echo, false_cuts);
        if number < rests {
            continue;
        }
        match verdict {
            BargeVerdict::Duck => heard.ducks.push(number),
            BargeVerdict::Cut => {
                heard.cuts.push(number);
                rests = number + REST;
                let person = persons.iter().any(|person| person.start <= number && number < person.end + GRACE);
                false_cuts += u32::from(!person);
            }
            BargeVerdict::Nothing | BargeVerdict::Unduck => {}
        }
    }
    heard
}

/// The echo reduction after learning, in decibels, and the seconds after which it is 15 dB.
fn suppression(pair: &EchoPair, clean: &[VadFrame], noise: f32) -> (Option<f32>, Option<f64>) {
    let (mut later, mut quarter, mut converged) = ((0.0, 0.0), (0.0, 0.0, 0), None);
    let sides = pair.heard.as_chunks::<FRAME>().0.iter().zip(pair.played.as_chunks::<FRAME>().0);
    let mut began = None;
    for (number, ((heard, played), clean)) in sides.zip(clean).enumerate() {
        if decibels(played) > SOUNDS {
            began.get_or_insert(number);
        }
        let Some(began) = began.filter(|_| decibels(heard) > noise + AUDIBLE) else { continue };
        let (before, after) = (mean_square(heard.iter().copied()), mean_square(clean.frame.iter().copied()));
        if number >= began + LEARNS {
            later = (later.0 + before, later.1 + after);
        }
        quarter = (quarter.0 + before, quarter.1 + after, quarter.2 + 1);
        if quarter.2 == QUARTER {
            if ratio(quarter.0, quarter.1) >= CONVERGED {
                #[allow(clippy::cast_precision_loss)] // minutes
                converged.get_or_insert((number + 1 - began) as f64 * FRAME as f64 / f64::from(RATE));
            }
            quarter = (0.0, 0.0, 0);
        }
    }
    ((later.0 > 0.0).then(|| ratio(later.0, later.1)), converged)
}

fn ratio(before: f32, after: f32) -> f32 {
    10.0 * (before.max(1e-12) / after.max(1e-12)).log10()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::EngineError;

    /// A voice detector for which sound above -55 dB is a voice.
    struct LoudVad;

    impl Vad for LoudVad {
        fn reset(&mut self) {}

        fn probability(&mut self, frame: &[f32; FRAME]) -> Result<f32, EngineError> {
            Ok(if decibels(frame) > -55.0 { 0.95 } else { 0.01 })
        }
    }

    /// Noise with the pauses of speech.
    fn speech(seconds: usize) -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(9);
        let syllable = |n: usize| if n / 3_000 % 4 < 3 { 0.4 } else { 0.0 };
        (0..seconds * 16_000).map(|n| (random.f32() - 0.5) * syllable(n)).collect()
    }

    fn trial(room: &str, canceller: Canceller, config: &Config) -> CancellerTrial {
        let pair = EchoPair::simulated(speech(14), room.parse().unwrap());
        let voice: Vec<f32> = (0..12_000_u16).map(|n| (f32::from(n) * 0.2).sin() * 0.1).collect();
        TrialListener::new(config, &|| Ok(Box::new(LoudVad)), &voice).hear(&pair, canceller, -75.0).unwrap()
    }

    #[test]
    fn both_cancellers_take_the_echo_out_and_the_bare_microphone_interrupts_itself() {
        let config = Config::default();
        for canceller in [Canceller::Sonora, Canceller::Aec3] {
            let trial = trial("bedroom,-12dB,delay=60ms", canceller, &config);
            assert!(trial.suppression_db.unwrap() > 18.0, "{canceller}: {:?}", trial.suppression_db);
            assert!(trial.converged_s.unwrap() < 4.0, "{canceller}: {:?}", trial.converged_s);
            assert_eq!((trial.own_cuts, trial.state), (0, EchoState::Cancelled), "{canceller}");
        }
        let bare = trial("bedroom,-12dB,delay=60ms", Canceller::Off, &config);
        assert!(bare.own_cuts > 2, "{}", bare.own_cuts);
        assert!(bare.suppression_db.unwrap().abs() < 0.1 && bare.converged_s.is_none());
    }

    #[test]
    fn a_quiet_voice_is_kept_where_nothing_is_taken_out_and_found_without_an_echo() {
        let trial = trial("office,-90dB", Canceller::Off, &Config::default());
        assert!(trial.voice_db.unwrap().abs() < 0.5, "{:?}", trial.voice_db);
        assert_eq!((trial.voices_found, trial.voices, trial.own_cuts), (4, 4, 0));
        assert!(trial.suppression_db.is_none());
    }

    #[test]
    fn without_barge_in_nothing_interrupts() {
        let mut config = Config::default();
        config.barge_in.mode = BargeMode::Off;
        let trial = trial("bedroom,-12dB", Canceller::Off, &config);
        assert_eq!((trial.own_cuts, trial.own_ducks, trial.voices_found), (0, 0, 0));
        assert!(trial.voices > 0);
    }
}
