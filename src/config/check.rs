//! The check of settings: every fault with its key and what to write instead, not only the first one.

use std::path::Path;

use serde::Deserialize;
use strum::VariantNames;
use toml::de::DeTable;
use toml::{Table, Value};

use super::file::{ConfigError, Layer, defaults, file_layer};
use super::speech_engine::{AsrEngine, TtsEngine};
use super::{Config, address};

/// Ranges of numbers, as the sample file states them: the key, the smallest and the largest value.
const RANGES: &[(&str, f64, f64)] = &[
    ("vad.threshold", 0.0, 1.0),
    ("vad.release", 0.0, 1.0),
    ("turn.over", 0.0, 1.0),
    ("turn.patience", 0.5, 4.0),
    ("wake.threshold", 0.0, 1.0),
    ("wake.threshold_alone", 0.0, 1.0),
    ("speaker.threshold", 0.0, 1.0),
    ("barge_in.duck_level", 0.0, 1.0),
    ("barge_in.threshold", 0.0, 1.0),
    ("barge_in.duck_threshold", 0.0, 1.0),
    ("barge_in.fade_ms", 0.0, 10.0),
    ("intents.threshold", 0.0, 1.0),
    ("intents.margin", 0.0, 1.0),
    ("llm.temperature", -1.0, 5.0),
    ("llm.top_p", -1.0, 1.0),
    ("llm.repeat_guard", 0.0, 5.0),
    ("tts.speed", 0.5, 3.0),
    ("serve.sessions", 1.0, 256.0),
    ("serve.recognisers", 1.0, 16.0),
    ("serve.patience_s", 1.0, 3600.0),
    ("serve.upload_s", 1.0, 86_400.0),
    ("serve.idle_s", 1.0, 86_400.0),
    ("serve.max_upload_mb", 1.0, 4096.0),
    ("serve.max_minutes", 1.0, 1440.0),
    ("hints.max_tokens", 1.0, 4096.0),
    ("hints.kept", 0.0, 10000.0),
];
/// Accepted words of some settings: a wrong one is answered with the most similar.
const WORDS: &[(&str, &[&str])] = &[
    ("asr.engine", AsrEngine::VARIANTS),
    ("asr.compute_type", &["default", "auto", "int8", "int8_float32", "int16", "float32", "float16", "bfloat16"]),
    ("tts.engine", TtsEngine::VARIANTS),
];
/// Settings whose wrong values are not shown.
const SECRET: [&str; 6] = ["llm.url", "llm.key_env", "asr.url", "asr.key_env", "tts.url", "tts.key_env"];
/// Likeness (Jaro-Winkler, 0..=1) above which a known name is offered for an unknown one.
const LIKE: f64 = 0.7;

/// The layer of a file, and all faults of its syntax. A missing file is a fault only if it was asked for by name.
pub fn file(path: &Path, named: bool) -> (Option<Layer>, Vec<ConfigError>) {
    let error = match file_layer(path, named) {
        Ok(layer) => return (layer, Vec::new()),
        Err(error) => error,
    };
    // After a syntax fault, parse on, to report all faults of the file.
    let Some(text) = std::fs::read_to_string(path).ok().filter(|_| matches!(error, ConfigError::Syntax { .. })) else {
        return (None, vec![error]);
    };
    let told = |mut fault: toml::de::Error| {
        fault.set_input(Some(&text));
        ConfigError::Syntax { origin: path.display().to_string(), reason: fault.to_string() }
    };
    let mut faults = DeTable::parse_recoverable(&text).1;
    faults.sort_by_key(|fault| fault.span().map_or(0, |span| span.start));
    (None, faults.into_iter().map(told).collect())
}

/// The faults in the settings of `layers`, in their order.
pub fn faults(layers: &[Layer]) -> Vec<ConfigError> {
    let defaults = defaults();
    layers.iter().flat_map(|layer| of_layer(layer, &defaults)).collect()
}

/// Reports variables that look like settings but are not, such as `GOLEM_TURN_SILENSE_MS`: they have no effect.
pub fn variables(vars: impl Iterator<Item = (String, String)>) -> Vec<ConfigError> {
    let defaults = defaults();
    let mut faults = Vec::new();
    for (name, _) in vars {
        let Some(rest) = name.strip_prefix("GOLEM_").map(str::to_lowercase) else { continue };
        let of = |section: &str| rest.strip_prefix(section).and_then(|rest| rest.strip_prefix('_')).map(str::to_owned);
        let meant: Vec<_> = defaults.keys().filter_map(|section| Some((section, of(section)?))).collect();
        let known = |section: &str, key: &str| defaults[section].get(key).is_some();
        if let Some((section, key)) = meant.first().filter(|_| !meant.iter().any(|(section, key)| known(section, key)))
        {
            let key = format!("{section}.{key}");
            let hint = hint(&key, &defaults);
            faults.push(ConfigError::Unknown { origin: format!("${name}"), key, hint });
        }
    }
    faults
}

fn of_layer(layer: &Layer, defaults: &Table) -> Vec<ConfigError> {
    let unknown = |key: String| {
        let hint = hint(&key, defaults);
        ConfigError::Unknown { origin: layer.origin.clone(), key, hint }
    };
    let mut faults = Vec::new();
    for (section, value) in &layer.table {
        match (defaults.get(section), value) {
            (None, _) => faults.push(unknown(section.clone())),
            (Some(_), Value::Table(keys)) => {
                for (key, value) in keys {
                    let name = format!("{section}.{key}");
                    match defaults[section].get(key) {
                        None => faults.push(unknown(name)),
                        Some(default) => faults.extend(misfit(layer, &name, value, default, defaults)),
                    }
                }
            }
            (Some(_), _) => faults.push(ConfigError::Value {
                origin: layer.origin.clone(),
                key: section.clone(),
                value: value.to_string(),
                reason: format!("it is a section: write [{section}], and its settings on the lines below"),
            }),
        }
    }
    faults
}

/// Why `value` does not fit the setting `name`; `None` if it does.
fn misfit(layer: &Layer, name: &str, value: &Value, default: &Value, defaults: &Table) -> Option<ConfigError> {
    let (section, key) = name.split_once('.')?;
    let refused = || {
        let mut table = defaults.clone();
        table.get_mut(section)?.as_table_mut()?.insert(key.into(), value.clone());
        let error = Config::deserialize(table).err()?;
        Some(format!("{}; the default is {key} = {default}", error.message()))
    };
    let reason = misspelt(name, value).or_else(refused).or_else(|| unlikely(name, value))?;
    // Hide the value, because it may hold a key. The origin of a flag repeats the value, so it is cut at the `=`.
    let secret = SECRET.contains(&name);
    let value = if secret { "\"…\"".into() } else { value.to_string() };
    let origin = layer.origin.split('=').next().filter(|_| secret).unwrap_or(&layer.origin).to_owned();
    Some(ConfigError::Value { origin, key: name.into(), value, reason })
}

/// Why a value of the right type does not fit; `None` if it does.
fn unlikely(name: &str, value: &Value) -> Option<String> {
    #[allow(clippy::cast_precision_loss)] // a limit is a small number
    let number = value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
    if let Some((_, least, most)) = RANGES.iter().find(|(key, ..)| *key == name)
        && number.is_some_and(|number| !(*least..=*most).contains(&number))
    {
        return Some(format!("write a number from {least} to {most}"));
    }
    let text = value.as_str().unwrap_or_default();
    match name {
        "llm.url" | "asr.url" | "tts.url" => address::url_fault(text),
        "llm.key_env" | "asr.key_env" | "tts.key_env" => address::key_fault(text),
        _ => None,
    }
}

/// The accepted words of a setting whose value is another word.
fn misspelt(name: &str, value: &Value) -> Option<String> {
    let (_, words) = WORDS.iter().find(|(key, _)| *key == name)?;
    let word = value.as_str().filter(|word| !words.contains(word))?;
    let near = nearest(word, words.iter().copied()).map_or(String::new(), |near| format!("did you mean \"{near}\"? "));
    Some(format!("{near}it can be {}", words.join(", ")))
}

/// The known setting or section that `key` probably means. The same word in another section comes before a similar word
/// in its own section.
fn hint(key: &str, defaults: &Table) -> String {
    let all = || defaults.iter().filter_map(|(section, keys)| Some((section, keys.as_table()?)));
    let (section, word) = key.split_once('.').map_or(("", key), |(section, word)| (section, word));
    let elsewhere = all().find(|(_, keys)| keys.contains_key(word)).map(|(other, _)| format!("{other}.{word}"));
    let own: Vec<_> = match defaults.get(section).and_then(Value::as_table) {
        Some(keys) => keys.keys().map(|name| format!("{section}.{name}")).collect(),
        None => defaults.keys().cloned().collect(),
    };
    let near = elsewhere.or_else(|| nearest(key, own.iter().map(String::as_str)).map(str::to_owned));
    near.map_or(String::new(), |name| format!(" (did you mean \"{name}\"?)"))
}

/// The name most like `word`, if any is like it.
fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = names.map(|name| (strsim::jaro_winkler(name, word), name)).filter(|(likeness, _)| *likeness > LIKE);
    likeness.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let layer = Layer { origin: "FILE".into(), table: text.parse().unwrap() };
        faults(&[layer]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_fault_is_told_with_what_to_write() {
        let text = "silence_ms = 3\nturn = 4\n[trun]\nmax_ms = 1\n[vad]\ntreshold = 0.5\nrelease = 7\nstart_frames = \"x\"\n\
                    [asr]\nengine = \"sphynx\"\nspeed = 1\n[history]\nkeep = \"for ever\"\n[llm]\nmodel = \"mine\"\n";
        let all = told(text).join("\n");
        for wanted in [
            "FILE: there is no setting \"silence_ms\" (did you mean \"turn.silence_ms\"?)",
            "FILE: turn = 4 does not fit: it is a section: write [turn]",
            "FILE: there is no setting \"trun\" (did you mean \"turn\"?)",
            "FILE: there is no setting \"vad.treshold\" (did you mean \"vad.threshold\"?)",
            "FILE: vad.release = 7 does not fit: write a number from 0 to 1",
            "FILE: vad.start_frames = \"x\" does not fit: invalid type: string \"x\", expected usize; the default is start_frames = 3",
            "FILE: asr.engine = \"sphynx\" does not fit: did you mean \"sphinx\"? it can be auto, whisper, sphinx",
            "FILE: there is no setting \"asr.speed\" (did you mean \"tts.speed\"?)",
            "FILE: history.keep = \"for ever\" does not fit: unknown variant `for ever`, expected one of `off`, `session`, `kept`",
        ] {
            assert!(all.contains(wanted), "{wanted}\n--- is not in\n{all}");
        }
        assert_eq!(told(text).len(), 9, "{all}");
        assert_eq!(told(super::super::file::SAMPLE), [""; 0]);
    }

    #[test]
    fn every_fault_of_the_syntax_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, "[turn]\nsilence_ms = \n[vad\nthreshold = 0.5\nrelease = = 1\n").unwrap();
        let (layer, faults) = file(&path, true);
        let all = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(layer.is_none() && faults.len() >= 3, "{all}");
        for line in ["line 2", "line 3", "line 5"] {
            assert!(all.contains(line), "{line}: {all}");
        }
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(file(&path, false), (None, faults) if faults.is_empty()));
        assert!(matches!(&file(&path, true).1[..], [ConfigError::Read { .. }]));
    }

    #[test]
    fn a_variable_that_is_no_setting_is_told_when_it_looks_like_one() {
        let names =
            ["GOLEM_TURN_SILENSE_MS", "GOLEM_TURN_SILENCE_MS", "GOLEM_BARGE_IN_MODE", "GOLEM_HOME", "GOLEM_LOG"];
        let faults = variables(names.into_iter().map(|name| (name.to_owned(), String::new())));
        let all: Vec<_> = faults.iter().map(ToString::to_string).collect();
        assert!(all.len() == 1 && all[0].contains("$GOLEM_TURN_SILENSE_MS"), "{all:?}");
        assert!(all[0].contains("did you mean \"turn.silence_ms\"?"), "{all:?}");
    }

    #[test]
    fn a_language_that_no_voice_speaks_is_answered_with_the_codes() {
        let all = told("[wake]\nlanguage = \"german\"\n").join("\n");
        assert!(
            all.starts_with("FILE: wake.language = \"german\" does not fit: no voice here speaks \"german\""),
            "{all}"
        );
        assert!(all.contains(", da, de, el, ") && all.ends_with("the default is language = \"\""), "{all}");
        assert_eq!(told("[wake]\nlanguage = \"pt_BR\"\n"), [""; 0]);
    }

    #[test]
    fn every_limit_is_of_a_setting() {
        let defaults = defaults();
        let names = RANGES.iter().map(|(name, ..)| *name).chain(WORDS.iter().map(|(name, _)| *name));
        for name in names {
            let (section, key) = name.split_once('.').unwrap();
            let default = &defaults[section][key];
            assert!(misspelt(name, default).or_else(|| unlikely(name, default)).is_none(), "{name}");
        }
    }
}
