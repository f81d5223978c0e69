//! The near end of an echo path, band by band: the level of a linear canceller's output above all echo that it can have
//! left, and what each step of the cancellation took away.
//!
//! In each band the echo that is left follows the reference: at once, and in the tail of a room that rings longer than
//! the canceller's filter. Its level against the reference is learnt while golem speaks. A louder sound is not echo.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use crate::engine::echo::BLOCK;
use crate::signal::level::decibels_over;
use crate::signal::mel::{hann_of, single};

/// Bands between 200 Hz and 6.5 kHz.
pub const BANDS: usize = 12;
/// Bins of the spectrum (31.25 Hz each) at which the bands begin and end.
const BINS: [usize; BANDS + 1] = [7, 13, 20, 26, 32, 42, 52, 64, 80, 103, 128, 160, 208];
/// Samples of a spectrum's window.
const WINDOW: usize = 2 * BLOCK;
/// Samples of a spectrum: the window, and zeros behind it.
const SPECTRUM: usize = 512;
/// Decibels by which an echo fades in a block of 10 ms in a dry room, a living room and a hall (reverberation times of
/// 0.2, 0.5 and 1 s). Each band uses the decay with the highest expected echo.
const DECAYS: [f32; 3] = [3.0, 1.2, 0.6];
/// Decibels of the echo that is left against the reference before anything is known, by decay.
const UNKNOWN: [f32; 3] = [-10.0, -15.0, -15.0];
/// The lowest such level.
const LEAST: f32 = -60.0;
/// Share of the blocks that lie below the learnt level.
const SHARE: f32 = 0.9;
/// Step of the learnt level per block, in decibels.
const STEP: f32 = 0.5;
/// Blocks with sound of a band in which its step is larger.
const FIRST: u32 = 100;
/// Factor of the step in those blocks.
const FASTER: f32 = 4.0;
/// Decibels of excess from which on a block is hardly golem's.
const ANOTHER: f32 = 4.0;
/// Factor of the step in such a block.
const HARDLY: f32 = 0.25;
/// Power of a band of the reference, in decibels, from which on the band is learnt.
const SOUNDS: f32 = -70.0;
/// Power of a band below which nothing counts, in decibels: a quiet room.
const QUIET: f32 = -85.8;
/// Blocks without sound after which the echo path may be another.
const RESTED: u32 = 50;
/// Blocks with sound until the echo that is left is known again.
const WAKING: u32 = 30;
/// Decibels of excess that are given meanwhile: neither a person nor none.
const UNSURE: f32 = -1.0;
/// Least and most decibels of excess that a band counts.
const COUNTS: (f32, f32) = (-3.0, 15.0);
/// Least and most decibels of a band above the echo that may be left.
const ABOVE: (f32, f32) = (-20.0, 40.0);
/// Newest blocks whose mean excess is that of a frame.
const NEWEST: usize = 3;
/// Least power that is told from none.
const NO_POWER: f32 = 1e-13;
/// Least power of a band by which a step of the cancellation is measured: -100 dB.
const MEASURED: f32 = 1e-10;

/// Powers of the bands.
type Powers = [f32; BANDS];

/// A block of 10 ms on its way through a canceller.
#[derive(Clone, Copy)]
pub struct CancelledBlock<'a> {
    /// What was played.
    pub reference: &'a [f32; BLOCK],
    /// What the microphone heard.
    pub microphone: &'a [f32; BLOCK],
    /// The output of the linear canceller.
    pub linear: &'a [f32; BLOCK],
    /// The output of the full canceller.
    pub clean: &'a [f32; BLOCK],
}

/// The bands of a block, in decibels.
#[derive(Clone, Copy, Debug, Default)]
pub struct NearEndBands {
    /// Linear output against the echo that it may have left.
    pub above: [f32; BANDS],
    /// What was played in the time of the echo, faded as the room fades it.
    pub played: [f32; BANDS],
    /// Linear output against the microphone.
    pub linear: [f32; BANDS],
    /// Full output against the linear one.
    pub full: [f32; BANDS],
}

/// Compares the output of a linear canceller with the reference.
pub struct NearEndMeter {
    forward: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// Work space of the transform: it runs in the vad thread, which allocates nothing for each block.
    input: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    /// The previous blocks of the reference, the linear output, the microphone and the full output.
    before: [[f32; BLOCK]; 4],
    /// Powers of the reference, faded with each of [`DECAYS`].
    fading: [Powers; DECAYS.len()],
    /// Learnt level in decibels of the echo that is left, against each of these.
    left: [Powers; DECAYS.len()],
    /// Blocks in which each band has sounded.
    sounded: [u32; BANDS],
    /// Blocks without sound in a row, and blocks with sound since the last rest.
    silent: u32,
    woken: u32,
    excess: [f32; NEWEST],
    bands: [NearEndBands; NEWEST],
}

impl Default for NearEndMeter {
    /// Nothing was heard yet.
    fn default() -> Self {
        let window = hann_of(WINDOW).into_iter().map(single).collect();
        let forward = RealFftPlanner::new().plan_fft_forward(SPECTRUM);
        Self {
            input: forward.make_input_vec(),
            spectrum: forward.make_output_vec(),
            scratch: forward.make_scratch_vec(),
            forward,
            window,
            before: [[0.0; BLOCK]; 4],
            fading: [[0.0; BANDS]; DECAYS.len()],
            left: UNKNOWN.map(|decibels| [decibels; BANDS]),
            sounded: [0; BANDS],
            silent: RESTED,
            woken: 0,
            excess: [0.0; NEWEST],
            bands: [NearEndBands::default(); NEWEST],
        }
    }
}

impl NearEndMeter {
    /// Takes a block, whose echo comes at most a block after its reference.
    pub fn block(&mut self, block: CancelledBlock) {
        let (played, heard) = (self.powers(0, block.reference), self.powers(1, block.linear));
        let (microphone, clean) = (self.powers(2, block.microphone), self.powers(3, block.clean));
        for (fading, decay) in self.fading.iter_mut().zip(DECAYS) {
            let stays = 10.0_f32.powf(-decay / 10.0);
            fading
                .iter_mut()
                .zip(played)
                .for_each(|(fading, played)| *fading = *fading * stays + played * (1.0 - stays));
        }
        self.excess.rotate_left(1);
        self.bands.rotate_left(1);
        let (excess, mut bands) = self.compare(&heard);
        let against = |part: f32, whole: f32| decibels_over(MEASURED, part) - decibels_over(MEASURED, whole);
        for band in 0..BANDS {
            bands.linear[band] = against(heard[band], microphone[band]);
            bands.full[band] = against(clean[band], heard[band]);
        }
        (self.excess[NEWEST - 1], self.bands[NEWEST - 1]) = (excess, bands);
    }

    /// Learns from the block `heard`. Returns its excess and, as far as they follow from the reference, its bands.
    #[allow(clippy::cast_precision_loss)] // 12
    fn compare(&mut self, heard: &Powers) -> (f32, NearEndBands) {
        let decibels = |power: f32| decibels_over(NO_POWER, power);
        let mut bands = NearEndBands::default();
        let mut above = [0.0; BANDS];
        let mut tails = [(0, false); BANDS];
        for (band, (above, tail)) in above.iter_mut().zip(&mut tails).enumerate() {
            let fading = |decay: usize| decibels(self.fading[decay][band]);
            let echo = |decay: usize| fading(decay) + self.left[decay][band];
            let loudest = (1..DECAYS.len()).fold(0, |most, next| if echo(next) > echo(most) { next } else { most });
            *tail = (loudest, (0..DECAYS.len()).any(|decay| fading(decay) > SOUNDS));
            *above = decibels(heard[band]) - echo(loudest).max(QUIET + 3.0);
            (bands.above[band], bands.played[band]) = (above.clamp(ABOVE.0, ABOVE.1), fading(loudest));
            self.sounded[band] = self.sounded[band].saturating_add(u32::from(tail.1));
        }
        let sounds = tails.iter().any(|(_, sounds)| *sounds);
        self.silent = if sounds { 0 } else { self.silent.saturating_add(1) };
        self.woken = if self.silent >= RESTED { 0 } else { self.woken.saturating_add(u32::from(sounds)) };
        let waking = self.woken < WAKING;
        let excess = above.iter().map(|above| above.clamp(COUNTS.0, COUNTS.1)).sum::<f32>() / BANDS as f32;
        for (band, (tail, _)) in tails.into_iter().enumerate().filter(|(_, (_, sounds))| *sounds) {
            let first = self.sounded[band] < FIRST;
            let step = if first { STEP * FASTER } else { STEP };
            let up = if excess > ANOTHER && !first && !waking { step * SHARE * HARDLY } else { step * SHARE };
            let left = &mut self.left[tail][band];
            *left = (*left + if above[band] > 0.0 { up } else { -step * (1.0 - SHARE) }).max(LEAST);
        }
        (if waking && sounds { UNSURE } else { excess }, bands)
    }

    /// Powers of the bands in a block and the one before.
    #[allow(clippy::cast_precision_loss)] // 512
    fn powers(&mut self, side: usize, block: &[f32; BLOCK]) -> Powers {
        let sound = self.before[side].iter().chain(block).zip(&self.window);
        // Clear the padding: the transform overwrites its input.
        self.input[WINDOW..].fill(0.0);
        self.input.iter_mut().zip(sound).for_each(|(place, (sample, weight))| *place = sample * weight);
        self.before[side] = *block;
        // Errors cannot occur: the lengths are those of the plan.
        let done = self.forward.process_with_scratch(&mut self.input, &mut self.spectrum, &mut self.scratch);
        if done.is_err() {
            return [0.0; BANDS];
        }
        let spectrum = &self.spectrum;
        let scale = 2.0 / SPECTRUM as f32 / self.window.iter().map(|weight| weight * weight).sum::<f32>();
        std::array::from_fn(|band| spectrum[BINS[band]..BINS[band + 1]].iter().map(|bin| bin.norm_sqr() * scale).sum())
    }

    /// Mean decibels of the bands of the newest 30 ms above the echo that may be left: about -2.5 with golem alone, and
    /// 1.5 in one of a thousand such frames.
    #[allow(clippy::cast_precision_loss)] // 3
    pub fn excess(&self) -> f32 {
        self.excess.iter().sum::<f32>() / NEWEST as f32
    }

    /// Means of the newest 30 ms.
    #[allow(clippy::cast_precision_loss)] // 3
    pub fn bands(&self) -> NearEndBands {
        let mean = |of: fn(&NearEndBands) -> &[f32; BANDS]| {
            std::array::from_fn(|band| self.bands.iter().map(|bands| of(bands)[band]).sum::<f32>() / NEWEST as f32)
        };
        NearEndBands {
            above: mean(|bands| &bands.above),
            played: mean(|bands| &bands.played),
            linear: mean(|bands| &bands.linear),
            full: mean(|bands| &bands.full),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block of which a canceller has taken nothing.
    fn heard<'a>(reference: &'a [f32; BLOCK], left: &'a [f32; BLOCK]) -> CancelledBlock<'a> {
        CancelledBlock { reference, microphone: left, linear: left, clean: left }
    }

    /// Noise in words of a third of a second, and its echo of `gain`, which fades by `decay` decibels a block; then a
    /// person of `person` for 10 blocks. Returns the highest excess without the person, and the excess with them.
    fn excess(gain: f32, decay: f32, person: f32) -> (f32, f32) {
        let (mut near, mut random) = (NearEndMeter::default(), fastrand::Rng::with_seed(1));
        let mut noise = |level: f32| -> [f32; BLOCK] { std::array::from_fn(|_| (random.f32() - 0.5) * level) };
        let amplitude = |decibels: f32| 10.0_f32.powf(decibels / 20.0);
        let (mut echo, mut alone) = (0.0_f32, Vec::new());
        for number in 0..1_020 {
            let played = if number % 40 < 30 { 0.3 } else { 0.0 };
            echo = (echo * amplitude(-decay)).max(played * amplitude(gain));
            let mut left = noise(echo);
            if number >= 1_010 {
                left.iter_mut().zip(noise(person)).for_each(|(left, person)| *left += person);
            }
            near.block(heard(&noise(played), &left));
            if (300..1_010).contains(&number) {
                alone.push(near.excess());
            }
        }
        (alone.into_iter().fold(f32::MIN, f32::max), near.excess())
    }

    #[test]
    fn what_is_louder_than_the_echo_that_is_left_is_another_sound_in_any_room() {
        for (gain, decay) in [(-20.0, 3.0), (-30.0, 1.0), (-15.0, 0.6)] {
            let (alone, with) = excess(gain, decay, 0.3 * 10.0_f32.powf((gain + 8.0) / 20.0));
            assert!(
                alone < 1.0 && with > alone + 2.0,
                "{gain} dB, {decay} dB a block: {alone} alone, {with} with a person"
            );
        }
    }

    #[test]
    fn silence_and_broken_numbers_are_no_sound() {
        let mut near = NearEndMeter::default();
        (0..10).for_each(|_| near.block(heard(&[0.0; BLOCK], &[0.0; BLOCK])));
        assert!(near.excess() < 0.0);
        near.block(heard(&[1.0; BLOCK], &[1.0; BLOCK]));
        assert!(near.excess().is_finite());
    }
}
