//! Checks of the machine: cores, threads, memory, priority.

use std::path::{Path, PathBuf};

use rustix::process::{Resource, getrlimit};

use super::finding::{DoctorReport, Finding};
use crate::config::Config;
use crate::engine::cpu;
use crate::engine::registry::Files;
use crate::model;
use crate::model::bytes::Bytes;
use crate::model::machine::{Machine, Memory};
use crate::runtime::assembly::places;

/// Memory of loaded models in percent of their files: the weights as they are, and room for the computation.
const LOADED: u64 = 130;
/// Memory of golem itself without models, in bytes: 71 MB measured, rounded up.
const OWN: u64 = 100_000_000;

/// Looks at the machine.
pub fn look(config: &Config, files: &Files, report: &mut DoctorReport) {
    let places = places();
    let machine = Machine::read(places.roots().first().map_or(Path::new("."), PathBuf::as_path));
    report.add(Finding::ok("machine", machine.describe().join("; ")));
    report.add(threads(config, machine.cores));
    if let Some(memory) = machine.memory {
        report.add(room(memory, loaded(files)));
    }
    report.add(priority());
}

fn threads(config: &Config, cores: usize) -> Finding {
    let sleeps = cpu::openmp_sleeps();
    let [asr, llm] = [config.asr.threads, usize::try_from(config.llm.threads).unwrap_or(0)]
        .map(|setting| cpu::threads(setting, sleeps));
    let seen = format!("{asr} for the ears, {llm} for the brain");
    if asr.max(llm) > cores {
        let advice = "set asr.threads and llm.threads to 0 in the config: golem then takes what the machine has";
        return Finding::hint("threads", format!("{seen}, more than the {cores} cores"), advice);
    }
    if !sleeps {
        let advice = "unset OMP_WAIT_POLICY, or set it to passive: threads that spin while they wait slow all others";
        return Finding::hint("threads", format!("{seen}, spinning while they wait"), advice);
    }
    Finding::ok("threads", seen)
}

/// Bytes that the models of `files` take when they are loaded.
fn loaded(files: &Files) -> u64 {
    let chosen = [files.whisper.as_deref(), files.gguf.as_deref(), files.piper.as_deref(), files.nli.as_deref()];
    let size = |path: &Path| model::size(path);
    chosen.into_iter().flatten().map(size).sum::<u64>() / 100 * LOADED + OWN
}

fn room(memory: Memory, needed: u64) -> Finding {
    let seen = format!("about {} needed, {} available", Bytes(needed), Bytes(memory.available));
    if needed > memory.available {
        let advice = "end other programs, or type: golem setup --profile tiny";
        return Finding::problem("memory", seen, advice);
    }
    Finding::ok("memory", seen)
}

/// Whether golem may be given precedence over other programs. It runs without; a busy machine may then swallow sound.
fn priority() -> Finding {
    let allowed = getrlimit(Resource::Rtprio).current.unwrap_or(u64::MAX);
    if allowed > 0 {
        return Finding::ok("priority", "realtime is allowed");
    }
    let advice = "only if sound stutters: echo '@audio - rtprio 95' | sudo tee /etc/security/limits.d/audio.conf, \
                  join the group audio, log in again";
    Finding::hint("priority", "ordinary: realtime is not allowed", advice)
}
