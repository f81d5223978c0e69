//! Language models on servers: the engine, the server and the model.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::address::{ServerAddress, key_fault, leads_elsewhere, openai_base};

/// The engine or interface that a language model is reached by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LlmEngine {
    /// llama.cpp, in golem's own process.
    #[default]
    Llama,
    /// A server with OpenAI's interface for chats.
    OpenAi,
    /// A server with Ollama's own interface.
    Ollama,
}

/// Ollama's default address.
const OLLAMA: &str = "http://127.0.0.1:11434";
/// How long Ollama keeps a model that has no `keep_alive`: <https://docs.ollama.com/faq>.
const OLLAMA_KEEPS: Duration = Duration::from_mins(5);

/// One of several language models.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LlmSource {
    /// The engine or interface that it is reached by.
    pub engine: LlmEngine,
    /// Address of the server; empty for that of an Ollama on this machine.
    pub url: String,
    /// What the server calls the model, or the name of a GGUF file.
    pub model: String,
    /// Environment variable that holds the server's key; empty for none.
    pub key_env: String,
}

impl LlmSource {
    /// The address, without a slash at its end. OpenAI's interface stands under a path, which is `/v1` where the
    /// setting has none.
    pub fn base(&self) -> String {
        match self.engine {
            LlmEngine::Ollama if self.url.is_empty() => OLLAMA.into(),
            LlmEngine::OpenAi => openai_base(&self.url),
            _ => self.url.trim_end_matches('/').into(),
        }
    }

    /// The model and the server, for people: the name under which the language model is offered.
    pub fn label(&self) -> String {
        let url = self.base();
        format!("{} at {}", self.model, url.strip_suffix("/v1").unwrap_or(&url))
    }

    /// Whether what is said leaves this machine.
    pub fn is_elsewhere(&self) -> bool {
        self.engine != LlmEngine::Llama && leads_elsewhere(&self.base())
    }

    /// What is wrong with it, and what to write; `None` where all is well.
    pub fn fault(&self) -> Option<String> {
        if self.engine == LlmEngine::Llama {
            let set = [("url", &self.url), ("key_env", &self.key_env)].into_iter().find(|(_, value)| !value.is_empty());
            return set.map(|(key, _)| {
                format!("engine \"llama\" has no {key}: write engine = \"openai\" or engine = \"ollama\", or leave {key} out")
            });
        }
        let url = match ServerAddress::parse(&self.base()) {
            Err(reason) => Some(reason),
            Ok(address) => {
                (self.engine == LlmEngine::Ollama && address.path.trim_end_matches('/') == "/v1").then(|| {
                    "engine \"ollama\" has an interface of its own: write the url without /v1, or engine = \"openai\""
                        .into()
                })
            }
        };
        let model = || {
            self.model.trim().is_empty().then(|| {
                "no model is named: write model = \"NAME\", a name of the server's (ollama list, or URL/models)".into()
            })
        };
        url.or_else(model).or_else(|| key_fault(&self.key_env))
    }
}

/// How long a model stays in the memory of a server after a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepAlive {
    /// For this duration.
    For(Duration),
    /// As long as the server runs.
    Always,
    /// The setting cannot be parsed.
    Unknown,
}

/// The meaning of Ollama's `keep_alive`: seconds, or a number with a unit; negative for ever.
pub fn keeps(setting: &str) -> KeepAlive {
    let setting = setting.trim();
    if setting.is_empty() {
        return KeepAlive::For(OLLAMA_KEEPS);
    }
    let (number, unit) = setting.split_at(setting.trim_end_matches(|c: char| c.is_ascii_alphabetic()).len());
    let seconds = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return KeepAlive::Unknown,
    };
    match number.parse::<i64>() {
        Err(_) => KeepAlive::Unknown,
        Ok(number) => match u64::try_from(number) {
            Ok(number) => KeepAlive::For(Duration::from_secs(number.saturating_mul(seconds))),
            Err(_) => KeepAlive::Always,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brain(engine: LlmEngine, url: &str) -> LlmSource {
        LlmSource { engine, url: url.into(), model: "qwen3".into(), key_env: String::new() }
    }

    #[test]
    fn addresses_are_completed_and_called_by_model_and_host() {
        let ollama = brain(LlmEngine::Ollama, "");
        assert_eq!((ollama.base().as_str(), ollama.is_elsewhere()), (OLLAMA, false));
        let short = brain(LlmEngine::OpenAi, "http://box.lan:8000/");
        assert_eq!((short.base().as_str(), short.is_elsewhere()), ("http://box.lan:8000/v1", true));
        assert_eq!(short.label(), "qwen3 at http://box.lan:8000");
        assert_eq!(brain(LlmEngine::OpenAi, "https://a.b/openai/v1/").base(), "https://a.b/openai/v1");
        assert!(!brain(LlmEngine::Llama, "").is_elsewhere());
    }

    #[test]
    fn only_this_machine_is_not_elsewhere() {
        for here in ["http://localhost:1", "http://127.8.0.1", "http://[::1]:80/v1", "http://a.LOCALHOST"] {
            assert!(!brain(LlmEngine::OpenAi, here).is_elsewhere(), "{here}");
        }
        for there in ["http://localhost.example.org", "http://10.0.0.1", "http://[fe80::1]", "https://127.0.0.1.nip.io"]
        {
            assert!(brain(LlmEngine::OpenAi, there).is_elsewhere(), "{there}");
        }
    }

    #[test]
    fn a_wrong_address_is_refused_with_what_to_write() {
        for (url, wanted) in [
            ("", "no url is named"),
            ("localhost:11434", "begin with http://"),
            ("ftp://host", "begin with http://"),
            ("http://me:secret@host", "key_env"),
            ("http://", "begin with http://"),
            ("http://:80", "names no host"),
            ("http://ho st", "spaces"),
            ("http://[::1", "names no host"),
            ("http://[::1]x", "port"),
            ("http://host:99999", "65535"),
            ("http://host:0", "65535"),
            ("http://host:", "65535"),
            ("http://a_b/(", "write"),
            ("http://host/v1?key=1", "before ?"),
            ("http://host/v1/chat/completions", "without /chat/completions"),
        ] {
            let fault = brain(LlmEngine::OpenAi, url).fault();
            let expected = if url == "http://a_b/(" { None } else { Some(wanted) };
            assert_eq!(
                fault.as_deref().map(|fault| fault.contains(wanted)),
                expected.map(|_| true),
                "{url}: {fault:?}"
            );
            assert!(!fault.is_some_and(|fault| fault.contains("secret")));
        }
        assert!(brain(LlmEngine::Ollama, "http://host/v1").fault().unwrap().contains("without /v1"));
        assert!(brain(LlmEngine::Llama, "http://host").fault().unwrap().contains("openai"));
        let nameless = LlmSource { model: String::new(), ..brain(LlmEngine::Ollama, "") };
        assert!(nameless.fault().unwrap().contains("model = "));
        let leaked = LlmSource { key_env: "sk-123".into(), ..brain(LlmEngine::Ollama, "") };
        assert!(leaked.fault().unwrap().contains("not the key"));
        assert_eq!(brain(LlmEngine::Ollama, "").fault(), None);
    }

    #[test]
    fn a_keep_alive_is_read_as_ollama_does() {
        assert_eq!(keeps(""), KeepAlive::For(Duration::from_mins(5)));
        assert_eq!(keeps("30m"), KeepAlive::For(Duration::from_mins(30)));
        assert_eq!(keeps("90"), KeepAlive::For(Duration::from_secs(90)));
        assert_eq!(keeps("-1"), KeepAlive::Always);
        assert_eq!(keeps("-1m"), KeepAlive::Always);
        for odd in ["soon", "m", "3d", "1h30m", "²"] {
            assert_eq!(keeps(odd), KeepAlive::Unknown, "{odd}");
        }
    }
}
