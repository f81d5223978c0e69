//! The servers that run on this machine already, with language models, recognisers or voices: setup offers them.

use std::io::{BufRead, Write};
use std::time::Duration;

use anyhow::Result;

use super::model_use::ModelUse;
use crate::cli::ask::Asker;
use crate::config::llm_source::{LlmEngine, LlmSource};
use crate::config::speech_engine::{AsrEngine, TtsEngine};
use crate::config::speech_server::SpeechServerConfig;
use crate::config::{AsrConfig, Config, LlmConfig, TtsConfig};
use crate::engine::remote::{models, speech_models};

/// Default addresses of servers: <https://docs.ollama.com/api>, <https://lmstudio.ai/docs/app/api>, llama.cpp's
/// `tools/server/README.md` (9931 takes the place of 8080),
/// <https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html>. The speech server speaches has vLLM's port.
const USUAL: [(&str, LlmEngine, &str); 5] = [
    ("Ollama", LlmEngine::Ollama, "http://127.0.0.1:11434"),
    ("LM Studio", LlmEngine::OpenAi, "http://127.0.0.1:1234"),
    ("llama-server", LlmEngine::OpenAi, "http://127.0.0.1:8080"),
    ("llama-server", LlmEngine::OpenAi, "http://127.0.0.1:9931"),
    ("vLLM", LlmEngine::OpenAi, "http://127.0.0.1:8000"),
];
/// Longest wait for a server; on the same machine none takes longer.
const PATIENCE: Duration = Duration::from_millis(500);
/// Most language models of a server that are offered.
const OFFERED: usize = 3;
/// The models whose voices are known by name, and one that all of them have.
const KOKORO: &str = "kokoro";
const KOKORO_VOICE: &str = "af_heart";

/// The ability of a server that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunningServer {
    /// A language model: the name of the program, and the settings.
    Brain(&'static str, LlmSource),
    /// Speech recognition.
    Ears(SpeechServerConfig),
    /// Speech synthesis.
    Voice(SpeechServerConfig),
}

/// The abilities of this machine's servers, as far as the settings name no server for them.
pub fn running(config: &Config) -> Vec<RunningServer> {
    let mut found = Vec::new();
    for (name, engine, url) in USUAL {
        let server = LlmSource { engine, url: url.into(), ..LlmSource::default() };
        let names = models(&server, PATIENCE).unwrap_or_default();
        found.extend(offered(name, &server, &names, config));
    }
    found.extend(speech(config, |server| speech_models(server, PATIENCE).unwrap_or_default()));
    found
}

/// The abilities of the server that has the models `names`: its first language models, the first that hears, and the
/// first that speaks with a voice whose name is known. `program` is what it is taken for.
fn offered(program: &'static str, server: &LlmSource, names: &[String], config: &Config) -> Vec<RunningServer> {
    let of = |wanted: ModelUse| names.iter().filter(move |name| ModelUse::of(name) == wanted).cloned();
    let mut found = Vec::new();
    if config.llm.servers().is_empty() {
        let brains = of(ModelUse::Brain).take(OFFERED);
        found.extend(brains.map(|model| RunningServer::Brain(program, LlmSource { model, ..server.clone() })));
    }
    // Ollama's own interface has neither speech to text nor text to speech.
    if server.engine != LlmEngine::OpenAi {
        return found;
    }
    let serving = |model: String, voice: &str| SpeechServerConfig {
        url: server.url.clone(),
        model,
        voice: voice.into(),
        key_env: String::new(),
    };
    if config.asr.servers().is_empty() {
        found.extend(of(ModelUse::Ears).next().map(|model| RunningServer::Ears(serving(model, ""))));
    }
    if config.tts.servers().is_empty() {
        let kokoro = of(ModelUse::Voice).find(|model| model.to_lowercase().contains(KOKORO));
        found.extend(kokoro.map(|model| RunningServer::Voice(serving(model, KOKORO_VOICE))));
    }
    found
}

/// The abilities of a golem at its default address: `names` asks which models it has.
fn speech(config: &Config, names: impl Fn(&SpeechServerConfig) -> Vec<String>) -> Vec<RunningServer> {
    let asr = AsrConfig { engine: AsrEngine::OpenAi, ..AsrConfig::default() }.servers().pop();
    let tts = TtsConfig { engine: TtsEngine::OpenAi, ..TtsConfig::default() }.servers().pop();
    let wanted = [
        asr.filter(|_| config.asr.servers().is_empty()).map(RunningServer::Ears),
        tts.filter(|_| config.tts.servers().is_empty()).map(RunningServer::Voice),
    ];
    let known = |server: &SpeechServerConfig| names(server).contains(&server.model);
    wanted
        .into_iter()
        .flatten()
        .filter(|wanted| match wanted {
            RunningServer::Ears(server) | RunningServer::Voice(server) => known(server),
            RunningServer::Brain(..) => false,
        })
        .collect()
}

impl RunningServer {
    /// The server as an answer to the question.
    fn answer(&self) -> (String, Vec<String>) {
        match self {
            Self::Brain(name, brain) => {
                (format!("brain: {}", brain.label()), vec![format!("{name}, which runs on this machine")])
            }
            Self::Ears(server) => (format!("ears: {}", server.label()), vec!["a server that hears".to_owned()]),
            Self::Voice(server) => (format!("voice: {}", server.label()), vec!["a server that speaks".to_owned()]),
        }
    }

    /// The advice on what to type to use it.
    pub fn mention(&self) -> String {
        match self {
            Self::Brain(name, brain) => {
                let engine = if brain.engine == LlmEngine::Ollama { "ollama" } else { "openai" };
                let (url, model, label) = (&brain.url, &brain.model, brain.label());
                format!(
                    "{name} runs here: golem --set llm.engine={engine} --set llm.url={url} --set llm.model={model} talks to {label}"
                )
            }
            Self::Ears(server) => {
                format!("A server that hears runs here: golem {} hears with {}", flags("asr", server), server.label())
            }
            Self::Voice(server) => {
                format!("A server that speaks runs here: golem {} speaks with {}", flags("tts", server), server.label())
            }
        }
    }
}

/// The settings that name a server: none for a golem at its default address, which they mean where they are empty.
fn settings(server: SpeechServerConfig) -> SpeechServerConfig {
    if server.url.is_empty() { SpeechServerConfig::default() } else { server }
}

/// The flags that make `server` the first of a section's.
fn flags(section: &str, server: &SpeechServerConfig) -> String {
    let SpeechServerConfig { url, model, voice, .. } = settings(server.clone());
    let named = [("engine", "openai".to_owned()), ("url", url), ("model", model), ("voice", voice)];
    let set = named.iter().filter(|(_, value)| !value.is_empty());
    set.map(|(key, value)| format!("--set {section}.{key}={value}")).collect::<Vec<_>>().join(" ")
}

/// Asks which of `found` golem shall use.
///
/// # Errors
/// As [`Asker::choose`].
pub fn choose<R: BufRead, W: Write>(asker: &mut Asker<R, W>, found: &[RunningServer]) -> Result<Vec<RunningServer>> {
    let answers: Vec<_> = found.iter().map(RunningServer::answer).collect();
    let chosen = asker.choose_some(
        "Servers run here. Which shall golem use? Without them all is done in golem itself. Several can be named.",
        &answers,
    )?;
    Ok(chosen.into_iter().filter_map(|at| found.get(at).cloned()).collect())
}

/// The settings with those servers. Of several with the same ability, the first is asked first.
pub fn with(config: &Config, servers: Vec<RunningServer>) -> Config {
    let mut config = config.clone();
    for server in servers {
        match server {
            RunningServer::Brain(_, brain) if config.llm.servers().is_empty() => {
                let LlmSource { engine, url, model, key_env } = brain;
                config.llm = LlmConfig { engine, url, model, key_env, ..config.llm };
            }
            RunningServer::Brain(_, brain) => config.llm.fallback.push(brain),
            RunningServer::Ears(server) if config.asr.servers().is_empty() => {
                let SpeechServerConfig { url, model, .. } = settings(server);
                config.asr = AsrConfig { engine: AsrEngine::OpenAi, url, model, ..config.asr };
            }
            RunningServer::Ears(server) => config.asr.fallback.push(settings(server)),
            RunningServer::Voice(server) if config.tts.servers().is_empty() => {
                let SpeechServerConfig { url, model, voice, .. } = settings(server);
                config.tts = TtsConfig { engine: TtsEngine::OpenAi, url, model, voice, ..config.tts };
            }
            RunningServer::Voice(server) => config.tts.fallback.push(settings(server)),
        }
    }
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brain(model: &str) -> LlmSource {
        LlmSource { engine: LlmEngine::Ollama, url: USUAL[0].2.into(), model: model.into(), ..LlmSource::default() }
    }

    #[test]
    fn servers_are_chosen_by_their_numbers_and_golem_itself_by_enter() {
        let mut found =
            vec![RunningServer::Brain("Ollama", brain("qwen3")), RunningServer::Brain("Ollama", brain("b"))];
        found.extend(speech(&Config::default(), |_| vec!["whisper-1".into(), "tts-1".into()]));
        let choose = |typed: &str| {
            let mut shown = Vec::new();
            let chosen = choose(&mut Asker::new(typed.as_bytes(), &mut shown), &found).unwrap();
            (with(&Config::default(), chosen), String::from_utf8(shown).unwrap())
        };
        let (config, shown) = choose("\n");
        assert_eq!(config, Config::default());
        for line in [
            "1) brain: qwen3 at http://127.0.0.1:11434",
            "3) ears: whisper-1 at http://127.0.0.1:8880",
            "4) voice: alloy",
        ] {
            assert!(shown.contains(line), "{line}: {shown}");
        }
        let (config, _) = choose("2 1 3\n");
        assert_eq!(config.llm.servers(), [brain("b"), brain("qwen3")]);
        assert!(config.asr.servers().len() == 1 && config.tts.servers().is_empty());
        assert_eq!(choose("4\n").0.tts.servers().len(), 1);
        let mention = found[0].mention();
        assert!(
            mention.contains("--set llm.engine=ollama --set llm.url=http://127.0.0.1:11434 --set llm.model=qwen3"),
            "{mention}"
        );
        assert!(found[2].mention().contains("--set asr.engine=openai"));
    }

    /// What a server at vLLM's port with these models is offered as.
    fn at_8000(names: &[&str]) -> Vec<RunningServer> {
        let (engine, url) = (LlmEngine::OpenAi, "http://127.0.0.1:8000".into());
        let server = LlmSource { engine, url, ..LlmSource::default() };
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        offered("vLLM", &server, &names, &Config::default())
    }

    const SPEACHES: [&str; 4] = [
        "speaches-ai/piper-en_US-amy-low",
        "Systran/faster-whisper-small",
        "Systran/faster-distil-whisper-large-v3",
        "speaches-ai/Kokoro-82M-v1.0-ONNX",
    ];

    #[test]
    fn a_model_is_offered_for_what_its_name_says() {
        let answers = |names: &[&str]| at_8000(names).iter().map(|found| found.answer().0).collect::<Vec<_>>();
        let speech = ["ears: Systran/faster-whisper-small", "voice: af_heart"];
        assert_eq!(answers(&SPEACHES), speech.map(|answer| format!("{answer} at http://127.0.0.1:8000")));
        let others = ["nomic-embed-text:latest", "BAAI/bge-m3", "Qwen/Qwen3-8B", "b", "c", "d"];
        let mixed = [&SPEACHES[..], &others[..]].concat();
        let brains = ["brain: Qwen/Qwen3-8B", "brain: b", "brain: c"];
        assert_eq!(answers(&mixed)[..3], brains.map(|answer| format!("{answer} at http://127.0.0.1:8000")));
        assert_eq!(answers(&mixed).len(), 5);
        let ollama = LlmSource { engine: LlmEngine::Ollama, ..LlmSource::default() };
        let whisper = ["dimavz/whisper-tiny:latest".to_owned()];
        assert!(offered("Ollama", &ollama, &whisper, &Config::default()).is_empty());
    }

    #[test]
    fn a_speech_server_is_used_by_its_address_and_names() {
        let found = at_8000(&SPEACHES);
        let url = "http://127.0.0.1:8000";
        for (found, flags) in found.iter().zip([
            "--set asr.engine=openai --set asr.url=http://127.0.0.1:8000 --set asr.model=Systran/faster-whisper-small hears",
            "--set tts.model=speaches-ai/Kokoro-82M-v1.0-ONNX --set tts.voice=af_heart speaks",
        ]) {
            assert!(found.mention().contains(flags), "{}", found.mention());
        }
        let golem = speech(&Config::default(), |_| vec!["whisper-1".into(), "tts-1".into()]);
        let config = with(&Config::default(), found.into_iter().chain(golem).collect());
        let ears: Vec<_> = config.asr.servers().iter().map(SpeechServerConfig::label).collect();
        assert_eq!(
            ears.join(", "),
            format!("Systran/faster-whisper-small at {url}, whisper-1 at http://127.0.0.1:8880")
        );
        let voices: Vec<_> = config.tts.servers().iter().map(SpeechServerConfig::label).collect();
        assert_eq!(voices.join(", "), format!("af_heart at {url}, alloy at http://127.0.0.1:8880"));
        assert_eq!(config.tts.model, "speaches-ai/Kokoro-82M-v1.0-ONNX");
    }

    #[test]
    fn only_what_a_server_can_do_is_offered() {
        let offered = |models: &'static [&'static str]| {
            speech(&Config::default(), |_| models.iter().map(|&name| name.to_owned()).collect()).len()
        };
        assert_eq!((offered(&[]), offered(&["kokoro", "tts-1"]), offered(&["whisper-1", "tts-1"])), (0, 1, 2));
        let mut config = Config::default();
        config.asr.engine = AsrEngine::OpenAi;
        assert!(matches!(speech(&config, |_| vec!["whisper-1".into(), "tts-1".into()])[..], [RunningServer::Voice(_)]));
    }
}
