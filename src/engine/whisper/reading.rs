//! The decoder's readings of one window and of an utterance of several windows.

use super::text;
use crate::message::{TimedWord, Transcript};

/// Mean natural-log probability of a token below which a reading is doubted and decoded again with a beam. With
/// published weights of base that is one sentence in five, with tiny.en one in three. It covers all that a beam can
/// correct, except for a tenth of a per cent of words.
const DOUBT: f32 = -0.3;
/// Least number of tokens that share the doubt. In a text of one or two words the first token costs most, however
/// clearly it was said, and a beam seldom finds other words.
const FEW: usize = 6;
/// Mean below which words before a loop are rejected: OpenAI's own limit.
const UNLIKELY: f32 = -1.0;

/// The trust in a reading, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trust {
    /// The decoder lost the speech: it met its limit without likely words.
    Lost,
    /// The words are doubtful: a wider search may find better ones.
    Doubted,
    /// The words are likely.
    Sure,
}

/// The decoder's reading of one window.
#[derive(Clone, Debug)]
pub(super) struct WindowReading {
    /// The hypotheses, best first.
    pub(super) texts: Vec<String>,
    /// Tokens of the best hypothesis, as in the vocabulary.
    pub(super) names: Vec<String>,
    /// Its words with their times from the start of the utterance, if requested.
    pub(super) words: Vec<TimedWord>,
    /// Sum of the natural-log probabilities of `tokens` tokens.
    pub(super) logprob: f32,
    pub(super) tokens: usize,
    /// Probability in 0..=1 that the window holds no speech.
    pub(super) no_speech: f32,
    pub(super) language: String,
    pub(super) trust: Trust,
}

impl WindowReading {
    /// A reading that the decoder ended itself. `all` are its hypotheses, best first; `logprob` is the sum over the
    /// best one's tokens and the end token.
    pub(super) fn ended(all: Vec<Vec<String>>, logprob: f32, no_speech: f32, language: String) -> Self {
        let texts = all.iter().map(|tokens| text::decode(tokens)).collect();
        let names = all.into_iter().next().unwrap_or_default();
        let tokens = names.len() + 1;
        let reading =
            Self { texts, names, words: Vec::new(), logprob, tokens, no_speech, language, trust: Trust::Sure };
        let doubted = reading.logprob / precise(tokens.max(FEW)) < DOUBT;
        if doubted { Self { trust: Trust::Doubted, ..reading } } else { reading }
    }

    /// A reading that met the limit and was cut to `names`, whose log-probability is `logprob`.
    pub(super) fn cut(names: Vec<String>, logprob: f32, no_speech: f32, language: String) -> Self {
        let (texts, tokens) = (vec![text::decode(&names)], names.len().max(1));
        let likely = logprob / precise(tokens) >= UNLIKELY;
        let trust = if likely { Trust::Doubted } else { Trust::Lost };
        Self { texts, names, words: Vec::new(), logprob, tokens, no_speech, language, trust }
    }

    /// Of this reading and `other`, the one that has not lost the speech, or else the likelier one. The texts of the
    /// worse one follow as alternatives.
    pub(super) fn or(self, other: Self) -> Self {
        let worth = |reading: &Self| (reading.trust == Trust::Lost, -reading.mean());
        let (better, worse) = if worth(&other) <= worth(&self) { (other, self) } else { (self, other) };
        let texts = better.texts.iter().chain(&worse.texts).cloned().collect();
        Self { texts, ..better }
    }

    /// Mean natural-log probability of a token.
    pub(super) fn mean(&self) -> f32 {
        self.logprob / precise(self.tokens)
    }
}

/// Joins the readings of an utterance's windows. Only an utterance of one window has alternatives.
pub(super) fn join(mut readings: Vec<WindowReading>) -> Transcript {
    let words = readings.iter_mut().flat_map(|reading| std::mem::take(&mut reading.words)).collect();
    let tokens: usize = readings.iter().map(|reading| reading.tokens).sum();
    let Some(first) = readings.first() else { return Transcript::default() };
    let language = Some(first.language.clone());
    let logprob: f32 = readings.iter().map(|reading| reading.logprob).sum();
    let no_speech = readings.iter().map(|reading| reading.no_speech).fold(1.0, f32::min);
    let best = readings.iter().filter_map(|reading| reading.texts.first()).filter(|text| !text.is_empty());
    let text = best.map(String::as_str).collect::<Vec<_>>().join(" ");
    let alternatives = match <[WindowReading; 1]>::try_from(readings) {
        Ok([only]) => others(&text, only.texts),
        Err(_) => Vec::new(),
    };
    Transcript {
        text,
        language,
        mean_logprob: Some(logprob / precise(tokens)),
        no_speech: Some(no_speech),
        alternatives,
        words,
        ..Transcript::default()
    }
}

/// Readings that differ from `chosen` and from each other.
fn others(chosen: &str, texts: Vec<String>) -> Vec<String> {
    let mut others: Vec<String> = Vec::new();
    for text in texts {
        if !text.is_empty() && text != chosen && !others.contains(&text) {
            others.push(text);
        }
    }
    others
}

/// A count of tokens as a number for arithmetic.
#[expect(clippy::cast_precision_loss, reason = "at most a few thousand tokens")]
pub(super) fn precise(count: usize) -> f32 {
    count as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(texts: &[&str], logprob: f32, tokens: usize, no_speech: f32) -> WindowReading {
        let texts = texts.iter().map(ToString::to_string).collect();
        WindowReading {
            texts,
            names: Vec::new(),
            words: Vec::new(),
            logprob,
            tokens,
            no_speech,
            language: "en".into(),
            trust: Trust::Sure,
        }
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
    fn the_mean_counts_the_end_token_and_decides_the_trust() {
        let ended = |logprob| WindowReading::ended(vec![vec!["ĠHi".into(), ".".into()]], logprob, 0.25, "en".into());
        assert!((ended(-0.6).mean() + 0.2).abs() < 1e-6);
        assert_eq!((ended(-1.2).trust, ended(-2.4).trust), (Trust::Sure, Trust::Doubted));
        let cut = |logprob| WindowReading::cut(vec!["ĠHi".into(), ".".into()], logprob, 0.25, "en".into());
        assert_eq!((cut(-0.6).trust, cut(-3.0).trust), (Trust::Doubted, Trust::Lost));
    }

    #[test]
    fn the_likelier_reading_stands_unless_its_speech_was_lost() {
        let (greedy, beam) = (reading(&["A B"], -2.0, 4, 0.1), reading(&["A P", "A V"], -1.0, 4, 0.1));
        assert_eq!(greedy.clone().or(beam.clone()).texts, ["A P", "A V", "A B"]);
        let lost = WindowReading { trust: Trust::Lost, ..beam };
        assert_eq!(greedy.or(lost).texts[0], "A B");
    }
}
