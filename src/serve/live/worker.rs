//! The work of a live session in a listener's thread: conversion to 16 kHz, voice detection, and jobs for the
//! recognisers.

use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, never, select};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::UnboundedSender;

use super::event::{LiveEvent, LiveInput};
use super::queue::UtteranceQueue;
use super::settings::LiveSettings;
use crate::engine::{EngineError, Vad};
use crate::message::Time;
use crate::serve::pool::recogniser::{Recognisers, WrittenDown, ending};
use crate::serve::pool::task::TaskGuard;
use crate::serve::rate::RateConverter;
use crate::serve::sessions::SessionPlace;
use crate::signal::frame::{FRAME, RATE};
use crate::transcribe::listen::ReadingExtent;

/// An input in the queue, and the room that it takes.
pub struct QueuedInput {
    /// The input.
    pub input: LiveInput,
    /// The room, free for others when this is dropped.
    pub _room: OwnedSemaphorePermit,
}

/// A session and its channels, for a listener.
pub struct LiveJob {
    /// The settings at its beginning.
    pub settings: LiveSettings,
    /// The client's inputs.
    pub inputs: Receiver<QueuedInput>,
    /// The way of events to the client.
    pub events: UnboundedSender<LiveEvent>,
    /// The client's place, on which the work for it is noted.
    pub place: Arc<SessionPlace>,
}

/// A job that the recognisers have.
struct PendingRead {
    written: Receiver<WrittenDown>,
    /// Dropping it ends the work.
    _wanted: Arc<TaskGuard>,
}

/// A session at work.
struct SessionListener<'a> {
    desk: UtteranceQueue,
    vad: &'a mut (dyn Vad + 'static),
    recognisers: &'a Recognisers,
    rate: RateConverter,
    /// Samples of an incomplete frame.
    begun: Vec<f32>,
    reading: Option<PendingRead>,
}

/// Hears a session until its client ends it or has gone. Voices shorter than `shortest` hold no words.
///
/// # Errors
/// When the voice detector fails.
pub fn hear(
    job: LiveJob,
    vad: &mut (dyn Vad + 'static),
    recognisers: &Recognisers,
    shortest: Time,
) -> Result<(), EngineError> {
    vad.reset();
    let LiveJob { settings, inputs, events, place } = job;
    let desk = UtteranceQueue::new(settings, shortest);
    let mut ear = SessionListener {
        desk,
        vad,
        recognisers,
        rate: RateConverter::new(Some(RATE)),
        begun: Vec::new(),
        reading: None,
    };
    let (no_input, no_words) = (never(), never());
    let mut over = false;
    loop {
        for event in ear.desk.events() {
            if events.send(event).is_err() {
                return Ok(());
            }
        }
        if over && ear.desk.is_settled() {
            let _ = events.send(LiveEvent::Ended); // a client that has gone needs no end
            return Ok(());
        }
        let input = if over || ear.desk.is_full() { &no_input } else { &inputs };
        let written = ear.reading.as_ref().map_or(&no_words, |reading| &reading.written);
        let heard = select! {
            recv(input) -> input => match input {
                Ok(queued) => {
                    over = ear.take(queued.input)?;
                    1
                }
                Err(_) => return Ok(()),
            },
            recv(written) -> written => {
                ear.reading = None;
                ear.desk.read(written.unwrap_or_else(|_| Err(ending())));
                0
            }
        };
        ear.ask();
        let transcribes = !ear.desk.is_settled();
        place.activity(|activity| activity.work(heard, transcribes, Instant::now()));
    }
}

impl SessionListener<'_> {
    /// Takes an input; returns whether it was the last.
    fn take(&mut self, input: LiveInput) -> Result<bool, EngineError> {
        match input {
            LiveInput::Sound(samples, rate) => {
                let sound = self.rate.take(&samples, rate);
                self.hear(sound)?;
            }
            LiveInput::Commit => {
                self.flush()?;
                self.desk.commit();
            }
            LiveInput::Clear => {
                self.rate = RateConverter::new(Some(RATE));
                self.begun.clear();
                self.vad.reset();
                self.desk.clear();
            }
            LiveInput::Set(settings) => self.desk.set(*settings),
            LiveInput::End => {
                self.flush()?;
                self.desk.end();
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn hear(&mut self, sound: Option<(Vec<f32>, u32)>) -> Result<(), EngineError> {
        self.begun.extend(sound.map(|(samples, _)| samples).unwrap_or_default());
        let sound = std::mem::take(&mut self.begun);
        let (frames, rest) = sound.as_chunks::<FRAME>();
        self.begun.extend_from_slice(rest);
        for frame in frames {
            let probability = self.vad.probability(frame)?;
            self.desk.push(Box::new(*frame), probability, self.recognisers.is_free());
            self.ask();
        }
        Ok(())
    }

    /// Hears the rest of the sound, padded to a whole frame: an utterance ends here.
    fn flush(&mut self) -> Result<(), EngineError> {
        let rest = self.rate.finish();
        self.hear(rest)?;
        if !self.begun.is_empty() {
            self.begun.resize(FRAME, 0.0);
            self.hear(None)?;
        }
        Ok(())
    }

    /// Gives the recognisers the next job, and drops a job whose result is useless.
    fn ask(&mut self) {
        if self.desk.give_up() {
            self.reading = None;
        }
        if self.reading.is_some() {
            return;
        }
        if let Some(job) = self.desk.next_job() {
            let wanted = Arc::new(TaskGuard::default());
            let written = match job.extent {
                ReadingExtent::Whole => self.recognisers.write_down(job.audio, job.options, wanted.ticket()),
                ReadingExtent::SoFar(beginning) => {
                    self.recognisers.write_so_far(job.audio, job.options, beginning, &wanted)
                }
            };
            self.reading = Some(PendingRead { written, _wanted: wanted });
        }
    }
}
