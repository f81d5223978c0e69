//! Checks of the speech servers: whether each can be reached, knows its model, and can say or transcribe a sentence.

use std::time::{Duration, Instant};

use super::finding::{DoctorReport, Finding};
use super::speed;
use crate::config::Config;
use crate::config::speech_server::SpeechServerConfig;
use crate::engine::registry::{self, Files};
use crate::engine::remote::asr::ServerTranscriber;
use crate::engine::remote::speech_models;
use crate::engine::remote::tts::ServerSynthesizer;
use crate::engine::{EngineError, Speech, Synthesizer, Transcriber};

/// Looks at the servers of the settings; unless `quick`, has the voice's server say a sentence and the recogniser's
/// transcribe one.
pub fn look(config: &Config, files: &Files, quick: bool, report: &mut DoctorReport) {
    let mut said = None;
    for server in config.tts.servers() {
        if !reached(&server, config.tts.connect_ms, ["voice server", "tts.url"], report) || quick {
            continue;
        }
        let mut voice = ServerSynthesizer::new(vec![server], &config.tts, Box::new(no_voice), Instant::now);
        report.add(match speed::voice(&mut voice) {
            Ok((speech, seen)) => {
                said = Some(speech);
                Finding::ok("speed: voice", format!("on the server, {seen}"))
            }
            Err(error) => Finding::broken("speed: voice", &error),
        });
    }
    for server in config.asr.servers() {
        if !reached(&server, config.asr.connect_ms, ["ears server", "asr.url"], report) || quick {
            continue;
        }
        let speech = match &said {
            Some(speech) => Ok(speech),
            None => own_voice(config, files).map(|speech| &*said.insert(speech)),
        };
        let heard = speech.and_then(|speech| {
            let mut ears = ServerTranscriber::new(vec![server], &config.asr, Box::new(no_ears), Instant::now);
            speed::hear(&mut ears, speech)
        });
        report.add(match heard {
            Ok((words, seen)) => Finding::ok("speed: ears", format!("on the server, {seen}: \"{words}\"")),
            Err(error) => Finding::broken("speed: ears", &error),
        });
    }
}

fn own_voice(config: &Config, files: &Files) -> Result<Speech, EngineError> {
    speed::voice(registry::voice(&config.tts, files)?.engine.as_mut()).map(|(speech, _)| speech)
}

fn no_voice() -> Result<Box<dyn Synthesizer>, EngineError> {
    Err(unanswered("voice"))
}

fn no_ears() -> Result<Box<dyn Transcriber>, EngineError> {
    Err(unanswered("ears"))
}

fn unanswered(engine: &'static str) -> EngineError {
    let reason = "the server has not answered; golem log says why, and golem's own works in its place".into();
    EngineError::Failed { engine, reason }
}

/// Reports whether the server can be reached.
fn reached(server: &SpeechServerConfig, connect_ms: u64, names: [&'static str; 2], report: &mut DoctorReport) -> bool {
    let began = Instant::now();
    let models = speech_models(server, Duration::from_millis(connect_ms));
    let reached = models.is_ok();
    report.add(finding(server, models, began.elapsed(), names));
    reached
}

fn finding(
    server: &SpeechServerConfig,
    models: Result<Vec<String>, String>,
    took: Duration,
    [subject, key]: [&'static str; 2],
) -> Finding {
    let label = server.label();
    match models {
        Err(reason) => {
            let next = format!("start the server (golem serve, on that machine), or correct {key} (golem help remote)");
            Finding::problem(subject, format!("{label}: {reason}"), next)
        }
        Ok(names) if names.is_empty() || names.contains(&server.model) => {
            let place = if server.is_elsewhere() { "elsewhere: what you say leaves this machine; " } else { "" };
            Finding::ok(subject, format!("{label}: {place}answers in {} ms", took.as_millis()))
        }
        // Only a hint: servers accept names that they do not list.
        Ok(names) => {
            let seen = format!("{label}: the server does not list {}; it lists {}", server.model, names.join(", "));
            let section = key.split('.').next().unwrap_or_default();
            Finding::hint(subject, seen, format!("write one of its names into {section}.model"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Health;
    use super::*;

    #[test]
    fn each_finding_says_what_to_type() {
        let server =
            SpeechServerConfig { url: "http://a.b".into(), model: "whisper-1".into(), ..SpeechServerConfig::default() };
        let found = |models| finding(&server, models, Duration::from_millis(7), ["ears server", "asr.url"]);
        let gone = found(Err("nothing listens there".into()));
        assert_eq!(gone.verdict, Health::Problem);
        assert!(gone.next.is_some_and(|next| next.contains("golem serve") && next.contains("asr.url")));
        let well = found(Ok(vec!["tts-1".into(), "whisper-1".into()]));
        assert!(well.verdict == Health::Ok && well.seen.contains("leaves this machine"), "{}", well.seen);
        let other = found(Ok(vec!["base".into()]));
        assert_eq!(
            (other.verdict, other.next.as_deref()),
            (Health::Hint, Some("write one of its names into asr.model"))
        );
    }
}
