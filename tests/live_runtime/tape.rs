//! A recording of what a loudspeaker plays.

use std::io::{BufReader, Read};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};

use super::pulse::Server;
use super::{LOUD, RATE};

/// A recording of what a loudspeaker plays.
pub struct Tape {
    recorder: Child,
    samples: Arc<Mutex<Vec<i16>>>,
}

impl Tape {
    pub fn start(server: &Server, sink: &str) -> Self {
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
    pub fn position(&self) -> usize {
        self.samples.lock().expect("nobody panics with it").len()
    }

    /// The last sample between two positions that is not silence.
    pub fn last_sound(&self, from: usize, to: usize) -> Option<usize> {
        let samples = self.samples.lock().expect("nobody panics with it");
        samples[from..to].iter().rposition(|sample| sample.unsigned_abs() > 1).map(|at| from + at)
    }

    /// Samples that sounded so far; pauses do not count, for a loaded machine makes longer ones.
    pub fn sound(&self) -> usize {
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
