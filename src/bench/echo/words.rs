//! Words said over the reply, as speech to text gets them by way of each feed.

use anyhow::Result;
use serde::Serialize;

use super::args::EchoArgs;
use super::book::{Pitch, StoryVoice, TalkingBook, told, voices};
use super::closed::{ClosedCase, ClosedLoopAsr, LoggedVad, PlannedPerson, echo_level, interrupted};
use super::condition::{EchoCondition, conditions};
use super::crowd::LEVELS;
use super::people::{Interjection, interjection};
use crate::bench::asr::corpus;
use crate::bench::checkout::beside;
use crate::bench::shared::SharedEngine;
use crate::config::Config;
use crate::config::echo::{Canceller, EchoFeed};
use crate::device::wav::read_all;
use crate::engine::Transcriber;
use crate::engine::registry::{self, Files};
use crate::turn::Ticket;

/// The feeds and their names in the table.
const FEEDS: [(&str, Canceller, EchoFeed); 4] = [
    ("sonora, full", Canceller::Sonora, EchoFeed::Full),
    ("aec3, full", Canceller::Aec3, EchoFeed::Full),
    ("aec3, linear", Canceller::Aec3, EchoFeed::Linear),
    ("sonora, raw", Canceller::Sonora, EchoFeed::Raw),
];
/// Longest recording that is said, in seconds.
const LONGEST: f32 = 30.0;

/// Words said over the reply and heard by way of one feed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct WordRow {
    pub feed: String,
    pub recordings: usize,
    /// Recordings of which no word was heard.
    pub unheard: usize,
    pub words: usize,
    pub errors: usize,
}

impl WordRow {
    /// Adds what was said and what was heard of it.
    fn add(&mut self, said: &[String], heard: &str) {
        let heard = corpus::words(heard);
        self.recordings += 1;
        self.unheard += usize::from(heard.is_empty());
        self.words += said.len();
        self.errors += corpus::errors(said, &heard);
    }
}

/// Says recordings over golem, each in a conversation of its own. All feeds get the same ones.
pub fn run(args: &EchoArgs, config: &Config, files: &Files, stories: &[StoryVoice]) -> Result<Vec<WordRow>> {
    let folders = if args.words.is_empty() { beside("sentences").into_iter().collect() } else { args.words.clone() };
    if folders.is_empty() {
        return Ok(Vec::new());
    }
    let mut said: Vec<(Interjection, Vec<String>)> = Vec::new();
    for recording in corpus::read(&folders, Some(args.said))? {
        if let Some(person) = interjection(&read_all(&recording.path)?, LONGEST) {
            said.push((person, recording.words));
        }
    }
    let mut asr = SharedEngine::new(registry::asr(&config.asr, files, None)?.engine);
    let mut alone = WordRow { feed: "the recordings themselves".into(), ..WordRow::default() };
    for (person, words) in &said {
        asr.start()?;
        asr.accept(&person.samples)?;
        alone.add(words, &asr.finish(&Ticket::standing())?.text);
    }
    let mut rows = vec![alone];
    let vad = LoggedVad::new(registry::vad(files)?);
    let opened = voices(&config.tts, files)?.into_iter().zip(stories);
    let books: Vec<TalkingBook> = opened.map(|((_, voice), known)| TalkingBook::new(voice, &known.pages)).collect();
    let conditions = conditions();
    for (name, canceller, feed) in FEEDS {
        let mut config = config.clone();
        (config.echo.canceller, config.echo.feed) = (canceller, feed);
        let mut row = WordRow { feed: name.into(), ..WordRow::default() };
        for (number, (person, words)) in said.iter().enumerate() {
            let EchoCondition { spec, noise, .. } = conditions[number * 7 % conditions.len()];
            let voice = number % books.len();
            let after = args.after.at(fastrand::Rng::with_seed(args.seed.wrapping_add(number as u64)).f64());
            let echo = echo_level(spec, &stories[voice].story);
            let plan = [PlannedPerson::new((0, person), Pitch::OWN, LEVELS[number % LEVELS.len()], echo, after)];
            let case = ClosedCase {
                config: &config,
                files,
                vad: vad.clone(),
                ears: Some(ClosedLoopAsr { asr: asr.clone(), turn: registry::turn(files)? }),
                voice: books[voice].clone(),
                story: told(number * 7, 60.0),
                room: spec,
                noise,
                seed: number as u64,
                signs: None,
            };
            let heard = interrupted(case, &plan)?;
            row.add(words, heard.people.first().map_or("", |met| &met.words));
        }
        eprintln!("{name}: {} of {} words wrong", row.errors, row.words);
        rows.push(row);
    }
    Ok(rows)
}

/// Prints the table of all feeds.
#[allow(clippy::cast_precision_loss)] // words
pub fn print(rows: &[WordRow]) {
    if rows.is_empty() {
        return;
    }
    println!("\n| speech to text gets | recordings | unheard | words | wrong | WER |\n|---|---|---|---|---|---|");
    for WordRow { feed, recordings, unheard, words, errors } in rows {
        let rate = 100.0 * *errors as f64 / (*words).max(1) as f64;
        println!("| {feed} | {recordings} | {unheard} | {words} | {errors} | {rate:.1} % |");
    }
}
