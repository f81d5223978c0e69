//! The ghost filter. Whisper writes "Thank you." on silence and noise. A blacklist alone is known to fail, so that a
//! transcript is doubted only if several independent signs agree.

use super::words::normal;
use crate::message::{Time, Transcript};

/// `no_speech_prob` above which OpenAI's decoder calls a window silent.
const NO_SPEECH: f32 = 0.6;
/// Mean log-probability of a token below which OpenAI's decoder distrusts its words.
const LOGPROB: f32 = -1.0;
/// `no_speech_prob` above which distrusted words count as silence: sneezes and saws have 0.4 to 0.5.
const HALF_SILENT: f32 = 0.3;
/// Fastest speech in words a second: auctioneers reach eight, conversation three.
const WORDS_PER_SECOND: f64 = 9.0;
/// Share of repeated word triples above which the text is a decoding loop.
const REPETITION: f64 = 0.5;
/// Texts that Whisper writes on silence, most frequent first.
const GHOSTS: &[&str] = &[
    "thank you",
    "thanks for watching",
    "thank you for watching",
    "you",
    "bye",
    "the end",
    "please subscribe",
    "subscribe",
    "thank you very much",
    "thanks",
    "so",
    "okay",
    "i'm sorry",
    "музыка",
    "продолжение следует",
    "спасибо за просмотр",
    "субтитры сделал dimatorzok",
    "редактор субтитров",
];
/// Of [`GHOSTS`], those that can answer a question.
const ANSWERS: &[&str] = &["okay", "thank you", "thanks", "thank you very much", "bye", "i'm sorry"];
/// A yes or a no takes no longer: that it is short is no sign against it.
const SHORT: f64 = 0.3;

/// Whether a transcript is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belief {
    /// A person said the words.
    Words,
    /// The transcript has no words.
    Empty,
    /// It has words, but no person said them.
    Ghost,
}

/// Judges the transcript of an utterance with `voiced` time of voice.
pub fn weigh(transcript: &Transcript, voiced: Time) -> Belief {
    judge(transcript, voiced, false)
}

/// Judges the transcript of an answer to golem's question with `voiced` time of voice. Short answers are among the texts
/// that Whisper writes on silence: these are doubted only with a sign that does not come from the list.
pub fn weigh_answer(transcript: &Transcript, voiced: Time) -> Belief {
    judge(transcript, voiced, true)
}

/// Judges the transcript of a yes or a no to a command with `voiced` time of voice.
pub fn weigh_consent(transcript: &Transcript, voiced: Time) -> Belief {
    judge(transcript, voiced.max(Time::from_secs_f64(SHORT)), false)
}

fn judge(transcript: &Transcript, voiced: Time, answers: bool) -> Belief {
    let words = normal(&without_annotations(&transcript.text));
    if words.is_empty() {
        return Belief::Empty;
    }
    let seconds = voiced.as_secs_f64().max(0.1);
    #[allow(clippy::cast_precision_loss)]
    let too_fast = words.len() > 2 && words.len() as f64 / seconds > WORDS_PER_SECOND;
    let unsure = transcript.mean_logprob.is_some_and(|p| p < LOGPROB);
    let silent = transcript.no_speech.is_some_and(|p| p > if unsure { HALF_SILENT } else { NO_SPEECH });
    let text = words.join(" ");
    let known = GHOSTS.contains(&text.as_str());
    let answer = answers && ANSWERS.contains(&text.as_str());
    let faint = seconds < SHORT || transcript.no_speech.is_some_and(|p| p > HALF_SILENT);
    let signs = [too_fast, silent, unsure, known && faint && !answer, known];
    if repetition(&words) > REPETITION || signs.iter().filter(|sign| **sign).count() >= 2 {
        return Belief::Ghost;
    }
    Belief::Words
}

/// Text without `[music]` and `(laughter)`, which are not words of the person.
fn without_annotations(text: &str) -> String {
    let mut depth = 0_usize;
    text.chars()
        .filter(|c| match c {
            '[' | '(' | '<' => {
                depth += 1;
                false
            }
            ']' | ')' | '>' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0 && *c != '♪',
        })
        .collect()
}

/// Share of word triples that occurred before, 0..=1; texts under a dozen words have none.
fn repetition(words: &[String]) -> f64 {
    if words.len() < 12 {
        return 0.0;
    }
    let mut seen = std::collections::HashSet::new();
    let repeated = words.windows(3).filter(|triple| !seen.insert(*triple)).count();
    #[allow(clippy::cast_precision_loss)]
    let share = repeated as f64 / (words.len() - 2) as f64;
    share
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, no_speech: f32, logprob: f32, voiced_ms: u64) -> Belief {
        let transcript = Transcript {
            text: text.into(),
            no_speech: Some(no_speech),
            mean_logprob: Some(logprob),
            ..Transcript::default()
        };
        weigh(&transcript, Time::from_millis(voiced_ms))
    }

    #[test]
    fn annotations_are_not_words() {
        assert_eq!(said(" [BLANK_AUDIO] (music) ♪♪ ...", 0.0, -0.1, 900), Belief::Empty);
    }

    #[test]
    fn a_known_ghost_needs_a_second_sign() {
        assert_eq!(said("Thank you.", 0.05, -0.2, 700), Belief::Words);
        assert_eq!(said("Thank you.", 0.5, -0.2, 700), Belief::Ghost);
        assert_eq!(said("Thank you.", 0.05, -1.4, 700), Belief::Ghost);
    }

    #[test]
    fn a_short_answer_needs_a_sign_beyond_the_list() {
        let answer = |no_speech, logprob, voiced_ms| {
            let (text, no_speech, mean_logprob) = ("Okay.".into(), Some(no_speech), Some(logprob));
            let transcript = Transcript { text, mean_logprob, no_speech, ..Transcript::default() };
            weigh_answer(&transcript, Time::from_millis(voiced_ms))
        };
        assert_eq!(said("Okay.", 0.05, -0.2, 250), Belief::Ghost, "not asked for");
        assert_eq!(answer(0.05, -0.2, 250), Belief::Words);
        assert_eq!(answer(0.5, -0.2, 700), Belief::Words);
        assert_eq!(answer(0.7, -0.2, 700), Belief::Ghost);
        assert_eq!(answer(0.05, -1.4, 700), Belief::Ghost);
    }

    #[test]
    fn one_sign_alone_is_not_enough() {
        assert_eq!(said("Call my sister", 0.7, -0.3, 900), Belief::Words);
        assert_eq!(said("Call my sister", 0.7, -1.3, 900), Belief::Ghost);
    }

    #[test]
    fn words_that_the_decoder_distrusts_need_a_voice() {
        // A sneeze and a chain saw, as Whisper base heard them.
        assert_eq!(said("Yes! Yes!", 0.44, -1.14, 288), Belief::Ghost);
        assert_eq!(said("Uh oh.", 0.52, -1.78, 700), Belief::Ghost);
        assert_eq!(said("Lock the door.", 0.1, -1.2, 900), Belief::Words);
        assert_eq!(said("Lock the door.", 0.5, -0.4, 900), Belief::Words);
    }

    #[test]
    fn a_decoding_loop_is_a_ghost() {
        assert_eq!(said(&"so it is what it ".repeat(8), 0.0, -0.1, 9000), Belief::Ghost);
    }
}
