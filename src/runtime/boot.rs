//! Starting up: every engine is built inside its own thread, all at the same time.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::equip::{self, InUse, Lines};
use super::exchange::{First, Fresh, Known, Recipe, Shop};
use super::offers::{OfferList, Voices};
use super::wishes::Wishes;
use super::{Equipment, Switches};
use crate::action::Performer;
use crate::config::Config;
use crate::control::{Ready, Update};
use crate::device::loudness::Loudness;
use crate::message::{Event, Part};
use crate::turn::TurnClock;
use crate::worker::actor::Actor;
use crate::worker::ear::Heard;
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
    pub shop: Shop,
    pub first: First,
    pub wishes: Wishes,
    pub catalogue: OfferList,
    /// How loud golem itself is.
    pub loudness: Loudness,
}

/// A part became ready, or never will.
pub type Report = Result<Ready, String>;

pub fn ready(part: Part, what: String, why: impl Into<String>) -> Ready {
    Ready { part, what, why: why.into() }
}

/// Starts all threads and waits until every engine is ready and warm. Returns `None` when one fails, after sending the
/// reason on `updates`.
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
    let (made_in, made) = bounded(2);
    let (orders, jobs) = bounded(JOBS);
    let (wishes, inbox) = Wishes::new();
    let voices = Arc::new(Voices::new(config, files, &equipment.places));
    let clocks = (&clock, &wanted);
    let shop = Shop::new(config, equipment.find, &equipment.places, commands, clocks, &events_in);
    let recipe = Recipe { config: config.clone(), files: files.clone() };
    let names = [Part::Asr, Part::Llm].map(|part| recipe.name(part));
    let catalogue = OfferList::new(Arc::clone(&voices), shop.clone(), InUse::default());
    let lines = Lines { updates: updates.clone(), events: events_in, reports, in_use: catalogue.in_use() };

    let heard_ends = (heard_in, heard.clone());
    let parts = Parts {
        ear: equip::ear(config, files, &switches, heard_ends, inbox.microphone, equipment.meter.clone(), &lines)?,
        scribe: {
            let summary = commands.map(|commands| commands.book().summary());
            shop.ears(recipe.clone(), report(Part::Asr, summary, &lines, &made_in))?
        },
        thinker: {
            let think = || shop.brain(recipe, report(Part::Llm, None, &lines, &made_in));
            (!config.intents.only).then(think).transpose()?
        },
        actors: actors(&allowed, &jobs, &lines.events)?,
        orders,
        voice: equip::voice(config, files, &voices, (&clock, shop.baton()), (clips_in, rate), inbox.voice, &lines)?,
        player: equip::player(config, clips, inbox.loudspeaker, (rate_in, loudness_in), &lines)?,
        events,
        heard,
        switches,
        clock,
        wanted,
        allowed,
        shop,
        first: First::default(),
        wishes,
        catalogue,
        loudness: Loudness::default(),
    };
    let absent = [(Part::Llm, config.intents.only), (Part::Commands, commands.is_none())];
    for (part, _) in absent.into_iter().filter(|(_, absent)| *absent) {
        let _ = lines.reports.send(Ok(ready(part, "none".into(), "the config says so")));
    }
    drop((lines, made_in));
    for report in booted {
        match report {
            Ok(ready) => drop(updates.send(Update::Ready(ready))),
            Err(reason) => {
                parts.switches.stop.store(true, Ordering::Relaxed);
                let _ = updates.send(Update::Fatal { reason });
                return Ok(None);
            }
        }
    }
    let mut first = First::default();
    for (part, Fresh { what, streams, .. }) in made {
        let [ears, brain] = &names;
        match part {
            Part::Asr => first.ears = Known { name: ears.clone(), what, streams },
            _ => first.brain = Known { name: brain.clone(), what, streams },
        }
    }
    let loudness = loudness.recv().unwrap_or_default();
    Ok(Some(Parts { first, loudness, ..parts }))
}

/// Reports the ears or brain that golem starts with; for the ears, also the commands they hear.
fn report(
    part: Part,
    commands: Option<String>,
    lines: &Lines,
    made: &Sender<(Part, Fresh)>,
) -> impl FnOnce(Result<Fresh, String>) + Send + 'static {
    let (reports, made) = (lines.reports.clone(), made.clone());
    move |outcome| match outcome {
        Ok(fresh) => {
            let _ = made.send((part, fresh.clone()));
            let _ = reports.send(Ok(ready(part, fresh.what, fresh.why)));
            let commands = commands.map(|summary| reports.send(Ok(ready(Part::Commands, summary, ""))));
            drop(commands);
        }
        Err(reason) => drop(reports.send(Err(reason))),
    }
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
