//! `golem models` as a person types it, against a hub on this machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use golem::bench::fetch::hub::HubFault;
use golem::bench::fetch::rig::{CONFIG, LENGTH, MODEL, PART, REPO, Rig};

const CATALOGUE: &str = r#"
[[model]]
name = "small-ears"
kind = "asr"
engine = "whisper"
languages = ["en"]
estimated_mb = 1
memory_mb = 1
licence = "MIT"
note = "hears little"
unverified = "whether it hears at all"
source = { hub = "REPO", revision = "main" }
files = [{ path = "model.bin" }, { path = "config.json" }]
"#;

/// A hub, and a person's folders with a catalogue of their own.
struct Desk {
    rig: Rig,
}

impl Desk {
    fn new() -> Self {
        let rig = Rig::new().unwrap();
        fs::write(rig.folder.path().join("catalogue.toml"), CATALOGUE.replace("REPO", REPO)).unwrap();
        fs::write(rig.folder.path().join("golem.toml"), "").unwrap();
        Self { rig }
    }

    fn folder(&self) -> &Path {
        self.rig.folder.path()
    }

    fn models(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_golem"));
        command.arg("models").args(arguments).current_dir(self.folder()).env_clear();
        command.env("GOLEM_CONFIG", self.folder().join("golem.toml")).env("HOME", self.folder());
        command.env("GOLEM_MODELS", self.folder().join("models")).env("HF_ENDPOINT", self.rig.hub.endpoint());
        command
    }

    /// Its output; it has to succeed.
    #[track_caller]
    fn says(&self, arguments: &[&str]) -> String {
        let output = self.models(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Its error; it has to fail.
    #[track_caller]
    fn refuses(&self, arguments: &[&str]) -> String {
        let output = self.models(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(!said.contains("panicked"), "{said}");
        said
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }
}

#[test]
fn a_model_is_listed_fetched_verified_found_and_removed() {
    let desk = Desk::new();
    let listed = desk.says(&["list", "--kind", "asr"]);
    assert!(listed.contains("  small-ears ") && listed.contains("not verified: whether it hears"), "{listed}");
    let fetched = desk.says(&["fetch", "small-ears"]);
    assert!(fetched.contains("--set asr.model=small-ears"), "{fetched}");
    assert!(desk.says(&["list", "--installed"]).contains("* small-ears "));
    let place = desk.says(&["path", "small-ears"]);
    assert_eq!(Path::new(place.trim()), desk.rig.place());
    assert!(desk.says(&["verify"]).contains("ok       model.bin"));
    assert!(desk.says(&["fetch", "small-ears", "--offline"]).contains("small-ears is at"));
    fs::write(desk.rig.place().join("model.bin"), vec![0; LENGTH]).unwrap();
    fs::remove_file(desk.rig.place().join("config.json")).unwrap();
    let output = desk.models(&["verify", "small-ears"]);
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("changed  model.bin") && shown.contains("missing  config.json"), "{shown}");
    assert!(String::from_utf8(output.stderr).unwrap().contains("golem models fetch small-ears"));
    desk.says(&["fetch", "small-ears"]);
    desk.says(&["verify", "small-ears"]);
    assert!(desk.says(&["remove", "small-ears"]).contains("300 kB are free again"));
    assert!(!desk.rig.place().exists());
    let gone = desk.refuses(&["remove", "small-ears"]);
    assert!(gone.contains("not installed"), "{gone}");
}

#[test]
fn a_golem_that_is_killed_leaves_nothing_half_and_its_work_is_gone_on_with() {
    let desk = Desk::new();
    desk.rig.hub.fail(MODEL, [HubFault::Stall(PART)]);
    let mut killed = desk.command(&["fetch", "small-ears"]).stderr(Stdio::null()).spawn().unwrap();
    desk.rig.hub.wait_for_stall();
    // SIGKILL: nothing can be tidied up.
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(!desk.rig.place().exists());
    let kept = usize::try_from(desk.rig.partial_bytes()).unwrap();
    desk.says(&["fetch", "small-ears"]);
    desk.says(&["verify", "small-ears"]);
    assert!(desk.rig.hub.sent() <= LENGTH + CONFIG.len() + PART - kept + CONFIG.len());
}

#[test]
fn an_unfinished_model_is_no_model_and_can_be_thrown_away() {
    let desk = Desk::new();
    desk.rig.hub.fail(MODEL, [HubFault::Status(404, None)]);
    let said = desk.refuses(&["fetch", "small-ears", "--parallel", "1"]);
    assert!(said.contains("answers 404"), "{said}");
    assert!(desk.refuses(&["path", "small-ears"]).contains("not installed"));
    assert!(desk.says(&["remove", "small-ears"]).contains("unfinished"));
}

#[test]
fn a_wrong_name_gets_the_near_ones_and_wrong_options_are_told() {
    let desk = Desk::new();
    let said = desk.refuses(&["fetch", "whisper-bse.en"]);
    assert!(said.contains("whisper-base.en") && said.contains("golem models list"), "{said}");
    assert!(desk.refuses(&["fetch", "small-ears", "--offline"]).contains("--from DIR"));
    assert!(desk.refuses(&["fetch", "small-ears", "--from", "nowhere"]).contains("not a folder"));
    assert!(desk.refuses(&["import", "nowhere"]).contains("nowhere"));
    assert_eq!(desk.rig.hub.seen().len(), 0);
}

#[test]
fn a_pager_that_is_closed_early_is_no_failure() {
    let desk = Desk::new();
    desk.says(&["fetch", "small-ears"]);
    // The first command fetches the model again.
    fs::remove_dir_all(desk.rig.place()).unwrap();
    for arguments in [&["fetch", "small-ears"][..], &["list"], &["verify"], &["path"]] {
        let mut golem = desk.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop((golem.stdout.take(), golem.stderr.take()));
        let output = golem.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_list_is_json_for_programs() {
    let desk = Desk::new();
    let list: serde_json::Value = serde_json::from_str(&desk.says(&["list", "--json"])).unwrap();
    let names: Vec<_> = list.as_array().unwrap().iter().map(|model| model["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"small-ears") && names.contains(&"silero-vad"), "{names:?}");
}

#[test]
fn own_models_are_imported_under_names_of_their_own() {
    let desk = Desk::new();
    desk.write("mine/model.bin", "weights");
    desk.write("mine/config.json", "{}");
    assert!(desk.says(&["import", "mine"]).contains("--set asr.model=mine"));
    assert!(desk.refuses(&["import", "mine"]).contains("--name"));
    desk.says(&["import", "mine", "--name", "other", "--link"]);
    let gguf = desk.write("Chat.Q4.gguf", "GGUF...");
    assert!(desk.says(&["import", gguf.to_str().unwrap()]).contains("chat.q4"));
    assert!(desk.says(&["list", "--installed"]).contains("* chat.q4 "));
    desk.says(&["remove", "mine", "other", "chat.q4"]);
    assert!(gguf.exists() && desk.folder().join("mine/model.bin").exists());
}

#[test]
fn a_whisper_checkpoint_becomes_a_model() {
    let desk = Desk::new();
    let checkpoint = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/convert/plain/checkpoint");
    if !checkpoint.is_dir() {
        println!("skipped: {} is not there", checkpoint.display());
        return;
    }
    desk.says(&["import", checkpoint.to_str().unwrap(), "--name", "tuned", "--precision", "float32"]);
    assert!(desk.folder().join("models/whisper/tuned/model.bin").is_file());
    assert!(desk.says(&["verify", "tuned"]).contains("ok       model.bin"));
}
