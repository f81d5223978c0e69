//! The sources of captions: the microphone, what the computer plays, a recording.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};
use crossbeam_channel::Sender;
use serde::Serialize;

use crate::config::Config;
use crate::device::capture::Capture;
use crate::device::{self, AudioSource, DeviceInfo, MicFrame};
use crate::engine::registry;
use crate::runtime::assembly::files;
use crate::runtime::stderr::hush;
use crate::signal::frame::FRAME;

/// Longest wait for one frame.
const PATIENCE: Duration = Duration::from_secs(1);

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
    Frame(CaptionSource, Box<[f32; FRAME]>, f32),
    /// Something a person should know.
    Notice(String),
    /// The source is gone, and why.
    Failed(CaptionSource, anyhow::Error),
}

/// Hears `source` in this thread until `ended` is set or the reader of `events` is gone.
pub fn hear(source: CaptionSource, config: &Config, ended: &Arc<AtomicBool>, events: &Sender<SourceEvent>) {
    if let Err(error) = frames(source, config, ended, events) {
        let _ = events.send(SourceEvent::Failed(source, error)); // without a reader golem is ending
    }
}

fn frames(source: CaptionSource, config: &Config, ended: &Arc<AtomicBool>, events: &Sender<SourceEvent>) -> Result<()> {
    let mut vad = registry::vad(&files(config))?;
    let mut audio = config.audio.clone();
    if source == CaptionSource::System {
        audio.input = system_sound(&hush(device::list))?;
    }
    let mut capture = hush(|| Capture::open(&audio))?;
    let named = events.send(SourceEvent::Notice(format!("{source}: {}", capture.name())));
    let mut open = named.is_ok();
    while open && !ended.load(Ordering::SeqCst) {
        let event = match capture.next(PATIENCE)? {
            MicFrame::Frame(frame) => {
                let probability = vad.probability(&frame)?;
                SourceEvent::Frame(source, frame, probability)
            }
            MicFrame::Notice(notice) => SourceEvent::Notice(notice),
            // Go on: the monitor of a loudspeaker that plays nothing may be asleep.
            MicFrame::Nothing => continue,
            MicFrame::End => bail!("\"{}\" delivers no sound any more", capture.name()),
        };
        open = events.send(event).is_ok();
    }
    Ok(())
}

/// The id of the source for the computer's own sound: the monitor of the default loudspeaker, or the only one.
fn system_sound(devices: &[DeviceInfo]) -> Result<String, NoMonitor> {
    let monitors = || devices.iter().filter(|device| device.monitor);
    let default = devices.iter().find(|device| device.output && device.default);
    let own = default.and_then(|output| monitors().find(|monitor| monitor.id == format!("{}.monitor", output.id)));
    match own.or_else(|| monitors().next()) {
        Some(monitor) => Ok(monitor.id.clone()),
        None => Err(NoMonitor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(id: &str, output: bool, default: bool) -> DeviceInfo {
        let monitor = id.ends_with(".monitor");
        DeviceInfo { id: id.into(), name: id.into(), output, input: !output, default, monitor, ..DeviceInfo::default() }
    }

    #[test]
    fn what_the_computer_plays_is_heard_at_its_default_loudspeaker() {
        let devices = [
            device("mic", false, true),
            device("hdmi", true, false),
            device("hdmi.monitor", false, false),
            device("speakers", true, true),
            device("speakers.monitor", false, false),
        ];
        assert_eq!(system_sound(&devices).unwrap(), "speakers.monitor");
        assert_eq!(system_sound(&devices[..3]).unwrap(), "hdmi.monitor");
        assert!(system_sound(&devices[..2]).unwrap_err().to_string().contains("golem devices"));
    }
}
