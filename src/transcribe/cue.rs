//! Subtitles of a part without the times of its words: pieces of its text that can be read while they are said.
//!
//! Only the times of the part are known here (`word_cue.rs` has those of words). The words are spread over the time of
//! voice in the part, pauses left out. A piece that would end near a pause ends there: people pause where clauses end.

use super::listen::TranscriptPart;
use crate::message::Time;

/// Longest cue in characters: two lines of 42, as broadcasters' guidelines have it.
pub const MOST_LETTERS: usize = 84;
/// Longest line of a cue.
const LINE: usize = 42;
/// Longest time that a cue stays: 7 s, by the same guidelines.
pub const LONGEST: Time = Time::from_secs(7);
/// A sentence ends a cue if the cue holds at least so many characters.
const ENOUGH: usize = 24;
/// Longest way that the end of a piece moves to meet a pause.
const REACH: Time = Time::from_millis(700);
/// Shortest pause to which the end of a piece moves.
const PAUSE: Time = Time::from_millis(150);

/// A piece of text and when it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Cue {
    /// When it appears.
    pub start: Time,
    /// When it disappears; never before `start`.
    pub end: Time,
    /// One or two lines.
    pub text: String,
}

/// The cues of a part, in order and not overlapping.
pub fn cues(part: &TranscriptPart) -> Vec<Cue> {
    let text = part.transcript.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let letters = text.chars().count();
    if letters == 0 {
        return Vec::new();
    }
    let voices = VoiceSpans::of(part);
    let seconds = voices.length.as_secs_f64().max(0.001);
    // Slow speech fills a cue's time before it fills its lines.
    let most = (letters_in(LONGEST, letters, seconds)).clamp(1, MOST_LETTERS);
    let pieces = pieces(&text, most);
    let (mut said, mut start) = (0, part.start);
    let count = pieces.len();
    let mut cues = Vec::with_capacity(count);
    for (number, piece) in pieces.into_iter().enumerate() {
        said += piece.chars().count() + 1;
        let last = number + 1 == count;
        let end = if last { part.end } else { voices.near(share(said, letters + 1)).max(start).min(part.end) };
        let resumed = voices.resumed(end);
        cues.push(Cue { start, end: end.min(start + LONGEST).max(start), text: lines(&piece) });
        start = resumed;
    }
    cues
}

/// Characters that are said in `time`, in a part of `letters` characters in `seconds` of voice.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few hundred"
)]
fn letters_in(time: Time, letters: usize, seconds: f64) -> usize {
    (letters as f64 * time.as_secs_f64() / seconds) as usize
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred characters")]
fn share(said: usize, all: usize) -> f64 {
    said as f64 / all as f64
}

/// `text` in pieces of at most `most` characters: at the ends of sentences, else of clauses, else between words.
fn pieces(text: &str, most: usize) -> Vec<String> {
    let words: Vec<&str> = text.split(' ').collect();
    let mut pieces = Vec::new();
    let mut from = 0;
    while from < words.len() {
        let to = from + take(&words[from..], most);
        pieces.push(words[from..to].join(" "));
        from = to;
    }
    pieces
}

/// Number of `words` that make the next piece; at least one.
pub(super) fn take(words: &[&str], most: usize) -> usize {
    let mut length = 0;
    let (mut fits, mut clause, mut sentence) = (0, 0, 0);
    for (number, word) in words.iter().enumerate() {
        length += word.chars().count() + usize::from(number > 0);
        if length > most {
            break;
        }
        fits = number + 1;
        match word.trim_end_matches(['"', '\'', '”', '»', ')']).chars().last() {
            Some('.' | '!' | '?' | '…' | '。' | '？' | '！') if length >= ENOUGH => sentence = fits,
            Some(',' | ';' | ':' | '—' | '–' | '、' | '，') if length >= most / 3 => clause = fits,
            _ => {}
        }
    }
    if fits == words.len() && sentence == 0 {
        return fits;
    }
    // Take the last end of a sentence that fits: two short sentences may share a cue.
    [sentence, clause, fits, 1].into_iter().find(|&count| count > 0).unwrap_or(1)
}

/// A piece in one line, or in two of about the same length.
pub(super) fn lines(piece: &str) -> String {
    if piece.chars().count() <= LINE {
        return piece.to_owned();
    }
    let middle = piece.len() / 2;
    let blanks = piece.match_indices(' ').map(|(place, _)| place);
    let Some(place) = blanks.min_by_key(|place| place.abs_diff(middle)) else { return piece.to_owned() };
    format!("{}\n{}", &piece[..place], &piece[place + 1..])
}

/// The voiced stretches of a part.
struct VoiceSpans<'a> {
    stretches: &'a [[Time; 2]],
    end: Time,
    /// Time of voice in all.
    length: Time,
}

impl<'a> VoiceSpans<'a> {
    fn of(part: &'a TranscriptPart) -> Self {
        let length = part.voices.iter().map(|[from, to]| to.saturating_sub(*from)).sum();
        Self { stretches: &part.voices, end: part.end, length }
    }

    /// The time at which a share (0..=1) of the voice was heard, or the pause near it.
    fn near(&self, share: f64) -> Time {
        let mut left = self.length.mul_f64(share.clamp(0.0, 1.0));
        let mut place = self.end;
        for [from, to] in self.stretches {
            let length = to.saturating_sub(*from);
            if left <= length {
                place = *from + left;
                break;
            }
            left -= length;
        }
        let pauses = self.pauses().map(|[from, _]| from).filter(|from| from.abs_diff(place) <= REACH);
        pauses.min_by_key(|from| from.abs_diff(place)).unwrap_or(place)
    }

    /// When a voice is heard again after `time`: the end of the pause that begins there, or `time` itself.
    fn resumed(&self, time: Time) -> Time {
        self.pauses().find(|[from, _]| *from == time).map_or(time, |[_, to]| to)
    }

    fn pauses(&self) -> impl Iterator<Item = [Time; 2]> + '_ {
        let pairs = self.stretches.windows(2).map(|pair| [pair[0][1], pair[1][0]]);
        pairs.filter(|[from, to]| to.saturating_sub(*from) >= PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Transcript;

    fn part(text: &str, voices: &[[u64; 2]]) -> TranscriptPart {
        let voices: Vec<_> = voices.iter().map(|pair| pair.map(Time::from_millis)).collect();
        TranscriptPart {
            start: voices[0][0],
            end: voices[voices.len() - 1][1],
            voices,
            transcript: Transcript { text: text.into(), ..Transcript::default() },
        }
    }

    fn texts(cues: &[Cue]) -> Vec<&str> {
        cues.iter().map(|cue| cue.text.as_str()).collect()
    }

    #[test]
    fn a_short_part_is_one_cue() {
        let found = cues(&part(" Set a timer. ", &[[500, 1_900]]));
        assert_eq!(texts(&found), ["Set a timer."]);
        assert_eq!((found[0].start, found[0].end), (Time::from_millis(500), Time::from_millis(1_900)));
        assert_eq!(cues(&part(" ", &[[0, 100]])), []);
    }

    #[test]
    fn long_parts_are_cut_at_sentences_and_clauses_near_pauses() {
        let said = "It was a bright cold day in April, and the clocks were striking. Then somebody knocked at the old \
                    door, twice and loudly, and nobody in the whole house answered or even moved at all.";
        let found = cues(&part(said, &[[0, 4_000], [4_600, 7_000], [7_300, 11_000]]));
        assert_eq!(
            texts(&found),
            [
                "It was a bright cold day in April,\nand the clocks were striking.",
                "Then somebody knocked at the\nold door, twice and loudly,",
                "and nobody in the whole house\nanswered or even moved at all."
            ]
        );
        assert_eq!(found[0].end, Time::from_secs(4), "at the pause");
        assert_eq!(found[1].start, Time::from_millis(4_600), "after the pause");
        assert_eq!(found[2].end, Time::from_secs(11));
    }

    #[test]
    fn no_cue_is_too_long_and_none_overlap() {
        let words = "word ".repeat(200);
        let endless = "a".repeat(500);
        let slow = "One two three four five six seven eight nine ten.";
        for (text, end) in
            [(words.as_str(), 28_000), (endless.as_str(), 28_000), (slow, 28_000), ("Я. ".repeat(90).as_str(), 20_000)]
        {
            let found = cues(&part(text, &[[0, end / 2], [end / 2 + 400, end]]));
            assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start), "{found:?}");
            for cue in &found {
                assert!(cue.start <= cue.end && cue.end <= cue.start + LONGEST, "{cue:?}");
                assert!(cue.text.chars().count() <= MOST_LETTERS || !cue.text.contains(' '), "{cue:?}");
                assert!(cue.text.lines().count() <= 2);
            }
            let joined = found.iter().map(|cue| cue.text.replace('\n', " ")).collect::<Vec<_>>().join(" ");
            assert_eq!(joined, text.trim(), "no word is lost");
        }
    }
}
