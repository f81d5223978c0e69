//! PocketSphinx's words, scores and samples in golem's units.

/// Natural logarithm of the base of the library's logs (`logbase` 1.0001) …
pub(super) const LN_BASE: f32 = 0.000_099_995;

/// … and the factor by which hypothesis scores are scaled down (`SENSCR_SHIFT` 10).
pub(super) const SCORE_UNIT: f32 = 1024.0;

/// The words without silence, noise and the numbers of alternative pronunciations: `the(2) <sil>` is `the`.
pub(super) fn plain(words: &str) -> String {
    let words: Vec<String> = words
        .split_whitespace()
        .filter(|word| !filler(word))
        .map(|word| word.split_once('(').map_or(word, |(word, _)| word).to_lowercase())
        .collect();
    words.join(" ")
}

/// Whether a word of the library's is silence or noise.
pub(super) fn filler(word: &str) -> bool {
    word.starts_with(['<', '[', '+'])
}

/// How much likelier words are than bare phones in any order, in nats for each frame with words in it. Phones of a loop know
/// no neighbours, so that words said clearly are likelier.
#[allow(clippy::cast_precision_loss)] // scores and frame counts stay below 2^24
pub(super) fn sureness(score: i32, word_frames: i32) -> f32 {
    nats(score as f32) / word_frames.max(1) as f32
}

/// A score in the library's own units as a natural logarithm.
pub(super) fn nats(score: f32) -> f32 {
    score * SCORE_UNIT * LN_BASE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_the_dictionary_are_not_read_out() {
        assert_eq!(plain("<s> the(2) Lamp <sil> [NOISE] on </s>"), "the lamp on");
        assert_eq!(plain("<sil>"), "");
    }

    #[test]
    fn doubt_is_counted_per_frame_with_words() {
        assert!((sureness(-4004, 100) + 4.1).abs() < 0.01);
        assert!(sureness(-2200, 1000) > -0.3);
        assert!(sureness(-1, 0).is_finite());
    }

    #[test]
    fn samples_are_clipped_not_wrapped() {}
}
