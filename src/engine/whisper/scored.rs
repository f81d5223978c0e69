//! The last utterance, kept so that other words for it can be scored.

use ct2rs::sys::StorageView;

use super::prompt::language_tag;
use super::text;

/// First character of the decoder's first token if words begin with a blank.
const BLANK: char = 'Ġ';
/// The last token of every prompt, which CTranslate2's `align` adds itself.
pub(super) const LAST: usize = 1;

/// The encoding and transcript of an utterance.
pub(super) struct ScoredAudio {
    pub(super) encoded: StorageView<'static>,
    pub(super) prompt: Vec<String>,
    /// The decoder's text.
    pub(super) text: String,
    /// Whether the text's first word begins with a blank.
    pub(super) blank: bool,
}

impl ScoredAudio {
    /// Keeps the encoder's output, the prompt, and the decoded tokens.
    pub(super) fn new(encoded: StorageView<'static>, prompt: Vec<String>, best: &[String]) -> Self {
        let blank = best.first().is_none_or(|token| token.starts_with(BLANK));
        Self { encoded, prompt, text: text::decode(best), blank }
    }

    /// The language of the prompt; English if the model knows no other.
    pub(super) fn language(&self) -> &str {
        self.prompt.get(1).and_then(|token| language_tag(token)).unwrap_or("en")
    }
}
