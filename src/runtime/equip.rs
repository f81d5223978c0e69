//! The parts that exchange themselves while golem runs: microphone, voice and loudspeaker, each in its own thread.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::boot::{Report, ready};
use super::offers::{Voices, name_of};
use super::wishes::WISHES;
use super::{Switches, tell};
use crate::config::Config;
use crate::control::{Ready, Update};
use crate::device::capture::Capture;
use crate::device::deck::Clip;
use crate::device::loudness::Loudness;
use crate::device::playback::Playback;
use crate::device::{self, Source};
use crate::engine::registry::{self, Files};
use crate::message::{Event, Part};
use crate::turn::TurnClock;
use crate::worker::baton::Baton;
use crate::worker::ear::{Ear, Heard};
use crate::worker::meter::Meter;
use crate::worker::player::{Need, Player};
use crate::worker::voice::Voice;
use crate::worker::{Handle, player, voice};

/// How long the ear waits for a frame before it looks whether it should end.
const PATIENCE: Duration = Duration::from_millis(200);

/// What is in use for each part that can be exchanged, by its one unmistakable name.
#[derive(Clone, Debug, Default)]
pub struct InUse(Arc<Mutex<[String; Part::COUNT]>>);

impl InUse {
    pub fn get(&self, part: Part) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[part as usize].clone()
    }

    pub fn set(&self, part: Part, id: &str) {
        id.clone_into(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner)[part as usize]);
    }
}

/// Where the threads send their news.
#[derive(Clone)]
pub struct Lines {
    pub updates: Sender<Update>,
    pub events: Sender<Event>,
    pub reports: Sender<Report>,
    pub in_use: InUse,
}

/// Reports which device or voice a switchable part uses now.
struct Herald {
    part: Part,
    in_use: InUse,
    updates: Sender<Update>,
    told: String,
}

impl Herald {
    fn new(part: Part, lines: &Lines) -> Self {
        Self { part, in_use: lines.in_use.clone(), updates: lines.updates.clone(), told: String::new() }
    }

    /// It begins with this one, which is reported.
    fn begin(&mut self, id: &str, what: &str) {
        self.in_use.set(self.part, id);
        what.clone_into(&mut self.told);
    }

    /// It is this one now, of itself; nothing where there is none at the moment.
    fn see(&mut self, id: &str, what: &str) {
        self.in_use.set(self.part, id);
        if !id.is_empty() && what != self.told {
            self.tell(what);
        }
    }

    /// It is this one now, as was asked for.
    fn changed(&mut self, id: &str, what: &str) {
        self.in_use.set(self.part, id);
        self.tell(what);
        tell(&self.updates, Update::notice(format!("{}: {what}", self.part)));
    }

    fn tell(&mut self, what: &str) {
        what.clone_into(&mut self.told);
        let ready = Ready { part: self.part, what: what.into(), why: String::new() };
        tell(&self.updates, Update::Ready(ready));
    }

    fn unchanged(&self, reason: &str) {
        tell(&self.updates, Update::unchanged(self.part, reason));
    }
}

/// Starts the thread that hears.
pub fn ear(
    config: &Config,
    files: &Files,
    switches: &Switches,
    (heard, oldest): (Sender<Heard>, Receiver<Heard>),
    wishes: Receiver<String>,
    meter: Meter,
    lines: &Lines,
) -> std::io::Result<Handle<()>> {
    let (audio, files, switches) = (config.audio.clone(), files.clone(), switches.clone());
    let mut herald = Herald::new(Part::Capture, lines);
    let Lines { updates, events, reports, .. } = lines.clone();
    Handle::spawn("golem-ear", bounded(1).0, move || {
        let opened = registry::vad(&files).map_err(|error| error.to_string());
        let opened = opened.and_then(|vad| Ok((vad, Capture::open(&audio).map_err(|error| error.to_string())?)));
        let (mut ear, mut capture) = match opened {
            Ok((vad, capture)) => (Ear::new(vad), capture),
            Err(error) => return drop(reports.send(Err(error))),
        };
        herald.begin(capture.id(), capture.name());
        let _ = reports.send(Ok(ready(Part::Vad, "Silero VAD".into(), "")));
        let _ = reports.send(Ok(ready(Part::Capture, capture.name().into(), "")));
        drop(reports);
        let (mut lost, mut dropped, mut before) = (0, 0, None);
        while !switches.stop.load(Ordering::Relaxed) {
            if let Ok(name) = wishes.try_recv() {
                match capture.switch(&name) {
                    Ok(()) => herald.changed(capture.id(), capture.name()),
                    Err(error) => herald.unchanged(&error.to_string()),
                }
            }
            capture.wait_for(ear.gathers(switches.alert.load(Ordering::Relaxed)));
            let frame = match capture.next(PATIENCE) {
                Ok(device::Heard::Frame(frame)) => frame,
                Ok(device::Heard::Notice(notice)) => {
                    let _ = updates.try_send(Update::notice(notice));
                    herald.see(capture.id(), capture.name());
                    continue;
                }
                Ok(device::Heard::Nothing | device::Heard::End) => continue,
                Err(error) => return drop(updates.send(Update::Fatal { reason: error.to_string() })),
            };
            // What comes while the engines load is no utterance, and nothing of it is lost.
            if !switches.listening.load(Ordering::Acquire) {
                continue;
            }
            let before = *before.get_or_insert_with(|| capture.dropped());
            if switches.muted.load(Ordering::Relaxed) {
                ear.forget();
                continue;
            }
            let judged = match ear.hear(frame, switches.alert.load(Ordering::Relaxed)) {
                Ok(judged) => judged,
                Err(error) => {
                    let _ = events.send(Event::Failed { part: Part::Vad, number: 0, reason: error.to_string() });
                    continue;
                }
            };
            for news in judged {
                if let Err(TrySendError::Full(news)) = heard.try_send(news) {
                    lost += u64::from(oldest.try_recv().is_ok()) * crate::engine::FRAME as u64;
                    let _ = heard.try_send(news);
                }
            }
            let total = lost + capture.dropped().saturating_sub(before);
            if total > dropped {
                dropped = total;
                meter.dropped(total);
                let _ = updates.try_send(Update::Dropped { samples: total });
            }
        }
    })
}

/// Starts the thread that speaks. `rate` is the loudspeaker's.
pub fn voice(
    config: &Config,
    files: &Files,
    voices: &Arc<Voices>,
    (clock, baton): (&TurnClock, &Baton),
    (clips, rate): (Sender<Clip>, Receiver<u32>),
    wishes: Receiver<String>,
    lines: &Lines,
) -> std::io::Result<Handle<voice::Job>> {
    let (config, files, voices, clock) = (config.tts.clone(), files.clone(), Arc::clone(voices), clock.clone());
    let baton = baton.clone();
    let mut herald = Herald::new(Part::Tts, lines);
    let Lines { events, reports, .. } = lines.clone();
    let (jobs_in, jobs) = bounded(super::boot::JOBS);
    Handle::spawn("golem-voice", jobs_in, move || match registry::voice(&config, &files) {
        Ok(choice) => {
            let described = choice.engine.describe();
            voices.begins_with(name_of(&described));
            herald.begin(name_of(&described), &described);
            let _ = reports.send(Ok(ready(Part::Tts, described, choice.why)));
            drop(reports);
            let mut grant = |name: String| match voices.open(&name) {
                Ok(engine) => {
                    let described = engine.describe();
                    herald.changed(name_of(&described), &described);
                    Some(engine)
                }
                Err(reason) => {
                    herald.unchanged(&reason);
                    None
                }
            };
            // Each request is answered with a notice; at most this many are handled between two clauses.
            let mut change = || wishes.try_iter().take(WISHES).filter_map(&mut grant).last();
            // Without a loudspeaker there is no rate; the player has reported that already.
            if let Ok(rate) = rate.recv() {
                Voice::new(choice.engine, rate, clock, baton).run(&jobs, &clips, &events, &mut change);
            }
        }
        Err(error) => drop(reports.send(Err(error.to_string()))),
    })
}

/// Starts the thread that plays; it sends the loudspeaker's rate and a handle to read its loudness.
pub fn player(
    config: &Config,
    clips: Receiver<Clip>,
    wishes: Receiver<String>,
    (rate, loudness): (Sender<u32>, Sender<Loudness>),
    lines: &Lines,
) -> std::io::Result<Handle<player::Job>> {
    let (audio, barge_in) = (config.audio.clone(), config.barge_in.clone());
    let mut herald = Herald::new(Part::Playback, lines);
    let Lines { updates, events, reports, .. } = lines.clone();
    let (jobs_in, jobs) = bounded(super::boot::JOBS);
    Handle::spawn("golem-player", jobs_in, move || {
        let fade = u32::try_from(barge_in.fade_ms).unwrap_or(10);
        match Playback::open(&audio, fade) {
            Ok((mut playback, deck)) => {
                let _ = rate.send(playback.rate());
                let _ = loudness.send(deck.loudness());
                herald.begin(playback.id(), playback.name());
                let _ = reports.send(Ok(ready(Part::Playback, playback.name().into(), "")));
                drop(reports);
                // Until there is something to say.
                playback.rest();
                let mut tend = |need| {
                    match need {
                        Need::Sound => playback.wake(),
                        Need::Rest => playback.rest(),
                    }
                    if let Some(notice) = playback.tend() {
                        let _ = updates.try_send(Update::notice(notice));
                        herald.see(playback.id(), playback.name());
                    }
                    wishes.try_iter().for_each(|name| playback.switch(&name));
                    match playback.switched() {
                        Some(Ok(())) => herald.changed(playback.id(), playback.name()),
                        Some(Err(error)) => herald.unchanged(&error.to_string()),
                        None => {}
                    }
                };
                Player::new(deck, barge_in.duck_level).run(&jobs, &clips, &events, &mut tend);
            }
            Err(error) => drop(reports.send(Err(error.to_string()))),
        }
    })
}
