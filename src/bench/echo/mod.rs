//! `golem bench echo`: how well golem keeps from hearing itself, and hears people over itself.
//!
//! In simulated rooms golem reads a story in each of its voices while people speak over it. The open loop measures what
//! cancellers leave of echo and people, and what each rule makes of that; the closed loop has the whole golem duck, cut
//! and go on by what it hears. Real pairs of loudspeaker and microphone show what simulation leaves out.

mod args;
pub(super) mod book;
mod closed;
mod condition;
mod crowd;
mod open;
mod pairs;
pub(super) mod people;
mod report;
mod rule;
mod signs;
mod tally;
mod watch;
mod words;

use anyhow::{Result, ensure};

use super::checkout::{beside, default_voices};
use crate::config::Config;
use crate::config::echo::Canceller;
use crate::engine::registry::{self, Files};
use crate::signal::frame::FRAME_MS;
pub use args::EchoArgs;
use args::EchoPart;
use book::StoryVoice;
use condition::{EchoCondition, conditions};
use crowd::CrowdStand;
use open::{OpenCase, OpenRun};
use people::Interjection;
use report::{OpenRow, Report, RuleRow};
use rule::{BargeRule, RULES, RuleScore};
use signs::SignsFile;

/// Longest that a person speaks over golem in the loops, in seconds.
const SAYS: f32 = 1.6;
/// Folders of people beside the checkout.
const PEOPLE: [&str; 4] = ["voices", "sentences", "commands", "keywords"];

pub fn run(args: &EchoArgs, config: &Config, files: &Files) -> Result<()> {
    let wants = |part| args.part.is_empty() || args.part.contains(&part);
    if args.signs.is_some() {
        let shown = config.echo.canceller.resolved() == Canceller::Aec3 && wants(EchoPart::Closed);
        ensure!(shown, "only aec3 shows signs, in the closed loop: add --part closed --set echo.canceller=aec3");
    }
    let mut report = Report { seed: args.seed, after: args.after, ..Report::default() };
    if let Some(folder) = args.pairs.clone().or_else(|| beside("echo/real")).filter(|_| wants(EchoPart::Pairs)) {
        report.pairs = pairs::run(&folder, cancellers(args, config)[0], files)?;
    }
    let loops = wants(EchoPart::Open) || wants(EchoPart::Closed);
    let people = if loops { folks(args, config, files, &mut report)? } else { Vec::new() };
    let stories = if loops || wants(EchoPart::Words) { book::read(&config.tts, files)? } else { Vec::new() };
    if wants(EchoPart::Open) {
        open_loop(args, config, files, &stories, &people, &mut report)?;
    }
    if wants(EchoPart::Closed) {
        let signs = args.signs.as_deref().map(|path| SignsFile::create(path, args.noise)).transpose()?;
        let stand = CrowdStand { args, config, files, voices: &stories, people: &people, signs: signs.as_ref() };
        report.alone = stand.alone()?;
        report.interrupted = stand.interrupted()?;
    }
    if wants(EchoPart::Words) {
        report.words = words::run(args, config, files, &stories)?;
    }
    report.print(args.json)?;
    args.svg.as_deref().map_or(Ok(()), |file| report.draw(file))
}

/// The people who speak over golem; those without a voice at their onset are left out.
fn folks(args: &EchoArgs, config: &Config, files: &Files, report: &mut Report) -> Result<Vec<Interjection>> {
    let mut folders = args.voices.clone();
    if folders.is_empty() {
        folders = PEOPLE.into_iter().filter_map(beside).collect();
    }
    if folders.is_empty() {
        folders.push(default_voices());
    }
    let mut people = people::interjections(&folders, SAYS, config, registry::vad(files)?.as_mut())?;
    people.retain(|person| args.half.is_none_or(|half| person.half() == half as usize));
    let all = people.len();
    people.retain(|person| args.noise || person.speaks_at_onset());
    ensure!(!people.is_empty(), "no recording has a voice at its onset; name other folders with --voices");
    (report.people, report.left_out) = (people.len(), all - people.len());
    Ok(people)
}

fn cancellers(args: &EchoArgs, config: &Config) -> Vec<Canceller> {
    if args.cancellers.is_empty() { vec![config.echo.canceller] } else { args.cancellers.clone() }
}

fn open_loop(
    args: &EchoArgs,
    config: &Config,
    files: &Files,
    stories: &[StoryVoice],
    people: &[Interjection],
    report: &mut Report,
) -> Result<()> {
    let mut vad = registry::vad(files)?;
    for canceller in cancellers(args, config) {
        let mut runs: Vec<OpenRun> = Vec::new();
        for (number, EchoCondition { room, kind, gain, spec, .. }) in conditions().into_iter().enumerate() {
            let StoryVoice { name, story, .. } = &stories[number % stories.len()];
            eprintln!("{canceller} {room} {kind} {gain} dB, {name}");
            let beside = open::beside_people(spec, story, gain);
            let seed = args.seed.wrapping_mul(1_000).wrapping_add(number as u64);
            let case = OpenCase { golem: story, room: beside, canceller, seconds: args.seconds, seed };
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
                room,
                kind: kind.into(),
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
