//! The listeners: a thread for each recording or live session. It decodes the sound, finds the voices in it, and has
//! the recognisers write them down.

use std::path::Path;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use tempfile::TempPath;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::guard::{discard, guarded};
use super::recogniser::Recognisers;
use super::rest::{NextJob, Resident, RestRule};
use super::task::TaskGuard;
use crate::config::Config;
use crate::device::DeviceError;
use crate::device::wav::SoundReader;
use crate::engine::options::AsrOptions;
use crate::engine::{EngineError, Vad, memory};
use crate::message::Time;
use crate::serve::error::LISTENER_FAILED;
use crate::serve::live::event::LiveEvent;
use crate::serve::live::session::LiveSession;
use crate::serve::live::settings::LiveSettings;
use crate::serve::live::worker::{self, LiveJob};
use crate::serve::sessions::SessionPlace;
use crate::signal::frame::{FRAME, RATE};
use crate::transcribe::listen::{FileListener, FileProgress, Recording, TranscriptPart};
use crate::transcribe::segment::PauseLimit;
use crate::turn::Ticket;

/// The sound of a recording.
pub enum RecordingSound {
    /// A file of any kind, which is removed when it has been heard.
    File(TempPath),
    /// Samples (16 kHz, mono, -1..=1) as they come, to the end of the channel. The channel has no bound, so that the
    /// client is read while its sound is transcribed: the sender limits the length.
    Live(Receiver<Vec<f32>>),
}

/// The events of a recording, in order.
#[derive(Debug)]
pub enum HeardEvent {
    /// The transcript of a part.
    Part(Box<TranscriptPart>),
    /// It has been heard to its end; its length. Nothing follows.
    End(Duration),
    /// It cannot be heard, or not further. Nothing follows.
    Fault(ListenFault),
}

/// Why a recording is not heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenFault {
    /// It holds no sound that golem can read.
    Unreadable(String),
    /// It is longer than so many minutes.
    TooLong(u64),
    /// The engine cannot do what was asked for.
    Refused(String),
    /// The engine broke.
    Failed(String),
}

/// A recording, and the options for it.
pub struct ListenRequest {
    /// Its sound.
    pub sound: RecordingSound,
    /// Language, task and names.
    pub options: AsrOptions,
}

/// A recording that is being heard. Dropping it ends the work.
pub struct ListenHandle {
    /// The events of the recording.
    pub events: UnboundedReceiver<HeardEvent>,
    _wanted: TaskGuard,
}

/// The next task of a listener, and the place of its client.
struct ListenJob {
    task: ListenTask,
    place: Arc<SessionPlace>,
}

enum ListenTask {
    Recording { request: ListenRequest, stop: Ticket, events: UnboundedSender<HeardEvent> },
    Live(LiveJob),
}

/// Opens the voice detector of a listener, in the thread that uses it.
pub type DetectorOpener = Box<dyn Fn() -> Result<Box<dyn Vad>, EngineError> + Send + Sync>;

/// The state that all listeners share.
struct ListenerShare {
    config: Config,
    open: DetectorOpener,
    recognisers: Recognisers,
    pace: PauseLimit,
}

/// The listeners. Dropping them ends their threads.
pub struct Listeners {
    jobs: Sender<ListenJob>,
}

impl Listeners {
    /// Starts `count` listeners.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(
        config: &Config,
        open: DetectorOpener,
        recognisers: Recognisers,
        pace: PauseLimit,
        count: usize,
        rule: &RestRule,
    ) -> std::io::Result<(Self, Vec<JoinHandle<()>>)> {
        let share = Arc::new(ListenerShare { config: config.clone(), open, recognisers, pace });
        let (jobs, queue) = bounded(count.max(1));
        let mut threads = Vec::with_capacity(count);
        for number in 1..=count.max(1) {
            let (share, queue, rule) = (Arc::clone(&share), queue.clone(), rule.clone());
            threads.push(
                Builder::new()
                    .name(format!("golem-serve-listen-{number}"))
                    .spawn(move || work(&share, &queue, &rule))?,
            );
        }
        Ok((Self { jobs }, threads))
    }

    /// Hears a recording for a client that holds `place`. There are as many listeners as places.
    pub fn hear(&self, request: ListenRequest, place: SessionPlace) -> ListenHandle {
        let (sender, events) = unbounded_channel();
        let wanted = TaskGuard::default();
        let task = ListenTask::Recording { request, stop: wanted.ticket(), events: sender };
        // Without listeners the server is ending: the events then end without a last one.
        let _ = self.jobs.try_send(ListenJob { task, place: Arc::new(place) });
        ListenHandle { events, _wanted: wanted }
    }

    /// Hears a live session for a client that holds `place`.
    pub fn live(&self, settings: LiveSettings, place: SessionPlace) -> LiveSession {
        let place = Arc::new(place);
        let (session, job) = LiveSession::open(settings, Arc::clone(&place));
        let _ = self.jobs.try_send(ListenJob { task: ListenTask::Live(job), place });
        session
    }
}

fn work(share: &ListenerShare, jobs: &Receiver<ListenJob>, rule: &RestRule) {
    // Load the voice detector with the first recording: most listeners are seldom needed.
    let mut vad = None;
    let mut rested = true;
    loop {
        let job = match rule.next(jobs, rested) {
            NextJob::Job(job) => job,
            NextJob::Idle => {
                if rule.unloads() {
                    discard(vad.take());
                }
                memory::give_back();
                rested = true;
                continue;
            }
            NextJob::End => return,
        };
        rested = false;
        let ListenJob { task, place } = job;
        match task {
            ListenTask::Recording { request, stop, events } => {
                let heard = guarded(|| listen(share, &mut vad, rule, request, &stop, &events, &place));
                let last = match heard.unwrap_or_else(|| Err(ListenFault::Failed(broken(&mut vad)))) {
                    Ok(length) => HeardEvent::End(length),
                    Err(fault) => HeardEvent::Fault(fault),
                };
                // Free the place before the last event: the client may ask again at once.
                drop(place);
                // The client may have gone.
                let _ = events.send(last);
            }
            ListenTask::Live(job) => {
                let events = job.events.clone();
                let followed = guarded(|| follow(share, &mut vad, rule, job).map_err(|error| error.to_string()));
                if let Err(reason) = followed.unwrap_or_else(|| Err(broken(&mut vad))) {
                    tracing::warn!("a live session has failed: {reason}");
                    let _ = events.send(LiveEvent::Failed(reason));
                }
                drop(place);
            }
        }
    }
}

/// Drops the voice detector of a job that panicked, which may be in any state; gives the reason for the client.
fn broken(vad: &mut Option<Resident<dyn Vad>>) -> String {
    discard(vad.take());
    LISTENER_FAILED.into()
}

fn follow(
    share: &ListenerShare,
    vad: &mut Option<Resident<dyn Vad>>,
    rule: &RestRule,
    job: LiveJob,
) -> Result<(), EngineError> {
    let vad = loaded(share, vad, rule)?;
    let shortest = Time::from_millis(share.config.turn.min_voiced_ms);
    worker::hear(job, vad, &share.recognisers, shortest)
}

/// The voice detector of a listener, which is loaded when it is first needed.
fn loaded<'a>(
    share: &ListenerShare,
    vad: &'a mut Option<Resident<dyn Vad>>,
    rule: &RestRule,
) -> Result<&'a mut (dyn Vad + 'static), EngineError> {
    let loaded = match vad.take() {
        Some(vad) => vad,
        None => rule.resident((share.open)()?),
    };
    Ok(&mut **vad.insert(loaded))
}

fn listen(
    share: &ListenerShare,
    vad: &mut Option<Resident<dyn Vad>>,
    rule: &RestRule,
    request: ListenRequest,
    stop: &Ticket,
    events: &UnboundedSender<HeardEvent>,
    place: &SessionPlace,
) -> Result<Duration, ListenFault> {
    let ListenRequest { sound, options } = request;
    let minutes = share.config.serve.max_minutes;
    let mut recording = LimitedRecording::open(&sound, Duration::from_mins(minutes))?;
    let vad = loaded(share, vad, rule).map_err(|error| fault(&error))?;
    let mut ears = share.recognisers.client(options);
    let mut listener = FileListener::new(&mut ears, Some(vad), &share.config, share.pace);
    let on_part = |part: TranscriptPart| {
        place.understood(part.transcript.language.as_deref(), None);
        // The client may have gone.
        let _ = events.send(HeardEvent::Part(Box::new(part)));
    };
    let on_progress = |progress: FileProgress| place.heard_up_to(progress.done);
    let length = listener.hear(&mut recording, stop, on_part, on_progress).map_err(|error| fault(&error))?;
    if recording.too_long() { Err(ListenFault::TooLong(minutes)) } else { Ok(length) }
}

fn fault(error: &EngineError) -> ListenFault {
    match error {
        EngineError::Refused(reason) => ListenFault::Refused(reason.clone()),
        other => ListenFault::Failed(other.to_string()),
    }
}

/// Why an upload cannot be read, without its path on this machine's disk, which means nothing to a client.
fn unreadable(path: &Path, error: &DeviceError) -> ListenFault {
    let reason = match error {
        DeviceError::Read { reason, .. } => reason.clone(),
        other => other.to_string(),
    };
    let place = path.with_extension("").display().to_string();
    ListenFault::Unreadable(reason.replace(&place, "FILE"))
}

/// A recording that ends at a limit.
struct LimitedRecording<'a> {
    source: LimitedSource<'a>,
    limit: Duration,
    over: bool,
}

enum LimitedSource<'a> {
    File(Box<SoundReader>),
    Live { pieces: &'a Receiver<Vec<f32>>, waiting: Vec<f32>, given: usize },
}

impl<'a> LimitedRecording<'a> {
    fn open(sound: &'a RecordingSound, limit: Duration) -> Result<Self, ListenFault> {
        let source = match sound {
            RecordingSound::File(path) => {
                let reader = SoundReader::open(path).map_err(|error| unreadable(path, &error))?;
                LimitedSource::File(Box::new(reader))
            }
            RecordingSound::Live(pieces) => LimitedSource::Live { pieces, waiting: Vec::new(), given: 0 },
        };
        Ok(Self { source, limit, over: false })
    }

    /// Whether there was more than the limit.
    fn too_long(&self) -> bool {
        self.over
    }
}

impl Recording for LimitedRecording<'_> {
    fn next_frame(&mut self) -> Option<Box<[f32; FRAME]>> {
        let full = self.position() >= self.limit;
        let frame = match &mut self.source {
            LimitedSource::File(reader) => reader.next_frame(),
            LimitedSource::Live { pieces, waiting, given } => {
                while waiting.len() < FRAME {
                    let Ok(piece) = pieces.recv() else { break };
                    waiting.extend(piece);
                }
                if waiting.is_empty() {
                    return None;
                }
                let mut frame = Box::new([0.0; FRAME]);
                let length = waiting.len().min(FRAME);
                frame[..length].copy_from_slice(&waiting[..length]);
                waiting.drain(..length);
                *given += length;
                Some(frame)
            }
        };
        if full && frame.is_some() {
            self.over = true;
            return None;
        }
        frame
    }

    fn position(&self) -> Duration {
        match &self.source {
            LimitedSource::File(reader) => reader.position(),
            LimitedSource::Live { given, .. } => time(*given),
        }
    }

    fn duration(&self) -> Option<Duration> {
        match &self.source {
            LimitedSource::File(reader) => reader.duration(),
            LimitedSource::Live { .. } => None,
        }
    }
}

/// The duration of so many samples.
fn time(samples: usize) -> Duration {
    Duration::from_micros(samples as u64 * 1_000_000 / u64::from(RATE))
}

#[cfg(test)]
mod tests;
