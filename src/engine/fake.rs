//! Engines without models, for tests and for measuring the dialogue alone.
//!
//! They implement the traits predictably: loud sound is voice, words come from a script, each word sounds for a fifth
//! of a second.

use std::collections::VecDeque;

use super::{Chat, EngineError, Speech, Synthesizer, Transcriber, Vad};
use crate::message::{Mark, Message, Timing, Transcript};
use crate::signal::frame::FRAME;
use crate::turn::Ticket;

/// A voice detector that takes loud sound for voice.
#[derive(Debug, Default)]
pub struct LoudnessVad;

impl Vad for LoudnessVad {
    fn reset(&mut self) {}

    fn probability(&mut self, frame: &[f32; FRAME]) -> Result<f32, EngineError> {
        let peak = frame.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        Ok(if peak > 0.01 { 0.95 } else { 0.02 })
    }
}

/// A recogniser that returns one line of a script for each utterance.
#[derive(Debug, Default)]
pub struct Script {
    lines: VecDeque<String>,
}

impl Script {
    /// A recogniser with these lines; after them it returns empty transcripts.
    pub fn new<S: Into<String>>(lines: impl IntoIterator<Item = S>) -> Self {
        Self { lines: lines.into_iter().map(Into::into).collect() }
    }
}

impl Transcriber for Script {
    fn describe(&self) -> String {
        "a script".into()
    }

    fn streams(&self) -> bool {
        true
    }

    fn start(&mut self) -> Result<(), EngineError> {
        Ok(())
    }

    fn accept(&mut self, _: &[f32]) -> Result<Option<String>, EngineError> {
        Ok(None)
    }

    fn finish(&mut self, _: &Ticket) -> Result<Transcript, EngineError> {
        Ok(Transcript { text: self.lines.pop_front().unwrap_or_default(), ..Transcript::default() })
    }
}

/// A recogniser that does not stream, whose words are made from the number of samples of an utterance.
#[derive(Debug)]
pub struct SampleCounter {
    samples: usize,
    words: fn(usize) -> Transcript,
}

impl SampleCounter {
    /// A recogniser whose transcript is `words` of the number of samples.
    pub fn new(words: fn(usize) -> Transcript) -> Self {
        Self { samples: 0, words }
    }
}

impl Transcriber for SampleCounter {
    fn describe(&self) -> String {
        "own".into()
    }

    fn streams(&self) -> bool {
        false
    }

    fn start(&mut self) -> Result<(), EngineError> {
        self.samples = 0;
        Ok(())
    }

    fn accept(&mut self, audio: &[f32]) -> Result<Option<String>, EngineError> {
        self.samples += audio.len();
        Ok(None)
    }

    fn finish(&mut self, _: &Ticket) -> Result<Transcript, EngineError> {
        Ok((self.words)(self.samples))
    }

    fn interim(&mut self, _: &str, _: &Ticket) -> Result<Option<Transcript>, EngineError> {
        Ok(Some((self.words)(self.samples)))
    }
}

/// A language model that always gives the same reply, word by word.
#[derive(Debug)]
pub struct FixedReply {
    reply: String,
    rest: VecDeque<String>,
}

impl FixedReply {
    /// A language model with this reply.
    pub fn new(reply: impl Into<String>) -> Self {
        Self { reply: reply.into(), rest: VecDeque::new() }
    }
}

impl Chat for FixedReply {
    fn describe(&self) -> String {
        "a parrot".into()
    }

    fn begin(&mut self, _: &[Message], _: &Ticket) -> Result<(), EngineError> {
        self.rest = self.reply.split_inclusive(' ').map(ToString::to_string).collect();
        Ok(())
    }

    fn next(&mut self, stop: &Ticket) -> Result<Option<String>, EngineError> {
        Ok(if stop.stale() { None } else { self.rest.pop_front() })
    }
}

/// Samples of one word.
const WORD: usize = 3_200;
/// Rate of the fake voice in hertz.
const VOICE_RATE: u32 = 16_000;

/// A voice that hums for a fifth of a second for each word, without silence inside a word.
#[derive(Debug, Default)]
pub struct ToneVoice;

impl Synthesizer for ToneVoice {
    fn describe(&self) -> String {
        "a hum".into()
    }

    fn speak(&mut self, text: &str, _: &Ticket) -> Result<Speech, EngineError> {
        let mut samples = Vec::new();
        let mut words = Vec::new();
        for word in text.split_whitespace() {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            let tone = (0..WORD).map(|n| if n / 40 % 2 == 0 { 0.3 } else { -0.3 });
            samples.extend(tone);
            words.push(Mark { text_end: start + word.len(), sample_end: samples.len() as u64 });
        }
        let timing = Timing { samples: samples.len() as u64, rate: VOICE_RATE, words };
        Ok(Speech { samples, timing })
    }
}
