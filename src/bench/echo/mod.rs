//! `golem bench echo`: how well golem keeps from hearing itself, and hears people over itself.
//!
//! In simulated rooms golem reads a story in each of its voices while people speak over it. The open loop measures what
//! cancellers leave of echo and people, and what each rule makes of that; the closed loop has the whole golem duck, cut and
//! go on by what it hears. Real pairs of loudspeaker and microphone show what simulation leaves out.

mod closed;
mod open;
mod pairs;
pub(super) mod people;
mod report;
mod rule;

use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;
use strum::VariantNames;

use super::asr::corpus;
use super::checkout::{beside, default_voices};
use super::shared::SharedEngine;
use crate::config::Config;
use crate::config::echo::{Canceller, EchoFeed};
use crate::device::wav::read_all;
use crate::engine::registry::{self, Files};
use crate::signal::echo::EchoSpec;
use crate::signal::frame::FRAME_MS;
use crate::signal::room::ROOMS;
use closed::{ClosedCase, ClosedScore, TalkingBook};
use open::{OpenCase, OpenRun};
use people::Interjection;
use report::{OpenRow, Report, RuleRow, WordRow};
use rule::{BargeRule, RULES, RuleScore};

/// Longest that a person speaks over golem in the loops, in seconds.
const SAYS: f32 = 1.6;
/// Seconds that golem talks in one go in the closed loop.
const STRETCH: f64 = 240.0;
/// Levels of the echo beside people, in decibels.
const GAINS: [f32; 3] = [-6.0, -12.0, -20.0];
/// Delays of the sound system, in milliseconds: a room each.
const DELAYS: [u32; 5] = [40, 90, 150, 200, 250];

/// What to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EchoPart {
    /// Cancellers and rules, in 60 conditions.
    Open,
    /// Real pairs of loudspeaker and microphone.
    Pairs,
    /// The whole golem, talking and interrupted.
    Closed,
    /// Words said over the reply, as speech to text gets them.
    Words,
}

/// How to measure.
#[derive(Debug, clap::Args)]
pub struct EchoArgs {
    /// What to measure [default: all]
    #[arg(long, value_enum, value_delimiter = ',')]
    part: Vec<EchoPart>,
    /// Cancellers of the open loop; `off` hears the microphone as it is [default: that of the config]
    #[arg(long, value_delimiter = ',', value_parser = canceller)]
    cancellers: Vec<Canceller>,
    /// Folder of recordings of people who speak over golem [default: ../shared/speech/keywords of the checkout where that
    /// is, its synthesised fixtures otherwise]
    #[arg(long, value_name = "FOLDER")]
    voices: Option<PathBuf>,
    /// Folder of pairs NAME_lpb and NAME_mic [default: ../shared/speech/echo/real where that is]
    #[arg(long, value_name = "FOLDER")]
    pairs: Option<PathBuf>,
    /// Folders of recordings with a manifest of their words [default: ../shared/speech/sentences where that is]
    #[arg(long, value_name = "FOLDER")]
    words: Vec<PathBuf>,
    /// Recordings of words to say over golem, for each feed
    #[arg(long, default_value_t = 20)]
    said: usize,
    /// Seconds of each condition of the open loop
    #[arg(long, default_value_t = 60.0)]
    seconds: f64,
    /// Hours that golem talks to itself in the closed loop
    #[arg(long, default_value_t = 0.5)]
    hours: f64,
    /// People who speak over it in the closed loop
    #[arg(long, default_value_t = 100)]
    count: usize,
    /// Seed of moments and people
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A report for programs, on standard output
    #[arg(long)]
    json: bool,
    /// The curve of people found against golem taken for one, as a picture
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

fn canceller(text: &str) -> Result<Canceller, String> {
    text.parse().map_err(|_| format!("there are {}", Canceller::VARIANTS.join(", ")))
}

pub fn run(args: &EchoArgs, config: &Config, files: &Files) -> Result<()> {
    let wants = |part| args.part.is_empty() || args.part.contains(&part);
    let folder = args.voices.clone().or_else(|| beside("keywords")).unwrap_or_else(default_voices);
    let people = people::interjections(&folder, SAYS)?;
    let mut report = Report { people: people.len(), seed: args.seed, ..Report::default() };
    let mut voices = people::voices(&config.tts, files)?;
    let mut stories = Vec::new();
    for (name, voice) in &mut voices {
        eprintln!("{name} reads its story …");
        stories.push((name.clone(), people::spoken(voice.as_mut())?));
    }
    if wants(EchoPart::Open) {
        open_loop(args, config, files, &stories, &people, &mut report)?;
    }
    if let Some(folder) = args.pairs.clone().or_else(|| beside("echo/real")).filter(|_| wants(EchoPart::Pairs)) {
        report.pairs = pairs::run(&folder, cancellers(args, config)[0], registry::vad(files)?.as_mut())?;
    }
    let vad = SharedEngine::new(registry::vad(files)?);
    for ((name, voice), (_, story)) in voices.into_iter().zip(&stories) {
        let stand = EchoStand { config, vad: vad.clone(), voice: TalkingBook::new(voice), story };
        if wants(EchoPart::Closed) {
            let score = closed_loop(args, &stand, &people)?;
            report.closed.push((name, score));
        }
        if wants(EchoPart::Words) && report.words.is_empty() {
            report.words = words(args, &stand, files)?;
        }
    }
    report.print(args.json)?;
    args.svg.as_deref().map_or(Ok(()), |file| report.draw(file))
}

fn cancellers(args: &EchoArgs, config: &Config) -> Vec<Canceller> {
    if args.cancellers.is_empty() { vec![config.echo.canceller] } else { args.cancellers.clone() }
}

/// The rooms with all levels and disturbances, and what they are called.
fn conditions() -> Vec<(String, EchoSpec, f32)> {
    let mut all = Vec::new();
    for (room, delay_ms) in ROOMS.into_iter().zip(DELAYS) {
        let plain = EchoSpec { delay_ms, ..EchoSpec::new(room) };
        for gain in GAINS {
            let kinds = [
                ("plain", plain),
                ("100 ppm", EchoSpec { drift_ppm: 100.0, ..plain }),
                ("clip", EchoSpec { clips: true, ..plain }),
                ("moving", EchoSpec { moves: true, ..plain }),
            ];
            all.extend(kinds.map(|(kind, spec)| (kind.to_string(), spec, gain)));
        }
    }
    all
}

fn open_loop(
    args: &EchoArgs,
    config: &Config,
    files: &Files,
    stories: &[(String, Vec<f32>)],
    people: &[Interjection],
    report: &mut Report,
) -> Result<()> {
    let mut vad = registry::vad(files)?;
    for canceller in cancellers(args, config) {
        let mut runs: Vec<OpenRun> = Vec::new();
        for (number, (kind, spec, gain)) in conditions().into_iter().enumerate() {
            let (voice, story) = &stories[number % stories.len()];
            eprintln!("{} {} {kind} {gain} dB, {voice}", canceller, spec.room.name);
            let room = open::beside_people(spec, story, gain);
            let seed = args.seed.wrapping_mul(1_000).wrapping_add(number as u64);
            let case = OpenCase { golem: story, room, canceller, seconds: args.seconds, seed };
            let run = open::run(&case, people, vad.as_mut())?;
            let own = |threshold, ms: u64| {
                let frames = usize::try_from(ms / FRAME_MS).unwrap_or(1).max(1);
                let mut score = RuleScore::default();
                BargeRule { threshold, frames }.score(&run, &mut score);
                score.own
            };
            let bar = &config.barge_in;
            report.open.push(OpenRow {
                canceller,
                room: spec.room.name,
                kind,
                gain,
                levels: run.levels,
                own_ducks: own(bar.duck_threshold, 0),
                own_cuts: own(bar.threshold, bar.clean_cut_ms),
            });
            runs.push(run);
        }
        for rule in RULES {
            let mut score = RuleScore::default();
            for run in &runs {
                rule.score(run, &mut score);
            }
            report.rules.push(RuleRow { canceller, rule: *rule, score });
        }
    }
    Ok(())
}

/// What the closed loop takes place with.
struct EchoStand<'a> {
    config: &'a Config,
    vad: SharedEngine<dyn crate::engine::Vad>,
    voice: TalkingBook,
    story: &'a [f32],
}

impl EchoStand<'_> {
    /// The conversation number `number`: rooms and disturbances take turns, at -12 dB.
    fn case<'a>(&'a self, config: &'a Config, number: usize) -> ClosedCase<'a> {
        let all = conditions();
        let same: Vec<_> = all.into_iter().filter(|(_, _, gain)| (*gain + 12.0).abs() < 0.1).collect();
        let (_, spec, gain) = &same[number * 7 % same.len()];
        let room = open::beside_people(*spec, self.story, *gain);
        ClosedCase { config, vad: self.vad.clone(), ears: None, voice: self.voice.clone(), room }
    }
}

fn closed_loop(args: &EchoArgs, stand: &EchoStand, people: &[Interjection]) -> Result<ClosedScore> {
    let mut random = fastrand::Rng::with_seed(args.seed);
    let mut score = ClosedScore::default();
    let mut number = 0;
    while score.seconds < args.hours * 3_600.0 {
        score.add(closed::alone(&stand.case(stand.config, number), STRETCH)?);
        number += 1;
        eprintln!("golem has talked for {:.0} s and cut itself short {} times", score.seconds, score.own_cuts);
    }
    let mut left = args.count;
    while left > 0 {
        let some: Vec<Interjection> = (0..left.min(8)).map(|_| people[random.usize(..people.len())].clone()).collect();
        score.add(closed::interrupted(&stand.case(stand.config, number), &some, &mut random)?);
        number += 1;
        left -= some.len();
        eprintln!("{} people have spoken over golem", score.cut.len());
    }
    Ok(score)
}

/// Words said over the reply, for each of the feeds, and without a canceller.
fn words(args: &EchoArgs, stand: &EchoStand, files: &Files) -> Result<Vec<WordRow>> {
    let folders = if args.words.is_empty() { beside("sentences").into_iter().collect() } else { args.words.clone() };
    if folders.is_empty() {
        return Ok(Vec::new());
    }
    let corpus = corpus::read(&folders, Some(args.said))?;
    let mut said = Vec::new();
    for recording in &corpus {
        if let Some(person) = people::interjection(&read_all(&recording.path)?, 30.0) {
            said.push((person, recording.words.clone()));
        }
    }
    let ears = SharedEngine::new(registry::asr(&stand.config.asr, files, None)?.engine);
    let mut rows = Vec::new();
    let feeds = [
        ("sonora, full", Canceller::Sonora, EchoFeed::Full),
        ("aec3, full", Canceller::Aec3, EchoFeed::Full),
        ("aec3, linear", Canceller::Aec3, EchoFeed::Linear),
        ("sonora, raw", Canceller::Sonora, EchoFeed::Raw),
    ];
    for (name, canceller, feed) in feeds {
        let mut config = stand.config.clone();
        (config.echo.canceller, config.echo.feed) = (canceller, feed);
        let mut row = WordRow { feed: name.into(), ..WordRow::default() };
        for (number, some) in said.chunks(4).enumerate() {
            let mut case = stand.case(&config, number);
            case.ears = Some(ears.clone());
            let people: Vec<Interjection> = some.iter().map(|(person, _)| person.clone()).collect();
            // The same moments for all feeds.
            let mut random = fastrand::Rng::with_seed(args.seed + number as u64);
            let heard = closed::interrupted(&case, &people, &mut random)?;
            for (person, text) in &heard.words {
                row.add(&some[*person].1, text);
            }
            eprintln!("{name}: {} of {} words wrong", row.errors, row.words);
        }
        rows.push(row);
    }
    Ok(rows)
}
