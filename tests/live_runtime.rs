//! Live conversations with the golem program itself on devices of a real sound server.
//!
//! Golem captures the monitor of the sink `person`, into which the tests play a voice, and speaks into the sink
//! `speaker`, whose monitor the tests record. Nothing sleeps: each step waits for a line that golem prints or for a
//! child process to end.

#[path = "common/live.rs"]
mod live;
#[path = "common/pulse.rs"]
mod pulse;

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
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
/// Sound-card time from the line `cut` to silence in the recording. The fade takes 10 ms and golem's buffer 20 ms;
/// the rest is the sound server's own buffers, the recorder's, and a loaded machine.
const SILENCE: usize = RATE / 2;

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

/// A recording of what a loudspeaker plays.
struct Tape {
    recorder: Child,
    samples: Arc<Mutex<Vec<i16>>>,
}

impl Tape {
    fn start(server: &Server, sink: &str) -> Self {
        let mut recorder = server
            .client("parec")
            .arg(format!("--device={sink}.monitor"))
            .args(["--raw", "--format=s16le", "--channels=1", "--latency-msec=10"])
            .arg(format!("--rate={RATE}"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("parec can be started");
        let mut sound = recorder.stdout.take().expect("piped");
        let samples = Arc::new(Mutex::new(Vec::new()));
        let tape = Arc::clone(&samples);
        std::thread::spawn(move || {
            let mut pair = [0; 2];
            let mut sound = BufReader::with_capacity(320, &mut sound);
            while sound.read_exact(&mut pair).is_ok() {
                tape.lock().expect("nobody panics with it").push(i16::from_le_bytes(pair));
            }
        });
        Self { recorder, samples }
    }

    /// Samples recorded so far.
    fn position(&self) -> usize {
        self.samples.lock().expect("nobody panics with it").len()
    }

    /// The last sample between two positions that is not silence.
    fn last_sound(&self, from: usize, to: usize) -> Option<usize> {
        let samples = self.samples.lock().expect("nobody panics with it");
        samples[from..to].iter().rposition(|sample| sample.unsigned_abs() > 1).map(|at| from + at)
    }

    /// Samples that sounded so far; pauses do not count, for a loaded machine makes longer ones.
    fn sound(&self) -> usize {
        let samples = self.samples.lock().expect("nobody panics with it");
        samples.iter().filter(|sample| sample.unsigned_abs() > LOUD).count()
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        let _ = self.recorder.kill();
        let _ = self.recorder.wait();
    }
}

/// Whether the words of `part` begin `whole`.
fn begins(whole: &Value, part: &Value) -> bool {
    let words = |text: &Value| text.as_str().expect("a text").split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let (whole, part) = (words(whole), words(part));
    part.len() < whole.len() && whole.starts_with(&part)
}

#[test]
fn a_spoken_question_is_answered_and_a_voice_cuts_the_answer_short() {
    let Some(server) = server() else { return };
    let question = voice(&server, "question.wav", "What is the opposite of thin?");
    let longer = voice(&server, "longer.wav", "Please wait, I would rather know what the sum of four and ten is.");
    let tape = Tape::start(&server, "speaker");
    let mut live = Live::start(&server);

    let mut asking = live.hears(&question);
    let transcript = live.until("transcript");
    assert!(transcript["text"].as_str().is_some_and(|text| text.contains("opposite")), "{transcript}");
    assert!(asking.wait().expect("a child can be waited for").success());
    let turn = live.until("audio_start")["turn"].clone();
    let begun = tape.position();

    let mut interrupting = live.hears(&longer);
    assert_eq!(live.until("cut")["turn"], turn);
    let cut = tape.position();
    let cancel = live.until("cancel");
    let cancelled = tape.position();
    assert_eq!((&cancel["turn"], &cancel["reason"]), (&turn, &"words".into()), "{}", live.story());
    assert!(interrupting.wait().expect("a child can be waited for").success());

    let heard = live.find("heard", |line| line["interrupted"] == true);
    let reply = live.said.iter().find(|line| line["type"] == "reply").expect("told before it is heard");
    assert!(begins(&reply["text"], &heard["text"]), "{heard} of {reply}");
    let told: Vec<_> = live.said.iter().map(|line| line["type"].as_str().unwrap_or_default()).collect();
    let place = |kind: &str| told.iter().position(|told| *told == kind);
    assert!(place("duck") < place("cut") && place("cut") < place("cancel"), "{}", live.story());

    assert!(cancelled - cut > 2 * SILENCE, "the person spoke longer than that");
    let last = tape.last_sound(begun, cancelled).expect("golem spoke before the cut");
    println!("the loudspeaker was silent {} ms after the cut was told", last.saturating_sub(cut) * 1_000 / RATE);
    assert!(last < cut + SILENCE, "{last} is long after {cut}");
    assert!(tape.last_sound(begun, cut).is_some(), "golem spoke until the cut");

    assert_ne!(live.until("audio_start")["turn"], turn, "the words that interrupted are answered");
    assert!(live.end("TERM").success(), "while it speaks");
}

/// Makes a loudspeaker, "leaky", that the microphone hears at -12 dB: PulseAudio's volumes are cubic. The server plays
/// it into the person's sink itself. A loop of its own would run dry on a busy machine, and be longer from then on, as
/// no room is.
fn leak(server: &Server) {
    let remap = ["load-module", "module-remap-sink", "sink_name=leaky", "master=person", "remix=no"];
    server.control(&remap).expect("the server obeys");
    let inputs = server.control(&["list", "short", "sink-inputs"]).expect("the server obeys");
    let number = inputs.split_whitespace().next().expect("it plays into the person's");
    server.control(&["set-sink-input-volume", number, "63%"]).expect("the server obeys");
}

#[test]
fn golem_that_hears_itself_learns_its_echo_and_speaks_to_the_end() {
    let Some(server) = server() else { return };
    leak(&server);
    let text = "There once was a fox who lived under the roots of an old oak tree, beside a river.";
    let says = |canceller: &str| {
        let mut live = Live::start_with(&server, &["audio.output=leaky", canceller, "barge_in.mode=instant"]);
        let mut whole = Vec::new();
        // The canceller learns from sound, and each cut ends the sound.
        while whole.len() < 8 && !whole.ends_with(&[true, true]) {
            live.ctl(&["say", text]).expect("golem runs");
            let heard = live.until("heard");
            whole.push(heard["text"] == text && heard["interrupted"] == false);
        }
        println!("{canceller}: said to the end: {whole:?}\n{}", live.story());
        assert!(live.end("TERM").success());
        whole
    };
    assert_eq!(says("echo.canceller=off"), [false; 8], "without a canceller it takes itself for a person");
    for canceller in ["echo.canceller=sonora", "echo.canceller=aec3"] {
        // scripts/echo-soak counts how often it still interrupts itself over minutes.
        assert!(says(canceller).ends_with(&[true, true]), "{canceller}: no two replies in a row");
    }
}

#[test]
fn an_interrupt_ends_a_golem_that_listens() {
    let Some(server) = server() else { return };
    let live = Live::start(&server);
    assert!(live.end("INT").success());
}

#[test]
fn a_microphone_that_is_unplugged_is_missed_and_heard_again() {
    let Some(server) = server() else { return };
    let question = voice(&server, "question.wav", "What is the opposite of thin?");
    let mut live = Live::start(&server);
    let threads = live.threads();
    let notice = |words: &'static [&'static str]| {
        move |line: &Value| words.iter().all(|word| line["text"].as_str().is_some_and(|text| text.contains(word)))
    };

    server.unplug("sink_name=person");
    live.find("notice", notice(&["microphone", "Person", "lost"]));
    server.plug(PERSON);
    live.find("notice", notice(&["listening to", "Person"]));
    // A null sink sleeps through its first two seconds, and so does a player into it: this one ends after them.
    assert!(live.hears(&question).wait().expect("a child can be waited for").success());
    let mut asking = live.hears(&question);
    live.find("transcript", |line| line["text"].as_str().is_some_and(|text| text.contains("opposite")));
    live.until("audio_start");
    assert!(asking.wait().expect("a child can be waited for").success());
    println!("{threads} threads, after the loss {}", live.threads());
    assert!(live.threads() <= threads + 1, "but for one that still closes, none is left over");
    assert!(live.end("INT").success());
}

#[test]
fn loudspeaker_microphone_and_voice_are_exchanged_while_golem_speaks() {
    let Some(server) = server() else { return };
    server.plug(OTHER);
    let question = voice(&server, "question.wav", "What is the opposite of thin?");
    let tapes = ["speaker", "other"].map(|sink| Tape::start(&server, sink));
    let mut live = Live::start(&server);
    let first = "One sentence is spoken here, and it is a long one.";
    let text = format!("{first} Then another one is spoken there, and it is as long as the first.");

    live.ctl(&["say", &text]).expect("a golem with a screen of its own can be steered");
    live.until("audio_start");
    assert_eq!(live.ctl(&["switch", "loudspeaker", "Other"]), Ok("loudspeaker: Other\n".into()));
    let switched = tapes[0].position();
    let heard = live.until("heard");
    assert_eq!((&heard["text"], &heard["interrupted"]), (&text.as_str().into(), &false.into()), "{}", live.story());
    let end = tapes[0].position();
    let [here, there] = [tapes[0].sound(), tapes[1].sound()];
    let last = tapes[0].last_sound(0, end).expect("it began here");
    assert!(last < switched + RATE && there > RATE, "{last} of {switched}, {there}");
    // The same words in one piece, as long as both pieces together.
    let whole = server.folder().join("whole.wav");
    let status = golem(&server).args(["say", &text, "--output"]).arg(&whole).status();
    assert!(status.expect("golem can be started").success());
    let whole = golem::device::wav::read_all(&whole).expect("a sound file");
    let length = whole.iter().filter(|sample| sample.abs() * 32_768.0 > f32::from(LOUD)).count();
    println!("here {here}, there {there}, in one piece {length}");
    assert!((here + there).abs_diff(length) < length / 20, "{here} and {there} of {length}");

    assert_eq!(live.ctl(&["switch", "microphone", "other.monitor"]), Ok("microphone: Monitor of Other\n".into()));
    let mut asking = live.plays(&question, "other");
    live.find("transcript", |line| line["text"].as_str().is_some_and(|text| text.contains("opposite")));
    assert!(asking.wait().expect("a child can be waited for").success());

    assert_eq!(live.ctl(&["switch", "voice", "en-gb"]), Ok("voice: espeak-ng en-gb\n".into()));
    for (part, why) in [("loudspeaker", "there are:"), ("microphone", "there are:"), ("voice", "golem ctl offers")] {
        let told = live.ctl(&["switch", part, "harp"]).expect_err("there is none");
        assert!(told.contains(&format!("{part} not changed")) && told.contains(why), "{told}");
    }
    let offers: Vec<Value> = serde_json::from_str(&live.ctl(&["offers", "--json"]).expect("a list")).expect("JSON");
    let current: Vec<_> = offers.iter().filter(|offer| offer["current"] == true).map(|offer| &offer["name"]).collect();
    assert_eq!(current, ["Monitor of Other", "Other", "en-gb", "starter", "brain"], "{offers:?}");
    let status: Value = serde_json::from_str(&live.ctl(&["status", "--json"]).expect("a status")).expect("JSON");
    let part = |name: &str| {
        let parts = status["parts"].as_array().expect("parts");
        parts.iter().find(|part| part["part"] == name).expect("told")["what"].clone()
    };
    assert_eq!([part("microphone"), part("loudspeaker")], ["Monitor of Other", "Other"]);

    live.ctl(&["quit"]).expect("it ends");
    assert!(live.process.wait().expect("a child can be waited for").success());
}
