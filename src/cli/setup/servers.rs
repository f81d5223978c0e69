//! The servers with language models that run on this machine already: set-up offers them as the brain.

use std::io::{BufRead, Write};
use std::time::Duration;

use anyhow::Result;

use super::Asker;
use crate::config::LlmConfig;
use crate::config::brain::{BrainConfig, BrainEngine};
use crate::engine::remote::models;

/// Where servers listen as they come: <https://docs.ollama.com/api>, <https://lmstudio.ai/docs/app/api>, llama.cpp's
/// `tools/server/README.md`, <https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html>.
const USUAL: [(&str, BrainEngine, &str); 4] = [
    ("Ollama", BrainEngine::Ollama, "http://127.0.0.1:11434"),
    ("LM Studio", BrainEngine::OpenAi, "http://127.0.0.1:1234"),
    ("llama-server", BrainEngine::OpenAi, "http://127.0.0.1:8080"),
    ("vLLM", BrainEngine::OpenAi, "http://127.0.0.1:8000"),
];
/// Longest wait for one of them; on one's own machine nothing takes longer.
const PATIENCE: Duration = Duration::from_millis(500);
/// Models of a server that are offered.
const OFFERED: usize = 3;

/// The models that servers of this machine have ready, with the servers' names.
pub fn running() -> Vec<(&'static str, BrainConfig)> {
    let mut found = Vec::new();
    for (name, engine, url) in USUAL {
        let server = BrainConfig { engine, url: url.into(), ..BrainConfig::default() };
        let names = models(&server, PATIENCE).unwrap_or_default();
        found.extend(names.into_iter().take(OFFERED).map(|model| (name, BrainConfig { model, ..server.clone() })));
    }
    found
}

/// Asks which of `found` is to be the brain; `None` where it is golem's own.
///
/// # Errors
/// As [`Asker::choose`].
pub fn choose<R: BufRead, W: Write>(
    asker: &mut Asker<R, W>,
    found: &[(&'static str, BrainConfig)],
) -> Result<Option<BrainConfig>> {
    let own = ("golem's own".to_owned(), vec!["in golem itself: nothing else has to run".to_owned()]);
    let servers =
        found.iter().map(|(name, brain)| (brain.label(), vec![format!("{name}, which runs on this machine")]));
    let answers: Vec<_> = [own].into_iter().chain(servers).collect();
    let chosen = asker.choose("Servers with language models run here. Which brain shall answer?", &answers, 0)?;
    Ok(chosen.checked_sub(1).and_then(|at| found.get(at)).map(|(_, brain)| brain.clone()))
}

/// What to type to use a server that was found.
pub fn mention(name: &str, brain: &BrainConfig) -> String {
    let engine = if brain.engine == BrainEngine::Ollama { "ollama" } else { "openai" };
    let url = &brain.url;
    let label = brain.label();
    format!(
        "{name} runs here: golem --set llm.engine={engine} --set llm.url={url} --set llm.model={} talks to {label}",
        brain.model
    )
}

/// The settings with that server as the brain.
pub fn with(settings: &LlmConfig, brain: BrainConfig) -> LlmConfig {
    let BrainConfig { engine, url, model, key_env } = brain;
    LlmConfig { engine, url, model, key_env, ..settings.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_chosen_by_its_number_and_golems_own_brain_by_enter() {
        let brain = BrainConfig {
            engine: BrainEngine::Ollama,
            url: USUAL[0].2.into(),
            model: "qwen3".into(),
            ..BrainConfig::default()
        };
        let found = [("Ollama", brain.clone())];
        let choose = |typed: &str| {
            let mut shown = Vec::new();
            let chosen = choose(&mut Asker::new(typed.as_bytes(), &mut shown), &found).unwrap();
            (chosen, String::from_utf8(shown).unwrap())
        };
        assert_eq!(choose("\n").0, None);
        let (chosen, shown) = choose("2\n");
        assert!(shown.contains("qwen3 at http://127.0.0.1:11434"), "{shown}");
        let settings = with(&LlmConfig::default(), chosen.unwrap());
        assert_eq!(settings.servers(), std::slice::from_ref(&brain));
        let mention = mention("Ollama", &brain);
        assert!(
            mention.contains("--set llm.engine=ollama --set llm.url=http://127.0.0.1:11434 --set llm.model=qwen3"),
            "{mention}"
        );
    }
}
