//! Subtitles of a part whose words have times: each cue begins with its first word and ends with its last.

use std::time::Duration;

use super::cue::{Cue, LONGEST, MOST_LETTERS, lines, take};
use super::listen::TranscriptPart;
use crate::message::{Time, TimedWord};

/// Shortest pause at which a cue ends, so that later words are not read before they are said.
const PAUSE: Time = Duration::from_secs(1);
/// Shortest time of a cue if nothing else is to be shown: no one reads faster.
const SHORTEST: Time = Duration::from_millis(800);

/// The cues of a part, in order and not overlapping.
pub fn cues(part: &TranscriptPart) -> Vec<Cue> {
    let words = &part.transcript.words;
    let texts: Vec<&str> = words.iter().map(|word| word.text.trim()).collect();
    let mut cues: Vec<Cue> = Vec::new();
    let mut from = 0;
    while from < words.len() {
        let to = from + take(&texts[from..from + together(&words[from..])], MOST_LETTERS);
        let text: String = words[from..to].iter().map(|word| word.text.as_str()).collect();
        let within = |time: Time| time.clamp(part.start, part.end.max(part.start));
        let start = within(words[from].start).max(cues.last().map_or(Time::ZERO, |cue| cue.end));
        let next = words.get(to).map_or(part.end, |word| within(word.start)).max(start);
        let end = within(words[to - 1].end).max((start + SHORTEST).min(next)).clamp(start, start + LONGEST);
        cues.push(Cue { start, end, text: lines(text.trim()) });
        from = to;
    }
    cues
}

/// Number of `words` that a cue may hold for the time they take; at least one.
fn together(words: &[TimedWord]) -> usize {
    let Some(first) = words.first() else { return 0 };
    let fits =
        |pair: &&[TimedWord]| pair[1].end <= first.start + LONGEST && pair[1].start.saturating_sub(pair[0].end) < PAUSE;
    1 + words.windows(2).take_while(fits).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Transcript;

    /// A part of words with the milliseconds at which they begin and end.
    fn part(words: &[(&str, u64, u64)]) -> TranscriptPart {
        let words: Vec<TimedWord> = words
            .iter()
            .map(|(text, start, end)| TimedWord {
                text: format!(" {text}"),
                start: Time::from_millis(*start),
                end: Time::from_millis(*end),
                probability: 1.0,
            })
            .collect();
        let (start, end) = (words[0].start, words[words.len() - 1].end);
        TranscriptPart {
            start,
            end,
            voices: vec![[start, end]],
            transcript: Transcript { words, ..Default::default() },
        }
    }

    fn shown(cues: &[Cue]) -> Vec<(&str, u128, u128)> {
        cues.iter().map(|cue| (cue.text.as_str(), cue.start.as_millis(), cue.end.as_millis())).collect()
    }

    #[test]
    fn a_cue_begins_and_ends_with_its_words() {
        let found =
            cues(&part(&[("Good", 500, 700), ("morning.", 700, 1_500), ("Yes.", 3_000, 3_100), ("So", 3_500, 4_000)]));
        assert_eq!(shown(&found), [("Good morning.", 500, 1_500), ("Yes. So", 3_000, 4_000)], "cut at the pause");
    }

    #[test]
    fn a_short_word_stays_until_the_next_is_said() {
        let found = cues(&part(&[("No.", 0, 100), ("And", 1_200, 1_300), ("then", 2_400, 2_500)]));
        assert_eq!(shown(&found), [("No.", 0, 800), ("And", 1_200, 2_000), ("then", 2_400, 2_500)]);
    }

    #[test]
    fn no_cue_is_too_long_and_no_word_is_lost() {
        let said: Vec<(String, u64, u64)> =
            (0..300).map(|n| (format!("word{}", n % 7), n * 230, n * 230 + 200)).collect();
        let said: Vec<(&str, u64, u64)> = said.iter().map(|(word, from, to)| (word.as_str(), *from, *to)).collect();
        let found = cues(&part(&said));
        assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start), "{found:?}");
        for cue in &found {
            assert!(cue.start <= cue.end && cue.end <= cue.start + LONGEST, "{cue:?}");
            assert!(cue.text.lines().count() <= 2 && cue.text.lines().all(|line| line.len() <= 46), "{cue:?}");
        }
        let joined = found.iter().map(|cue| cue.text.replace('\n', " ")).collect::<Vec<_>>().join(" ");
        assert_eq!(joined, said.iter().map(|(word, ..)| *word).collect::<Vec<_>>().join(" "));
        let slow = cues(&part(&[("One", 0, 4_000), ("two", 4_000, 8_000), ("endless", 8_000, 20_000)]));
        assert_eq!(shown(&slow), [("One", 0, 4_000), ("two", 4_000, 8_000), ("endless", 8_000, 15_000)]);
        assert_eq!(together(&[]), 0);
    }
}
