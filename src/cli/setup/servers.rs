//! The servers that run on this machine already, with language models, recognisers or voices: setup offers them.

use std::io::{BufRead, Write};
use std::time::Duration;

use anyhow::Result;

use crate::cli::ask::Asker;
use crate::config::llm_source::{LlmEngine, LlmSource};
use crate::config::speech_engine::{AsrEngine, TtsEngine};
use crate::config::speech_server::SpeechServerConfig;
use crate::config::{AsrConfig, Config, LlmConfig, TtsConfig};
use crate::engine::remote::{models, speech_models};

/// Default addresses of servers: <https://docs.ollama.com/api>, <https://lmstudio.ai/docs/app/api>, llama.cpp's
/// `tools/server/README.md`, <https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html>.
const USUAL: [(&str, LlmEngine, &str); 4] = [
    ("Ollama", LlmEngine::Ollama, "http://127.0.0.1:11434"),
    ("LM Studio", LlmEngine::OpenAi, "http://127.0.0.1:1234"),
    ("llama-server", LlmEngine::OpenAi, "http://127.0.0.1:8080"),
    ("vLLM", LlmEngine::OpenAi, "http://127.0.0.1:8000"),
];
/// Longest wait for a server; on the same machine none takes longer.
const PATIENCE: Duration = Duration::from_millis(500);
/// Most models of a server that are offered.
const OFFERED: usize = 3;

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
    for (name, engine, url) in USUAL.iter().filter(|_| config.llm.servers().is_empty()) {
        let server = LlmSource { engine: *engine, url: (*url).into(), ..LlmSource::default() };
        let names = models(&server, PATIENCE).unwrap_or_default().into_iter().take(OFFERED);
        found.extend(names.map(|model| RunningServer::Brain(name, LlmSource { model, ..server.clone() })));
    }
    found.extend(speech(config, |server| speech_models(server, PATIENCE).unwrap_or_default()));
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
                format!("A server that hears runs here: golem --set asr.engine=openai hears with {}", server.label())
            }
            Self::Voice(server) => {
                format!("A server that speaks runs here: golem --set tts.engine=openai speaks with {}", server.label())
            }
        }
    }
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

/// The settings with those servers. The first of several language models is asked first.
pub fn with(config: &Config, servers: Vec<RunningServer>) -> Config {
    let mut config = config.clone();
    for server in servers {
        match server {
            RunningServer::Brain(_, brain) if config.llm.servers().is_empty() => {
                let LlmSource { engine, url, model, key_env } = brain;
                config.llm = LlmConfig { engine, url, model, key_env, ..config.llm };
            }
            RunningServer::Brain(_, brain) => config.llm.fallback.push(brain),
            RunningServer::Ears(_) => {
                config.asr = AsrConfig { engine: AsrEngine::OpenAi, model: String::new(), ..config.asr }
            }
            RunningServer::Voice(_) => {
                config.tts = TtsConfig { engine: TtsEngine::OpenAi, voice: String::new(), ..config.tts }
            }
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
