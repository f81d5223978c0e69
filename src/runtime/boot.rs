//! The start of golem: every engine is built inside its own thread, all at the same time.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::equipment::Equipment;
use super::exchange::{EngineFactory, KnownEngine, LoadedEngine, Recipe, StartEngines};
use super::offers::OfferList;
use super::report::{InUse, PartReport, Readiness};
use super::switch_requests::SwitchRequests;
use super::threads::Threads;
use super::voices::VoiceCatalogue;
use crate::config::Config;
use crate::control::Update;
use crate::device::loudness::Loudness;
use crate::device::reference::reference;
use crate::message::{Event, Part};
use crate::worker::carry_out::Generations;
use crate::worker::queue::DropOldest;
use crate::worker::speaker::{OwnSound, SpeakerJob};
use crate::worker::vad::{Switches, VadFrame};
use crate::worker::{Handle, JOBS, asr, commands, llm, playback, tts, turn};

/// Frames that the loop may lag behind voice activity detection: 2 s. Beyond that the oldest is dropped and counted.
const FRAMES: usize = 64;
/// Events that may wait for the loop.
const EVENTS: usize = 1024;

/// All threads and channels of a golem.
pub struct Parts {
    pub events: Receiver<Event>,
    pub heard: Receiver<VadFrame>,
    pub vad: Handle<()>,
    pub turn: Option<Handle<turn::TurnJob>>,
    pub asr: Handle<asr::AsrJob>,
    pub llm: Option<Handle<llm::LlmJob>>,
    pub orders: Sender<commands::CommandJob>,
    pub actors: Vec<Handle<()>>,
    pub tts: Handle<tts::TtsJob>,
    pub playback: Handle<playback::PlaybackJob>,
    /// Dropped after `tts`, as `speaker` is: the speaker check's thread ends when text to speech can send it nothing
    /// more.
    pub own_sound: OwnSound,
    pub speaker: Handle<SpeakerJob>,
    pub switches: Switches,
    pub generations: Generations,
    pub shop: EngineFactory,
    pub first: StartEngines,
    pub switch_requests: SwitchRequests,
    pub catalogue: OfferList,
    /// The loudness of golem's own sound.
    pub loudness: Loudness,
}

/// Starts all threads and waits until every engine is ready and warm. Returns `None` when one fails, after sending the
/// reason on `updates`.
///
/// # Errors
/// When the system refuses a thread.
pub fn boot(config: &Config, equipment: &Equipment, updates: &Sender<Update>) -> std::io::Result<Option<Parts>> {
    let (files, engines, commands) = (&equipment.files, &equipment.engines, equipment.commands.as_ref());
    let (generations, switches) = (Generations::default(), Switches::default());
    let (events_in, events) = bounded(EVENTS);
    let (heard_in, heard) = DropOldest::bounded(FRAMES);
    let (clips_in, clips) = bounded(JOBS);
    let (reports, booted) = bounded(16);
    let (rate_in, rate) = bounded(1);
    let (loudness_in, loudness) = bounded(1);
    let (made_in, made) = bounded(2);
    let (orders, jobs) = bounded(JOBS);
    let voices_asked = bounded(JOBS);
    let own_sound = OwnSound::new(voices_asked.0.clone(), config.speaker.checks());
    let (requests, inbox) = SwitchRequests::new();
    let voices = Arc::new(VoiceCatalogue::new(config, files, &equipment.places));
    let clocks = (&generations.turns, &generations.utterances);
    let ends = (&events_in, updates);
    let shop = EngineFactory::new(config, equipment.find, engines, &equipment.places, commands, clocks, ends);
    let recipe = Recipe { config: config.clone(), files: files.clone() };
    let names = [Part::Asr, Part::Llm].map(|part| recipe.name(part));
    let catalogue = OfferList::new(Arc::clone(&voices), shop.clone(), InUse::default());
    let (readiness, in_use) = (Readiness(reports), catalogue.in_use());
    let (played, reference) = reference();
    let (ready, recorded) = (readiness.clone(), equipment.session.is_some());
    let threads = Threads { config, files, engines, updates, events: events_in, readiness: ready, in_use, recorded };

    let parts = Parts {
        vad: threads.vad(&switches, heard_in, (inbox.microphone, reference), &equipment.meter)?,
        turn: threads.turn()?,
        asr: {
            let summary = commands.map(|commands| commands.book().summary());
            shop.asr(recipe.clone(), report(Part::Asr, summary, &readiness, &made_in))?
        },
        llm: {
            let think = || shop.llm(recipe, report(Part::Llm, None, &readiness, &made_in));
            (!config.intents.only).then(think).transpose()?
        },
        actors: threads.actors(&generations.orders, &jobs)?,
        orders,
        tts: threads.tts(
            &voices,
            (&generations.turns, shop.baton()),
            (clips_in, rate),
            (inbox.voice, own_sound.clone()),
        )?,
        playback: threads.playback(clips, (inbox.loudspeaker, played), (rate_in, loudness_in))?,
        own_sound,
        speaker: threads.speaker(voices_asked)?,
        events,
        heard,
        switches,
        generations,
        shop,
        first: StartEngines::default(),
        switch_requests: requests,
        catalogue,
        loudness: Loudness::default(),
    };
    let absent = [(Part::Llm, config.intents.only), (Part::Commands, commands.is_none())];
    for (part, _) in absent.into_iter().filter(|(_, absent)| *absent) {
        readiness.ready(part, "none".into(), "the config says so");
    }
    drop((threads, readiness, made_in));
    if let Err(reason) = all_ready(&booted, updates) {
        parts.switches.stop.store(true, Ordering::Relaxed);
        let _ = updates.send(Update::Fatal { reason });
        return Ok(None);
    }
    let loudness = loudness.recv().unwrap_or_default();
    Ok(Some(Parts { first: start_engines(&made, names), loudness, ..parts }))
}

/// Passes on what every part reports; the reason of the first one that fails.
fn all_ready(booted: &Receiver<PartReport>, updates: &Sender<Update>) -> Result<(), String> {
    for report in booted {
        drop(updates.send(Update::Ready(report?)));
    }
    Ok(())
}

/// The recogniser and the language model that were `made` first, under their `names`.
fn start_engines(made: &Receiver<(Part, LoadedEngine)>, [asr, llm]: [String; 2]) -> StartEngines {
    let mut first = StartEngines::default();
    for (part, LoadedEngine { what, streams, at, .. }) in made {
        match part {
            Part::Asr => first.asr = KnownEngine { name: asr.clone(), what, streams, at },
            _ => first.llm = KnownEngine { name: llm.clone(), what, streams, at },
        }
    }
    first
}

/// Reports the first recogniser or language model; with the recogniser also its commands.
fn report(
    part: Part,
    commands: Option<String>,
    readiness: &Readiness,
    made: &Sender<(Part, LoadedEngine)>,
) -> impl FnOnce(Result<LoadedEngine, String>) + Send + 'static {
    let (readiness, made) = (readiness.clone(), made.clone());
    move |outcome| match outcome {
        Ok(fresh) => {
            let _ = made.send((part, fresh.clone()));
            readiness.at(part, fresh.what, fresh.why, fresh.at);
            if let Some(summary) = commands {
                readiness.ready(Part::Commands, summary, "");
            }
        }
        Err(reason) => readiness.failed(reason),
    }
}
