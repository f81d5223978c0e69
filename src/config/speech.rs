//! The servers among the settings of asr and tts: their order, and the settings without them.

use super::speech_engine::{AsrEngine, TtsEngine};
use super::speech_server::SpeechServerConfig;
use super::voice_ref::VoiceRef;
use super::{AsrConfig, TtsConfig};

/// Names that every such server knows: a speech-to-text model, a text-to-speech model, and a voice.
const USUAL: [&str; 3] = ["whisper-1", "tts-1", "alloy"];

fn or_usual(name: &str, usual: usize) -> String {
    let name = name.trim();
    if name.is_empty() { USUAL[usual].into() } else { name.into() }
}

impl AsrConfig {
    /// The servers that hear, in the order in which they are asked; none where golem does.
    pub fn servers(&self) -> Vec<SpeechServerConfig> {
        if self.engine != AsrEngine::OpenAi {
            return Vec::new();
        }
        let Self { url, model, key_env, .. } = self.clone();
        let first = SpeechServerConfig { url, model, voice: String::new(), key_env };
        let all = [first].into_iter().chain(self.fallback.iter().cloned());
        all.map(|server| SpeechServerConfig { model: or_usual(&server.model, 0), ..server }).collect()
    }

    /// The server for speech to text; `None` where golem does it itself.
    #[must_use]
    pub fn preferring(&self, label: &str) -> Option<Self> {
        let mut servers = self.servers();
        let at = servers.iter().position(|server| server.label() == label)?;
        let SpeechServerConfig { url, model, key_env, .. } = servers.remove(at);
        Some(Self { url, model, key_env, fallback: servers, ..self.clone() })
    }

    /// The model among golem's own; empty for the best that is installed.
    pub fn local_model(&self) -> &str {
        if self.engine == AsrEngine::OpenAi { "" } else { &self.model }
    }

    /// These settings with golem's own speech to text, the fallback for the server's.
    #[must_use]
    pub fn at_home(&self) -> Self {
        if self.engine != AsrEngine::OpenAi {
            return self.clone();
        }
        let (model, url, key_env, fallback) = Default::default();
        Self { engine: AsrEngine::Auto, model, url, key_env, fallback, ..self.clone() }
    }

    /// What is wrong with the servers: the setting, and why.
    pub(super) fn server_fault(&self) -> Option<(&'static str, String)> {
        if self.fallback.iter().any(|server| !server.voice.is_empty()) {
            return Some(("asr.fallback", "ears have no voice: leave voice out".into()));
        }
        let unused = || unused(&self.url, &self.key_env, &self.fallback).map(|reason| ("asr.engine", reason));
        fault(&self.servers(), ["asr.url", "asr.fallback"], unused)
    }
}

impl TtsConfig {
    /// The server for text to speech; `None` where golem does it itself.
    pub fn servers(&self) -> Vec<SpeechServerConfig> {
        if self.engine != TtsEngine::OpenAi {
            return Vec::new();
        }
        let Self { url, model, voice, key_env, .. } = self.clone();
        let all = [SpeechServerConfig { url, model, voice, key_env }].into_iter().chain(self.fallback.iter().cloned());
        let named = |server: SpeechServerConfig| {
            let (model, voice) = (or_usual(&server.model, 1), or_usual(&server.voice, 2));
            SpeechServerConfig { model, voice, ..server }
        };
        all.map(named).collect()
    }

    /// The voice among golem's own, without its speaker; empty for the best that is installed.
    pub fn local_voice(&self) -> &str {
        if self.engine == TtsEngine::OpenAi { "" } else { VoiceRef::of(&self.voice).name }
    }

    /// These settings with golem's own text to speech, the fallback for the server's.
    #[must_use]
    pub fn at_home(&self) -> Self {
        if self.engine != TtsEngine::OpenAi {
            return self.clone();
        }
        let (model, voice, url, key_env, fallback) = Default::default();
        Self { engine: TtsEngine::Auto, model, voice, url, key_env, fallback, speaker: 0, ..self.clone() }
    }

    /// What is wrong with the servers: the setting, and why.
    pub(super) fn server_fault(&self) -> Option<(&'static str, String)> {
        let unused = || unused(&self.url, &self.key_env, &self.fallback).map(|reason| ("tts.engine", reason));
        fault(&self.servers(), ["tts.url", "tts.fallback"], unused)
    }
}

/// What is wrong with servers: the setting of the first or of the others, and why; where there are none, what `unused`
/// finds.
fn fault<'a>(
    servers: &[SpeechServerConfig],
    [first, others]: [&'a str; 2],
    unused: impl FnOnce() -> Option<(&'a str, String)>,
) -> Option<(&'a str, String)> {
    if servers.is_empty() {
        return unused();
    }
    let settings = [first].into_iter().chain(std::iter::repeat(others));
    settings.zip(servers).find_map(|(setting, server)| Some((setting, server.fault()?)))
}

/// Why a server's settings make no sense without a server.
fn unused(url: &str, key_env: &str, fallback: &[SpeechServerConfig]) -> Option<String> {
    let set = [("url", url.is_empty()), ("key_env", key_env.is_empty()), ("fallback", fallback.is_empty())];
    set.into_iter().find(|(_, empty)| !empty).map(|(key, _)| {
        format!("there is a {key}, and no server is asked: write engine = \"openai\", or leave {key} out")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_a_place_and_names_that_it_knows() {
        assert!(AsrConfig::default().servers().is_empty() && TtsConfig::default().servers().is_empty());
        let asr = AsrConfig { engine: AsrEngine::OpenAi, ..AsrConfig::default() };
        let server = asr.servers().remove(0);
        assert_eq!((server.base().as_str(), server.is_elsewhere()), ("http://127.0.0.1:8880/v1", false));
        assert_eq!(server.described(), "whisper-1 at http://127.0.0.1:8880");
        let tts = TtsConfig {
            engine: TtsEngine::OpenAi,
            url: "https://cellar.lan:8880/".into(),
            voice: "ru_RU-irina-medium".into(),
            ..TtsConfig::default()
        };
        let server = tts.servers().remove(0);
        assert_eq!((server.base().as_str(), server.model.as_str()), ("https://cellar.lan:8880/v1", "tts-1"));
        assert_eq!(server.described(), "ru_RU-irina-medium at https://cellar.lan:8880, elsewhere");
    }

    #[test]
    fn servers_are_asked_in_their_order_and_each_can_be_preferred() {
        let server = |url: &str| SpeechServerConfig { url: url.into(), ..SpeechServerConfig::default() };
        let fallback = vec![server("http://b:1"), server("")];
        let asr = AsrConfig {
            engine: AsrEngine::OpenAi,
            url: "http://a:1".into(),
            fallback: fallback.clone(),
            ..AsrConfig::default()
        };
        let labels = |asr: &AsrConfig| asr.servers().iter().map(SpeechServerConfig::label).collect::<Vec<_>>();
        let here = "whisper-1 at http://127.0.0.1:8880";
        assert_eq!(labels(&asr), ["whisper-1 at http://a:1", "whisper-1 at http://b:1", here]);
        let other = asr.preferring(here).unwrap();
        assert_eq!(labels(&other), [here, "whisper-1 at http://a:1", "whisper-1 at http://b:1"]);
        assert!(asr.preferring("whisper-1").is_none() && asr.at_home().fallback.is_empty());
        let tts = TtsConfig { engine: TtsEngine::OpenAi, voice: "joe".into(), fallback, ..TtsConfig::default() };
        let labels: Vec<_> = tts.servers().iter().map(SpeechServerConfig::label).collect();
        assert_eq!(labels, ["joe at http://127.0.0.1:8880", "alloy at http://b:1", "alloy at http://127.0.0.1:8880"]);
        assert_eq!((asr.server_fault(), tts.server_fault()), (None, None));
    }

    #[test]
    fn at_home_the_best_that_is_installed_works() {
        let asr = AsrConfig {
            engine: AsrEngine::OpenAi,
            model: "large".into(),
            url: "http://a".into(),
            ..AsrConfig::default()
        };
        assert_eq!((asr.at_home(), asr.local_model()), (AsrConfig::default(), ""));
        let tts = TtsConfig { engine: TtsEngine::OpenAi, voice: "nova".into(), speaker: 3, ..TtsConfig::default() };
        assert_eq!((tts.at_home(), tts.local_voice()), (TtsConfig::default(), ""));
        let own = AsrConfig { model: "whisper-base".into(), ..AsrConfig::default() };
        assert_eq!((own.at_home(), own.local_model()), (own.clone(), "whisper-base"));
        let own = TtsConfig { voice: "en_GB-vctk-medium#p225".into(), ..TtsConfig::default() };
        assert_eq!((own.at_home(), own.local_voice()), (own.clone(), "en_GB-vctk-medium"));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_does() {
        let asr = |engine: AsrEngine, url: &str, key_env: &str| {
            let (url, key_env) = (url.into(), key_env.into());
            AsrConfig { engine, url, key_env, ..AsrConfig::default() }.server_fault()
        };
        assert_eq!(asr(AsrEngine::Auto, "", "").or_else(|| asr(AsrEngine::OpenAi, "", "KEY")), None);
        assert!(asr(AsrEngine::Auto, "http://a", "").unwrap().1.contains("engine = \"openai\""));
        assert!(asr(AsrEngine::OpenAi, "a:80", "").unwrap().1.contains("http://"));
        assert!(
            asr(AsrEngine::OpenAi, "http://a/v1/audio/transcriptions", "")
                .unwrap()
                .1
                .contains("without /audio/transcriptions")
        );
        let fallback = vec![SpeechServerConfig { url: "b:80".into(), ..SpeechServerConfig::default() }];
        let wrong = AsrConfig { engine: AsrEngine::OpenAi, fallback: fallback.clone(), ..AsrConfig::default() };
        assert!(wrong.server_fault().is_some_and(|(at, why)| at == "asr.fallback" && why.contains("http://")));
        let needless = TtsConfig { fallback, ..TtsConfig::default() };
        assert!(needless.server_fault().is_some_and(|(at, why)| at == "tts.engine" && why.contains("fallback")));
        let singing = SpeechServerConfig { voice: "joe".into(), ..SpeechServerConfig::default() };
        let wrong = AsrConfig { engine: AsrEngine::OpenAi, fallback: vec![singing], ..AsrConfig::default() };
        assert!(wrong.server_fault().unwrap().1.contains("leave voice out"));
        let leaked = TtsConfig { engine: TtsEngine::OpenAi, key_env: "sk-1".into(), ..TtsConfig::default() };
        assert!(leaked.server_fault().unwrap().1.contains("not the key"));
    }
}
