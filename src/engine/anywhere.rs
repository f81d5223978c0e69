//! Recognisers and voices on a server, with golem's own engine as the fallback.

use super::duo::SecondOpinion;
use super::registry::{self, ChosenEngine, Files, SAID, Sentences};
use super::remote::asr::ServerTranscriber;
use super::remote::local::ClockReader;
use super::remote::tts::ServerSynthesizer;
use super::{EngineError, Synthesizer, Transcriber};
use crate::config::{AsrConfig, TtsConfig};

/// The recogniser that the settings name.
///
/// # Errors
/// As for [`registry::asr`]. A server that does not answer is no error.
pub fn asr(
    config: &AsrConfig,
    files: &Files,
    sentences: Option<&Sentences>,
    clock: ClockReader,
) -> Result<ChosenEngine<dyn Transcriber>, EngineError> {
    let servers = config.servers();
    if servers.is_empty() {
        return registry::asr(config, files, sentences);
    }
    let (own, own_files, mut own_sentences) = (config.at_home(), files.clone(), sentences.cloned());
    let second = sentences.and_then(|sentences| registry::second_ears(files, sentences));
    if files.whisper.is_some() && second.is_some() {
        // A second recogniser exists already: keep Whisper from opening its own.
        if let Some(sentences) = &mut own_sentences {
            sentences.grammar = Err("other ears listen for commands".into());
        }
    }
    let local = Box::new(move || registry::asr(&own, &own_files, own_sentences.as_ref()).map(|own| own.engine));
    let ears: Box<dyn Transcriber> = Box::new(ServerTranscriber::new(servers, config, local, clock));
    let engine = match second {
        Some(second) => Box::new(SecondOpinion::new(ears, second)),
        None => ears,
    };
    Ok(ChosenEngine { engine, why: SAID.into() })
}

/// The voice that the settings name.
///
/// # Errors
/// As for [`registry::voice`]. A server that does not answer is no error.
pub fn voice(
    config: &TtsConfig,
    files: &Files,
    clock: ClockReader,
) -> Result<ChosenEngine<dyn Synthesizer>, EngineError> {
    let servers = config.servers();
    if servers.is_empty() {
        return registry::voice(config, files);
    }
    let (own, own_files) = (config.at_home(), files.clone());
    let local = Box::new(move || registry::voice(&own, &own_files).map(|own| own.engine));
    let voice = ServerSynthesizer::new(servers, config, local, clock);
    Ok(ChosenEngine { engine: Box::new(voice), why: SAID.into() })
}
