//! Starting up: every engine is built inside its own thread, all at the same time.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{Equipment, Switches};
use crate::action::Performer;
use crate::command::Commands;
use crate::config::Config;
use crate::control::{Ready, Update};
use crate::device::capture::Capture;
use crate::device::playback::Playback;
use crate::device::{self, Source};
use crate::engine::registry::{self, Files, Sentences};
use crate::message::{Event, Stage};
use crate::turn::TurnClock;
use crate::worker::actor::Actor;
use crate::worker::ear::{Ear, Heard};
use crate::worker::player::Player;
use crate::worker::scribe::Scribe;
use crate::worker::thinker::Thinker;
use crate::worker::understander::Understander;
use crate::worker::voice::Voice;
use crate::worker::{Handle, actor, player, scribe, thinker, voice};

/// Frames the loop may lag behind the ear: two seconds. Beyond that the oldest is dropped and counted.
const FRAMES: usize = 64;
/// Jobs that may wait for an engine: a minute of audio for the ears.
const JOBS: usize = 2048;
/// Orders that are carried out at the same time.
const HANDS: usize = 3;
/// News that may wait for the loop.
const EVENTS: usize = 1024;
/// How long the ear waits for a frame before it looks whether it should end.
const PATIENCE: Duration = Duration::from_millis(200);

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
}

/// A part became ready, or never will.
type Report = Result<Ready, String>;

fn ready(part: &'static str, what: String, why: impl Into<String>) -> Ready {
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
    let (streams_in, streams) = bounded(1);
    let (orders, jobs) = bounded(JOBS);

    let parts = Parts {
        ear: ear(config, equipment, &switches, (heard_in, heard.clone()), updates, &events_in, &reports)?,
        scribe: scribe(config, files, commands, &wanted, &events_in, &reports, streams_in)?,
        thinker: (!config.intents.only).then(|| thinker(config, files, &clock, &events_in, &reports)).transpose()?,
        actors: actors(&allowed, &jobs, &events_in)?,
        orders,
        voice: voice(config, files, &clock, clips_in, rate, &events_in, &reports)?,
        player: player(config, clips, rate_in, updates, &events_in, &reports)?,
        events,
        heard,
        switches,
        clock,
        wanted,
        allowed,
        speculates: false,
    };
    let absent = [("brain", config.intents.only), ("commands", commands.is_none())];
    for (part, _) in absent.into_iter().filter(|(_, absent)| *absent) {
        let _ = reports.send(Ok(ready(part, "none".into(), "the config says so")));
    }
    drop(reports);
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
    Ok(Some(Parts { speculates, ..parts }))
}

fn ear(
    config: &Config,
    equipment: &Equipment,
    switches: &Switches,
    (heard, oldest): (Sender<Heard>, Receiver<Heard>),
    updates: &Sender<Update>,
    events: &Sender<Event>,
    reports: &Sender<Report>,
) -> std::io::Result<Handle<()>> {
    let (audio, files, switches) = (config.audio.clone(), equipment.files.clone(), switches.clone());
    let meter = equipment.meter.clone();
    let (updates, events, reports) = (updates.clone(), events.clone(), reports.clone());
    Handle::spawn("golem-ear", bounded(1).0, move || {
        let opened = registry::vad(&files).map_err(|error| error.to_string());
        let opened = opened.and_then(|vad| Ok((vad, Capture::open(&audio).map_err(|error| error.to_string())?)));
        let (mut ear, mut capture) = match opened {
            Ok((vad, capture)) => (Ear::new(vad), capture),
            Err(error) => return drop(reports.send(Err(error))),
        };
        let _ = reports.send(Ok(ready("vad", "Silero VAD".into(), "")));
        let _ = reports.send(Ok(ready("microphone", capture.name().into(), "")));
        drop(reports);
        let mut lost = 0;
        let mut dropped = 0;
        while !switches.stop.load(Ordering::Relaxed) {
            let frame = match capture.next(PATIENCE) {
                Ok(device::Heard::Frame(frame)) => frame,
                Ok(device::Heard::Notice(notice)) => {
                    let _ = updates.try_send(Update::Notice(notice));
                    continue;
                }
                Ok(device::Heard::Nothing | device::Heard::End) => continue,
                Err(error) => return drop(updates.send(Update::Fatal(error.to_string()))),
            };
            if switches.muted.load(Ordering::Relaxed) {
                continue;
            }
            let news = match ear.step(frame) {
                Ok(news) => news,
                Err(error) => {
                    let _ = events.send(Event::Failed { stage: Stage::Vad, number: 0, reason: error.to_string() });
                    continue;
                }
            };
            if let Err(crossbeam_channel::TrySendError::Full(news)) = heard.try_send(news) {
                lost += u64::from(oldest.try_recv().is_ok()) * crate::engine::FRAME as u64;
                let _ = heard.try_send(news);
            }
            let total = lost + capture.dropped();
            if total > dropped {
                dropped = total;
                meter.dropped(total);
                let _ = updates.try_send(Update::Dropped(total));
            }
        }
    })
}

fn scribe(
    config: &Config,
    files: &Files,
    commands: Option<&Arc<Commands>>,
    wanted: &TurnClock,
    events: &Sender<Event>,
    reports: &Sender<Report>,
    streams: Sender<bool>,
) -> std::io::Result<Handle<scribe::Job>> {
    let sentences = commands.map(|commands| Sentences::of(commands, config.intents.only));
    let (config, files, wanted) = (config.asr.clone(), files.clone(), wanted.clone());
    let commands = commands.cloned();
    let (events, reports) = (events.clone(), reports.clone());
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

fn thinker(
    config: &Config,
    files: &Files,
    clock: &TurnClock,
    events: &Sender<Event>,
    reports: &Sender<Report>,
) -> std::io::Result<Handle<thinker::Job>> {
    let (config, files, clock) = (config.llm.clone(), files.clone(), clock.clone());
    let (events, reports) = (events.clone(), reports.clone());
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

fn voice(
    config: &Config,
    files: &Files,
    clock: &TurnClock,
    clips: Sender<crate::device::deck::Clip>,
    rate: Receiver<u32>,
    events: &Sender<Event>,
    reports: &Sender<Report>,
) -> std::io::Result<Handle<voice::Job>> {
    let (config, files, clock) = (config.tts.clone(), files.clone(), clock.clone());
    let (events, reports) = (events.clone(), reports.clone());
    let (jobs_in, jobs) = bounded(JOBS);
    Handle::spawn("golem-voice", jobs_in, move || match registry::voice(&config, &files) {
        Ok(choice) => {
            let _ = reports.send(Ok(ready("voice", choice.engine.describe(), choice.why)));
            drop(reports);
            // Without a loudspeaker there is no rate; that has been told already.
            if let Ok(rate) = rate.recv() {
                Voice::new(choice.engine, rate, clock).run(&jobs, &clips, &events);
            }
        }
        Err(error) => drop(reports.send(Err(error.to_string()))),
    })
}

fn player(
    config: &Config,
    clips: Receiver<crate::device::deck::Clip>,
    rate: Sender<u32>,
    updates: &Sender<Update>,
    events: &Sender<Event>,
    reports: &Sender<Report>,
) -> std::io::Result<Handle<player::Job>> {
    let (audio, barge_in) = (config.audio.clone(), config.barge_in.clone());
    let (updates, events, reports) = (updates.clone(), events.clone(), reports.clone());
    let (jobs_in, jobs) = bounded(JOBS);
    Handle::spawn("golem-player", jobs_in, move || {
        let fade = u32::try_from(barge_in.fade_ms).unwrap_or(10);
        match Playback::open(&audio, fade) {
            Ok((mut playback, deck)) => {
                let _ = rate.send(playback.rate());
                let _ = reports.send(Ok(ready("loudspeaker", playback.name().into(), "")));
                drop(reports);
                let mut tend = || {
                    if let Some(notice) = playback.tend() {
                        let _ = updates.try_send(Update::Notice(notice));
                    }
                };
                Player::new(deck, barge_in.duck_level).run(&jobs, &clips, &events, &mut tend);
            }
            Err(error) => drop(reports.send(Err(error.to_string()))),
        }
    })
}
