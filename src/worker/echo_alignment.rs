//! The alignment of the reference with its echo: if the echo slips, the reference is delayed by as much.

use crate::engine::echo::BLOCK;
use crate::signal::delay_line::DelayLine;
use crate::signal::frame::RATE;
use crate::worker::echo_lag::{EchoLag, LagSign};

/// Longest delay of the reference in samples: 200 ms.
const BEHIND: u32 = RATE / 5;

/// The lag of the echo, and the delay line that compensates its changes.
pub struct EchoAlignment {
    lag: EchoLag,
    line: DelayLine,
    /// Samples by which the reference is delayed.
    behind: f64,
}

impl Default for EchoAlignment {
    /// Nothing has slipped yet.
    fn default() -> Self {
        Self { lag: EchoLag::default(), line: DelayLine::new(BEHIND as usize), behind: 0.0 }
    }
}

impl EchoAlignment {
    /// Takes a block of the reference and of the microphone in the same time. Returns the reference, delayed so that
    /// its echo has the first lag again.
    pub fn block(&mut self, played: &[f32; BLOCK], heard: &[f32; BLOCK]) -> [f32; BLOCK] {
        self.lag.block(played, heard);
        played.map(|sample| self.line.next(sample, self.behind))
    }

    /// The change of the lag in the frame of these blocks. `delay_ms` is the delay of the echo, if a canceller knows
    /// it.
    pub fn frame(&mut self, delay_ms: Option<u32>) -> LagSign {
        let sign = self.lag.frame(delay_ms);
        if let LagSign::Slipped(by) = sign {
            let behind = self.behind + f64::from(by);
            // Without a delay to compensate with (the echo comes too soon, say), the canceller has to learn the echo
            // again.
            self.behind = if (0.0..f64::from(BEHIND)).contains(&behind) { behind } else { 0.0 };
            tracing::debug!(by, behind = self.behind, "the echo has slipped");
        }
        sign
    }

    /// Golem has stopped speaking.
    pub fn rest(&mut self) {
        self.lag.rest();
    }

    /// The microphone was exchanged: nothing is known of its echo.
    pub fn reset(&mut self) {
        self.lag.reset();
        self.behind = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::frame::FRAME;

    #[test]
    fn what_was_played_meets_its_echo_as_before_a_slip() {
        let mut random = fastrand::Rng::with_seed(4);
        let sound: Vec<f32> = (0..16_000 * 8).map(|_| random.f32() - 0.5).collect();
        let (mut alignment, mut line, mut framed) = (EchoAlignment::default(), DelayLine::new(400), 0);
        let mut met = Vec::new();
        for (number, played) in sound.as_chunks::<BLOCK>().0.iter().enumerate() {
            // After four seconds the echo comes 60 samples later.
            let heard = played.map(|sample| 0.3 * line.next(sample, if number < 400 { 200.0 } else { 260.0 }));
            met.extend(alignment.block(played, &heard));
            if (number + 1) * BLOCK - framed >= FRAME {
                framed += FRAME;
                alignment.frame(None);
            }
        }
        let end = sound.len();
        let off = |late: usize| -> f32 {
            let pairs = met[end - 8_000..].iter().zip(&sound[end - 8_000 - late..]);
            pairs.map(|(met, played)| (met - played).abs()).fold(0.0, f32::max)
        };
        assert!(off(60) < 0.05, "{} at the new lag", off(60));
        assert!(off(0) > 0.5, "it was held back");
        assert!(met[..48_000] == sound[..48_000], "nothing is held back before");
    }
}
