//! A line on standard error that changes in place.

use indicatif::{ProgressBar, ProgressStyle};

/// A status line; none where standard error is no terminal. Dropping it takes it away.
pub struct StatusLine(ProgressBar);

impl StatusLine {
    /// An empty line.
    pub fn new() -> Self {
        let line = ProgressBar::no_length();
        line.set_style(ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self(line)
    }

    /// Shows `text` in the line.
    pub fn show(&self, text: String) {
        if self.0.is_finished() {
            self.0.reset();
        }
        self.0.set_message(text);
    }

    /// Takes the line away, so that something else can stand there.
    pub fn clear(&self) {
        self.0.finish_and_clear();
    }
}

impl Drop for StatusLine {
    fn drop(&mut self) {
        self.clear();
    }
}
