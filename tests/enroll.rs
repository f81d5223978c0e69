//! Voices as a person uses them: enrolled from recordings, compared, listed and forgotten, and distinguished in
//! conversation.

#[path = "common/place.rs"]
mod place;

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Output};

use place::{data, root};

/// A data folder with the native libraries and Silero, and a models folder.
struct Home {
    folder: tempfile::TempDir,
    models: PathBuf,
}

impl Home {
    /// `None`, with a printed reason, where set-up did not install the files that are needed.
    fn new(models: PathBuf) -> Option<Self> {
        if !data().join("runtime/libonnxruntime.so").exists() {
            println!("skipped: {} does not hold what scripts/golem installs", data().display());
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        symlink(data().join("runtime"), folder.path().join("runtime")).unwrap();
        std::fs::create_dir(folder.path().join("models")).unwrap();
        for name in ["silero", "pocketsphinx"] {
            symlink(data().join("models").join(name), folder.path().join("models").join(name)).unwrap();
        }
        Some(Self { folder, models })
    }

    fn enroll(&self, words: &[&str]) -> Output {
        self.golem(&[&["enroll"], words].concat())
    }

    fn golem(&self, words: &[&str]) -> Output {
        let mut golem = Command::new(env!("CARGO_BIN_EXE_golem"));
        golem.env_remove("GOLEM_CONFIG").env("XDG_CONFIG_HOME", self.folder.path().join("none"));
        golem.env("GOLEM_DATA", self.folder.path()).env("GOLEM_MODELS", &self.models).env("GOLEM_HOME", root());
        golem.current_dir(root().join("fixtures/audio/whisper")).args(words).output().unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A recording of a person beside the checkout; `None`, with a printed reason, where there is none.
fn recording(name: &str) -> Option<String> {
    let path = root().join("../shared/speech/sentences").join(name);
    if !path.is_file() {
        println!("skipped: {} is not here", path.display());
        return None;
    }
    Some(path.canonicalize().unwrap().display().to_string())
}

/// The outcomes of the words in recordings under a policy, with the starter pack, in order.
fn fates(home: &Home, policy: &str, recordings: &[&str]) -> Vec<String> {
    let brain = format!("llm.model={}", root().join("models/starter/brain.gguf").display());
    let policy = format!("speaker.policy={policy}");
    let settings = ["asr.engine=sphinx", "tts.engine=espeak", "intents.enabled=false", &brain, &policy];
    let mut words = vec!["--latency", "asr=200ms,llm=1ms,tts=0", "--events", "-"];
    for setting in settings {
        words.extend(["--set", setting]);
    }
    words.push("--input");
    words.extend(recordings);
    let output = home.golem(&words);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let events = text(&output.stdout);
    let events = events.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let transcripts = events.filter(|event| event["type"] == "transcript");
    transcripts.map(|event| event["ignored"].as_str().unwrap_or("words").to_owned()).collect()
}

/// The models folder with Resemblyzer, as `scripts/test` fetches it.
fn resemblyzer() -> Option<PathBuf> {
    let models = std::env::var_os("GOLEM_TEST_MODELS").map(PathBuf::from).unwrap_or_default();
    if !models.join("speaker/resemblyzer/pretrained.pt").is_file() {
        println!("skipped: no Resemblyzer in GOLEM_TEST_MODELS; scripts/test fetches it");
        return None;
    }
    Some(models)
}

#[test]
fn without_the_model_or_a_voice_golem_says_what_to_type() {
    let Some(home) = Home::new(PathBuf::from("/nowhere")) else { return };
    for (words, code, says) in [
        (&["--input", "01-flite-rms.flac"][..], 1, "golem models fetch resemblyzer"),
        (&["--list"], 0, "type golem enroll"),
        (&["--who", "01-flite-rms.flac"], 2, "type golem enroll"),
        (&["--forget", "anna"], 2, "golem enroll --list"),
        (&[""], 2, "needs a name"),
    ] {
        let output = home.enroll(words);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {error}");
        assert!(error.contains(says), "{words:?}: {error}");
    }
    assert!(!home.folder.path().join("voices.json").exists());
}

#[test]
fn a_voice_is_enrolled_recognised_listed_and_forgotten() {
    let Some(home) = resemblyzer().and_then(Home::new) else { return };
    let output = home.enroll(&["robert", "--input", "01-flite-rms.flac"]);
    assert!(!output.status.success() && text(&output.stderr).contains("20 s are needed"), "{output:?}");

    // Four sentences, four times over: more than 20 s of voice.
    let recordings = ["01-flite-rms.flac", "03-flite-rms.flac", "05-flite-rms.flac", "09-flite-rms.flac"].repeat(4);
    for replaces in [false, true] {
        let output = home.enroll(&[&["robert", "--input"][..], &recordings].concat());
        let said = text(&output.stdout);
        assert!(output.status.success() && said.contains(", in place of the one from ") == replaces, "{output:?}");
    }
    let output = home.enroll(&["--who", "13-flite-rms.flac", "21-flite-awb.flac"]);
    let lines = text(&output.stdout);
    let likeness = |line: &str| line.split_whitespace().last().unwrap().parse::<f32>().unwrap();
    let likeness: Vec<f32> = lines.lines().map(likeness).collect();
    assert!(likeness.len() == 2 && likeness[0] > likeness[1] + 0.1, "{lines}");
    assert!(text(&home.enroll(&["--list"]).stdout).starts_with("robert  "));
    assert!(home.enroll(&["--forget", "robert"]).status.success());
    assert_eq!(text(&home.enroll(&["--list"]).stdout), "");
}

#[test]
fn a_policy_without_a_voice_or_without_the_model_stops_golem_and_says_what_to_type() {
    let Some(home) = Home::new(PathBuf::from("/nowhere")) else { return };
    for setting in ["speaker.policy=owner", "speaker.policy=not-me", "speaker.consequences=true"] {
        let output = home.golem(&["--set", setting, "--set", "asr.engine=sphinx", "--input", "01-flite-rms.flac"]);
        let error = text(&output.stderr);
        assert!(!output.status.success() && error.contains("type golem enroll"), "{setting}: {error}");
    }
    let output = home.golem(&["doctor", "--quick", "--set", "speaker.policy=owner"]);
    assert!(text(&output.stdout).contains("type golem enroll"), "{}", text(&output.stdout));
    let print = [1.0_f32, 0.0];
    let voice = serde_json::json!({"name": "anna", "encoder": "resemblyzer-0.1.4", "seconds": 60, "print": print});
    let roll = serde_json::json!({"version": 1, "voices": [voice]}).to_string();
    std::fs::write(home.folder.path().join("voices.json"), roll).unwrap();
    let output = home.golem(&["doctor", "--quick", "--set", "speaker.policy=owner"]);
    assert!(text(&output.stdout).contains("golem models fetch resemblyzer"), "{}", text(&output.stdout));
}

#[test]
fn two_people_are_distinguished_in_one_conversation() {
    let Some(home) = resemblyzer().and_then(Home::new) else { return };
    let names = ["3080-5032-0009", "3080-5032-0005", "3080-5032-0001", "2609-156975-0004"];
    let files: Vec<String> = names.iter().filter_map(|name| recording(&format!("{name}.flac"))).collect();
    let [first, second, owner, stranger] = &files[..] else { return };
    let output = home.enroll(&["owner", "--input", first, second]);
    assert!(output.status.success(), "{output:?}");

    for (policy, wanted) in [("owner", ["words", "stranger"]), ("not-me", ["enrolled", "words"])] {
        let mut fates = fates(&home, policy, &[owner, stranger]);
        fates.dedup();
        assert_eq!(fates, wanted, "{policy}");
    }

    let output = home.golem(&["doctor", "--quick", "--set", "speaker.policy=owner"]);
    assert!(text(&output.stdout).contains("1 enrolled"), "{}", text(&output.stdout));
}

#[test]
fn what_the_owner_asks_needs_no_hint() {
    let Some(home) = resemblyzer().and_then(Home::new) else { return };
    // Four sentences, five times over: more than 20 s of voice.
    let recordings = ["01-flite-rms.flac", "03-flite-rms.flac", "09-flite-rms.flac", "13-flite-rms.flac"].repeat(5);
    let output = home.enroll(&[&["owner", "--input"][..], &recordings].concat());
    assert!(output.status.success(), "{output:?}");
    let questions = |recording: &str| {
        let output = home.golem(&["hints", "--json", "--set", "asr.model=whisper-base", "--input", recording]);
        assert!(output.status.success(), "{output:?}");
        let events = text(&output.stdout);
        let events = events.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        events.filter(|event| event["type"] == "question").count()
    };
    assert_eq!((questions("05-flite-rms.flac"), questions("22-espeak-en-us-nyc.flac")), (0, 1));
}
