//! The utterances of a live session: when each begins and ends, when it is read, and what is said of it. Pure.
//!
//! The recognisers have one reading of a session at a time. An utterance is read again and again while it is said, if they
//! have time, and as a whole when it is over; readings of whole utterances are never left out.

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
use crate::transcribe::listen::part;
use crate::transcribe::segment::{VoicedSegment, time};
use crate::transcribe::track::{CaptionReading, CaptionTrack};

/// Most utterances that may wait to be read; then no more sound is taken until one was.
const MOST_OWED: usize = 8;

/// What a recogniser is to read.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadJob {
    /// 16 kHz, mono, -1..=1.
    pub audio: Arc<Vec<f32>>,
    /// How.
    pub options: AsrOptions,
    /// Whether the utterance is over.
    pub whole: bool,
}

/// What is still to be said, in order.
#[derive(Debug)]
enum Owed {
    /// The words of an utterance, and its sound, which is not in the segment any more.
    Words(VoicedSegment, Arc<Vec<f32>>),
    /// That an utterance has no words.
    Nothing,
    /// That a commit was done.
    Commit,
}

/// What the recognisers have.
#[derive(Debug)]
enum Read {
    /// The utterance that is being said, so far; whether it is over meanwhile.
    Partial(VoicedSegment, bool),
    /// A whole one.
    Final(VoicedSegment),
}

/// The state of a session.
pub struct LiveDesk {
    settings: LiveSettings,
    track: CaptionTrack,
    /// Whether an utterance is open.
    open: bool,
    words: CaptionWords,
    shown: LiveCaption,
    /// Frames taken.
    taken: u64,
    /// What is said so far, if it is to be read.
    so_far: Option<VoicedSegment>,
    owed: VecDeque<Owed>,
    reading: Option<Read>,
    events: Vec<LiveEvent>,
}

impl LiveDesk {
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

    /// From here on it is heard as `settings` say.
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
        self.owed.push_back(Owed::Commit);
        self.settle();
    }

    /// Ends the utterance that is open, which is the last.
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

    /// An utterance is over, with what is to be read of it.
    fn over(&mut self, reading: Option<CaptionReading>) {
        self.close();
        let owed = if let Some(CaptionReading::Final(mut segment)) = reading {
            let end = segment.start + segment.audio.len() as u64;
            let end = segment.voices.last().map_or(end, |voice| voice.end);
            let audio = Arc::new(take(&mut segment.audio));
            self.events.push(LiveEvent::Over(time(end), Arc::clone(&audio)));
            Owed::Words(segment, audio)
        } else {
            self.events.push(LiveEvent::Over(time(self.taken * FRAME as u64), Arc::default()));
            Owed::Nothing
        };
        self.owed.push_back(owed);
        self.settle();
    }

    /// No utterance is open any more; whether one was.
    fn close(&mut self) -> bool {
        self.words = CaptionWords::default();
        self.shown = LiveCaption::default();
        self.so_far = None;
        if let Some(Read::Partial(_, over)) = &mut self.reading {
            *over = true;
        }
        take(&mut self.open)
    }

    /// Says what can be said without a reading.
    fn settle(&mut self) {
        while self.reading.as_ref().is_none_or(|reading| matches!(reading, Read::Partial(..))) {
            match self.owed.front() {
                Some(Owed::Nothing) => self.events.push(LiveEvent::Final(None)),
                Some(Owed::Commit) => self.events.push(LiveEvent::Committed),
                Some(Owed::Words(..)) | None => return,
            }
            self.owed.pop_front();
        }
    }

    /// What is to be read next, if the recognisers have nothing of this session.
    pub fn next_job(&mut self) -> Option<ReadJob> {
        if self.reading.is_some() {
            return None;
        }
        let options = self.settings.options.clone();
        // All else that was owed is said already.
        if let Some(Owed::Words(segment, audio)) = self.owed.pop_front() {
            self.reading = Some(Read::Final(segment));
            return Some(ReadJob { audio, options, whole: true });
        }
        let mut segment = self.so_far.take()?;
        let audio = Arc::new(take(&mut segment.audio));
        self.reading = Some(Read::Partial(segment, false));
        Some(ReadJob { audio, options, whole: false })
    }

    /// Gives up a reading of no use, since the utterance is over meanwhile; whether there was one.
    pub fn give_up(&mut self) -> bool {
        let useless = matches!(self.reading, Some(Read::Partial(_, true)));
        if useless {
            self.reading = None;
            self.settle();
        }
        useless
    }

    /// Takes what the recognisers made of the last job.
    pub fn read(&mut self, written: Result<Transcript, EngineError>) {
        match (self.reading.take(), written) {
            (Some(Read::Final(segment)), Ok(transcript)) => {
                self.events.push(LiveEvent::Final(part(&segment, true, transcript).map(Box::new)));
            }
            (Some(Read::Final(_)), Err(error)) => self.events.push(LiveEvent::Failed(error.to_string())),
            (Some(Read::Partial(segment, false)), Ok(transcript)) => {
                let text = part(&segment, true, transcript).map(|part| part.transcript.text).unwrap_or_default();
                let caption = self.words.read(&text);
                if caption != self.shown {
                    self.shown = caption.clone();
                    self.events.push(LiveEvent::Partial(caption));
                }
            }
            // What is wrong with the ears is said of the whole utterance.
            (Some(Read::Partial(..)) | None, _) => {}
        }
        self.settle();
    }

    /// Whether no more sound is to be taken for now.
    pub fn is_full(&self) -> bool {
        self.owed.len() >= MOST_OWED
    }

    /// Whether nothing is read, and nothing waits to be.
    pub fn is_settled(&self) -> bool {
        self.reading.is_none() && self.owed.is_empty()
    }

    /// What came of it since the last call.
    pub fn events(&mut self) -> Vec<LiveEvent> {
        take(&mut self.events)
    }
}

#[cfg(test)]
mod tests;
