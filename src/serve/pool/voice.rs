//! The voice of the server: one thread that speaks the texts of all clients, taking turns between them piece by piece.
//! It leaves out those whose readers have enough sound to take.

use std::collections::VecDeque;
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded, select, unbounded};

use super::guard::{ENGINE_BROKEN, discard, guarded};
use super::recogniser::LoadReport;
use super::rest::{NextJob, Resident, RestRule};
pub use super::spoken::{SpeakFault, SpokenEvent};
use super::spoken::{SpokenReceiver, SpokenSender, channel};
use super::task::TaskGuard;
use crate::engine::delivery::Delivery;
use crate::engine::{Synthesizer, memory};
use crate::serve::rate::RateConverter;
use crate::serve::sessions::SessionPlace;
use crate::turn::Ticket;

/// Voices that are kept in memory besides the one of the settings.
const KEPT: usize = 2;

/// Most characters that are spoken as one piece. Clauses have fewer, but a single word may be as long as a whole text.
const LONGEST_PIECE: usize = 400;

/// Opens a voice by its name, empty for the settings', at a multiple of the settings' speed.
pub type NamedVoiceOpener = Box<dyn Fn(&str, f32) -> Result<Box<dyn Synthesizer>, String> + Send>;

/// A text and how it is to be spoken.
#[derive(Clone, Debug)]
pub struct SpeakRequest {
    /// The text, clause by clause; see [`clauses`].
    pub clauses: Vec<String>,
    /// Name of a voice; empty for the settings'.
    pub voice: String,
    /// Name or number of one of the voice's speakers; `None` for the one that speaks where none is named.
    pub speaker: Option<String>,
    /// Speed as a multiple of the settings'.
    pub speed: f32,
    /// Rate of the samples in hertz; `None` for the voice's own.
    pub rate: Option<u32>,
}

/// A text that is being spoken. Dropping it ends the work.
pub struct Speaking {
    /// The events of the text.
    pub events: SpokenReceiver,
    _wanted: TaskGuard,
}

struct SpeakJob {
    clauses: VecDeque<String>,
    voice: VoiceKey,
    speaker: Option<String>,
    output: RateConverter,
    /// The clause that is being spoken.
    begun: Option<Delivery>,
    stop: Ticket,
    events: SpokenSender,
    /// The place of the client.
    place: Option<SessionPlace>,
}

/// The handle of the voice. Dropping it ends its thread.
pub struct ServedVoice {
    jobs: Sender<SpeakJob>,
    /// For the readers: a sign for each piece that one has taken, and when one has gone.
    taken: Sender<()>,
}

impl ServedVoice {
    /// Starts the voice; at most `waiting` texts may wait. It reports once on `reports`.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(
        opener: NamedVoiceOpener,
        waiting: usize,
        rule: RestRule,
        reports: Sender<LoadReport>,
    ) -> std::io::Result<(Self, JoinHandle<()>)> {
        let ((jobs, queue), (taken, signs)) = (bounded(waiting.max(1)), unbounded());
        let thread = Builder::new().name("golem-serve-tts".into()).spawn(move || {
            let mut booth = LoadedVoices { opener, open: Vec::new(), rule };
            let usual = VoiceKey { name: String::new(), speed: 1.0 };
            let report = guarded(|| booth.engine(&usual).map(|engine| engine.describe()));
            // The starter may have dropped its end.
            let _ = reports.send(report.unwrap_or_else(|| Err(ENGINE_BROKEN.into())));
            drop(reports);
            booth.work(&queue, &signs);
        })?;
        Ok((Self { jobs, taken }, thread))
    }

    /// Speaks a text for a client that holds `place`. Without a place, the text must be part of a request of such a
    /// client.
    pub fn speak(&self, request: SpeakRequest, place: Option<SessionPlace>) -> Speaking {
        let (sender, events) = channel(self.taken.clone());
        let wanted = TaskGuard::default();
        let job = SpeakJob {
            clauses: request.clauses.iter().flat_map(|clause| pieces(clause)).collect(),
            voice: VoiceKey { name: request.voice, speed: request.speed },
            speaker: request.speaker,
            output: RateConverter::new(request.rate),
            begun: None,
            stop: wanted.ticket(),
            events: sender,
            place,
        };
        if let Err(refused) = self.jobs.try_send(job) {
            let reason = "the voice has no time now; try again".into();
            let SpeakJob { events, place, .. } = refused.into_inner();
            // Free the place before the last event: the client may ask again at once.
            drop(place);
            events.end(SpokenEvent::Fault(SpeakFault::Failed(reason)));
        }
        Speaking { events, _wanted: wanted }
    }
}

/// A clause as it is spoken: whole, unless it is longer than any piece may be.
fn pieces(clause: &str) -> Vec<String> {
    let characters: Vec<char> = clause.chars().collect();
    characters.chunks(LONGEST_PIECE).map(|piece| piece.iter().collect()).collect()
}

/// A voice at a speed, as clients ask for it.
#[derive(Clone, Debug, PartialEq)]
struct VoiceKey {
    name: String,
    speed: f32,
}

/// The voices in memory, and how others are opened.
struct LoadedVoices {
    opener: NamedVoiceOpener,
    /// The voices in memory, latest used last.
    open: Vec<(VoiceKey, Resident<dyn Synthesizer>)>,
    rule: RestRule,
}

impl LoadedVoices {
    fn work(&mut self, jobs: &Receiver<SpeakJob>, signs: &Receiver<()>) {
        let mut texts: VecDeque<SpeakJob> = VecDeque::new();
        let mut rested = false;
        loop {
            texts.extend(jobs.try_iter());
            // Drop the signs so far before all texts are looked at: a later one ends the wait below.
            while signs.try_recv().is_ok() {}
            texts.retain(SpeakJob::is_wanted);
            if let Some(job) = next_text(&mut texts) {
                rested = false;
                texts.extend(self.advance(job));
            } else if texts.is_empty() {
                match self.rule.next(jobs, rested) {
                    NextJob::Job(job) => texts.push_back(job),
                    NextJob::Idle => {
                        if self.rule.unloads() {
                            self.open.drain(..).for_each(discard);
                        }
                        memory::give_back();
                    }
                    NextJob::End => return,
                }
                rested = texts.is_empty();
            } else {
                // All readers are slow: wait until one takes sound or leaves, or another text comes.
                select! {
                    recv(jobs) -> job => match job {
                        Ok(job) => texts.push_back(job),
                        Err(_) => return,
                    },
                    recv(signs) -> _ => {}
                }
            }
        }
    }

    /// Speaks the next piece of a text; gives the text back if there is more.
    fn advance(&mut self, mut job: SpeakJob) -> Option<SpeakJob> {
        let last = match guarded(|| self.step(&mut job)) {
            Some(Ok(true)) => return Some(job),
            Some(Ok(false)) => SpokenEvent::End,
            Some(Err(fault)) => SpokenEvent::Fault(fault),
            None => {
                self.forget(&job.voice);
                SpokenEvent::Fault(SpeakFault::Failed(ENGINE_BROKEN.into()))
            }
        };
        // Free the place before the last event: the client may ask again at once.
        job.place = None;
        job.events.end(last);
        None
    }

    /// Speaks the next piece of a text, or sends the rest of its sound; whether there is more.
    fn step(&mut self, job: &mut SpeakJob) -> Result<bool, SpeakFault> {
        let engine = self.engine(&job.voice).map_err(|reason| {
            if job.voice.name.is_empty() { SpeakFault::Failed(reason) } else { SpeakFault::Voice(reason) }
        })?;
        // Set the speaker for each piece: the pieces of other texts in the same voice come between.
        engine.set_speaker(job.speaker.as_deref()).map_err(|error| SpeakFault::Speaker(error.to_string()))?;
        let begin = || job.clauses.pop_front().map(|clause| Delivery::new(engine, &clause));
        let Some(mut delivery) = job.begun.take().or_else(begin) else {
            let rest = job.output.finish();
            job.give(rest);
            return Ok(false);
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
    fn engine(&mut self, voice: &VoiceKey) -> Result<&mut dyn Synthesizer, String> {
        let place = self.open.iter().position(|(other, _)| other == voice);
        let entry = if let Some(place) = place {
            self.open.remove(place)
        } else {
            let engine = (self.opener)(&voice.name, voice.speed)?;
            if self.open.len() > KEPT {
                self.open.remove(0);
            }
            (voice.clone(), self.rule.resident(engine))
        };
        self.open.push(entry);
        match self.open.last_mut() {
            Some((_, engine)) => Ok(&mut **engine),
            None => Err("the voice is gone; try again".into()),
        }
    }

    /// Drops the engine of a voice, which may be in any state.
    fn forget(&mut self, voice: &VoiceKey) {
        if let Some(place) = self.open.iter().position(|(other, _)| other == voice) {
            discard(self.open.remove(place));
        }
    }
}

/// Takes out the first text whose reader is not slow.
fn next_text(texts: &mut VecDeque<SpeakJob>) -> Option<SpeakJob> {
    let place = texts.iter().position(|job| !job.events.is_full())?;
    texts.remove(place)
}

impl SpeakJob {
    /// Whether its client is there.
    fn is_wanted(&self) -> bool {
        !self.stop.stale() && !self.events.is_closed()
    }

    fn give(&mut self, sound: Option<(Vec<f32>, u32)>) {
        if let Some((samples, rate)) = sound.filter(|(samples, _)| !samples.is_empty()) {
            self.events.piece(samples, rate);
        }
    }
}

#[cfg(test)]
mod tests;
