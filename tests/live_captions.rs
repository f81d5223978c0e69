//! Captions and hints of what sounds now, on devices of a real sound server, and another program that draws them.

#[path = "common/place.rs"]
mod place;
#[path = "common/pulse.rs"]
mod pulse;
#[path = "common/real.rs"]
mod real;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use pulse::Server;
use serde_json::Value;

/// Longest wait for an event.
const LIMIT: Duration = Duration::from_mins(1);
const PERSON: &str = "sink_name=person rate=44100 channels=2";
const SPEAKER: &str = "sink_name=speaker rate=44100 channels=2";
const OTHER: &str = "sink_name=other rate=44100 channels=2";

/// A sound server whose microphone is `person.monitor` and which plays through `speaker`; `None`, which is told, where
/// something is missing.
fn server() -> Option<Server> {
    if Command::new("paplay").arg("--version").output().is_err() {
        println!("skipped: paplay is not installed");
        return None;
    }
    let server = Server::start(&[SPEAKER, PERSON])?;
    server.control(&["set-default-sink", "speaker"]).expect("the server obeys");
    Some(server)
}

/// Golem with published weights on devices of the server.
fn golem(server: &Server, models: &Path, words: &[&str]) -> Command {
    let wanted = real::golem(models, words);
    let mut golem = server.client(env!("CARGO_BIN_EXE_golem"));
    golem.args(wanted.get_args()).args(["--set", "audio.input=person.monitor"]);
    golem.envs(wanted.get_envs().filter_map(|(name, value)| Some((name, value?)))).env_remove("GOLEM_CONFIG");
    golem.stdin(Stdio::null());
    golem
}

/// A golem whose events and remarks are read. Dropping it ends it.
struct Watched {
    process: Child,
    lines: Receiver<String>,
    remarks: Receiver<String>,
}

/// The lines of `stream`, read in a thread of its own, so that it is never full.
fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    let mut all = BufReader::new(stream).lines().map_while(Result::ok);
    std::thread::spawn(move || all.try_for_each(|line| sender.send(line)));
    lines
}

impl Watched {
    fn start(mut golem: Command) -> Self {
        let mut process = golem.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("golem can be started");
        let events = lines(process.stdout.take().expect("piped"));
        let remarks = lines(process.stderr.take().expect("piped"));
        Self { process, lines: events, remarks }
    }

    /// Waits until standard error says `words`.
    fn says(&mut self, words: &str) {
        let line = || self.remarks.recv_timeout(LIMIT).unwrap_or_else(|_| panic!("golem does not say {words}"));
        while !line().contains(words) {}
    }

    /// The next event of this type.
    fn until(&mut self, kind: &str) -> Value {
        loop {
            let line = self.lines.recv_timeout(LIMIT).unwrap_or_else(|_| panic!("no {kind}"));
            let event: Value = serde_json::from_str(&line).expect("JSON");
            if event["type"] == kind {
                return event;
            }
        }
    }

    /// Ends it as Ctrl-C does.
    fn end(mut self) {
        let kill = Command::new("kill").args(["-s", "INT", &self.process.id().to_string()]).status();
        assert!(kill.is_ok_and(|status| status.success()), "golem runs until it is told to end");
        assert!(self.process.wait().expect("a child can be waited for").success());
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn play(server: &Server, sink: &str, recording: &str) {
    let recording = place::root().join(recording);
    let played = server.client("paplay").arg(format!("--device={sink}")).arg(recording).status();
    assert!(played.expect("paplay can be started").success());
}

fn text(event: &Value) -> String {
    event["text"].as_str().expect("a text").to_lowercase()
}

#[test]
fn captions_name_both_sources_and_another_program_draws_them() {
    let Some(models) = real::models() else { return };
    let Some(server) = server() else { return };
    let mut captions = Watched::start(golem(&server, &models, &["captions", "--json", "--source", "both"]));
    captions.says("ears:");
    let mut drawn = Watched::start(golem(&server, &models, &["ctl", "events", "captions"]));
    play(&server, "person", "fixtures/audio/count-to-ten.wav");
    let own = captions.until("final");
    assert_eq!((own["source"].as_str(), text(&own).contains("count to")), (Some("microphone"), true), "{own}");
    assert_eq!(drawn.until("final"), own, "who follows gets the same event");
    play(&server, "speaker", "fixtures/audio/whisper/11-espeak-en-gb-m1.flac");
    let others = captions.until("final");
    assert!(others["source"] == "system" && !text(&others).is_empty(), "{others}");
    assert_eq!(drawn.until("final"), others);
    captions.end();
    assert!(drawn.process.wait().expect("a child can be waited for").success(), "it ends with the captions");
}

#[test]
fn what_the_loudspeaker_plays_is_not_captioned_again_at_the_microphone() {
    let Some(models) = real::models() else { return };
    let Some(server) = server() else { return };
    // The microphone hears the loudspeaker at -12 dB, 80 ms later.
    let way = ["load-module", "module-loopback", "source=speaker.monitor", "sink=person", "latency_msec=80"];
    server.control(&way).expect("the server obeys");
    server.control(&["set-sink-input-volume", "0", "-12dB"]).expect("the server obeys");
    let mut captions = Watched::start(golem(&server, &models, &["captions", "--json", "--source", "both"]));
    captions.says("ears:");
    for recording in ["fixtures/audio/whisper/11-espeak-en-gb-m1.flac", "fixtures/audio/conversation.wav"] {
        play(&server, "speaker", recording);
        let others = captions.until("final");
        assert!(others["source"] == "system" && !text(&others).is_empty(), "{others}");
    }
    play(&server, "person", "fixtures/audio/count-to-ten.wav");
    let own = std::iter::repeat_with(|| captions.until("final")).find(|event| event["source"] == "microphone");
    let own = own.expect("an endless iterator");
    assert!(text(&own).contains("count to"), "the first words at the microphone are the person's: {own}");
    captions.end();
}

#[test]
fn what_another_default_loudspeaker_plays_is_captioned_too() {
    let Some(models) = real::models() else { return };
    let Some(server) = server() else { return };
    server.plug(OTHER);
    let mut captions = Watched::start(golem(&server, &models, &["captions", "--json", "--source", "system"]));
    captions.says("system: ");
    server.control(&["set-default-sink", "other"]).expect("the server obeys");
    captions.says("the default loudspeaker is another one now");
    // A null sink sleeps through its first two seconds, and a player into it as long.
    play(&server, "other", "fixtures/audio/count-to-ten.wav");
    let others = captions.until("final");
    assert!(others["source"] == "system" && !text(&others).is_empty(), "{others}");
    captions.end();
}

#[test]
fn hints_answer_what_the_others_ask_and_not_the_person_at_the_microphone() {
    let Some(models) = real::models() else { return };
    let Some(server) = server() else { return };
    let mut hints = Watched::start(golem(&server, &models, &["hints", "--json", "--others-know"]));
    hints.says("brain:");
    let mut drawn = Watched::start(golem(&server, &models, &["ctl", "events", "hints"]));
    play(&server, "person", "fixtures/audio/whisper/11-espeak-en-gb-m1.flac");
    let own = hints.until("final");
    assert_eq!(own["source"], "microphone", "{own}");
    play(&server, "speaker", "fixtures/audio/whisper/11-espeak-en-gb-m1.flac");
    let question = hints.until("question");
    assert_eq!((question["number"].as_u64(), question["source"].as_str()), (Some(1), Some("system")), "{question}");
    let hint = hints.until("hint");
    assert!(!text(&hint).is_empty() && hint["number"] == 1, "{hint}");
    assert_eq!(drawn.until("hint"), hint, "who follows gets the same event");
    hints.end();
}
