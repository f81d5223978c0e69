//! The microphone: frames of 16 kHz mono from any rate, format and number of channels.
//!
//! A lost device is opened again, or replaced by the default, as soon as there is one. A monitor, which hears what the
//! computer plays, is replaced by a monitor only.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::choice::{CaptureChoice, Presence};
use super::feed::Feed;
use super::find::{DeviceFinder, Direction, id_of};
use super::supervisor::{Supervisor, SupervisorAction, WarmUp};
use super::{AudioSource, DeviceError, MicFrame};
use crate::config::AudioConfig;
use crate::signal::frame::FRAME;

/// Longest sleep for each awaited frame, in case a wake-up goes to another thread than the reading one: half as long
/// again as the frame itself.
const NAP: Duration = Duration::from_millis(48);
/// Time between two searches for the default loudspeaker's monitor. Until the next one, the sound server may feed the
/// stream of a monitor that is gone from a microphone, and the loudspeaker of an open one may play nothing any more.
const SYSTEM_LOOK: Duration = Duration::from_millis(250);

/// A microphone, or what the computer plays.
pub struct Capture {
    choice: CaptureChoice,
    finder: DeviceFinder,
    feed: Option<Feed>,
    supervisor: Supervisor,
    /// The origin of the supervisor's time.
    began: Instant,
    ready: Vec<f32>,
    /// Frames that are awaited together.
    together: u32,
    notices: VecDeque<String>,
    dropped: u64,
    /// Whether no sample is read, of whichever stream.
    muted: bool,
}

impl Capture {
    /// Opens the configured microphone, or the system's default. To be opened in the thread that reads it.
    ///
    /// # Errors
    /// When there is none, or none that answers to the name.
    pub fn open(audio: &AudioConfig) -> Result<Self, DeviceError> {
        let mut finder = DeviceFinder::default();
        let (device, name) = finder.find(Direction::Input, &audio.input)?;
        let choice = CaptureChoice::named(&audio.input, &id_of(&device));
        let supervisor = Supervisor::new(WarmUp::FirstBeat, Duration::ZERO);
        Self::start(finder, choice, supervisor, &device, name)
    }

    /// Opens what the computer plays: the monitor of the system's default loudspeaker, and when the default changes,
    /// that of the next one. `None` where the sound system offers no monitor. To be opened in the thread that reads it.
    ///
    /// # Errors
    /// When the monitor cannot be opened.
    pub fn open_system() -> Result<Option<Self>, DeviceError> {
        let mut finder = DeviceFinder::default();
        let Some((device, name)) = finder.find_system() else { return Ok(None) };
        let supervisor = Supervisor::new(WarmUp::FirstBeat, Duration::ZERO).looking_every(SYSTEM_LOOK);
        Self::start(finder, CaptureChoice::System, supervisor, &device, name).map(Some)
    }

    fn start(
        finder: DeviceFinder,
        choice: CaptureChoice,
        supervisor: Supervisor,
        device: &cpal::Device,
        name: String,
    ) -> Result<Self, DeviceError> {
        let feed = Feed::open(device, name, false).map_err(|reason| Direction::Input.none(reason))?;
        Ok(Self {
            choice,
            finder,
            feed: Some(feed),
            supervisor,
            began: Instant::now(),
            ready: Vec::with_capacity(4 * FRAME),
            together: 1,
            notices: VecDeque::new(),
            dropped: 0,
            muted: false,
        })
    }

    /// Name of the microphone, `none` while it is lost.
    #[must_use]
    pub fn name(&self) -> &str {
        self.feed.as_ref().map_or("none", |feed| &feed.name)
    }

    /// Name of the microphone in the sound system; empty while it is lost.
    #[must_use]
    pub fn id(&self) -> &str {
        self.feed.as_ref().map_or("", |feed| &feed.id)
    }

    /// Goes on with another microphone, or with the system's default when `spec` is empty. What was heard and not read
    /// yet is forgotten.
    ///
    /// # Errors
    /// When there is no such microphone or it cannot be opened; the old one is heard on.
    pub fn switch(&mut self, spec: &str) -> Result<(), DeviceError> {
        let (device, name) = self.finder.find(Direction::Input, spec)?;
        let id = id_of(&device);
        if id != self.id() {
            let feed = Feed::open(&device, name, self.muted);
            let feed = feed.map_err(|reason| Direction::Input.refused(reason))?;
            self.let_go();
            self.take(feed, self.began.elapsed());
        }
        self.supervisor.chosen(self.began.elapsed());
        self.choice = CaptureChoice::named(spec, &id);
        Ok(())
    }

    /// While muted, not one sample of the microphone is read, and there are no frames.
    pub fn mute(&mut self, on: bool) {
        self.muted = on;
        if let Some(feed) = &mut self.feed {
            feed.mute(on);
        }
        if on {
            self.ready.clear();
        }
    }

    /// Waits for so many frames at a time from now on: a caller that judges them together need not wake for each.
    pub fn wait_for(&mut self, frames: u32) {
        self.together = frames.max(1);
    }

    /// Samples lost because they were not read in time.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped + self.feed.as_ref().map_or(0, Feed::dropped)
    }

    /// Samples at 16 kHz that were captured up to the last call of `next`, which has not returned them yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.ready.len()
    }

    fn frame(&mut self) -> Option<Box<[f32; FRAME]>> {
        if let Some(feed) = &mut self.feed {
            feed.drain(&mut self.ready);
        }
        // Allocate only for a frame that is there: the vad loop asks often while it waits for the loudspeaker's sound.
        let frame = Box::new(*self.ready.first_chunk()?);
        self.ready.drain(..FRAME);
        Some(frame)
    }

    /// Detects a lost device, and looks for one when it is time to.
    fn tend(&mut self, now: Duration) {
        if self.feed.as_ref().map(Feed::signs).is_some_and(|signs| self.supervisor.lost(now, signs)) {
            self.lose();
        }
        // Change streams only in silence: some sound is lost.
        if self.together > 1 {
            self.fit(now);
        }
        let mut presence = Presence::Here;
        let open = self.feed.as_ref().map_or("", |feed| &feed.id);
        let Self { finder, choice, .. } = self;
        let look = || {
            presence = finder.presence(choice, open);
            presence != Presence::Gone
        };
        match self.supervisor.advise(now, self.feed.is_some(), look) {
            SupervisorAction::Keep if presence == Presence::Elsewhere => self.go_home(now),
            SupervisorAction::Keep => {}
            SupervisorAction::Close => {
                // This sound may already come from the device to which the sound system has moved the stream.
                self.ready.clear();
                self.lose();
            }
            SupervisorAction::Reopen => self.reopen(now),
            SupervisorAction::GoHome => self.go_home(now),
        }
    }

    /// Changes to a stream that calls less often, if there is one.
    fn fit(&mut self, now: Duration) {
        let Some(feed) = &mut self.feed else { return };
        if let Some(calm) = feed.calmed() {
            feed.drain(&mut self.ready);
            self.let_go();
            self.feed = Some(calm);
            self.supervisor.opened(now, 0);
        }
    }

    fn lose(&mut self) {
        self.notices.push_back(self.choice.lost(self.name()));
        self.let_go();
    }

    fn let_go(&mut self) {
        self.dropped = self.dropped();
        super::dispose(self.feed.take());
    }

    fn reopen(&mut self, now: Duration) {
        let (found, stand_in) = self.finder.find_chosen_or_default(&self.choice);
        self.supervisor.stands_in(stand_in);
        let opened =
            found.map_err(|error| error.to_string()).and_then(|(device, name)| Feed::open(&device, name, self.muted));
        match opened {
            Ok(feed) => self.come_back(feed, now),
            Err(reason) => tracing::debug!(%reason, "no microphone yet"),
        }
        self.supervisor.tried(now, self.feed.is_some());
    }

    /// Goes back from a stand-in to the chosen device when that is there again, or on to the monitor of the next default
    /// loudspeaker.
    fn go_home(&mut self, now: Duration) {
        self.supervisor.tried(now, true);
        let Ok((device, name)) = self.finder.find_chosen(&self.choice) else { return };
        if let Ok(feed) = Feed::open(&device, name, self.muted) {
            self.supervisor.stands_in(false);
            self.come_back(feed, now);
        }
    }

    /// Takes a stream in place of a lost one or of the open one, and queues a notice.
    fn come_back(&mut self, feed: Feed, now: Duration) {
        let before = self.feed.as_ref().map(|before| before.name.as_str());
        self.notices.push_back(self.choice.found(&feed.name, before));
        self.let_go();
        self.take(feed, now);
    }

    fn take(&mut self, feed: Feed, now: Duration) {
        self.ready.clear();
        self.feed = Some(feed);
        self.supervisor.opened(now, 0);
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        super::dispose(self.feed.take());
    }
}

impl AudioSource for Capture {
    fn next(&mut self, timeout: Duration) -> Result<MicFrame, DeviceError> {
        let deadline = Instant::now() + timeout;
        loop {
            let now = Instant::now();
            self.tend(self.began.elapsed());
            if let Some(notice) = self.notices.pop_front() {
                return Ok(MicFrame::Notice(notice));
            }
            if let Some(frame) = self.frame() {
                return Ok(MicFrame::Frame(frame));
            }
            if now >= deadline {
                return Ok(MicFrame::Nothing);
            }
            if let Some(feed) = &self.feed {
                feed.wake_for((self.together as usize * FRAME).saturating_sub(self.ready.len()));
            }
            std::thread::park_timeout((deadline - now).min(NAP * self.together));
        }
    }
}
