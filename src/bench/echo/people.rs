//! People who speak over golem.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::bench::checkout::recordings;
use crate::bench::manifest;
use crate::bench::onset::onset;
use crate::config::Config;
use crate::device::wav::read_all;
use crate::dialog::barge::{BargeVerdict, Detector};
use crate::engine::Vad;
use crate::signal::frame::{FRAME, RATE};
use crate::signal::level::speech_level;

/// Level that people speak at, in decibels below full scale.
pub const NEAR_LEVEL: f32 = -27.0;
/// Amplitude of the noise of a quiet room from peak to peak: without it a canceller would work on numbers that no
/// microphone gives.
pub const ROOM_NOISE: f32 = 6e-4;
/// Silence before a person who is judged alone, in frames.
const BEFORE: usize = 16;
/// Probability of a voice from which there surely is one.
const VOICE: f32 = 0.5;
/// Seconds after the onset within which a voice must be detected; otherwise the onset was another sound.
const AT_ONSET: f64 = 0.3;

/// A person who says something.
#[derive(Clone, Debug)]
pub struct Interjection {
    /// Where it was recorded.
    pub path: PathBuf,
    /// Who speaks, where that is known.
    pub speaker: String,
    /// The sound at [`NEAR_LEVEL`].
    pub samples: Vec<f32>,
    /// Where the voice begins in it.
    pub onset: usize,
    /// How soon golem reacts to it where there is no echo.
    pub unhindered: DelaysWithoutEcho,
}

/// Seconds from the onset to what golem does about a voice where there is no echo; `None` if it does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct DelaysWithoutEcho {
    /// The detector is sure of a voice.
    pub voice: Option<f64>,
    pub duck: Option<f64>,
    pub cut: Option<f64>,
}

impl Interjection {
    /// Whether there is a voice at its onset.
    pub fn speaks_at_onset(&self) -> bool {
        self.unhindered.voice.is_some_and(|late| late <= AT_ONSET)
    }

    /// Which half of the speakers it belongs to.
    pub fn half(&self) -> usize {
        let name = if self.speaker.is_empty() {
            self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
        } else {
            self.speaker.clone()
        };
        name.bytes().map(usize::from).sum::<usize>() % 2
    }
}

/// The recordings under `folders` that hold a voice, each at most `seconds` from its onset on, at [`NEAR_LEVEL`].
pub fn interjections(
    folders: &[PathBuf],
    seconds: f32,
    config: &Config,
    vad: &mut dyn Vad,
) -> Result<Vec<Interjection>> {
    let mut all = Vec::new();
    for folder in folders {
        let rows = manifest::under(folder).map(|(_, rows)| rows).unwrap_or_default();
        let folder = folder.canonicalize().with_context(|| format!("no recordings at {}", folder.display()))?;
        for path in recordings(&folder)? {
            let samples = read_all(&path).with_context(|| path.display().to_string())?;
            let Some(mut person) = interjection(&samples, seconds) else { continue };
            person.unhindered = unhindered(&person, config, vad)?;
            let row = rows.iter().find(|row| row.path == path);
            person.speaker = row.map(|row| row.speaker.clone()).unwrap_or_default();
            person.path = path;
            all.push(person);
        }
    }
    ensure!(!all.is_empty(), "no voice in the recordings under {}", listed(folders));
    Ok(all)
}

fn listed(folders: &[PathBuf]) -> String {
    folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// The interjection of a recording; `None` where it holds no voice.
pub fn interjection(samples: &[f32], seconds: f32) -> Option<Interjection> {
    let begin = onset(samples)?;
    // Keep 50 ms before the onset: a breath belongs to the voice.
    let start = begin.saturating_sub(800);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // a few seconds
    let end = samples.len().min(begin + (seconds * RATE as f32) as usize);
    let mut samples = samples[start..end].to_vec();
    amplify(&mut samples, NEAR_LEVEL);
    Some(Interjection {
        path: PathBuf::new(),
        speaker: String::new(),
        samples,
        onset: begin - start,
        unhindered: DelaysWithoutEcho::default(),
    })
}

/// Brings a voice to a level in decibels below full scale.
pub fn amplify(samples: &mut [f32], level: f32) {
    let gain = 10.0_f32.powf((level - speech_level(samples)) / 20.0);
    for sample in samples {
        *sample = (*sample * gain).clamp(-1.0, 1.0);
    }
}

/// Runs golem's detector on a person in a quiet room.
#[allow(clippy::cast_precision_loss)] // seconds
fn unhindered(person: &Interjection, config: &Config, vad: &mut dyn Vad) -> Result<DelaysWithoutEcho> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut sound = vec![0.0; BEFORE * FRAME];
    sound.extend(&person.samples);
    sound.resize(sound.len().next_multiple_of(FRAME), 0.0);
    for sample in &mut sound {
        *sample += (random.f32() - 0.5) * ROOM_NOISE;
    }
    let mut detector = Detector::new(&config.barge_in, config.vad.threshold);
    let mut found = DelaysWithoutEcho::default();
    vad.reset();
    for (number, frame) in sound.as_chunks::<FRAME>().0.iter().enumerate() {
        let probability = vad.probability(frame)?;
        let late = ((number + 1) * FRAME) as f64 - (BEFORE * FRAME + person.onset) as f64;
        let late = Some(late / f64::from(RATE)).filter(|late| *late >= 0.0);
        if probability > VOICE {
            found.voice = found.voice.or(late);
        }
        if detector.push_clean(probability) == BargeVerdict::Cut {
            found.cut = found.cut.or(late);
        } else if detector.ducked() {
            found.duck = found.duck.or(late);
        }
    }
    found.duck = [found.duck, found.cut].into_iter().flatten().reduce(f64::min);
    Ok(found)
}

/// A readable name of a recording: its folder and the beginning of its own.
pub fn short_name(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    format!("{folder}/{}", stem.chars().take(12).collect::<String>())
}
