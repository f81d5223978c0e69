//! The closed loop in all conditions, on several threads: hours of golem alone, people who interrupt it, and their
//! words.

use std::sync::Mutex;

use anyhow::Result;

use super::args::{EchoArgs, EchoRooms};
use super::book::{Pitch, StoryVoice, TalkingBook, told, voices};
use super::closed::{ClosedCase, ClosedRun, LoggedVad, MetPerson, PlannedPerson, alone, echo_level, interrupted};
use super::condition::{EchoCondition, conditions};
use super::people::{Interjection, short_name};
use super::signs::SignsFile;
use super::tally::{CUT, DUCKED, PersonRow, TalkRow};
use crate::bench::jobs::spread;
use crate::config::Config;
use crate::engine::registry::{self, Files};

/// Levels of people relative to golem's echo, in decibels.
pub const LEVELS: [f32; 3] = [0.0, -6.0, 6.0];
/// Seconds that golem talks in one go in a drawn condition: nearly all that it takes for a person comes while the canceller
/// settles.
const DRAWN: f64 = 20.0;
/// Seconds that golem talks in one go, at least and at most.
const STRETCH: (f64, f64) = (60.0, 240.0);
/// People of one conversation.
const TOGETHER: usize = 4;

/// The set-up of the closed loop.
pub struct CrowdStand<'a> {
    pub args: &'a EchoArgs,
    pub config: &'a Config,
    pub files: &'a Files,
    pub voices: &'a [StoryVoice],
    pub people: &'a [Interjection],
    /// Where the signs of all frames are written, if they are wanted.
    pub signs: Option<&'a SignsFile>,
}

/// The engines of one thread.
struct CrowdEngines {
    vad: LoggedVad,
    books: Vec<TalkingBook>,
}

/// A condition, and the index of the voice that speaks there.
type CrowdCell = (EchoCondition, usize);

impl CrowdStand<'_> {
    /// All conditions once for each voice, in a random order: in each pass every condition gets another voice.
    fn cells(&self, random: &mut fastrand::Rng) -> Vec<CrowdCell> {
        let all = conditions();
        let half = self.args.half.map(|half| half as usize);
        let mut cells = Vec::new();
        for pass in 0..self.voices.len() {
            let begin = cells.len();
            let wanted = all.iter().enumerate().filter(|(number, _)| half.is_none_or(|half| number % 2 == half));
            cells.extend(wanted.map(|(number, condition)| (*condition, (number / 2 + pass) % self.voices.len())));
            random.shuffle(&mut cells[begin..]);
        }
        cells
    }

    fn drawn(&self) -> bool {
        self.args.rooms == EchoRooms::Drawn
    }

    fn open(&self) -> Result<CrowdEngines> {
        let spoken = voices(&self.config.tts, self.files)?.into_iter().zip(self.voices);
        let books = spoken.map(|((_, voice), known)| TalkingBook::new(voice, &known.pages)).collect();
        Ok(CrowdEngines { vad: LoggedVad::new(registry::vad(self.files)?), books })
    }

    fn case<'a>(
        &'a self,
        engines: &CrowdEngines,
        (condition, voice): CrowdCell,
        number: usize,
        seconds: f64,
    ) -> ClosedCase<'a> {
        ClosedCase {
            config: self.config,
            files: self.files,
            vad: engines.vad.clone(),
            ears: None,
            voice: engines.books[voice].at(self.pitch(&mut fastrand::Rng::with_seed(seed(self.args.seed, number)))),
            story: told(number * 7, seconds),
            room: condition.spec,
            noise: condition.noise,
            seed: seed(self.args.seed, number),
            signs: self.signs,
        }
    }

    /// Golem alone for the hours that were asked for.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // hours
    pub fn alone(&self) -> Result<Vec<TalkRow>> {
        let cells = self.cells(&mut fastrand::Rng::with_seed(self.args.seed));
        let seconds = self.args.hours * 3_600.0;
        let even = (seconds / cells.len() as f64).clamp(STRETCH.0, STRETCH.1);
        let stretch = if self.drawn() { DRAWN } else { even };
        let count = (seconds / stretch).ceil() as usize;
        self.rows("golem alone", count, &cells, |engines, cell, number| {
            let run = alone(self.case(engines, cell, number, stretch), stretch)?;
            self.trace_cuts(cell, &run);
            Ok(run)
        })
    }

    /// People over golem, as many as were asked for.
    pub fn interrupted(&self) -> Result<Vec<TalkRow>> {
        let mut random = fastrand::Rng::with_seed(self.args.seed.wrapping_add(1));
        let cells = self.cells(&mut random);
        let mut order: Vec<usize> = (0..self.people.len()).collect();
        random.shuffle(&mut order);
        self.rows("people over golem", self.args.count.div_ceil(TOGETHER), &cells, |engines, cell, number| {
            let (condition, voice) = cell;
            let echo = echo_level(condition.spec, &self.voices[voice].story);
            let mut random = fastrand::Rng::with_seed(seed(self.args.seed, number));
            let from = number * TOGETHER;
            let mut plan: Vec<PlannedPerson> = (from..self.args.count.min(from + TOGETHER))
                .map(|n| {
                    let who = order[n % order.len()];
                    let aside = if self.drawn() { random.choice([-3.0, 0.0, 3.0]).unwrap_or_default() } else { 0.0 };
                    let (pitch, level) = (self.pitch(&mut random), LEVELS[n % LEVELS.len()] + aside);
                    let after = self.args.after.at(random.f64());
                    PlannedPerson::new((who, &self.people[who]), pitch, level, echo, after)
                })
                .collect();
            let (mut whole, mut again) = (ClosedRun::default(), number);
            while !plan.is_empty() {
                let run = interrupted(self.case(engines, cell, again, 60.0), &plan)?;
                // The people who are left hear another part of the story.
                again += 1;
                self.trace_cuts(cell, &run);
                run.people.iter().for_each(|person| self.trace_person(cell, person));
                plan.drain(..run.had_turn.min(plan.len()));
                whole.add(run);
            }
            Ok(whole)
        })
    }

    /// A row for each of `count` conversations; `task` holds them in the cells by turns.
    fn rows(
        &self,
        what: &'static str,
        count: usize,
        cells: &[CrowdCell],
        task: impl Fn(&CrowdEngines, CrowdCell, usize) -> Result<ClosedRun> + Sync,
    ) -> Result<Vec<TalkRow>> {
        let progress = CrowdProgress { what, count, done: Mutex::new(0) };
        spread(
            self.args.jobs,
            count,
            || self.open(),
            |engines, number| {
                let cell = self.cell(cells, number);
                let run = task(engines, cell, number)?;
                progress.step();
                Ok(self.row(cell, run))
            },
        )
    }

    /// The condition of a conversation, and the index of its voice.
    fn cell(&self, cells: &[CrowdCell], number: usize) -> CrowdCell {
        let (condition, voice) = cells[number % cells.len()];
        let mut random = fastrand::Rng::with_seed(!seed(self.args.seed, number));
        (if self.drawn() { EchoCondition::drawn(&mut random) } else { condition }, voice)
    }

    fn pitch(&self, random: &mut fastrand::Rng) -> Pitch {
        if self.drawn() { Pitch::drawn(random) } else { Pitch::OWN }
    }

    fn row(&self, (condition, voice): CrowdCell, run: ClosedRun) -> TalkRow {
        let person = |met: MetPerson| {
            let unhindered = self.people[met.who].unhindered;
            PersonRow {
                level: met.level,
                ducked: met.ducked,
                cut: met.cut,
                ducked_unhindered: unhindered.duck,
                cut_unhindered: unhindered.cut,
            }
        };
        TalkRow {
            voice: self.voices[voice].name.clone(),
            room: condition.room,
            kind: condition.kind,
            gain: condition.gain,
            seconds: run.seconds,
            own_ducks: run.own_ducks,
            own_cuts: run.own_cuts,
            people: run.people.into_iter().map(person).collect(),
        }
    }

    /// Prints where golem fell silent by itself.
    fn trace_cuts(&self, (condition, voice): CrowdCell, run: &ClosedRun) {
        for at in run.own_cuts.iter().filter(|_| self.args.trace) {
            eprintln!("silent by itself: {} in {}, after {at:.2} s", self.voices[voice].name, condition.spec);
        }
    }

    /// Prints a person for whom golem was too late.
    fn trace_person(&self, (condition, voice): CrowdCell, met: &MetPerson) {
        let late = |time: Option<f64>, limit: f64| time.is_none_or(|time| time > limit);
        if !self.args.trace || !late(met.ducked, DUCKED) && !late(met.cut, CUT) {
            return;
        }
        let ms = |time: Option<f64>| time.map_or("never".into(), |time| format!("{:.0} ms", time * 1_000.0));
        let person = &self.people[met.who];
        eprintln!(
            "late: {} at {:+} dB over {} in {}, at {:.2} s: quieter {} ({}), silent {} ({})",
            short_name(&person.path),
            met.level,
            self.voices[voice].name,
            condition.spec,
            met.begin,
            ms(met.ducked),
            ms(person.unhindered.duck),
            ms(met.cut),
            ms(person.unhindered.cut),
        );
        let frames = met.frames.iter().map(|(probability, level)| format!("{probability:.2}/{level:.0}"));
        eprintln!("    {}", frames.collect::<Vec<_>>().join(" "));
    }
}

impl ClosedRun {
    /// Adds another conversation in the same condition.
    fn add(&mut self, other: Self) {
        self.seconds += other.seconds;
        self.own_ducks += other.own_ducks;
        self.own_cuts.extend(other.own_cuts);
        self.people.extend(other.people);
    }
}

/// A seed for each conversation.
fn seed(all: u64, number: usize) -> u64 {
    all.wrapping_mul(1_000_003).wrapping_add(number as u64)
}

/// A line on standard error now and then.
struct CrowdProgress {
    what: &'static str,
    count: usize,
    done: Mutex<usize>,
}

impl CrowdProgress {
    fn step(&self) {
        let Ok(mut done) = self.done.lock() else { return };
        *done += 1;
        if *done % 10 == 0 || *done == self.count {
            eprintln!("{}: {} of {} conversations", self.what, *done, self.count);
        }
    }
}
