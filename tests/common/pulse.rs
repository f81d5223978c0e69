//! A PulseAudio server of a test's own, whose sinks play into nothing and whose monitors tell what was played.

#![allow(dead_code)] // each test program uses its part

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest that the server may take to start.
const LIMIT: Duration = Duration::from_secs(20);

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
        let mut command = Command::new(program);
        command.env("PULSE_SERVER", self.address()).env("XDG_RUNTIME_DIR", self.folder());
        command.env("PULSE_COOKIE", self.folder().join("cookie"));
        command
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

/// The output of `pactl` with `words` at the server `address`; `None` when it fails.
pub fn control(address: &str, words: &[&str]) -> Option<String> {
    let output = Command::new("pactl").args(words).env("PULSE_SERVER", address).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
