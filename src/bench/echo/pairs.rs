//! Real pairs: what a loudspeaker was given, and what a microphone heard in the same room.

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use crate::bench::checkout::recordings;
use crate::config::echo::{Canceller, EchoConfig, EchoFeed};
use crate::device::wav::read_all;
use crate::engine::{Vad, registry};
use crate::signal::frame::FRAME;
use crate::signal::level::decibels;
use crate::worker::echo::EchoStage;

/// Probability from which a frame counts as a voice.
const VOICE: f32 = 0.5;

/// What became of a pair.
#[derive(Clone, Debug, Serialize)]
pub struct PairRow {
    pub name: String,
    /// Percent of frames with a voice, in the microphone and in what the canceller leaves.
    pub raw: f64,
    pub clean: f64,
    /// Percent of those frames with a voice in the microphone in which the loudspeaker is silent that keep their voice.
    pub near: Option<f64>,
    /// The delay that the canceller found, in milliseconds.
    pub delay: Option<u32>,
}

/// Has each pair of `folder` go through a canceller.
pub fn run(folder: &Path, canceller: Canceller, vad: &mut dyn Vad) -> Result<Vec<PairRow>> {
    let mut rows = Vec::new();
    for path in recordings(folder)? {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix("_lpb") else { continue };
        let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        let microphone = path.with_file_name(format!("{stem}_mic.{extension}"));
        if microphone.is_file() {
            eprintln!("{stem}");
            rows.push(pair(stem, &read_all(&path)?, &read_all(&microphone)?, canceller, vad)?);
        }
    }
    Ok(rows)
}

fn pair(name: &str, played: &[f32], heard: &[f32], canceller: Canceller, vad: &mut dyn Vad) -> Result<PairRow> {
    let mut stage = registry::echo(&EchoConfig { canceller, ..EchoConfig::default() })?
        .map(|canceller| EchoStage::new(canceller, EchoFeed::Full));
    let mut clean = Vec::new();
    for (played, heard) in played.chunks_exact(FRAME).zip(heard.chunks_exact(FRAME)) {
        let frame: Box<[f32; FRAME]> = Box::new(std::array::from_fn(|n| heard[n]));
        clean.push(match &mut stage {
            None => frame,
            Some(stage) => {
                stage.played(played);
                stage.hear(frame).clean
            }
        });
    }
    let raw: Vec<Box<[f32; FRAME]>> =
        heard.chunks_exact(FRAME).take(clean.len()).map(|frame| Box::new(std::array::from_fn(|n| frame[n]))).collect();
    let mut voiced = |frames: &[Box<[f32; FRAME]>]| -> Result<Vec<bool>> {
        vad.reset();
        frames.iter().map(|frame| Ok(vad.probability(frame)? > VOICE)).collect()
    };
    let (raw, clean) = (voiced(&raw)?, voiced(&clean)?);
    // Half a second after the loudspeaker's last sound only a person is left.
    let mut since = 0;
    let silent: Vec<bool> = played
        .chunks_exact(FRAME)
        .map(|frame| {
            since = if decibels(frame) > -55.0 { 0 } else { since + 1 };
            since > 16
        })
        .collect();
    let alone: Vec<bool> = raw
        .iter()
        .zip(&clean)
        .zip(&silent)
        .filter(|((raw, _), silent)| **raw && **silent)
        .map(|((_, c), _)| *c)
        .collect();
    Ok(PairRow {
        name: name.into(),
        raw: percent(&raw),
        clean: percent(&clean),
        near: (alone.len() >= 10).then(|| percent(&alone)),
        delay: stage.and_then(|mut stage| stage.delay_ms()),
    })
}

#[allow(clippy::cast_precision_loss)] // a clip
fn percent(flags: &[bool]) -> f64 {
    100.0 * flags.iter().filter(|flag| **flag).count() as f64 / flags.len().max(1) as f64
}
