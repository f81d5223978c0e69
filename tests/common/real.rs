//! Published weights, for tests that judge what golem hears, answers and says, and not its wiring alone.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::place::{data, root};

/// The models folder with Whisper base, Piper joe and SmolLM2, as `scripts/test` fetches and names it; `None`, with a
/// printed reason, where it is missing or lacks one of them.
pub fn models() -> Option<PathBuf> {
    const FILES: [&str; 3] = [
        "whisper/whisper-base/model.bin",
        "piper/piper-en_us-joe-medium/en_US-joe-medium.onnx",
        "llm/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf",
    ];
    let Some(folder) = std::env::var_os("GOLEM_TEST_MODELS").filter(|value| !value.is_empty()).map(PathBuf::from)
    else {
        println!("skipped: no published weights; scripts/test fetches them and names them in GOLEM_TEST_MODELS");
        return None;
    };
    if let Some(file) = FILES.iter().find(|file| !folder.join(file).is_file()) {
        println!("skipped: {} has no {file}", folder.display());
        return None;
    }
    let runtime = data().join("runtime/libonnxruntime.so");
    if !runtime.exists() {
        println!("skipped: {} is not installed", runtime.display());
        return None;
    }
    Some(folder)
}

/// Golem with these weights, and with default settings.
pub fn golem(models: &Path, words: &[&str]) -> Command {
    let mut golem = Command::new(env!("CARGO_BIN_EXE_golem"));
    golem.env_remove("GOLEM_CONFIG").env("XDG_CONFIG_HOME", models.join("no-settings"));
    golem.env("GOLEM_DATA", data()).env("GOLEM_MODELS", models).env("GOLEM_HOME", root()).args(words);
    golem.args(["--set", "asr.model=whisper-base", "--set", "asr.engine=whisper", "--set", "asr.language=en"]);
    golem.args(["--set", "tts.voice=en_US-joe-medium", "--set", "tts.engine=piper"]);
    golem.args(["--set", "llm.model=smollm2-135m-instruct"]);
    golem
}
