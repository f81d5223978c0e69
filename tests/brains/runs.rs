//! Runs of the whole golem program: conversations over a server, findings of the doctor, and settings.

use std::fs;

use golem::config::llm_source::LlmEngine;
use serde_json::Value;

use super::place::data;
use super::{program, well};

/// A replay.
struct Replayed {
    /// The words that golem heard, as its installed recogniser writes them.
    transcripts: Vec<String>,
    /// The replies that were heard.
    heard: Vec<String>,
    /// Everything that golem printed.
    printed: String,
}

/// A replay with these settings.
fn replayed(flags: &[&str], key: &str) -> Option<Replayed> {
    if !data().join("runtime/libpocketsphinx.so").exists() {
        println!("skipped: {} does not hold what scripts/golem installs", data().display());
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let events = folder.path().join("events.jsonl");
    let input = ["--input", "fixtures/audio/count-to-ten.wav", "--latency", "asr=200ms,llm=20ms/token,tts=0"];
    let talk = ["--set", "intents.enabled=false"];
    let output = program::golem(&[])
        .args(input)
        .args(talk)
        .args(flags)
        .arg("--events")
        .arg(&events)
        .env("BRAIN_KEY", key)
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{printed}");
    let text = fs::read_to_string(&events).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let texts = |kind: &str| {
        let events = lines.iter().filter(|event| event["type"] == kind);
        events.map(|event| event["text"].as_str().unwrap().to_owned()).collect()
    };
    Some(Replayed { transcripts: texts("transcript"), heard: texts("heard"), printed })
}

#[test]
fn a_whole_conversation_goes_to_the_server_with_its_key() {
    let up = well(LlmEngine::OpenAi);
    let url = format!("llm.url={}", up.url);
    let flags = ["--set=llm.engine=openai", "--set", &url, "--set=llm.model=m", "--set=llm.key_env=BRAIN_KEY"];
    let Some(Replayed { transcripts, heard, printed }) = replayed(&flags, "sk-of-the-test") else { return };
    assert_eq!(heard, ["Five."]);
    assert!(printed.contains(&format!("brain: m at {}", up.url)), "{printed}");
    // A pause can make golem ask with words that the end of the utterance corrects; that request is given up.
    let asked = up.all_asked();
    assert!(asked.iter().all(|asked| asked.head.contains("authorization: bearer sk-of-the-test")), "{asked:?}");
    assert!(asked.iter().any(|asked| asked.body["messages"][1]["content"] == transcripts[0]), "{asked:?}");
    assert!(!printed.contains("sk-of-the-test"));
}

#[test]
fn a_whole_conversation_goes_on_with_the_starter_brain_when_the_server_is_gone() {
    let flags = ["--set=llm.engine=ollama", "--set=llm.url=http://127.0.0.1:1", "--set=llm.model=m"];
    let Some(Replayed { heard, .. }) = replayed(&flags, "") else { return };
    assert!(heard.len() == 1 && !heard[0].contains("could not"), "{heard:?}");
}

#[test]
fn the_doctor_says_of_each_server_how_it_is_and_what_to_type() {
    let up = well(LlmEngine::Ollama);
    let url = format!("llm.url={}", up.url);
    let gone = "llm.fallback=[{ engine = \"openai\", url = \"http://127.0.0.1:1\", model = \"other\" }]";
    let flags = ["--set=llm.engine=ollama", "--set", &url, "--set=llm.model=m", "--set", gone];
    let output = program::golem(&[]).args(["doctor", "--quick", "--json"]).args(flags).output().unwrap();
    let findings: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let servers: Vec<_> = findings.iter().filter(|finding| finding["subject"] == "server").collect();
    assert_eq!(servers.len(), 2, "{findings:?}");
    assert_eq!(servers[0]["verdict"], "ok");
    assert!(
        servers[1]["seen"].as_str().unwrap().contains("other at http://127.0.0.1:1: nothing listens there"),
        "{servers:?}"
    );
    assert!(servers[1]["next"].as_str().unwrap().contains("llm.url"));
}

#[test]
fn the_settings_are_refused_with_what_to_write_and_no_secret_is_shown() {
    let check = |flags: &[&str]| {
        let output = program::golem(&[]).args(["config", "check"]).args(flags).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (well, printed) =
        check(&["--set=llm.engine=openai", "--set=llm.url=http://me:hidden@host", "--set=llm.model=m"]);
    assert!(!well && printed.contains("key_env") && !printed.contains("hidden"), "{printed}");
    let (well, printed) = check(&["--set=llm.engine=ollama"]);
    assert!(!well && printed.contains("model = \"NAME\""), "{printed}");
    let (well, printed) = check(&["--set=llm.engine=vllm"]);
    assert!(!well && printed.contains("openai"), "{printed}");
    assert!(check(&["--set=llm.engine=ollama", "--set=llm.model=m"]).0);
}
