//! Golem's own voice by name, and the choice of `auto` on this machine.

use std::path::PathBuf;

use super::{ChosenEngine, Files, SAID, missing};
use crate::config::TtsConfig;
use crate::config::speech_engine::TtsEngine;
use crate::config::voice_ref::VoiceRef;
use crate::engine::espeak::{self, Espeak};
use crate::engine::kokoro::{self, Kokoro};
use crate::engine::piper::Piper;
use crate::engine::polyglot::Polyglot;
use crate::engine::{EngineError, Synthesizer, reinstall};
use crate::phrases::Language;

/// Most seconds that a second of Kokoro's speech may take for `auto` to choose it: asr and llm need the same cores.
const KOKORO_AT_MOST: f32 = 0.4;

/// Golem's own voice, as the config names it. `auto` is Kokoro if it is installed and the machine is fast enough for
/// it, else Piper if a voice is installed, else espeak-ng.
///
/// # Errors
/// When the engine's files cannot be used, or the voice has no such speaker.
pub fn voice(config: &TtsConfig, files: &Files) -> Result<ChosenEngine<dyn Synthesizer>, EngineError> {
    let config = &config.at_home();
    let (engine, why) = match (config.engine, &files.piper) {
        (TtsEngine::Auto, _) if names_kokoro(config, files) => {
            (TtsEngine::Kokoro, format!("{SAID}, its voice {}", config.voice))
        }
        (TtsEngine::Auto, _) if kokoro_is_quick(config, files) => {
            let factor = files.kokoro_factor.unwrap_or_default();
            (TtsEngine::Kokoro, format!("it is installed, and a second of its speech takes this machine {factor:.2} s"))
        }
        (TtsEngine::Auto, Some(voice)) => {
            (TtsEngine::Piper, format!("a Piper voice is installed at {}", voice.display()))
        }
        (TtsEngine::Auto, None) => {
            (TtsEngine::Espeak, "no Piper voice is installed; golem setup fetches one that sounds better".into())
        }
        (TtsEngine::Piper, Some(voice)) => (TtsEngine::Piper, format!("{SAID}, {}", voice.display())),
        (engine, _) => (engine, SAID.into()),
    };
    let open = match engine {
        TtsEngine::Piper => piper,
        TtsEngine::Kokoro => kokoro,
        TtsEngine::Auto | TtsEngine::Espeak | TtsEngine::OpenAi => espeak,
    };
    let mut engine = open(config, files)?;
    engine.set_speaker(VoiceRef::of(&config.voice).speaker)?;
    Ok(ChosenEngine { engine, why })
}

/// Whether the config names a voice of the installed Kokoro.
fn names_kokoro(config: &TtsConfig, files: &Files) -> bool {
    files.kokoro.as_deref().is_some_and(|folder| kokoro::names(folder).iter().any(|name| name == config.local_voice()))
}

/// Whether Kokoro has a voice for the language and was measured to be fast enough. False if the config names a voice:
/// the voice then decides the engine.
fn kokoro_is_quick(config: &TtsConfig, files: &Files) -> bool {
    let quick = files.kokoro.is_some() && files.kokoro_factor.is_some_and(|factor| factor <= KOKORO_AT_MOST);
    quick && config.voice.is_empty() && kokoro::best(&config.language).is_some()
}

/// The folder that holds `espeak-ng-data`.
///
/// # Errors
/// When no such folder exists.
pub fn espeak_data(files: &Files) -> Result<PathBuf, EngineError> {
    espeak::find_data(&files.espeak).ok_or_else(|| EngineError::Missing {
        what: "espeak-ng-data".into(),
        path: files.espeak.first().cloned().unwrap_or_default(),
        hint: reinstall().into(),
    })
}

fn espeak(config: &TtsConfig, files: &Files) -> Result<Box<dyn Synthesizer>, EngineError> {
    Ok(Box::new(Espeak::open(&espeak_data(files)?, config)?))
}

fn piper(config: &TtsConfig, files: &Files) -> Result<Box<dyn Synthesizer>, EngineError> {
    let wanted = "a Piper voice (NAME.onnx and NAME.onnx.json) under models/piper";
    let voice = files.piper.as_deref().ok_or_else(|| missing("Piper voice", &config.voice, wanted))?;
    let voice = Piper::open(&files.onnxruntime, voice, &espeak_data(files)?, config)?;
    Ok(polyglot(Box::new(voice), config, files))
}

fn kokoro(config: &TtsConfig, files: &Files) -> Result<Box<dyn Synthesizer>, EngineError> {
    let wanted = "Kokoro (model.onnx and voices/NAME.bin) in a folder under models/kokoro";
    let folder = files.kokoro.as_deref().ok_or_else(|| missing("Kokoro", &config.voice, wanted))?;
    let voice = Kokoro::open(&files.onnxruntime, folder, &espeak_data(files)?, config)?;
    Ok(polyglot(Box::new(voice), config, files))
}

/// Adds to `voice` a second one for clauses in the other script: a Piper voice of the language if one is installed,
/// else espeak-ng's.
fn polyglot(voice: Box<dyn Synthesizer>, config: &TtsConfig, files: &Files) -> Box<dyn Synthesizer> {
    let (config, files) = (config.clone(), files.clone());
    let russian = Language::of_tag(voice.language("")) == Some(Language::Russian);
    let tag = if russian { "en" } else { "ru" };
    let open = move || -> Result<Box<dyn Synthesizer>, EngineError> {
        let data = espeak_data(&files)?;
        let config = TtsConfig { voice: String::new(), language: tag.into(), speaker: 0, ..config.clone() };
        let spoken = |path: &&PathBuf| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&format!("{tag}_")))
        };
        if let Some(path) = files.pipers.iter().find(spoken) {
            match Piper::open(&files.onnxruntime, path, &data, &config) {
                Ok(voice) => return Ok(Box::new(voice)),
                Err(error) => tracing::warn!("{error}"),
            }
        }
        Ok(Box::new(Espeak::open(&data, &config)?))
    };
    Box::new(Polyglot::new(voice, Box::new(open)))
}
