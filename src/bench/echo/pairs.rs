//! Real pairs: what a loudspeaker was given, and what a microphone heard in the same room.

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use crate::bench::checkout::{aecmos, recordings};
use crate::config::echo::{Canceller, EchoConfig, EchoFeed};
use crate::device::wav::read_all;
use crate::engine::Vad;
use crate::engine::aecmos::{AecClip, AecMos, AecScore, TalkScenario};
use crate::engine::registry::{self, Files};
use crate::signal::frame::FRAME;
use crate::signal::level::decibels;
use crate::worker::echo::EchoStage;

/// Probability from which a frame counts as a voice.
const VOICE: f32 = 0.5;
/// Cancellers that are scored.
const SCORED: [Canceller; 3] = [Canceller::Off, Canceller::Sonora, Canceller::Aec3];
/// The models of AECMOS: the file's name, and whether it is shown who speaks.
const MODELS: [(&str, bool); 2] = [("Run_1663829550_Stage_0.onnx", false), ("Run_1663915512_Stage_0.onnx", true)];

/// The result of a pair.
#[derive(Clone, Debug, Serialize)]
pub struct PairRow {
    pub name: String,
    /// Percent of frames with a voice, in the microphone and in what the canceller leaves.
    pub raw: f64,
    pub clean: f64,
    /// Percent of the microphone's voiced frames in which the loudspeaker is silent that keep their voice.
    pub near: Option<f64>,
    /// The delay that the canceller found, in milliseconds.
    pub delay: Option<f32>,
}

/// Mean scores of a canceller over all pairs, by each of the models.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ScoreRow {
    pub canceller: Canceller,
    pub scores: [AecScore; 2],
}

/// The results of all real pairs.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PairReport {
    pub rows: Vec<PairRow>,
    /// Empty where the models are not there.
    pub scores: Vec<ScoreRow>,
}

/// A loudspeaker's and a microphone's recording.
struct RealPair {
    name: String,
    played: Vec<f32>,
    heard: Vec<f32>,
}

/// Runs each pair of `folder` through `canceller`, and through all of `SCORED` for their scores.
pub fn run(folder: &Path, canceller: Canceller, files: &Files) -> Result<PairReport> {
    let (mut vad, mut pairs) = (registry::vad(files)?, Vec::new());
    for path in recordings(folder)? {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix("_lpb") else { continue };
        let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        let microphone = path.with_file_name(format!("{stem}_mic.{extension}"));
        if microphone.is_file() {
            pairs.push(RealPair { name: stem.into(), played: read_all(&path)?, heard: read_all(&microphone)? });
        }
    }
    let mut report = PairReport::default();
    for pair in &pairs {
        report.rows.push(pair.row(canceller, vad.as_mut())?);
    }
    if let Some(folder) = aecmos().filter(|_| !pairs.is_empty()) {
        for canceller in SCORED {
            let mut scores = [AecScore::default(); 2];
            for ((file, marked), score) in MODELS.into_iter().zip(&mut scores) {
                eprintln!("{canceller}, {file}");
                *score = mean(&pairs, canceller, &mut AecMos::open(&files.onnxruntime, &folder.join(file), marked)?)?;
            }
            report.scores.push(ScoreRow { canceller, scores });
        }
    }
    Ok(report)
}

/// The mean scores of a canceller by one model.
#[allow(clippy::cast_precision_loss)] // a handful of pairs
fn mean(pairs: &[RealPair], canceller: Canceller, model: &mut AecMos) -> Result<AecScore> {
    let mut sum = AecScore::default();
    for pair in pairs {
        let left = pair.cancelled(canceller)?.0.concat();
        let clip = AecClip { played: &pair.played, heard: &pair.heard, left: &left };
        let score = model.score(clip, pair.scenario())?;
        sum.echo += score.echo / pairs.len() as f64;
        sum.degradation += score.degradation / pairs.len() as f64;
    }
    Ok(sum)
}

impl RealPair {
    /// Who speaks, by the name that the AEC Challenge gives its recordings.
    fn scenario(&self) -> TalkScenario {
        if self.name.contains("farend") {
            TalkScenario::FarEnd
        } else if self.name.contains("nearend") {
            TalkScenario::NearEnd
        } else {
            TalkScenario::Double
        }
    }

    /// What a canceller leaves, frame by frame, and the delay that it found in milliseconds.
    fn cancelled(&self, canceller: Canceller) -> Result<(Vec<[f32; FRAME]>, Option<f32>)> {
        let mut stage = registry::echo(&EchoConfig { canceller, ..EchoConfig::default() })?
            .map(|canceller| EchoStage::new(canceller, EchoFeed::Full));
        let mut left = Vec::new();
        for (played, heard) in self.played.as_chunks::<FRAME>().0.iter().zip(self.heard.as_chunks::<FRAME>().0) {
            left.push(match &mut stage {
                None => *heard,
                Some(stage) => {
                    stage.played(played, FRAME);
                    *stage.hear(Box::new(*heard)).clean
                }
            });
        }
        Ok((left, stage.and_then(|stage| stage.lag_ms())))
    }

    fn row(&self, canceller: Canceller, vad: &mut dyn Vad) -> Result<PairRow> {
        let (clean, delay) = self.cancelled(canceller)?;
        let mut voiced = |frames: &[[f32; FRAME]]| -> Result<Vec<bool>> {
            vad.reset();
            frames.iter().map(|frame| Ok(vad.probability(frame)? > VOICE)).collect()
        };
        let (raw, clean) = (voiced(&self.heard.as_chunks().0[..clean.len()])?, voiced(&clean)?);
        // Half a second after the loudspeaker's last sound only a person is left.
        let mut since = 0;
        let silent = self.played.as_chunks::<FRAME>().0.iter().map(|frame| {
            since = if decibels(frame) > -55.0 { 0 } else { since + 1 };
            since > 16
        });
        let kept = raw.iter().zip(&clean).zip(silent).filter(|((raw, _), silent)| **raw && *silent);
        let kept: Vec<bool> = kept.map(|((_, clean), _)| *clean).collect();
        Ok(PairRow {
            name: self.name.clone(),
            raw: percent(&raw),
            clean: percent(&clean),
            near: (kept.len() >= 10).then(|| percent(&kept)),
            delay,
        })
    }
}

#[allow(clippy::cast_precision_loss)] // a clip
fn percent(flags: &[bool]) -> f64 {
    100.0 * flags.iter().filter(|flag| **flag).count() as f64 / flags.len().max(1) as f64
}

impl PairReport {
    /// Prints the tables.
    pub fn print(&self) {
        if self.rows.is_empty() {
            return;
        }
        println!(
            "\n| real pair | voice in the microphone | after the canceller | kept while the loudspeaker is silent | delay |"
        );
        println!("|---|---|---|---|---|");
        for row in &self.rows {
            let near = row.near.map_or("-".into(), |near| format!("{near:.0} %"));
            let delay = row.delay.map_or("-".into(), |ms| format!("{ms:.0} ms"));
            println!("| {} | {:.0} % | {:.0} % | {near} | {delay} |", row.name, row.raw, row.clean);
        }
        println!(
            "\n| AECMOS of {} pairs, 1 to 5 | echo | other damage | echo, who speaks is known | other damage |",
            self.rows.len()
        );
        println!("|---|---|---|---|---|");
        if self.scores.is_empty() {
            println!("| skipped: no AECMOS models | | | | |");
        }
        for ScoreRow { canceller, scores: [plain, marked] } in &self.scores {
            println!(
                "| {canceller} | {:.2} | {:.2} | {:.2} | {:.2} |",
                plain.echo, plain.degradation, marked.echo, marked.degradation
            );
        }
    }
}
