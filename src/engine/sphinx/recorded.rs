//! The decoder of recordings, which need no partial words. It decodes each part at once, with features normalised by
//! the part's own mean, and with several language models. The likeliest result is kept.
//!
//! On read sentences of strangers it mishears 56 words in a hundred, where streaming mishears 68.

use super::super::{EngineError, Transcriber};
use super::failure::{NAME, failed};
use super::ffi::{SphinxDecoder, SphinxValue};
use super::files::{SphinxFiles, path_of};
use super::model;
use super::score::{LN_BASE, SCORE_UNIT, plain};
use crate::message::Transcript;
use crate::signal::frame::RATE;
use crate::signal::pcm::quantised;
use crate::turn::Ticket;

/// Factor (35 dB) below a part's loudest sample that is silence at its ends.
const SILENCE: i16 = 56;
/// Samples (0.3 s) of the silence at each end that are kept: long silence spoils the mean.
const MARGIN: usize = RATE as usize * 3 / 10;

/// Nats a frame by which a special model must beat the general one: it has fewer words, so its scores are better. Read
/// sentences of strangers came within 0.4; golem's replies were apart by 0.7 to 2.2.
const HANDICAP: f32 = 0.5;
/// Samples of a frame: 10 ms.
const HOP: usize = RATE as usize / 100;

/// A recogniser of recordings. Not `Send`: build it inside the thread that uses it.
pub struct Recorded {
    /// One decoder for each language model, the general one first.
    decoders: Vec<SphinxDecoder>,
    audio: Vec<i16>,
}

impl Recorded {
    /// Loads the library and, for each of `models`, its dictionary and language model.
    ///
    /// # Errors
    /// When a file is missing or broken.
    pub fn open(models: &[SphinxFiles]) -> Result<Self, EngineError> {
        let decoders = models.iter().map(dictation).collect::<Result<_, _>>()?;
        Ok(Self { decoders, audio: Vec::new() })
    }
}

/// A decoder with the language model of `files`.
fn dictation(files: &SphinxFiles) -> Result<SphinxDecoder, EngineError> {
    model::exists(&files.library, "PocketSphinx library")?;
    model::acoustic(&files.acoustic)?;
    model::dictionary(&files.dictionary)?;
    let rate = SphinxValue::Real(f64::from(RATE));
    let settings = [("hmm", path_of(&files.acoustic)), ("dict", path_of(&files.dictionary)), ("samprate", rate)];
    let decoder = SphinxDecoder::open(&files.library, &settings)?;
    let path = files.language_model.as_deref().ok_or_else(|| failed("recordings need a language model"))?;
    model::exists(path, "PocketSphinx language model")?;
    if decoder.listen_for_language(path) {
        return Ok(decoder);
    }
    let reason = decoder.complaint().unwrap_or_else(|| "it is no ARPA or binary language model".into());
    Err(EngineError::Unusable { what: "a language model".into(), path: path.into(), reason })
}

impl Transcriber for Recorded {
    fn describe(&self) -> String {
        format!("{NAME}, recordings")
    }

    fn streams(&self) -> bool {
        false
    }

    fn start(&mut self) -> Result<(), EngineError> {
        self.audio.clear();
        Ok(())
    }

    fn accept(&mut self, audio: &[f32]) -> Result<Option<String>, EngineError> {
        self.audio.extend(audio.iter().map(|&sample| quantised(sample)));
        Ok(None)
    }

    /// The words of the likeliest model. The other models' words are alternatives.
    fn finish(&mut self, stop: &Ticket) -> Result<Transcript, EngineError> {
        let voice = voiced(&self.audio);
        let mut heard = Vec::new();
        let mut handicap = 0;
        for decoder in self.decoders.iter().take_while(|_| !voice.is_empty() && !stop.stale()) {
            if !decoder.decode_whole(voice) {
                return Err(failed("the decoder refuses audio"));
            }
            heard.extend(decoder.words().map(|(words, score)| (score - handicap, plain(&words))));
            handicap = units(HANDICAP, voice.len() / HOP);
        }
        if stop.stale() {
            return Ok(Transcript::default());
        }
        tracing::debug!(?heard, samples = voice.len(), "a part of a recording");
        heard.sort_by_key(|(score, _)| std::cmp::Reverse(*score)); // stable: the general model wins a draw
        let mut texts = heard.into_iter().map(|(_, text)| text);
        let text = texts.next().unwrap_or_default();
        let alternatives = texts.filter(|other| *other != text && !other.is_empty()).collect();
        Ok(Transcript { text, alternatives, ..Transcript::default() })
    }
}

/// `nats` a frame over so many `frames`, in the library's units.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // a part has a few thousand frames
fn units(nats: f32, frames: usize) -> i32 {
    (nats * frames as f32 / (LN_BASE * SCORE_UNIT)) as i32
}

/// The part without the silence at its ends; empty if it is all silence.
fn voiced(audio: &[i16]) -> &[i16] {
    let loudest = audio.iter().map(|sample| sample.saturating_abs()).max().unwrap_or(0);
    let loud = |sample: &i16| sample.saturating_abs() > loudest / SILENCE;
    let (Some(first), Some(last)) = (audio.iter().position(loud), audio.iter().rposition(loud)) else { return &[] };
    &audio[first.saturating_sub(MARGIN)..(last + MARGIN).min(audio.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_nat_a_frame_is_five_units() {
        assert_eq!(units(0.5, 1000), 4_883);
    }

    #[test]
    fn silence_is_cut_from_both_ends() {
        let mut audio = vec![0; 48_000];
        audio[16_000..24_000].fill(900);
        assert_eq!(voiced(&audio).len(), 8_000 - 1 + 2 * MARGIN);
        assert_eq!(voiced(&[0; 5_000]), &[] as &[i16]);
        assert_eq!(voiced(&[]), &[] as &[i16]);
        assert_eq!(voiced(&[i16::MIN, 5]).len(), 2);
    }
}
