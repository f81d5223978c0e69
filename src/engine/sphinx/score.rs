//! PocketSphinx's words, scores and samples in golem's units.

/// Natural logarithm of the base of the library's logs (`logbase` 1.0001).
pub(super) const LN_BASE: f32 = 0.000_099_995;

/// Factor by which the library scales hypothesis scores down (`SENSCR_SHIFT` 10).
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

/// Whether a word of the library is silence or noise.
pub(super) fn filler(word: &str) -> bool {
    word.starts_with(['<', '[', '+'])
}

/// Nats by which words are likelier than bare phones in any order, for each frame with words in it. Phones in a loop
/// know no neighbours, so clearly spoken words are likelier.
#[allow(clippy::cast_precision_loss)] // scores and frame counts stay below 2^24
pub(super) fn sureness(score: i32, word_frames: i32) -> f32 {
    nats(score as f32) / word_frames.max(1) as f32
}

/// The natural logarithm of a score in the library's own units.
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
