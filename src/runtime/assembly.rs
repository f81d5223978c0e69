//! The assembly of golem's files, commands and journal from the settings and the environment.

use std::path::PathBuf;
use std::sync::Arc;

use super::pace;
use crate::command::{Book, CommandError, Commands};
use crate::config::Config;
use crate::engine::kokoro::is_kokoro;
use crate::engine::registry::Files;
use crate::engine::sphinx::SphinxFiles;
use crate::executor;
use crate::executor::journal::{self, Journal};
use crate::model::{Places, STARTER, is_gguf, is_nli, is_piper, is_turn, is_whisper, turn_file};
use crate::phrases::primary;
use crate::worker::clerk::Clerk;

/// A variable of the environment; `None` where it is not set, or is not Unicode.
pub fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The folders that golem looks into.
pub fn places() -> Places {
    Places::from_env(env)
}

/// The file of the enrolled voices.
pub fn enrolled_voices() -> PathBuf {
    places().kept("voices.json")
}

/// The files of this machine that `config` asks for.
pub fn files(config: &Config) -> Files {
    let places = places();
    let grammar = (!config.asr.grammar.is_empty()).then(|| PathBuf::from(&config.asr.grammar));
    let gguf = places.find(config.llm.local_model(), is_gguf);
    // The starter recogniser knows the words of the starter language model; another model, or a grammar, may use any
    // word.
    let of_starter = config.llm.servers().is_empty() && gguf.as_deref().is_none_or(crate::model::is_starter);
    let asr_model = config.asr.local_model();
    let few_words = asr_model == STARTER || (asr_model.is_empty() && of_starter && grammar.is_none());
    let starter = |name: &str| Some(places.at(&format!("starter/{name}"))).filter(|path| few_words && path.is_file());
    let sphinx = "pocketsphinx/en-us";
    let mut files = Files {
        onnxruntime: places.runtime("libonnxruntime.so"),
        silero: places.at("silero/silero_vad.onnx"),
        turn: places.find("", is_turn).and_then(|folder| turn_file(&folder)),
        espeak: places.runtimes().to_vec(),
        whisper: places.find(asr_model, is_whisper),
        sphinx: SphinxFiles {
            library: places.runtime("libpocketsphinx.so"),
            acoustic: places.at(&format!("{sphinx}/en-us")),
            dictionary: starter("ears.dict").unwrap_or_else(|| places.at(&format!("{sphinx}/cmudict-en-us.dict"))),
            language_model: starter("ears.lm").or_else(|| Some(places.at(&format!("{sphinx}/en-us.lm.bin")))),
        },
        words: places.at(&format!("{sphinx}/cmudict-en-us.dict")),
        grammar,
        gguf,
        piper: places.find(config.tts.local_voice(), is_piper),
        pipers: places.all(is_piper),
        kokoro: places.find("", is_kokoro),
        speaker: places.at("speaker/resemblyzer"),
        voices: enrolled_voices(),
        nli: places.find("", is_nli),
        embedding: places.at("wake/openwakeword-features"),
        wake_kept: places.kept("wake"),
        kokoro_factor: None,
    };
    files.kokoro_factor = pace::kokoro(&config.tts.at_home(), &places, &files);
    files
}

/// The commands: from the files that the config names, or from those that come with golem in its language.
///
/// # Errors
/// When a file cannot be read or is wrong.
pub fn commands(config: &Config) -> Result<Option<Arc<Commands>>, CommandError> {
    if !config.intents.enabled {
        return Ok(None);
    }
    Ok(Some(Arc::new(Commands::new(open_book(&command_paths(config))?, config)?)))
}

/// The book of commands files, with the names of the installed applications.
///
/// # Errors
/// As those of [`Book::open`].
pub fn open_book(paths: &[PathBuf]) -> Result<Book, CommandError> {
    let mut book = Book::open(paths, &executor::on_path)?;
    if book.wants_apps() {
        let installed = executor::apps::installed(&book.intents().language);
        book.offer_apps(&installed);
    }
    Ok(book)
}

/// The commands files that the config names, or those that come with golem in its language.
pub fn command_paths(config: &Config) -> Vec<PathBuf> {
    if !config.intents.paths.is_empty() {
        return config.intents.paths.clone();
    }
    let language = primary(&config.asr.language);
    let shipped = |language: &str| Places::from_env(env).at(&format!("{STARTER}/commands/{language}.yaml"));
    let own = Some(shipped(language)).filter(|path| path.is_file());
    vec![own.unwrap_or_else(|| shipped("en"))]
}

/// The writer of the decision journal, if it is wanted and there is a folder to write to.
pub fn clerk(wanted: bool) -> Option<Clerk> {
    if !wanted {
        return None;
    }
    match Journal::open(&journal::default_path(env)?) {
        Ok(journal) => Some(Clerk::new(journal)),
        Err(error) => {
            tracing::warn!("decisions are not written down: {error}");
            None
        }
    }
}
