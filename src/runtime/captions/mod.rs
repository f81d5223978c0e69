//! The captions of a recording or of sources that sound now, one event after the other.

mod detector;
pub mod event;
pub mod source;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Context, Result};
use crossbeam_channel::{Receiver, Sender, bounded, never, select};

use self::event::CaptionEvent;
use self::source::{CaptionSource, LiveSources, SourceEvent};
use super::assembly::files;
use super::recordings::RecordingAsr;
use super::stderr::remark;
use crate::config::Config;
use crate::device::wav::SoundReader;
use crate::engine::options::AsrOptions;
use crate::engine::speaker::{KnownVoices, KnownVoicesError};
use crate::engine::{Transcriber, registry};
use crate::message::{Time, VoiceLikeness};
use crate::transcribe::agreement::CaptionWords;
use crate::transcribe::listen::{ReadingExtent, TranscriptPart, understand};
use crate::transcribe::segment::{PauseLimit, VoicedSegment, time};
use crate::transcribe::track::{CaptionReading, CaptionTrack};
use crate::turn::Ticket;
use crate::worker::speaker::compare;

/// Whole parts that may wait for the recogniser: minutes of speech.
const WAITING: usize = 64;
/// Frames that may wait for this thread: 8 s.
const FRAMES: usize = 256;

/// The receiver of events; its error ends the captions.
pub type ShowCaption<'a> = dyn FnMut(&CaptionEvent) -> Result<()> + 'a;

/// The options for the recogniser.
#[derive(Clone, Debug, Default)]
pub struct ReadingOptions {
    /// For open parts.
    pub partial: AsrOptions,
    /// For finished parts.
    pub whole: AsrOptions,
}

/// The sources and settings of captions.
pub struct CaptionFeed<'a> {
    /// The settings.
    pub config: &'a Config,
    /// A recording; without one, `sources` are heard.
    pub input: Option<&'a Path>,
    /// The live sources.
    pub sources: &'a [CaptionSource],
    /// The options for the recogniser.
    pub options: ReadingOptions,
    /// Whether events say how alike their voices are to the enrolled ones, if there are any.
    pub voices: bool,
}

/// The state of one source's captions.
struct CaptionSourceState {
    source: CaptionSource,
    track: CaptionTrack,
    words: CaptionWords,
}

impl CaptionSourceState {
    fn new(source: CaptionSource, config: &Config) -> Self {
        let shortest = Time::from_millis(config.turn.min_voiced_ms);
        let track = CaptionTrack::new(&config.vad, PauseLimit::Captions, shortest);
        Self { source, track, words: CaptionWords::default() }
    }

    /// The event of a reading; after a finished part the words begin anew.
    fn event(&mut self, read: ReadPart) -> CaptionEvent {
        let (source, voice) = (self.source, read.voice);
        if read.over {
            self.words = CaptionWords::default();
            let dropped = CaptionEvent::Dropped { source };
            return read.part.map_or(dropped, |part| CaptionEvent::Final { source, part, voice });
        }
        let (text, end) = read.part.map(|part| (part.transcript.text, part.end)).unwrap_or_default();
        CaptionEvent::Partial { source, start: read.start, end, words: self.words.read(&text), voice }
    }
}

/// The result of a reading.
struct ReadPart {
    /// Whether the part is over.
    over: bool,
    /// When its first voice began.
    start: Time,
    /// Its words, if there are any.
    part: Option<TranscriptPart>,
    /// How alike its voice is to the enrolled ones, where that is asked for and can be measured.
    voice: Option<VoiceLikeness>,
}

/// The recogniser, and the enrolled voices.
struct CaptionReader<'a> {
    asr: Box<dyn Transcriber>,
    options: &'a ReadingOptions,
    voices: Option<KnownVoices>,
}

impl<'a> CaptionReader<'a> {
    /// Opens the recogniser, if it can do what is asked for, and prints its description.
    fn open(feed: &'a CaptionFeed) -> Result<Self> {
        let mut choice = RecordingAsr::choose(feed.config).open()?;
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

    /// Reads a part, which begins with `beginning` if it is still open.
    fn read(&mut self, reading: &CaptionReading, beginning: String) -> Result<ReadPart> {
        let (segment, extent) = match reading {
            CaptionReading::Partial(segment) => (segment, ReadingExtent::SoFar(beginning)),
            CaptionReading::Final(segment) => (segment, ReadingExtent::Whole),
            CaptionReading::Dropped => return Ok(ReadPart { over: true, start: Time::ZERO, part: None, voice: None }),
        };
        let over = extent == ReadingExtent::Whole;
        self.asr.follow(if over { &self.options.whole } else { &self.options.partial })?;
        let start = segment.voices.first().map_or(segment.start, |voice| voice.start);
        let part = understand(self.asr.as_mut(), segment, &extent, true, &Ticket::standing())?;
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
    /// When there is no sound or no recogniser, and those of `show`.
    pub fn follow(&self, ended: &Arc<AtomicBool>, show: &mut ShowCaption) -> Result<()> {
        self.follow_counting(&LiveSources::default(), ended, show)
    }

    /// Like [`CaptionFeed::follow`], and keeps the number of live sources in `live`: one that cannot be heard is
    /// missing from it when the next event is shown.
    ///
    /// # Errors
    /// As [`CaptionFeed::follow`].
    pub fn follow_counting(&self, live: &LiveSources, ended: &Arc<AtomicBool>, show: &mut ShowCaption) -> Result<()> {
        match self.input {
            Some(path) => self.recording(path, ended, show),
            None => self.live(live, ended, show),
        }
    }

    /// A recording, read in the order of its sound.
    fn recording(&self, path: &Path, ended: &AtomicBool, show: &mut ShowCaption) -> Result<()> {
        let mut reader = SoundReader::open(path)?;
        let mut ears = CaptionReader::open(self)?;
        let mut vad = registry::vad(&files(self.config))?;
        let mut desk = CaptionSourceState::new(CaptionSource::File, self.config);
        let mut take = |desk: &mut CaptionSourceState, reading: CaptionReading| {
            let read = ears.read(&reading, desk.words.beginning()).with_context(|| path.display().to_string())?;
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

    /// Live sources, each heard in a thread of its own; another thread transcribes.
    fn live(&self, live: &LiveSources, ended: &Arc<AtomicBool>, show: &mut ShowCaption) -> Result<()> {
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
            for (source, system) in source::beside_each_other(self.sources) {
                let (sounds, ended) = (sounds.clone(), ended.clone());
                let hear = move || source::hear(source, system, config, &ended, &sounds);
                spawn(format!("golem-{source}"), Box::new(hear))?;
            }
            drop(sounds);
            let mut board = CaptionLoop::new(self.sources, config, jobs, live.clone());
            let done = board.follow(events, readings, show);
            ended.store(true, Ordering::SeqCst);
            done
        })
    }
}

/// A reading on its way to the recogniser, and the words that it begins with if its part is still open.
type ReadingJob = (CaptionSource, CaptionReading, String);
/// The result of the recogniser.
type ReadWords = Result<(CaptionSource, ReadPart)>;

/// The thread of the recogniser: reads until there are no more jobs.
fn read_all(feed: &CaptionFeed, work: &Receiver<ReadingJob>, words: &Sender<ReadWords>) {
    let mut ears = match CaptionReader::open(feed) {
        Ok(ears) => ears,
        Err(error) => {
            let _ = words.send(Err(error)); // without a reader golem is ending
            return;
        }
    };
    for (source, reading, beginning) in work {
        if words.send(ears.read(&reading, beginning).map(|read| (source, read))).is_err() {
            return;
        }
    }
}

/// All live sources, and the readings that the recogniser has.
struct CaptionLoop {
    desks: HashMap<CaptionSource, CaptionSourceState>,
    /// The way to the recogniser; `None` once the sources have ended.
    jobs: Option<Sender<ReadingJob>>,
    /// Readings that the recogniser has not given back.
    reading: usize,
    /// The number of `desks`.
    live: LiveSources,
}

impl CaptionLoop {
    fn new(sources: &[CaptionSource], config: &Config, jobs: Sender<ReadingJob>, live: LiveSources) -> Self {
        let desk = |source: &CaptionSource| (*source, CaptionSourceState::new(*source, config));
        let desks: HashMap<_, _> = sources.iter().map(desk).collect();
        live.set(desks.len());
        Self { desks, jobs: Some(jobs), reading: 0, live }
    }

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
                // Read an open part only when the recogniser is idle; read a finished part always.
                let ready = self.reading == 0;
                if let Some(desk) = self.desks.get_mut(&source)
                    && let Some(reading) = desk.track.push(frame, probability, ready)
                {
                    let beginning = desk.words.beginning();
                    self.send((source, reading, beginning));
                }
                Ok(())
            }
            SourceEvent::Notice(notice) => {
                remark(&notice);
                Ok(())
            }
            // The other sources go on.
            SourceEvent::Failed(source, error) if self.live.several() => {
                remark(&format!("{source}: {error:#}"));
                self.desks.remove(&source);
                self.live.set(self.desks.len());
                Ok(())
            }
            SourceEvent::Failed(_, error) => Err(error),
        }
    }

    fn send(&mut self, job: ReadingJob) {
        if self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok()) {
            self.reading += 1;
        }
    }

    /// Ends the captions after the sources: open parts are read as a whole, and then the recogniser's thread ends.
    fn finish(&mut self) {
        let whole = |desk: &mut CaptionSourceState| Some((desk.source, desk.track.finish()?, String::new()));
        let last: Vec<ReadingJob> = self.desks.values_mut().filter_map(whole).collect();
        for job in last {
            self.send(job);
        }
        self.jobs = None;
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::source::NoMonitor;
    use super::*;

    #[test]
    fn a_source_that_cannot_be_heard_is_no_live_one_and_the_last_one_ends_the_captions() {
        let live = LiveSources::default();
        let (jobs, _work) = bounded(WAITING);
        let sources = [CaptionSource::Microphone, CaptionSource::System];
        let mut board = CaptionLoop::new(&sources, &Config::default(), jobs, live.clone());
        assert!(live.several());
        board.hear(SourceEvent::Failed(CaptionSource::System, NoMonitor.into())).unwrap();
        assert!(!live.several() && board.desks.contains_key(&CaptionSource::Microphone));
        let lost = board.hear(SourceEvent::Failed(CaptionSource::Microphone, anyhow!("it is gone")));
        assert_eq!(lost.unwrap_err().to_string(), "it is gone");
    }
}
