//! The exchange of asr and llm in a running golem, by request and by itself, on a sound server of its own.

#[path = "common/live.rs"]
mod live;
#[path = "common/pulse.rs"]
mod pulse;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use live::{missing, root};
use pulse::Server;
use serde_json::Value;

/// Longest wait for anything that golem says.
const LIMIT: Duration = Duration::from_mins(1);

/// A running golem with a models folder of its own, and what it has said.
struct Live<'a> {
    server: &'a Server,
    process: Child,
    lines: Receiver<Value>,
    said: Vec<Value>,
}

fn models(server: &Server) -> PathBuf {
    server.folder().join("models")
}

fn golem(server: &Server) -> Command {
    let mut command = server.client(env!("CARGO_BIN_EXE_golem"));
    for setting in ["audio.input=person.monitor", "audio.output=speaker", "tts.engine=espeak", "llm.temperature=0"] {
        command.args(["--set", setting]);
    }
    command.env("GOLEM_HOME", env!("CARGO_MANIFEST_DIR")).env("GOLEM_MODELS", models(server));
    for name in ["XDG_CONFIG_HOME", "XDG_STATE_HOME"] {
        command.env(name, server.folder());
    }
    command
}

impl<'a> Live<'a> {
    /// Starts golem and waits until it listens.
    fn start(server: &'a Server, settings: &[&str]) -> Self {
        let mut command = golem(server);
        for setting in settings {
            command.args(["--set", setting]);
        }
        let piped = command.arg("--json").stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut process = piped.expect("golem can be started");
        let out = BufReader::new(process.stdout.take().expect("piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let told = out.lines().map_while(Result::ok).filter_map(|line| serde_json::from_str(&line).ok());
            told.take_while(|value: &Value| sender.send(value.clone()).is_ok()).for_each(drop);
        });
        let mut live = Self { server, process, lines, said: Vec::new() };
        live.find("listening", |_| true);
        live
    }

    /// Waits for a line of the type `kind` that is `wanted`.
    fn find(&mut self, kind: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let left = LIMIT.saturating_sub(start.elapsed());
            let line = self.lines.recv_timeout(left).unwrap_or_else(|_| panic!("no {kind}: {:?}", self.said));
            self.said.push(line.clone());
            if line["type"] == kind && wanted(&line) {
                return line;
            }
        }
    }

    fn notice(&mut self, begin: &str) -> String {
        let line = self.find("notice", |line| line["text"].as_str().is_some_and(|text| text.starts_with(begin)));
        line["text"].as_str().unwrap_or_default().to_owned()
    }

    fn ctl(&self, words: &[&str]) -> Result<String, String> {
        let output = self.server.client(env!("CARGO_BIN_EXE_golem")).arg("ctl").args(words).output();
        let output = output.expect("golem can be started");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    fn answered(&mut self) {
        self.ctl(&["ask", "What is the opposite of thin?"]).expect("it takes questions");
        self.find("heard", |line| line["interrupted"] == false);
    }
}

impl Drop for Live<'_> {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A sound server with both sinks, and an empty models folder; `None`, with a printed reason, where something is
/// missing.
fn server() -> Option<Server> {
    if let Some(why) = missing() {
        println!("skipped: {why}");
        return None;
    }
    let server = Server::start(&["sink_name=speaker", "sink_name=person"])?;
    std::fs::create_dir_all(models(&server).join("llm")).expect("a folder that can be written to");
    Some(server)
}

/// Puts a model into place as a fetch does: whole, by one rename.
fn install(server: &Server, bytes: &[u8], name: &str) {
    let partial = server.folder().join("partial");
    std::fs::write(&partial, bytes).expect("a folder that can be written to");
    std::fs::rename(partial, models(server).join("llm").join(name)).expect("the same file system");
}

fn starter() -> Vec<u8> {
    std::fs::read(root().join("models/starter/brain.gguf")).expect("the starter pack")
}

fn dropped(live: &Live) -> Value {
    let status: Value = serde_json::from_str(&live.ctl(&["status", "--json"]).expect("a status")).expect("JSON");
    status["dropped"].clone()
}

#[test]
fn recogniser_and_language_model_are_exchanged_by_name_and_what_is_spoiled_changes_nothing() {
    let Some(server) = server() else { return };
    let whole = starter();
    install(&server, &whole, "other.gguf");
    install(&server, &whole[..whole.len() / 2], "spoiled.gguf");
    let brain = format!("llm.model={}", Path::new(&root()).join("models/starter/brain.gguf").display());
    let mut live = Live::start(&server, &["asr.engine=sphinx", &brain]);
    let told = live.ctl(&["switch", "brain", "spoiled"]).expect_err("half a model is none");
    assert!(told.contains("brain not changed"), "{told}");
    live.answered();
    let told = live.ctl(&["switch", "brain", "other"]).expect("it is there");
    assert!(told.starts_with("brain: llama.cpp"), "{told}");
    live.answered();
    let told = live.ctl(&["switch", "ears", "en-us"]).expect("they come with golem");
    assert!(told.starts_with("ears: "), "{told}");
    for part in ["ears", "brain"] {
        let told = live.ctl(&["switch", part, "harp"]).expect_err("there is none");
        assert!(told.contains(&format!("{part} not changed")) && told.contains("golem ctl offers"), "{told}");
    }
    let offers: Vec<Value> = serde_json::from_str(&live.ctl(&["offers", "--json"]).expect("a list")).expect("JSON");
    let current = |part: &str| {
        let offers = offers.iter().filter(|offer| offer["part"] == part && offer["current"] == true);
        offers.map(|offer| offer["name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((current("brain"), current("ears")), (vec!["other".into()], vec!["en-us".into()]), "{offers:?}");
    assert_eq!(dropped(&live), 0);
}

#[test]
fn a_better_language_model_is_taken_up_when_it_is_whole_and_a_spoiled_one_is_reported() {
    let Some(server) = server() else { return };
    let mut live = Live::start(&server, &["asr.engine=sphinx"]);
    let whole = starter();
    install(&server, &whole[..whole.len() / 2], "spoiled.gguf");
    let told = live.notice("brain not changed");
    assert!(told.contains("spoiled.gguf"), "{told}");
    live.answered();
    // Golem takes this model for the better one, because it is larger than the spoiled one.
    install(&server, &whole, "better.gguf");
    live.notice("brain: llama.cpp");
    live.answered();
    assert_eq!(dropped(&live), 0);
}
