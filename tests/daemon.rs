//! A golem without a screen on devices of a real sound server: steered, followed, reloaded, ended, killed.
//!
//! Nothing sleeps: each step waits for a datagram of readiness, a line that golem prints, or the end of a process.

#[path = "common/live.rs"]
mod live;
#[path = "common/pulse.rs"]
mod pulse;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use live::{missing, root};
use pulse::Server;
use serde_json::Value;

/// Longest wait for golem to be ready.
const LIMIT: Duration = Duration::from_mins(1);
/// Longest time from the request or signal to the end of the process.
const ENDING: Duration = Duration::from_secs(1);

fn server() -> Option<Server> {
    if let Some(why) = missing() {
        println!("skipped: {why}");
        return None;
    }
    Server::start(&["sink_name=speaker", "sink_name=person"])
}

/// golem as a client of `server`, with a socket and a config of its own.
fn golem(server: &Server, words: &[&str]) -> Command {
    let mut command = server.client(env!("CARGO_BIN_EXE_golem"));
    command.args(words).env("GOLEM_HOME", root()).env("GOLEM_CONFIG", config(server)).stdin(Stdio::null());
    command.env("XDG_STATE_HOME", server.folder()).env_remove("GOLEM_SOCKET").env_remove("NOTIFY_SOCKET");
    command
}

fn config(server: &Server) -> PathBuf {
    server.folder().join("golem.toml")
}

/// Writes the config with a silence of `silence` milliseconds and this asr engine.
fn configure(server: &Server, silence: u32, ears: &str) {
    let brain = root().join("models/starter/brain.gguf");
    let text = format!(
        "[audio]\ninput = \"person.monitor\"\noutput = \"speaker\"\n[asr]\nengine = \"{ears}\"\n[tts]\nengine = \"espeak\"\n\
         [llm]\nmodel = \"{}\"\n[turn]\nsilence_ms = {silence}\n",
        brain.display()
    );
    std::fs::write(config(server), text).unwrap();
}

/// The answer of `golem ctl`, and its exit status.
fn ctl(server: &Server, words: &[&str]) -> Output {
    golem(server, &["ctl"]).args(words).output().expect("golem can be started")
}

/// The answer in JSON to a request that is granted.
fn granted(server: &Server, words: &[&str]) -> Value {
    let output = ctl(server, &[words, &["--json"]].concat());
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("a line of JSON")
}

/// A daemon that listens.
struct Daemon<'a> {
    process: Child,
    server: &'a Server,
}

impl<'a> Daemon<'a> {
    fn start(server: &'a Server) -> Self {
        let path = server.folder().join("notify");
        let _ = std::fs::remove_file(&path);
        let systemd = UnixDatagram::bind(&path).unwrap();
        systemd.set_read_timeout(Some(LIMIT)).unwrap();
        let log = server.folder().join("daemon.log");
        let mut command = golem(server, &["--daemon", "--log"]);
        let process = command.arg(log).env("NOTIFY_SOCKET", &path).spawn().expect("golem can be started");
        let daemon = Self { process, server };
        let mut words = [0; 64];
        let length = systemd.recv(&mut words).unwrap_or_else(|error| panic!("not ready: {error}: {}", daemon.log()));
        assert!(words[..length].starts_with(b"READY=1"));
        daemon
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.server.folder().join("daemon.log")).unwrap_or_default()
    }

    /// Waits for the end that was asked for at `asked`.
    fn ends(mut self, asked: Instant) {
        assert!(self.process.wait().expect("a child can be waited for").success(), "{}", self.log());
        println!("ended after {} ms", asked.elapsed().as_millis());
        assert!(asked.elapsed() < ENDING, "{:?}", asked.elapsed());
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.process.id().to_string()]).status();
        assert!(sent.expect("kill is there").success());
    }
}

impl Drop for Daemon<'_> {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A golem that follows the daemon.
struct Follower {
    process: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Follower {
    fn start(server: &Server) -> Self {
        let mut process = golem(server, &["--json"]).stdout(Stdio::piped()).spawn().expect("golem can be started");
        let lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let mut follower = Self { process, lines };
        follower.until("listening", |_| true);
        follower
    }

    fn until(&mut self, kind: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        for line in self.lines.by_ref().map_while(Result::ok) {
            let value: Value = serde_json::from_str(&line).expect("a line of JSON");
            if value["type"] == kind && wanted(&value) {
                return value;
            }
        }
        panic!("golem never told {kind}");
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn without_a_daemon_every_wish_says_how_to_start_one() {
    let folder = tempfile::tempdir().unwrap();
    for wish in ["status", "mute", "quit"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_golem"));
        command
            .args(["ctl", wish])
            .env("XDG_RUNTIME_DIR", folder.path())
            .env("GOLEM_CONFIG", "/nonexistent/golem.toml");
        let output = command.env_remove("GOLEM_SOCKET").output().expect("golem can be started");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(1) && told.contains("golem --daemon"), "{told}");
    }
}

#[test]
fn a_daemon_is_steered_followed_and_ended() {
    let Some(server) = server() else { return };
    configure(&server, 500, "sphinx");
    let daemon = Daemon::start(&server);
    let status = granted(&server, &["status"]);
    assert!(status["ready"] == true && status["parts"].as_array().is_some_and(|parts| parts.len() == 7), "{status}");

    let second = golem(&server, &["--daemon"]).output().expect("golem can be started");
    let told = String::from_utf8_lossy(&second.stderr);
    assert!(!second.status.success() && told.contains("runs already") && told.contains("golem ctl quit"), "{told}");

    let (mut one, mut two) = (Follower::start(&server), Follower::start(&server));
    granted(&server, &["say", "The tea is ready."]);
    for follower in [&mut one, &mut two] {
        let heard = follower.until("heard", |_| true);
        assert_eq!((&heard["text"], &heard["interrupted"]), (&"The tea is ready.".into(), &false.into()));
    }
    granted(&server, &["mute"]);
    one.until("muted", |line| line["on"] == true);
    assert_eq!(granted(&server, &["status"])["muted"], true);
    granted(&server, &["listen"]);
    one.until("muted", |line| line["on"] == false);
    one.until("state", |line| line["state"] == "listening");
    granted(&server, &["mode", "intent"]);
    one.until("mode", |line| line["mode"] == "intent");
    granted(&server, &["mode", "chat"]);
    granted(&server, &["ask", "What", "is", "the", "opposite", "of", "thin?"]);
    let typed = two.until("typed", |_| true);
    assert_eq!(typed["text"], "What is the opposite of thin?", "every screen shows what was typed at another");
    one.until("audio_start", |_| true);
    granted(&server, &["stop"]);
    one.until("cancel", |line| line["reason"] == "key");
    // A late follower learns what was said before.
    assert_eq!(Follower::start(&server).until("heard", |_| true)["text"], "The tea is ready.");
    let metrics = granted(&server, &["metrics"]);
    assert!(metrics["replies"]["whole"].as_u64().is_some_and(|replies| replies > 0), "{metrics}");
    assert!(metrics["latency"]["first_sound"]["max"].as_f64().is_some_and(|wait| wait > 0.0), "{metrics}");
    let table = String::from_utf8_lossy(&ctl(&server, &["metrics"]).stdout).into_owned();
    assert!(table.contains("\nbarge-ins") && table.contains("\nfirst_sound"), "{table}");

    let asked = Instant::now();
    granted(&server, &["quit"]);
    daemon.ends(asked);
    assert_eq!(ctl(&server, &["status"]).status.code(), Some(1));
    // An attached client looks for the next daemon.
    one.until("away", |_| true);
    let daemon = Daemon::start(&server);
    one.until("notice", |line| line["text"].as_str().is_some_and(|text| text.contains("is back")));
    one.until("ready", |line| line["part"] == "voice");
    granted(&server, &["say", "Here again."]);
    assert_eq!(one.until("heard", |_| true)["text"], "Here again.");
    let asked = Instant::now();
    granted(&server, &["quit"]);
    daemon.ends(asked);
}

/// The levels that golem reports, one by one.
fn levels(server: &Server) -> impl Iterator<Item = Value> {
    let mut stream = UnixStream::connect(server.folder().join("golem.sock")).expect("golem serves it");
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.write_all(b"{\"command\":\"subscribe\",\"level\":true}\n").unwrap();
    let lines = BufReader::new(stream).lines().map(|line| line.expect("golem tells levels all the time"));
    lines
        .map(|line| serde_json::from_str::<Value>(&line).expect("a line of JSON"))
        .filter(|line| line["type"] == "level")
}

#[test]
fn the_meters_show_what_golem_plays_also_while_it_is_muted() {
    let Some(server) = server() else { return };
    configure(&server, 500, "sphinx");
    let _daemon = Daemon::start(&server);
    let mut levels = levels(&server);
    let mut until = |wanted: &dyn Fn(f64, f64) -> bool| {
        let number = |line: &Value, key: &str| line[key].as_f64().expect("a level");
        levels.find(|line| wanted(number(line, "decibels"), number(line, "output"))).expect("endless")
    };
    until(&|_, output| output <= -100.0);
    granted(&server, &["say", "The tea is ready, and the cake is on the table."]);
    let level = until(&|_, output| output > -40.0);
    assert_eq!(level["threshold"], 0.5);
    until(&|_, output| output <= -100.0);
    granted(&server, &["mute"]);
    granted(&server, &["say", "Nobody listens, but golem speaks."]);
    until(&|input, output| input <= -100.0 && output > -40.0);
    until(&|_, output| output <= -100.0);
}

#[test]
fn a_daemon_reloads_its_config_and_ends_on_a_signal() {
    let Some(server) = server() else { return };
    configure(&server, 500, "sphinx");
    let daemon = Daemon::start(&server);
    configure(&server, 700, "whisper");
    let told = granted(&server, &["reload"])["text"].clone();
    assert_eq!(told, "changed: turn.silence_ms; start golem again for asr.engine");
    std::fs::write(config(&server), "[turn]\nsilense_ms = 3\n").unwrap();
    let refused = ctl(&server, &["reload"]);
    let why = String::from_utf8_lossy(&refused.stderr);
    assert!(refused.status.code() == Some(1) && why.contains("did you mean \"turn.silence_ms\"?"), "{why}");
    configure(&server, 900, "sphinx");
    daemon.signal("HUP");
    // The signal comes before what is asked afterwards, or that reload finds the same change.
    granted(&server, &["reload"]);
    assert!(daemon.log().contains("changed: turn.silence_ms\n"), "{}", daemon.log());
    let asked = Instant::now();
    daemon.signal("TERM");
    daemon.ends(asked);
}

/// A daemon that serves OpenAI's endpoints besides, and their address.
fn serving(server: &Server) -> (Daemon<'_>, String) {
    configure(server, 500, "sphinx");
    let mut file = std::fs::File::options().append(true).open(config(server)).unwrap();
    file.write_all(b"[serve]\nin_daemon = [\"openai\"]\nbind = \"127.0.0.1:0\"\n").unwrap();
    let daemon = Daemon::start(server);
    let log = daemon.log();
    let (_, rest) = log.rsplit_once("serves openai on ").unwrap_or_else(|| panic!("{log}"));
    (daemon, rest.lines().next().unwrap().to_owned())
}

/// A connection to `address` that has sent `request`.
fn sent(address: &str, request: &str) -> TcpStream {
    let mut client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(LIMIT)).unwrap();
    client.write_all(request.as_bytes()).unwrap();
    client
}

/// The answer to `Expect: 100-continue` once golem has taken a request.
const TAKEN: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A request for speech, with these `headers` besides.
fn speech(headers: &str) -> String {
    let body = "{\"input\": \"The tea is ready.\"}";
    let length = body.len();
    let head =
        format!("POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}");
    format!("{head}\r\n{headers}\r\n{body}")
}

/// Reads the speech that was asked for.
fn spoken(mut client: TcpStream) {
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200") && answer.len() > 5_000, "{}", String::from_utf8_lossy(&answer));
}

#[test]
fn a_daemon_serves_other_programs_besides_and_ends_as_fast() {
    let Some(server) = server() else { return };
    let (daemon, address) = serving(&server);
    spoken(sent(&address, &speech("")));
    // The dialogue goes on beside it.
    let mut follower = Follower::start(&server);
    granted(&server, &["say", "The tea is ready."]);
    assert_eq!(follower.until("heard", |_| true)["text"], "The tea is ready.");
    let _silent = TcpStream::connect(address).unwrap();
    let asked = Instant::now();
    daemon.signal("TERM");
    daemon.ends(asked);
}

#[test]
fn a_daemon_lets_those_whom_it_serves_have_their_answers_unless_a_second_signal_comes() {
    let Some(server) = server() else { return };
    let request = speech("Expect: 100-continue\r\n");
    let (first, rest) = request.split_at(request.len() - 10);
    for (second, status) in [(false, 0), (true, 130)] {
        let (mut daemon, address) = serving(&server);
        let mut client = sent(&address, first);
        let mut taken = [0; TAKEN.len()];
        client.read_exact(&mut taken).unwrap();
        assert_eq!(taken, TAKEN);
        daemon.signal("TERM");
        while TcpStream::connect(&address).is_ok() {
            std::thread::yield_now();
        }
        if second {
            daemon.signal("TERM");
        } else {
            client.write_all(rest.as_bytes()).unwrap();
            spoken(client);
        }
        assert_eq!(daemon.process.wait().unwrap().code(), Some(status), "{}", daemon.log());
    }
}

#[test]
fn a_daemon_that_was_killed_leaves_nothing_in_the_way_of_the_next() {
    let Some(server) = server() else { return };
    configure(&server, 500, "sphinx");
    let daemon = Daemon::start(&server);
    daemon.signal("KILL");
    drop(daemon);
    assert!(server.folder().join("golem.sock").exists());
    assert_eq!(ctl(&server, &["status"]).status.code(), Some(1));
    let daemon = Daemon::start(&server);
    assert_eq!(granted(&server, &["status"])["ready"], true);
    let asked = Instant::now();
    daemon.signal("INT");
    daemon.ends(asked);
}
