//! The voice of the server: one thread that speaks the texts of all clients, taking turns between them piece by piece.

use std::collections::VecDeque;
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::recogniser::LoadReport;
use super::rest::{NextJob, Resident, RestRule};
use super::task::TaskGuard;
use crate::config::Config;
use crate::engine::delivery::Delivery;
use crate::engine::registry::Files;
use crate::engine::{Synthesizer, memory};
use crate::model::Places;
use crate::runtime::voices::VoiceCatalogue;
use crate::serve::rate::RateConverter;
use crate::serve::sessions::SessionPlace;
use crate::turn::Ticket;

/// Voices that are kept in memory besides the one of the settings.
const KEPT: usize = 2;

/// The events of a text, in order.
#[derive(Debug)]
pub enum SpokenEvent {
    /// Mono samples, -1..=1, and their rate in hertz, which is the same for all of a text.
    Piece(Vec<f32>, u32),
    /// All of it has been spoken. Nothing follows.
    End,
    /// It cannot be spoken, or not further; why. Nothing follows.
    Fault(SpeakFault),
}

/// Why a text is not spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpeakFault {
    /// There is no such voice.
    Voice(String),
    /// The engine broke.
    Failed(String),
}

/// A text and how it is to be spoken.
#[derive(Clone, Debug)]
pub struct SpeakRequest {
    /// The text, clause by clause; see [`clauses`].
    pub clauses: Vec<String>,
    /// Name of a voice; empty for the settings'.
    pub voice: String,
    /// Speed as a multiple of the settings'.
    pub speed: f32,
    /// Rate of the samples in hertz; `None` for the voice's own.
    pub rate: Option<u32>,
}

/// A text that is being spoken. Dropping it ends the work.
pub struct Speaking {
    /// The events of the text.
    pub events: UnboundedReceiver<SpokenEvent>,
    _wanted: TaskGuard,
}

struct SpeakJob {
    clauses: VecDeque<String>,
    voice: String,
    speed: f32,
    output: RateConverter,
    /// The clause that is being spoken.
    begun: Option<Delivery>,
    stop: Ticket,
    events: UnboundedSender<SpokenEvent>,
    /// The place of the client.
    place: Option<SessionPlace>,
}

/// The handle of the voice. Dropping it ends its thread.
pub struct ServedVoice {
    jobs: Sender<SpeakJob>,
}

impl ServedVoice {
    /// Starts the voice; at most `waiting` texts may wait. It reports once on `reports`.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(
        config: &Config,
        files: &Files,
        places: &Places,
        waiting: usize,
        rule: RestRule,
        reports: Sender<LoadReport>,
    ) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (jobs, queue) = bounded(waiting.max(1));
        let (config, files, places) = (config.clone(), files.clone(), places.clone());
        let thread = Builder::new().name("golem-serve-tts".into()).spawn(move || {
            let mut booth = LoadedVoices { config, files, places, open: Vec::new(), rule };
            let report = booth.engine("", 1.0).map(|engine| engine.describe());
            // The starter may have dropped its end.
            let _ = reports.send(report);
            drop(reports);
            booth.work(&queue);
        })?;
        Ok((Self { jobs }, thread))
    }

    /// Speaks a text for a client that holds `place`. Without a place, the text must be part of a request of such a
    /// client.
    pub fn speak(&self, request: SpeakRequest, place: Option<SessionPlace>) -> Speaking {
        let (sender, events) = unbounded_channel();
        let wanted = TaskGuard::default();
        let job = SpeakJob {
            clauses: request.clauses.into(),
            voice: request.voice,
            speed: request.speed,
            output: RateConverter::new(request.rate),
            begun: None,
            stop: wanted.ticket(),
            events: sender,
            place,
        };
        if let Err(refused) = self.jobs.try_send(job) {
            let reason = "the voice has no time now; try again".into();
            let _ = refused.into_inner().events.send(SpokenEvent::Fault(SpeakFault::Failed(reason)));
        }
        Speaking { events, _wanted: wanted }
    }
}

/// A voice at a speed, as clients ask for it.
#[derive(Clone, Debug, PartialEq)]
struct VoiceKey {
    name: String,
    speed: f32,
}

/// The voices in memory, and the settings by which others are loaded.
struct LoadedVoices {
    config: Config,
    files: Files,
    places: Places,
    /// The voices in memory, latest used last.
    open: Vec<(VoiceKey, Resident<dyn Synthesizer>)>,
    rule: RestRule,
}

impl LoadedVoices {
    fn work(&mut self, jobs: &Receiver<SpeakJob>) {
        let mut texts: VecDeque<SpeakJob> = VecDeque::new();
        let mut rested = false;
        loop {
            texts.extend(jobs.try_iter());
            let Some(mut job) = texts.pop_front() else {
                match self.rule.next(jobs, rested) {
                    NextJob::Job(job) => texts.push_back(job),
                    NextJob::Idle => {
                        if self.rule.unloads() {
                            self.open.clear();
                        }
                        memory::give_back();
                    }
                    NextJob::End => return,
                }
                rested = texts.is_empty();
                continue;
            };
            rested = false;
            // Its client has gone.
            if job.stop.stale() || job.events.is_closed() {
                continue;
            }
            match self.step(&mut job) {
                Ok(true) => texts.push_back(job),
                Ok(false) => {
                    let rest = job.output.finish();
                    job.give(rest);
                    // Free the place before the last event: the client may ask again at once.
                    job.place = None;
                    let _ = job.events.send(SpokenEvent::End);
                }
                Err(fault) => drop(job.events.send(SpokenEvent::Fault(fault))),
            }
        }
    }

    /// Speaks the next piece of a text; whether there is more.
    fn step(&mut self, job: &mut SpeakJob) -> Result<bool, SpeakFault> {
        let engine = self.engine(&job.voice, job.speed).map_err(|reason| {
            if job.voice.is_empty() { SpeakFault::Failed(reason) } else { SpeakFault::Voice(reason) }
        })?;
        let mut delivery = match job.begun.take() {
            Some(delivery) => delivery,
            None => match job.clauses.pop_front() {
                Some(clause) => Delivery::new(engine, &clause),
                None => return Ok(false),
            },
        };
        let piece = delivery.next(engine, &job.stop).map_err(|error| SpeakFault::Failed(error.to_string()))?;
        let Some(piece) = piece else { return Ok(true) };
        if !piece.last {
            job.begun = Some(delivery);
        }
        let sound = job.output.take(&piece.samples, piece.timing.rate);
        job.give(sound);
        Ok(true)
    }

    /// The engine of a voice; loaded where it is not in memory.
    fn engine(&mut self, name: &str, speed: f32) -> Result<&mut dyn Synthesizer, String> {
        let key = VoiceKey { name: name.into(), speed };
        let place = self.open.iter().position(|(other, _)| *other == key);
        let entry = if let Some(place) = place {
            self.open.remove(place)
        } else {
            let mut config = self.config.clone();
            config.tts.speed = (config.tts.speed * speed).clamp(0.5, 3.0);
            let engine = VoiceCatalogue::new(&config, &self.files, &self.places).open(name)?;
            if self.open.len() > KEPT {
                self.open.remove(0);
            }
            (key, self.rule.resident(engine))
        };
        self.open.push(entry);
        match self.open.last_mut() {
            Some((_, engine)) => Ok(&mut **engine),
            None => Err("the voice is gone; try again".into()),
        }
    }
}

impl SpeakJob {
    fn give(&self, sound: Option<(Vec<f32>, u32)>) {
        if let Some((samples, rate)) = sound.filter(|(samples, _)| !samples.is_empty()) {
            // The client may have gone; the next piece notices it.
            let _ = self.events.send(SpokenEvent::Piece(samples, rate));
        }
    }
}
