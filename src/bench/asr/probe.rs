//! The probe: one model in a process of its own, its words, its time and its cost to the machine.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::config::{AsrConfig, Config};
use crate::device::wav::read_all;
use crate::engine::whisper::Whisper;
use crate::engine::{Transcriber, memory};
use crate::turn::Ticket;

/// The task of a probe: the recordings and the model.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProbeTask {
    pub model: PathBuf,
    /// 0 for the engine's own choice.
    pub threads: usize,
    pub paths: Vec<PathBuf>,
}

/// The words of one recording, and the time they took.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProbeLine {
    pub text: String,
    pub ms: f64,
}

/// The result of a probe: the words of all recordings, and their cost.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProbeResult {
    pub lines: Vec<ProbeLine>,
    /// Page faults of the first and the tenth reading of the first recording.
    pub faults: [u64; 2],
    /// Memory in MB: after loading, after all readings, and after free memory was given back (0 where it is not).
    pub mb: [u64; 3],
    /// Windows that had to be read a second time.
    pub again: usize,
}

/// Does the task on standard input and prints what was heard.
pub fn run(config: &Config) -> Result<()> {
    let task: ProbeTask = serde_json::from_reader(std::io::stdin().lock()).context("no task on standard input")?;
    let asr = AsrConfig { threads: task.threads, ..config.asr.clone() };
    let mut asr = Whisper::open(&task.model, &asr)?;
    let loaded = resident();
    let mut faults = [0; 2];
    if let Some(first) = task.paths.first() {
        let audio = read_all(first)?;
        for reading in 1..=10 {
            let before = memory::faults().unwrap_or(0);
            hear(&mut asr, &audio)?;
            let taken = memory::faults().unwrap_or(0) - before;
            match reading {
                1 => faults[0] = taken,
                10 => faults[1] = taken,
                _ => {}
            }
        }
    }
    let lines = task.paths.iter().map(|path| hear(&mut asr, &read_all(path)?)).collect::<Result<_>>()?;
    let worked = resident();
    asr.start()?;
    memory::give_back();
    let heard = ProbeResult { lines, faults, mb: [loaded, worked, resident()], again: asr.read_again() };
    println!("{}", serde_json::to_string(&heard)?);
    Ok(())
}

/// Transcribes one recording in one piece, as the dialogue does with an utterance.
pub fn hear(asr: &mut Whisper, audio: &[f32]) -> Result<ProbeLine> {
    asr.start()?;
    asr.accept(audio)?;
    let began = Instant::now();
    let text = asr.finish(&Ticket::standing())?.text;
    Ok(ProbeLine { text, ms: began.elapsed().as_secs_f64() * 1e3 })
}

/// Memory of this process, in MB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
