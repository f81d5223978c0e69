//! Voice activity detection: frames from a source become frames with a probability of voice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};

use crate::device::capture::Capture;
use crate::device::reference::ReferenceReader;
use crate::device::{self, AudioSource, DeviceError};
use crate::engine::{EngineError, KeywordSpotter, Vad};
use crate::message::{EchoState, Event, Part};
use crate::signal::frame::FRAME;
use crate::signal::level::decibels;
use crate::worker::echo::EchoStage;
use crate::worker::echo_frame::{BesideFrame, EchoFrame, EchoSides};
use crate::worker::queue::DropOldest;
use crate::worker::switching::PartObserver;

/// Longest wait for a frame before the loop checks whether it should end.
const PATIENCE: Duration = Duration::from_millis(200);

/// Longest wait for a frame while the microphone is muted: a person who turns it on speaks at once.
const MUTED_PATIENCE: Duration = Duration::from_millis(32);

/// Longest wait for a frame while earlier ones wait for the loudspeaker's sound, which does not wake the loop.
const LATE_PATIENCE: Duration = Duration::from_millis(8);

/// A frame as heard, and the findings on it.
#[derive(Clone, Debug)]
pub struct VadFrame {
    /// 512 samples at 16 kHz, -1..=1.
    pub frame: Box<[f32; FRAME]>,
    /// Probability of voice, 0..=1.
    pub probability: f32,
    /// Root mean square of the frame in decibels below full scale, -100..=0.
    pub level: f32,
    /// How much of it may be golem's own voice.
    pub echo: EchoState,
    /// Whether the sound up to this frame was taken for the wake phrase.
    pub called: bool,
    /// Both inputs of the echo canceller, if they are recorded.
    pub sides: Option<Box<EchoSides>>,
}

/// The spotter of the wake phrase, and its threshold.
pub struct PhraseListener {
    /// Scores the sound.
    pub spotter: Box<dyn KeywordSpotter>,
    /// Score (0..=1) from which on sound is taken for the phrase.
    pub threshold: f32,
}

/// Frames that are judged together while no one speaks: 128 ms. A voice is confirmed by the third of its frames, so
/// gathering delays its beginning by one frame at most.
const GATHERED: u32 = 4;
/// Probability from which on a voice may be beginning: far below the thresholds of a voice.
const FAINT: f32 = 0.1;
/// Frames below `FAINT` in a row after which no one counts as speaking: 2 s, longer than pauses within an utterance.
const QUIET: u32 = 62;

/// Flags that the thread of voice activity detection shares with that of the dialogue.
#[derive(Clone, Debug, Default)]
pub struct Switches {
    /// The loop ends.
    pub stop: Arc<AtomicBool>,
    /// All is ready: frames of the microphone count from now on.
    pub listening: Arc<AtomicBool>,
    /// Frames of the microphone are discarded.
    pub muted: Arc<AtomicBool>,
    /// Something is under way: frames are judged at once.
    pub alert: Arc<AtomicBool>,
}

/// The channels and flags of the loop.
pub struct VadPorts {
    /// The channel of judged frames.
    pub heard: DropOldest<VadFrame>,
    /// The channel of the engine's failures.
    pub events: Sender<Event>,
    /// Names of microphones to switch to.
    pub requests: Receiver<String>,
    /// The loudspeaker's sound, if its echo is cancelled.
    pub reference: Option<ReferenceReader>,
    /// The flags that the loop obeys.
    pub switches: Switches,
    /// Called with the total of dropped samples whenever it has grown.
    pub dropped: Box<dyn FnMut(u64) + Send>,
}

/// Samples that were dropped since the loop began to listen.
#[derive(Debug, Default)]
struct Losses {
    /// Samples that the microphone had dropped before.
    before: Option<u64>,
    /// Samples that were dropped because the dialogue did not keep up.
    late: u64,
    /// The total that was reported last.
    reported: u64,
}

impl Losses {
    /// The total, if it has grown. `captured` is the number of samples that the microphone has dropped in all.
    fn grown(&mut self, captured: u64) -> Option<u64> {
        let total = self.late + captured.saturating_sub(self.before.unwrap_or(captured));
        (total > self.reported).then(|| {
            self.reported = total;
            total
        })
    }
}

/// Judges frames.
pub struct VadWorker {
    vad: Box<dyn Vad>,
    /// Takes golem's own voice out of frames before they are judged.
    echo: Option<EchoStage>,
    /// The newest frame, if there is no canceller.
    fresh: Option<EchoFrame>,
    /// Frames that wait to be judged together.
    #[allow(clippy::vec_box)] // they are passed on in their boxes
    waiting: Vec<Box<[f32; FRAME]>>,
    /// The echo stage's findings on the waiting frames.
    beside: Vec<BesideFrame>,
    /// Frames in a row without a sign of a voice.
    quiet: u32,
    phrase: Option<PhraseListener>,
}

impl VadWorker {
    /// A worker with a voice-activity engine.
    pub fn new(vad: Box<dyn Vad>) -> Self {
        let gathered = GATHERED as usize;
        let (waiting, beside) = (Vec::with_capacity(gathered), Vec::with_capacity(gathered));
        Self { vad, echo: None, fresh: None, waiting, beside, quiet: 0, phrase: None }
    }

    /// Puts an echo canceller before the detector, if there is one.
    #[must_use]
    pub fn with_echo(self, echo: Option<EchoStage>) -> Self {
        Self { echo, ..self }
    }

    /// Takes the loudspeaker's sound in the time of the next frame, at 16 kHz.
    pub fn played(&mut self, samples: &[f32]) {
        self.played_beside(samples, FRAME);
    }

    /// Takes the loudspeaker's sound since the last call. `captured` samples of the microphone are to be taken yet.
    fn played_beside(&mut self, samples: &[f32], captured: usize) {
        if let Some(echo) = &mut self.echo {
            echo.played(samples, captured);
        }
    }

    /// The microphone has lost sound.
    fn skip(&mut self) {
        if let Some(echo) = &mut self.echo {
            echo.skip();
        }
    }

    /// The notice to the person about the echo canceller, if there is one.
    pub fn notice(&mut self) -> Option<String> {
        self.echo.as_mut().and_then(EchoStage::notice)
    }

    /// Takes golem's own voice out of a frame.
    fn clean(&mut self, frame: Box<[f32; FRAME]>) -> EchoFrame {
        match &mut self.echo {
            Some(echo) => echo.hear(frame),
            None => EchoFrame::untouched(frame, None),
        }
    }

    /// Listens for a wake phrase as well, if there is one.
    #[must_use]
    pub fn listening_for(mut self, phrase: Option<PhraseListener>) -> Self {
        self.phrase = phrase;
        self
    }

    /// Gives the engines back, all audio forgotten.
    pub fn into_engines(mut self) -> (Box<dyn Vad>, Option<PhraseListener>) {
        self.vad.reset();
        self.phrase.iter_mut().for_each(|phrase| phrase.spotter.reset());
        (self.vad, self.phrase)
    }

    /// Takes a frame, and judges it at once if something is under way (`alert`) or there was a sign of a voice lately.
    /// Otherwise it is judged together with its neighbours, which costs a fraction and gives the same results.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn hear(&mut self, frame: Box<[f32; FRAME]>, alert: bool) -> Result<Vec<VadFrame>, EngineError> {
        let heard = self.clean(frame);
        self.judge(heard, alert)
    }

    fn judge(&mut self, heard: EchoFrame, alert: bool) -> Result<Vec<VadFrame>, EngineError> {
        self.waiting.push(heard.clean);
        self.beside.push(heard.beside);
        if self.waiting.len() < self.gathers(alert) as usize {
            return Ok(Vec::new());
        }
        let (frames, beside) = (std::mem::take(&mut self.waiting), std::mem::take(&mut self.beside));
        let judged = self.vad.probabilities(&frames)?;
        for probability in &judged {
            self.quiet = if *probability > FAINT { 0 } else { self.quiet.saturating_add(1) };
        }
        let heard = frames.into_iter().zip(judged).zip(beside);
        heard.map(|((frame, probability), beside)| self.judged(frame, probability, beside)).collect()
    }

    /// Number of frames that are judged together now.
    pub fn gathers(&self, alert: bool) -> u32 {
        if !alert && self.quiet >= QUIET { GATHERED } else { 1 }
    }

    /// Drops the frames that wait.
    pub fn forget(&mut self) {
        self.echo.iter_mut().for_each(EchoStage::forget);
        self.waiting.clear();
        self.beside.clear();
        self.phrase.iter_mut().for_each(|phrase| phrase.spotter.reset());
    }

    /// Listens to a microphone until [`Switches::stop`].
    ///
    /// # Errors
    /// When there will be no sound from the microphone any more.
    pub fn run(
        mut self,
        mut capture: Capture,
        mut ports: VadPorts,
        observer: &mut dyn PartObserver,
    ) -> Result<(), DeviceError> {
        let (mut losses, mut paired) = (Losses::default(), 0);
        while !ports.switches.stop.load(Ordering::Relaxed) {
            if let Ok(name) = ports.requests.try_recv() {
                match capture.switch(&name) {
                    Ok(()) => {
                        // The sound of that time belongs to the old microphone.
                        ports.reference.iter_mut().for_each(|reference| _ = reference.read());
                        self.changed();
                        observer.switched(capture.id(), capture.name());
                    }
                    Err(error) => observer.refused(&error.to_string()),
                }
            }
            capture.wait_for(self.gathers(ports.switches.alert.load(Ordering::Relaxed)));
            let muted = ports.switches.muted.load(Ordering::Relaxed);
            capture.mute(muted);
            if muted {
                // Forget the waiting frames: sound from before is not the beginning of later speech.
                self.forget();
            }
            let next = capture.next(self.patience(muted))?;
            if let Some(reference) = &mut ports.reference {
                let taken = if matches!(next, device::MicFrame::Frame(_)) { FRAME } else { 0 };
                self.played_beside(reference.read(), taken + capture.waiting());
            }
            // Pair what is played next anew: the reference of lost sound has nothing to be paired with.
            if muted || capture.dropped() > paired {
                self.skip();
            }
            paired = capture.dropped();
            match next {
                device::MicFrame::Frame(frame) => self.take(frame, &ports.switches),
                device::MicFrame::Notice(notice) => {
                    self.changed();
                    observer.notice(notice);
                    observer.found(capture.id(), capture.name());
                }
                device::MicFrame::Nothing | device::MicFrame::End => {}
            }
            self.pass_on(capture.dropped(), &mut ports, &mut losses);
            self.notice().into_iter().for_each(|notice| observer.notice(notice));
        }
        Ok(())
    }

    /// Longest wait for a frame.
    fn patience(&self, muted: bool) -> Duration {
        match muted {
            true => MUTED_PATIENCE,
            false if self.echo.as_ref().is_some_and(EchoStage::waits) => LATE_PATIENCE,
            false => PATIENCE,
        }
    }

    /// Takes a frame of the microphone.
    fn take(&mut self, frame: Box<[f32; FRAME]>, switches: &Switches) {
        if switches.muted.load(Ordering::Relaxed) {
            self.forget();
        } else if !switches.listening.load(Ordering::Acquire) {
            // Ignore frames while the engines load: they belong to no utterance, and do not count as lost. Nothing is
            // played yet, so the canceller begins with the first frame that counts, as it does with a recording.
            self.skip();
        } else if let Some(echo) = &mut self.echo {
            echo.take(frame);
        } else {
            self.fresh = Some(EchoFrame::untouched(frame, None));
        }
    }

    /// The next frame without golem's own voice, if it is ready.
    fn ready(&mut self) -> Option<EchoFrame> {
        self.echo.as_mut().map_or_else(|| self.fresh.take(), EchoStage::ready)
    }

    /// Judges the frames that are ready, passes judged frames on, and reports losses. `captured` is the number of
    /// samples that the microphone has dropped in all.
    fn pass_on(&mut self, captured: u64, ports: &mut VadPorts, losses: &mut Losses) {
        while let Some(heard) = self.ready() {
            losses.before.get_or_insert(captured);
            match self.judge(heard, ports.switches.alert.load(Ordering::Relaxed)) {
                Ok(judged) => {
                    let dropped: u64 = judged.into_iter().map(|heard| ports.heard.send(heard)).sum();
                    losses.late += dropped * FRAME as u64;
                }
                Err(error) => {
                    let reason = error.to_string();
                    drop(ports.events.send(Event::Failed { part: Part::Vad, number: 0, reason }));
                    continue;
                }
            }
            if let Some(total) = losses.grown(captured) {
                (ports.dropped)(total);
            }
        }
    }

    /// Judges one frame.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn step(&mut self, frame: Box<[f32; FRAME]>) -> Result<VadFrame, EngineError> {
        let EchoFrame { clean, beside } = self.clean(frame);
        let probability = self.vad.probability(&clean)?;
        self.judged(clean, probability, beside)
    }

    /// Completes a judged frame. The spotter gets the same sound as the voice detector.
    fn judged(
        &mut self,
        frame: Box<[f32; FRAME]>,
        probability: f32,
        beside: BesideFrame,
    ) -> Result<VadFrame, EngineError> {
        let level = decibels(&frame[..]);
        let probability = self.echo.as_mut().map_or(probability, |echo| echo.weigh(&beside, probability));
        let BesideFrame { words, echo, sides, .. } = beside;
        let score = |phrase: &mut PhraseListener| Ok(phrase.spotter.hear(&frame, probability)? >= phrase.threshold);
        let called = self.phrase.as_mut().map_or(Ok(false), score)?;
        Ok(VadFrame { frame: words.unwrap_or(frame), probability, level, echo, called, sides })
    }

    /// The microphone was exchanged.
    fn changed(&mut self) {
        if let Some(echo) = &mut self.echo {
            echo.changed();
        }
    }
}

#[cfg(test)]
mod tests;
