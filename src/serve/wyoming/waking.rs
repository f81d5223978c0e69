//! The wait for the wake phrase in a client's sound.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender, unbounded};
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::frame::WyomingEvent;
use crate::config::Config;
use crate::engine::{EngineError, registry};
use crate::runtime::assembly::files;
use crate::runtime::wake;
use crate::serve::services::Services;
use crate::serve::sessions::SessionPlace;
use crate::signal::frame::{FRAME, RATE};
use crate::transcribe::segment::time;

/// Most samples that may wait to be heard: 2 minutes, as long as a phrase may take to be learned.
const BEHIND: usize = 120 * RATE as usize;
/// Samples within which detections are one call: a second.
const SAME_CALL: u64 = RATE as u64;

/// A wait for the wake phrase. Dropping it ends the wait.
pub struct WakeStream {
    /// `None` when all sound has come.
    sound: Option<Sender<Vec<f32>>>,
    /// Samples that wait to be heard.
    behind: Arc<AtomicUsize>,
    heard: UnboundedReceiver<Result<WyomingEvent, String>>,
    called: bool,
}

impl WakeStream {
    /// Waits for the phrase of the settings in the sound of a client that holds `place`; the sound begins at `since`,
    /// in milliseconds of the client's clock.
    pub fn begin(services: &Services, place: SessionPlace, since: u64) -> Self {
        let (sound, pieces) = unbounded();
        let (sender, heard) = unbounded_channel();
        let behind = Arc::new(AtomicUsize::new(0));
        let (mut config, learning, waiting) =
            (services.config.clone(), Arc::clone(&services.learning), Arc::clone(&behind));
        // The client gets a detection at once: no one asks asr.
        config.wake.confirm = false;
        tokio::task::spawn_blocking(move || {
            let call = |samples| sender.send(Ok(detection(config.wake.phrase.trim(), since, samples))).is_ok();
            if let Err(error) = listen(&config, &learning, &pieces, &waiting, &place, call) {
                // The client may have gone.
                let _ = sender.send(Err(error.to_string()));
            }
        });
        Self { sound: Some(sound), behind, heard, called: false }
    }

    /// Takes sound (16 kHz, mono, -1..=1); whether there was room for it.
    pub fn take(&mut self, samples: Vec<f32>) -> bool {
        if self.behind.fetch_add(samples.len(), Ordering::Relaxed) > BEHIND {
            return false;
        }
        if let Some(sound) = &self.sound {
            // The listener may have ended; its error is sent to the client.
            let _ = sound.send(samples);
        }
        true
    }

    /// All sound has come.
    pub fn end(&mut self) {
        self.sound = None;
    }

    /// Whether the phrase has been heard.
    pub fn has_called(&self) -> bool {
        self.called
    }

    /// The next detection, or why there will be none; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<WyomingEvent, String>> {
        let heard = self.heard.recv().await;
        self.called |= matches!(heard, Some(Ok(_)));
        heard
    }
}

/// Calls `call` with the number of samples up to the end of each phrase, until it returns false.
fn listen(
    config: &Config,
    learning: &Mutex<()>,
    pieces: &Receiver<Vec<f32>>,
    behind: &AtomicUsize,
    place: &SessionPlace,
    mut call: impl FnMut(u64) -> bool,
) -> Result<(), EngineError> {
    let files = files(config);
    let listener = {
        let _turn = learning.lock().unwrap_or_else(PoisonError::into_inner);
        wake::listener(config, &files, &mut |_| ())?
    };
    let Some(mut listener) = listener else { return Ok(()) };
    let mut vad = registry::vad(&files)?;
    let (mut waiting, mut at, mut last) = (Vec::new(), 0_u64, None);
    for piece in pieces {
        place.heard(time(piece.len() as u64));
        waiting.extend(piece);
        let mut frames = waiting.chunks_exact(FRAME);
        for frame in frames.by_ref() {
            let Ok(frame) = <&[f32; FRAME]>::try_from(frame) else { continue };
            let score = listener.spotter.hear(frame, vad.probability(frame)?)?;
            at += FRAME as u64;
            behind.fetch_sub(FRAME, Ordering::Relaxed);
            if score >= listener.threshold && last.is_none_or(|last| at > last + SAME_CALL) {
                last = Some(at);
                if !call(at) {
                    return Ok(());
                }
            }
        }
        waiting = frames.remainder().to_vec();
    }
    Ok(())
}

/// The event of a phrase that ended after so many samples.
fn detection(name: &str, since: u64, samples: u64) -> WyomingEvent {
    let at = since.saturating_add(samples * 1_000 / u64::from(RATE));
    WyomingEvent::new("detection", json!({"name": name, "timestamp": at}))
}
