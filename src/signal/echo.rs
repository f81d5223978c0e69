//! A simulated echo path from a loudspeaker to a microphone: a room, a delay and the faults of devices.

use super::convolve::Convolver;
use super::delay_line::{AHEAD, DelayLine};
use super::frame::RATE;
use super::room::Room;

/// Drift in samples, 40 ms, at which the sound system corrects it by a jump.
const JUMP: u16 = 640;
/// Gain before the saturation of an overdriven loudspeaker: full scale comes out at a quarter.
const DRIVE: f32 = 4.0;
/// Positions of a moving microphone (`PLACES`), and seconds from one end of its way to the other (`WAY_SECONDS`).
const PLACES: usize = 6;
const WAY_SECONDS: f64 = 5.0;
/// Samples at 16 kHz between two slips of the sound system: 4 s (`SLIP_EVERY`). Longest slip in thirds of a sample,
/// that is in samples at 48 kHz: 20 ms (`SLIP_MOST`).
const SLIP_EVERY: u64 = 64_000;
const SLIP_MOST: u32 = 960;

/// The echo path between a loudspeaker and a microphone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EchoSpec {
    /// The room, with the places of both.
    pub room: Room,
    /// Level of the echo relative to the played sound, in decibels.
    pub gain: f32,
    /// Delay of the sound system in milliseconds, without the way through the air.
    pub delay_ms: u32,
    /// Millionths by which the microphone's clock is faster than the loudspeaker's.
    pub drift_ppm: f64,
    /// Whether the loudspeaker is overdriven.
    pub clips: bool,
    /// Whether the microphone moves.
    pub moves: bool,
    /// Whether the sound system slips every few seconds: the delay of the echo changes then.
    pub slips: bool,
}

impl EchoSpec {
    /// The echo in a room at -12 dB after 40 ms, with good devices that stand still.
    #[must_use]
    pub fn new(room: Room) -> Self {
        Self { room, gain: -12.0, delay_ms: 40, drift_ppm: 0.0, clips: false, moves: false, slips: false }
    }

    /// Delay of the sound system, in samples at 16 kHz.
    fn delay_samples(self) -> usize {
        self.delay_ms as usize * RATE as usize / 1_000
    }
}

impl std::str::FromStr for EchoSpec {
    type Err = String;

    /// Reads `ROOM[,-12dB][,drift=100ppm][,clip][,move][,slip][,delay=90ms]`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let room = Room::named(name).ok_or_else(|| {
            let known: Vec<_> = super::room::ROOMS.iter().map(|room| room.name).collect();
            format!("there is no room \"{name}\"; there are {}", known.join(", "))
        })?;
        let mut spec = Self::new(room);
        for part in parts {
            let wrong = || {
                format!(
                    "\"{part}\" is no part of an echo; write for example office,-12dB,drift=100ppm,clip,move,slip,delay=90ms"
                )
            };
            let number = |text: &str, unit: &str, range: std::ops::RangeInclusive<f64>| {
                let number = text.trim_end_matches(unit).trim().parse::<f64>().ok();
                number.filter(|number| range.contains(number)).ok_or_else(wrong)
            };
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // within the ranges
            match part.split_once('=') {
                Some(("drift", value)) => spec.drift_ppm = number(value, "ppm", -1_000.0..=1_000.0)?,
                Some(("delay", value)) => spec.delay_ms = number(value, "ms", 0.0..=400.0)? as u32,
                None if part == "clip" => spec.clips = true,
                None if part == "move" => spec.moves = true,
                None if part == "slip" => spec.slips = true,
                None if part.ends_with("dB") => spec.gain = number(part, "dB", -100.0..=20.0)? as f32,
                _ => return Err(wrong()),
            }
        }
        Ok(spec)
    }
}

impl std::fmt::Display for EchoSpec {
    /// Writes the form that [`EchoSpec::from_str`](std::str::FromStr) reads.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{},{}dB", self.room.name, self.gain)?;
        if self.drift_ppm != 0.0 {
            write!(out, ",drift={}ppm", self.drift_ppm)?;
        }
        if self.clips {
            write!(out, ",clip")?;
        }
        if self.moves {
            write!(out, ",move")?;
        }
        if self.slips {
            write!(out, ",slip")?;
        }
        write!(out, ",delay={}ms", self.delay_ms)
    }
}

/// The stream from loudspeaker to microphone: each sample that is played gives one that is heard at the same moment.
pub struct EchoPath {
    spec: EchoSpec,
    air: Convolver,
    gain: f32,
    /// The delay of the sound system.
    line: DelayLine,
    /// Samples so far.
    count: u64,
}

impl EchoPath {
    /// A path that has been silent so far.
    #[must_use]
    pub fn new(spec: EchoSpec) -> Self {
        let responses = if spec.moves { spec.room.way(PLACES) } else { vec![spec.room.response()] };
        Self {
            air: Convolver::new(&responses),
            gain: 10.0_f32.powf(spec.gain / 20.0),
            line: DelayLine::new(spec.delay_samples() + usize::from(JUMP) + AHEAD + SLIP_MOST as usize / 3),
            spec,
            count: 0,
        }
    }

    /// Takes played samples, -1..=1 at 16 kHz, and appends as many samples of their echo at the microphone.
    pub fn process(&mut self, played: &[f32], heard: &mut Vec<f32>) {
        heard.reserve(played.len());
        for sample in played {
            let driven = if self.spec.clips { (sample * DRIVE).tanh() / DRIVE } else { *sample };
            let air = self.air.next(driven * self.gain, self.place());
            heard.push(self.line.next(air, self.delay()));
            self.count += 1;
        }
    }

    /// Seconds so far.
    #[allow(clippy::cast_precision_loss)] // hours
    fn seconds(&self) -> f64 {
        self.count as f64 / f64::from(RATE)
    }

    /// Position of the microphone on its way, to and fro.
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // a handful of places
    fn place(&self) -> f32 {
        if !self.spec.moves {
            return 0.0;
        }
        let way = (self.seconds() / WAY_SECONDS).rem_euclid(2.0);
        (way.min(2.0 - way) * (PLACES - 1) as f64) as f32
    }

    /// Delay of the echo in samples: the sound system's delay, its drift in 0..[`JUMP`], and its slips.
    #[allow(clippy::cast_precision_loss)] // hours
    fn delay(&self) -> f64 {
        let own = self.spec.delay_samples() as f64;
        let drifted = (self.count as f64 * self.spec.drift_ppm * 1e-6).rem_euclid(f64::from(JUMP));
        let more = drifted + self.slipped();
        // A fractional delay adds half of the interpolation filter.
        if more == 0.0 { own } else { own + more + AHEAD as f64 }
    }

    /// Samples that the slips of the sound system add to the delay.
    fn slipped(&self) -> f64 {
        match self.count / SLIP_EVERY {
            number if self.spec.slips && number > 0 => {
                f64::from(fastrand::Rng::with_seed(number).u32(0..=SLIP_MOST)) / 3.0
            }
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> EchoPath {
        EchoPath::new(text.parse().unwrap())
    }

    fn noise(length: usize) -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(3);
        (0..length).map(|_| random.f32() - 0.5).collect()
    }

    fn level(samples: &[f32]) -> f32 {
        #[allow(clippy::cast_precision_loss)]
        let power = samples.iter().map(|x| x * x).sum::<f32>() / samples.len() as f32;
        10.0 * power.log10()
    }

    #[test]
    fn the_size_of_blocks_changes_nothing() {
        for spec in ["office,-6dB", "bedroom,drift=100ppm,clip", "hall,move,slip,delay=90ms"] {
            let input = noise(20_000);
            let mut whole = Vec::new();
            path(spec).process(&input, &mut whole);
            let (mut pieces, mut by_pieces, mut fed) = (Vec::new(), path(spec), 0);
            for size in [1, 160, 7, 512, 353].into_iter().cycle() {
                let end = (fed + size).min(input.len());
                by_pieces.process(&input[fed..end], &mut pieces);
                fed = end;
                if fed == input.len() {
                    break;
                }
            }
            assert_eq!(pieces, whole, "{spec}");
        }
    }

    #[test]
    fn the_echo_is_as_loud_and_as_late_as_asked_for() {
        let input = noise(64_000);
        for (spec, gain, delay) in [("booth,-6dB,delay=0ms", -6.0, 0), ("kitchen,-20dB,delay=150ms", -20.0, 2_400)] {
            let mut heard = Vec::new();
            path(spec).process(&input, &mut heard);
            let louder = level(&heard[16_000..]) - level(&input[16_000..]);
            assert!((louder - gain).abs() < 1.0, "{spec}: {louder} dB");
            let first = heard.iter().position(|sample| *sample != 0.0).unwrap();
            assert!((delay + 8..delay + 80).contains(&first), "{spec}: after {first} samples");
        }
    }

    /// Samples by which `heard` lags behind `played`.
    fn lag(played: &[f32], heard: &[f32], around: usize) -> usize {
        let alike = |lag: &usize| -> f32 { played.iter().zip(&heard[*lag..]).map(|(a, b)| a * b).sum() };
        (around.saturating_sub(200)..around + 200).max_by(|a, b| alike(a).total_cmp(&alike(b))).unwrap()
    }

    #[test]
    fn drift_moves_the_delay_and_the_sound_system_makes_up_for_it() {
        let mut path = path("booth,drift=100ppm");
        path.count = 16_000 * 100;
        // 40 ms of the sound system, and the interpolation's half filter.
        let more = |path: &EchoPath| path.delay() - 647.0;
        assert!((more(&path) - 160.0).abs() < 1e-6, "{} samples after 100 s", more(&path));
        path.count = 16_000 * 401;
        assert!((more(&path) - 1.6).abs() < 1e-6, "{} samples after a jump", more(&path));
    }

    #[test]
    fn a_sound_system_that_slips_is_late_by_another_time_every_four_seconds() {
        let input = noise(16_000 * 13);
        let mut heard = Vec::new();
        path("booth,slip,delay=0ms").process(&input, &mut heard);
        let lags: Vec<_> = (0..13).map(|s| lag(&input[s * 16_000..][..8_000], &heard[s * 16_000..], 200)).collect();
        for four in lags.chunks_exact(4) {
            assert!(four.iter().all(|lag| *lag == four[0]), "{lags:?}");
        }
        assert!(lags[0] < lags[4] && lags[4] != lags[8] && lags[8] != lags[12], "{lags:?}");
    }

    #[test]
    fn an_overdriven_loudspeaker_is_limited_and_a_microphone_that_moves_hears_another_echo() {
        let input: Vec<f32> = noise(32_000).iter().map(|x| x * 2.0).collect();
        let heard = |spec: &str| {
            let mut heard = Vec::new();
            path(spec).process(&input, &mut heard);
            heard
        };
        assert!(level(&heard("booth,clip")) < level(&heard("booth")) - 6.0);
        let (still, moving) = (heard("bedroom"), heard("bedroom,move"));
        let off: Vec<f32> = still.iter().zip(&moving).map(|(a, b)| a - b).collect();
        assert!(level(&off[..1_600]) < level(&still[..1_600]) - 15.0, "it begins at the same place");
        assert!(level(&off[24_000..]) > level(&still[24_000..]) - 6.0, "and goes away from it");
    }

    #[test]
    fn echoes_are_read_as_written() {
        let spec: EchoSpec = "hall, -6dB, drift=-50ppm, clip, delay=90ms".parse().unwrap();
        assert_eq!((spec.room.name, spec.delay_ms, spec.clips, spec.moves), ("hall", 90, true, false));
        assert!((spec.gain + 6.0).abs() < 1e-6 && (spec.drift_ppm + 50.0).abs() < 1e-9);
        assert_eq!(spec.to_string(), "hall,-6dB,drift=-50ppm,clip,delay=90ms");
        assert_eq!(spec.to_string().parse::<EchoSpec>(), Ok(spec));
        for wrong in ["", "cellar", "hall,loud", "hall,delay=9000ms", "hall,drift=x"] {
            assert!(wrong.parse::<EchoSpec>().is_err(), "{wrong}");
        }
    }
}
