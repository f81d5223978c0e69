//! The correction of names in a transcript, where the model finds the name likelier than the words it wrote.

use super::decode::EncodedWindow;
use super::model::Whisper;
use super::names::NameCandidate;
use super::reading::{Trust, WindowReading};
use super::scored::LAST;
use crate::engine::EngineError;
use crate::intent::language::{number, text};

/// Nats over the whole text by which the text with the name must be likelier than the text that was written. Right
/// names gained 0.4 to 20, wrong ones lost 0.2 to 25.
const MARGIN: f32 = 0.3;
/// Most names corrected in one reading.
const ROUNDS: usize = 3;
/// Token before the names in a prompt.
const BEFORE: &str = "<|startofprev|>";
/// Probability of silence (`SILENT`) and mean log-probability (`UNLIKELY`) beyond which OpenAI's decoder accepts no
/// words.
const SILENT: f32 = 0.6;
const UNLIKELY: f32 = -1.0;

impl Whisper {
    /// Adds `names` to listen for, wherever the recognised words sound like them.
    pub fn expect<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        self.names.add(names, false);
    }

    /// Adds names from the commands' lists. They are tried only where the transcript is in doubt. Numbers are left out,
    /// and so are single words for which the model has a token: they need no help.
    pub fn expect_listed<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        let common = |name: &str| self.vocabulary.encode(&format!(" {name}")).len() < 2;
        let number =
            |name: &str| ["en", "ru"].iter().any(|tongue| !number::parse(&text::words(name), tongue).is_empty());
        let rare: Vec<&str> = names.into_iter().filter(|name| !common(name) && !number(name)).collect();
        self.names.add(rare, true);
    }

    /// `reading` with names in place of similar words, if the model finds them likelier.
    pub(super) fn with_names(
        &self,
        sound: &EncodedWindow,
        mut reading: WindowReading,
    ) -> Result<WindowReading, EngineError> {
        if reading.no_speech > SILENT || reading.mean() < UNLIKELY {
            return Ok(reading);
        }
        for _ in 0..ROUNDS {
            let Some(text) = reading.texts.first().filter(|text| !text.is_empty()) else { break };
            let candidates = self.names.candidates(text, reading.trust < Trust::Sure);
            let Some((text, tokens)) = self.likeliest(sound, text, candidates)? else { break };
            reading.names = self.vocabulary.names(&tokens).collect();
            reading.texts.insert(0, text);
        }
        Ok(reading)
    }

    /// The likeliest of `candidates`, with its tokens, if it is likelier than `text`.
    fn likeliest(
        &self,
        sound: &EncodedWindow,
        text: &str,
        candidates: Vec<NameCandidate>,
    ) -> Result<Option<(String, Vec<usize>)>, EngineError> {
        let special = |tokens: &[String]| self.vocabulary.special(tokens);
        let (Some(mut prompt), Some(start)) =
            (special(&[BEFORE.to_string()]), special(&sound.prompt[..sound.prompt.len() - LAST]))
        else {
            return Ok(None);
        };
        if candidates.is_empty() {
            return Ok(None);
        }
        let names: Vec<&str> = candidates.iter().map(|candidate| candidate.name.as_str()).collect();
        prompt.extend(self.vocabulary.encode(&format!(" {}.", names.join(", "))));
        prompt.extend(start);
        let weigh = |text: &str| {
            let tokens = self.vocabulary.encode(&format!(" {text}"));
            Ok::<_, EngineError>((self.sum(&sound.encoded, &prompt, &tokens)?, tokens))
        };
        let mut best = (weigh(text)?.0 + MARGIN, None);
        for candidate in candidates {
            let (sum, tokens) = weigh(&candidate.text)?;
            if sum > best.0 {
                best = (sum, Some((candidate.text, tokens)));
            }
        }
        Ok(best.1)
    }
}
