//! The splitter of a streaming reply into spoken clauses.
//!
//! The first clause is short so that sound starts early; later ones grow to sentences. The splitter reads one character
//! at a time, so that the clauses do not depend on the pieces of the stream.

use super::boundary::{CutPlace, Strength, breaks, is_conjunction};
use super::function_words::{is_content, phrase_ends};
use super::markup::{Fence, is_ideograph, may_be_fence};
use super::speakable::Speakable;

/// Fewest words of a first clause that ends at a comma or a sentence's end.
const FIRST_WORDS: usize = 2;
/// Fewest words of a first clause that ends without a mark before a conjunction.
const CONJUNCTION_WORDS: usize = 6;
/// Fewest words of a first clause that ends without a mark after a content word.
const FORCED_WORDS: usize = 9;
/// Fewest words of a first clause that ends without a mark after any word.
const LATEST_WORDS: usize = 12;
/// Fewest words of a first clause that ends between two phrases because time is up.
const HURRIED_WORDS: usize = 3;
/// Characters after which a comma ends the second clause, and later ones.
const COMMA_AFTER: [usize; 2] = [60, 120];
/// Longest clause in characters; a word may exceed it.
const LONGEST: usize = 200;

/// A part of the reply that is spoken in one breath.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Number of the clause in the reply, from 0.
    pub index: usize,
    /// The text as generated. All clauses together are the whole reply, to the byte.
    pub text: String,
    /// The spoken text. Only the last clause of a reply can be silent.
    pub spoken: Speakable,
}

/// The splitter of one reply.
#[derive(Debug)]
pub struct Clauses {
    index: usize,
    pending: String,
    /// Bytes of `pending` without spoken text, which are joined to the next clause.
    silent: usize,
    /// Whether `pending` begins a line.
    line_start: bool,
    /// Where the newest line begins in `pending`.
    line: usize,
    fence: Option<Fence>,
    /// Whether the first clause should end at any acceptable place.
    hurried: bool,
}

impl Default for Clauses {
    fn default() -> Self {
        Self { index: 0, pending: String::new(), silent: 0, line_start: true, line: 0, fence: None, hurried: false }
    }
}

impl Clauses {
    /// A splitter for a new reply.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The spoken clauses of a whole `text`; none if it is all markup.
    #[must_use]
    pub fn spoken(text: &str) -> Vec<String> {
        let mut clauses = Self::new();
        let mut texts: Vec<String> = clauses.push(text).into_iter().map(|clause| clause.spoken.text).collect();
        texts.extend(clauses.finish().map(|clause| clause.spoken.text));
        texts.retain(|text| !text.trim().is_empty());
        texts
    }

    /// Takes the next piece of the reply, and returns the clauses that it completes.
    pub fn push(&mut self, piece: &str) -> Vec<Clause> {
        let mut done = Vec::new();
        for c in piece.chars() {
            self.pending.push(c);
            if self.skips_code(c) {
                continue;
            }
            while let Some(clause) = self.cut() {
                done.push(clause);
            }
        }
        done.extend(self.hasten());
        done
    }

    /// The listener has waited long enough: the first clause ends at the best place so far, or else at the next
    /// acceptable one. The second clause may then be as short as a first one, so that no silence comes between them.
    pub fn hurry(&mut self) -> Option<Clause> {
        if self.index > 0 || self.fence.is_some() {
            return None;
        }
        self.hurried = true;
        self.hasten()
    }

    /// The first clause, if it is hurried and can end. Called after each piece, because a piece ends with a whole word
    /// or a mark.
    fn hasten(&mut self) -> Option<Clause> {
        // Wait for the end of a line that may open or close a code fence.
        let decided = self.fence.is_none() && !may_be_fence(&self.pending[self.line..]);
        if self.hurried && self.index == 0 && decided { self.cut_at(hasty) } else { None }
    }

    /// The rest of the complete reply; `None` if there is none. The splitter is then ready for the next reply.
    pub fn finish(&mut self) -> Option<Clause> {
        let rest = std::mem::take(self);
        let spoken = Speakable::new(&rest.pending, rest.line_start);
        (!rest.pending.is_empty()).then_some(Clause { index: rest.index, text: rest.pending, spoken })
    }

    /// Follows lines and code fences; true if the newest character cannot end a clause.
    fn skips_code(&mut self, c: char) -> bool {
        let line = &self.pending[self.line..];
        let whole = self.line > 0 || self.line_start;
        if c != '\n' {
            return self.fence.is_some() || (whole && may_be_fence(line));
        }
        let was = self.fence;
        self.fence = match was {
            Some(fence) => was.filter(|_| !fence.closed_by(line)),
            None => Fence::open(line).filter(|_| whole),
        };
        let code = was.is_some() || self.fence.is_some();
        self.line = self.pending.len();
        if code && self.fence.is_none() {
            self.silent = self.pending.len();
        }
        code
    }

    fn cut(&mut self) -> Option<Clause> {
        // After a hurried clause the second may be as short as a first one: it is needed soon too.
        let index = if self.hurried && self.index == 1 { 0 } else { self.index };
        self.cut_at(|text, line_start| choose(text, line_start, index))
    }

    /// Cuts where `find` says; it gets the unspoken rest and whether that begins a line.
    fn cut_at(&mut self, find: impl Fn(&str, bool) -> Option<usize>) -> Option<Clause> {
        loop {
            let line_start =
                if self.silent == 0 { self.line_start } else { self.pending[..self.silent].ends_with('\n') };
            let at = self.silent + find(&self.pending[self.silent..], line_start)?;
            let spoken = Speakable::new(&self.pending[..at], self.line_start);
            if spoken.is_silent() {
                self.silent = at;
                continue;
            }
            let rest = self.pending.split_off(at);
            let text = std::mem::replace(&mut self.pending, rest);
            self.line_start = text.ends_with('\n');
            self.line = self.line.saturating_sub(at);
            self.silent = 0;
            self.index += 1;
            return Some(Clause { index: self.index - 1, text, spoken });
        }
    }
}

/// Where to cut `text`, the unspoken rest of the reply, if that can be decided yet.
fn choose(text: &str, line_start: bool, index: usize) -> Option<usize> {
    // Look only at gaps and at scripts without gaps: other characters cannot decide a cut.
    let mut newest = text.chars().rev();
    let (last, before) = (newest.next()?, newest.next()?);
    if last.is_alphanumeric() && before.is_alphanumeric() && !is_ideograph(last) {
        return None;
    }
    let found = breaks(text, line_start);
    let early = found.iter().find(|place| suffices(text, **place, index));
    early.copied().or_else(|| emergency(text, &found)).map(|place| place.at)
}

/// The best place for a hurried first clause: the strongest, and of those the last. A sentence of one word will do
/// ("Sure!"), and so will the end of a phrase after enough words.
fn hasty(text: &str, line_start: bool) -> Option<usize> {
    // Add a gap: the real one comes only with the next word.
    let gapped = if ends_with_its_word(text) { format!("{text} ") } else { text.to_owned() };
    let will_do = |place: &CutPlace| {
        let (head, tail) = gapped.split_at(place.at);
        let needed = if place.strength >= Strength::Sentence { 1 } else { HURRIED_WORDS };
        let phrase = || next_word(tail).is_some_and(|next| phrase_ends(last_word(head), next));
        words(head) >= needed && (place.strength >= Strength::Comma || phrase())
    };
    let found = breaks(&gapped, line_start).into_iter().filter(will_do);
    found.max_by_key(|place| (place.strength, place.at)).map(|place| place.at.min(text.len()))
}

/// Whether `text` ends with a word or a mark that most likely nothing is joined to: `Sure!`, `well,` or `the`, but not
/// `3.` or `example.`, because of `3.5` and `example.org`.
fn ends_with_its_word(text: &str) -> bool {
    let mut newest = text.chars().rev();
    match (newest.next(), newest.next()) {
        (Some('!' | '?' | ','), Some(before)) => before.is_alphabetic(),
        (Some(last), _) => last.is_alphabetic(),
        (None, _) => false,
    }
}

/// Whether a clause may end at `place` rather than wait for a better one.
fn suffices(text: &str, place: CutPlace, index: usize) -> bool {
    let head = &text[..place.at];
    match (place.strength, index) {
        (Strength::Sentence | Strength::Comma, 0) => words(head) >= FIRST_WORDS,
        (Strength::Line | Strength::Sentence, _) => words(head) >= 1,
        (Strength::Comma, _) => head.chars().count() >= COMMA_AFTER[(index - 1).min(1)],
        (_, 0) => {
            let last = last_word(head);
            let turns = |next| is_conjunction(next) && phrase_ends(last, next);
            let needed = match next_word(&text[place.at..]) {
                Some(next) if turns(next) => CONJUNCTION_WORDS,
                _ if is_content(last) => FORCED_WORDS,
                _ => LATEST_WORDS,
            };
            words(head) >= needed
        }
        _ => false,
    }
}

fn last_word(text: &str) -> &str {
    text.split_whitespace().next_back().unwrap_or_default()
}

/// The first word of `text`, if it is known to be complete.
fn next_word(text: &str) -> Option<&str> {
    text.trim_start().split_once(char::is_whitespace).map(|(word, _)| word)
}

/// The best place in a clause that is too long: the last of the strongest in its later two thirds, or else the last of
/// all.
fn emergency(text: &str, found: &[CutPlace]) -> Option<CutPlace> {
    if text.chars().count() <= LONGEST {
        return None;
    }
    let strength = |place: &CutPlace| {
        let next = text[place.at..].split_whitespace().next().unwrap_or_default();
        if is_conjunction(next) { place.strength.max(Strength::Conjunction) } else { place.strength }
    };
    let late = |place: &&CutPlace| place.at >= text.len() / 3;
    found.iter().filter(late).max_by_key(|place| strength(place)).or(found.last()).copied()
}

/// Words of `text`; two characters of a script without spaces count as one.
fn words(text: &str) -> usize {
    let spaced = text.split_whitespace().filter(|word| word.chars().any(|c| c.is_alphanumeric() && !is_ideograph(c)));
    spaced.count() + text.chars().filter(|&c| is_ideograph(c)).count() / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_clauses_without_markup() {
        let spoken = Clauses::spoken("Hello there, my friend. This is **bold** news: `x`.\n\n```\ncode\n```\n");
        assert!(spoken.len() > 1 && spoken.concat().contains("bold news"), "{spoken:?}");
        assert!(!spoken.concat().contains("code"), "{spoken:?}");
        assert!(Clauses::spoken(" ** ").is_empty() && Clauses::spoken("").is_empty());
    }
}
