//! A running golem that answers its owner only, on a sound server of its own, with recordings of two people.

#[path = "common/live.rs"]
mod live;
#[path = "common/pulse.rs"]
mod pulse;

use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use live::{missing, place, root};
use pulse::Server;
use serde_json::Value;

/// Longest wait for anything that golem says.
const LIMIT: Duration = Duration::from_mins(1);

/// A recording of a person beside the checkout.
fn recording(name: &str) -> PathBuf {
    root().join("../shared/speech/sentences").join(name)
}

/// A sound server, the models folder with Resemblyzer, and a data folder without a voice; `None`, with a printed
/// reason, where something is missing.
fn scene() -> Option<(Server, PathBuf)> {
    let models = std::env::var_os("GOLEM_TEST_MODELS").map(PathBuf::from).unwrap_or_default();
    let weights = models.join("speaker/resemblyzer/pretrained.pt");
    let tool = Command::new("paplay").arg("--version").output().is_err().then(|| "paplay is not installed".to_owned());
    let absent = [weights, recording("3080-5032-0009.flac")].into_iter().find(|file| !file.is_file());
    if let Some(why) = missing().or(tool).or(absent.map(|file| format!("{} is not here", file.display()))) {
        println!("skipped: {why}");
        return None;
    }
    let server = Server::start(&["sink_name=speaker", "sink_name=person"])?;
    let data = server.folder().join("data");
    std::fs::create_dir_all(data.join("models")).expect("a folder that can be written to");
    let installed = place::data();
    symlink(installed.join("runtime"), data.join("runtime")).expect("a link");
    for name in ["silero", "pocketsphinx"] {
        symlink(installed.join("models").join(name), data.join("models").join(name)).expect("a link");
    }
    Some((server, models))
}

fn golem(server: &Server, models: &Path, words: &[&str]) -> Command {
    let mut command = server.client(env!("CARGO_BIN_EXE_golem"));
    command.env("GOLEM_HOME", root()).env("GOLEM_DATA", server.folder().join("data")).env("GOLEM_MODELS", models);
    command.env("GOLEM_CONFIG", server.folder().join("config.toml"));
    for name in ["XDG_CONFIG_HOME", "XDG_STATE_HOME"] {
        command.env(name, server.folder());
    }
    command.args(words).stdin(Stdio::null());
    command
}

/// Writes the settings, with this policy.
fn policy(server: &Server, policy: &str) {
    let brain = root().join("models/starter/brain.gguf");
    let text = format!(
        "[audio]\ninput = \"person.monitor\"\noutput = \"speaker\"\n[asr]\nengine = \"sphinx\"\n[tts]\nengine = \"espeak\"\n\
         [llm]\nmodel = \"{}\"\n[intents]\nenabled = false\n[speaker]\npolicy = \"{policy}\"\n",
        brain.display()
    );
    std::fs::write(server.folder().join("config.toml"), text).expect("a folder that can be written to");
}

/// A program's output, or its errors if it failed.
fn run(mut command: Command) -> Result<String, String> {
    let output = command.output().expect("it can be started");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// A golem that listens.
struct Live {
    process: Child,
    lines: Receiver<Value>,
}

impl Live {
    fn start(server: &Server, models: &Path) -> Self {
        let started = golem(server, models, &["--json"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut process = started.expect("golem can be started");
        let out = BufReader::new(process.stdout.take().expect("piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let lines = out.lines().map_while(Result::ok).filter_map(|line| serde_json::from_str(&line).ok());
            lines.take_while(|value: &Value| sender.send(value.clone()).is_ok()).for_each(drop);
        });
        let live = Self { process, lines };
        live.find("listening", |_| true);
        live
    }

    /// Waits for a line of the type `kind` that is `wanted`.
    fn find(&self, kind: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let (start, mut said) = (Instant::now(), Vec::new());
        loop {
            let left = LIMIT.saturating_sub(start.elapsed());
            let line = self.lines.recv_timeout(left).unwrap_or_else(|_| panic!("no {kind}: {said:?}"));
            if line["type"] == kind && wanted(&line) {
                return line;
            }
            said.push(line);
        }
    }

    /// Plays a recording into the microphone and waits for words in it with this outcome: `words`, or why they were
    /// ignored.
    fn hears(&self, server: &Server, name: &str, fate: &str) {
        self.lines.try_iter().for_each(drop);
        let mut player = server.client("paplay");
        player.arg("--device=person").arg(recording(name));
        run(player).expect("the sound server plays it");
        self.find("transcript", |line| {
            let words = line["text"].as_str().is_some_and(|text| !text.is_empty());
            words && line["ignored"].as_str().unwrap_or("words") == fate
        });
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_running_golem_answers_its_owner_only_until_the_settings_say_otherwise() {
    let Some((server, models)) = scene() else { return };
    policy(&server, "anyone");
    let live = Live::start(&server, &models);
    policy(&server, "owner");
    let refused = run(golem(&server, &models, &["ctl", "reload"])).expect_err("no voice is enrolled yet");
    assert!(refused.contains("golem enroll"), "{refused}");

    let files = ["3080-5032-0009.flac", "3080-5032-0005.flac"].map(|name| recording(name).display().to_string());
    run(golem(&server, &models, &["enroll", "--input", &files[0], &files[1]])).expect("a voice of half a minute");
    let changed = run(golem(&server, &models, &["ctl", "reload"])).expect("one is enrolled now");
    assert!(changed.contains("speaker.policy"), "{changed}");
    live.hears(&server, "2609-156975-0001.flac", "stranger");
    live.hears(&server, "3080-5032-0001.flac", "words");

    policy(&server, "anyone");
    run(golem(&server, &models, &["ctl", "reload"])).expect("it needs no voice");
    run(golem(&server, &models, &["ctl", "stop"])).expect("golem runs");
    live.hears(&server, "2609-156975-0001.flac", "words");
}

#[test]
fn a_golem_that_would_answer_no_one_does_not_start() {
    let Some((server, models)) = scene() else { return };
    policy(&server, "owner");
    let output = golem(&server, &models, &["--json"]).output().expect("it can be started");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(!output.status.success() && said.contains("type golem enroll"), "{said}");
}
