//! The loudspeaker: streams that play a [`super::line::OutputLine`], one at a time.
//!
//! The line outlives the stream: if a device is lost, or another one is wanted, the next stream plays the line on from
//! where it stood.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cpal::traits::DeviceTrait;

use super::DeviceError;
use super::deck::{Deck, deck};
use super::find::{DeviceFinder, Direction, id_of};
use super::reference::ReferenceWriter;
use super::stream::{Flow, OutputStream};
use super::supervisor::{STALL, Signs, Supervisor, SupervisorAction, WarmUp};
use super::tap::SharedTap;
use crate::config::AudioConfig;

/// Longest time to open a wanted device.
const PATIENCE: Duration = Duration::from_secs(5);
/// Rest after which a stream is closed until sound is wanted again: cpal asks PulseAudio ten times a second for the
/// latency of a resting stream, and each answer wakes two threads.
const SLEEP: Duration = Duration::from_secs(10);
/// Time in which a replaced stream plays what the sound system has of it.
const FAREWELL: Duration = Duration::from_millis(500);

/// The outcome of opening another device; `None` if it is the one that plays.
type OpenedPlayback = Result<Option<OutputStream>, DeviceError>;

/// A loudspeaker.
pub struct Playback {
    spec: String,
    /// Connections to the sound system, one for the playing stream and one for the next: cpal gives all streams of a
    /// connection to PulseAudio the same number of synchronisation, and the server binds those to one device.
    finders: [Arc<Mutex<DeviceFinder>>; 2],
    /// Index of the playing stream's connection.
    own: usize,
    shared: Arc<SharedTap>,
    stream: Option<OutputStream>,
    /// The previous stream, and when it may be closed.
    leaving: Option<(OutputStream, Instant)>,
    /// The channel of a wanted device, its name, and since when it is wanted.
    opening: Option<(Receiver<OpenedPlayback>, String, Instant)>,
    /// Streams numbered so far.
    streams: u64,
    name: String,
    rate: u32,
    supervisor: Supervisor,
    /// The origin of the supervisor's time.
    began: Instant,
    /// The flow of the playing stream, and of any that takes over from it.
    flow: Flow,
    /// When that flow began.
    turned: Instant,
    /// Whether the stream was closed because nothing had been played for long.
    asleep: bool,
}

fn lock(finder: &Mutex<DeviceFinder>) -> MutexGuard<'_, DeviceFinder> {
    finder.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Playback {
    /// Opens the configured loudspeaker, or the system's default, and a deck at its rate. A cut fades out within
    /// `fade_ms`, 1 to 10.
    ///
    /// # Errors
    /// When there is none, or none that answers to the name.
    pub fn open(audio: &AudioConfig, fade_ms: u32) -> Result<(Self, Deck), DeviceError> {
        Self::open_with(audio, fade_ms, None)
    }

    /// Like [`Playback::open`], but all that goes to the device also goes to `reference`.
    ///
    /// # Errors
    /// When there is none, or none that answers to the name.
    pub fn open_with(
        audio: &AudioConfig,
        fade_ms: u32,
        reference: Option<ReferenceWriter>,
    ) -> Result<(Self, Deck), DeviceError> {
        let mut finder = DeviceFinder::default();
        let (device, name) = finder.find(Direction::Output, &audio.output)?;
        let preferred = device.default_output_config();
        let preferred =
            preferred.map_err(|error| Direction::Output.none(format!("\"{name}\" cannot be used ({error})")))?;
        let (deck, line) = deck(preferred.sample_rate(), fade_ms);
        let rate = line.rate();
        let now = Instant::now();
        let mut playback = Self {
            spec: audio.output.clone(),
            finders: [Arc::new(Mutex::new(finder)), Arc::default()],
            own: 0,
            shared: SharedTap::new(line, reference),
            stream: None,
            leaving: None,
            opening: None,
            streams: 0,
            name,
            rate,
            supervisor: Supervisor::new(WarmUp::Whole, Duration::ZERO),
            began: now,
            flow: Flow::Run,
            turned: now,
            asleep: false,
        };
        playback.connect(&device).map_err(|reason| Direction::Output.none(reason))?;
        Ok((playback, deck))
    }

    /// Rate of the deck, in hertz.
    #[must_use]
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Name of the loudspeaker.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Name of the loudspeaker in the sound system; empty while it is lost.
    #[must_use]
    pub fn id(&self) -> &str {
        self.stream.as_ref().map_or("", |stream| &stream.id)
    }

    /// Readies the loudspeaker for sound, the sooner the better: one that rested takes some milliseconds, or longer if
    /// the sound system has sent the device to sleep.
    pub fn wake(&mut self) {
        self.turn(Flow::Run);
    }

    /// Lets the loudspeaker rest: nothing will be played for a while. Its loss at rest is reported as soon as the sound
    /// system reports it; a stall, or a loss after a long rest, only shows once it is woken.
    pub fn rest(&mut self) {
        self.turn(Flow::Rest);
    }

    fn turn(&mut self, flow: Flow) {
        if flow == self.flow {
            return;
        }
        (self.flow, self.turned) = (flow, Instant::now());
        self.supervisor.warm_up(self.began.elapsed());
        if let Some(stream) = &self.stream {
            stream.flow(flow);
        }
    }

    /// Wants another loudspeaker, or the system's default when `spec` is empty. It is opened in a thread of its own
    /// while the old one plays on; [`Playback::switched`] makes the change. An earlier request is dropped.
    pub fn switch(&mut self, spec: &str) {
        self.streams += 1;
        let (number, rate, current) = (self.streams, self.rate, self.id().to_owned());
        let finder = Arc::clone(&self.finders[1 - self.own]);
        let (shared, wanted) = (Arc::clone(&self.shared), spec.to_owned());
        let (leaving, stale) = (self.leaving.take(), self.opening.take());
        let (done, opening) = channel();
        let open = move |finder: &mut DeviceFinder| -> OpenedPlayback {
            // Close these first: they are of the same connection. Do not wait for one that hangs, so that the next is
            // tried.
            let _ = super::dispose(leaving).recv_timeout(STALL);
            let _ = super::dispose(stale).recv_timeout(STALL);
            let (device, name) = finder.find(Direction::Output, &wanted)?;
            if id_of(&device) == current {
                return Ok(None);
            }
            let opened = OutputStream::open(&shared, number, rate, &device, name);
            opened.map(Some).map_err(|reason| Direction::Output.refused(reason))
        };
        let thread = std::thread::Builder::new().name("golem-opening".into()).spawn(move || {
            let mut finder = lock(&finder);
            // If the caller no longer waits for it, the stream is closed here or by the next that is opened.
            drop(done.send(open(&mut finder)));
        });
        if let Err(error) = thread {
            tracing::warn!("no loudspeaker is opened: {error}");
        }
        self.opening = Some((opening, spec.to_owned(), Instant::now()));
    }

    /// The outcome of the last [`Playback::switch`]; `None` while there is none. Speech goes on through the new
    /// loudspeaker, at the next sample.
    ///
    /// # Errors
    /// When there is no such loudspeaker or it cannot be opened; the old one plays on.
    pub fn switched(&mut self) -> Option<Result<(), DeviceError>> {
        let (opening, _, since) = self.opening.as_ref()?;
        let opened = match opening.try_recv() {
            Ok(opened) => opened,
            Err(TryRecvError::Empty) if since.elapsed() < PATIENCE => return None,
            Err(TryRecvError::Empty) => Err(Direction::Output.refused("does not answer")),
            Err(TryRecvError::Disconnected) => Err(Direction::Output.refused("thread was refused by the system")),
        };
        let (opening, spec, _) = self.opening.take()?;
        if opened.is_err() {
            // Close a stream that comes too late.
            super::dispose(Some(opening));
        }
        Some(opened.map(|stream| {
            self.spec = spec;
            self.supervisor.chosen(self.began.elapsed());
            if let Some(stream) = stream {
                self.own = 1 - self.own;
                self.change_over(stream);
            }
        }))
    }

    fn change_over(&mut self, stream: OutputStream) {
        let now = Instant::now();
        stream.flow(self.flow);
        self.shared.play(stream.number, self.stream.is_some());
        self.name.clone_from(&stream.name);
        let before = self.stream.replace(stream).map(|stream| (stream, now + FAREWELL));
        super::dispose(std::mem::replace(&mut self.leaving, before));
        self.supervisor.opened(self.began.elapsed(), self.shared.beats.load(Ordering::Relaxed));
        (self.asleep, self.turned) = (false, now);
    }

    /// Keeps the line playing: opens a lost device again, or takes the default one. Returns a notice to the person, if
    /// any. To be called a few times a second; it reads the time from the machine.
    pub fn tend(&mut self) -> Option<String> {
        let now = Instant::now();
        let time = now.duration_since(self.began);
        if self.leaving.as_ref().is_some_and(|(_, end)| now >= *end) {
            super::dispose(self.leaving.take());
        }
        if self.stream.is_some() && self.supervisor.lost(time, self.signs()) {
            self.shared.play(0, false);
            super::dispose(self.stream.take());
            return Some(format!("loudspeaker \"{}\" is lost; the reply goes on as soon as there is one", self.name));
        }
        if self.flow == Flow::Rest {
            if self.stream.is_some() && now.duration_since(self.turned) > SLEEP {
                self.shared.play(0, false);
                super::dispose(self.stream.take());
                self.asleep = true;
            }
        } else if std::mem::take(&mut self.asleep) {
            return self.get_up();
        }
        // Do not advise while another device is being opened: it is the next one. Do not ask either whether the device
        // of choice is present while it plays: the stream of a missing device fails or stalls.
        if self.asleep || self.opening.is_some() || (self.stream.is_some() && !self.supervisor.is_stand_in()) {
            return None;
        }
        let notice = match self.supervisor.advise(time, self.stream.is_some(), || true) {
            SupervisorAction::Keep | SupervisorAction::Close => return None,
            SupervisorAction::Reopen => self.reopen(),
            SupervisorAction::GoHome => self.go_home(),
        };
        self.supervisor.tried(time, self.stream.is_some());
        notice
    }

    /// The signs of life of the playing stream.
    fn signs(&self) -> Signs {
        let (beats, failed) = (&self.shared.beats, &self.shared.failed);
        let resting = self.flow == Flow::Rest;
        Signs { beats: beats.load(Ordering::Relaxed), failed: failed.load(Ordering::Relaxed), resting }
    }

    /// Opens the loudspeaker after sleep. Returns no notice if it is the same one as before.
    fn get_up(&mut self) -> Option<String> {
        let before = self.name.clone();
        let notice = self.reopen();
        notice.filter(|_| self.name != before)
    }

    fn reopen(&mut self) -> Option<String> {
        let mut finder = lock(&self.finders[self.own]);
        let (found, stand_in) = finder.find_or_default(Direction::Output, &self.spec);
        drop(finder);
        self.supervisor.stands_in(stand_in);
        let (device, name) = found.ok()?;
        self.change_to(&device, name)
    }

    /// Goes back from a stand-in to the chosen device when that is there again.
    fn go_home(&mut self) -> Option<String> {
        let (device, name) = lock(&self.finders[self.own]).find(Direction::Output, &self.spec).ok()?;
        self.supervisor.stands_in(false);
        self.change_to(&device, name)
    }

    fn change_to(&mut self, device: &cpal::Device, name: String) -> Option<String> {
        self.name = name;
        match self.connect(device) {
            Ok(()) => Some(format!("speaking through \"{}\"", self.name)),
            Err(reason) => {
                tracing::debug!(%reason, "no loudspeaker yet");
                None
            }
        }
    }

    /// Starts a stream that plays the line, in place of any other. The error is a reason to be put into a sentence.
    fn connect(&mut self, device: &cpal::Device) -> Result<(), String> {
        self.streams += 1;
        self.shared.play(self.streams, false);
        super::dispose(self.stream.take());
        let stream = OutputStream::open(&self.shared, self.streams, self.rate, device, self.name.clone())?;
        stream.flow(self.flow);
        self.stream = Some(stream);
        self.supervisor.opened(self.began.elapsed(), self.shared.beats.load(Ordering::Relaxed));
        Ok(())
    }
}

impl Drop for Playback {
    fn drop(&mut self) {
        super::dispose(self.stream.take());
        super::dispose(self.leaving.take());
        super::dispose(self.opening.take());
    }
}
