//! Checks of microphone and loudspeaker: a level meter of two seconds, and a tone.

use std::time::Duration;

use super::finding::{DoctorReport, Finding};
use crate::cli::status_line::StatusLine;
use crate::config::{AudioConfig, Config};
use crate::device::capture::Capture;
use crate::device::deck::Clip;
use crate::device::playback::Playback;
use crate::device::{AudioSource, MicFrame};
use crate::message::Timing;
use crate::runtime::stderr::hush;
use crate::signal::frame::{FRAME, RATE};
use crate::signal::level::{decibels_over, mean_square};
use crate::worker::playback::ROUND;

/// How long the meter listens, in frames: two seconds.
const FRAMES: usize = 2 * RATE as usize / FRAME;
/// Longest wait for one frame.
const PATIENCE: Duration = Duration::from_secs(3);
/// A microphone that never gets louder than this, in decibels below full scale, is off or muted.
const DEAD: f32 = -90.0;
/// Mean square of what counts as digital silence: -120 dB.
const FLOOR: f32 = 1e-12;
/// The tone: an A, quiet, half a second.
const TONE_HZ: f32 = 440.0;
const TONE_LEVEL: f32 = 0.1;

/// Looks at the devices; unless `quick`, listens and plays a tone.
pub fn look(config: &Config, quick: bool, report: &mut DoctorReport) {
    let capture = hush(|| Capture::open(&config.audio));
    report.add(match capture {
        Err(error) => Finding::broken("microphone", &error),
        Ok(capture) if quick => Finding::ok("microphone", capture.name()),
        Ok(capture) => heard(capture),
    });
    let playback = hush(|| Playback::open(&config.audio, 10));
    report.add(match playback {
        Err(error) => Finding::broken("loudspeaker", &error),
        Ok((playback, _)) if quick => Finding::ok("loudspeaker", playback.name()),
        Ok((playback, deck)) => played(playback, deck),
    });
}

/// The quietest and the loudest 32 ms of two seconds, in decibels below full scale, shown as they come on a terminal.
///
/// # Errors
/// When there is no microphone, or it delivers nothing.
pub fn meter(audio: &AudioConfig) -> Result<(f32, f32), String> {
    let capture = hush(|| Capture::open(audio)).map_err(|error| error.to_string())?;
    levels(capture)
}

fn levels(mut capture: Capture) -> Result<(f32, f32), String> {
    let line = StatusLine::new();
    let (mut quiet, mut loud) = (0.0_f32, -120.0_f32);
    for _ in 0..FRAMES {
        let frame = loop {
            match capture.next(PATIENCE).map_err(|error| error.to_string())? {
                MicFrame::Frame(frame) => break frame,
                MicFrame::Notice(_) => {}
                MicFrame::Nothing | MicFrame::End => return Err(format!("\"{}\" delivers no sound", capture.name())),
            }
        };
        let level = decibels_over(FLOOR, mean_square(frame.iter().copied()));
        (quiet, loud) = (quiet.min(level), loud.max(level));
        line.show(bar(level));
    }
    Ok((quiet, loud))
}

fn heard(capture: Capture) -> Finding {
    let name = capture.name().to_owned();
    let spoken = "speak while it listens; if nothing changes, raise it: pavucontrol, or alsamixer";
    match levels(capture) {
        Err(seen) => Finding::problem("microphone", seen, "type: golem devices, and name another in audio.input"),
        Ok((quiet, loud)) if loud < DEAD => {
            let seen = format!("{name}: silent ({quiet:.0} to {loud:.0} dB), it is muted or not connected");
            Finding::problem("microphone", seen, "unmute it: pactl set-source-mute @DEFAULT_SOURCE@ 0, or alsamixer")
        }
        Ok((quiet, loud)) if loud > -0.5 => {
            let seen = format!("{name}: {quiet:.0} to {loud:.0} dB, overdriven");
            Finding::hint("microphone", seen, "lower it: pavucontrol, or alsamixer")
        }
        Ok((quiet, loud)) if loud < quiet + 6.0 => {
            Finding::hint("microphone", format!("{name}: {quiet:.0} to {loud:.0} dB, nobody spoke"), spoken)
        }
        Ok((quiet, loud)) => Finding::ok("microphone", format!("{name}: {quiet:.0} to {loud:.0} dB")),
    }
}

/// Plays half a second of tone.
fn played(mut playback: Playback, mut deck: crate::device::deck::Deck) -> Finding {
    let rate = deck.rate();
    #[allow(clippy::cast_precision_loss)] // a second of samples
    let wave = |n: u32| (std::f32::consts::TAU * TONE_HZ * n as f32 / rate as f32).sin() * TONE_LEVEL;
    let samples: Vec<f32> = (0..rate / 2).map(wave).collect();
    let timing = Timing { samples: samples.len() as u64, rate, words: Vec::new() };
    deck.queue(Clip::new(1, 0, &samples, &timing, rate));
    // Wait for 10 s, twenty times the length of the tone.
    for _ in 0..10_000 / ROUND.as_millis().max(1) {
        if deck.idle() {
            break;
        }
        deck.pump();
        deck.progress();
        if let Some(notice) = playback.tend() {
            return Finding::problem("loudspeaker", notice, "type: golem devices, and name another in audio.output");
        }
        // Sleep for one round of the playback: nothing ever arrives on this channel.
        let _ = crossbeam_channel::never::<()>().recv_timeout(ROUND);
    }
    if !deck.idle() {
        let seen = format!("{} takes no sound", playback.name());
        return Finding::problem("loudspeaker", seen, "type: golem devices, and name another in audio.output");
    }
    Finding::ok("loudspeaker", format!("{}, {rate} Hz: a tone was played", playback.name()))
}

/// A meter of 40 columns for -80 to 0 dB.
fn bar(decibels: f32) -> String {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped
    let filled = (decibels * 0.5 + 40.0).clamp(0.0, 40.0) as usize;
    format!("say something  [{}{}] {decibels:>4.0} dB", "#".repeat(filled), " ".repeat(40 - filled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_meter_stays_within_its_columns() {
        for level in [f32::NEG_INFINITY, -200.0, -40.0, 0.0, 30.0, f32::NAN] {
            let meter = bar(level);
            assert_eq!(meter.find(']'), Some(56), "{meter}");
        }
    }
}
