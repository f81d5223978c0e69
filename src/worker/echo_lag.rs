//! The lag of an echo behind the reference, and its slips: a sound system that misses its time drops or inserts sound,
//! and a canceller that has learnt the room then takes out nothing.
//!
//! The lag is where the reference is most like the microphone. A person over the echo lowers that peak; a slip moves it.

use crate::engine::echo::BLOCK;
use crate::signal::level::mean_square;
use crate::signal::phase_correlation::{PhaseCorrelation, WINDOW};
use crate::worker::reference::{PATIENCE, sounds};

/// Longest lag in samples: half a second, as with a loudspeaker behind Bluetooth and a sound server.
pub const LONGEST: usize = 8_192;
/// Lags around the known one that are compared in each frame: 64 ms.
const AROUND: usize = 1_024;
/// Mean square of the reference from which on a frame is judged: -45 dB.
const SOUNDS: f32 = 3e-5;
/// Standard deviations of the correlation at the known lag from which on the echo is still there.
const THERE: f32 = 4.0;
/// Share of what was found among all lags that stays from frame to frame: a seventh of a second.
const KEEPS: f32 = 0.8;
/// If the old peak is below this share of the new one, the echo has slipped. If a microphone is carried about the room,
/// the old peak fades while the new one grows; in a slip it is gone at once.
const LEFT: f32 = 0.35;
/// Difference in samples below which two lags count as equal.
const SAME: f32 = 1.5;
/// Frames in a row with one lag among all of them until it is the echo's.
const FOUND: u32 = 4;
/// Frames in a row with another lag around the known one until the echo has slipped there.
const SLIPPED: u32 = 2;
/// The difference in samples up to which another lag may be a reflection from beside the loudspeaker, which for some
/// sounds of speech is louder than the sound itself; and the frames in a row that it then takes.
const BESIDE: f32 = 6.0;
const SLIPPED_BESIDE: u32 = 10;
/// Frames with sound in which the lag is awaited after golem began to speak: 0.6 s. An echo that is not found in them is
/// faint.
const AWAITED: u32 = 20;
/// Weight of a new measurement in the known lag: clocks drift, and microphones are carried.
const FOLLOWS: f32 = 0.5;

/// The change of the echo's lag in a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LagSign {
    /// The lag is as before, or not known.
    Same,
    /// Golem has just begun to speak, and the lag is not measured yet: the canceller may take nothing out.
    Awaited,
    /// The lag is known now, in samples.
    Found(f32),
    /// The lag may have changed: the echo that is left may sound like a person.
    Doubtful,
    /// The lag has changed by so many samples; positive is later.
    Slipped(f32),
}

/// Measures the lag of an echo.
pub struct EchoLag {
    all: PhaseCorrelation,
    around: PhaseCorrelation,
    /// The newest samples of the reference and of the microphone, newest last.
    played: Vec<f32>,
    heard: Vec<f32>,
    known: Option<f32>,
    /// The lags that frames in a row have shown, among all and around the known one.
    anywhere: RepeatedLag,
    nearby: RepeatedLag,
    /// Frames with sound in which the lag may be awaited.
    awaited: u32,
    /// Blocks in a row in which nothing was played.
    silent: usize,
}

/// A lag that frames in a row have shown, and their number.
#[derive(Default)]
struct RepeatedLag {
    lag: f32,
    frames: u32,
}

impl RepeatedLag {
    /// Counts a frame. Returns the number of those in a row with this lag.
    fn count(&mut self, lag: f32) -> u32 {
        self.frames = if same(lag, self.lag) { self.frames + 1 } else { 1 };
        self.lag = lag;
        self.frames
    }
}

impl Default for EchoLag {
    /// Nothing was heard yet.
    fn default() -> Self {
        let all = PhaseCorrelation::new(LONGEST, KEEPS);
        Self {
            played: vec![0.0; all.takes()],
            heard: vec![0.0; WINDOW],
            all,
            around: PhaseCorrelation::new(AROUND, 0.0),
            known: None,
            anywhere: RepeatedLag::default(),
            nearby: RepeatedLag::default(),
            awaited: AWAITED,
            silent: 0,
        }
    }
}

impl EchoLag {
    /// Takes a block of the reference and of the microphone in the same time.
    pub fn block(&mut self, played: &[f32; BLOCK], heard: &[f32; BLOCK]) {
        let goes_on = sounds(played);
        if goes_on && self.silent >= PATIENCE / BLOCK {
            self.forget();
        }
        self.silent = if goes_on { 0 } else { self.silent + 1 };
        for (kept, block) in [(&mut self.played, played), (&mut self.heard, heard)] {
            let stays = kept.len() - BLOCK;
            kept.copy_within(BLOCK.., 0);
            kept[stays..].copy_from_slice(block);
        }
    }

    /// The lag in samples, if known.
    pub fn known(&self) -> Option<f32> {
        self.known
    }

    /// Compares the newest blocks.
    pub fn frame(&mut self) -> LagSign {
        let latest = self.played.len() - self.known.map_or(0, whole);
        if mean_square(self.played[latest - WINDOW..latest].iter().copied()) < SOUNDS {
            return LagSign::Same;
        }
        let found = self.find();
        let sign = match (self.known, found) {
            (_, Some(lag)) => self.know(lag),
            (Some(known), None) => self.compare(known),
            (None, None) => LagSign::Same,
        };
        if self.awaited == 0 {
            return sign;
        }
        self.awaited -= 1;
        LagSign::Awaited
    }

    /// Compares all lags. Returns another lag than the known one if the echo is there and not here.
    fn find(&mut self) -> Option<f32> {
        self.all.compare(&self.played, &self.heard);
        let Some((lag, peak)) = self.all.highest() else {
            self.anywhere.frames = 0;
            return None;
        };
        let stays = self.known.is_some_and(|known| (lag - known).abs() < BESIDE || self.all.at(known) > LEFT * peak);
        if stays {
            self.anywhere.frames = 0;
        }
        (!stays && self.anywhere.count(lag) >= FOUND).then_some(lag)
    }

    /// Compares the lags around the known one.
    fn compare(&mut self, known: f32) -> LagSign {
        let first = whole(known).saturating_sub(AROUND / 2).min(LONGEST - AROUND);
        let end = self.played.len() - first;
        #[allow(clippy::cast_precision_loss)] // at most 8192
        let exact = first as f32;
        self.around.compare(&self.played[end - self.around.takes()..end], &self.heard);
        let left = self.around.at(known - exact);
        if left > THERE {
            self.awaited = 0;
        }
        let Some((lag, peak)) = self.around.highest() else { return LagSign::Same };
        let lag = lag + exact;
        let frames = self.nearby.count(lag);
        if same(lag, known) {
            self.known = Some(known + FOLLOWS * (lag - known));
            return LagSign::Same;
        }
        if left > LEFT * peak {
            if frames >= SLIPPED {
                self.known = Some(lag);
            }
            return LagSign::Same;
        }
        let beside = (lag - known).abs() < BESIDE;
        if frames < if beside { SLIPPED_BESIDE } else { SLIPPED } {
            return if beside { LagSign::Same } else { LagSign::Doubtful };
        }
        self.know(lag)
    }

    /// The lag is measured.
    fn know(&mut self, lag: f32) -> LagSign {
        self.awaited = 0;
        let before = self.known.replace(lag);
        before.map_or(LagSign::Found(lag), |known| LagSign::Slipped(lag - known))
    }

    /// Golem has stopped speaking. Its sound may be paired anew with the microphone's when it goes on: until the lag is
    /// seen again, it is awaited.
    pub fn rest(&mut self) {
        self.awaited = AWAITED;
    }

    /// Forgets what was played before a pause. The words after it may be the same, and be paired anew: their echo would be
    /// found where that of the old ones is.
    fn forget(&mut self) {
        self.all.forget();
        self.played.fill(0.0);
        (self.anywhere.frames, self.nearby.frames) = (0, 0);
    }

    /// The microphone was exchanged: nothing is known.
    pub fn reset(&mut self) {
        self.rest();
        self.forget();
        self.known = None;
    }
}

/// Whether two lags count as equal.
fn same(one: f32, other: f32) -> bool {
    (one - other).abs() < SAME
}

/// A lag in whole samples, at most the longest.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most 8192, and never negative
fn whole(lag: f32) -> usize {
    (lag.max(0.0).round() as usize).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::delay_line::DelayLine;
    use crate::signal::echo::EchoPath;
    use crate::signal::frame::FRAME;

    /// A reference of words of a third of a second, and its echo in a hall at -12 dB, delayed by `lag(second)` samples.
    /// From the fourth second on, a person of level `person` speaks over it.
    struct Hall {
        played: Vec<f32>,
        heard: Vec<f32>,
    }

    impl Hall {
        #[allow(clippy::cast_precision_loss)] // seconds
        fn new(seconds: usize, person: f32, lag: impl Fn(usize) -> f64) -> Self {
            let mut random = fastrand::Rng::with_seed(7);
            let mut speech = |n: usize| if n / 5_000 % 3 < 2 { 0.4 * (random.f32() - 0.5) } else { 0.0 };
            let played: Vec<f32> = (0..seconds * 16_000).map(&mut speech).collect();
            let mut echo = Vec::new();
            EchoPath::new("hall,-12dB,delay=0ms".parse().unwrap()).process(&played, &mut echo);
            let mut line = DelayLine::new(LONGEST);
            let mut other = fastrand::Rng::with_seed(8);
            let heard = echo.into_iter().enumerate().map(|(n, sample)| {
                let voice = if n > 64_000 { person * (other.f32() - 0.5) } else { 0.0 };
                line.next(sample, lag(n / 16_000)) + voice
            });
            Self { heard: heard.collect(), played }
        }

        /// The sign of each frame, with its second.
        fn signs(&self) -> Vec<(usize, LagSign)> {
            let (mut lag, mut signs, mut framed) = (EchoLag::default(), Vec::new(), 0);
            for (number, (played, heard)) in self.played.chunks(BLOCK).zip(self.heard.chunks(BLOCK)).enumerate() {
                lag.block(played.try_into().unwrap(), heard.try_into().unwrap());
                let end = (number + 1) * BLOCK;
                if end - framed >= FRAME {
                    framed += FRAME;
                    signs.push((end / 16_000, lag.frame()));
                }
            }
            signs
        }

        /// The slips found, with their seconds.
        fn slips(&self) -> Vec<(usize, f32)> {
            let slip = |(second, sign)| match sign {
                LagSign::Slipped(by) => Some((second, by)),
                LagSign::Same | LagSign::Awaited | LagSign::Found(_) | LagSign::Doubtful => None,
            };
            self.signs().into_iter().filter_map(slip).collect()
        }
    }

    #[test]
    fn a_slip_is_found_to_a_part_of_a_sample_in_a_hall() {
        for (by, delay) in [(9.0, 100.0), (-20.5, 100.0), (160.3, 1_500.0), (3_000.0, 600.0), (-6_100.4, 7_000.0)] {
            let hall = Hall::new(8, 0.0, |second| if second < 4 { delay } else { delay + by });
            let slips = hall.slips();
            assert!(slips.len() == 1 && slips[0].0 == 4, "{by}: {slips:?}");
            assert!((f64::from(slips[0].1) - by).abs() < 0.3, "{by}: {slips:?}");
        }
    }

    #[test]
    fn a_person_over_the_echo_is_no_slip() {
        for person in [0.02, 0.1, 0.4] {
            let signs = Hall::new(10, person, |_| 200.0).signs();
            let others = signs.iter().filter(|(second, sign)| *second >= 4 && *sign != LagSign::Same).count();
            assert!(others <= signs.len() / 100, "{person}: {others} of {}", signs.len());
        }
    }

    #[test]
    fn a_lag_is_followed_where_clocks_drift_and_silence_says_nothing() {
        let hall = Hall::new(20, 0.0, |second| 200.0 + 0.8 * f64::from(u32::try_from(second).unwrap()));
        assert_eq!(hall.slips(), []);
        let silent = Hall { played: vec![0.0; 32_000], heard: vec![0.1; 32_000] };
        assert!(silent.signs().iter().all(|(_, sign)| *sign == LagSign::Same));
    }
}
