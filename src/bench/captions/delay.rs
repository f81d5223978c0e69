//! The delays of the words of a part: from the end of a word to its first showing, and to the showing that stays.

use super::run::ShownPart;
use crate::dialog::words::normal;
use crate::message::{Time, TimedWord};

/// How late a word was shown, in seconds after its end; below zero where it was guessed before it ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WordDelay {
    /// Shown for the first time, dim or not.
    pub first: f64,
    /// Shown as it stays from then on.
    pub settled: f64,
}

/// The delays of all words of a part that have times.
pub fn delays(part: &ShownPart) -> Vec<WordDelay> {
    let words = &part.whole.transcript.words;
    let names: Vec<Vec<String>> = words.iter().map(|word| normal(&word.text)).collect();
    let late = |shown: Time, end: Time| shown.as_secs_f64() - end.as_secs_f64();
    let word = |(number, word): (usize, &TimedWord)| {
        let has = |text: &str| shown(text, &names, number);
        let first = part.partials.iter().find(|(_, caption)| has(&caption.text())).map_or(part.at, |(at, _)| *at);
        // It stays from the newest caption on that shows it among the words that stay, if all later ones do as well.
        let stays = part.partials.iter().rev().take_while(|(_, caption)| has(&caption.stable));
        let settled = stays.last().map_or(part.at, |(at, _)| *at);
        WordDelay { first: late(first, word.end), settled: late(settled, word.end) }
    };
    words.iter().enumerate().filter(|(number, _)| !names[*number].is_empty()).map(word).collect()
}

/// Whether `text` shows word `number` of `names` at its place: with a word or two put in or left out before it.
fn shown(text: &str, names: &[Vec<String>], number: usize) -> bool {
    /// Places by which a word may be moved.
    const MOVED: usize = 2;
    let places = number.saturating_sub(MOVED)..=number + MOVED;
    text.split_whitespace()
        .map(normal)
        .enumerate()
        .any(|(place, word)| places.contains(&place) && word == names[number])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Transcript;
    use crate::transcribe::agreement::LiveCaption;
    use crate::transcribe::listen::TranscriptPart;

    #[test]
    fn a_word_is_late_by_its_own_end() {
        let seconds = Time::from_secs;
        let word = |(text, end): (&str, u64)| TimedWord {
            text: format!(" {text}"),
            start: seconds(end - 1),
            end: seconds(end),
            probability: 1.0,
        };
        let words = [("The", 1), ("quick", 2), ("fox.", 3)].map(word).to_vec();
        let caption = |stable: &str, open: &str| LiveCaption { stable: stable.into(), open: open.into() };
        let part = ShownPart {
            partials: vec![
                (seconds(2), caption("", "The quiet")),
                (seconds(4), caption("The", "quick fog")),
                (seconds(6), caption("The quick", "fox")),
            ],
            whole: TranscriptPart {
                start: Time::ZERO,
                end: seconds(3),
                voices: Vec::new(),
                transcript: Transcript { words, ..Transcript::default() },
            },
            at: seconds(9),
        };
        let found: Vec<(f64, f64)> = delays(&part).iter().map(|word| (word.first, word.settled)).collect();
        assert_eq!(found, [(1.0, 3.0), (2.0, 4.0), (3.0, 6.0)]);
    }
}
