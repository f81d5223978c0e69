//! The captions of a recording or of sources that sound now, one event after the other.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Context, Result};
use crossbeam_channel::{Receiver, Sender, bounded, never, select};

use super::output::CaptionEvent;
use super::source::{self, CaptionSource, SourceEvent};
use crate::cli::process::remark;
use crate::config::Config;
use crate::device::wav::SoundReader;
use crate::engine::options::AsrOptions;
use crate::engine::speaker::{KnownVoices, KnownVoicesError};
use crate::engine::{Transcriber, registry};
use crate::message::{Time, VoiceLikeness};
use crate::runtime::assembly::files;
use crate::runtime::recordings::RecordingEars;
use crate::transcribe::agreement::CaptionWords;
use crate::transcribe::listen::{TranscriptPart, understand};
use crate::transcribe::segment::{PauseLimit, VoicedSegment, time};
use crate::transcribe::track::{CaptionReading, CaptionTrack};
use crate::turn::Ticket;
use crate::worker::speaker::compare;

/// Whole parts that may wait for the ears: minutes of speech.
const WAITING: usize = 64;
/// Frames that may wait for this thread: 8 s.
const FRAMES: usize = 256;

/// Who takes the events; an error ends the captions.
pub type ShowCaption<'a> = dyn FnMut(&CaptionEvent) -> Result<()> + 'a;

/// How parts are to be heard.
#[derive(Clone, Debug, Default)]
pub struct ReadingOptions {
    /// While they are said.
    pub partial: AsrOptions,
    /// When they are over.
    pub whole: AsrOptions,
}

/// What captions are made of.
pub struct CaptionFeed<'a> {
    /// The settings.
    pub config: &'a Config,
    /// A recording; without one the sources are heard.
    pub input: Option<&'a Path>,
    /// What is heard now.
    pub sources: &'a [CaptionSource],
    /// How it is heard.
    pub options: ReadingOptions,
    /// Whether events come with how alike their voices are to those that are enrolled, if any are.
    pub voices: bool,
}

/// The state of one source's captions.
struct CaptionDesk {
    source: CaptionSource,
    track: CaptionTrack,
    words: CaptionWords,
}

impl CaptionDesk {
    fn new(source: CaptionSource, config: &Config) -> Self {
        let shortest = Time::from_millis(config.turn.min_voiced_ms);
        let track = CaptionTrack::new(&config.vad, PauseLimit::Captions, shortest);
        Self { source, track, words: CaptionWords::default() }
    }

    /// What a reading shows; a part that is over begins the words anew.
    fn event(&mut self, read: ReadPart) -> CaptionEvent {
        let (source, voice) = (self.source, read.voice);
        if read.over {
            self.words = CaptionWords::default();
            return read.part.map_or(CaptionEvent::Nothing, |part| CaptionEvent::Final { source, part, voice });
        }
        let (text, end) = read.part.map(|part| (part.transcript.text, part.end)).unwrap_or_default();
        CaptionEvent::Partial { source, start: read.start, end, words: self.words.read(&text), voice }
    }
}

/// What a reading gave.
struct ReadPart {
    /// Whether the part is over.
    over: bool,
    /// When its first voice began.
    start: Time,
    /// Its words, if there are any.
    part: Option<TranscriptPart>,
    /// How alike its voice is to those that are enrolled, where that is asked for and can be said.
    voice: Option<VoiceLikeness>,
}

/// The ears, and the voices that they know.
struct CaptionEars<'a> {
    asr: Box<dyn Transcriber>,
    options: &'a ReadingOptions,
    voices: Option<KnownVoices>,
}

impl<'a> CaptionEars<'a> {
    /// Opens them, if they can do what is asked for, and says what they are.
    fn open(feed: &'a CaptionFeed) -> Result<Self> {
        let mut choice = RecordingEars::choose(feed.config).open()?;
        remark(&format!("ears: {} ({})", choice.engine.describe(), choice.why));
        choice.engine.follow(&feed.options.whole)?;
        let files = files(feed.config);
        let voices = feed.voices.then(|| KnownVoices::open(&files.speaker, &files.voices));
        let voices = match voices.transpose() {
            Ok(voices) => voices,
            Err(KnownVoicesError::NoneEnrolled) => None,
            Err(error) => {
                remark(&format!("{error}; until then golem does not know whose voice it hears"));
                None
            }
        };
        Ok(Self { asr: choice.engine, options: &feed.options, voices })
    }

    fn read(&mut self, reading: &CaptionReading) -> Result<ReadPart> {
        let (over, segment) = match reading {
            CaptionReading::Partial(segment) => (false, segment),
            CaptionReading::Final(segment) => (true, segment),
            CaptionReading::Dropped => return Ok(ReadPart { over: true, start: Time::ZERO, part: None, voice: None }),
        };
        self.asr.follow(if over { &self.options.whole } else { &self.options.partial })?;
        let start = segment.voices.first().map_or(segment.start, |voice| voice.start);
        let part = understand(self.asr.as_mut(), segment, true, &Ticket::standing())?;
        let known = self.voices.as_mut().filter(|_| part.is_some());
        let voice = known.and_then(|known| compare(known, None, &voiced(segment)));
        Ok(ReadPart { over, start: time(start), part, voice })
    }
}

/// The sound of the voices in a segment.
fn voiced(segment: &VoicedSegment) -> Vec<f32> {
    let at = |sample: u64| usize::try_from(sample.saturating_sub(segment.start)).unwrap_or(usize::MAX);
    let voices = segment.voices.iter().filter_map(|voice| segment.audio.get(at(voice.start)..at(voice.end)));
    voices.flatten().copied().collect()
}

impl CaptionFeed<'_> {
    /// Shows events until `ended` is set, or until the recording ends and all of it was shown.
    ///
    /// # Errors
    /// When there is no sound or no ears, and those of `show`.
    pub fn follow(&self, ended: &Arc<AtomicBool>, show: &mut ShowCaption) -> Result<()> {
        match self.input {
            Some(path) => self.recording(path, ended, show),
            None => self.live(ended, show),
        }
    }

    /// A recording, read in the order of its sound.
    fn recording(&self, path: &Path, ended: &AtomicBool, show: &mut ShowCaption) -> Result<()> {
        let mut reader = SoundReader::open(path)?;
        let mut ears = CaptionEars::open(self)?;
        let mut vad = registry::vad(&files(self.config))?;
        let mut desk = CaptionDesk::new(CaptionSource::File, self.config);
        let mut take = |desk: &mut CaptionDesk, reading: CaptionReading| {
            let read = ears.read(&reading).with_context(|| path.display().to_string())?;
            show(&desk.event(read))
        };
        while let Some(frame) = reader.next_frame() {
            if ended.load(Ordering::SeqCst) {
                return Ok(());
            }
            let probability = vad.probability(&frame)?;
            if let Some(reading) = desk.track.push(frame, probability, true) {
                take(&mut desk, reading)?;
            }
        }
        if let Some(reading) = desk.track.finish() {
            take(&mut desk, reading)?;
        }
        if let Some(warning) = reader.warning() {
            remark(&warning);
        }
        Ok(())
    }

    /// Sources that sound now, each heard in a thread of its own; another reads.
    fn live(&self, ended: &Arc<AtomicBool>, show: &mut ShowCaption) -> Result<()> {
        let (sounds, events) = bounded(FRAMES);
        let (jobs, work) = bounded::<ReadingJob>(WAITING);
        let (words, readings) = bounded::<ReadWords>(WAITING);
        let config = self.config;
        thread::scope(|scope| {
            let spawn = |name: String, work: Box<dyn FnOnce() + Send>| {
                thread::Builder::new()
                    .name(name)
                    .spawn_scoped(scope, work)
                    .map(drop)
                    .context("no thread can be started")
            };
            spawn("golem-asr".into(), Box::new(move || read_all(self, &work, &words)))?;
            for source in self.sources.iter().copied() {
                let (sounds, ended) = (sounds.clone(), ended.clone());
                spawn(format!("golem-{source}"), Box::new(move || source::hear(source, config, &ended, &sounds)))?;
            }
            drop(sounds);
            let desk = |source: &CaptionSource| (*source, CaptionDesk::new(*source, config));
            let mut board = CaptionBoard {
                desks: self.sources.iter().map(desk).collect(),
                jobs: Some(jobs),
                reading: 0,
                several: self.sources.len() > 1,
            };
            let done = board.follow(events, readings, show);
            ended.store(true, Ordering::SeqCst);
            done
        })
    }
}

/// A reading on its way to the ears.
type ReadingJob = (CaptionSource, CaptionReading);
/// What the ears made of it.
type ReadWords = Result<(CaptionSource, ReadPart)>;

/// The ears' thread: reads until there are no more jobs.
fn read_all(feed: &CaptionFeed, work: &Receiver<ReadingJob>, words: &Sender<ReadWords>) {
    let mut ears = match CaptionEars::open(feed) {
        Ok(ears) => ears,
        Err(error) => {
            let _ = words.send(Err(error)); // without a reader golem is ending
            return;
        }
    };
    for (source, reading) in work {
        if words.send(ears.read(&reading).map(|read| (source, read))).is_err() {
            return;
        }
    }
}

/// All live sources, and what is on its way to the ears.
struct CaptionBoard {
    desks: HashMap<CaptionSource, CaptionDesk>,
    /// The way to the ears; none once the sources have ended.
    jobs: Option<Sender<ReadingJob>>,
    /// Readings that the ears have not given back.
    reading: usize,
    several: bool,
}

impl CaptionBoard {
    /// Follows the sources until all have ended and all they gave is shown.
    #[expect(clippy::needless_pass_by_value, reason = "the ends of the channels are closed on return")]
    fn follow(
        &mut self,
        mut events: Receiver<SourceEvent>,
        readings: Receiver<ReadWords>,
        show: &mut ShowCaption,
    ) -> Result<()> {
        loop {
            select! {
                recv(events) -> event => if let Ok(event) = event {
                    self.hear(event)?;
                } else {
                    self.finish();
                    events = never();
                },
                recv(readings) -> words => {
                    let Ok(words) = words else { return Ok(()) };
                    let (source, read) = words?;
                    self.reading = self.reading.saturating_sub(1);
                    if let Some(desk) = self.desks.get_mut(&source) {
                        show(&desk.event(read))?;
                    }
                },
            }
        }
    }

    fn hear(&mut self, event: SourceEvent) -> Result<()> {
        match event {
            SourceEvent::Frame(source, frame, probability) => {
                // What goes on is read when the ears have nothing else to do, what is over always.
                let ready = self.reading == 0;
                let reading = self.desks.get_mut(&source).and_then(|desk| desk.track.push(frame, probability, ready));
                if let Some(reading) = reading {
                    self.send(source, reading);
                }
                Ok(())
            }
            SourceEvent::Notice(notice) => {
                remark(&notice);
                Ok(())
            }
            // The others go on.
            SourceEvent::Failed(source, error) if self.several && self.desks.len() > 1 => {
                remark(&format!("{source}: {error:#}"));
                self.desks.remove(&source);
                Ok(())
            }
            SourceEvent::Failed(_, error) => Err(error),
        }
    }

    fn send(&mut self, source: CaptionSource, reading: CaptionReading) {
        if self.jobs.as_ref().is_some_and(|jobs| jobs.send((source, reading)).is_ok()) {
            self.reading += 1;
        }
    }

    /// The sources have ended: what is open is read as a whole, and then the ears end.
    fn finish(&mut self) {
        let last: Vec<ReadingJob> =
            self.desks.values_mut().filter_map(|desk| Some((desk.source, desk.track.finish()?))).collect();
        for (source, reading) in last {
            self.send(source, reading);
        }
        self.jobs = None;
    }
}
