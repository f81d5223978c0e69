//! The times of words within a recording, held to its voices.
//!
//! Whisper aligns a part's first word with the silence before it, and its last with the silence behind it, since it has
//! no tokens for either. The voice detector knows better where the silence is.

use std::time::Duration;

use crate::message::{Time, TimedWord};

/// How far a word may reach out of the voices around it: consonants at the edges are quieter than the detector's
/// threshold. If a word takes no more than this of a voice beyond a pause, its alignment is inaccurate.
const EDGE: Time = Duration::from_millis(100);

/// Moves the times of `words` by `start`, the beginning of their part in the recording, and cuts off what reaches out
/// of `voices`, which are in order.
pub fn place(words: &mut [TimedWord], start: Time, voices: &[[Time; 2]]) {
    for word in words {
        word.start += start;
        word.end += start;
        let shared = |voice: &[Time; 2]| voice[1].min(word.end).saturating_sub(voice[0].max(word.start));
        let most = voices.iter().map(shared).max().unwrap_or_default();
        let (Some(start), Some(end)) = (voices.first(), voices.last()) else { continue };
        // If a word overlaps several voices, use those that hold at least EDGE of it, or the most of it.
        let within = |voice: &&[Time; 2]| shared(voice) > Time::ZERO && shared(voice) >= most.min(EDGE);
        // Hold a word outside every voice between the first and the last one.
        let (first, last) = (voices.iter().find(within).unwrap_or(start), voices.iter().rfind(within).unwrap_or(end));
        let (from, to) = (first[0].saturating_sub(EDGE), last[1] + EDGE);
        word.start = word.start.clamp(from, to);
        word.end = word.end.clamp(word.start, to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(words: &[TimedWord]) -> Vec<[u128; 2]> {
        words.iter().map(|word| [word.start.as_millis(), word.end.as_millis()]).collect()
    }

    #[test]
    fn words_are_moved_to_their_part_and_end_with_the_voices() {
        let spans = [[0, 700], [700, 1_550], [1_550, 3_000], [1_000, 2_450], [4_000, 4_200]];
        let word = |[start, end]: [u64; 2]| TimedWord {
            text: " word".into(),
            start: Time::from_millis(start),
            end: Time::from_millis(end),
            probability: 1.0,
        };
        let mut words = spans.map(word);
        let voices = [[10_400, 11_600], [12_300, 12_500]].map(|voice| voice.map(Time::from_millis));
        place(&mut words, Time::from_secs(10), &voices);
        assert_eq!(
            milliseconds(&words),
            [[10_300, 10_700], [10_700, 11_550], [12_200, 12_600], [11_000, 12_450], [12_600, 12_600]]
        );
    }
}
