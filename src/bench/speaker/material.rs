//! People's recordings for the speaker check, cut to where they speak.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::bench::manifest;
use crate::device::wav::read_all;
use crate::engine::Vad;
use crate::engine::speaker::voiced;
use crate::signal::frame::FRAME;

/// A frame of at least this probability holds a voice.
const THRESHOLD: f32 = 0.5;
/// Folders of people who read sentences.
const FOLDERS: [&str; 2] = ["voices", "sentences"];

/// The voiced parts of one person's recordings.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// Recordings, 16 kHz.
    pub recordings: Vec<Vec<f32>>,
}

impl Person {
    /// The recordings in two halves, each joined; `None` if there is only one recording.
    pub fn halves(&self) -> Option<[Vec<f32>; 2]> {
        let (first, second) = self.recordings.split_at(self.recordings.len() / 2);
        (!first.is_empty()).then(|| [first.concat(), second.concat()])
    }
}

/// People by name, as `manifest.tsv` in `speech` names them, at most `limit`.
pub fn people(speech: &Path, vad: &mut dyn Vad, limit: usize) -> Result<BTreeMap<String, Person>> {
    let mut people: BTreeMap<String, Person> = BTreeMap::new();
    for row in manifest::read(speech)? {
        if row.speaker.is_empty() || !row.is_in(&FOLDERS) {
            continue;
        }
        if people.len() == limit && !people.contains_key(&row.speaker) {
            continue;
        }
        let samples = speech_of(&read_all(&row.path)?, vad)?;
        people.entry(row.speaker).or_default().recordings.push(samples);
    }
    ensure!(
        people.len() > 1,
        "{} names fewer than two people who read sentences",
        speech.join("manifest.tsv").display()
    );
    Ok(people)
}

/// The voiced part of a recording.
pub fn speech_of(samples: &[f32], vad: &mut dyn Vad) -> Result<Vec<f32>> {
    vad.reset();
    let frames: Vec<Box<[f32; FRAME]>> =
        samples.chunks_exact(FRAME).filter_map(|frame| frame.to_vec().into_boxed_slice().try_into().ok()).collect();
    Ok(voiced(samples, &vad.probabilities(&frames)?, THRESHOLD))
}
