//! The sample file with a user's own settings in it: every comment stays where it is.

use toml::{Table, Value};

use super::Config;
use super::file::SAMPLE;

/// Settings as `section.key` and value, in the order of `table`.
pub fn flat(table: &Table) -> Vec<(String, Value)> {
    let sections = table.iter().filter_map(|(section, keys)| Some((section, keys.as_table()?)));
    sections
        .flat_map(|(section, keys)| keys.iter().map(move |(key, value)| (format!("{section}.{key}"), value.clone())))
        .collect()
}

/// The settings of `config` that differ from the defaults.
pub fn changes(config: &Config) -> Vec<(String, Value)> {
    let table = |config: &Config| Table::try_from(config).map(|table| flat(&table)).unwrap_or_default();
    let defaults = table(&Config::default());
    table(config).into_iter().filter(|setting| !defaults.contains(setting)).collect()
}

/// The sample file, headed by `title` (one line), with `changes` in place of the defaults they change. If a setting is
/// changed twice, the last change counts. Settings that the sample does not have are left out.
pub fn with(title: &str, changes: &[(String, Value)]) -> String {
    let mut text = format!("# {title}\n");
    let mut section = "";
    let mut lines = SAMPLE.lines().skip(1);
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
        }
        let own = line.split_once(" = ").and_then(|(key, default)| {
            let name = format!("{section}.{key}");
            let (_, value) = changes.iter().rev().find(|(change, _)| *change == name)?;
            Some((key, default, value))
        });
        let Some((key, default, value)) = own else {
            text.extend([line, "\n"]);
            continue;
        };
        text.extend([key, " = ", &value.to_string(), "\n"]);
        // Skip the rest of a default that is a list over several lines: its bracket stands alone.
        if default == "[" {
            lines.by_ref().find(|line| *line == "]");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::file::{Layer, flag_layer};
    use super::super::merge::merge;
    use super::*;

    fn written(changes: &[(&str, Value)]) -> String {
        let changes: Vec<_> = changes.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        with("A title.", &changes)
    }

    #[test]
    fn changes_are_in_force_and_comments_stay() {
        let phrases = Value::Array(vec!["basta".into(), "it's \"enough\"".into()]);
        let changes = [
            ("asr.model", Value::from("whisper-base")),
            ("turn.stop_phrases", phrases.clone()),
            ("turn.silence_ms", Value::from(700)),
            ("tts.speed", Value::from(1.5)),
            ("asr.model", Value::from("whisper-small")),
        ];
        let text = written(&changes);
        let config = merge(&[Layer { origin: "written".into(), table: text.parse().unwrap() }]).unwrap();
        assert_eq!(config.asr.model, "whisper-small");
        assert_eq!(config.turn.stop_phrases, ["basta", "it's \"enough\""]);
        assert_eq!(config.turn.silence_ms, 700);
        assert!((config.tts.speed - 1.5).abs() < 1e-6);
        let comments = |text: &str| text.lines().filter(|line| line.starts_with('#')).count();
        assert_eq!(comments(&text), comments(SAMPLE));
    }

    #[test]
    fn every_setting_can_be_changed() {
        let defaults: Table = SAMPLE.parse().unwrap();
        for (name, value) in flat(&defaults) {
            let text = written(&[(&name, value)]);
            assert_eq!(text.parse::<Table>().unwrap(), defaults, "{name}");
        }
        let other = flag_layer("llm.max_tokens=7").unwrap().table;
        assert_eq!(flat(&other), [("llm.max_tokens".to_owned(), Value::from(7))]);
    }
}
