//! A server in a process of its own, with its processor time and memory.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Parts of a second in which Linux counts processor time (`USER_HZ`).
const TICKS: f64 = 100.0;

/// A server that runs; dropping it ends the process.
pub struct ServerProcess {
    child: Child,
    /// Its address.
    pub url: String,
}

/// Memory in MB: now, and at most so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerMemory {
    /// Now.
    pub now: u64,
    /// At most so far.
    pub most: u64,
}

impl ServerProcess {
    /// Starts `command` with `task` on its standard input, and waits until it has written its address on standard
    /// output, behind `marker`, whose last word begins the address (`data socket on ws://`), and "ready" on standard
    /// error.
    ///
    /// # Errors
    /// When it ends before.
    pub fn start(mut command: Command, task: &str, marker: &str) -> Result<Self> {
        let name = format!("{}", command.get_program().display());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| name.clone())?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(task.as_bytes())?;
        }
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        let mut server = Self { child, url: String::new() };
        let (output, mut errors) = (output.context("no output")?, BufReader::new(errors.context("no errors")?));
        for line in BufReader::new(output).lines() {
            let line = line?;
            if let Some(at) = line.find(marker) {
                let at = at + marker.rfind(' ').map_or(0, |blank| blank + 1);
                line[at..].trim_end_matches("/v1").clone_into(&mut server.url);
                break;
            }
        }
        let mut loading = String::new();
        while !loading.ends_with("ready\n") {
            ensure!(errors.read_line(&mut loading)? > 0, "{name} ended: {}", loading.trim());
        }
        // Read on, so that later output does not fill the pipe.
        std::thread::spawn(move || errors.lines().map_while(Result::ok).for_each(drop));
        Ok(server)
    }

    /// Seconds of processor time so far; 0 where the system does not say.
    pub fn processor_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / TICKS
    }

    /// Memory; 0 where the system does not say.
    pub fn memory(&self) -> ServerMemory {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let of = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
            line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
        };
        ServerMemory { now: of("VmRSS"), most: of("VmHWM") }
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // Ignore errors: the process may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
