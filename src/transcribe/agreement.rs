//! The words of a caption while they are said: those on which two readings in a row agree stay, the others may still
//! change.
//!
//! Local agreement of two readings: Liu, Spanakis, Niehues, "Low-latency sequence-to-sequence speech recognition and
//! translation by partial hypothesis selection", 2020.

use crate::dialog::words::normal;

/// Frames of new sound after which an open utterance is read again: 544 ms, so that text follows text within 0.7 s though
/// each reading takes longer than the one before.
pub const READ_EVERY: usize = 17;

/// A caption as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveCaption {
    /// Words that will not change until the part is read as a whole.
    pub stable: String,
    /// Words after them that may change.
    pub open: String,
}

impl LiveCaption {
    /// All of its words.
    pub fn text(&self) -> String {
        let gap = if self.stable.is_empty() || self.open.is_empty() { "" } else { " " };
        format!("{}{gap}{}", self.stable, self.open)
    }
}

/// The words of the part that is being said.
#[derive(Clone, Debug, Default)]
pub struct CaptionWords {
    stable: Vec<String>,
    last: Vec<String>,
}

impl CaptionWords {
    /// The words with which the next reading begins: those that stay, but for the last, of which a reading may have heard
    /// only a part.
    pub fn beginning(&self) -> String {
        self.stable.split_last().map_or(String::new(), |(_, before)| before.join(" "))
    }

    /// Takes a reading of all that was said in the part so far.
    pub fn read(&mut self, text: &str) -> LiveCaption {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        let same = |(one, other): &(&String, &String)| normal(one) == normal(other);
        let agreed = self.last.iter().zip(&words).take_while(same).count();
        if let Some(more) = words.get(self.stable.len()..agreed) {
            self.stable.extend_from_slice(more);
        }
        let open = words.get(self.stable.len()..).unwrap_or_default().join(" ");
        self.last = words;
        LiveCaption { stable: self.stable.join(" "), open }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caption(words: &mut CaptionWords, text: &str) -> (String, String) {
        let LiveCaption { stable, open } = words.read(text);
        (stable, open)
    }

    fn pair(stable: &str, open: &str) -> (String, String) {
        (stable.into(), open.into())
    }

    #[test]
    fn words_stay_once_two_readings_agree_on_them() {
        let mut words = CaptionWords::default();
        assert_eq!(caption(&mut words, "The quick"), pair("", "The quick"));
        assert_eq!(caption(&mut words, "The quick, brown fog"), pair("The quick,", "brown fog"));
        assert_eq!(caption(&mut words, "The quick brown fox jumps"), pair("The quick, brown", "fox jumps"));
        assert_eq!(caption(&mut words, "A quick brown fox jumps over"), pair("The quick, brown", "fox jumps over"));
    }

    #[test]
    fn the_next_reading_begins_with_what_stays_but_the_last_word() {
        let mut words = CaptionWords::default();
        assert_eq!(words.beginning(), "");
        words.read("The quick brown");
        assert_eq!(words.beginning(), "");
        words.read("The quick, brown fox");
        assert_eq!(words.beginning(), "The quick,");
    }

    #[test]
    fn a_shorter_reading_takes_nothing_away() {
        let mut words = CaptionWords::default();
        words.read("one two three");
        words.read("one two three four");
        assert_eq!(caption(&mut words, "one"), pair("one two three", ""));
        assert_eq!(caption(&mut words, ""), pair("one two three", ""));
        assert_eq!(caption(&mut words, "one two three four"), pair("one two three", "four"));
    }
}
