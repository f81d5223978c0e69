//! The settings, each with its default. Pure data: files and the environment are read in [`mod@file`].

pub mod address;
mod barge;
pub mod check;
pub mod context;
pub mod echo;
pub mod file;
pub mod hints;
pub mod keeping;
pub mod llm_source;
pub mod merge;
pub mod network;
pub mod patience;
pub mod reload;
pub mod sample;
pub mod screen;
pub mod serve;
mod servers;
pub mod speaker;
mod speech;
pub mod speech_engine;
pub mod speech_server;
mod turn;
pub mod voice_ref;
pub mod wake;
pub mod wake_language;
pub mod web_origin;

use crate::message::Mode;
pub use barge::{BargeInConfig, BargeMode};
pub use context::AudioContext;
use llm_source::{LlmEngine, LlmSource};
use serde::{Deserialize, Serialize};
use speech_engine::{AsrEngine, TtsEngine};
use speech_server::SpeechServerConfig;
pub use turn::{Ahead, ListenMode, TurnConfig};

/// The whole configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Devices.
    pub audio: AudioConfig,
    /// Echo cancellation.
    pub echo: echo::EchoConfig,
    /// Voice activity detection: when a sound is a voice.
    pub vad: VadConfig,
    /// The wake phrase.
    pub wake: wake::WakeConfig,
    /// The speaker check: whose voice counts.
    pub speaker: speaker::SpeakerConfig,
    /// When a turn begins and ends.
    pub turn: TurnConfig,
    /// Barge-in: what happens when the person speaks over the reply.
    pub barge_in: BargeInConfig,
    /// Speech to text.
    pub asr: AsrConfig,
    /// Commands.
    pub intents: IntentsConfig,
    /// The language model.
    pub llm: LlmConfig,
    /// Text to speech.
    pub tts: TtsConfig,
    /// How long any stage may take.
    pub deadline: DeadlineConfig,
    /// What is remembered of conversations.
    pub history: keeping::HistoryConfig,
    /// Figures for other programs.
    pub metrics: keeping::MetricsConfig,
    /// The speech server.
    pub serve: serve::ServeConfig,
    /// Hints to questions that others ask.
    pub hints: hints::HintsConfig,
    /// How the screen looks.
    pub screen: screen::ScreenConfig,
}

/// Devices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AudioConfig {
    /// Microphone, by name, part of a name, or index of `golem devices`; empty for the system's default.
    pub input: String,
    /// Loudspeaker, likewise.
    pub output: String,
}

/// Settings of voice activity detection: when a sound is a voice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VadConfig {
    /// Probability (0..=1) above which a frame is voiced.
    pub threshold: f32,
    /// Probability below which a voice ends.
    pub release: f32,
    /// Voiced frames (32 ms each) among the newest `start_window` that confirm a voice.
    pub start_frames: usize,
    /// Newest frames among which `start_frames` is counted.
    pub start_window: usize,
    /// Audio kept from before the voice was confirmed, in milliseconds.
    pub pre_roll_ms: u64,
}

impl Default for VadConfig {
    fn default() -> Self {
        Self { threshold: 0.5, release: 0.35, start_frames: 3, start_window: 4, pre_roll_ms: 800 }
    }
}

/// Speech to text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AsrConfig {
    /// `auto`, `whisper` or `sphinx`; `openai` for a server. Auto takes Whisper when a Whisper model is installed.
    pub engine: AsrEngine,
    /// Address of the server; empty for a golem that serves on this machine.
    pub url: String,
    /// Model name in the models folder, or a path; empty for the best that is installed. `en-us` and `starter` are
    /// PocketSphinx's: all of its English, or only what the starter brain can talk about. On a server: its name there.
    pub model: String,
    /// Environment variable that holds the server's key; empty for none.
    pub key_env: String,
    /// Servers to ask in turn when the one before is gone, slow or broken. Golem's own ears are always the last.
    pub fallback: Vec<SpeechServerConfig>,
    /// Time to connect to a server, in milliseconds.
    pub connect_ms: u64,
    /// Time for the first byte of its answer to an utterance where it may have to load its model, in milliseconds. The
    /// length of the utterance is added, to the next two as well.
    pub load_ms: u64,
    /// Time for the first byte of any other answer, in milliseconds.
    pub first_byte_ms: u64,
    /// Time for the whole answer, in milliseconds.
    pub whole_ms: u64,
    /// Language tag such as `en` or `ru`; `auto` detects it (multilingual Whisper only).
    pub language: String,
    /// Languages that `auto` chooses between; empty for all that the model knows.
    pub languages: Vec<String>,
    /// Beam size of Whisper.
    pub beam: usize,
    /// Whisper's window: `auto` as long as the utterance and the model need, `full` always 30 s, `12s` at least 12 s.
    pub audio_context: AudioContext,
    /// Words that are not to be misheard: names of people, places and things.
    pub vocabulary: Vec<String>,
    /// Precision of Whisper: `int8`, `int8_float32`, `float32`, `float16` or `default` (as the model is stored).
    pub compute_type: String,
    /// Threads of the engine; 0 for as many as the machine can spare, at most 4.
    pub threads: usize,
    /// JSGF grammar file for PocketSphinx; empty for dictation.
    pub grammar: String,
    /// Whether Whisper reads the words so far, for the screen, while a person speaks.
    pub interim: bool,
}

impl Default for AsrConfig {
    fn default() -> Self {
        Self {
            engine: AsrEngine::Auto,
            url: String::new(),
            model: String::new(),
            key_env: String::new(),
            fallback: Vec::new(),
            connect_ms: 1_000,
            load_ms: 20_000,
            first_byte_ms: 5_000,
            whole_ms: 7_000,
            language: "en".into(),
            languages: Vec::new(),
            beam: 5,
            audio_context: AudioContext::Auto,
            vocabulary: Vec::new(),
            compute_type: "int8".into(),
            threads: 0,
            grammar: String::new(),
            interim: true,
        }
    }
}

impl AsrConfig {
    /// These settings with `phrase` added to the vocabulary, unless it is empty.
    #[must_use]
    pub fn expecting(&self, phrase: &str) -> Self {
        let phrase = phrase.trim();
        let vocabulary = self.vocabulary.iter().cloned().chain((!phrase.is_empty()).then(|| phrase.to_owned()));
        Self { vocabulary: vocabulary.collect(), ..self.clone() }
    }
}

/// Commands: what golem does rather than talks about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IntentsConfig {
    /// Whether golem listens for commands at all.
    pub enabled: bool,
    /// Commands and nothing else: no language model is loaded.
    pub only: bool,
    /// Commands files or folders; empty for those that come with golem.
    pub paths: Vec<std::path::PathBuf>,
    /// Score (0..=1) from which words are taken for a command: how near they are to a sentence of the file, times how
    /// sure asr is that they were said.
    pub threshold: f32,
    /// Lead (0..=1) over the next reading that a sentence needs if it is not word for word in the file.
    pub margin: f32,
    /// Time for a yes to a command that asks for one, in milliseconds.
    pub confirm_ms: u64,
    /// Silence that ends a sentence which is no whole command yet, in milliseconds.
    pub unfinished_ms: u64,
    /// Decide and say, but run nothing.
    pub dry_run: bool,
}

impl IntentsConfig {
    /// The mode that these settings ask for.
    #[must_use]
    pub fn mode(&self) -> Mode {
        if self.only { Mode::Intent } else { Mode::Chat }
    }
}

impl Default for IntentsConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            only: false,
            paths: Vec::new(),
            threshold: 0.75,
            margin: 0.05,
            confirm_ms: 8_000,
            unfinished_ms: 1_200,
            dry_run: false,
        }
    }
}

/// The language model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LlmConfig {
    /// Where the language model runs: in golem's own process, or on a server.
    pub engine: LlmEngine,
    /// Address of the server; empty for that of an Ollama on this machine.
    pub url: String,
    /// GGUF file: a name in the models folder or a path; empty for the best that is installed. On a server: its name
    /// there.
    pub model: String,
    /// Environment variable that holds the server's key; empty for none.
    pub key_env: String,
    /// Language models to ask in turn when the one before is gone, slow or broken. The one in golem's own process is
    /// always the last.
    pub fallback: Vec<LlmSource>,
    /// Time to connect to a server, in milliseconds.
    pub connect_ms: u64,
    /// Time for the first token of a model that a server may have to load, and then for its thoughts before the first
    /// word, in milliseconds. The first token of a long conversation gets more, here and in the next.
    pub load_ms: u64,
    /// Time for the first token of a model that has answered shortly before, in milliseconds.
    pub first_token_ms: u64,
    /// Time between two tokens of a server, in milliseconds.
    pub stall_ms: u64,
    /// How long Ollama keeps the model in memory after a reply, as `30m`; `-1` for ever.
    pub keep_alive: String,
    /// The model's system prompt: the role that golem plays.
    pub system_prompt: String,
    /// Longest reply in tokens.
    pub max_tokens: usize,
    /// Context window in tokens; 0 for the model's own, at most 4096.
    pub context: u32,
    /// Sampling temperature; 0 always takes the likeliest token, below 0 is what the model's makers recommend.
    pub temperature: f32,
    /// Nucleus sampling: the smallest set of tokens with this much probability; below 0 as the makers recommend.
    pub top_p: f32,
    /// Strength of the guard against repetitions (DRY's multiplier); 0 for none.
    pub repeat_guard: f32,
    /// Seed of the sampler: the same seed gives the same reply.
    pub seed: u32,
    /// Threads; 0 for as many as the machine can spare.
    pub threads: i32,
    /// Layers given to the GPU, where golem was built with one.
    pub gpu_layers: u32,
}

impl Default for LlmConfig {
    fn default() -> Self {
        Self {
            engine: LlmEngine::Llama,
            url: String::new(),
            model: String::new(),
            key_env: String::new(),
            fallback: Vec::new(),
            connect_ms: 2_000,
            load_ms: 60_000,
            first_token_ms: 6_000,
            stall_ms: 10_000,
            keep_alive: "30m".into(),
            system_prompt: "You are golem, a friendly voice assistant that lives in a terminal. Answer briefly, in plain spoken sentences.".into(),
            max_tokens: 180,
            context: 0,
            temperature: -1.0,
            top_p: -1.0,
            repeat_guard: 0.8,
            seed: 42,
            threads: 0,
            gpu_layers: 0,
        }
    }
}

/// Text to speech.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TtsConfig {
    /// `auto`, `piper`, `kokoro` or `espeak`; `openai` for a server. Auto takes Kokoro where it is installed and the
    /// machine is fast enough, else Piper when a voice is installed.
    pub engine: TtsEngine,
    /// Address of the server; empty for a golem that serves on this machine.
    pub url: String,
    /// What the server calls the model; empty for the name that all of them know.
    pub model: String,
    /// Piper voice (a name in the models folder or a path to its `.onnx`, with `#` and a speaker where it has several),
    /// Kokoro voice such as `af_heart`, or espeak-ng voice such as `en-us`. On a server: its name there.
    pub voice: String,
    /// Environment variable that holds the server's key; empty for none.
    pub key_env: String,
    /// Servers to ask in turn when the one before is gone, slow or broken. Golem's own voice is always the last.
    pub fallback: Vec<SpeechServerConfig>,
    /// Time to connect to a server, in milliseconds.
    pub connect_ms: u64,
    /// Time for the first sound of a clause where the server may have to load its model, in milliseconds. The time in
    /// which the clause is said is added, to the next as well.
    pub load_ms: u64,
    /// Time for the first sound of any other clause, in milliseconds.
    pub first_byte_ms: u64,
    /// Time between two pieces of its sound, in milliseconds.
    pub stall_ms: u64,
    /// Speaker of a voice that has several, by number, where `voice` names none.
    pub speaker: i64,
    /// Speed: 1 is the voice's own, 2 twice as fast; 0.5..=3.
    pub speed: f32,
    /// Language tag for Kokoro and espeak-ng when `voice` is empty.
    pub language: String,
}

impl Default for TtsConfig {
    fn default() -> Self {
        Self {
            engine: TtsEngine::Auto,
            url: String::new(),
            model: String::new(),
            voice: String::new(),
            key_env: String::new(),
            fallback: Vec::new(),
            connect_ms: 1_000,
            load_ms: 20_000,
            first_byte_ms: 3_000,
            stall_ms: 2_000,
            speaker: 0,
            speed: 1.0,
            language: "en".into(),
        }
    }
}

/// How long any stage may take, in milliseconds. Servers of asr and tts have their own deadlines before these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeadlineConfig {
    /// End of the turn to its words.
    pub asr_ms: u64,
    /// Words to the first piece of the reply.
    pub first_token_ms: u64,
    /// First clause to its first sample.
    pub first_audio_ms: u64,
    /// From the words to the verdict on whose voice said them, where that counts; after it golem goes on without the
    /// verdict.
    pub speaker_ms: u64,
}

impl Default for DeadlineConfig {
    fn default() -> Self {
        Self { asr_ms: 10_000, first_token_ms: 15_000, first_audio_ms: 5_000, speaker_ms: 1_000 }
    }
}
