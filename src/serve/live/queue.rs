//! The utterances of a live session: their beginnings and ends, their readings and their events. Pure.
//!
//! The recognisers have one reading of a session at a time. They read an open utterance again and again, if they have
//! time, and a finished one as a whole. Readings of whole utterances are never left out.

use std::collections::VecDeque;
use std::mem::take;
use std::sync::Arc;

use super::event::LiveEvent;
use super::settings::LiveSettings;
use crate::engine::EngineError;
use crate::engine::options::AsrOptions;
use crate::message::{Time, Transcript};
use crate::signal::frame::FRAME;
use crate::transcribe::agreement::{CaptionWords, LiveCaption};
use crate::transcribe::listen::{ReadingExtent, part};
use crate::transcribe::segment::{VoicedSegment, time};
use crate::transcribe::track::{CaptionReading, CaptionTrack};

/// Most utterances that may wait to be read; beyond this, no more sound is taken.
const MOST_OWED: usize = 8;

/// A job for a recogniser.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadJob {
    /// 16 kHz, mono, -1..=1.
    pub audio: Arc<Vec<f32>>,
    /// Language, task and names.
    pub options: AsrOptions,
    /// How much of the utterance it is.
    pub extent: ReadingExtent,
}

/// An event that is still due, in order.
#[derive(Debug)]
enum PendingEvent {
    /// The words of an utterance, with the sound taken out of the segment.
    Words(VoicedSegment, Arc<Vec<f32>>),
    /// The report that an utterance has no words.
    Nothing,
    /// The report that a commit was done.
    Commit,
}

/// The reading that the recognisers work on.
#[derive(Debug)]
enum RunningRead {
    /// The open utterance so far; and whether it has ended meanwhile.
    Partial(VoicedSegment, bool),
    /// A whole utterance.
    Final(VoicedSegment),
}

/// The state of a session.
pub struct UtteranceQueue {
    settings: LiveSettings,
    track: CaptionTrack,
    /// Whether an utterance is open.
    open: bool,
    words: CaptionWords,
    shown: LiveCaption,
    /// Frames taken.
    taken: u64,
    /// The open utterance so far, if it is to be read.
    so_far: Option<VoicedSegment>,
    owed: VecDeque<PendingEvent>,
    reading: Option<RunningRead>,
    events: Vec<LiveEvent>,
}

impl UtteranceQueue {
    /// A session at its beginning. Voices shorter than `shortest` hold no words.
    pub fn new(settings: LiveSettings, shortest: Time) -> Self {
        let track = CaptionTrack::new(&settings.vad, settings.pace, shortest);
        Self {
            settings,
            track,
            open: false,
            words: CaptionWords::default(),
            shown: LiveCaption::default(),
            taken: 0,
            so_far: None,
            owed: VecDeque::new(),
            reading: None,
            events: Vec::new(),
        }
    }

    /// Sets the settings from here on.
    pub fn set(&mut self, settings: LiveSettings) {
        self.track.set(&settings.vad, settings.pace);
        self.settings = settings;
    }

    /// Takes a frame and the probability (0..=1) of a voice in it. `free` is whether the recognisers have time.
    pub fn push(&mut self, frame: Box<[f32; FRAME]>, probability: f32, free: bool) {
        self.taken += 1;
        let ready = free && self.reading.is_none() && self.owed.is_empty();
        let reading = self.track.push(frame, probability, ready);
        if let Some(CaptionReading::Partial(segment)) = reading {
            self.so_far = Some(segment);
        } else if reading.is_some() || (self.open && self.track.open_since().is_none()) {
            self.over(reading);
        }
        if let Some(start) = self.track.open_since().filter(|_| !self.open) {
            self.open = true;
            self.events.push(LiveEvent::Began(time(start)));
        }
    }

    /// Ends the utterance that is open, if one is.
    pub fn commit(&mut self) {
        self.end();
        self.owed.push_back(PendingEvent::Commit);
        self.settle();
    }

    /// Ends the open utterance, which is the last.
    pub fn end(&mut self) {
        if self.open {
            let reading = self.track.finish();
            self.over(reading);
        }
    }

    /// Forgets the utterance that is open.
    pub fn clear(&mut self) {
        self.track.clear();
        let open = self.close();
        self.events.push(LiveEvent::Cleared(open));
    }

    /// Ends an utterance, which is to be read if there is a final `reading`.
    fn over(&mut self, reading: Option<CaptionReading>) {
        self.close();
        let owed = if let Some(CaptionReading::Final(mut segment)) = reading {
            let end = segment.start + segment.audio.len() as u64;
            let end = segment.voices.last().map_or(end, |voice| voice.end);
            let audio = Arc::new(take(&mut segment.audio));
            self.events.push(LiveEvent::Over(time(end), Arc::clone(&audio)));
            PendingEvent::Words(segment, audio)
        } else {
            self.events.push(LiveEvent::Over(time(self.taken * FRAME as u64), Arc::default()));
            PendingEvent::Nothing
        };
        self.owed.push_back(owed);
        self.settle();
    }

    /// Closes the open utterance; returns whether there was one.
    fn close(&mut self) -> bool {
        self.words = CaptionWords::default();
        self.shown = LiveCaption::default();
        self.so_far = None;
        if let Some(RunningRead::Partial(_, over)) = &mut self.reading {
            *over = true;
        }
        take(&mut self.open)
    }

    /// Emits the due events that need no reading.
    fn settle(&mut self) {
        while self.reading.as_ref().is_none_or(|reading| matches!(reading, RunningRead::Partial(..))) {
            match self.owed.front() {
                Some(PendingEvent::Nothing) => self.events.push(LiveEvent::Final(None)),
                Some(PendingEvent::Commit) => self.events.push(LiveEvent::Committed),
                Some(PendingEvent::Words(..)) | None => return,
            }
            self.owed.pop_front();
        }
    }

    /// The next job, if the recognisers have none of this session.
    pub fn next_job(&mut self) -> Option<ReadJob> {
        if self.reading.is_some() {
            return None;
        }
        let options = self.settings.options.clone();
        // Only words can be due here: `settle` has emitted all other events.
        if let Some(PendingEvent::Words(segment, audio)) = self.owed.pop_front() {
            self.reading = Some(RunningRead::Final(segment));
            return Some(ReadJob { audio, options, extent: ReadingExtent::Whole });
        }
        let mut segment = self.so_far.take()?;
        let audio = Arc::new(take(&mut segment.audio));
        self.reading = Some(RunningRead::Partial(segment, false));
        Some(ReadJob { audio, options, extent: ReadingExtent::SoFar(self.words.beginning()) })
    }

    /// Gives up a partial reading whose utterance has ended; returns whether there was one.
    pub fn give_up(&mut self) -> bool {
        let useless = matches!(self.reading, Some(RunningRead::Partial(_, true)));
        if useless {
            self.reading = None;
            self.settle();
        }
        useless
    }

    /// Takes the result of the last job.
    pub fn read(&mut self, written: Result<Transcript, EngineError>) {
        match (self.reading.take(), written) {
            (Some(RunningRead::Final(segment)), Ok(transcript)) => {
                self.events.push(LiveEvent::Final(part(&segment, true, transcript).map(Box::new)));
            }
            (Some(RunningRead::Final(_)), Err(error)) => self.events.push(LiveEvent::Failed(error.to_string())),
            (Some(RunningRead::Partial(segment, false)), Ok(transcript)) => {
                let text = part(&segment, true, transcript).map(|part| part.transcript.text).unwrap_or_default();
                let caption = self.words.read(&text);
                if caption != self.shown {
                    self.shown = caption.clone();
                    self.events.push(LiveEvent::Partial(caption));
                }
            }
            // Ignore errors of partial readings: the reading of the whole utterance reports them.
            (Some(RunningRead::Partial(..)) | None, _) => {}
        }
        self.settle();
    }

    /// Whether no more sound may be taken for now.
    pub fn is_full(&self) -> bool {
        self.owed.len() >= MOST_OWED
    }

    /// Whether nothing is read, and nothing waits to be.
    pub fn is_settled(&self) -> bool {
        self.reading.is_none() && self.owed.is_empty()
    }

    /// The events since the last call.
    pub fn events(&mut self) -> Vec<LiveEvent> {
        take(&mut self.events)
    }
}

#[cfg(test)]
mod tests;
