//! `golem captions`: what is said, as text while it is said.

mod output;
mod source;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::thread;

use anyhow::{Context, Result};
use clap::Args;
use crossbeam_channel::{Receiver, Sender, bounded, never, select};

use self::output::{CaptionEvent, CaptionForm, CaptionWriter};
use self::source::{CaptionSource, SourceChoice, SourceEvent};
use super::interrupted;
use super::process::remark;
use crate::config::Config;
use crate::device::wav::SoundReader;
use crate::engine::{Transcriber, registry};
use crate::message::Time;
use crate::runtime::assembly::files;
use crate::runtime::recordings::RecordingEars;
use crate::transcribe::agreement::CaptionWords;
use crate::transcribe::listen::{TranscriptPart, understand};
use crate::transcribe::segment::{PauseLimit, time};
use crate::transcribe::track::{CaptionReading, CaptionTrack};
use crate::turn::Ticket;

/// Whole parts that may wait for the ears: minutes of speech.
const WAITING: usize = 64;
/// Frames that may wait for this thread: 8 s.
const FRAMES: usize = 256;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  golem captions                              what is said into the microphone
  golem captions --source system --srt film.srt
                                              what the computer plays, also as subtitles
  golem captions --source both --txt meeting.txt
                                              a meeting: both sides, each under its name
  golem captions --language auto
  golem captions --json | jq -r 'select(.type == \"final\").text'
  golem captions --input talk.mp3             a recording, as fast as it can be heard")]
pub struct CaptionArgs {
    /// Whose words
    #[arg(long, value_enum, default_value_t = SourceChoice::Microphone)]
    source: SourceChoice,
    /// A recording instead
    #[arg(long, value_name = "FILE", conflicts_with = "source")]
    input: Option<PathBuf>,
    /// What is spoken, such as en or ru; auto hears it anew in each part
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
    /// Keep subtitles as SubRip in a file, whole at every moment
    #[arg(long, value_name = "FILE")]
    srt: Option<PathBuf>,
    /// Keep subtitles as WebVTT in a file
    #[arg(long, value_name = "FILE")]
    vtt: Option<PathBuf>,
    /// Keep a line of text per part in a file
    #[arg(long, value_name = "FILE")]
    txt: Option<PathBuf>,
    /// A line of JSON per event: words as they come, and whole parts
    #[arg(long)]
    json: bool,
}

/// Captions until Ctrl-C, or until the recording ends.
pub fn run(args: &CaptionArgs, config: &Config) -> Result<()> {
    let mut config = config.clone();
    if let Some(language) = &args.language {
        config.asr.language.clone_from(language);
    }
    let files = output::files(args.srt.as_ref(), args.vtt.as_ref(), args.txt.as_ref());
    let named = args.source == SourceChoice::Both;
    let mut writer = CaptionWriter::new(CaptionForm::choose(args.json), named, files)?;
    let done = match &args.input {
        Some(path) => recording(path, &config, &mut writer),
        None => live(args.source.sources(), &config, &mut writer),
    };
    writer.end();
    done
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
        Self { source, track: CaptionTrack::new(&config.vad, PauseLimit::Captions, shortest), words: CaptionWords::default() }
    }

    /// What a reading shows; a part that is over begins the words anew.
    fn event(&mut self, over: bool, start: Time, read: Option<TranscriptPart>) -> CaptionEvent {
        let source = self.source;
        if over {
            self.words = CaptionWords::default();
            return read.map_or(CaptionEvent::Nothing, |part| CaptionEvent::Final { source, part });
        }
        let text = read.map(|part| part.transcript.text).unwrap_or_default();
        CaptionEvent::Partial { source, start, words: self.words.read(&text) }
    }
}

/// The ears, which say what they are.
fn ears(config: &Config) -> Result<Box<dyn Transcriber>> {
    let choice = RecordingEars::choose(config).open()?;
    remark(&format!("ears: {} ({})", choice.engine.describe(), choice.why));
    Ok(choice.engine)
}

/// Reads what `reading` is of: whether the part is over, when it began, and its words if there are any.
fn read(asr: &mut dyn Transcriber, reading: &CaptionReading) -> Result<(bool, Time, Option<TranscriptPart>)> {
    let (over, segment) = match reading {
        CaptionReading::Partial(segment) => (false, segment),
        CaptionReading::Final(segment) => (true, segment),
        CaptionReading::Dropped => return Ok((true, Time::ZERO, None)),
    };
    let start = segment.voices.first().map_or(segment.start, |voice| voice.start);
    Ok((over, time(start), understand(asr, segment, true, &Ticket::standing())?))
}

/// A recording, read in the order of its sound.
fn recording(path: &Path, config: &Config, writer: &mut CaptionWriter) -> Result<()> {
    let mut reader = SoundReader::open(path)?;
    let mut asr = ears(config)?;
    let mut vad = registry::vad(&files(config))?;
    let mut desk = CaptionDesk::new(CaptionSource::File, config);
    let mut show = |desk: &mut CaptionDesk, reading: CaptionReading| {
        let (over, start, read) = read(asr.as_mut(), &reading).with_context(|| path.display().to_string())?;
        writer.show(&desk.event(over, start, read))
    };
    while let Some(frame) = reader.next_frame() {
        let probability = vad.probability(&frame)?;
        if let Some(reading) = desk.track.push(frame, probability, true) {
            show(&mut desk, reading)?;
        }
    }
    if let Some(reading) = desk.track.finish() {
        show(&mut desk, reading)?;
    }
    if let Some(warning) = reader.warning() {
        eprintln!("golem: {warning}");
    }
    Ok(())
}

/// A reading on its way to the ears.
type ReadingJob = (CaptionSource, CaptionReading);
/// What the ears made of it: of which source, whether the part is over, its beginning, its words.
type ReadWords = Result<(CaptionSource, bool, Time, Option<TranscriptPart>)>;

/// Sources that sound now, each heard in a thread of its own; another reads.
fn live(sources: &[CaptionSource], config: &Config, writer: &mut CaptionWriter) -> Result<()> {
    let ended = interrupted();
    let (sounds, events) = bounded(FRAMES);
    let (jobs, work) = bounded::<ReadingJob>(WAITING);
    let (words, readings) = bounded::<ReadWords>(WAITING);
    thread::scope(|scope| {
        let spawn = |name: String, work: Box<dyn FnOnce() + Send>| {
            thread::Builder::new().name(name).spawn_scoped(scope, work).map(drop).context("no thread can be started")
        };
        spawn("golem-asr".into(), Box::new(move || read_all(config, &work, &words)))?;
        for source in sources.iter().copied() {
            let (sounds, ended) = (sounds.clone(), ended.clone());
            spawn(format!("golem-{source}"), Box::new(move || source::hear(source, config, &ended, &sounds)))?;
        }
        drop(sounds);
        let mut board = CaptionBoard {
            desks: sources.iter().map(|source| (*source, CaptionDesk::new(*source, config))).collect(),
            jobs: Some(jobs),
            reading: 0,
            several: sources.len() > 1,
        };
        let done = board.follow(events, readings, writer);
        ended.store(true, Ordering::SeqCst);
        done
    })
}

/// The ears' thread: reads until there are no more jobs.
fn read_all(config: &Config, work: &Receiver<ReadingJob>, words: &Sender<ReadWords>) {
    let mut asr = match ears(config) {
        Ok(asr) => asr,
        Err(error) => {
            let _ = words.send(Err(error)); // without a reader golem is ending
            return;
        }
    };
    for (source, reading) in work {
        let read = read(asr.as_mut(), &reading).map(|(over, start, part)| (source, over, start, part));
        if words.send(read).is_err() {
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
        writer: &mut CaptionWriter,
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
                    let (source, over, start, read) = words?;
                    self.reading = self.reading.saturating_sub(1);
                    if let Some(desk) = self.desks.get_mut(&source) {
                        writer.show(&desk.event(over, start, read))?;
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
