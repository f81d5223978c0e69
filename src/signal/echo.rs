//! The echo of a loudspeaker in a microphone: a stream through a room, a delay and what devices do to sound.

use super::convolve::Convolver;
use super::frame::RATE;
use super::room::Room;

/// Taps of the interpolation between samples, and phases that it is tabled at.
const TAPS: usize = 16;
const PHASES: usize = 512;
/// Drift after which the sound system makes up for it by a jump, in samples: 40 ms.
const JUMP: f64 = 640.0;
/// What an overdriven loudspeaker is driven by: full scale comes out at a quarter.
const DRIVE: f32 = 4.0;
/// Places on the way of a microphone that moves, and seconds from one end to the other.
const PLACES: usize = 6;
const WAY_SECONDS: f64 = 5.0;

/// What lies between a loudspeaker and a microphone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EchoSpec {
    /// Where both stand.
    pub room: Room,
    /// How loud the echo is beside what is played, in decibels.
    pub gain: f32,
    /// Time that the sound system takes, in milliseconds, beside the way through the air.
    pub delay_ms: u32,
    /// How much faster the microphone's clock is than the loudspeaker's, in millionths.
    pub drift_ppm: f64,
    /// The loudspeaker is overdriven.
    pub clips: bool,
    /// The microphone moves.
    pub moves: bool,
}

impl EchoSpec {
    /// The echo in a room at -12 dB after 40 ms, with good devices that stand still.
    #[must_use]
    pub fn new(room: Room) -> Self {
        Self { room, gain: -12.0, delay_ms: 40, drift_ppm: 0.0, clips: false, moves: false }
    }
}

impl std::str::FromStr for EchoSpec {
    type Err = String;

    /// Reads `ROOM[,-12dB][,drift=100ppm][,clip][,move][,delay=90ms]`.
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
                    "\"{part}\" is no part of an echo; write for example office,-12dB,drift=100ppm,clip,move,delay=90ms"
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
                None if part.ends_with("dB") => spec.gain = number(part, "dB", -100.0..=20.0)? as f32,
                _ => return Err(wrong()),
            }
        }
        Ok(spec)
    }
}

impl std::fmt::Display for EchoSpec {
    /// Writes what [`EchoSpec::from_str`](std::str::FromStr) reads.
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
        write!(out, ",delay={}ms", self.delay_ms)
    }
}

/// The stream from loudspeaker to microphone. What goes in is played now; what comes out is heard now.
pub struct EchoPath {
    spec: EchoSpec,
    air: Convolver,
    gain: f32,
    /// Echo that the sound system keeps for a while.
    line: DelayLine,
    /// Samples so far.
    count: u64,
}

impl EchoPath {
    /// A path that is silent yet.
    #[must_use]
    pub fn new(spec: EchoSpec) -> Self {
        let responses = if spec.moves { spec.room.way(PLACES) } else { vec![spec.room.response()] };
        Self {
            air: Convolver::new(&responses),
            gain: 10.0_f32.powf(spec.gain / 20.0),
            line: DelayLine::new(spec.delay_ms as usize * RATE as usize / 1_000),
            spec,
            count: 0,
        }
    }

    /// Takes what is played, -1..=1 at 16 kHz, and appends as many samples of what the microphone hears of it.
    pub fn process(&mut self, played: &[f32], heard: &mut Vec<f32>) {
        heard.reserve(played.len());
        for sample in played {
            let driven = if self.spec.clips { (sample * DRIVE).tanh() / DRIVE } else { *sample };
            let air = self.air.next(driven * self.gain, self.place());
            heard.push(self.line.next(air, self.drifted()));
            self.count += 1;
        }
    }

    /// Seconds so far.
    #[allow(clippy::cast_precision_loss)] // hours
    fn seconds(&self) -> f64 {
        self.count as f64 / f64::from(RATE)
    }

    /// Where the microphone is: it goes to and fro.
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // a handful of places
    fn place(&self) -> f32 {
        if !self.spec.moves {
            return 0.0;
        }
        let way = (self.seconds() / WAY_SECONDS).rem_euclid(2.0);
        (way.min(2.0 - way) * (PLACES - 1) as f64) as f32
    }

    /// Samples that the drift adds to the delay, 0..[`JUMP`].
    #[allow(clippy::cast_precision_loss)] // hours
    fn drifted(&self) -> f64 {
        (self.count as f64 * self.spec.drift_ppm * 1e-6).rem_euclid(JUMP)
    }
}

/// A delay that may lie between samples.
struct DelayLine {
    kept: Vec<f32>,
    next: usize,
    delay: usize,
    phases: Vec<[f32; TAPS]>,
}

impl DelayLine {
    fn new(delay: usize) -> Self {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a constant
        let room = delay + JUMP as usize + 2 * TAPS;
        Self { kept: vec![0.0; room], next: 0, delay, phases: (0..PHASES).map(phase).collect() }
    }

    /// The sample of `delay` and `more` samples ago. Where `more` has a fraction the filter's half comes on top.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // short and positive
    fn next(&mut self, sample: f32, more: f64) -> f32 {
        let room = self.kept.len();
        self.kept[self.next] = sample;
        let newest = self.next;
        self.next = (self.next + 1) % room;
        let at = |age: usize| self.kept[(newest + room - age % room) % room];
        if more == 0.0 {
            return at(self.delay);
        }
        let (whole, part) = (more.floor() as usize, ((more.fract() * PHASES as f64) as usize).min(PHASES - 1));
        self.phases[part].iter().enumerate().map(|(tap, weight)| weight * at(self.delay + whole + tap)).sum()
    }
}

/// A windowed sinc that delays by half its length and `number` of [`PHASES`] of a sample, less one.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // small numbers
fn phase(number: usize) -> [f32; TAPS] {
    use std::f64::consts::PI;
    let middle = number as f64 / PHASES as f64 + (TAPS / 2 - 1) as f64;
    std::array::from_fn(|tap| {
        let x = tap as f64 - middle;
        let sinc = if x.abs() < 1e-9 { 1.0 } else { (PI * x).sin() / (PI * x) };
        let window = (PI * x / TAPS as f64).cos().powi(2);
        (sinc * window) as f32
    })
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
        for spec in ["office,-6dB", "bedroom,drift=100ppm,clip", "hall,move,delay=90ms"] {
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

    /// Samples by which `heard` is later than `played`, to a tenth.
    fn lag(played: &[f32], heard: &[f32], around: usize) -> usize {
        let alike = |lag: &usize| -> f32 { played.iter().zip(&heard[*lag..]).map(|(a, b)| a * b).sum() };
        (around.saturating_sub(100)..around + 100).max_by(|a, b| alike(a).total_cmp(&alike(b))).unwrap()
    }

    #[test]
    fn drift_moves_the_delay_and_the_sound_system_makes_up_for_it() {
        let mut line = DelayLine::new(100);
        let input = noise(4_000);
        let at = |line: &mut DelayLine, more: f64| -> Vec<f32> { input.iter().map(|x| line.next(*x, more)).collect() };
        let still = at(&mut line, 0.0);
        assert_eq!(lag(&input[..3_000], &still, 100), 100);
        for (more, wanted) in [(50.01, 157), (200.0, 307)] {
            let drifted = at(&mut DelayLine::new(100), more);
            assert_eq!(lag(&input[..3_000], &drifted, wanted), wanted);
            assert!((level(&drifted[1_000..]) - level(&input[1_000..])).abs() < 0.7);
        }
        let mut path = path("booth,drift=100ppm");
        path.count = 16_000 * 100;
        assert!((path.drifted() - 160.0).abs() < 1e-6, "{} samples after 100 s", path.drifted());
        path.count = 16_000 * 401;
        assert!((path.drifted() - 1.6).abs() < 1e-6, "{} samples after a jump", path.drifted());
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
