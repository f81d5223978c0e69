//! Checks of software: config, native libraries, models, commands.

use std::path::Path;

use super::finding::{DoctorReport, Finding};
use crate::cli::settings::SettingArgs;
use crate::config::Config;
use crate::config::speech_engine::{AsrEngine, TtsEngine};
use crate::engine::registry::{self, Files};
use crate::engine::speaker::KnownVoices;
use crate::engine::{espeak, onnx, reinstall, silero::Silero, sphinx};
use crate::model;
use crate::model::bytes::Bytes;
use crate::phrases::Language;
use crate::runtime::assembly::commands;

/// Added to the description of golem's own recogniser and voice where a server does their work.
const WITHOUT: &str = ", when the server does not answer";

/// Where the config is and how much of it is the user's own.
pub fn config(settings: &SettingArgs, config: &Config) -> Finding {
    let Some((path, _)) = settings.path() else {
        return Finding::hint("config", "no place for one", "set HOME, or name a file with --config");
    };
    if !path.is_file() {
        let seen = format!("none at {}: the defaults hold", path.display());
        return Finding::hint("config", seen, "type: golem setup");
    }
    let changed = crate::config::sample::changes(config).len();
    Finding::ok("config", format!("{}, {changed} settings differ from the defaults", path.display()))
}

/// Looks at libraries, models and commands.
pub fn look(config: &Config, files: &Files, report: &mut DoctorReport) {
    report.add(match onnx::init_runtime(&files.onnxruntime) {
        Ok(()) => Finding::ok("ONNX Runtime", files.onnxruntime.display().to_string()),
        Err(error) => Finding::broken("ONNX Runtime", &error),
    });
    report.add(match espeak::find_data(&files.espeak) {
        Some(folder) => Finding::ok("espeak-ng", folder.display().to_string()),
        None => Finding::problem("espeak-ng", "its data is not there", reinstall()),
    });
    report.add(match Silero::open(&files.onnxruntime, &files.silero) {
        Ok(_) => Finding::ok("voice detector", files.silero.display().to_string()),
        Err(error) => Finding::broken("voice detector", &error),
    });
    report.add(match registry::turn(files) {
        _ if !config.turn.model => Finding::ok("end of turn", "silence and words (turn.model)"),
        Ok(Some(_)) => Finding::ok("end of turn", files.turn.iter().map(|path| described(path)).collect::<String>()),
        Ok(None) => Finding::hint(
            "end of turn",
            "no model that hears it: silence and words alone end a turn",
            "type: golem models fetch smart-turn-v3.2",
        ),
        Err(error) => Finding::broken("end of turn", &error),
    });
    report.add(speaker(config, files));
    report.add(wake(config));
    asr(config, files, report);
    report.add(match &files.gguf {
        Some(path) if !config.llm.servers().is_empty() => {
            Finding::ok("brain", format!("{}, when no server answers", described(path)))
        }
        Some(path) if model::is_starter(path) => {
            Finding::hint("brain", format!("the starter pack's, {}", described(path)), "type: golem setup")
        }
        Some(path) => Finding::ok("brain", described(path)),
        None => Finding::problem(
            "brain",
            missing("GGUF model", config.llm.local_model()),
            "type: golem models list --kind llm",
        ),
    });
    let spoken_elsewhere = !config.tts.servers().is_empty();
    report.add(match &files.piper {
        Some(path) if spoken_elsewhere => Finding::ok("voice", format!("{}{WITHOUT}", described(path))),
        None if spoken_elsewhere => Finding::ok("voice", format!("espeak-ng{WITHOUT}")),
        Some(path) => Finding::ok("voice", described(path)),
        None if config.tts.engine == TtsEngine::Piper => {
            Finding::problem("voice", missing("Piper voice", &config.tts.voice), "type: golem models list --kind tts")
        }
        None => Finding::hint("voice", "espeak-ng; a Piper voice sounds like a person", "type: golem setup"),
    });
    report.add(match &files.nli {
        Some(path) => Finding::ok("meaning", described(path)),
        None => Finding::hint(
            "meaning",
            "no model for natural-language inference: words that match no command are not guessed at",
            "type: golem models list --kind nli",
        ),
    });
    report.add(known_commands(config));
}

/// The wake phrase and its language, which the ears have to write where they confirm it.
fn wake(config: &Config) -> Finding {
    let (wake, written) = (&config.wake, &config.asr.language);
    let phrase = wake.phrase.trim();
    if phrase.is_empty() {
        return Finding::ok("wake phrase", "none: golem always listens (wake.phrase)");
    }
    let seen = format!("\"{phrase}\", in the language {} (wake.language)", wake.language.code(phrase));
    if wake.confirm && wake.language.is_other_than(written) {
        let seen = format!("{seen}; the ears write {written} (asr.language) and may not find it in their words");
        let next = "try it: golem wake test; asr.language = \"auto\" or wake.confirm = false help";
        return Finding::hint("wake phrase", seen, next);
    }
    Finding::ok("wake phrase", seen)
}

fn speaker(config: &Config, files: &Files) -> Finding {
    if !config.speaker.checks() {
        return Finding::ok("speaker", "everybody is listened to (speaker.policy)");
    }
    match KnownVoices::open(&files.speaker, &files.voices) {
        Ok(known) => {
            let policy = config.speaker.policy;
            Finding::ok("speaker", format!("{} enrolled, speaker.policy is {policy}", known.enrolled.len()))
        }
        Err(error) => Finding::broken("speaker", &error),
    }
}

fn asr(config: &Config, files: &Files, report: &mut DoctorReport) {
    let sphinx = sphinx::usable(&files.sphinx);
    let server = !config.asr.servers().is_empty();
    report.add(match (&files.whisper, &sphinx) {
        (Some(path), _) if server => Finding::ok("ears", format!("{}{WITHOUT}", described(path))),
        (None, Ok(())) if server => Finding::ok("ears", format!("PocketSphinx{WITHOUT}")),
        (Some(path), _) if config.asr.engine != AsrEngine::Sphinx => Finding::ok("ears", described(path)),
        (None, _) if config.asr.engine == AsrEngine::Whisper => {
            Finding::problem("ears", missing("Whisper model", &config.asr.model), "type: golem models list --kind asr")
        }
        (_, Ok(())) if Language::English.has(&config.asr.language) => {
            Finding::hint("ears", "PocketSphinx; Whisper hears far better", "type: golem setup")
        }
        (_, Ok(())) => {
            let seen = format!("PocketSphinx knows English only, and asr.language is {}", config.asr.language);
            Finding::problem("ears", seen, "type: golem setup")
        }
        (_, Err(error)) => Finding::broken("ears", &error),
    });
}

fn known_commands(config: &Config) -> Finding {
    match commands(config) {
        Ok(None) => Finding::ok("commands", "off (intents.enabled)"),
        Ok(Some(commands)) => {
            let book = commands.book();
            let lacking = book.intents().intents.keys().any(|name| book.unavailable(name).is_some());
            if lacking {
                Finding::hint("commands", book.summary(), "type: golem intents check, which names what to install")
            } else {
                Finding::ok("commands", book.summary())
            }
        }
        Err(error) => Finding::broken("commands", &error),
    }
}

fn described(path: &Path) -> String {
    format!("{} ({})", path.display(), Bytes(model::size(path)))
}

fn missing(what: &str, named: &str) -> String {
    if named.is_empty() { format!("no {what} is installed") } else { format!("there is no {what} called {named}") }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Health;
    use super::*;
    use crate::config::wake::WakeConfig;
    use crate::config::wake_language::WakeLanguage;

    #[test]
    fn a_phrase_in_a_language_that_the_ears_do_not_write_is_a_hint() {
        let of = |phrase: &str, language: &str, written: &str, confirm| {
            let language = WakeLanguage::try_from(language.to_owned()).unwrap();
            let wake_config = WakeConfig { phrase: phrase.into(), language, confirm, ..WakeConfig::default() };
            let mut config = Config { wake: wake_config, ..Config::default() };
            config.asr.language = written.into();
            wake(&config)
        };
        for (phrase, language, written, confirm) in [
            ("", "de", "en", true),
            ("hey golem", "", "ru", true),
            ("hallo golem", "de", "de", true),
            ("hallo golem", "de", "auto", true),
            ("hallo golem", "de", "en", false),
        ] {
            let finding = of(phrase, language, written, confirm);
            assert_eq!(finding.verdict, Health::Ok, "{finding:?}");
        }
        let finding = of("hallo golem", "de", "en", true);
        assert_eq!(finding.verdict, Health::Hint);
        assert!(finding.seen.contains("in the language de") && finding.seen.contains("write en"), "{finding:?}");
    }
}
