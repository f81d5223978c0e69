//! The run of all recordings through the wake spotter, one after the other, as a microphone would hear them.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::bench::manifest::{self, ManifestRow};
use crate::device::wav::read_all;
use crate::dialog::call::WakePhrase;
use crate::engine::wake::Spotter;
use crate::engine::{KeywordSpotter as _, Transcriber, Vad};
use crate::signal::frame::{FRAME, RATE};
use crate::signal::resample::resample;
use crate::turn::Ticket;

/// Score below which a moment is ignored.
pub const FLOOR: f32 = 0.2;
/// Frames within which the phrase counts once: a second.
const ONCE: usize = 31;
/// Sound before and after a moment that asr hears, in samples.
const BEFORE: usize = 2_200 * RATE as usize / 1_000;
const AFTER: usize = RATE as usize / 2;
/// Silence around each recording, in samples.
const AROUND: usize = RATE as usize;
/// Signal-to-noise ratio of the noisy rounds, in decibels.
const NOISE_DB: f32 = 10.0;
/// Rounds: the rate that the recording is played at, in per cent, and whether there is noise.
const ROUNDS: [(u32, bool); 6] = [(100, false), (100, true), (92, false), (108, false), (92, true), (108, true)];

/// A recording and what is said in it.
pub struct WakeRecording {
    path: PathBuf,
    /// The manifest's label, in lower case.
    pub label: String,
    /// Whether it is one word that is also a phrase.
    pub keyword: bool,
}

/// One moment that sounded like a phrase.
pub struct Moment {
    pub score: f32,
    /// Whether asr found the phrase too; `None` where it was not asked.
    pub confirmed: Option<bool>,
}

/// A recording as it was heard for one phrase.
pub struct HeardRecording {
    /// Number of the round.
    pub round: usize,
    pub seconds: f64,
    /// Whether the phrase is said in it.
    pub said: bool,
    pub moments: Vec<Moment>,
}

/// The results for each phrase, and the time that they took.
pub struct HeardRounds {
    pub by_phrase: Vec<Vec<HeardRecording>>,
    /// Seconds of sound in all, and seconds that voice detector and spotter took.
    pub sound: f64,
    pub spotting: Duration,
    /// Time that asr took, and how often it was asked.
    pub hearing: Duration,
    pub asked: u32,
}

/// The engines.
pub struct WakeRig {
    pub vad: Box<dyn Vad>,
    pub spotter: Spotter,
    pub ears: Option<Box<dyn Transcriber>>,
}

impl WakeRig {
    /// Hears everything in `rounds` rounds.
    pub fn hear(&mut self, recordings: &[WakeRecording], phrases: &[String], rounds: u8) -> Result<HeardRounds> {
        let wanted: Vec<Option<WakePhrase>> = phrases.iter().map(|phrase| WakePhrase::new(phrase)).collect();
        let mut heard = HeardRounds {
            by_phrase: phrases.iter().map(|_| Vec::new()).collect(),
            sound: 0.0,
            spotting: Duration::ZERO,
            hearing: Duration::ZERO,
            asked: 0,
        };
        let noises: Vec<&WakeRecording> = recordings.iter().filter(|recording| recording.is_noise()).collect();
        let mut random = fastrand::Rng::with_seed(1);
        for (round, (speed, noisy)) in ROUNDS.into_iter().take(rounds.into()).enumerate() {
            for (at, recording) in recordings.iter().enumerate() {
                let mut sound = read_all(&recording.path)?;
                if speed != 100 {
                    sound = resample(&sound, RATE * speed / 100, RATE);
                }
                if noisy && !recording.is_noise() && !noises.is_empty() {
                    let noise = read_all(&noises[random.usize(..noises.len())].path)?;
                    mix(&mut sound, &noise);
                }
                let mut padded = vec![0.0; AROUND];
                padded.extend(sound);
                padded.resize(padded.len().next_multiple_of(FRAME) + AROUND.next_multiple_of(FRAME), 0.0);
                let began = Instant::now();
                let peaks = self.peaks(&padded)?;
                heard.spotting += began.elapsed();
                let seconds = seconds(padded.len());
                heard.sound += seconds;
                for (phrase, peaks) in peaks.into_iter().enumerate() {
                    let mut moments = Vec::new();
                    for (place, score) in peaks {
                        let began = Instant::now();
                        let confirmed = self.confirm(&padded, place, wanted[phrase].as_ref())?;
                        heard.hearing += began.elapsed();
                        heard.asked += u32::from(confirmed.is_some());
                        moments.push(Moment { score, confirmed });
                    }
                    let said = recording.label.contains(&phrases[phrase].to_lowercase());
                    heard.by_phrase[phrase].push(HeardRecording { round, seconds, said, moments });
                }
                if at % 50 == 49 {
                    eprintln!("round {} of {rounds}: {} of {}", round + 1, at + 1, recordings.len());
                }
            }
        }
        Ok(heard)
    }

    /// The moments of `sound` that were most like each phrase: frame and score.
    fn peaks(&mut self, sound: &[f32]) -> Result<Vec<Vec<(usize, f32)>>> {
        self.vad.reset();
        self.spotter.reset();
        let mut peaks: Vec<Vec<(usize, f32)>> = Vec::new();
        for (at, frame) in sound.as_chunks::<FRAME>().0.iter().enumerate() {
            let probability = self.vad.probability(frame)?;
            let scores = self.spotter.hear_each(frame, probability)?;
            peaks.resize(scores.len(), Vec::new());
            for (peaks, score) in peaks.iter_mut().zip(scores) {
                match peaks.last_mut() {
                    _ if score < FLOOR => {}
                    Some((place, best)) if at - *place < ONCE => {
                        if score > *best {
                            (*place, *best) = (at, score);
                        }
                    }
                    _ => peaks.push((at, score)),
                }
            }
        }
        Ok(peaks)
    }

    /// Whether asr finds the phrase around frame `place`.
    fn confirm(&mut self, sound: &[f32], place: usize, phrase: Option<&WakePhrase>) -> Result<Option<bool>> {
        let Some((ears, phrase)) = self.ears.as_mut().zip(phrase) else { return Ok(None) };
        let end = (place + 1) * FRAME;
        ears.start()?;
        ears.accept(&sound[end.saturating_sub(BEFORE)..sound.len().min(end + AFTER)])?;
        let words = ears.finish(&Ticket::standing())?;
        Ok(Some(phrase.heard_in(&words).is_some()))
    }
}

impl WakeRecording {
    fn is_noise(&self) -> bool {
        self.label.starts_with("[noise]")
    }
}

/// The recordings that the manifest in `folder` lists.
pub fn read(folder: &Path) -> Result<Vec<WakeRecording>> {
    let of = |row: ManifestRow| WakeRecording {
        keyword: row.is_in(&["keywords"]),
        label: row.label.to_lowercase(),
        path: row.path,
    };
    Ok(manifest::read(folder)?.into_iter().map(of).collect())
}

#[expect(clippy::cast_precision_loss, reason = "a few minutes")]
fn seconds(samples: usize) -> f64 {
    samples as f64 / f64::from(RATE)
}

/// Adds `noise`, repeated, [`NOISE_DB`] below `sound`.
#[expect(clippy::cast_precision_loss, reason = "a few minutes")]
fn mix(sound: &mut [f32], noise: &[f32]) {
    let power = |sound: &[f32]| sound.iter().map(|sample| sample * sample).sum::<f32>() / sound.len().max(1) as f32;
    let gain = (power(sound) / power(noise).max(1e-9)).sqrt() * 10_f32.powf(-NOISE_DB / 20.0);
    for (sample, noise) in sound.iter_mut().zip(noise.iter().cycle()) {
        *sample = (*sample + gain * noise).clamp(-1.0, 1.0);
    }
}
