//! The comparison of two lists of words with times.

use std::fmt;

use crate::bench::asr::corpus;
use crate::message::{Time, TimedWord};

/// The place of a word in a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordPlace {
    /// First of a part, after silence.
    First,
    /// Last of a part, before silence.
    Last,
    /// Beside a punctuation mark within a part, where people pause.
    AtSign,
    /// Between other words.
    Within,
}

impl WordPlace {
    /// All places, with their names in the table.
    pub const ALL: [(&'static str, Self); 4] = [
        ("first of a part", Self::First),
        ("last of a part", Self::Last),
        ("beside a sign", Self::AtSign),
        ("between words", Self::Within),
    ];
}

/// A word that both transcribed, and how much later golem has it.
#[derive(Clone, Debug, PartialEq)]
pub struct WordShift {
    pub word: String,
    pub place: WordPlace,
    /// Seconds by which golem's start is later than the other.
    pub start: f64,
    /// Seconds by which golem's end is later.
    pub end: f64,
    /// When it begins in the other's transcript, in seconds.
    at: f64,
}

impl WordShift {
    /// Whether both times are within `limit` seconds of each other.
    pub fn within(&self, limit: f64) -> bool {
        same(self.start, limit) && same(self.end, limit)
    }
}

impl fmt::Display for WordShift {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { word, place, start, end, at } = self;
        write!(f, "{word} at {at:.2} s ({place:?}): start {start:+.2}, end {end:+.2}")
    }
}

/// Whether a difference in seconds is at most `limit`; times are multiples of 10 ms, written as decimals.
pub fn same(difference: f64, limit: f64) -> bool {
    difference.abs() < limit + 1e-6
}

/// The other's words, joined as golem joins them: words that no blank separates are one.
pub fn spoken(words: &[(String, f64, f64)]) -> Vec<(String, f64, f64)> {
    let mut joined: Vec<(String, f64, f64)> = Vec::new();
    for (text, start, end) in words {
        match joined.last_mut() {
            Some(last) if !text.starts_with(' ') => {
                last.0.push_str(text);
                last.2 = *end;
            }
            _ => joined.push((text.clone(), *start, *end)),
        }
    }
    joined
}

/// The words that are in both transcripts of one recording.
pub fn between(one: &[(String, f64, f64)], other: &[(String, f64, f64)]) -> Vec<WordShift> {
    let time = |seconds: f64| Time::try_from_secs_f64(seconds).unwrap_or_default();
    let timed = |(text, start, end): (String, f64, f64)| TimedWord {
        text,
        start: time(start),
        end: time(end),
        probability: 1.0,
    };
    differences(&[spoken(one).into_iter().map(timed).collect()], other)
}

/// The words that golem (in parts) and the other both transcribed.
pub fn differences(parts: &[Vec<TimedWord>], theirs: &[(String, f64, f64)]) -> Vec<WordShift> {
    let theirs = spoken(theirs);
    let own: Vec<(WordPlace, &TimedWord)> = parts.iter().flat_map(|part| placed(part)).collect();
    let mine: Vec<String> = own.iter().map(|(_, word)| normal(&word.text)).collect();
    let others: Vec<String> = theirs.iter().map(|(text, ..)| normal(text)).collect();
    let pairs = common(&mine, &others).into_iter().filter(|(one, _)| !mine[*one].is_empty());
    pairs
        .map(|(one, other)| {
            let ((place, word), (_, start, end)) = (own[one], &theirs[other]);
            WordShift {
                word: mine[one].clone(),
                place,
                start: word.start.as_secs_f64() - start,
                end: word.end.as_secs_f64() - end,
                at: *start,
            }
        })
        .collect()
}

fn placed(part: &[TimedWord]) -> impl Iterator<Item = (WordPlace, &TimedWord)> {
    let ends = |word: &TimedWord| !word.text.ends_with(char::is_alphanumeric);
    part.iter().enumerate().map(move |(number, word)| {
        let place = match number {
            0 => WordPlace::First,
            _ if number + 1 == part.len() => WordPlace::Last,
            _ if ends(word) || ends(&part[number - 1]) => WordPlace::AtSign,
            _ => WordPlace::Within,
        };
        (place, word)
    })
}

fn normal(text: &str) -> String {
    corpus::words(text).concat()
}

/// The index pairs of a longest common subsequence.
fn common(one: &[String], other: &[String]) -> Vec<(usize, usize)> {
    let width = other.len() + 1;
    let mut longest = vec![0_usize; (one.len() + 1) * width];
    for i in (0..one.len()).rev() {
        for j in (0..other.len()).rev() {
            longest[i * width + j] = if one[i] == other[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while i < one.len() && j < other.len() {
        if one[i] == other[j] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(text: &str, start: u64, end: u64) -> TimedWord {
        let (start, end) = (Time::from_millis(start), Time::from_millis(end));
        TimedWord { text: text.into(), start, end, probability: 1.0 }
    }

    #[test]
    fn words_that_both_heard_are_compared_by_their_place() {
        let parts = vec![
            vec![
                own(" A", 100, 200),
                own(" well-known", 200, 700),
                own(" Man,", 700, 1_000),
                own(" too", 1_000, 1_300),
            ],
            vec![own(" Yes.", 3_000, 3_500)],
        ];
        let theirs =
            [(" A", 0.0, 0.25), (" well", 0.2, 0.4), ("-known", 0.4, 0.8), (" man", 0.75, 0.94), (" Yes!", 2.0, 3.5)]
                .map(|(text, start, end)| (text.to_owned(), start, end));
        let found = differences(&parts, &theirs);
        let printed: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(
            printed,
            [
                "a at 0.00 s (First): start +0.10, end -0.05",
                "wellknown at 0.20 s (Within): start +0.00, end -0.10",
                "man at 0.75 s (AtSign): start -0.05, end +0.06",
                "yes at 2.00 s (First): start +1.00, end +0.00"
            ]
        );
        assert!(same(found[0].end, 0.05) && !found[0].within(0.05));
        assert_eq!(differences(&[], &theirs), []);
    }
}
