//! The echo path of a replay: golem's sound comes back in its microphone.

use std::collections::VecDeque;

use crate::signal::echo::{EchoPath, EchoSpec};
use crate::signal::frame::{FRAME, RATE};
use crate::signal::resample::Resampler;

/// Least delay of the sound system in samples: 16 ms.
const SYSTEM: usize = 256;
/// Samples that the conversion to 16 kHz holds back at most: 13 ms.
const HELD: usize = 208;

/// The path from the loudspeaker's line to the microphone's frames.
pub struct EchoLoop {
    resampler: Resampler,
    path: EchoPath,
    /// Sound that was played since the last frame, at 16 kHz.
    played: Vec<f32>,
    echo: VecDeque<f32>,
}

impl EchoLoop {
    /// A silent room, with a loudspeaker's line of `rate` hertz.
    pub fn new(spec: EchoSpec, rate: u32) -> Self {
        Self {
            resampler: Resampler::new(rate, RATE),
            path: EchoPath::new(spec),
            // A whole frame is there from the first on.
            played: vec![0.0; if rate == RATE { 0 } else { HELD }],
            echo: std::iter::repeat_n(0.0, SYSTEM).collect(),
        }
    }

    /// Takes the next sound of the line.
    pub fn play(&mut self, sound: &[f32]) {
        let before = self.played.len();
        self.resampler.process(sound, &mut self.played);
        let mut echo = Vec::new();
        self.path.process(&self.played[before..], &mut echo);
        self.echo.extend(echo);
    }

    /// Adds the echo to the next frame of the microphone. Returns the sound that was played since the frame before.
    pub fn mix(&mut self, frame: &mut [f32; FRAME]) -> Vec<f32> {
        for sample in frame.iter_mut() {
            *sample = (*sample + self.echo.pop_front().unwrap_or(0.0)).clamp(-1.0, 1.0);
        }
        std::mem::take(&mut self.played)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_played_is_there_with_each_frame() {
        for rate in [16_000, 22_050, 24_000, 48_000] {
            let mut room = EchoLoop::new("booth".parse().unwrap(), rate);
            let (mut rendered, mut played) = (0, 0);
            for frame in 1..=500 {
                let until = frame * FRAME * rate as usize / RATE as usize;
                room.play(&vec![0.1; until - rendered]);
                rendered = until;
                played += room.mix(&mut [0.0; FRAME]).len();
                assert!(
                    (frame * FRAME..frame * FRAME + SYSTEM).contains(&played),
                    "{rate} Hz, frame {frame}: {played}"
                );
            }
        }
    }

    #[test]
    fn the_echo_of_a_click_comes_back_once_however_often_the_line_is_rendered() {
        let spec = || "booth,0dB,delay=0ms".parse().unwrap();
        let mut click = vec![0.0; 22_050];
        click[100] = 1.0;
        let frames = |piece: usize| {
            let mut room = EchoLoop::new(spec(), 22_050);
            click.chunks(piece).for_each(|piece| room.play(piece));
            let frames = (0..25).flat_map(|_| {
                let mut frame = [0.0; FRAME];
                room.mix(&mut frame);
                frame
            });
            frames.collect::<Vec<f32>>()
        };
        let echo = frames(22_050);
        assert_eq!(echo, frames(77));
        let energy: f32 = echo.iter().map(|x| x * x).sum();
        assert!((0.3..1.2).contains(&energy), "{energy}");
        let first = echo.iter().position(|sample| sample.abs() > 0.01).unwrap();
        assert!((SYSTEM + 60..SYSTEM + 140).contains(&first), "{first}");
    }
}
