//! The merge of settings: defaults <- file <- environment <- flags, in one function.

use serde::Deserialize;
use toml::Value;

use super::file::{ConfigError, Layer, defaults};
use super::{Config, check};

/// Lays `layers` over the defaults, later ones on top.
///
/// # Errors
/// The first of their [`check::faults`], or the first settings that do not fit together.
pub fn merge(layers: &[Layer]) -> Result<Config, ConfigError> {
    if let Some(fault) = check::faults(layers).into_iter().next() {
        return Err(fault);
    }
    let mut merged = defaults();
    for (section, keys) in layers.iter().flat_map(|layer| &layer.table) {
        if let (Some(known), Some(keys)) = (merged.get_mut(section).and_then(Value::as_table_mut), keys.as_table()) {
            known.extend(keys.clone());
        }
    }
    // Each layer fits by itself, so only the settings together can be at fault.
    let origin = || "the settings".to_owned();
    let config = Config::deserialize(merged)
        .map_err(|error| ConfigError::Syntax { origin: origin(), reason: error.to_string() })?;
    let fault = config.llm.brain_fault().or_else(|| config.asr.server_fault()).or_else(|| config.tts.server_fault());
    match fault {
        Some((key, reason)) => Err(ConfigError::Together { origin: origin(), key, reason }),
        None => Ok(config),
    }
}

#[cfg(test)]
mod tests {
    use toml::Table;

    use super::super::file::{env_layers, flag_layer};
    use super::*;

    #[test]
    fn the_sample_file_says_the_defaults() {
        assert_eq!(merge(&[]).unwrap(), Config::default());
        let keys = |table: &Table| -> Vec<String> {
            table.iter().flat_map(|(s, v)| v.as_table().unwrap().keys().map(move |k| format!("{s}.{k}"))).collect()
        };
        assert_eq!(keys(&defaults()), keys(&Table::try_from(Config::default()).unwrap()));
    }

    #[test]
    fn later_layers_win() {
        let env = env_layers(
            [("GOLEM_TURN_SILENCE_MS".to_string(), "700".to_string()), ("PATH".into(), "/".into())].into_iter(),
        );
        assert_eq!(merge(&env).unwrap().turn.silence_ms, 700);
        let flag = flag_layer("turn.silence_ms=300").unwrap();
        let both: Vec<_> = env.into_iter().chain([flag]).collect();
        assert_eq!(merge(&both).unwrap().turn.silence_ms, 300);
        assert!((merge(&[flag_layer("llm.temperature=0").unwrap()]).unwrap().llm.temperature).abs() < 1e-9);
        assert_eq!(merge(&[flag_layer("audio.input=2").unwrap()]).unwrap().audio.input, "2");
    }

    #[test]
    fn a_server_needs_all_that_names_it() {
        let merged = |flags: &[&str]| {
            let layers: Vec<_> = flags.iter().map(|flag| flag_layer(flag).unwrap()).collect();
            merge(&layers).map_err(|error| error.to_string())
        };
        let error = merged(&["llm.engine=ollama"]).unwrap_err();
        assert!(error.contains("llm.engine") && error.contains("model = "), "{error}");
        let config = merged(&["llm.engine=ollama", "llm.model=qwen3"]).unwrap();
        assert_eq!(config.llm.servers()[0].label(), "qwen3 at http://127.0.0.1:11434");
        let second = "llm.fallback=[{ engine = \"openai\", url = \"http://box:1\", model = \"m\" }]";
        assert_eq!(merged(&["llm.engine=ollama", "llm.model=qwen3", second]).unwrap().llm.servers().len(), 2);
        assert!(merged(&["llm.fallback=[{ engine = \"openai\" }]"]).unwrap_err().contains("no url"));
        let error = merged(&["llm.url=http://me:secret@host"]).unwrap_err();
        assert!(error.contains("key_env") && !error.contains("secret"), "{error}");
        let error = merged(&["llm.key_env=sk-123"]).unwrap_err();
        assert!(error.contains("not the key") && !error.contains("123"), "{error}");
    }

    #[test]
    fn an_unknown_key_names_the_nearest() {
        let error = merge(&[flag_layer("turn.silense_ms=3").unwrap()]).unwrap_err().to_string();
        assert!(error.contains("did you mean \"turn.silence_ms\"?"), "{error}");
        let error = merge(&[flag_layer("trun.silence_ms=3").unwrap()]).unwrap_err().to_string();
        assert!(error.contains("did you mean \"turn\"?"), "{error}");
        assert!(merge(&[flag_layer("turn.silence_ms=soon").unwrap()]).is_err());
        assert!(flag_layer("silence").is_err());
    }
}
