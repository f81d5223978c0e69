//! Golem with published weights: what its voice says, its ears understand.

#[path = "common/place.rs"]
mod place;
#[path = "common/real.rs"]
mod real;

/// Letters and digits of words, in lower case: how a sentence is compared that was heard.
fn words(text: &str) -> Vec<String> {
    let plain = |word: &str| word.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    text.split_whitespace().map(plain).filter(|word| !word.is_empty()).collect()
}

#[test]
fn real_speech_to_text_understands_the_real_voice() {
    let Some(models) = real::models() else { return };
    let folder = tempfile::tempdir().unwrap();
    for said in ["The weather is very nice today, and the river is warm.", "Please turn off the light in the kitchen."]
    {
        let wav = folder.path().join("said.wav").display().to_string();
        let output = real::golem(&models, &["say", said, "--output", &wav]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let output = real::golem(&models, &["transcribe", "--json", &wav]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let heard: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(words(heard["text"].as_str().unwrap()), words(said), "{heard}");
    }
}

#[test]
fn what_the_script_fetched_golem_knows_and_finds_sound() {
    let Some(models) = real::models() else { return };
    let output =
        real::golem(&models, &["models", "verify", "whisper-base", "piper-en_us-joe-medium"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("ok       model.bin") && said.contains("ok       en_US-joe-medium.onnx"), "{said}");
    let output = real::golem(&models, &["models", "list", "--installed", "--json"]).output().unwrap();
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let path =
        |name: &str| list.as_array().unwrap().iter().find(|model| model["name"] == name).map(|model| &model["path"]);
    for name in ["whisper-base", "piper-en_us-joe-medium", "smollm2-135m-instruct"] {
        assert!(path(name).is_some_and(serde_json::Value::is_string), "{name}: {list:#}");
    }
}
