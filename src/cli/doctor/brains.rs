//! Checks of the servers with language models: whether each can be reached, knows its model, and how soon it answers.

use std::time::{Duration, Instant};

use super::finding::{DoctorReport, Finding};
use super::speed;
use crate::config::llm_source::{LlmEngine, LlmSource};
use crate::config::{Config, LlmConfig};
use crate::engine::remote::{RemoteChat, has_model, models};
use crate::engine::{Chat, EngineError};

/// Most models that are named if the wanted one is missing.
const NAMED: usize = 6;

/// Looks at each server of the settings; unless `quick`, asks it a question.
pub fn look(config: &Config, quick: bool, report: &mut DoctorReport) {
    for server in config.llm.servers() {
        let began = Instant::now();
        let names = models(&server, Duration::from_millis(config.llm.connect_ms));
        let reached = names.is_ok();
        report.add(finding(&server, names, began.elapsed()));
        if reached && !quick {
            let mut chat = alone(&config.llm, server);
            report.add(match speed::reply(&mut chat, &config.llm) {
                Ok(seen) => Finding::ok("speed: server", seen),
                Err(error) => Finding::broken("speed: server", &error),
            });
        }
    }
}

/// A chat with this server alone.
fn alone(settings: &LlmConfig, server: LlmSource) -> RemoteChat {
    let LlmSource { engine, url, model, key_env } = server;
    let settings = LlmConfig { engine, url, model, key_env, fallback: Vec::new(), ..settings.clone() };
    let no_other = || -> Result<Box<dyn Chat>, EngineError> {
        let reason =
            "the server has not answered; golem log says why, and golem's own brain answers in its place".into();
        Err(EngineError::Failed { engine: "brain", reason })
    };
    RemoteChat::open(&settings, Box::new(no_other), Instant::now)
}

fn finding(server: &LlmSource, names: Result<Vec<String>, String>, took: Duration) -> Finding {
    let (label, ollama) = (server.label(), server.engine == LlmEngine::Ollama);
    let names = match names {
        Ok(names) => names,
        Err(reason) => {
            let next = if ollama {
                "type: ollama serve; or correct llm.url"
            } else {
                "start the server, or correct llm.url (golem help brains)"
            };
            return Finding::problem("server", format!("{label}: {reason}"), next);
        }
    };
    if has_model(&names, server) {
        let place = if server.is_elsewhere() { "elsewhere: what you say leaves this machine; " } else { "" };
        return Finding::ok("server", format!("{label}: {place}answers in {} ms", took.as_millis()));
    }
    let has = match names.as_slice() {
        [] => "none".to_owned(),
        names => names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", "),
    };
    let seen = format!("{label}: the server has no such model; it has {has}");
    if ollama {
        Finding::problem("server", seen, format!("type: ollama pull {}", server.model))
    } else {
        // Only a hint: a server of one model may accept any name for it.
        Finding::hint("server", seen, "write one of its names into llm.model")
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Health;
    use super::*;

    #[test]
    fn each_finding_says_what_to_type() {
        let ollama = LlmSource { engine: LlmEngine::Ollama, model: "qwen3".into(), ..LlmSource::default() };
        let found = |server: &LlmSource, names| finding(server, names, Duration::from_millis(7));
        let gone = found(&ollama, Err("nothing listens there".into()));
        assert_eq!(
            (gone.verdict, gone.next.as_deref()),
            (Health::Problem, Some("type: ollama serve; or correct llm.url"))
        );
        let other = found(&ollama, Ok(vec!["llama3:latest".into()]));
        assert_eq!(other.next.as_deref(), Some("type: ollama pull qwen3"));
        assert!(other.seen.ends_with("it has llama3:latest"), "{}", other.seen);
        let well = found(&ollama, Ok(vec!["qwen3:latest".into()]));
        assert_eq!(
            (well.verdict, well.seen.as_str()),
            (Health::Ok, "qwen3 at http://127.0.0.1:11434: answers in 7 ms")
        );
        let engine = LlmEngine::OpenAi;
        let far = LlmSource { engine, url: "https://a.b/v1".into(), model: "m".into(), key_env: String::new() };
        assert!(found(&far, Ok(vec!["m".into()])).seen.contains("leaves this machine"));
        assert_eq!(found(&far, Ok(Vec::new())).verdict, Health::Hint);
    }
}
