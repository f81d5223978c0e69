//! Scripts of the repository that a test runs in a short version.

use std::process::{Command, Output};

use super::live::{missing, root};

/// Programs that the scripts are written in or call.
const TOOLS: [(&str, &str); 3] = [("python3", "--version"), ("pulseaudio", "--version"), ("pactl", "--version")];

/// Runs `scripts/NAME` on the golem under test; `None`, with a printed reason, where something that it needs is not
/// installed.
pub fn run(name: &str, words: &[&str]) -> Option<Output> {
    let absent = TOOLS.iter().find(|(tool, flag)| Command::new(tool).arg(flag).output().is_err());
    if let Some(why) = missing().or_else(|| absent.map(|(tool, _)| format!("{tool} is not installed"))) {
        println!("skipped: {why}");
        return None;
    }
    let mut command = Command::new(root().join("scripts").join(name));
    // Use the starter pack, whatever else is installed, because its times are known.
    let brain = format!("llm.model={}", root().join("models/starter/brain.gguf").display());
    command.args(["--golem", env!("CARGO_BIN_EXE_golem"), "--set", &brain]).args(words);
    command.args(["--set", "asr.engine=sphinx", "--set", "tts.engine=espeak"]);
    Some(command.env("GOLEM_HOME", root()).output().expect("the script can be started"))
}
