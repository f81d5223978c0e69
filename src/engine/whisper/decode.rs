//! The decoding of one window of audio: likely words at once, doubtful ones with more work.
//!
//! The decoder first takes the likeliest token each time. If the words are doubtful, it searches with a beam on the
//! same encoding. If the speech is lost even then, the full 30 s are encoded.

use std::ops::Range;

use ct2rs::sys::{Device, StorageView, WhisperOptions};

use super::model::{Whisper, failed};
use super::prompt::{ExpectedLanguage, prompt};
use super::reading::{Trust, WindowReading, precise};
use super::scored::{LAST, ScoredAudio};
use super::{detect, loops, window};
use crate::engine::EngineError;
use crate::turn::Ticket;

/// Most alternative readings of an utterance.
const MOST_READINGS: usize = 5;

/// One encoded window, with the decoder's prompt and limits for it.
pub(super) struct EncodedWindow {
    pub(super) encoded: StorageView<'static>,
    pub(super) prompt: Vec<String>,
    pub(super) language: String,
    /// Tokens that suffice for most speech of this length.
    pub(super) likely: usize,
    /// Tokens that suffice for all speech of this length.
    most: usize,
}

/// The result of one run of the decoder.
pub(super) struct Run {
    pub(super) ids: Vec<usize>,
    /// All hypotheses, best first.
    names: Vec<Vec<String>>,
    pub(super) logprob: f32,
    pub(super) no_speech: f32,
}

impl Whisper {
    /// Reads one window of the audio; `None` when `stop` went stale on the way. If a short window loses the speech, it
    /// is read again with the full context.
    pub(super) fn understand(
        &mut self,
        window: Range<usize>,
        stop: &Ticket,
    ) -> Result<Option<WindowReading>, EngineError> {
        let frames = self.frames(window.len());
        let Some((sound, first)) = self.read(window.clone(), frames, stop)? else { return Ok(None) };
        if first.trust > Trust::Lost || frames == window::FULL {
            return self.keep(sound, first, window, stop).map(Some);
        }
        self.again += 1;
        let Some((full, second)) = self.read(window.clone(), window::FULL, stop)? else { return Ok(None) };
        if second.trust == Trust::Lost && second.mean() < first.mean() {
            return self.keep(sound, first, window, stop).map(Some);
        }
        self.keep(full, second, window, stop).map(Some)
    }

    /// Adds names and word times to the reading. Keeps the window's encoding, so that other words can be scored.
    fn keep(
        &mut self,
        sound: EncodedWindow,
        mut reading: WindowReading,
        window: Range<usize>,
        stop: &Ticket,
    ) -> Result<WindowReading, EngineError> {
        if !stop.stale() {
            reading = self.with_names(&sound, reading)?;
            reading.words = self.times(&sound, &reading.names, window)?;
        }
        self.heard = Some(ScoredAudio::new(sound.encoded, sound.prompt, &reading.names));
        Ok(reading)
    }

    /// Encodes a window in `frames` frames and prepares its decoding; `None` when `stop` went stale on the way.
    pub(super) fn listen(
        &mut self,
        window: Range<usize>,
        frames: usize,
        stop: &Ticket,
    ) -> Result<Option<EncodedWindow>, EngineError> {
        let voiced = window::voiced(&self.audio[window.clone()]);
        let Some(encoded) = self.encode(window, frames, stop)? else { return Ok(None) };
        let language = self.spoken(&encoded)?;
        Ok(Some(EncodedWindow {
            encoded,
            prompt: prompt(language.as_deref(), self.task),
            language: language.unwrap_or_else(|| "en".into()),
            likely: window::likely_tokens(voiced),
            most: window::most_tokens(voiced),
        }))
    }

    /// Encodes a window in `frames` frames and decodes it; `None` when `stop` went stale on the way.
    fn read(
        &mut self,
        window: Range<usize>,
        frames: usize,
        stop: &Ticket,
    ) -> Result<Option<(EncodedWindow, WindowReading)>, EngineError> {
        let Some(sound) = self.listen(window, frames, stop)? else { return Ok(None) };
        let reading = self.decode(&sound, 1)?;
        if stop.stale() {
            return Ok(None);
        }
        if self.beam > 1 && reading.trust < Trust::Sure {
            let wider = self.decode(&sound, self.beam)?;
            return Ok((!stop.stale()).then_some((sound, reading.or(wider))));
        }
        Ok(Some((sound, reading)))
    }

    /// The encoder's output for a window in `frames` frames; `None` when `stop` went stale on the way.
    pub(super) fn encode(
        &mut self,
        window: Range<usize>,
        frames: usize,
        stop: &Ticket,
    ) -> Result<Option<StorageView<'static>>, EngineError> {
        let mut mel = self.mel.compute(&self.audio[window], frames);
        let features =
            StorageView::new(&[1, self.mel.mels(), frames], &mut mel, Device::CPU).map_err(|error| failed(&error))?;
        if stop.stale() {
            return Ok(None);
        }
        let encoded = self.model.encode(&features, false).map_err(|error| failed(&error))?;
        Ok((!stop.stale()).then_some(encoded))
    }

    /// The language tag for the prompt: configured, detected, or none.
    fn spoken(&self, encoded: &StorageView) -> Result<Option<String>, EngineError> {
        match &self.language {
            ExpectedLanguage::EnglishOnly => Ok(None),
            ExpectedLanguage::Fixed(tag) => Ok(Some(tag.clone())),
            ExpectedLanguage::Detect => {
                let heard = self.model.detect_language(encoded).map_err(|error| failed(&error))?;
                let ranked = heard.iter().flatten().map(|guess| guess.language.as_str());
                let advice = "the model does not tell languages apart: set asr.language";
                detect::likeliest(ranked, &self.allowed).map(Some).ok_or_else(|| failed(&advice))
            }
        }
    }

    /// Decodes with a beam of `beam`, first up to the tokens of most speech. A loop that ends there is cut; anything
    /// else is decoded further.
    fn decode(&self, sound: &EncodedWindow, beam: usize) -> Result<WindowReading, EngineError> {
        let Some(mut run) = self.run(sound, &sound.prompt, beam, sound.likely)? else {
            return Ok(Self::nothing(sound));
        };
        let mut limit = sound.likely;
        if run.ids.len() >= limit && limit < sound.most && loops::cut(&run.ids).is_none() {
            let mut prompt = sound.prompt.clone();
            prompt.extend(self.vocabulary.names(&run.ids));
            limit = sound.most;
            if let Some(rest) = self.run(sound, &prompt, beam, limit)? {
                // Given tokens count as certain.
                run = Run { logprob: run.logprob + rest.logprob, no_speech: run.no_speech, ..rest };
            }
        }
        let language = sound.language.clone();
        if run.ids.len() < limit {
            return Ok(WindowReading::ended(run.names, run.logprob, run.no_speech, language));
        }
        let Some(kept) = loops::cut(&run.ids) else {
            let lost = WindowReading::ended(run.names, run.logprob, run.no_speech, language);
            return Ok(WindowReading { trust: Trust::Lost, ..lost });
        };
        let prompt = self.vocabulary.special(&sound.prompt[..sound.prompt.len() - LAST]).unwrap_or_default();
        let logprob = self.sum(&sound.encoded, &prompt, &run.ids[..kept])?;
        let names = self.vocabulary.names(&run.ids[..kept]).collect();
        Ok(WindowReading::cut(names, logprob, run.no_speech, language))
    }

    fn nothing(sound: &EncodedWindow) -> WindowReading {
        WindowReading::ended(Vec::new(), 0.0, 1.0, sound.language.clone())
    }

    /// Runs the decoder up to `limit` tokens, those of the text in `prompt` included.
    pub(super) fn run(
        &self,
        sound: &EncodedWindow,
        prompt: &[String],
        beam: usize,
        limit: usize,
    ) -> Result<Option<Run>, EngineError> {
        let options = WhisperOptions {
            beam_size: beam,
            num_hypotheses: beam.min(MOST_READINGS),
            // CTranslate2 gives half of `max_length` to the text, since the other half is for a prompt.
            max_length: 2 * limit,
            return_scores: true,
            return_no_speech_prob: true,
            ..WhisperOptions::default()
        };
        let results = self.model.generate(&sound.encoded, &[prompt.to_vec()], &options);
        let Some(result) = results.map_err(|error| failed(&error))?.into_iter().next() else { return Ok(None) };
        let ids = result.sequences_ids.into_iter().next().unwrap_or_default();
        // The score is the sum over all tokens with the end token, divided by the count of tokens without it.
        let logprob = result.scores.first().map_or(0.0, |score| score * precise(ids.len()));
        let logprob = if logprob.is_finite() { logprob } else { 0.0 };
        Ok(Some(Run { ids, names: result.sequences, logprob, no_speech: result.no_speech_prob }))
    }
}
