//! `golem enroll` as a person types it: voices are enrolled from recordings, compared, listed and forgotten.

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
    /// `None`, which is told, where set-up did not install what is needed.
    fn new(models: PathBuf) -> Option<Self> {
        if !data().join("runtime/libonnxruntime.so").exists() {
            println!("skipped: {} does not hold what scripts/golem installs", data().display());
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        symlink(data().join("runtime"), folder.path().join("runtime")).unwrap();
        std::fs::create_dir(folder.path().join("models")).unwrap();
        symlink(data().join("models/silero"), folder.path().join("models/silero")).unwrap();
        Some(Self { folder, models })
    }

    fn enroll(&self, words: &[&str]) -> Output {
        let mut golem = Command::new(env!("CARGO_BIN_EXE_golem"));
        golem.env_remove("GOLEM_CONFIG").env("XDG_CONFIG_HOME", self.folder.path().join("none"));
        golem.env("GOLEM_DATA", self.folder.path()).env("GOLEM_MODELS", &self.models).env("GOLEM_HOME", root());
        golem.current_dir(root().join("fixtures/audio/whisper")).arg("enroll").args(words).output().unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
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
    let output = home.enroll(&[&["robert", "--input"][..], &recordings].concat());
    assert!(output.status.success(), "{output:?}");
    let output = home.enroll(&["--who", "13-flite-rms.flac", "21-flite-awb.flac"]);
    let lines = text(&output.stdout);
    let likeness = |line: &str| line.split_whitespace().last().unwrap().parse::<f32>().unwrap();
    let likeness: Vec<f32> = lines.lines().map(likeness).collect();
    assert!(likeness.len() == 2 && likeness[0] > likeness[1] + 0.1, "{lines}");
    assert!(text(&home.enroll(&["--list"]).stdout).starts_with("robert  "));
    assert!(home.enroll(&["--forget", "robert"]).status.success());
    assert_eq!(text(&home.enroll(&["--list"]).stdout), "");
}
