//! The reload of settings: which of them a running golem takes over at once, and which need a new start.

use toml::{Table, Value};

use super::Config;

/// Keys and whole sections that a running golem takes over: those that only the decisions read, from the next frame on,
/// and those of the language model, which is exchanged between two turns.
const LIVE: &[&str] = &[
    "barge_in.clean_cut_ms",
    "barge_in.cut_ms",
    "barge_in.duck_frames",
    "barge_in.duck_threshold",
    "barge_in.mode",
    "barge_in.threshold",
    "barge_in.window_ms",
    "deadline",
    "intents.confirm_ms",
    "intents.dry_run",
    "intents.unfinished_ms",
    "llm",
    "speaker",
    "turn",
    "vad.release",
    "vad.start_frames",
    "vad.start_window",
    "vad.threshold",
    "wake.follow_up_ms",
];

/// The effect of new settings on a running golem.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reload {
    /// The settings to go on under.
    pub config: Config,
    /// Keys that changed and hold from now on.
    pub live: Vec<String>,
    /// Keys that changed and hold from the next start on.
    pub later: Vec<String>,
}

impl Reload {
    /// Goes from the settings `old` to `new` as far as a running golem can.
    pub fn new(old: &Config, new: &Config) -> Self {
        // Every config can be written as TOML. If one could not, nothing would change.
        let table = |config: &Config| Table::try_from(config).unwrap_or_default();
        let (mut merged, new) = (table(old), table(new));
        let (mut live, mut later) = (Vec::new(), Vec::new());
        for (section, keys) in &mut merged {
            let (Some(keys), Some(wanted)) = (keys.as_table_mut(), new.get(section).and_then(Value::as_table)) else {
                continue;
            };
            for (key, value) in keys.iter_mut() {
                let name = format!("{section}.{key}");
                let Some(wanted) = wanted.get(key).filter(|wanted| *wanted != value) else { continue };
                if LIVE.contains(&section.as_str()) || LIVE.contains(&name.as_str()) {
                    *value = wanted.clone();
                    live.push(name);
                } else {
                    later.push(name);
                }
            }
        }
        let config = merged.try_into().unwrap_or_else(|_| old.clone());
        Self { config, live, later }
    }

    /// The change in words, for people.
    pub fn told(&self) -> String {
        let now = format!("changed: {}", self.live.join(", "));
        let later = format!("start golem again for {}", self.later.join(", "));
        match (self.live.is_empty(), self.later.is_empty()) {
            (true, true) => "nothing has changed".into(),
            (false, true) => now,
            (true, false) => later,
            (false, false) => format!("{now}; {later}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::speech_engine::AsrEngine;

    #[test]
    fn what_can_change_changes_and_what_cannot_is_named() {
        let old = Config::default();
        let mut new = old.clone();
        new.turn.silence_ms = 900;
        new.llm.system_prompt = "Be brief.".into();
        new.asr.engine = AsrEngine::Sphinx;
        let reload = Reload::new(&old, &new);
        assert_eq!(reload.told(), "changed: llm.system_prompt, turn.silence_ms; start golem again for asr.engine");
        assert_eq!((reload.config.turn.silence_ms, reload.config.asr.engine), (900, AsrEngine::Auto));
        assert_eq!(Reload::new(&old, &old), Reload { config: old, ..Reload::default() });
        assert_eq!(Reload::default().told(), "nothing has changed");
    }

    #[test]
    fn every_live_key_is_a_setting() {
        let defaults = Table::try_from(Config::default()).unwrap();
        for name in LIVE {
            let (section, key) = name.split_once('.').unwrap_or((name, ""));
            let keys = defaults[section].as_table().unwrap();
            assert!(key.is_empty() || keys.contains_key(key), "{name}");
        }
    }
}
