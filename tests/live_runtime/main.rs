//! Live conversations with the golem program itself on devices of a real sound server.
//!
//! Golem captures the monitor of the sink `person`, into which the tests play a voice, and speaks into the sink
//! `speaker`, whose monitor the tests record. Nothing sleeps: each step waits for a line that golem prints or for a
//! child process to end.

#[path = "../common/live.rs"]
mod live;
#[path = "../common/pulse.rs"]
mod pulse;

mod devices;
mod interruptions;
mod tape;

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use live::{missing, root};
use pulse::Server;
use serde_json::Value;

const PERSON: &str = "sink_name=person rate=44100 channels=2 sink_properties=device.description=Person";
const SPEAKER: &str = "sink_name=speaker rate=44100 channels=2 sink_properties=device.description=Speaker";
const OTHER: &str = "sink_name=other rate=48000 channels=1 sink_properties=device.description=Other";
/// Longest wait for anything that golem says.
const LIMIT: Duration = Duration::from_mins(1);
/// Longest time from a signal to the end of the process.
const ENDING: Duration = Duration::from_secs(1);
/// Rate of the recording.
const RATE: usize = 16_000;
/// From which sample on a recording sounds, rather than fades.
const LOUD: u16 = 32;

fn starter_llm() -> PathBuf {
    root().join("models/starter/brain.gguf")
}

/// A sound server with both sinks; `None`, with a printed reason, where something is missing.
fn server() -> Option<Server> {
    let tool = ["paplay", "parec"].into_iter().find(|tool| Command::new(tool).arg("--version").output().is_err());
    if let Some(why) = missing().or_else(|| tool.map(|tool| format!("{tool} is not installed"))) {
        println!("skipped: {why}");
        return None;
    }
    Server::start(&[SPEAKER, PERSON])
}

/// The golem program with settings that make its behaviour the same on every machine, in a process group of its own.
/// It speaks slowly, so that every reply is long enough to be interrupted.
fn golem(server: &Server) -> Command {
    let mut command = server.client(env!("CARGO_BIN_EXE_golem"));
    let llm = format!("llm.model={}", starter_llm().display());
    for setting in
        ["audio.input=person.monitor", "audio.output=speaker", "asr.engine=sphinx", "tts.engine=espeak", &llm]
            .into_iter()
            .chain(["llm.temperature=0", "tts.speed=0.5"])
    {
        command.args(["--set", setting]);
    }
    command.env("GOLEM_HOME", env!("CARGO_MANIFEST_DIR"));
    for name in ["XDG_CONFIG_HOME", "XDG_STATE_HOME"] {
        command.env(name, server.folder());
    }
    command.process_group(0).stdin(Stdio::null());
    command
}

/// A running golem and what it has said.
struct Live<'a> {
    server: &'a Server,
    process: Child,
    lines: Receiver<Value>,
    said: Vec<Value>,
}

impl<'a> Live<'a> {
    /// Starts golem and waits until it listens.
    fn start(server: &'a Server) -> Self {
        Self::start_with(server, &[])
    }

    /// Starts golem with further settings and waits until it listens.
    fn start_with(server: &'a Server, settings: &[&str]) -> Self {
        let mut command = golem(server);
        for setting in settings {
            command.args(["--set", setting]);
        }
        let mut process = command.arg("--json").stdout(Stdio::piped()).spawn().expect("golem can be started");
        let out = BufReader::new(process.stdout.take().expect("piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
                if sender.send(value).is_err() {
                    return;
                }
            }
        });
        let mut live = Self { server, process, lines, said: Vec::new() };
        live.until("listening");
        live
    }

    /// Waits for a line of the type `kind`.
    fn until(&mut self, kind: &str) -> Value {
        self.find(kind, |_| true)
    }

    /// Waits for a line of the type `kind` that is `wanted`.
    fn find(&mut self, kind: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let left = LIMIT.saturating_sub(start.elapsed());
            let line = self.lines.recv_timeout(left).unwrap_or_else(|_| panic!("no {kind}: {}", self.story()));
            self.said.push(line.clone());
            if line["type"] == kind && wanted(&line) {
                return line;
            }
        }
    }

    fn story(&self) -> String {
        self.said.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
    }

    /// Starts to play a voice into golem's microphone.
    fn hears(&self, voice: &Path) -> Child {
        self.plays(voice, "person")
    }

    fn plays(&self, voice: &Path, sink: &str) -> Child {
        let mut player = self.server.client("paplay");
        player.arg(format!("--device={sink}")).arg(voice).spawn().expect("paplay can be started")
    }

    /// The answer of golem's socket to another program, or the error.
    fn ctl(&self, words: &[&str]) -> Result<String, String> {
        let output = self.server.client(env!("CARGO_BIN_EXE_golem")).arg("ctl").args(words).output();
        let output = output.expect("golem can be started");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    /// Sends a signal and waits for the end of golem and of all that it started.
    fn end(mut self, signal: &str) -> ExitStatus {
        let id = self.process.id().to_string();
        let start = Instant::now();
        assert!(kill(&["-s", signal, &id]), "golem runs until it is told to end: {}", self.story());
        while let Ok(line) = self.lines.recv_timeout(LIMIT) {
            self.said.push(line);
        }
        let status = self.process.wait().expect("a child can be waited for");
        let took = start.elapsed();
        println!("{signal}: ended after {} ms", took.as_millis());
        assert!(took < ENDING, "{took:?}");
        assert!(!kill(&["-0", "--", &format!("-{id}")]), "golem left a process behind");
        status
    }

    fn threads(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/task", self.process.id())).map_or(0, Iterator::count)
    }
}

impl Drop for Live<'_> {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Whether `kill` succeeds.
fn kill(words: &[&str]) -> bool {
    Command::new("kill").args(words).stderr(Stdio::null()).status().expect("kill is there").success()
}

/// A recording of a person who says `text`, made with golem's own voice at its usual speed.
fn voice(server: &Server, name: &str, text: &str) -> PathBuf {
    let path = server.folder().join(name);
    let mut say = golem(server);
    let status = say.args(["--set", "tts.speed=1", "say", text, "--output"]).arg(&path).status();
    assert!(status.expect("golem can be started").success());
    path
}
