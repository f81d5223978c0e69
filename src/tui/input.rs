//! The input line on which a question is typed.

use ratatui::text::Span;

/// Longest question in characters; what is typed or pasted beyond it is not taken.
const MOST: usize = 2000;

/// Text and a cursor in it.
#[derive(Clone, Debug, Default)]
pub struct LineEditor {
    before: String,
    after: String,
}

impl LineEditor {
    /// The whole text.
    pub fn text(&self) -> String {
        format!("{}{}", self.before, self.after)
    }

    /// Whether nothing is typed.
    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    /// Takes the text out.
    pub fn take(&mut self) -> String {
        let text = self.text();
        *self = Self::default();
        text
    }

    /// Types a text; its line breaks become spaces, for a question is one line.
    pub fn insert(&mut self, text: &str) {
        let room = MOST.saturating_sub(self.before.chars().count() + self.after.chars().count());
        let clean = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !c.is_control());
        self.before.extend(clean.take(room));
    }

    /// Deletes the character before the cursor.
    pub fn backspace(&mut self) {
        self.before.pop();
    }

    /// Deletes the character under the cursor.
    pub fn delete(&mut self) {
        let mut rest = self.after.chars();
        rest.next();
        self.after = rest.as_str().to_string();
    }

    /// Deletes the word before the cursor.
    pub fn delete_word(&mut self) {
        let end = self.before.trim_end().rfind(' ').map_or(0, |space| space + 1);
        self.before.truncate(end);
    }

    /// Deletes everything before the cursor.
    pub fn delete_line(&mut self) {
        self.before.clear();
    }

    /// One character to the left.
    pub fn left(&mut self) {
        if let Some(c) = self.before.pop() {
            self.after.insert(0, c);
        }
    }

    /// One character to the right.
    pub fn right(&mut self) {
        if let Some(c) = self.after.chars().next() {
            self.before.push(c);
            self.delete();
        }
    }

    /// To the beginning.
    pub fn home(&mut self) {
        self.after = std::mem::take(&mut self.before) + &self.after;
    }

    /// To the end.
    pub fn end(&mut self) {
        self.before.push_str(&std::mem::take(&mut self.after));
    }

    /// The part of the text to show in `width` columns, and the column of the cursor in it.
    pub fn window(&self, width: usize) -> (String, usize) {
        let most = width.saturating_sub(1);
        let mut left = self.before.as_str();
        while Span::raw(left).width() > most {
            let mut rest = left.chars();
            rest.next();
            left = rest.as_str();
        }
        (format!("{left}{}", self.after), Span::raw(left).width())
    }
}
