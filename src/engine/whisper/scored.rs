//! An utterance that was read, kept so that other words for it can be weighed.

use ct2rs::sys::StorageView;

use super::prompt::language_tag;
use super::text;

/// What the decoder's first token begins with where words begin with a blank.
const BLANK: char = 'Ġ';
/// The last token of every prompt, which CTranslate2's `align` adds for itself.
pub(super) const LAST: usize = 1;

/// What is kept of an utterance, so that other words for it can be weighed.
pub(super) struct ScoredAudio {
    pub(super) encoded: StorageView<'static>,
    pub(super) prompt: Vec<String>,
    /// As the decoder wrote it.
    pub(super) text: String,
    /// Whether its first word begins with a blank.
    pub(super) blank: bool,
}

impl ScoredAudio {
    /// Keeps the encoder's output, the prompt, and the tokens that were decoded.
    pub(super) fn new(encoded: StorageView<'static>, prompt: Vec<String>, best: &[String]) -> Self {
        let blank = best.first().is_none_or(|token| token.starts_with(BLANK));
        Self { encoded, prompt, text: text::decode(best), blank }
    }

    /// The language prompted for; English where the model knows no other.
    pub(super) fn language(&self) -> &str {
        self.prompt.get(1).and_then(|token| language_tag(token)).unwrap_or("en")
    }
}
