//! A PulseAudio server of a test's own, whose sinks play into nothing and whose monitors tell what was played.

#![allow(dead_code)] // each test program uses its part

use std::io::Read;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use golem::signal::pcm::levels;

/// Longest that the server may take to start.
const LIMIT: Duration = Duration::from_secs(20);
/// Samples a second of what a [`SinkMonitor`] hears.
pub const MONITOR_RATE: u32 = 16_000;
/// Bytes of 20 ms of it, and how many such pieces are a second.
const PIECE: usize = 640;
const SECOND: usize = 50;
/// Longest utterance with the silence around it, in pieces.
const LONGEST: usize = 60 * SECOND;
/// From which level on a piece sounds, rather than fades.
const LOUD: f32 = 0.001;

/// A running server. Dropping it ends it.
pub struct Server {
    process: Child,
    folder: tempfile::TempDir,
}

impl Server {
    /// Starts a server with a null sink for each of `sinks` (the arguments of `module-null-sink`); `None`, with a
    /// printed reason, where PulseAudio is not installed.
    pub fn start(sinks: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // A server asks for a cookie even where it lets everybody in, and a new home has none yet.
        std::fs::write(folder.path().join("cookie"), [0; 256]).expect("a folder that can be written to");
        let socket = folder.path().join("native");
        let process = Command::new("pulseaudio")
            .args(["-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=30", "--disable-shm=yes"])
            .arg(format!("--load=module-native-protocol-unix auth-anonymous=1 socket={}", socket.display()))
            .args(sinks.iter().map(|sink| format!("--load=module-null-sink {sink}")))
            .env("HOME", folder.path())
            .env("XDG_RUNTIME_DIR", folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(process) = process else {
            println!("skipped: pulseaudio is not installed");
            return None;
        };
        let server = Self { process, folder };
        let start = Instant::now();
        while server.control(&["info"]).is_none() {
            assert!(start.elapsed() < LIMIT, "the server does not start");
            std::thread::yield_now();
        }
        Some(server)
    }

    /// What clients find in `PULSE_SERVER`.
    pub fn address(&self) -> String {
        format!("unix:{}", self.folder.path().join("native").display())
    }

    /// The server's temporary folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The output of `pactl` with `words`; `None` when it fails.
    pub fn control(&self, words: &[&str]) -> Option<String> {
        control(&self.address(), words)
    }

    /// `program` as a client of this server and of no other.
    pub fn client(&self, program: &str) -> Command {
        self.joined(Command::new(program))
    }

    /// `command` as a client of this server and of no other.
    pub fn joined(&self, mut command: Command) -> Command {
        command.env("PULSE_SERVER", self.address()).env("XDG_RUNTIME_DIR", self.folder());
        command.env("PULSE_COOKIE", self.folder().join("cookie"));
        command
    }

    /// Hears what is played through `sink`, from now on.
    pub fn monitor(&self, sink: &str) -> SinkMonitor {
        let mut recorder = self
            .client("parec")
            .arg(format!("--device={sink}.monitor"))
            .args(["--raw", "--format=s16le", "--channels=1", "--latency-msec=20"])
            .arg(format!("--rate={MONITOR_RATE}"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("parec can be started");
        let sound = recorder.stdout.take().expect("piped");
        let mut monitor = SinkMonitor { recorder, sound };
        // With its first piece, even if that is silent, nothing that follows is missed.
        monitor.piece();
        monitor
    }

    /// Unloads the null sink whose arguments hold `word`.
    pub fn unplug(&self, word: &str) {
        let modules = self.control(&["list", "short", "modules"]).expect("the server obeys");
        let module = modules.lines().find(|line| line.contains("module-null-sink") && line.contains(word));
        let number = module.and_then(|line| line.split_whitespace().next()).expect("it is loaded");
        self.control(&["unload-module", number]).expect("the server obeys");
    }

    /// Loads a null sink.
    pub fn plug(&self, sink: &str) {
        let words: Vec<&str> = ["load-module", "module-null-sink"].into_iter().chain(sink.split(' ')).collect();
        self.control(&words).expect("the server obeys");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The sound of a sink as it is played. Dropping it ends the recorder.
pub struct SinkMonitor {
    recorder: Child,
    sound: ChildStdout,
}

impl SinkMonitor {
    /// The next utterance, up to a second of silence after it: samples at [`MONITOR_RATE`], -1..=1.
    pub fn utterance(&mut self) -> Vec<f32> {
        let (mut samples, mut sounded, mut silent) = (Vec::new(), false, 0);
        for _ in 0..LONGEST {
            let piece = self.piece();
            let loud = piece.iter().any(|sample| sample.abs() > LOUD);
            (sounded, silent) = (sounded || loud, if loud { 0 } else { silent + 1 });
            samples.extend(piece);
            if sounded && silent == SECOND {
                return samples;
            }
        }
        panic!("{}", if sounded { "there is no end of sound" } else { "there is no sound" });
    }

    /// The next 20 ms.
    fn piece(&mut self) -> Vec<f32> {
        let mut bytes = [0; PIECE];
        self.sound.read_exact(&mut bytes).expect("a monitor never ends");
        levels(&bytes)
    }
}

impl Drop for SinkMonitor {
    fn drop(&mut self) {
        let _ = self.recorder.kill();
        let _ = self.recorder.wait();
    }
}

/// The output of `pactl` with `words` at the server `address`; `None` when it fails.
pub fn control(address: &str, words: &[&str]) -> Option<String> {
    let output = Command::new("pactl").args(words).env("PULSE_SERVER", address).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
