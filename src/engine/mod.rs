//! The engines behind five small traits: voice activity, end of turn, transcription, chat and synthesis.
//!
//! One file an engine. Each is built inside the thread that uses it and knows nothing of the dialogue; the
//! registry lists them by name.

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

/// What to type when something is missing that golem comes with.
pub fn reinstall() -> &'static str {
    let program = std::env::current_exe().and_then(|program| program.canonicalize());
    let packed = program.is_ok_and(|program| program.with_file_name("share/golem").is_dir());
    if packed { "unpack golem's tarball again, which brings it" } else { "run scripts/golem, which installs it" }
}

/// How the voices' engines describe themselves, before the name of the voice.
const VOICES: [&str; 3] = ["Piper ", "Kokoro ", "espeak-ng "];

/// The name of the voice in what its engine says of itself.
pub fn voice_name(described: &str) -> &str {
    VOICES.iter().find_map(|engine| described.strip_prefix(engine)).unwrap_or(described)
}

/// What can go wrong in an engine. Each message says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A model or library file is not there.
    #[error("{what} not found at {path}: {hint}")]
    Missing {
        /// What was looked for, e.g. `Whisper model`.
        what: String,
        /// Where it was looked for.
        path: PathBuf,
        /// What to type or set next.
        hint: String,
    },
    /// A file is there but cannot be used: cut short, of another kind, of another version.
    #[error("{path} cannot be used as {what}: {reason}; fetch it again or name another in the config")]
    Unusable {
        /// What it was loaded as.
        what: String,
        /// The file or folder.
        path: PathBuf,
        /// What the loader said.
        reason: String,
    },
    /// The engine refused or broke while working.
    #[error("{engine}: {reason}")]
    Failed {
        /// Name of the engine.
        engine: &'static str,
        /// What it said.
        reason: String,
    },
    /// What was asked for is beyond the engine; the message says what is not.
    #[error("{0}")]
    Refused(String),
    /// A word has no pronunciation.
    #[error("no pronunciation for the word \"{0}\": spell it in letters of the model's language or leave it out")]
    Unpronounceable(String),
    /// An engine name that the registry does not list.
    #[error("there is no {kind} engine called \"{name}\"; known: {known}")]
    Unknown {
        /// asr, llm, tts or vad.
        kind: &'static str,
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
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

    /// The probability of each of `frames`, which follow one another: what [`Vad::probability`] would return for each
    /// in turn, at less cost where the engine can.
    ///
    /// # Errors
    /// When the runtime refuses one of them.
    fn probabilities(&mut self, frames: &[Box<[f32; FRAME]>]) -> Result<Vec<f32>, EngineError> {
        frames.iter().map(|frame| self.probability(frame)).collect()
    }
}

/// End of turn, by ear.
pub trait TurnModel {
    /// Probability in 0..=1 that the person in `audio` (16 kHz, -1..=1, any length, of which the last eight seconds
    /// count) has finished. It begins shortly before the voice does and ends with the silence of the present pause.
    ///
    /// # Errors
    /// When the runtime refuses it.
    fn probability(&mut self, audio: &[f32]) -> Result<f32, EngineError>;
}

/// Listening for one phrase, frame by frame.
pub trait KeywordSpotter {
    /// Forgets all audio heard so far.
    fn reset(&mut self);

    /// Takes one frame (512 samples, 16 kHz, -1..=1) and the probability that it holds a voice; gives how much like the
    /// phrase the newest two seconds sounded, 0..=1, at a moment at which that was judged, and 0 at all others.
    ///
    /// # Errors
    /// When the runtime refuses the frame.
    fn hear(&mut self, frame: &[f32; FRAME], probability: f32) -> Result<f32, EngineError>;
}

/// Speech to text, one utterance at a time.
pub trait Transcriber {
    /// Name and model in a few words, for the screen; it changes when other ears take over.
    fn describe(&self) -> String;

    /// Address of the server that hears; `None` where this process does.
    fn address(&self) -> Option<String> {
        None
    }

    /// Whether decoding happens while audio comes in, so that a decode ahead of time gains nothing.
    fn streams(&self) -> bool;

    /// Hears the utterances from the next one on as `options` say. Ears that take no options know English alone.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when the engine cannot do what they ask for.
    fn follow(&mut self, options: &AsrOptions) -> Result<(), EngineError> {
        let engine = self.describe();
        options.english_only(&engine).and_then(|()| options.untimed(&engine)).map_err(EngineError::Refused)
    }

    /// Begins a new utterance, forgetting the one before.
    ///
    /// # Errors
    /// When the engine cannot begin.
    fn start(&mut self) -> Result<(), EngineError>;

    /// Takes more audio (16 kHz, -1..=1, any length). Returns the words so far when they changed.
    ///
    /// # Errors
    /// When the engine refuses the audio.
    fn accept(&mut self, audio: &[f32]) -> Result<Option<String>, EngineError>;

    /// Decodes all that was accepted since `start`. May be followed by more `accept` and another `finish`
    /// when [`Transcriber::streams`] is false. A stale `stop` ends it early with an empty transcript.
    ///
    /// # Errors
    /// When decoding fails.
    fn finish(&mut self, stop: &Ticket) -> Result<Transcript, EngineError>;

    /// A quick reading of what was accepted since `start`, for people to see while more comes. It changes nothing about
    /// what [`Transcriber::finish`] hears. `None` from engines that stream, where there is nothing to read, and when
    /// `stop` went stale, which ends it within some tens of milliseconds.
    ///
    /// # Errors
    /// When decoding fails.
    fn interim(&mut self, stop: &Ticket) -> Result<Option<Transcript>, EngineError> {
        let _ = stop;
        Ok(None)
    }

    /// How likely each of `texts` is as the words of the last finished utterance: the mean natural-log probability
    /// of a token, at most 0, negative infinity for a text that cannot be weighed. `None` from engines that cannot
    /// score texts, when nothing was heard, and when `stop` went stale.
    ///
    /// # Errors
    /// When the engine fails.
    fn score(&mut self, texts: &[String], stop: &Ticket) -> Result<Option<Vec<f32>>, EngineError> {
        let (_, _) = (texts, stop);
        Ok(None)
    }

    /// What the last utterance was to ears that know nothing but the commands' sentences, where such ears listen beside
    /// these and wait to be asked. `None` from all others, and when `stop` went stale.
    ///
    /// # Errors
    /// When the engine fails.
    fn second(&mut self, stop: &Ticket) -> Result<Option<GrammarMatch>, EngineError> {
        let _ = stop;
        Ok(None)
    }
}

/// A language model in conversation, pulled piece by piece.
pub trait Chat {
    /// Name and model in a few words, for the screen; it changes when another model takes over.
    fn describe(&self) -> String;

    /// Address of the server that thinks; `None` where this process does.
    fn address(&self) -> Option<String> {
        None
    }

    /// Reads the conversation up to and including the user's newest message. The engine keeps what it shares
    /// with the conversation before, and drops oldest exchanges (never the system message) when its context
    /// is full. Stops early when `stop` goes stale.
    ///
    /// # Errors
    /// When the model cannot take the conversation.
    fn begin(&mut self, conversation: &[Message], stop: &Ticket) -> Result<(), EngineError>;

    /// The next piece of the reply as valid UTF-8, never half a character; empty when there is none yet, but the model is on
    /// its way. `None` at the reply's end or when `stop` is stale, after which nothing is under way any more.
    ///
    /// # Errors
    /// When the model fails.
    fn next(&mut self, stop: &Ticket) -> Result<Option<String>, EngineError>;
}

/// Speech of one clause.
#[derive(Clone, Debug, Default)]
pub struct Speech {
    /// Mono samples, -1..=1, at `timing.rate`.
    pub samples: Vec<f32>,
    /// Length, rate and where words end.
    pub timing: Timing,
}

/// Speech that is made while it is listened to. Dropped before its end, it is not made any further.
pub trait ComingSpeech: Send + std::fmt::Debug {
    /// The next piece, never empty and always at the same rate, without marks of words; `None` at the end, and when `stop`
    /// is stale.
    ///
    /// # Errors
    /// When there is no more of it.
    fn next(&mut self, stop: &Ticket) -> Result<Option<Speech>, EngineError>;
}

/// Text to speech.
pub trait Synthesizer {
    /// Name and voice in a few words, for the screen; it changes when another voice takes over.
    fn describe(&self) -> String;

    /// Address of the server that speaks; `None` where this process does.
    fn address(&self) -> Option<String> {
        None
    }

    /// Tag of the language in which `text` would be spoken, such as `en-us`; empty for voices without words.
    #[allow(clippy::unnecessary_literal_bound)] // other voices answer with a tag of their own
    fn language(&self, text: &str) -> &str {
        let _ = text;
        ""
    }

    /// Whether a long clause is better asked for phrase by phrase, since its sound takes a while to make.
    fn takes_phrases(&self) -> bool {
        false
    }

    /// Begins to speak `text` as [`Synthesizer::speak`] does, piece by piece; `None` from a voice that makes it whole.
    ///
    /// # Errors
    /// When the voice cannot speak it.
    fn stream(&mut self, text: &str, stop: &Ticket) -> Result<Option<Box<dyn ComingSpeech>>, EngineError> {
        let (_, _) = (text, stop);
        Ok(None)
    }

    /// Speaks the `rest` of a text whose stream has broken off with `fault`.
    ///
    /// # Errors
    /// With `fault` from a voice that has no other way.
    fn take_over(&mut self, rest: &str, fault: EngineError, stop: &Ticket) -> Result<Speech, EngineError> {
        let (_, _) = (rest, stop);
        Err(fault)
    }

    /// Speaks `text` (already free of markup) as it is written; [`delivery`] is the way from a clause to its sound. Ends early, with what there is, when `stop` goes stale.
    ///
    /// # Errors
    /// When the voice cannot speak it.
    fn speak(&mut self, text: &str, stop: &Ticket) -> Result<Speech, EngineError>;
}
