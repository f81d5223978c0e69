//! The alignment of the reference with its echo: the reference is delayed so that its echo follows soon after it, and by
//! as much as the echo slips later.

use crate::engine::echo::BLOCK;
use crate::signal::delay_line::DelayLine;
use crate::worker::echo_lag::{EchoLag, LONGEST, LagSign};

/// The lag that is left between the delayed reference and its echo, in samples: 8 ms. An echo that slips or drifts by
/// less still comes after the reference, and the filter of a canceller, which is 50 ms long, is spent on the room.
const MARGIN: f32 = 128.0;
/// Longest delay of the reference in samples.
const MOST: f32 = 8_192.0;
/// Samples of drift after which the delay follows, and those that are left then.
const DRIFTED: f32 = 32.0;
const FOLLOWED: f32 = 1.0;
/// Samples by which it moves in a block: 300 parts per million, which a canceller follows.
const SLIDE: f32 = 0.05;

/// The lag of the echo, and the delay line that compensates for it.
pub struct EchoAlignment {
    lag: EchoLag,
    line: DelayLine,
    /// Samples by which the reference is delayed.
    behind: f32,
    /// The lag that was left when the reference was aligned, in samples.
    wanted: f32,
    /// Whether the delay moves, because the clocks have drifted.
    slides: bool,
}

impl Default for EchoAlignment {
    /// Nothing was heard yet.
    fn default() -> Self {
        Self { lag: EchoLag::default(), line: DelayLine::new(LONGEST), behind: 0.0, wanted: MARGIN, slides: false }
    }
}

impl EchoAlignment {
    /// Takes a block of the reference and of the microphone in the same time. Returns the delayed reference.
    pub fn block(&mut self, played: &[f32; BLOCK], heard: &[f32; BLOCK]) -> [f32; BLOCK] {
        self.lag.block(played, heard);
        self.follow();
        let behind = f64::from(self.behind);
        played.map(|sample| self.line.next(sample, behind))
    }

    /// Follows clocks that drift.
    fn follow(&mut self) {
        let Some(off) = self.left().map(|left| left - self.wanted) else { return };
        self.slides = off.abs() > if self.slides { FOLLOWED } else { DRIFTED };
        if self.slides {
            self.behind = (self.behind + off.clamp(-SLIDE, SLIDE)).clamp(0.0, MOST);
        }
    }

    /// The change of the lag in the frame of these blocks. A canceller that `finds_lag` sees changes alone.
    pub fn frame(&mut self, finds_lag: bool) -> LagSign {
        let sign = self.lag.frame();
        let behind = match sign {
            LagSign::Found(_) if finds_lag => self.behind,
            LagSign::Found(lag) => (lag - MARGIN).round(),
            LagSign::Slipped(by) => self.behind + by,
            LagSign::Same | LagSign::Awaited | LagSign::Doubtful => return sign,
        };
        // If the echo comes too soon to be compensated for, the canceller has to learn it again.
        self.behind = behind.clamp(0.0, MOST);
        self.wanted = self.left().unwrap_or(MARGIN);
        tracing::debug!(?sign, self.behind, "the reference is aligned");
        sign
    }

    /// The lag that is left between the returned reference and its echo, in samples, if known.
    fn left(&self) -> Option<f32> {
        Some(self.lag.known()? - self.behind)
    }

    /// The lag of the echo in samples, if known.
    pub fn lag(&self) -> Option<f32> {
        self.lag.known()
    }

    /// Golem has stopped speaking.
    pub fn rest(&mut self) {
        self.lag.rest();
    }

    /// The microphone was exchanged: nothing is known of its echo.
    pub fn reset(&mut self) {
        self.lag.reset();
        (self.behind, self.wanted, self.slides) = (0.0, MARGIN, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::frame::FRAME;

    /// Eight seconds of a sound whose echo comes `lag(second)` samples later, and the reference that its blocks met.
    fn met(finds_lag: bool, lag: impl Fn(f64) -> f64) -> (Vec<f32>, Vec<f32>, EchoAlignment) {
        let mut random = fastrand::Rng::with_seed(4);
        let sound: Vec<f32> = (0..16_000 * 8).map(|_| random.f32() - 0.5).collect();
        let (mut alignment, mut line, mut framed) = (EchoAlignment::default(), DelayLine::new(LONGEST), 0);
        let mut met = Vec::new();
        for (number, played) in sound.as_chunks::<BLOCK>().0.iter().enumerate() {
            let lag = lag(f64::from(u32::try_from(number).unwrap()) / 100.0);
            let heard = played.map(|sample| 0.3 * line.next(sample, lag));
            met.extend(alignment.block(played, &heard));
            if (number + 1) * BLOCK - framed >= FRAME {
                framed += FRAME;
                alignment.frame(finds_lag);
            }
        }
        (sound, met, alignment)
    }

    /// The greatest difference in the last half second between what was met and the sound, `late` samples later.
    fn off(sound: &[f32], met: &[f32], late: usize) -> f32 {
        let end = sound.len();
        let pairs = met[end - 8_000..].iter().zip(&sound[end - 8_000 - late..]);
        pairs.map(|(met, played)| (met - played).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn what_was_played_meets_its_echo_as_before_a_slip() {
        for finds_lag in [true, false] {
            for lags in [[200_usize, 260], [200, 100], [2_000, 160], [400, 8_000]] {
                let [before, after] = lags.map(|lag| f64::from(u32::try_from(lag).unwrap()));
                let (sound, met, alignment) = met(finds_lag, |second| if second < 4.0 { before } else { after });
                let wanted = if finds_lag { lags[0] } else { lags[0].min(128) };
                let late = lags[1].saturating_sub(wanted);
                assert!(off(&sound, &met, late) < 0.05, "{lags:?}: {} at the new lag", off(&sound, &met, late));
                assert!(late == 0 || off(&sound, &met, 0) > 0.5, "{lags:?}: it was held back");
                assert!((f64::from(alignment.lag().unwrap()) - after).abs() < 0.5, "{lags:?}: {:?}", alignment.lag());
                assert!(met[..1_600] == sound[..1_600], "nothing is held back before the lag is known");
            }
        }
    }

    #[test]
    fn clocks_that_drift_are_followed() {
        // 200 parts per million.
        let (_, _, alignment) = met(false, |second| 1_000.0 + 3.2 * second);
        let left = alignment.left().unwrap();
        assert!((left - MARGIN).abs() <= DRIFTED + 1.0, "{left} samples are left");
    }
}
