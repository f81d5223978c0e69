//! The engines behind small traits: voice activity detection, end of turn, wake phrases, speech to text, chat and
//! speech synthesis.
//!
//! One file holds one engine. Each engine is built inside the thread that uses it and knows nothing of the dialogue.
//! The registry lists engines by name.

#[cfg(feature = "bench")]
pub mod aecmos;
pub mod anywhere;
pub mod cpu;
pub mod delivery;
pub mod duo;
pub mod echo;
pub mod embedding;
pub mod espeak;
#[cfg(any(test, feature = "bench"))]
pub mod fake;
mod files;
pub mod kokoro;
pub mod llama;
pub mod memory;
pub mod nli;
pub mod onnx;
pub mod options;
mod phrase;
pub mod piper;
pub mod polyglot;
#[cfg(test)]
mod recording;
pub mod registry;
pub mod remote;
pub mod silero;
pub mod smart_turn;
pub mod speaker;
pub mod sphinx;
pub mod trim;
pub mod wake;
pub mod whisper;

use std::path::PathBuf;

use self::options::AsrOptions;
use crate::message::{GrammarMatch, Message, Timing, Transcript};
use crate::signal::frame::FRAME;
use crate::turn::Ticket;

/// The hint for a missing file that golem comes with: what to type.
pub fn reinstall() -> &'static str {
    let program = std::env::current_exe().and_then(|program| program.canonicalize());
    let packed = program.is_ok_and(|program| program.with_file_name("share/golem").is_dir());
    if packed { "unpack golem's tarball again, which brings it" } else { "run scripts/golem, which installs it" }
}

/// Beginnings of the voices' descriptions, before the name of the voice.
const VOICES: [&str; 3] = ["Piper ", "Kokoro ", "espeak-ng "];

/// The name of the voice in its engine's description.
pub fn voice_name(described: &str) -> &str {
    VOICES.iter().find_map(|engine| described.strip_prefix(engine)).unwrap_or(described)
}

/// The refusal of the speaker `asked` by a voice that has one, of the description `described`.
pub fn one_speaker(described: &str, asked: &str) -> EngineError {
    EngineError::Refused(format!("{described} has one speaker; leave out \"{asked}\""))
}

/// An engine's error. Each message says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A model or library file does not exist.
    #[error("{what} not found at {path}: {hint}")]
    Missing {
        /// The kind of file, e.g. `Whisper model`.
        what: String,
        /// The place where the file was looked for.
        path: PathBuf,
        /// What to type or set next.
        hint: String,
    },
    /// A file exists but cannot be used: it is cut short, of another kind or of another version.
    #[error("{path} cannot be used as {what}: {reason}; fetch it again or name another in the config")]
    Unusable {
        /// The kind of file it was loaded as.
        what: String,
        /// The file or folder.
        path: PathBuf,
        /// The loader's message.
        reason: String,
    },
    /// The engine refused its work or broke.
    #[error("{engine}: {reason}")]
    Failed {
        /// Name of the engine.
        engine: &'static str,
        /// The engine's message.
        reason: String,
    },
    /// The engine does not support the request; the message says why, and what to use instead.
    #[error("{0}")]
    Refused(String),
    /// A word has no pronunciation.
    #[error("no pronunciation for the word \"{0}\": spell it in letters of the model's language or leave it out")]
    Unpronounceable(String),
}

/// Voice activity detection, frame by frame.
pub trait Vad {
    /// Forgets all audio heard so far.
    fn reset(&mut self);

    /// Probability in 0..=1 that `frame` (512 samples, 16 kHz, -1..=1) holds a voice.
    ///
    /// # Errors
    /// When the runtime refuses the frame.
    fn probability(&mut self, frame: &[f32; FRAME]) -> Result<f32, EngineError>;

    /// The probability of each of `frames`, which follow one another. Equal to [`Vad::probability`] of each in turn,
    /// but cheaper if the engine supports it.
    ///
    /// # Errors
    /// When the runtime refuses one of them.
    fn probabilities(&mut self, frames: &[Box<[f32; FRAME]>]) -> Result<Vec<f32>, EngineError> {
        frames.iter().map(|frame| self.probability(frame)).collect()
    }
}

/// The end of a turn, judged by its sound.
pub trait TurnModel {
    /// Probability in 0..=1 that the person in `audio` (16 kHz, -1..=1, any length) has finished. Only the last eight
    /// seconds count. The audio begins shortly before the voice and ends with the silence of the present pause.
    ///
    /// # Errors
    /// When the runtime refuses the audio.
    fn probability(&mut self, audio: &[f32]) -> Result<f32, EngineError>;
}

/// Wake phrase detection, frame by frame.
pub trait KeywordSpotter {
    /// Forgets all audio heard so far.
    fn reset(&mut self);

    /// Takes one frame (512 samples, 16 kHz, -1..=1) and its probability of a voice. Returns how alike the newest two
    /// seconds and the phrase are, 0..=1; 0 if this frame completes no judgement.
    ///
    /// # Errors
    /// When the runtime refuses the frame.
    fn hear(&mut self, frame: &[f32; FRAME], probability: f32) -> Result<f32, EngineError>;
}

/// Speech to text, one utterance at a time.
pub trait Transcriber {
    /// Name and model in a few words, for the screen; it changes when another recogniser takes over.
    fn describe(&self) -> String;

    /// Address of the server that transcribes; `None` if this process does.
    fn address(&self) -> Option<String> {
        None
    }

    /// Whether decoding runs while audio comes in, so that decoding ahead of time gains nothing.
    fn streams(&self) -> bool;

    /// Applies `options` to all utterances from the next one on. The default accepts only English.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when the engine does not support them.
    fn follow(&mut self, options: &AsrOptions) -> Result<(), EngineError> {
        let engine = self.describe();
        options.english_only(&engine).and_then(|()| options.untimed(&engine)).map_err(EngineError::Refused)
    }

    /// Begins a new utterance, forgetting the one before.
    ///
    /// # Errors
    /// When the engine cannot begin.
    fn start(&mut self) -> Result<(), EngineError>;

    /// Takes more audio (16 kHz, -1..=1, any length). Returns the words so far if they changed.
    ///
    /// # Errors
    /// When the engine refuses the audio.
    fn accept(&mut self, audio: &[f32]) -> Result<Option<String>, EngineError>;

    /// Decodes all audio since `start`. If [`Transcriber::streams`] is false, more `accept` and another `finish` may
    /// follow. A stale `stop` ends it early with an empty transcript.
    ///
    /// # Errors
    /// When decoding fails.
    fn finish(&mut self, stop: &Ticket) -> Result<Transcript, EngineError>;

    /// A quick partial transcript of the audio since `start`, to be shown while more comes. It begins with the words
    /// `beginning`, on which earlier ones agreed, and does not change the result of [`Transcriber::finish`]. `None` from
    /// engines that stream, and when `stop` went stale, which ends it within some tens of milliseconds.
    ///
    /// # Errors
    /// When decoding fails.
    fn interim(&mut self, beginning: &str, stop: &Ticket) -> Result<Option<Transcript>, EngineError> {
        let _ = (beginning, stop);
        Ok(None)
    }

    /// The likelihood of each of `texts` as the words of the last finished utterance: the mean natural-log probability
    /// of a token, at most 0, or negative infinity for a text that cannot be scored. `None` from engines that cannot
    /// score texts, when nothing was heard, and when `stop` went stale.
    ///
    /// # Errors
    /// When the engine fails.
    fn score(&mut self, texts: &[String], stop: &Ticket) -> Result<Option<Vec<f32>>, EngineError> {
        let (_, _) = (texts, stop);
        Ok(None)
    }

    /// The last utterance as a second recogniser with only the commands' grammar decodes it. `None` if no such
    /// recogniser waits to be asked, and when `stop` went stale.
    ///
    /// # Errors
    /// When the engine fails.
    fn second(&mut self, stop: &Ticket) -> Result<Option<GrammarMatch>, EngineError> {
        let _ = stop;
        Ok(None)
    }
}

/// A conversation with a language model, whose reply is pulled piece by piece.
pub trait Chat {
    /// Name and model in a few words, for the screen; it changes when another model takes over.
    fn describe(&self) -> String;

    /// Address of the server that runs the model; `None` if this process does.
    fn address(&self) -> Option<String> {
        None
    }

    /// Reads the conversation up to and including the user's newest message. The engine keeps the part that it shares
    /// with the previous conversation. If its context is full it drops the oldest exchanges, but never the system
    /// message. Stops early when `stop` goes stale.
    ///
    /// # Errors
    /// When the model cannot take the conversation.
    fn begin(&mut self, conversation: &[Message], stop: &Ticket) -> Result<(), EngineError>;

    /// The next piece of the reply as valid UTF-8, never half a character. An empty piece means that the model is still
    /// working. `None` at the reply's end or when `stop` is stale; then nothing runs any more.
    ///
    /// # Errors
    /// When the model fails.
    fn next(&mut self, stop: &Ticket) -> Result<Option<String>, EngineError>;

    /// Whether the reply has kept a person waiting so long that they should hear of it, because its model is being
    /// loaded or thinks. It counts after an empty piece.
    fn is_late(&self) -> bool {
        false
    }
}

/// The sound of one clause.
#[derive(Clone, Debug, Default)]
pub struct Speech {
    /// Mono samples, -1..=1, at `timing.rate`.
    pub samples: Vec<f32>,
    /// Length and rate of the sound, and the ends of its words.
    pub timing: Timing,
}

/// Speech that is heard while it is still being made. Dropping it stops the synthesis.
pub trait ComingSpeech: Send + std::fmt::Debug {
    /// The next piece: never empty, always at the same rate, without word marks. `None` at the end, and when `stop` is
    /// stale.
    ///
    /// # Errors
    /// When no more of it can be made.
    fn next(&mut self, stop: &Ticket) -> Result<Option<Speech>, EngineError>;
}

/// Text to speech.
pub trait Synthesizer {
    /// Name and voice in a few words, for the screen; it changes when another voice takes over.
    fn describe(&self) -> String;

    /// Address of the server that speaks; `None` if this process does.
    fn address(&self) -> Option<String> {
        None
    }

    /// Tag of the language in which the voice speaks `text`, such as `en-us`; empty for voices without words.
    #[allow(clippy::unnecessary_literal_bound)] // other voices answer with a tag of their own
    fn language(&self, text: &str) -> &str {
        let _ = text;
        ""
    }

    /// Whether a long clause should be requested phrase by phrase, because its synthesis takes a while.
    fn takes_phrases(&self) -> bool {
        false
    }

    /// Whether several instances, each in a thread of its own, make more speech in the same time and are small enough
    /// for that.
    fn runs_in_parallel(&self) -> bool {
        false
    }

    /// Speaks as `speaker` from now on: its name, whose case does not count, or its number; `None` for the speaker of
    /// the settings. The default has one speaker.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when the voice has no such speaker, or has one only. The speaker is then as before.
    fn set_speaker(&mut self, speaker: Option<&str>) -> Result<(), EngineError> {
        speaker.map_or(Ok(()), |asked| Err(one_speaker(&self.describe(), asked)))
    }

    /// Begins to speak `text` as [`Synthesizer::speak`] does, but piece by piece. `None` from a voice that makes it
    /// whole.
    ///
    /// # Errors
    /// When the voice cannot speak it.
    fn stream(&mut self, text: &str, stop: &Ticket) -> Result<Option<Box<dyn ComingSpeech>>, EngineError> {
        let (_, _) = (text, stop);
        Ok(None)
    }

    /// Speaks the `rest` of a text whose stream broke off with `fault`.
    ///
    /// # Errors
    /// Returns `fault` if the voice has no other way.
    fn take_over(&mut self, rest: &str, fault: EngineError, stop: &Ticket) -> Result<Speech, EngineError> {
        let (_, _) = (rest, stop);
        Err(fault)
    }

    /// Speaks `text`, which is free of markup and verbalised already; [`delivery`] does that for a clause. Ends early,
    /// with the sound made so far, when `stop` goes stale.
    ///
    /// # Errors
    /// When the voice cannot speak it.
    fn speak(&mut self, text: &str, stop: &Ticket) -> Result<Speech, EngineError>;
}
