//! The windows of audio that Whisper reads: at most 30 s, and as short as the speech allows.

use std::ops::Range;

use crate::signal::frame::RATE;
use crate::signal::mel::HOP;

/// Frames of 30 s, the window of Whisper's training.
pub(super) const FULL: usize = 3000;
/// Samples in a full window.
pub(super) const LONGEST: usize = FULL * HOP;
/// Samples at the end of a window, 5 s, in which a longer recording is cut.
const SEARCH: usize = 5 * RATE as usize;
/// Samples of silence for a cut: 100 ms.
const GAP: usize = RATE as usize / 10;
/// Frames of silence after the speech: without a second of it the decoder does not find the end.
const PADDING: usize = 100;
/// Frames in a second.
pub(super) const SECOND: usize = RATE as usize / HOP;
/// Step of window sizes, half a second: with few shapes the backend can reuse its plans.
const STEP: usize = 50;

/// The shortest window that costs a model no accuracy: numbers of its encoder's output, whether it is multilingual, and
/// seconds. Measured with published weights (int8) on 46 read sentences, 60 single words and 24 orders by people; none
/// may be worse than with 30 s. `golem bench ears --windows` measures any model. With 10 s, base repeats one sentence
/// in twenty up to the limit; tiny.en does so with single words up to 15 s.
const SHORTEST: [(usize, bool, usize); 2] = [(512, true, 12), (384, false, 20)];
/// Seconds for models without measurements: the weakest model of the family needs them.
const UNMEASURED: usize = 20;

/// Samples from which on an utterance is hardly a single word: 2 s.
const SEVERAL_WORDS: usize = 2 * RATE as usize;
/// Frames of the shortest window for the beginning of an utterance: 6 s, half of what Whisper base has otherwise.
const SO_FAR: usize = 6 * SECOND;

/// The shortest window, in frames, of a model whose encoder gives `width` numbers a frame.
pub(super) fn shortest(width: usize, multilingual: bool) -> usize {
    let known = SHORTEST.iter().find(|(numbers, many, _)| (*numbers, *many) == (width, multilingual));
    known.map_or(UNMEASURED, |(.., seconds)| *seconds) * SECOND
}

/// Even number of frames for `samples` of speech and the silence after it: at least `shortest`, at most a full window.
pub(super) fn frames(samples: usize, shortest: usize) -> usize {
    (samples.div_ceil(HOP) + PADDING).next_multiple_of(STEP).clamp(shortest.min(FULL), FULL)
}

/// Frames for the `samples` so far of an utterance that goes on, where a model's shortest window is `shortest`. In a
/// shorter one the decoder says some words twice, which a partial transcript can drop; but not those of a single word.
pub(super) fn frames_so_far(samples: usize, shortest: usize) -> usize {
    let least = if samples < SEVERAL_WORDS { shortest } else { SO_FAR.min(shortest) };
    frames(samples, least)
}

/// Samples of `audio` that may hold a voice: blocks of 20 ms at most 35 dB below the loudest one.
pub(super) fn voiced(audio: &[f32]) -> usize {
    const BLOCK: usize = RATE as usize / 50;
    const BELOW: f32 = 3e-4; // of the loudest block's energy: 35 dB
    let energies: Vec<f32> = audio.chunks(BLOCK).map(|block| block.iter().map(|s| s * s).sum()).collect();
    let loudest = energies.iter().copied().fold(0.0, f32::max);
    energies.iter().filter(|energy| **energy > loudest * BELOW).count() * BLOCK
}

/// Tokens that suffice for most speech with `samples` of voice: ten a second, where English takes four.
pub(super) fn likely_tokens(samples: usize) -> usize {
    (8 + samples * 10 / RATE as usize).min(most_tokens(samples))
}

/// Most tokens for speech with `samples` of voice; a loop of imagined words ends there. 20 a second exceed the fastest
/// speech in scripts that Whisper spells byte by byte. 224 is half of its context, OpenAI's own limit.
pub(super) fn most_tokens(samples: usize) -> usize {
    (16 + samples * 20 / RATE as usize).min(224)
}

/// Cuts `audio` into windows of at most 30 s, each at the quietest point of its last five seconds.
pub(super) fn split(audio: &[f32]) -> Vec<Range<usize>> {
    let mut windows = Vec::new();
    let mut start = 0;
    while audio.len() - start > LONGEST {
        let from = start + LONGEST - SEARCH;
        let cut = from + quietest(&audio[from..start + LONGEST]);
        windows.push(start..cut);
        start = cut;
    }
    windows.push(start..audio.len());
    windows
}

/// Middle of the quietest tenth of a second in `audio`, which must be longer than that.
fn quietest(audio: &[f32]) -> usize {
    let energy = |n: usize| audio[n * GAP / 2..n * GAP / 2 + GAP].iter().map(|sample| sample * sample).sum::<f32>();
    let places = 2 * audio.len() / GAP - 1;
    let quietest = (0..places).min_by(|&a, &b| energy(a).total_cmp(&energy(b))).unwrap_or(0);
    quietest * GAP / 2 + GAP / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_even_have_a_second_of_silence_and_fit() {
        for (samples, shortest) in [(1, 0), (1600, 500), (8000, 501), (16_001, 1_200), (123_456, 0), (LONGEST, 9_000)] {
            let frames = frames(samples, shortest / 2 * 2);
            assert!(frames >= shortest.min(FULL) / 2 * 2);
            assert_eq!(frames % 2, 0);
            assert!(frames <= FULL);
            assert!(frames == FULL || frames * HOP >= samples + RATE as usize, "{samples} samples, {frames} frames");
        }
    }

    #[test]
    fn a_beginning_has_a_shorter_window_unless_it_may_be_one_word() {
        for (seconds, frames) in [(1, 1_200), (2, 600), (5, 600), (6, 700), (12, 1_300)] {
            assert_eq!(frames_so_far(seconds * RATE as usize, 1_200), frames, "{seconds} s");
        }
        assert_eq!(frames_so_far(3 * RATE as usize, 0), 400);
    }

    #[test]
    fn short_recordings_stay_whole() {
        for length in [0, 1000, LONGEST] {
            assert_eq!(split(&vec![0.1; length]), std::slice::from_ref(&(0..length)));
        }
    }

    #[test]
    fn long_recordings_are_cut_in_the_pause() {
        let mut audio = vec![0.1; 70 * RATE as usize];
        for pause in [27, 53] {
            audio[pause * RATE as usize..][..4800].fill(0.0);
        }
        let windows = split(&audio);
        assert_eq!(windows.len(), 3);
        for (window, pause) in windows.iter().zip([27, 53]) {
            let into = window.end - pause * RATE as usize;
            assert!((800..4000).contains(&into), "cut {into} samples into the pause");
        }
        assert!(windows.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert!(windows.iter().all(|window| window.len() <= LONGEST));
        assert_eq!(windows[2].end, audio.len());
    }

    #[test]
    fn measured_models_have_their_own_window_and_others_a_safe_one() {
        assert_eq!(shortest(512, true), 1_200);
        assert_eq!(shortest(384, false), 2_000);
        assert_eq!(shortest(1_280, true), 2_000);
    }

    #[test]
    fn only_what_is_about_as_loud_as_the_voice_counts() {
        let mut audio = vec![0.000_1; RATE as usize];
        audio.extend(vec![0.1; RATE as usize / 2]);
        audio.extend(vec![0.01; RATE as usize / 2]);
        assert_eq!(voiced(&audio), RATE as usize);
        assert_eq!(voiced(&[0.0; 3_000]), 0);
        assert_eq!(voiced(&[]), 0);
    }

    #[test]
    fn the_token_limit_follows_the_audio() {
        assert!(likely_tokens(RATE as usize) < most_tokens(RATE as usize));
        assert_eq!(likely_tokens(LONGEST), 224);
        assert_eq!(most_tokens(0), 16);
        assert_eq!(most_tokens(RATE as usize), 36);
        assert_eq!(most_tokens(LONGEST), 224);
    }
}
