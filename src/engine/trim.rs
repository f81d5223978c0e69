//! The silence around a spoken clause: little before it, so that it is heard at once, and a natural pause after it.

use crate::message::{Mark, Timing};

use super::Speech;

/// Amplitude (of 1) below which a sample is silent: 50 dB below full scale.
const QUIET: f32 = 0.003;
/// Silence kept before the first sound, in milliseconds.
const LEAD_MS: u64 = 20;

/// The pause in milliseconds after `text` at normal speed: after a sentence, after a comma, or within a phrase.
pub fn pause_ms(text: &str) -> u64 {
    let body = text.trim_end_matches(|c: char| c.is_whitespace() || "\"'”’»)]」』".contains(c));
    match body.chars().next_back() {
        Some('.' | '!' | '?' | '…' | '。' | '！' | '？' | '｡' | '।' | '؟') => 250,
        Some(',' | ';' | ':' | '—' | '–' | '，' | '、' | '；' | '：' | '،' | '؛') => 120,
        _ => 30,
    }
}

/// Makes a clause of a voice's raw `samples` (-1..=1, at `rate` hertz): trims its ends and adds the pause that suits
/// `text` at this `speed`. `starts` holds for each word in order the byte of `text` at which it ends and the raw sample
/// at which its sound begins.
pub fn fit(samples: &[f32], rate: u32, text: &str, speed: f32, starts: &[(usize, usize)]) -> Speech {
    let loud = |sample: &f32| sample.abs() > QUIET;
    let Some(first) = samples.iter().position(loud) else {
        return Speech { samples: Vec::new(), timing: Timing { samples: 0, rate, words: Vec::new() } };
    };
    let last = samples.iter().rposition(loud).unwrap_or(first) + 1;
    let in_samples = |ms: u64| usize::try_from(ms * u64::from(rate) / 1000).unwrap_or(0);
    let begin = first.saturating_sub(in_samples(LEAD_MS));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // at most 500
    let pause = in_samples((pause_ms(text) as f32 / speed.clamp(0.5, 3.0)) as u64);

    let mut words: Vec<Mark> = Vec::with_capacity(starts.len());
    for (number, &(text_end, start)) in starts.iter().enumerate() {
        let next = starts.get(number + 1).map_or(last, |&(_, next)| next.clamp(begin, last));
        let start = start.clamp(begin, next);
        // The pause before the next word belongs to no word.
        let end = samples[start..next].iter().rposition(loud).map_or(next, |at| start + at + 1);
        let mark = Mark { text_end, sample_end: (end - begin) as u64 };
        match words.last_mut().filter(|word| word.text_end >= text_end) {
            Some(word) => word.sample_end = word.sample_end.max(mark.sample_end),
            None => words.push(mark),
        }
    }
    let mut samples = samples[begin..last].to_vec();
    samples.resize(samples.len() + pause, 0.0);
    Speech { timing: Timing { samples: samples.len() as u64, rate, words }, samples }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_trimmed_and_words_end_where_their_sound_does() {
        let mut raw = vec![0.0; 1000];
        raw.extend([0.5; 400]); // one
        raw.extend([0.0; 100]);
        raw.extend([0.5; 300]); // two
        raw.extend([0.0; 3000]);
        let speech = fit(&raw, 1000, "one two.", 1.0, &[(3, 990), (7, 1480)]);
        let ends: Vec<_> = speech.timing.words.iter().map(|word| (word.text_end, word.sample_end)).collect();
        assert_eq!(ends, [(3, 420), (7, 820)]);
        assert_eq!(speech.samples.len(), 820 + 250);
        assert_eq!(speech.timing.samples, 1070);
    }

    #[test]
    fn silence_alone_is_nothing_and_odd_marks_do_no_harm() {
        assert!(fit(&[0.0; 50], 1000, "…", 1.0, &[(1, 0)]).samples.is_empty());
        let speech = fit(&[0.5; 50], 1000, "a b", 0.0, &[(3, 900), (1, 2), (1, 0)]);
        assert_eq!(speech.timing.words.len(), 1);
    }

    #[test]
    fn a_sentence_is_followed_by_a_longer_pause_than_a_comma() {
        assert!(pause_ms("He said: \"Yes.\" ") > pause_ms("yes,"));
        assert!(pause_ms("yes,") > pause_ms("yes"));
    }
}
