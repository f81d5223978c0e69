//! Ears and voice on servers with OpenAI's interface for audio: where they are, and the settings without them.

use serde::{Deserialize, Serialize};

use super::address::{ServerAddress, key_fault, leads_elsewhere, openai_base};
use super::{AsrConfig, TtsConfig};

/// What `asr.engine` and `tts.engine` say where a server hears or speaks.
pub const SERVER: &str = "openai";
/// Where a `golem serve` of this machine serves.
const GOLEM: &str = "http://127.0.0.1:8880";
/// The names of ears, of what speaks, and of a voice that each such server knows.
const USUAL: [&str; 3] = ["whisper-1", "tts-1", "alloy"];

/// A server that hears or speaks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpeechEndpoint {
    /// Its address as the settings have it; empty for a golem on this machine.
    pub url: String,
    /// What it calls the model.
    pub model: String,
    /// What it calls the voice; empty for ears.
    pub voice: String,
    /// Environment variable that holds its key; empty for none.
    pub key_env: String,
}

impl SpeechEndpoint {
    /// The address that requests begin with, without a slash at its end.
    pub fn base(&self) -> String {
        openai_base(if self.url.is_empty() { GOLEM } else { &self.url })
    }

    /// The voice or the model, and the server, for people.
    pub fn label(&self) -> String {
        let (name, url) = (if self.voice.is_empty() { &self.model } else { &self.voice }, self.base());
        format!("{name} at {}", url.strip_suffix("/v1").unwrap_or(&url))
    }

    /// Whether what is said leaves this machine.
    pub fn is_elsewhere(&self) -> bool {
        leads_elsewhere(&self.base())
    }

    /// The label, and whether what is said leaves this machine.
    pub fn described(&self) -> String {
        format!("{}{}", self.label(), if self.is_elsewhere() { ", elsewhere" } else { "" })
    }

    /// What is wrong with it, and what to write; `None` where all is well.
    fn fault(&self) -> Option<String> {
        ServerAddress::parse(&self.base()).err().or_else(|| key_fault(&self.key_env))
    }
}

fn or_usual(name: &str, usual: usize) -> String {
    let name = name.trim();
    if name.is_empty() { USUAL[usual].into() } else { name.into() }
}

impl AsrConfig {
    /// The server that hears; `None` where golem does.
    pub fn server(&self) -> Option<SpeechEndpoint> {
        (self.engine == SERVER).then(|| SpeechEndpoint {
            url: self.url.clone(),
            model: or_usual(&self.model, 0),
            voice: String::new(),
            key_env: self.key_env.clone(),
        })
    }

    /// The model among golem's own; empty for the best that is installed.
    pub fn local_model(&self) -> &str {
        if self.engine == SERVER { "" } else { &self.model }
    }

    /// These settings with golem's own ears, which hear when the server does not.
    #[must_use]
    pub fn at_home(&self) -> Self {
        if self.engine != SERVER {
            return self.clone();
        }
        Self { engine: "auto".into(), model: String::new(), url: String::new(), key_env: String::new(), ..self.clone() }
    }

    /// What is wrong with the server: the setting, and why.
    pub(super) fn server_fault(&self) -> Option<(&'static str, String)> {
        match self.server() {
            Some(server) => server.fault().map(|reason| ("asr.url", reason)),
            None => unused(&self.url, &self.key_env).map(|reason| ("asr.engine", reason)),
        }
    }
}

impl TtsConfig {
    /// The server that speaks; `None` where golem does.
    pub fn server(&self) -> Option<SpeechEndpoint> {
        (self.engine == SERVER).then(|| SpeechEndpoint {
            url: self.url.clone(),
            model: or_usual(&self.model, 1),
            voice: or_usual(&self.voice, 2),
            key_env: self.key_env.clone(),
        })
    }

    /// The voice among golem's own; empty for the best that is installed.
    pub fn local_voice(&self) -> &str {
        if self.engine == SERVER { "" } else { &self.voice }
    }

    /// These settings with golem's own voice, which speaks when the server does not.
    #[must_use]
    pub fn at_home(&self) -> Self {
        if self.engine != SERVER {
            return self.clone();
        }
        let (model, voice, url, key_env) = Default::default();
        Self { engine: "auto".into(), model, voice, url, key_env, speaker: 0, ..self.clone() }
    }

    /// What is wrong with the server: the setting, and why.
    pub(super) fn server_fault(&self) -> Option<(&'static str, String)> {
        match self.server() {
            Some(server) => server.fault().map(|reason| ("tts.url", reason)),
            None => unused(&self.url, &self.key_env).map(|reason| ("tts.engine", reason)),
        }
    }
}

/// Why a server's settings make no sense without a server.
fn unused(url: &str, key_env: &str) -> Option<String> {
    let set = [("url", url), ("key_env", key_env)].into_iter().find(|(_, value)| !value.is_empty());
    set.map(|(key, _)| {
        format!("there is a {key}, and no server is asked: write engine = \"{SERVER}\", or leave {key} out")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_a_place_and_names_that_it_knows() {
        assert_eq!((AsrConfig::default().server(), TtsConfig::default().server()), (None, None));
        let asr = AsrConfig { engine: SERVER.into(), ..AsrConfig::default() };
        let server = asr.server().unwrap();
        assert_eq!((server.base().as_str(), server.is_elsewhere()), ("http://127.0.0.1:8880/v1", false));
        assert_eq!(server.described(), "whisper-1 at http://127.0.0.1:8880");
        let tts = TtsConfig {
            engine: SERVER.into(),
            url: "https://cellar.lan:8880/".into(),
            voice: "ru_RU-irina-medium".into(),
            ..TtsConfig::default()
        };
        let server = tts.server().unwrap();
        assert_eq!((server.base().as_str(), server.model.as_str()), ("https://cellar.lan:8880/v1", "tts-1"));
        assert_eq!(server.described(), "ru_RU-irina-medium at https://cellar.lan:8880, elsewhere");
    }

    #[test]
    fn at_home_the_best_that_is_installed_works() {
        let asr =
            AsrConfig { engine: SERVER.into(), model: "large".into(), url: "http://a".into(), ..AsrConfig::default() };
        assert_eq!((asr.at_home(), asr.local_model()), (AsrConfig::default(), ""));
        let tts = TtsConfig { engine: SERVER.into(), voice: "nova".into(), speaker: 3, ..TtsConfig::default() };
        assert_eq!((tts.at_home(), tts.local_voice()), (TtsConfig::default(), ""));
        let own = AsrConfig { model: "whisper-base".into(), ..AsrConfig::default() };
        assert_eq!((own.at_home(), own.local_model()), (own.clone(), "whisper-base"));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_does() {
        let asr = |engine: &str, url: &str, key_env: &str| {
            let (engine, url, key_env) = (engine.into(), url.into(), key_env.into());
            AsrConfig { engine, url, key_env, ..AsrConfig::default() }.server_fault()
        };
        assert_eq!(asr("auto", "", "").or_else(|| asr(SERVER, "", "KEY")), None);
        assert!(asr("auto", "http://a", "").unwrap().1.contains("engine = \"openai\""));
        assert!(asr(SERVER, "a:80", "").unwrap().1.contains("http://"));
        assert!(
            asr(SERVER, "http://a/v1/audio/transcriptions", "").unwrap().1.contains("without /audio/transcriptions")
        );
        let leaked = TtsConfig { engine: SERVER.into(), key_env: "sk-1".into(), ..TtsConfig::default() };
        assert!(leaked.server_fault().unwrap().1.contains("not the key"));
    }
}
