//! The writer of speakable text: characters with their places in the source, white space folded.

/// Collects speakable characters: folds white space and keeps the map.
#[derive(Debug, Default)]
pub(super) struct SpeakableWriter {
    /// One line without markup.
    pub(super) text: String,
    /// Byte offset in `text` and in the source of every spoken character, in order.
    pub(super) map: Vec<(usize, usize)>,
    /// Byte of the source where white space waits for the next word.
    gap: Option<usize>,
}

impl SpeakableWriter {
    /// Writes `c`, which came from byte `at` of the source.
    pub(super) fn push(&mut self, c: char, at: usize) {
        if c.is_whitespace() {
            return self.space(at);
        }
        // Drop the gap before a mark: removed markup must not leave one.
        if let Some(gap) = self.gap.take().filter(|_| !matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '…')) {
            self.map.push((self.text.len(), gap));
            self.text.push(' ');
        }
        self.map.push((self.text.len(), at));
        self.text.push(c);
    }

    /// Writes `text` in place of the source at byte `at`.
    pub(super) fn say(&mut self, text: &str, at: usize) {
        for c in text.chars() {
            self.push(c, at);
        }
    }

    /// Writes a space before the next word.
    pub(super) fn space(&mut self, at: usize) {
        if !self.text.is_empty() {
            self.gap = self.gap.or(Some(at));
        }
    }

    /// Ends a line without a mark, so that the voice falls.
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

    /// The last character written.
    pub(super) fn last(&self) -> Option<char> {
        self.text.chars().next_back()
    }

    /// Whether the last word is complete or none has begun.
    pub(super) fn between_words(&self) -> bool {
        self.gap.is_some() || !self.last().is_some_and(char::is_alphanumeric)
    }
}
