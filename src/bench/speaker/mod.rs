//! The speaker check: how surely a voice is distinguished from others, by seconds of voice.

mod error_rate;
mod material;
mod policy;
mod prints;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Args;
use serde::Serialize;

use self::error_rate::VoiceScores;
use self::material::{people, speech_of};
use self::policy::PolicyRow;
use self::prints::{HalfPrints, LENGTHS};
use super::chart::{Axis, Chart, Curve};
use super::checkout::{recordings, speech};
use crate::config::Config;
use crate::device::wav::read_all;
use crate::engine::registry::{self, Files};
use crate::engine::speaker::{Resemblyzer, SpeakerEncoder, VoicePrint};
use crate::engine::{Synthesizer, Vad, delivery};
use crate::metrics::quantile;
use crate::signal::frame::RATE;
use crate::signal::resample::resample;
use crate::turn::Ticket;

/// Sentences that golem says, to enrol its own voice and to recognise it.
const SENTENCES: [&str; 8] = [
    "Good morning. It is half past seven, and the sky is clear.",
    "The timer for the tea has four minutes left.",
    "I did not catch that. Could you say it again, please?",
    "A rainbow appears when sunlight passes through drops of water.",
    "There are twelve months in a year, and February is the shortest of them.",
    "You could cook the rice first and fry the vegetables in the meantime.",
    "The next train to the city leaves at a quarter to nine from platform two.",
    "Yes, I have set the volume to forty percent and paused the music.",
];

/// What to measure.
#[derive(Clone, Debug, Args)]
pub struct SpeakerBenchArgs {
    /// Folder with manifest.tsv and recordings in folders named voices, sentences, keywords
    /// [default: ../shared/speech of the checkout]
    folder: Option<PathBuf>,
    /// Take at most so many people
    #[arg(long, value_name = "COUNT", default_value_t = usize::MAX, hide_default_value = true)]
    limit: usize,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// Draw the curves into an SVG file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
struct SpeakerRow {
    /// The kind of recordings.
    material: String,
    /// Seconds of voice of each judgement.
    seconds: usize,
    /// Judgements of the enrolled voice.
    own: usize,
    /// Judgements of other voices.
    others: usize,
    /// The rate at which both errors are equally frequent, 0..=1.
    equal_error: f64,
    /// The likeness at that rate.
    threshold: f32,
    /// The share of the enrolled voice that is refused where 1 % of others are let in.
    missed_at_1_percent: f64,
    /// The median likeness of the enrolled voice.
    own_median: f64,
    /// The median likeness of other voices.
    others_median: f64,
}

/// Both tables.
#[derive(Debug, Serialize)]
struct SpeakerBenchReport {
    voices: Vec<SpeakerRow>,
    policy: Vec<PolicyRow>,
}

/// Measures and prints.
pub fn run(args: &SpeakerBenchArgs, config: &Config, files: &Files) -> Result<()> {
    let folder = args.folder.clone().unwrap_or_else(speech);
    ensure!(folder.is_dir(), "there are no recordings at {}; name a folder of some", folder.display());
    let mut vad = registry::vad(files)?;
    let mut bench = SpeakerBench { encoder: Resemblyzer::open(&files.speaker)?, sound: 0, spent: Duration::ZERO };
    let people = people(&folder, &mut *vad, args.limit)?;
    let voice = registry::voice(&config.tts, files)?;
    let described = voice.engine.describe();
    let golem = golem(voice.engine, &mut *vad)?;
    eprintln!("{} people, golem's voice {described}", people.len());

    let mut same = Vec::new();
    let mut across = Vec::new();
    // Keep the order of the names, so that both halves of the people have all kinds of recordings.
    let mut order = Vec::new();
    for person in people.values() {
        if let Some(halves) = person.halves() {
            order.push((true, across.len()));
            across.push(bench.halves(&halves));
        } else {
            let whole = person.recordings.concat();
            let (first, second) = whole.split_at(whole.len() / 2);
            order.push((false, same.len()));
            same.push(bench.halves(&[first.to_vec(), second.to_vec()]));
        }
        eprint!("\r{} of {}", same.len() + across.len(), people.len());
    }
    eprintln!();
    let words = bench.words(&folder, &mut *vad, args.limit)?;
    let own = [bench.halves(&golem)];

    let everyone: Vec<&HalfPrints> = same.iter().chain(&across).flatten().collect();
    let mut rows = Vec::new();
    let mut curves = Vec::new();
    for (at, seconds) in LENGTHS.into_iter().enumerate() {
        let scores = judged(&across, &across, at);
        curves.push((seconds, scores.clone()));
        rows.extend(row("a person, other recordings of the same chapter", seconds, &scores));
        rows.extend(row("a person, the same recording", seconds, &judged(&same, &same, at)));
        if seconds == 1 {
            let strangers: Vec<&VoicePrint> = words.iter().collect();
            rows.extend(row("a person, strangers who say one word", seconds, &against(&across, &strangers, at)));
        }
        let strangers: Vec<&VoicePrint> = everyone.iter().flat_map(|half| &half.windows[at]).collect();
        rows.extend(row("golem's own voice", seconds, &against(&own, &strangers, at)));
    }
    let all: Vec<&Vec<HalfPrints>> =
        order.into_iter().map(|(many, at)| if many { &across[at] } else { &same[at] }).collect();
    let policy = policy::rows(&all, config.speaker.threshold);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&SpeakerBenchReport { voices: rows, policy })?);
    } else {
        print(&rows);
        policy::print(&policy);
    }
    eprintln!("{:.1} ms for a second of voice", bench.cost());
    args.svg.as_deref().map_or(Ok(()), |path| chart(&curves).write(path))
}

/// The encoder, and the time it took.
struct SpeakerBench {
    encoder: Resemblyzer,
    /// Samples that were encoded.
    sound: usize,
    spent: Duration,
}

impl SpeakerBench {
    fn encode(&mut self, samples: &[f32]) -> Option<VoicePrint> {
        let begin = Instant::now();
        let print = self.encoder.encode(samples);
        self.sound += samples.len();
        self.spent += begin.elapsed();
        print
    }

    /// The prints of both halves of someone's sound; halves without a print are left out.
    fn halves(&mut self, halves: &[Vec<f32>; 2]) -> Vec<HalfPrints> {
        let mut prints = Vec::new();
        for half in halves {
            let windows = LENGTHS.map(|seconds| {
                let windows = half.chunks_exact(seconds * RATE as usize);
                windows.filter_map(|window| self.encode(window)).collect()
            });
            prints.extend(self.encode(half).map(|whole| HalfPrints { whole, windows }));
        }
        prints
    }

    /// Prints of strangers who say one word; empty where there are no such recordings.
    fn words(&mut self, speech: &std::path::Path, vad: &mut dyn Vad, limit: usize) -> Result<Vec<VoicePrint>> {
        let folder = speech.join("keywords");
        let mut prints = Vec::new();
        for path in if folder.is_dir() { recordings(&folder)? } else { Vec::new() }.into_iter().take(limit) {
            prints.extend(self.encode(&speech_of(&read_all(&path)?, vad)?));
        }
        Ok(prints)
    }

    /// Milliseconds for a second of sound.
    #[allow(clippy::cast_precision_loss)]
    fn cost(&self) -> f64 {
        self.spent.as_secs_f64() * 1_000.0 * f64::from(RATE) / self.sound.max(1) as f64
    }
}

/// golem's voice in two halves.
fn golem(mut voice: Box<dyn Synthesizer>, vad: &mut dyn Vad) -> Result<[Vec<f32>; 2]> {
    let mut halves = [Vec::new(), Vec::new()];
    for (at, sentence) in SENTENCES.into_iter().enumerate() {
        let speech = delivery::speak(&mut *voice, sentence, &Ticket::standing())?;
        let samples = resample(&speech.samples, speech.timing.rate, RATE);
        halves[at % 2].extend(speech_of(&samples, vad)?);
    }
    Ok(halves)
}

/// Enrols each half: the person's other half is to be let in, windows of `others` are not.
fn judged(people: &[Vec<HalfPrints>], others: &[Vec<HalfPrints>], length: usize) -> VoiceScores {
    let mut scores = VoiceScores::default();
    for (at, person) in people.iter().enumerate() {
        let strangers = others.iter().enumerate().filter(|(other, _)| *other != at).flat_map(|(_, halves)| halves);
        let windows: Vec<&VoicePrint> = strangers.flat_map(|half| &half.windows[length]).collect();
        scores.extend(&against(std::slice::from_ref(person), &windows, length));
    }
    scores
}

/// Enrols each half: the person's other half is to be let in, `strangers` are not.
fn against(people: &[Vec<HalfPrints>], strangers: &[&VoicePrint], length: usize) -> VoiceScores {
    let mut scores = VoiceScores::default();
    for person in people {
        let [first, second] = &person[..] else { continue };
        for (enrolled, tested) in [(first, second), (second, first)] {
            scores.own.extend(tested.windows[length].iter().map(|window| enrolled.whole.similarity(window)));
            scores.others.extend(strangers.iter().map(|window| enrolled.whole.similarity(window)));
        }
    }
    scores
}

/// A line of the table; `None` if there was nothing to judge.
fn row(material: &str, seconds: usize, scores: &VoiceScores) -> Option<SpeakerRow> {
    let equal = scores.equal_error()?;
    Some(SpeakerRow {
        material: material.into(),
        seconds,
        own: scores.own.len(),
        others: scores.others.len(),
        equal_error: equal.rate,
        threshold: equal.threshold,
        missed_at_1_percent: scores.missed_at(0.01)?,
        own_median: median(&scores.own)?,
        others_median: median(&scores.others)?,
    })
}

fn median(scores: &[f32]) -> Option<f64> {
    let mut sorted: Vec<f64> = scores.iter().map(|score| f64::from(*score)).collect();
    sorted.sort_by(f64::total_cmp);
    quantile(&sorted, 0.5)
}

fn print(rows: &[SpeakerRow]) {
    println!(
        "| voice | seconds | own | others | equal error | at likeness | own missed, 1 % of others let in | own | others |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for row in rows {
        println!(
            "| {} | {} | {} | {} | {:.1} % | {:.2} | {:.1} % | {:.2} | {:.2} |",
            row.material,
            row.seconds,
            row.own,
            row.others,
            100.0 * row.equal_error,
            row.threshold,
            100.0 * row.missed_at_1_percent,
            row.own_median,
            row.others_median
        );
    }
}

/// One curve for each length: the share of the own voice that is let in, against that of others.
fn chart(curves: &[(usize, VoiceScores)]) -> Chart {
    let curve = |(seconds, scores): &(usize, VoiceScores)| {
        let point = |threshold| (100.0 * scores.let_in(threshold), 100.0 * (1.0 - scores.missed(threshold)));
        let thresholds = (0..=50_u8).rev().map(|step| f32::from(step) / 50.0);
        Curve { name: format!("{seconds} s of voice"), points: thresholds.map(point).collect() }
    };
    let curves: Vec<Curve> = curves.iter().map(curve).collect();
    Chart {
        title: "The enrolled voice let in, and other voices that are".into(),
        x: Axis::log("other voices let in, in %", 0.1, 100.0),
        y: Axis::linear("the enrolled voice let in, in %", 0.0, 100.0),
        curves,
    }
}
