//! The layers of settings: the sample file, the user's file, the environment and flags.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// The sample file: every key with its default and a line of explanation.
pub const SAMPLE: &str = include_str!("default.toml");

/// A fault of the settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the config {path}: {reason}; `golem config default` prints a sample")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The text is not TOML.
    #[error("{origin} is not valid TOML: {reason}")]
    Syntax {
        /// The file or flag.
        origin: String,
        /// Line and column, and what was expected.
        reason: String,
    },
    /// A key that does not exist.
    #[error("{origin}: there is no setting \"{key}\"{hint}; `golem config default` lists them all")]
    Unknown {
        /// The file, variable or flag.
        origin: String,
        /// The key as written.
        key: String,
        /// The nearest known key.
        hint: String,
    },
    /// A value of the wrong kind, or beyond what makes sense.
    #[error("{origin}: {key} = {value} does not fit: {reason}")]
    Value {
        /// The file, variable or flag.
        origin: String,
        /// The key.
        key: String,
        /// The value as TOML.
        value: String,
        /// Why, and what to write.
        reason: String,
    },
    /// Settings that do not fit together.
    #[error("{origin}: {key} does not fit: {reason}")]
    Together {
        /// Where they come from.
        origin: String,
        /// The first of them.
        key: &'static str,
        /// Why, and what to write.
        reason: String,
    },
}

/// One layer of settings above the defaults.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Where it comes from, for error messages.
    pub origin: String,
    /// Its keys.
    pub table: Table,
}

/// The folder and name of the user's own config, from `$GOLEM_CONFIG`, `$XDG_CONFIG_HOME` or `$HOME`.
pub fn default_path(env: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    if let Some(path) = env("GOLEM_CONFIG") {
        return Some(path.into());
    }
    let folder =
        env("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| Some(Path::new(&env("HOME")?).join(".config")))?;
    Some(folder.join("golem/config.toml"))
}

/// The layer of a file. A missing file is an error only when it was asked for by name.
///
/// # Errors
/// When the file cannot be read or is not TOML.
pub fn file_layer(path: &Path, named: bool) -> Result<Option<Layer>, ConfigError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => return Ok(None),
        Err(error) => return Err(ConfigError::Read { path: path.into(), reason: error.to_string() }),
    };
    let origin = path.display().to_string();
    let table =
        text.parse().map_err(|error| ConfigError::Syntax { origin: origin.clone(), reason: format!("{error}") })?;
    Ok(Some(Layer { origin, table }))
}

/// The layer of the environment: `GOLEM_ASR_ENGINE=sphinx` sets `asr.engine`. Other variables are left alone.
pub fn env_layers(vars: impl Iterator<Item = (String, String)>) -> Vec<Layer> {
    let defaults = defaults();
    let mut layers = Vec::new();
    for (name, value) in vars {
        let Some(rest) = name.strip_prefix("GOLEM_").map(str::to_lowercase) else { continue };
        for (section, keys) in &defaults {
            let key = rest.strip_prefix(section.as_str()).and_then(|rest| rest.strip_prefix('_'));
            let Some((key, keys)) = key.zip(keys.as_table()) else { continue };
            if let Some(known) = keys.get(key) {
                layers.push(Layer {
                    origin: format!("${name}"),
                    table: one(section, key, value_of(&value, Some(known))),
                });
            }
        }
    }
    layers
}

/// The layer of a flag, `section.key=value`.
///
/// # Errors
/// When it is not of that form.
pub fn flag_layer(flag: &str) -> Result<Layer, ConfigError> {
    let origin = format!("--set {flag}");
    let parts = flag.split_once('=').and_then(|(key, value)| Some((key.trim().split_once('.')?, value.trim())));
    let Some(((section, key), value)) = parts else {
        return Err(ConfigError::Syntax {
            origin,
            reason: "write section.key=value, such as asr.engine=sphinx".into(),
        });
    };
    let known = defaults().get(section).and_then(|keys| keys.get(key)).cloned();
    Ok(Layer { origin, table: one(section, key, value_of(value, known.as_ref())) })
}

/// The defaults as a table, parsed from the sample file, which states all of them.
pub(super) fn defaults() -> Table {
    SAMPLE.parse().unwrap_or_default()
}

fn one(section: &str, key: &str, value: Value) -> Table {
    Table::from_iter([(section.to_string(), Value::Table(Table::from_iter([(key.to_string(), value)])))])
}

/// A value as TOML; as a string where it is not TOML or the setting is a string.
fn value_of(text: &str, known: Option<&Value>) -> Value {
    if matches!(known, Some(Value::String(_))) {
        return Value::String(text.into());
    }
    let parsed = format!("value = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("value"));
    match (parsed, known) {
        #[allow(clippy::cast_precision_loss)]
        (Some(Value::Integer(whole)), Some(Value::Float(_))) => Value::Float(whole as f64),
        (Some(value), _) => value,
        (None, _) => Value::String(text.into()),
    }
}
