//! The evidence that a sentence was said: PocketSphinx's scores compared with those of a phone loop.
//!
//! The sentence is compared with bare phones in any order over the frames of its words only. Quiet, noise or other
//! people's speech before and after them says nothing about the words. Compared over the whole utterance, one word with
//! half a second of kitchen around it was as doubtful as another language.

use crate::signal::odds::sigmoid;

/// A stretch of the decoder's result: a word or phone, silence or noise.
#[derive(Clone, Debug, PartialEq)]
pub struct DecodedSegment {
    /// First frame of 10 ms.
    pub first: i32,
    /// Last frame.
    pub last: i32,
    /// Acoustic score in the library's own units.
    pub score: i32,
    /// Whether it is a word, not silence or noise.
    pub word: bool,
}

/// The evidence for a sentence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// Nats a frame by which the words beat bare phones between the first word and the last.
    pub within: f32,
    /// Frames before the first word and after the last.
    pub outside: f32,
}

/// Nats a frame by which words fall behind phones where a sentence is as likely meant as not (`EVEN`), and the slope of
/// doubt there (`STEEP`). `golem bench intent FOLDER --domains` prints a regression over wake words, read sentences and
/// orders to a coffee machine, each domain and side weighing the same: an offset of -0.74 and a slope of 1.63, which
/// are -1.7 and 3.9 here. The values lean towards accepting meant sentences.
const EVEN: f32 = -1.9;
const STEEP: f32 = 2.4;
/// Frames around the words that the pre-roll and endpointing leave. More frames are speech that the sentence does not
/// explain.
const AROUND: f32 = 250.0;
/// Nats that each further frame costs (`UNEXPLAINED`), and the most that all cost (`MOST_UNEXPLAINED`).
const UNEXPLAINED: f32 = 0.01;
const MOST_UNEXPLAINED: f32 = 3.0;

impl Evidence {
    /// Compares the segments of a sentence with those of bare phones over the same `frames`; `None` without words.
    #[allow(clippy::cast_precision_loss)] // frames and scores stay below 2^24
    pub fn of(sentence: &[DecodedSegment], phones: &[DecodedSegment], frames: usize) -> Option<Self> {
        let mut words = sentence.iter().filter(|segment| segment.word);
        let first = words.clone().next()?.first;
        let last = words.next_back()?.last;
        let span = (last - first + 1).max(1) as f32;
        let inside =
            |segments: &[DecodedSegment]| -> f32 { segments.iter().map(|segment| segment.between(first, last)).sum() };
        Some(Self {
            within: super::score::nats(inside(sentence) - inside(phones)) / span,
            outside: frames as f32 - span,
        })
    }

    /// Probability in 0..=1 that the sentence was said.
    pub fn confidence(self) -> f32 {
        let unexplained = (UNEXPLAINED * (self.outside - AROUND)).clamp(0.0, MOST_UNEXPLAINED);
        sigmoid(-STEEP * (EVEN - self.within + unexplained))
    }
}

impl DecodedSegment {
    /// The part of the score that falls on the frames from `first` to `last`.
    #[allow(clippy::cast_precision_loss)] // as above
    fn between(&self, first: i32, last: i32) -> f32 {
        let all = self.last - self.first + 1;
        let shared = (self.last.min(last) - self.first.max(first) + 1).max(0);
        if all <= 0 { 0.0 } else { self.score as f32 * shared as f32 / all as f32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(first: i32, last: i32, score: i32, word: bool) -> DecodedSegment {
        DecodedSegment { first, last, score, word }
    }

    #[test]
    fn only_what_is_between_the_words_counts() {
        let sentence = [segment(0, 99, -9_000, false), segment(100, 149, -700, true), segment(150, 199, -9_000, false)];
        let phones = [segment(0, 99, -10, false), segment(100, 149, -500, false), segment(150, 199, -10, false)];
        let evidence = Evidence::of(&sentence, &phones, 200).unwrap();
        let noisy = [segment(0, 149, -1_500, false), segment(150, 199, -10, false)];
        let same = Evidence::of(&sentence, &noisy, 200).unwrap();
        assert!((evidence.within - same.within).abs() < 1e-4, "{evidence:?} {same:?}");
        assert!((evidence.outside - 150.0).abs() < 1e-4);
        assert_eq!(Evidence::of(&phones, &phones, 200), None);
        assert!(Evidence::of(&[segment(5, 4, 0, true)], &[], 0).unwrap().confidence().is_finite());
    }

    #[test]
    fn confidence_falls_with_doubt_and_with_speech_that_is_not_explained() {
        let said = Evidence { within: -0.3, outside: 120.0 };
        assert!(said.confidence() > 0.9);
        assert!((Evidence { within: EVEN, ..said }.confidence() - 0.5).abs() < 1e-6);
        assert!(Evidence { within: -3.5, ..said }.confidence() < 0.1);
        assert!(Evidence { outside: 800.0, ..said }.confidence() < 0.1, "a long sentence is no short order");
    }
}
