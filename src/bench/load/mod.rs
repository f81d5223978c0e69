//! `golem bench load`: the share of a processor core that the always-on parts take, part by part.
//!
//! Sound is pushed through at full speed and the processor time of this thread is divided by the length of the sound,
//! so that other programs and waiting do not count. The engines compute in the thread that calls them. The turn model
//! is asked in the pauses of the people themselves: a live golem falls silent for an utterance before it has one to
//! judge.

mod scene;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Args;
use serde::Serialize;

use super::checkout::{default_voices, recordings};
use super::echo::book::spoken;
use crate::config::echo::{Canceller, EchoConfig, EchoFeed};
use crate::config::{Config, VadConfig};
use crate::device::wav::read_all;
use crate::dialog::vad::Gate;
use crate::engine::embedding::SpeechEmbedding;
use crate::engine::registry::{self, Files};
use crate::engine::wake::{HEAD_INPUTS, Spotter, WakeHead};
use crate::engine::{EngineError, KeywordSpotter, TurnModel};
use crate::signal::frame::{FRAME, FRAME_MS, RATE};
use crate::worker::echo::EchoStage;
use crate::worker::vad::{PhraseListener, VadFrame, VadWorker};
use scene::LoadScene;

/// Milliseconds of pause after which the turn model is asked, besides those of the config: pipecat asks it then.
const PAUSE_MS: u64 = 200;
/// What the turn model hears, in frames: 8 s.
const TURN: usize = 8 * RATE as usize / FRAME;

/// How to measure.
#[derive(Debug, Args)]
pub struct LoadArgs {
    /// Folder of recordings of people who speak while golem does [default: ../shared/speech/voices of the checkout where
    /// that is, its synthesised fixtures otherwise]
    #[arg(long, value_name = "FOLDER")]
    voices: Option<PathBuf>,
    /// Seconds of sound, with voices and in silence
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..=3600))]
    seconds: u16,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Shares of one core that a part takes, in percent; `None` where its model is not installed.
#[derive(Debug, Serialize)]
struct LoadRow {
    part: String,
    voice: Option<f64>,
    silence: Option<f64>,
}

/// Measures and prints.
///
/// # Errors
/// When a recording or an engine cannot be used.
pub fn run(args: &LoadArgs, config: &Config, files: &Files) -> Result<()> {
    let folder = args.voices.clone().unwrap_or_else(default_voices);
    let mut paths = recordings(&folder)?;
    ensure!(!paths.is_empty(), "no recordings under {}; name a folder with --voices", folder.display());
    fastrand::Rng::with_seed(1).shuffle(&mut paths);
    let people = paths.iter().map(|path| Ok(read_all(path)?)).collect::<Result<Vec<_>>>()?;
    let reply = spoken(registry::voice(&config.tts, files)?.engine.as_mut())?;
    let frames = usize::from(args.seconds) * 1_000 / usize::try_from(FRAME_MS)?;
    let office = "office,-12dB".parse().map_err(anyhow::Error::msg)?;
    let talking = LoadScene::talking(&people, &reply, office, frames);
    let rows = measure(&talking, config, files)?.into_iter().zip(measure(&LoadScene::quiet(frames), config, files)?);
    let rows: Vec<LoadRow> = rows.map(|((part, voice), (_, silence))| LoadRow { part, voice, silence }).collect();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    println!(
        "{:.0} s of people ({} recordings) over golem's reply in an office, and as much of a quiet room; processor time \
         of the thread that hears, as a share of one core",
        talking.seconds(),
        people.len()
    );
    println!("\n| the always-on ear | with a voice and a reply | in silence |\n|---|---|---|");
    for LoadRow { part, voice, silence } in rows {
        println!("| {part} | {} | {} |", percent(voice), percent(silence));
    }
    Ok(())
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "not installed".into(), |share| format!("{share:.2} %"))
}

/// Each part and its share of a core in percent: every part alone, then all together as golem runs them.
fn measure(scene: &LoadScene, config: &Config, files: &Files) -> Result<Vec<(String, Option<f64>)>> {
    let mut shares = Vec::new();
    let used = config.echo.canceller.resolved();
    let mut clean = scene.microphone.clone();
    for canceller in [Canceller::Sonora, Canceller::Aec3] {
        let (share, heard) = timed(scene, || cancelled(scene, canceller))?;
        shares.push((format!("echo canceller {canceller}"), Some(share)));
        if canceller == used {
            clean = heard;
        }
    }
    let detector = VadWorker::new(registry::vad(files)?);
    let (share, frames) = timed(scene, || judged(detector, clean, scene.alert))?;
    shares.push(("voice detector".into(), Some(share)));
    let mut model = registry::turn(files)?;
    let spoken = judged(VadWorker::new(registry::vad(files)?), scene.speech.clone(), scene.alert)?;
    let pauses = |ms: u64| pauses(&spoken, &config.vad, ms);
    for ms in [PAUSE_MS, config.turn.judge_ms] {
        let pauses = pauses(ms);
        let part = format!("turn model, at each pause of {ms} ms");
        let asked = model.as_mut().map(|model| timed(scene, || ask(model.as_mut(), &frames, &pauses))).transpose()?;
        shares.push((part, asked.map(|(share, ())| share)));
    }
    let mut phrase = spotter(files)?;
    let spotted = phrase.as_mut().map(|phrase| timed(scene, || spot(phrase, &frames))).transpose()?;
    shares.push(("wake spotter".into(), spotted.map(|(share, ())| share)));
    let stage = EchoStage::open(&config.echo, || registry::vad(files))?;
    let phrase = spotter(files)?.map(|spotter| PhraseListener { spotter: Box::new(spotter), threshold: 1.0 });
    let worker = VadWorker::new(registry::vad(files)?).with_echo(stage).listening_for(phrase);
    let pauses = pauses(config.turn.judge_ms);
    let (share, ()) = timed(scene, || together(worker, model, &pauses, scene))?;
    shares.push((format!("**together, with {used}**"), Some(share)));
    Ok(shares)
}

/// The result of `work`, and the share of a core in percent that it takes for the sound of `scene`.
fn timed<T>(scene: &LoadScene, work: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
    let began = processor();
    let result = work()?;
    let took = processor().saturating_sub(began);
    Ok((100.0 * took.as_secs_f64() / scene.seconds().max(1e-9), result))
}

/// Time that this thread has spent on a processor.
fn processor() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The microphone's frames without golem's own voice.
#[allow(clippy::vec_box)] // they go on as they came
fn cancelled(scene: &LoadScene, canceller: Canceller) -> Result<Vec<Box<[f32; FRAME]>>> {
    let config = EchoConfig { canceller, ..EchoConfig::default() };
    let Some(canceller) = registry::echo(&config)? else { return Ok(scene.microphone.clone()) };
    let mut stage = EchoStage::new(canceller, EchoFeed::Full);
    let pairs = scene.microphone.iter().zip(&scene.reference);
    Ok(pairs
        .map(|(frame, played)| {
            stage.played(&played[..], FRAME);
            stage.hear(frame.clone()).clean
        })
        .collect())
}

#[allow(clippy::vec_box)] // as they came
fn judged(mut detector: VadWorker, frames: Vec<Box<[f32; FRAME]>>, alert: bool) -> Result<Vec<VadFrame>> {
    let mut judged = Vec::with_capacity(frames.len());
    for frame in frames {
        judged.extend(detector.hear(frame, alert)?);
    }
    Ok(judged)
}

/// Has the model judge each pause.
fn ask(model: &mut dyn TurnModel, frames: &[VadFrame], pauses: &[usize]) -> Result<()> {
    for at in pauses.iter().filter(|at| **at < frames.len()) {
        let turn = &frames[(at + 1).saturating_sub(TURN)..=*at];
        let audio: Vec<f32> = turn.iter().flat_map(|heard| heard.frame.iter().copied()).collect();
        model.probability(&audio)?;
    }
    Ok(())
}

fn spot(spotter: &mut Spotter, frames: &[VadFrame]) -> Result<()> {
    for frame in frames {
        spotter.hear(&frame.frame, frame.probability)?;
    }
    Ok(())
}

/// Runs everything that listens in one thread.
fn together(
    mut worker: VadWorker,
    mut model: Option<Box<dyn TurnModel>>,
    pauses: &[usize],
    scene: &LoadScene,
) -> Result<()> {
    let (mut judged, mut pauses) = (Vec::with_capacity(scene.microphone.len()), pauses.iter().peekable());
    for (frame, played) in scene.microphone.iter().zip(&scene.reference) {
        worker.played(&played[..]);
        judged.extend(worker.hear(frame.clone(), scene.alert)?);
        while let (Some(at), Some(model)) = (pauses.next_if(|at| **at < judged.len()), &mut model) {
            ask(model.as_mut(), &judged, &[*at])?;
        }
    }
    Ok(())
}

/// A spotter with a head of zeros: its scores mean nothing, but what it computes does not depend on the phrase.
fn spotter(files: &Files) -> Result<Option<Spotter>> {
    let embedding = match SpeechEmbedding::open(&files.onnxruntime, &files.embedding) {
        Ok(embedding) => embedding,
        Err(EngineError::Missing { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    Ok(WakeHead::from_numbers(vec![0.0; HEAD_INPUTS + 1]).map(|head| Spotter::new(embedding, vec![head])))
}

/// The frames at which a pause between voices has lasted for `ms`, once in each.
fn pauses(frames: &[VadFrame], config: &VadConfig, ms: u64) -> Vec<usize> {
    let needed = usize::try_from(ms.div_ceil(FRAME_MS)).unwrap_or(usize::MAX).max(1);
    let mut gate = Gate::new(config.clone());
    // Frames since the last voice; `None` before a voice was confirmed.
    let mut quiet: Option<usize> = None;
    let mut asks = |heard: &VadFrame| {
        let voiced = gate.push(heard.probability);
        let begun = quiet.is_some() || gate.confirmed();
        quiet = if voiced && begun { Some(0) } else { quiet.map(|frames| frames + 1) };
        quiet == Some(needed)
    };
    frames.iter().enumerate().filter(|(_, heard)| asks(heard)).map(|(at, _)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::EchoState;

    #[test]
    fn the_model_is_asked_once_in_each_pause_that_is_long_enough() {
        let frame = |probability: f32| VadFrame {
            frame: Box::new([0.0; FRAME]),
            probability,
            level: -40.0,
            echo: EchoState::Absent,
            called: false,
            sides: None,
        };
        let voices = [(0.0, 50), (0.9, 20), (0.0, 6), (0.9, 20), (0.0, 40), (0.9, 400), (0.0, 7)];
        let frames: Vec<VadFrame> =
            voices.iter().flat_map(|(p, frames)| std::iter::repeat_n(*p, *frames)).map(frame).collect();
        assert_eq!(pauses(&frames, &VadConfig::default(), 200), [102, 542]);
        assert_eq!(pauses(&frames, &VadConfig::default(), 96), [72, 98, 538]);
    }
}
