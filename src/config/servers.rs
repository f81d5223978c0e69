//! The language models on servers that the settings name, and their order.

use super::LlmConfig;
use super::llm_source::{KeepAlive, LlmEngine, LlmSource, keeps};

impl LlmConfig {
    /// The language model that the settings name first.
    pub fn first_brain(&self) -> LlmSource {
        let Self { engine, url, model, key_env, .. } = self.clone();
        LlmSource { engine, url, model, key_env }
    }

    /// The servers that are asked, in their order; none where the language model runs in golem's own process.
    pub fn servers(&self) -> Vec<LlmSource> {
        if self.engine == LlmEngine::Llama { Vec::new() } else { self.known_servers() }
    }

    /// All servers that the settings name, whether they are asked or not.
    pub fn known_servers(&self) -> Vec<LlmSource> {
        let all = [self.first_brain()].into_iter().chain(self.fallback.iter().cloned());
        all.filter(|brain| brain.engine != LlmEngine::Llama).collect()
    }

    /// The GGUF file of the language model in golem's own process; empty for the best that is installed.
    pub fn local_model(&self) -> &str {
        let last = || self.fallback.iter().find(|brain| brain.engine == LlmEngine::Llama);
        match self.engine {
            LlmEngine::Llama => &self.model,
            LlmEngine::OpenAi | LlmEngine::Ollama => last().map_or("", |brain| &brain.model),
        }
    }

    /// These settings with the server labelled `label` first and the others after it; `None` if no server has that
    /// label.
    #[must_use]
    pub fn preferring(&self, label: &str) -> Option<Self> {
        let mut servers = self.known_servers();
        let at = servers.iter().position(|server| server.label() == label)?;
        let LlmSource { engine, url, model, key_env } = servers.remove(at);
        let local = LlmSource { model: self.local_model().into(), ..LlmSource::default() };
        servers.push(local);
        Some(Self { engine, url, model, key_env, fallback: servers, ..self.clone() })
    }

    /// These settings with the GGUF file `model` as the language model; the servers stay known.
    #[must_use]
    pub fn at_home(&self, model: &str) -> Self {
        let (url, key_env) = (String::new(), String::new());
        Self {
            engine: LlmEngine::Llama,
            url,
            key_env,
            model: model.into(),
            fallback: self.known_servers(),
            ..self.clone()
        }
    }

    /// The first fault of the language models: the setting, and the reason.
    pub(super) fn brain_fault(&self) -> Option<(&'static str, String)> {
        let first = self.first_brain().fault().map(|reason| ("llm.engine", reason));
        let fallback = || self.fallback.iter().find_map(LlmSource::fault).map(|reason| ("llm.fallback", reason));
        let kept = || {
            let wrong = matches!(keeps(&self.keep_alive), KeepAlive::Unknown);
            wrong.then(|| ("llm.keep_alive", "write it as in \"30m\", \"2h\" or \"-1\", which is for ever".into()))
        };
        first.or_else(fallback).or_else(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_local_brain_is_the_last_and_each_server_can_be_preferred() {
        let config = LlmConfig {
            engine: LlmEngine::Ollama,
            model: "qwen3".into(),
            fallback: vec![
                LlmSource { model: "tiny".into(), ..LlmSource::default() },
                LlmSource {
                    engine: LlmEngine::OpenAi,
                    url: "http://box:8000".into(),
                    model: "qwen3".into(),
                    ..LlmSource::default()
                },
            ],
            ..LlmConfig::default()
        };
        let labels = |config: &LlmConfig| config.servers().iter().map(LlmSource::label).collect::<Vec<_>>();
        assert_eq!(labels(&config), ["qwen3 at http://127.0.0.1:11434", "qwen3 at http://box:8000"]);
        assert_eq!(config.local_model(), "tiny");
        let other = config.preferring("qwen3 at http://box:8000").unwrap();
        assert_eq!(labels(&other), ["qwen3 at http://box:8000", "qwen3 at http://127.0.0.1:11434"]);
        assert_eq!(other.local_model(), "tiny");
        assert!(config.preferring("qwen3").is_none());
        let home = other.at_home("small");
        assert_eq!((home.servers().len(), home.known_servers().len(), home.local_model()), (0, 2, "small"));
        assert_eq!(LlmConfig::default().brain_fault(), None);
    }
}
