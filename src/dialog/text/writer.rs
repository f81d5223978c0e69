//! The writer of what is spoken: characters with their places in the source, white space folded.

/// Collects spoken characters: folds white space and keeps the map.
#[derive(Debug, Default)]
pub(super) struct SpeakableWriter {
    /// One line without markup.
    pub(super) text: String,
    /// Byte offset in `text` and in the source of every spoken character, in order.
    pub(super) map: Vec<(usize, usize)>,
    /// Where white space in the source waits for a word to follow it.
    gap: Option<usize>,
}

impl SpeakableWriter {
    /// Speaks `c`, which came from byte `at` of the source.
    pub(super) fn push(&mut self, c: char, at: usize) {
        if c.is_whitespace() {
            return self.space(at);
        }
        // What was cleaned away before a mark leaves no gap.
        if let Some(gap) = self.gap.take().filter(|_| !matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '…')) {
            self.map.push((self.text.len(), gap));
            self.text.push(' ');
        }
        self.map.push((self.text.len(), at));
        self.text.push(c);
    }

    /// Speaks all of `text` in place of what stands at byte `at`.
    pub(super) fn say(&mut self, text: &str, at: usize) {
        for c in text.chars() {
            self.push(c, at);
        }
    }

    /// Separates what follows from what was spoken.
    pub(super) fn space(&mut self, at: usize) {
        if !self.text.is_empty() {
            self.gap = self.gap.or(Some(at));
        }
    }

    /// Ends a line that has no mark of its own, so that the voice falls.
    pub(super) fn stop(&mut self, at: usize) {
        let last = self.text.trim_end_matches(['"', '\'', '”', '’', '»', ')', ']']).chars().next_back();
        if last.is_some_and(char::is_alphanumeric) {
            self.gap = None;
            self.push('.', at);
        }
    }

    /// Separates two cells of a table.
    pub(super) fn comma(&mut self, at: usize) {
        if self.last().is_some_and(char::is_alphanumeric) {
            self.push(',', at);
        }
        self.space(at);
    }

    /// The newest spoken character.
    pub(super) fn last(&self) -> Option<char> {
        self.text.chars().next_back()
    }

    /// Whether a word has just ended or none has begun.
    pub(super) fn between_words(&self) -> bool {
        self.gap.is_some() || !self.last().is_some_and(char::is_alphanumeric)
    }
}
