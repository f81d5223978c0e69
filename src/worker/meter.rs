//! The meter: counts what happens, and returns the figures on request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::message::Note;
use crate::metrics::{Metrics, Process};

/// The metrics of a running golem. Copies of a meter count together.
///
/// The lock is held for a few additions, or for a copy of three kilobytes, but never while metrics are written out. No
/// audio callback uses the meter.
#[derive(Clone, Debug, Default)]
pub struct MetricsMeter(Arc<Mutex<Metrics>>);

impl MetricsMeter {
    /// Counts a note from the dialogue.
    pub fn note(&self, note: &Note) {
        self.lock().note(note);
    }

    /// Samples of the microphone that were dropped, in all.
    pub fn dropped(&self, samples: u64) {
        self.lock().dropped(samples);
    }

    /// The figures now, with what the system says about the process.
    pub fn read(&self) -> Metrics {
        let mut metrics = self.lock().clone();
        metrics.process(process());
        metrics
    }

    fn lock(&self) -> MutexGuard<'_, Metrics> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The system's figures of this process; zero where the system gives none.
pub fn process() -> Process {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    let files = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    Process {
        memory: field("VmRSS:").unwrap_or(0) * 1024,
        threads: field("Threads:").unwrap_or(0),
        // Do not count the folder itself: it is open while it is read.
        files: u64::try_from(files).unwrap_or(0).saturating_sub(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_count_together_and_the_process_is_told() {
        let meter = MetricsMeter::default();
        meter.clone().note(&Note::Cut { turn: 1 });
        meter.dropped(7);
        let text = meter.read().prometheus();
        assert!(text.contains("golem_cuts_total 1\n") && text.contains("golem_dropped_samples_total 7\n"), "{text}");
        if cfg!(target_os = "linux") {
            let process = process();
            assert!(process.memory > 1 << 20 && process.threads >= 1 && process.files >= 3, "{process:?}");
        }
    }
}
