//! The sources of captions: the microphone, what the computer plays, a recording.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use serde::Serialize;

use super::detector::{SoundFrame, SourceDetector};

use crate::config::Config;
use crate::device::capture::Capture;
use crate::device::{AudioSource, MicFrame};
use crate::runtime::stderr::hush;

/// Longest wait for one frame.
const PATIENCE: Duration = Duration::from_secs(1);
/// Longest wait for one frame while earlier ones wait for what was played in their time.
const LATE_PATIENCE: Duration = Duration::from_millis(8);
/// Frames of the computer's sound that may wait for the microphone: a second.
const WAITING: usize = 32;

/// The computer's own sound cannot be heard.
#[derive(Debug, thiserror::Error)]
#[error("the sound system offers no monitor of what it plays (PulseAudio and PipeWire do); see golem devices")]
pub struct NoMonitor;

/// A source of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum CaptionSource {
    /// The microphone.
    Microphone,
    /// The sound that the computer plays.
    System,
    /// A recording.
    File,
}

/// The events of a source.
pub enum SourceEvent {
    /// 32 ms of sound, and the probability (0..=1) of a voice in it.
    Frame(CaptionSource, SoundFrame, f32),
    /// Something a person should know.
    Notice(String),
    /// The source is gone, and why.
    Failed(CaptionSource, anyhow::Error),
}

/// The number of live sources that are still heard. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct LiveSources(Arc<AtomicUsize>);

impl LiveSources {
    /// Sets the number.
    pub fn set(&self, count: usize) {
        self.0.store(count, Ordering::SeqCst);
    }

    /// Whether there are several.
    pub fn several(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 1
    }
}

/// The computer's sound on its way to the microphone's detector.
#[derive(Clone, Debug)]
pub enum SystemSound {
    /// The source is heard alone.
    Alone,
    /// The computer's sound: its frames go to the microphone's detector too.
    Played(Sender<SoundFrame>),
    /// The microphone: these frames sound beside it.
    Beside(Receiver<SoundFrame>),
}

/// The sources, each with its end of the way from the computer's sound to the microphone.
pub fn beside_each_other(sources: &[CaptionSource]) -> Vec<(CaptionSource, SystemSound)> {
    let both = [CaptionSource::Microphone, CaptionSource::System].iter().all(|source| sources.contains(source));
    let (sender, receiver) = bounded(WAITING);
    let end = |source: CaptionSource| match source {
        CaptionSource::System if both => SystemSound::Played(sender.clone()),
        CaptionSource::Microphone if both => SystemSound::Beside(receiver.clone()),
        _ => SystemSound::Alone,
    };
    sources.iter().map(|source| (*source, end(*source))).collect()
}

/// Hears `source` in this thread until `ended` is set or the reader of `events` is gone.
pub fn hear(
    source: CaptionSource,
    system: SystemSound,
    config: &Config,
    ended: &Arc<AtomicBool>,
    events: &Sender<SourceEvent>,
) {
    if let Err(error) = frames(source, system, config, ended, events) {
        let _ = events.send(SourceEvent::Failed(source, error)); // without a reader golem is ending
    }
}

fn frames(
    source: CaptionSource,
    system: SystemSound,
    config: &Config,
    ended: &Arc<AtomicBool>,
    events: &Sender<SourceEvent>,
) -> Result<()> {
    let (mut detector, mut played) = (SourceDetector::open(config)?, None);
    match system {
        SystemSound::Alone => {}
        SystemSound::Played(to) => played = Some(to),
        SystemSound::Beside(sound) => detector = detector.beside(sound, config)?,
    }
    let mut capture = match source {
        CaptionSource::System => hush(Capture::open_system)?.ok_or(NoMonitor)?,
        CaptionSource::Microphone | CaptionSource::File => hush(|| Capture::open(&config.audio))?,
    };
    let named = events.send(SourceEvent::Notice(format!("{source}: {}", capture.name())));
    let (mut open, mut dropped) = (named.is_ok(), 0);
    while open && !ended.load(Ordering::SeqCst) {
        let frame = match capture.next(if detector.waits() { LATE_PATIENCE } else { PATIENCE })? {
            MicFrame::Frame(frame) => Some(frame),
            MicFrame::Notice(notice) => {
                detector.changed();
                open = events.send(SourceEvent::Notice(notice)).is_ok();
                None
            }
            // Go on: the monitor of a loudspeaker that plays nothing may be asleep.
            MicFrame::Nothing => None,
            MicFrame::End => bail!("\"{}\" delivers no sound any more", capture.name()),
        };
        if let (Some(to), Some(frame)) = (&played, &frame) {
            // A microphone that stands still, or has failed, takes nothing: its echo comes in no frame either.
            if let Err(TrySendError::Disconnected(_)) = to.try_send(frame.clone()) {
                played = None;
            }
        }
        if capture.dropped() > dropped {
            dropped = capture.dropped();
            detector.skip();
        }
        for (frame, probability) in detector.hear(frame, capture.waiting())? {
            open &= events.send(SourceEvent::Frame(source, frame, probability)).is_ok();
        }
    }
    Ok(())
}
