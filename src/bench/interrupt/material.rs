//! Recordings for the curves of barge-in: voices that are to cut a reply, and sounds that are not.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use crate::bench::checkout::{kind, recordings};
use crate::bench::onset::onset;
use crate::device::wav::read_all;
use crate::engine::Vad;
use crate::signal::frame::{FRAME, RATE};

/// Silence before each recording, while golem already speaks.
const BEFORE: usize = RATE as usize;
/// Silence after it: a cut may come late.
const AFTER: usize = RATE as usize / 2;
/// Length of a syllable: 300 ms, in samples.
const SYLLABLE: usize = 300 * RATE as usize / 1_000;

/// A recording as the voice detector judged it.
#[derive(Clone, Debug)]
pub struct JudgedClip {
    /// Samples at 16 kHz, with the silence around.
    pub samples: Vec<f32>,
    /// Where the voice begins, for a recording of one.
    pub onset: usize,
    /// A probability for each frame.
    pub probabilities: Vec<f32>,
}

/// Recordings of one kind.
#[derive(Clone, Debug)]
pub struct ClipGroup {
    /// The name of the kind.
    pub name: String,
    /// The recordings.
    pub clips: Vec<JudgedClip>,
}

impl ClipGroup {
    /// Hours of sound, the silence around the recordings left out.
    #[allow(clippy::cast_precision_loss)]
    pub fn hours(&self) -> f64 {
        let samples: usize = self.clips.iter().map(|clip| clip.samples.len() - BEFORE - AFTER).sum();
        samples as f64 / f64::from(RATE) / 3_600.0
    }
}

/// Voices under `speech`: name, folders, decibels of gain, and length if it is limited, in samples.
const VOICES: [(&str, &str, f32, Option<usize>); 5] = [
    ("sentences and orders", "voices,sentences,commands", 0.0, None),
    ("the same, 12 dB quieter", "voices,sentences,commands", -12.0, None),
    ("single words and names", "keywords", 0.0, None),
    ("the same, 12 dB quieter", "keywords", -12.0, None),
    ("their first 300 ms: one syllable", "keywords", 0.0, Some(SYLLABLE)),
];

/// The voices under `speech`, at most `limit` of a kind.
pub fn voices(speech: &Path, vad: &mut dyn Vad, limit: usize) -> Result<Vec<ClipGroup>> {
    let mut groups = Vec::new();
    for (name, folders, decibels, length) in VOICES {
        let gain = 10.0_f32.powf(decibels / 20.0);
        let mut clips = Vec::new();
        for folder in folders.split(',').filter(|folder| speech.join(folder).is_dir()) {
            for path in recordings(&speech.join(folder))?.into_iter().take(limit) {
                let samples = read_all(&path)?;
                let Some(begin) = onset(&samples) else { continue };
                let end = length.map_or(samples.len(), |length| (begin + length).min(samples.len()));
                let samples: Vec<f32> = samples[..end].iter().map(|sample| sample * gain).collect();
                clips.push(judged(&samples, begin, vad)?);
            }
        }
        if !clips.is_empty() {
            groups.push(ClipGroup { name: name.into(), clips });
        }
    }
    Ok(groups)
}

/// The sounds under `speech` that are not the voice of a person in the room, at most `limit` of a kind.
pub fn noises(speech: &Path, vad: &mut dyn Vad, limit: usize) -> Result<Vec<ClipGroup>> {
    let mut groups: BTreeMap<String, Vec<JudgedClip>> = BTreeMap::new();
    for folder in ["noise", "residual"].iter().map(|folder| speech.join(folder)).filter(|folder| folder.is_dir()) {
        for path in recordings(&folder)? {
            let name = if folder.ends_with("residual") { "what a weak canceller leaves".into() } else { kind(&path) };
            let clips = groups.entry(name).or_default();
            if clips.len() < limit {
                clips.push(judged(&read_all(&path)?, 0, vad)?);
            }
        }
    }
    Ok(groups.into_iter().map(|(name, clips)| ClipGroup { name, clips }).collect())
}

/// A recording between two silences, judged from a fresh start.
pub fn judged(samples: &[f32], onset: usize, vad: &mut dyn Vad) -> Result<JudgedClip> {
    let mut whole = vec![0.0; BEFORE];
    whole.extend_from_slice(samples);
    whole.resize((whole.len() + AFTER).next_multiple_of(FRAME), 0.0);
    vad.reset();
    let frames: Vec<Box<[f32; FRAME]>> =
        whole.chunks_exact(FRAME).filter_map(|frame| frame.to_vec().into_boxed_slice().try_into().ok()).collect();
    let probabilities = vad.probabilities(&frames)?;
    Ok(JudgedClip { samples: whole, onset: BEFORE + onset, probabilities })
}
