//! Starting up: every engine is built inside its own thread, all at the same time.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::equip::{self, InUse, Lines};
use super::offers::{Catalogue, Voices};
use super::wishes::Wishes;
use super::{Equipment, Switches};
use crate::action::Performer;
use crate::command::Commands;
use crate::config::Config;
use crate::control::{Ready, Update};
use crate::device::loudness::Loudness;
use crate::engine::registry::{self, Files, Sentences};
use crate::message::Event;
use crate::turn::TurnClock;
use crate::worker::actor::Actor;
use crate::worker::ear::Heard;
use crate::worker::scribe::Scribe;
use crate::worker::thinker::Thinker;
use crate::worker::understander::Understander;
use crate::worker::{Handle, actor, player, scribe, thinker, voice};

/// Frames the loop may lag behind the ear: two seconds. Beyond that the oldest is dropped and counted.
const FRAMES: usize = 64;
/// Jobs that may wait for an engine: a minute of audio for the ears.
pub const JOBS: usize = 2048;
/// Orders that are carried out at the same time.
const HANDS: usize = 3;
/// News that may wait for the loop.
const EVENTS: usize = 1024;

/// All that runs.
pub struct Parts {
    pub events: Receiver<Event>,
    pub heard: Receiver<Heard>,
    pub ear: Handle<()>,
    pub scribe: Handle<scribe::Job>,
    pub thinker: Option<Handle<thinker::Job>>,
    pub orders: Sender<actor::Job>,
    pub actors: Vec<Handle<()>>,
    pub voice: Handle<voice::Job>,
    pub player: Handle<player::Job>,
    pub switches: Switches,
    pub clock: TurnClock,
    pub wanted: TurnClock,
    pub allowed: TurnClock,
    pub speculates: bool,
    pub wishes: Wishes,
    pub catalogue: Catalogue,
    /// How loud golem itself is.
    pub loudness: Loudness,
}

/// A part became ready, or never will.
pub type Report = Result<Ready, String>;

pub fn ready(part: &'static str, what: String, why: impl Into<String>) -> Ready {
    Ready { part, what, why: why.into() }
}

/// Starts all threads and waits until every engine is ready and warm; `None` when one cannot be, which has then been
/// told.
///
/// # Errors
/// When the system refuses a thread.
pub fn boot(config: &Config, equipment: &Equipment, updates: &Sender<Update>) -> std::io::Result<Option<Parts>> {
    let (files, commands) = (&equipment.files, equipment.commands.as_ref());
    let (clock, wanted, allowed, switches) =
        (TurnClock::new(), TurnClock::new(), TurnClock::new(), Switches::default());
    let (events_in, events) = bounded(EVENTS);
    let (heard_in, heard) = bounded(FRAMES);
    let (clips_in, clips) = bounded(JOBS);
    let (reports, booted) = bounded(16);
    let (rate_in, rate) = bounded(1);
    let (loudness_in, loudness) = bounded(1);
    let (streams_in, streams) = bounded(1);
    let (orders, jobs) = bounded(JOBS);
    let (wishes, inbox) = Wishes::new();
    let voices = Arc::new(Voices::new(config, files, &equipment.places));
    let catalogue = Catalogue::new(Arc::clone(&voices), InUse::default());
    let lines = Lines { updates: updates.clone(), events: events_in, reports, in_use: catalogue.in_use() };

    let heard_ends = (heard_in, heard.clone());
    let parts = Parts {
        ear: equip::ear(config, files, &switches, heard_ends, inbox.microphone, equipment.meter.clone(), &lines)?,
        scribe: scribe(config, files, commands, &wanted, &lines, streams_in)?,
        thinker: (!config.intents.only).then(|| thinker(config, files, &clock, &lines)).transpose()?,
        actors: actors(&allowed, &jobs, &lines.events)?,
        orders,
        voice: equip::voice(config, files, &voices, &clock, (clips_in, rate), inbox.voice, &lines)?,
        player: equip::player(config, clips, inbox.loudspeaker, (rate_in, loudness_in), &lines)?,
        events,
        heard,
        switches,
        clock,
        wanted,
        allowed,
        speculates: false,
        wishes,
        catalogue,
        loudness: Loudness::default(),
    };
    let absent = [("brain", config.intents.only), ("commands", commands.is_none())];
    for (part, _) in absent.into_iter().filter(|(_, absent)| *absent) {
        let _ = lines.reports.send(Ok(ready(part, "none".into(), "the config says so")));
    }
    drop(lines);
    for report in booted {
        match report {
            Ok(ready) => drop(updates.send(Update::Ready(ready))),
            Err(reason) => {
                parts.switches.stop.store(true, Ordering::Relaxed);
                let _ = updates.send(Update::Fatal(reason));
                return Ok(None);
            }
        }
    }
    let speculates = !streams.recv().unwrap_or(true);
    let loudness = loudness.recv().unwrap_or_default();
    Ok(Some(Parts { speculates, loudness, ..parts }))
}

fn scribe(
    config: &Config,
    files: &Files,
    commands: Option<&Arc<Commands>>,
    wanted: &TurnClock,
    lines: &Lines,
    streams: Sender<bool>,
) -> std::io::Result<Handle<scribe::Job>> {
    let sentences = commands.map(|commands| Sentences::of(commands, config.intents.only));
    let (config, files, wanted) = (config.asr.clone(), files.clone(), wanted.clone());
    let commands = commands.cloned();
    let Lines { events, reports, .. } = lines.clone();
    let (jobs_in, jobs) = bounded(JOBS);
    Handle::spawn("golem-scribe", jobs_in, move || match registry::ears(&config, &files, sentences.as_ref()) {
        Ok(choice) => {
            let _ = streams.send(choice.engine.streams());
            let _ = reports.send(Ok(ready("ears", choice.engine.describe(), choice.why)));
            let understander = commands.map(|commands| {
                let _ = reports.send(Ok(ready("commands", commands.book().summary(), "")));
                // Without a model nothing is guessed; a broken one is no reason not to take commands.
                let guesser = registry::nli(&files).unwrap_or_else(|error| {
                    tracing::warn!("{error}");
                    None
                });
                Understander::new(commands, guesser)
            });
            drop(reports);
            Scribe::new(choice.engine, wanted, understander).run(&jobs, &events);
        }
        Err(error) => drop(reports.send(Err(error.to_string()))),
    })
}

fn thinker(config: &Config, files: &Files, clock: &TurnClock, lines: &Lines) -> std::io::Result<Handle<thinker::Job>> {
    let (config, files, clock) = (config.llm.clone(), files.clone(), clock.clone());
    let Lines { events, reports, .. } = lines.clone();
    let (jobs_in, jobs) = bounded(JOBS);
    Handle::spawn("golem-thinker", jobs_in, move || match registry::brain(&config, &files) {
        Ok(choice) => {
            let _ = reports.send(Ok(ready("brain", choice.engine.describe(), choice.why)));
            drop(reports);
            Thinker::new(choice.engine, clock).run(&jobs, &events);
        }
        Err(error) => drop(reports.send(Err(error.to_string()))),
    })
}

/// Several hands, so that a slow program does not keep the next command waiting.
fn actors(
    allowed: &TurnClock,
    jobs: &Receiver<actor::Job>,
    events: &Sender<Event>,
) -> std::io::Result<Vec<Handle<()>>> {
    let start = |number| {
        let (jobs, events, allowed) = (jobs.clone(), events.clone(), allowed.clone());
        Handle::spawn(&format!("golem-actor-{number}"), bounded(1).0, move || {
            Actor::new(Performer::new(), allowed).run(&jobs, &events);
        })
    };
    (1..=HANDS).map(start).collect()
}
