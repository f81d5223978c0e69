//! The acoustics between loudspeaker and microphone: delay, loss, reverberation, drift, distortion, clipping.

use std::ops::Range;

use serde::Serialize;

use super::pair::EchoPair;
use crate::signal::frame::{FRAME, RATE};
use crate::signal::level::decibels;
use crate::signal::response::ImpulseEstimate;
use crate::signal::sweep::{distortion_lead, find, sweep};

/// Samples after a sweep in which its echo is heard: 1.5 s.
pub const REVERBERATES: usize = 3 * RATE as usize / 2;
/// Sample from which on the microphone has clipped.
const CLIPPED: f32 = 0.99;
/// Length of the pieces that measure drift if no sweep was played, in samples: 4 s.
const PIECE: usize = 4 * RATE as usize;
/// Fewest pieces that must agree on a drift, and samples by which they may differ from it.
const PIECES: usize = 3;
const AGREES: f64 = 1.5;
/// Most that a delay may grow in the recording, in samples: 19 ms.
const GROWS: usize = 300;
/// Drift in millionths beyond which it is not drift but lost sound: crystals keep to 100.
const DRIFTS: f64 = 1_000.0;
/// Level of the played sound, in decibels, from which on the loudspeaker sounds.
const SOUNDS: f32 = -60.0;
/// Frames after the loudspeaker's last sound until only the room is heard: 0.7 s.
const ROOM: usize = 22;

/// The measurements; `None` where one was not possible.
#[derive(Clone, Debug, Default, Serialize)]
pub struct EchoAcoustics {
    /// Time from the playing of a sound to its arrival, in milliseconds.
    pub delay_ms: Option<f64>,
    /// Echo return loss in decibels: how much quieter the echo is than the played sound.
    pub loss_db: Option<f32>,
    /// Seconds in which the echo falls by 60 dB (T20).
    pub reverberation_s: Option<f64>,
    /// How much faster the microphone's clock is than the loudspeaker's, in millionths.
    pub drift_ppm: Option<f64>,
    /// Distortion of the second and third order, in percent.
    pub distortion_percent: Option<f32>,
    /// Samples of the microphone at full scale, in percent.
    pub clipped_percent: f64,
    /// Level of the room without played sound, in decibels below full scale.
    pub noise_db: f32,
    /// The loudest 32 ms that the microphone heard, in decibels below full scale.
    pub loudest_db: f32,
    /// The impulse response behind these.
    #[serde(skip)]
    pub response: Option<ImpulseEstimate>,
    /// Where golem speaks in the recording, in samples.
    #[serde(skip)]
    pub speech: Range<usize>,
}

impl EchoAcoustics {
    /// Measures a recording. [`sweep`]s in it help, but are not needed.
    pub fn of(pair: &EchoPair) -> Self {
        let length = pair.heard.len().min(pair.played.len());
        let (heard, played) = (&pair.heard[..length], &pair.played[..length]);
        let sweeps = find(played, 2);
        let responses: Vec<(usize, ImpulseEstimate)> = if sweeps.is_empty() {
            let pieces = (0..length / PIECE).map(|number| (number * PIECE, (number + 1) * PIECE + REVERBERATES));
            pieces.map(|(from, to)| (from, response(heard, played, from..to.min(length), length))).collect()
        } else {
            let whole = sweep().len();
            let one = |from: &usize| {
                (*from, response(heard, played, *from..(from + whole + REVERBERATES).min(length), whole))
            };
            sweeps.iter().map(one).collect()
        };
        let best = responses.iter().find(|(_, response)| response.arrival().is_some());
        let best = best.or(responses.first()).map(|(_, response)| response.clone());
        let swept = best.as_ref().filter(|_| !sweeps.is_empty());
        let levels: Vec<f32> = heard.chunks(FRAME).map(decibels).collect();
        #[allow(clippy::cast_precision_loss)] // minutes of samples
        Self {
            delay_ms: best.as_ref().and_then(ImpulseEstimate::arrival).map(|at| at as f64 * 1e3 / f64::from(RATE)),
            loss_db: best.as_ref().and_then(ImpulseEstimate::loss),
            reverberation_s: best.as_ref().and_then(ImpulseEstimate::reverberation),
            drift_ppm: drift(&responses, sweeps.len() == 2),
            distortion_percent: swept
                .and_then(|response| response.distortion(&[distortion_lead(2), distortion_lead(3)]))
                .map(|share| share * 100.0),
            clipped_percent: 100.0 * heard.iter().filter(|sample| sample.abs() >= CLIPPED).count() as f64
                / length.max(1) as f64,
            noise_db: noise(&levels, played),
            loudest_db: levels.iter().copied().fold(-100.0, f32::max),
            speech: speech(&sweeps, length),
            response: best,
        }
    }
}

/// The response in a piece of a recording, where sound is played in the first `sounds` samples.
fn response(heard: &[f32], played: &[f32], piece: Range<usize>, sounds: usize) -> ImpulseEstimate {
    let end = (piece.start + sounds).min(piece.end);
    ImpulseEstimate::new(&played[piece.start..end], &heard[piece], REVERBERATES)
}

/// Where golem speaks: between two sweeps, after one, or everywhere.
fn speech(sweeps: &[usize], length: usize) -> Range<usize> {
    let after = |from: usize| (from + sweep().len() + REVERBERATES).min(length);
    match *sweeps {
        [] => 0..length,
        [from] => after(from)..length,
        [from, to, ..] => after(from).min(to)..to,
    }
}

/// How fast the delay grows, in millionths.
#[allow(clippy::cast_precision_loss)] // minutes of samples
fn drift(responses: &[(usize, ImpulseEstimate)], swept: bool) -> Option<f64> {
    let mut heard = responses.iter().filter(|(_, response)| response.arrival().is_some());
    let (begin, first) = heard.next()?;
    let later = heard.filter_map(|(at, response)| Some(((at - begin) as f64, first.later(response, GROWS)?)));
    let points: Vec<(f64, f64)> = std::iter::once((0.0, 0.0)).chain(later).collect();
    let needed = if swept { 2 } else { PIECES };
    if points.len() < needed {
        return None;
    }
    let count = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let spread: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    let slope = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum::<f64>() / spread.max(1.0);
    let agree = points.iter().all(|point| (point.1 - y - slope * (point.0 - x)).abs() < AGREES);
    Some(slope * 1e6).filter(|ppm| agree && ppm.abs() <= DRIFTS)
}

/// The noise level of the microphone: the median of its frames while the loudspeaker is silent, or the quietest of all
/// if it never is.
fn noise(levels: &[f32], played: &[f32]) -> f32 {
    let mut silent = ROOM;
    let mut alone: Vec<f32> = Vec::new();
    for (level, played) in levels.iter().zip(played.chunks(FRAME)) {
        silent = if decibels(played) > SOUNDS { 0 } else { silent + 1 };
        if silent > ROOM {
            alone.push(*level);
        }
    }
    alone.sort_by(f32::total_cmp);
    let median = alone.get(alone.len() / 2).copied();
    median.unwrap_or_else(|| levels.iter().copied().fold(0.0, f32::min))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sweep, four seconds of something like speech, and a sweep again.
    fn program(sweeps: bool) -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(7);
        let mut speech = |seconds: usize| -> Vec<f32> {
            let syllable = |n: usize| if n / 2_500 % 5 < 4 { 0.3 } else { 0.0 };
            (0..seconds * 16_000).map(|n| (random.f32() - 0.5) * syllable(n)).collect()
        };
        let rest = vec![0.0; 2 * REVERBERATES];
        if sweeps {
            [vec![0.0; 16_000], sweep(), rest.clone(), speech(6), rest.clone(), sweep(), rest].concat()
        } else {
            [vec![0.0; 16_000], speech(20)].concat()
        }
    }

    fn measured(room: &str, sweeps: bool) -> EchoAcoustics {
        EchoAcoustics::of(&EchoPair::simulated(program(sweeps), room.parse().unwrap()))
    }

    #[test]
    fn a_simulated_room_is_found_within_half_a_millisecond_and_a_decibel() {
        // The sound takes 1.6, 2.3 and 3.2 ms through the air.
        for (room, delay, loss, seconds) in
            [("bedroom,-12dB,delay=90ms", 91.6, 12.0, 0.3), ("kitchen,-20dB,delay=200ms", 203.2, 20.0, 0.6)]
        {
            let found = measured(room, true);
            assert!((found.delay_ms.unwrap() - delay).abs() < 0.5, "{room}: {found:?}", found = found.delay_ms);
            assert!((found.loss_db.unwrap() - loss).abs() < 1.0, "{room}: {found:?}", found = found.loss_db);
            assert!((found.reverberation_s.unwrap() / seconds - 1.0).abs() < 0.2, "{room}");
            assert!(found.drift_ppm.unwrap().abs() < 3.0, "{room}: {found:?}", found = found.drift_ppm);
            assert!(found.distortion_percent.unwrap() < 2.0 && found.clipped_percent == 0.0, "{room}");
            assert!((found.noise_db + 75.2).abs() < 1.5, "{room}: {found:?}", found = found.noise_db);
        }
    }

    #[test]
    fn drift_is_found_with_sweeps_and_without() {
        for (room, ppm) in [("office,-12dB,drift=100ppm", 100.0), ("booth,-12dB,drift=-50ppm", -50.0)] {
            for sweeps in [true, false] {
                let found = measured(room, sweeps).drift_ppm.unwrap();
                assert!((found - ppm).abs() < 10.0, "{room}, sweeps {sweeps}: {found} ppm");
            }
        }
    }

    #[test]
    fn speech_alone_shows_the_delay_and_the_loss() {
        let found = measured("office,-12dB,delay=120ms", false);
        assert!((found.delay_ms.unwrap() - 121.7).abs() < 1.0, "{:?}", found.delay_ms);
        assert!((found.loss_db.unwrap() - 12.0).abs() < 2.0, "{:?}", found.loss_db);
        assert!(found.distortion_percent.is_none() && found.speech == (0..21 * 16_000));
    }

    #[test]
    fn headphones_have_no_echo_and_an_overdriven_loudspeaker_distorts() {
        let headphones = measured("office,-90dB", true);
        assert!(headphones.delay_ms.is_none() && headphones.loss_db.is_none() && headphones.drift_ppm.is_none());
        assert!(headphones.loudest_db < -70.0);
        assert!(measured("office,-12dB,clip", true).distortion_percent.unwrap() > 3.0);
        let loud: Vec<f32> = (0..32_000_u16).map(|n| (f32::from(n) * 0.3).sin() * 1.2).collect();
        let clipped = EchoPair { heard: loud.iter().map(|x| x.clamp(-1.0, 1.0)).collect(), played: loud };
        assert!(EchoAcoustics::of(&clipped).clipped_percent > 20.0);
        let nothing = EchoAcoustics::of(&EchoPair::default());
        assert!(nothing.delay_ms.is_none() && nothing.loudest_db <= -100.0);
    }
}
