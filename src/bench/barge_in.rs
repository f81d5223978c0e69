//! The measurement of barge-in: time from a person's voice to silence, with real recordings over a reply, in the real
//! dialogue with the real VAD.
//!
//! Unless the installed engines are asked for, llm, asr and tts are the predictable ones of [`crate::engine::fake`].
//! Its synthesiser never makes a zero sample and every word lasts a fifth of a second, so the last sounding sample and
//! the words heard are known exactly.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;

use super::checkout::{kind, recordings};
use super::onset::onset;
use super::shared::SharedEngine;
use crate::config::Config;
use crate::device::DeviceError;
use crate::device::wav::read_all;
use crate::engine::fake::{FixedReply, Script, ToneVoice};
use crate::engine::registry::{self, Files};
use crate::engine::{Chat, Synthesizer, Vad};
use crate::message::{Note, Request, Role, Time};
use crate::metrics::quantile;
use crate::replay::input::ReplayInput;
use crate::replay::latency::Latency;
use crate::replay::{Audience, Engines, Replay};
use crate::signal::frame::RATE;

/// Words of the reply: at a fifth of a second each it outlasts every interruption.
const WORDS: usize = 100;
/// Seconds of one word of the fake voice.
const WORD_SECONDS: f64 = 0.2;

/// The engines that a reply is made with.
struct ReplyEngines<'a> {
    config: &'a Config,
    vad: SharedEngine<dyn Vad>,
    /// The installed llm and tts; `None` for the predictable ones.
    real: Option<(SharedEngine<dyn Chat>, SharedEngine<dyn Synthesizer>)>,
}

/// The events and sound of one run.
#[derive(Default)]
struct BargeWatch {
    sample: u64,
    audio_start: Option<f64>,
    first_sound: Option<f64>,
    /// When sound came back after the cut, not yet known to belong to a new start.
    after_cut: Vec<f64>,
    cut: Option<f64>,
    resumed: bool,
    last_sound: Option<f64>,
    stale: u64,
    ducks: usize,
    cuts: usize,
    cancels: usize,
}

impl Audience for BargeWatch {
    fn note(&mut self, now: Time, note: &Note) {
        let now = now.as_secs_f64();
        match note {
            Note::AudioStart { .. } if self.audio_start.is_none() => self.audio_start = Some(now),
            Note::AudioStart { .. } => {
                // A start is reported within a round of the loudspeaker: sound of that round belongs to the new start.
                let round = crate::worker::playback::ROUND.as_secs_f64();
                self.stale += self.after_cut.iter().filter(|at| **at < now - round).count() as u64;
                self.after_cut.clear();
                self.resumed = true;
            }
            Note::Duck { on: true } => self.ducks += 1,
            Note::Cut { .. } => {
                self.cuts += 1;
                self.cut.get_or_insert(now);
            }
            Note::Cancel { .. } => self.cancels += 1,
            _ => {}
        }
    }

    fn sound(&mut self, samples: &[f32]) -> Result<ControlFlow<()>, DeviceError> {
        for sample in samples {
            self.sample += 1;
            if *sample == 0.0 || self.resumed {
                continue;
            }
            #[allow(clippy::cast_precision_loss)]
            let at = self.sample as f64 / f64::from(RATE);
            self.first_sound.get_or_insert(at);
            if self.cut.is_none_or(|cut| at <= cut + 0.0105) {
                self.last_sound = Some(at);
            } else {
                self.after_cut.push(at);
            }
        }
        // After the first reply is done with, the rest of the run shows nothing new.
        Ok(if self.resumed && self.cancels > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}

/// Which brain and voice the reply comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Models {
    /// Predictable ones: every sample sounds and every word is known.
    Fake,
    /// Those that are installed.
    Real,
}

pub fn run(
    config: &Config,
    files: &Files,
    voices: &Path,
    noise: Option<&Path>,
    plan: (usize, u64, Models),
) -> Result<()> {
    let (count, seed, models) = plan;
    let real = (models == Models::Real).then(|| -> Result<_> {
        let (llm, voice) = (registry::llm(&config.llm, files, Instant::now)?, registry::voice(&config.tts, files)?);
        println!("brain: {}\nvoice: {}", llm.engine.describe(), voice.engine.describe());
        Ok((SharedEngine::new(llm.engine), SharedEngine::new(voice.engine)))
    });
    let rig = ReplyEngines { config, vad: SharedEngine::new(registry::vad(files)?), real: real.transpose()? };
    let recordings = recordings(voices)?;
    let clips: Vec<(Vec<f32>, usize)> = recordings
        .iter()
        .map(|path| Ok(read_all(path)?))
        .filter_map(|samples: Result<Vec<f32>>| samples.map(|s| onset(&s).map(|at| (s, at))).transpose())
        .collect::<Result<_>>()?;
    anyhow::ensure!(!clips.is_empty(), "no voice in the recordings under {}", voices.display());
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut times, mut decisions, mut stale, mut unheard, mut most) = (Vec::new(), Vec::new(), 0, 0, 0);
    let (mut missed, mut late) = (0, 0);
    for _ in 0..count {
        let (samples, onset) = &clips[random.usize(..clips.len())];
        let gain = 10.0_f32.powf(-random.f32() * 12.0 / 20.0);
        let voice: Vec<f32> = samples.iter().map(|sample| sample * gain).collect();
        let after = Time::from_secs_f64(0.3 + 5.0 * random.f64());
        let (watch, words) = one(&rig, voice, after, ["and now tell me something else"])?;
        #[allow(clippy::cast_precision_loss)]
        let speaks = after.as_secs_f64() + *onset as f64 / f64::from(RATE);
        let (Some(start), Some(last)) = (watch.audio_start, watch.last_sound) else {
            missed += 1;
            continue;
        };
        let voice_at = start + speaks;
        let Some(cut) = watch.cut else {
            *(if last < voice_at { &mut late } else { &mut missed }) += 1;
            continue;
        };
        times.push((last - voice_at) * 1e3);
        decisions.push((last - cut) * 1e3);
        stale += watch.stale + watch.after_cut.len() as u64;
        // The first and last samples of a fade are zero.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let heard = ((last - watch.first_sound.unwrap_or(start) + 4.0 / f64::from(RATE)) / WORD_SECONDS)
            .floor()
            .max(0.0) as usize;
        unheard += words.saturating_sub(heard);
        most = most.max(words.saturating_sub(heard));
    }
    times.sort_by(f64::total_cmp);
    decisions.sort_by(f64::total_cmp);
    println!("{count} interruptions by {} voices, seed {seed}", clips.len());
    println!("| milliseconds | p50 | p95 | max |");
    println!("|---|---|---|---|");
    row("voice onset to last sounding sample", &times);
    row("decision to silence", &decisions);
    println!("interruptions that did not cut: {missed}");
    println!("voices that came after the end of a short reply, and are not counted: {late}");
    println!("stale samples after the cut: {stale}");
    if models == Models::Fake {
        println!("words in history that were not heard: {unheard} in all, at most {most} in one reply");
    }
    noise.map_or(Ok(()), |folder| over_noise(&rig, folder))
}

fn row(name: &str, sorted: &[f64]) {
    let at = |q| quantile(sorted, q).map_or("-".into(), |ms| format!("{ms:.0}"));
    println!("| {name} | {} | {} | {} |", at(0.5), at(0.95), at(1.0));
}

/// One reply with `voice` laid over it `after` its start; gives what was heard and how many words history kept.
fn one(
    rig: &ReplyEngines,
    voice: Vec<f32>,
    after: Time,
    words: impl IntoIterator<Item = &'static str>,
) -> Result<(BargeWatch, usize)> {
    let words_of_reply: Vec<String> = (0..WORDS).map(|n| format!("word{n}")).collect();
    rig.vad.clone().reset();
    let (llm, tts): (Box<dyn Chat>, Box<dyn Synthesizer>) = match &rig.real {
        Some((llm, tts)) => (Box::new(llm.clone()), Box::new(tts.clone())),
        None => (Box::new(FixedReply::new(words_of_reply.join(" "))), Box::new(ToneVoice)),
    };
    let engines = Engines {
        vad: Box::new(rig.vad.clone()),
        turn: None,
        speaker: None,
        wake: None,
        asr: Box::new(Script::new(words)),
        understander: None,
        llm: Some(llm),
        tts,
    };
    let times = if rig.real.is_some() { "asr=200ms" } else { "asr=200ms,llm=1ms,tts=1ms" };
    let latency: Latency = times.parse().map_err(anyhow::Error::msg)?;
    let mut replay = Replay::new(rig.config, engines, None, latency, RATE);
    let mut input = ReplayInput::new([], None);
    input.interrupt(voice, after, 1);
    replay.request(Request::Ask { text: "Tell me a long story about a fox and a hen.".into() });
    let mut watch = BargeWatch::default();
    replay.run(&mut input, &mut watch)?;
    let first = replay.dialog().history().messages().iter().find(|message| message.role == Role::Assistant);
    let kept =
        first.map_or(0, |message| message.text.split_whitespace().filter(|word| word.starts_with("word")).count());
    Ok((watch, kept))
}

/// Plays noise alone over a reply, and prints how often it ducks, cuts and cancels.
fn over_noise(rig: &ReplyEngines, folder: &Path) -> Result<()> {
    println!("\n| noise | clips | clips that ducked | clips that cut | cuts per clip | cancelled |");
    println!("|---|---|---|---|---|---|");
    let mut groups: std::collections::BTreeMap<String, Vec<PathBuf>> = std::collections::BTreeMap::new();
    for path in recordings(folder)? {
        groups.entry(kind(&path)).or_default().push(path);
    }
    for (kind, paths) in groups {
        let (mut ducked, mut cut, mut cuts, mut cancels) = (0, 0, 0, 0);
        for path in &paths {
            let (watch, _) = one(rig, read_all(path)?, Time::from_secs(1), [])?;
            ducked += usize::from(watch.ducks > 0);
            cut += usize::from(watch.cuts > 0);
            cuts += watch.cuts;
            cancels += watch.cancels;
        }
        #[allow(clippy::cast_precision_loss)]
        let per_clip = cuts as f64 / paths.len() as f64;
        println!("| {kind} | {} | {ducked} | {cut} | {per_clip:.2} | {cancels} |", paths.len());
    }
    Ok(())
}
