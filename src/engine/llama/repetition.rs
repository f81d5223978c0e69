//! The detection of repetition in a reply: small models fall into saying one thing again and again. Pure.
//!
//! The sampler's own guard (DRY) makes repetition unlikely; this check makes it impossible. People repeat themselves
//! too ("very, very", a chorus twice), so only the third time ends a reply; for a single word it is the fourth.

use std::ops::Range;

/// Times that a phrase may occur in a row.
const TIMES: usize = 2;
/// Times that a single word may occur in a row.
const WORD_TIMES: usize = 3;
/// Longest phrase, in words, that is compared in a row.
const LONGEST: usize = 40;
/// Newest words that are compared.
const WINDOW: usize = 400;
/// Fewest words of a sentence whose repetition counts anywhere in the reply.
const SENTENCE: usize = 4;

/// The verdict on a reply so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repetition {
    /// Nothing repeats itself.
    Fine,
    /// The text from this byte on may become one repetition too many: more text is needed.
    Doubtful(usize),
    /// The text from this byte on is one repetition too many.
    Repeats(usize),
}

/// Judges the text of a reply; `done`: its last word is whole.
pub fn judge(text: &str, done: bool) -> Repetition {
    let all = words(text);
    let skipped = all.len().saturating_sub(WINDOW);
    let words = &all[skipped..];
    let whole = done || !text.chars().next_back().is_some_and(char::is_alphanumeric);
    let mut doubt: Option<usize> = None;
    for period in 1..=LONGEST.min(words.len() / 2) {
        match in_a_row(text, words, period, whole) {
            Repetition::Repeats(at) => return Repetition::Repeats(at),
            Repetition::Doubtful(at) => doubt = Some(doubt.map_or(at, |doubt| doubt.min(at))),
            Repetition::Fine => {}
        }
    }
    match sentence(text, words, done) {
        Repetition::Doubtful(at) => Repetition::Doubtful(doubt.map_or(at, |doubt| doubt.min(at))),
        Repetition::Fine => doubt.map_or(Repetition::Fine, Repetition::Doubtful),
        repeats @ Repetition::Repeats(_) => repeats,
    }
}

/// Judges whether a phrase of `period` words occurs once too often in a row.
fn in_a_row(text: &str, words: &[Range<usize>], period: usize, whole: bool) -> Repetition {
    let times = if period == 1 { WORD_TIMES } else { TIMES };
    // Do not count figures, which may well be equal: 1 000 000 000.
    let counts = |at: usize| period > 1 || !text[words[at].clone()].chars().all(char::is_numeric);
    let sure = if whole { words.len() } else { words.len() - 1 };
    let mut run = 0;
    for at in period..sure {
        let again = same(&text[words[at].clone()], &text[words[at - period].clone()]) && counts(at);
        run = if again { run + 1 } else { 0 };
        if run == times * period {
            return Repetition::Repeats(words[at + 1 - period].start);
        }
    }
    if let Some(last) = words.get(sure).filter(|_| sure >= period) {
        let again = begins(&text[words[sure - period].clone()], &text[last.clone()]) && counts(sure);
        run = if again { run + 1 } else { 0 };
    }
    match run.checked_sub((times - 1) * period) {
        None | Some(0) => Repetition::Fine,
        Some(over) => Repetition::Doubtful(words[words.len() - over].start),
    }
}

/// Judges whether a sentence occurred twice before, anywhere.
fn sentence(text: &str, words: &[Range<usize>], done: bool) -> Repetition {
    let ends = |gap: &str| gap.contains(['.', '!', '?', '\n', '…', '。', '！', '？']);
    let mut sentences: Vec<&[Range<usize>]> = Vec::new();
    let mut from = 0;
    for at in 1..=words.len() {
        let gap = words.get(at).map_or(&text[words[at - 1].end..], |next| &text[words[at - 1].end..next.start]);
        if at == words.len() || ends(gap) {
            sentences.push(&words[from..at]);
            from = at;
        }
    }
    let over = done || words.last().is_none_or(|last| ends(&text[last.end..]));
    for (index, newest) in sentences.iter().enumerate() {
        let over = over || index + 1 < sentences.len();
        let is = |old: &&&[Range<usize>]| {
            let like = |(at, (new, old)): (usize, (&Range<usize>, &Range<usize>))| {
                let (new, old) = (&text[new.clone()], &text[old.clone()]);
                if at + 1 == newest.len() && !over { begins(old, new) } else { same(old, new) }
            };
            let length = if over { newest.len() == old.len() } else { newest.len() <= old.len() };
            old.len() >= SENTENCE && length && newest.iter().zip(old.iter()).enumerate().all(like)
        };
        if sentences[..index].iter().filter(is).count() >= TIMES {
            let at = newest[0].start;
            return if over { Repetition::Repeats(at) } else { Repetition::Doubtful(at) };
        }
    }
    Repetition::Fine
}

/// Byte ranges of the words of `text`; each ideograph is one word.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut open = false;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let wide = ('\u{3040}'..='\u{9fff}').contains(&c);
        let inside = c.is_alphanumeric() || (open && matches!(c, '\'' | '’'));
        match words.last_mut() {
            Some(word) if inside && open && !wide => word.end = end,
            _ if inside => words.push(at..end),
            _ => {}
        }
        open = inside && !wide;
    }
    words
}

fn same(one: &str, other: &str) -> bool {
    one == other || one.chars().flat_map(char::to_lowercase).eq(other.chars().flat_map(char::to_lowercase))
}

fn begins(whole: &str, part: &str) -> bool {
    let mut whole = whole.chars().flat_map(char::to_lowercase);
    part.chars().flat_map(char::to_lowercase).all(|c| whole.next() == Some(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text that is kept of `text`, which comes character by character, and whether the reply was ended.
    fn kept(text: &str) -> (String, bool) {
        for (at, c) in text.char_indices() {
            if let Repetition::Repeats(from) = judge(&text[..at + c.len_utf8()], false) {
                return (text[..from].trim_end().to_owned(), true);
            }
        }
        match judge(text, true) {
            Repetition::Repeats(from) => (text[..from].trim_end().to_owned(), true),
            _ => (text.to_owned(), false),
        }
    }

    #[test]
    fn a_phrase_said_three_times_ends_the_reply_and_what_was_before_is_kept() {
        for (text, wanted) in [
            ("No, no, no, no, no, no, no", "No, no, no,"),
            ("I can help. I can help. I can help. I can", "I can help. I can help."),
            ("It is of the of the of the of", "It is of the of the"),
            ("Да, да, да, да, да", "Да, да, да,"),
            ("我不知道我不知道我不知道我", "我不知道我不知道"),
            (
                "The cat sat on it. A dog came. The cat sat on it. A bird came. The cat sat on it. More",
                "The cat sat on it. A dog came. The cat sat on it. A bird came.",
            ),
            ("He said hello and hello and hello and hello", "He said hello and hello and"),
        ] {
            assert_eq!(kept(text), (wanted.to_owned(), true), "{text}");
        }
    }

    #[test]
    fn what_people_say_is_kept() {
        for text in [
            "It is very, very, very good.",
            "Row, row, row your boat, gently down the stream.",
            "Happy birthday to you, happy birthday to you, happy birthday dear Ann, happy birthday to you.",
            "One million is 1 000 000, a trillion is 1 000 000 000 000.",
            "One, two, three, four, five, six, seven, eight, nine, ten.",
            "We will, we will rock you.",
            "Yes. No. Yes. No.",
            "I had had had it not been so.",
            "no, no, nothing",
            "",
            "!!! ... ---",
        ] {
            assert_eq!(kept(text), (text.to_owned(), false), "{text}");
        }
    }

    #[test]
    fn the_beginning_of_one_repetition_too_many_is_held_back() {
        let text = "I can help. I can help. I c";
        assert_eq!(judge(text, false), Repetition::Doubtful(24));
        assert_eq!(judge("I can help. I can help. It", false), Repetition::Fine);
        assert_eq!(judge("No, no, no, n", false), Repetition::Doubtful(12));
        assert_eq!(judge("No, no, no, not", false), Repetition::Fine);
    }

    #[test]
    fn no_text_is_a_panic() {
        let text = "жук 🦀 жук 🦀 жук… don't ’ don't 我我 1";
        for (from, _) in text.char_indices() {
            for (to, _) in text.char_indices().filter(|(to, _)| *to >= from) {
                judge(&text[from..to], false);
                judge(&text[from..to], true);
            }
        }
    }
}
