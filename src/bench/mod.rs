//! `golem bench`: the figures of the manual's measurements, measured on this machine.

mod asr;
mod barge_in;
mod captions;
mod chart;
mod checkout;
mod echo;
mod endpoint;
pub mod fetch;
mod hints;
mod home;
mod intent;
mod interrupt;
mod jobs;
mod llm;
mod load;
mod manifest;
mod onset;
mod processor;
mod screen;
mod serve;
mod shared;
mod speaker;
mod turn;
mod wake;
mod words;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use clap::Subcommand;

use crate::command::Commands;
use crate::config::Config;
use crate::engine::registry::Files;
use checkout::default_voices;

/// What to measure.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Time from a person's voice to silence, and what noise does to a reply
    BargeIn {
        /// Folder of WAV or FLAC recordings of voices [default: ../shared/speech/voices of the checkout where that
        /// is, its synthesised fixtures otherwise]
        #[arg(long, value_name = "FOLDER")]
        voices: Option<PathBuf>,
        /// Folder of recordings of noise, with its folders
        #[arg(long, value_name = "FOLDER")]
        noise: Option<PathBuf>,
        /// Interruptions to measure
        #[arg(long, default_value_t = 200)]
        count: usize,
        /// Seed of the moments and recordings
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Brain and voice of the reply
        #[arg(long, value_enum, default_value_t = barge_in::Models::Fake)]
        models: barge_in::Models,
    },
    /// Share of everyday questions that the brain answers well, by rules
    #[command(name = "brain")]
    Llm(llm::LlmBenchArgs),
    /// Words misheard, time, page faults and memory of Whisper models on recordings, beside faster-whisper
    #[command(name = "ears")]
    Asr(asr::AsrBenchArgs),
    /// What captions cost the processor, and how long after a word it is shown and stays
    Captions(captions::CaptionBenchArgs),
    /// How well golem keeps from hearing itself, and hears people over itself, in simulated rooms
    Echo(echo::EchoArgs),
    /// Who is cut off and how long the others wait at the end of a turn: silence, the turn model, and golem
    Endpoint(endpoint::EndpointArgs),
    /// How long after a question's last syllable its hint comes: its first and its last word
    Hints(hints::HintBenchArgs),
    /// How surely and how soon a voice cuts a reply against how often other sounds do: tables, and curves as a picture
    Interrupt(interrupt::InterruptArgs),
    /// Share of recorded commands that are understood, clean and in noise, and what else passes for one
    Intent(intent::IntentArgs),
    /// Share of a processor core that the always-on ear takes: cancellers, voice detector, turn model, wake spotter
    Load(load::LoadArgs),
    /// How well a voice is distinguished from others, by how long it speaks: a table, and curves as a picture
    Speaker(speaker::SpeakerBenchArgs),
    /// Delays, pace and memory of golem as a server of ears, with up to 64 clients at a time, beside faster-whisper
    Serve(serve::ServeBenchArgs),
    /// Time and bytes of each drawing of the screen with a long conversation on it, and what a live golem loses by it
    Screen(screen::ScreenArgs),
    /// What a person waits for, stage by stage: spoken questions to the engines that are installed
    Turn(turn::TurnArgs),
    /// Misses and false alarms of the wake phrase on recordings of people, with and without the ears' confirmation
    Wake(wake::WakeBenchArgs),
    /// How far the times of words are from faster-whisper's with the same weights
    Words(words::WordBenchArgs),
    /// What a person sees of each fault that fetching a model can meet: a table, no network needed
    Fetch,
    /// Share of Home Assistant's test sentences that match as its tests say, time and memory
    Home {
        /// Sentences: a checkout's sentences/LANGUAGE folders, or the JSON files of its Python package
        #[arg(required = true)]
        sentences: Vec<PathBuf>,
        /// A checkout's folder of tests, with a folder for each language
        #[arg(long, value_name = "FOLDER")]
        tests: Option<PathBuf>,
    },
}

/// Measures, and writes results that are to be kept to the config at `config_path`. `commands` opens those of the
/// config.
///
/// # Errors
/// When a recording or an engine cannot be used.
pub fn run(
    bench: &Bench,
    config: &Config,
    files: &Files,
    commands: impl FnOnce() -> Result<Option<Arc<Commands>>>,
    config_path: Option<&Path>,
) -> Result<()> {
    match bench {
        Bench::BargeIn { voices, noise, count, seed, models } => {
            let voices = voices.clone().unwrap_or_else(default_voices);
            barge_in::run(config, files, &voices, noise.as_deref(), (*count, *seed, *models))
        }
        Bench::Llm(args) => llm::run(args, config, files),
        Bench::Asr(args) => asr::run(args, config, files, config_path),
        Bench::Captions(args) => captions::run(args, config, files),
        Bench::Echo(args) => echo::run(args, config, files),
        Bench::Endpoint(args) => endpoint::run(args, config, files),
        Bench::Hints(args) => hints::run(args, config, files),
        Bench::Intent(args) => intent::run(args, config, files),
        Bench::Interrupt(args) => interrupt::run(args, config, files),
        Bench::Load(args) => load::run(args, config, files),
        Bench::Speaker(args) => speaker::run(args, config, files),
        Bench::Serve(args) => serve::run(args, files),
        Bench::Screen(args) => screen::run(args, config, files),
        Bench::Turn(args) => turn::run(args, config, files, commands()?),
        Bench::Wake(args) => wake::run(args, config, files),
        Bench::Words(args) => words::run(args, config, files),
        Bench::Fetch => fetch::run(),
        Bench::Home { sentences, tests } => home::run(sentences, tests.as_deref()),
    }
}
