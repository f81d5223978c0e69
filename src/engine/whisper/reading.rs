//! What the decoder makes of one window, and of an utterance of several.

use ct2rs::sys::WhisperGenerationResult;

use super::text;
use crate::message::Transcript;

/// Shortest phrase, in tokens, whose repetition looks like a loop; people do say "no, no, no".
const PHRASE: usize = 3;

/// What the decoder made of one window.
pub(super) struct Reading {
    /// Best first.
    pub(super) texts: Vec<String>,
    /// Sum of the natural-log probabilities of `tokens` tokens.
    pub(super) logprob: f32,
    pub(super) tokens: usize,
    /// Probability in 0..=1.
    pub(super) no_speech: f32,
    pub(super) language: String,
    /// Whether the decoder seems to have lost the speech: it met its limit, or ends by saying a phrase twice.
    pub(super) astray: bool,
}

impl Reading {
    /// Reads `result`, decoded with a limit of `limit` tokens.
    pub(super) fn of(result: &WhisperGenerationResult, limit: usize, language: String) -> Self {
        let best = result.sequences_ids.first().map_or(&[][..], Vec::as_slice);
        // The score is the sum over all tokens, the end token included, divided by the number of the others.
        let logprob = result.scores.first().map_or(0.0, |score| score * precise(best.len()));
        Self {
            texts: result.sequences.iter().map(|tokens| text::decode(tokens)).collect(),
            logprob: if logprob.is_finite() { logprob } else { 0.0 },
            tokens: best.len() + 1,
            no_speech: result.no_speech_prob,
            language,
            astray: best.len() >= limit || repeats(best),
        }
    }

    /// Mean natural-log probability of a token.
    pub(super) fn mean(&self) -> f32 {
        self.logprob / precise(self.tokens)
    }
}

/// Whether `tokens` ends in the same phrase twice.
fn repeats(tokens: &[usize]) -> bool {
    (PHRASE..=tokens.len() / 2).any(|length| {
        let (before, last) = tokens.split_at(tokens.len() - length);
        before.ends_with(last)
    })
}

/// Joins the readings of an utterance's windows. Only one that fits a single window has alternatives.
pub(super) fn join(readings: Vec<Reading>) -> Transcript {
    let tokens: usize = readings.iter().map(|reading| reading.tokens).sum();
    let Some(first) = readings.first() else { return Transcript::default() };
    let language = Some(first.language.clone());
    let logprob: f32 = readings.iter().map(|reading| reading.logprob).sum();
    let no_speech = readings.iter().map(|reading| reading.no_speech).fold(1.0, f32::min);
    let best = readings.iter().filter_map(|reading| reading.texts.first()).filter(|text| !text.is_empty());
    let text = best.map(String::as_str).collect::<Vec<_>>().join(" ");
    let alternatives = match <[Reading; 1]>::try_from(readings) {
        Ok([only]) => others(&text, only.texts),
        Err(_) => Vec::new(),
    };
    Transcript {
        text,
        language,
        mean_logprob: Some(logprob / precise(tokens)),
        no_speech: Some(no_speech),
        alternatives,
        ..Transcript::default()
    }
}

/// The readings that differ from `chosen` and from each other.
fn others(chosen: &str, texts: Vec<String>) -> Vec<String> {
    let mut others: Vec<String> = Vec::new();
    for text in texts {
        if !text.is_empty() && text != chosen && !others.contains(&text) {
            others.push(text);
        }
    }
    others
}

/// A count of tokens as a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "at most a few thousand tokens")]
pub(super) fn precise(count: usize) -> f32 {
    count as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(texts: &[&str], logprob: f32, tokens: usize, no_speech: f32) -> Reading {
        let texts = texts.iter().map(ToString::to_string).collect();
        Reading { texts, logprob, tokens, no_speech, language: "en".into(), astray: false }
    }

    #[test]
    fn windows_are_joined() {
        let whole = join(vec![reading(&["One.", "Won."], -1.0, 3, 0.2), reading(&["Two."], -3.0, 5, 0.1)]);
        assert_eq!(whole.text, "One. Two.");
        assert_eq!((whole.mean_logprob, whole.no_speech), (Some(-0.5), Some(0.1)));
        assert!(whole.alternatives.is_empty());
        assert_eq!(join(Vec::new()), Transcript::default());
    }

    #[test]
    fn alternatives_are_other_words() {
        let single = join(vec![reading(&["One.", "Won.", "One.", "", "Won."], -1.0, 2, 0.2)]);
        assert_eq!(single.alternatives, ["Won."]);
    }

    #[test]
    fn loops_and_limits_lead_astray() {
        assert!(repeats(&[9, 1, 2, 3, 1, 2, 3]));
        assert!(!repeats(&[5, 5, 5, 5, 5]));
        assert!(!repeats(&[1, 2, 3, 1, 2, 4]));
        assert!(!repeats(&[]));
    }

    #[test]
    fn the_mean_counts_the_end_token() {
        let result = WhisperGenerationResult {
            sequences: vec![vec!["ĠHi".into(), ".".into()]],
            sequences_ids: vec![vec![7, 8]],
            scores: vec![-0.6],
            no_speech_prob: 0.25,
        };
        let reading = Reading::of(&result, 2, "en".into());
        assert!((reading.mean() + 0.4).abs() < 1e-6);
        assert!(reading.astray, "two tokens of two allowed");
        assert!(!Reading::of(&result, 3, "en".into()).astray);
    }
}
