//! The words of a token sequence: the tokens of each word, and the word of each sign.
//!
//! The rules are those of OpenAI's and faster-whisper's word timestamps: a token with a leading blank begins a word; a
//! sign is timed apart from its word, and its time is dropped. One rule differs: words without a blank between them,
//! such as "well" and "-known" or "5" and ".30", are one word here.

use std::ops::Range;
use std::time::Duration;

use super::text;
use crate::message::{Time, TimedWord};

/// Languages written without blanks; each of their characters counts as a word.
const WITHOUT_BLANKS: [&str; 6] = ["zh", "ja", "th", "lo", "my", "yue"];
/// Signs that belong to the next word.
const OPENING: &str = "\"'“¿([{-«„—–";
/// Signs that belong to the previous word.
const CLOSING: &str = "\"'.。,，!！?？:：”)]}、»…;";
/// Signs that end a sentence, after which people pause.
const SENTENCE_ENDS: &str = ".。!！?？…";
/// Upper limit of the usual length of a word, however slowly the words were said. A word of more than twice the usual
/// length reaches into a pause.
const LONGEST_USUAL: Time = Duration::from_millis(700);

/// A word or a sign, with its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TokenSpan {
    pub(super) text: String,
    pub(super) tokens: Range<usize>,
}

impl TokenSpan {
    /// Whether it is punctuation, which is not spoken.
    fn is_sign(&self) -> bool {
        let text = self.text.trim();
        !text.is_empty() && text.chars().all(|letter| OPENING.contains(letter) || CLOSING.contains(letter))
    }

    /// Whether it begins a word of its own.
    fn stands_alone(&self) -> bool {
        let text = self.text.trim();
        self.text.starts_with(' ') || self.is_sign() || text.chars().all(|letter| letter.is_ascii_punctuation())
    }
}

/// Words and signs of the text tokens `names`, up to the last whole character.
pub(super) fn split(names: &[String], language: &str) -> Vec<TokenSpan> {
    let blanks = !WITHOUT_BLANKS.contains(&language);
    let mut spans: Vec<TokenSpan> = Vec::new();
    let (mut bytes, mut from) = (Vec::new(), 0);
    for (number, name) in names.iter().enumerate() {
        bytes.extend(text::bytes(name));
        let unfinished = std::str::from_utf8(&bytes).is_err_and(|error| error.error_len().is_none());
        if unfinished {
            continue; // the rest of a character is in the tokens that follow
        }
        let text: String = std::mem::take(&mut bytes).utf8_chunks().map(|chunk| chunk.valid()).collect();
        let span = TokenSpan { text, tokens: from..number + 1 };
        from = number + 1;
        match spans.last_mut() {
            Some(last) if blanks && !span.stands_alone() => {
                last.text.push_str(&span.text);
                last.tokens.end = span.tokens.end;
            }
            _ => spans.push(span),
        }
    }
    spans
}

/// `spans` with their times from the start of the sound. `starts` holds the start of each token and finally the end of
/// the last one; `probabilities` holds those of the tokens.
pub(super) fn timed(spans: Vec<TokenSpan>, starts: &[Time], probabilities: &[f32], language: &str) -> Vec<TimedWord> {
    let mut pieces: Vec<TimedSpan> =
        spans.into_iter().filter_map(|span| TimedSpan::of(span, starts, probabilities)).collect();
    shorten(&mut pieces);
    joined(pieces, !WITHOUT_BLANKS.contains(&language))
}

/// A word or a sign with its time.
struct TimedSpan {
    span: TokenSpan,
    start: Time,
    end: Time,
    probability: f32,
}

impl TimedSpan {
    fn of(span: TokenSpan, starts: &[Time], probabilities: &[f32]) -> Option<Self> {
        let (start, end) = (*starts.get(span.tokens.start)?, *starts.get(span.tokens.end)?);
        let own = probabilities.get(span.tokens.clone())?;
        let probability = own.iter().sum::<f32>() / super::reading::precise(own.len().max(1));
        Some(Self { span, start, end: end.max(start), probability })
    }

    fn length(&self) -> Time {
        self.end.saturating_sub(self.start)
    }

    fn ends_a_sentence(&self) -> bool {
        let text = self.span.text.trim();
        !text.is_empty() && text.chars().all(|letter| SENTENCE_ENDS.contains(letter))
    }
}

/// Shortens words that reach into the pause between two sentences, and first words that reach into the silence before
/// them, to twice the usual length of a word.
fn shorten(pieces: &mut [TimedSpan]) {
    let mut lengths: Vec<Time> = pieces.iter().map(TimedSpan::length).filter(|length| !length.is_zero()).collect();
    lengths.sort();
    let Some(upper) = lengths.get(lengths.len() / 2) else { return };
    let lower = lengths.get((lengths.len() - 1) / 2).unwrap_or(upper);
    let usual = ((*upper + *lower) / 2).min(LONGEST_USUAL);
    let longest = 2 * usual;
    for number in 1..pieces.len() {
        if pieces[number].length() <= longest {
            continue;
        }
        if pieces[number].ends_a_sentence() {
            pieces[number].end = pieces[number].start + longest;
        } else if pieces[number - 1].ends_a_sentence() {
            pieces[number].start = pieces[number].end.saturating_sub(longest);
        }
    }
    let Some(first) = pieces.first() else { return };
    let second = pieces.get(1).filter(|second| second.end > first.start + 2 * longest);
    if first.end <= 4 * usual || (first.length() <= longest && second.is_none()) {
        return;
    }
    if let Some(end) = pieces.get(1).filter(|second| second.length() > longest).map(|second| second.end) {
        let border = end.saturating_sub(longest).max(end / 2);
        pieces[0].end = border;
        pieces[1].start = border;
    }
    pieces[0].start = pieces[0].start.max(pieces[0].end.saturating_sub(longest)).min(pieces[0].end);
}

/// Words joined with their signs, whose times are dropped.
fn joined(pieces: Vec<TimedSpan>, blanks: bool) -> Vec<TimedWord> {
    let mut words: Vec<TimedWord> = Vec::new();
    // Signs that wait for the next word.
    let mut opening = String::new();
    for TimedSpan { span, start, end, probability } in pieces {
        let sign = span.is_sign();
        let all = |signs: &str| span.text.trim().chars().all(|letter| signs.contains(letter));
        let apart = span.text.starts_with(' ') || !opening.is_empty();
        match words.last_mut() {
            // A sign with a blank before it belongs to the next word if it can.
            Some(word) if sign && !apart && (blanks || all(CLOSING)) => word.text.push_str(&span.text),
            _ if sign && all(OPENING) => opening.push_str(&span.text),
            Some(word) if blanks && !apart => {
                word.text.push_str(&span.text);
                word.end = end.max(word.end);
                word.probability = f32::midpoint(word.probability, probability);
            }
            _ => words.push(TimedWord { text: std::mem::take(&mut opening) + &span.text, start, end, probability }),
        }
    }
    if let Some(last) = words.last_mut() {
        last.text.push_str(&opening);
    }
    // Tokens of broken characters have no text.
    words.retain(|word| !word.text.trim().is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    fn tenths(list: &[u64]) -> Vec<Time> {
        list.iter().map(|tenths| Time::from_millis(tenths * 100)).collect()
    }

    /// Words of tokens spoken one after the other, 0.2 s each.
    fn evenly(tokens: &[&str], language: &str) -> Vec<(String, u128, u128)> {
        let starts: Vec<Time> =
            (0..=tokens.len()).map(|n| Time::from_millis(200) * u32::try_from(n).unwrap()).collect();
        let words = timed(split(&names(tokens), language), &starts, &vec![0.5; tokens.len()], language);
        assert!(words.iter().all(|word| (word.probability - 0.5).abs() < 1e-6));
        words.into_iter().map(|word| (word.text, word.start.as_millis(), word.end.as_millis())).collect()
    }

    fn word(text: &str, start: u128, end: u128) -> (String, u128, u128) {
        (text.into(), start, end)
    }

    #[test]
    fn tokens_make_words_and_signs_keep_no_time() {
        let found = evenly(&["ĠGood", "Ġmor", "ning", ",", "Ġ\"", "Bob", "\"", "."], "en");
        assert_eq!(found, [word(" Good", 0, 200), word(" morning,", 200, 600), word(" \"Bob\".", 800, 1_200)]);
    }

    #[test]
    fn what_no_blank_parts_is_one_word() {
        assert_eq!(evenly(&["Ġwell", "-", "known"], "en"), [word(" well-known", 0, 600)]);
        assert_eq!(evenly(&["Ġ5", ".", "30", "%"], "en"), [word(" 5.30%", 0, 800)]);
        assert_eq!(evenly(&["Ġdon", "'t"], "en"), [word(" don't", 0, 400)]);
    }

    #[test]
    fn each_character_is_a_word_where_no_blanks_are_written() {
        // Two characters of three bytes each, the first in two tokens, and the Japanese full stop.
        let found = evenly(&["æĹ", "¥", "æľ¬", "ãĢĤ"], "ja");
        assert_eq!(found, [word("日", 0, 400), word("本。", 400, 600)]);
    }

    #[test]
    fn half_a_character_at_the_end_is_no_word() {
        assert_eq!(evenly(&["Ġda", "Ð"], "ru"), [word(" da", 0, 200)]);
        assert!(evenly(&[], "en").is_empty());
    }

    #[test]
    fn no_word_reaches_far_into_a_pause() {
        let tokens = names(&["ĠYes", ".", "ĠThen", "Ġwe", "Ġwent", "Ġhome", "."]);
        // The first word of the second sentence is aligned with the pause before it.
        let starts = tenths(&[0, 3, 4, 30, 33, 36, 39, 40]);
        let words = timed(split(&tokens, "en"), &starts, &[1.0; 7], "en");
        assert_eq!(words[1].text, " Then");
        assert_eq!((words[1].start, words[1].end), (Time::from_millis(2_400), Time::from_secs(3)));
        // The first word is aligned with the silence before the voice.
        let starts = tenths(&[0, 23, 24, 27, 30, 33, 36, 37]);
        let words = timed(split(&tokens, "en"), &starts, &[1.0; 7], "en");
        assert_eq!((words[0].start, words[0].end), (Time::from_millis(1_700), Time::from_millis(2_300)));
    }

    #[test]
    fn the_words_in_a_row_are_the_text_and_their_times_never_go_back() {
        let tokens = ["Ġ(", "A", ")", "ĠâĢĶ", "Ġb", "Ġ...", "Ġ&", "Ġc", "'", "s", "Ġ\""];
        let found = evenly(&tokens, "en");
        let row: String = found.iter().map(|(text, ..)| text.as_str()).collect();
        assert_eq!(row, " (A) — b ... & c's \"");
        assert!(found.windows(2).all(|pair| pair[0].2 <= pair[1].1), "{found:?}");
    }
}
