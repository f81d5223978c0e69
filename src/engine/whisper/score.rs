//! The likelihood of any text as the words of the last utterance.
//!
//! The decoder gets the text and gives the probability of each of its tokens (CTranslate2's `align`, without the
//! alignment). This leaves the end of the transcript out, so a sentence that breaks off early would cost nothing. So a
//! text is scored with the closing sign of the transcript, which the decoder expects only at the end. If the transcript
//! has no closing sign, the end itself is scored: the decoder decodes one token after the text.

use ct2rs::sys::{StorageView, WhisperOptions};

use super::manner::Manner;
use super::model::{Whisper, failed};
use super::reading::precise;
use super::scored::{LAST, ScoredAudio};
use crate::engine::EngineError;
use crate::turn::Ticket;

/// Longest text that is scored, in tokens: half of the decoder's context.
const LONGEST: usize = 224;
/// Longest text, in bytes, that is split into tokens.
const LONGEST_TEXT: usize = 2_000;
/// Least log-probability of a token, about 1e-7, so that one surprise does not outweigh the rest.
const FLOOR: f32 = -16.0;

/// Whisper's belief in a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likelihood {
    /// Sum of the natural-log probabilities of its tokens.
    pub total: f32,
    /// Number of its tokens, the end included.
    pub tokens: usize,
}

impl Likelihood {
    /// The score of an empty or overlong text.
    const NONE: Self = Self { total: f32::NEG_INFINITY, tokens: 1 };

    /// Mean natural-log probability of a token.
    pub fn mean(&self) -> f32 {
        self.total / precise(self.tokens.max(1))
    }
}

impl Whisper {
    /// Scores each of `texts` as the words of the last finished utterance, written in its transcript's style (capital,
    /// closing sign, spelling of the words). `None` if there is no utterance or it had several windows, and when `stop`
    /// went stale.
    ///
    /// # Errors
    /// When CTranslate2 refuses the model, e.g. for a lack of `alignment_heads` in its `config.json`.
    pub fn likelihoods(&mut self, texts: &[String], stop: &Ticket) -> Result<Option<Vec<Likelihood>>, EngineError> {
        let Some(heard) = &self.heard else { return Ok(None) };
        let Some(prompt) = self.vocabulary.special(&heard.prompt[..heard.prompt.len() - LAST]) else { return Ok(None) };
        let manner = Manner::of(&heard.text, heard.blank, heard.language());
        let mut all = Vec::with_capacity(texts.len());
        for text in texts {
            if stop.stale() {
                return Ok(None);
            }
            all.push(self.likelihood(heard, &prompt, &manner, text)?);
        }
        Ok(Some(all))
    }

    fn likelihood(
        &self,
        heard: &ScoredAudio,
        prompt: &[usize],
        manner: &Manner,
        text: &str,
    ) -> Result<Likelihood, EngineError> {
        let written = if text.len() > LONGEST_TEXT { String::new() } else { manner.write(text) };
        let tokens = self.vocabulary.encode(&written);
        if tokens.is_empty() || tokens.len() > LONGEST {
            return Ok(Likelihood::NONE);
        }
        let said = self.sum(&heard.encoded, prompt, &tokens)?;
        if manner.closing.is_some() {
            return Ok(Likelihood { total: said, tokens: tokens.len() });
        }
        let end = self.end(heard, &tokens)?;
        Ok(Likelihood { total: said + end, tokens: tokens.len() + 1 })
    }

    /// Sum of the natural-log probabilities of the text `tokens` after `prompt`, which lacks its last token.
    pub(super) fn sum(
        &self,
        encoded: &StorageView<'static>,
        prompt: &[usize],
        tokens: &[usize],
    ) -> Result<f32, EngineError> {
        // No frames: only the probabilities are needed.
        let results = self.model.align(encoded, prompt, &[tokens.to_vec()], &[0], 1);
        let result = results.map_err(|error| failed(&error))?.into_iter().next();
        let probabilities = result.map(|result| result.text_token_probs).unwrap_or_default();
        Ok(probabilities.iter().map(|probability| probability.ln().max(FLOOR)).sum())
    }

    /// Natural-log probability that nothing follows the text `tokens`. It is exact if the end is likeliest; otherwise
    /// it is the most that the likeliest next token leaves.
    fn end(&self, heard: &ScoredAudio, tokens: &[usize]) -> Result<f32, EngineError> {
        let mut prompt = heard.prompt.clone();
        prompt.extend(self.vocabulary.names(tokens));
        let options = WhisperOptions {
            beam_size: 1,
            // CTranslate2 halves `max_length`; the given text counts.
            max_length: 2 * (tokens.len() + 1),
            return_scores: true,
            suppress_blank: false,
            suppress_tokens: Vec::new(),
            ..WhisperOptions::default()
        };
        let results = self.model.generate(&heard.encoded, &[prompt], &options).map_err(|error| failed(&error))?;
        let best =
            results.first().and_then(|result| Some((result.sequences_ids.first()?.len(), *result.scores.first()?)));
        // The score is that of the one free token, divided by the count of tokens without the end.
        let end = match best {
            Some((length, score)) if length <= tokens.len() => score * precise(length),
            Some((length, score)) => (1.0 - (score * precise(length)).exp()).ln(),
            None => FLOOR,
        };
        Ok(end.clamp(FLOOR, 0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::engine::{Transcriber, recording};

    #[test]
    fn the_end_is_likely_at_the_end_alone() {
        let config = config::AsrConfig { language: "en".into(), threads: 1, ..config::AsrConfig::default() };
        let mut whisper = Whisper::open(&recording::fixture("models/whisper-micro"), &config).unwrap();
        whisper.accept(&recording::read(&recording::fixture("audio/whisper/01-flite-rms.flac"))).unwrap();
        assert_eq!(whisper.finish(&Ticket::standing()).unwrap().text, "Lock the front door.");
        let heard = whisper.heard.as_ref().unwrap();
        let end = |text: &str| whisper.end(heard, &whisper.vocabulary.encode(text)).unwrap();
        let (whole, part) = (end(" Lock the front door."), end(" Lock the front"));
        assert!(whole > -0.1 && (FLOOR..-3.0).contains(&part), "{whole}, {part}");
    }
}
