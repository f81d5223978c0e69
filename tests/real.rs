//! Golem with published weights: its asr understands what its tts says.

#[path = "common/place.rs"]
mod place;
#[path = "common/real.rs"]
mod real;

/// Letters and digits of words, in lower case, for comparing sentences that were heard.
fn words(text: &str) -> Vec<String> {
    let plain = |word: &str| word.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    text.split_whitespace().map(plain).filter(|word| !word.is_empty()).collect()
}

/// A Piper voice adds noise of its own to each reading, by which a small Whisper mishears a word now and then: one word
/// in ten may differ, which a wrong voice, rate or model exceeds by far.
#[test]
fn real_speech_to_text_understands_the_real_voice() {
    const SENTENCES: [&str; 3] = [
        "The weather is very nice today, and the river is warm.",
        "Please turn off the light in the kitchen.",
        "My sister has bought two apples and a bottle of water.",
    ];
    let Some(models) = real::models() else { return };
    let folder = tempfile::tempdir().unwrap();
    let wav = folder.path().join("said.wav").display().to_string();
    let (mut spoken, mut wrong, mut texts) = (0, 0, Vec::new());
    for said in SENTENCES {
        let output = real::golem(&models, &["say", said, "--output", &wav]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let output = real::golem(&models, &["transcribe", "--json", &wav]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let heard: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = heard["text"].as_str().unwrap().to_owned();
        spoken += words(said).len();
        wrong += strsim::generic_levenshtein(&words(said), &words(&text));
        texts.push(text);
    }
    assert!(wrong * 10 <= spoken, "{wrong} of {spoken} words: {texts:?}");
}

/// A voice that is told of no pause before its first sound swallows it, and Whisper then hears "at sleep" and "and
/// people" each time.
#[test]
fn the_first_consonant_of_a_sentence_is_spoken() {
    let Some(models) = real::models() else { return };
    let folder = tempfile::tempdir().unwrap();
    let wav = folder.path().join("said.wav").display().to_string();
    let mut texts = Vec::new();
    for said in ["Cats sleep all day.", "Cats sleep all day.", "Ten people came.", "Ten people came."] {
        let output = real::golem(&models, &["say", said, "--output", &wav]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let output = real::golem(&models, &["transcribe", &wav]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        texts.push(String::from_utf8_lossy(&output.stdout).to_lowercase());
    }
    let whole = |text: &&String| ["cat", "10", "ten", "then"].iter().any(|word| text.starts_with(word));
    assert!(texts.iter().filter(whole).count() >= 3, "{texts:?}");
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
