//! The test with the devices: the loudspeaker plays a programme while the microphone records.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};

use super::pair::EchoPair;
use crate::config::Config;
use crate::device::capture::Capture;
use crate::device::deck::Clip;
use crate::device::playback::Playback;
use crate::device::reference::reference;
use crate::device::{AudioSource, MicFrame};
use crate::engine::echo::BLOCK;
use crate::message::Timing;
use crate::runtime::stderr::hush;
use crate::signal::frame::{FRAME, RATE};
use crate::worker::reference::Reference;

/// Longest wait for a frame of the microphone, and so the longest time between two feeds of the loudspeaker.
const ROUND: Duration = Duration::from_millis(20);
/// Rounds without a frame after which the microphone counts as dead: 3 s.
const PATIENCE: usize = 150;
/// Frames that are recorded after the last sound, which is still in the sound system's buffers: 0.5 s.
const AFTER: usize = 16;
/// Frames by which a recording may be longer than its programme: 20 s. A longer one means that the loudspeaker plays
/// nothing.
const LATE: usize = 625;

/// A recording and the devices that it was made with.
pub struct EchoRecording {
    pub pair: EchoPair,
    pub microphone: String,
    pub loudspeaker: String,
}

/// Plays `programme` (16 kHz) and records; `None` where `stop` ended it.
///
/// # Errors
/// When a device cannot be used, or is lost meanwhile.
pub fn record(programme: &[f32], config: &Config, stop: &AtomicBool) -> Result<Option<EchoRecording>> {
    let (writer, mut reader) = reference();
    let mut capture = hush(|| Capture::open(&config.audio))?;
    let (mut playback, mut deck) = hush(|| Playback::open_with(&config.audio, 10, Some(writer)))?;
    let (microphone, loudspeaker) = (capture.name().to_owned(), playback.name().to_owned());
    let timing = Timing { samples: programme.len() as u64, rate: RATE, words: Vec::new() };
    let longest = programme.len() / FRAME + LATE;
    let mut programme = Some(Clip::new(1, 0, programme, &timing, deck.rate()));
    let (mut pair, mut reference, mut lost) = (EchoPair::default(), Reference::default(), 0);
    let (mut waited, mut after) = (0, 0);
    while after < AFTER {
        if stop.load(Ordering::SeqCst) {
            deck.cancel(2);
            return Ok(None);
        }
        deck.pump();
        deck.progress();
        if let Some(notice) = playback.tend() {
            bail!("{notice}; type golem echo-test again");
        }
        match capture.next(ROUND)? {
            MicFrame::Frame(frame) => {
                waited = 0;
                // Play only when the microphone delivers, so that none of the programme is missed.
                if let Some(clip) = programme.take() {
                    deck.queue(clip);
                }
                pair.heard.extend_from_slice(&frame[..]);
                reference.add(reader.read(), pair.waits() + capture.waiting());
                // Pair what is played next anew after a loss, as worker/vad.rs does.
                if capture.dropped() > lost {
                    lost = capture.dropped();
                    reference.skip();
                }
                while pair.waits() >= BLOCK && !reference.is_late(pair.waits()) {
                    pair.played.extend(reference.block());
                }
                after += usize::from(programme.is_none() && deck.idle());
            }
            MicFrame::Notice(notice) => bail!("{notice}; type golem echo-test again"),
            MicFrame::Nothing | MicFrame::End => waited += 1,
        }
        if waited > PATIENCE {
            let next = "type golem devices, and name another in audio.input";
            bail!("the microphone heard nothing: \"{microphone}\" delivers no sound; {next}");
        }
        if pair.heard.len() / FRAME > longest {
            bail!("\"{loudspeaker}\" takes no sound; type golem devices, and name another in audio.output");
        }
    }
    if lost > 0 {
        eprintln!("golem: {lost} samples of the microphone were lost; what is said of drift may be wrong");
    }
    pair.played.resize(pair.heard.len(), 0.0);
    Ok(Some(EchoRecording { pair, microphone, loudspeaker }))
}
