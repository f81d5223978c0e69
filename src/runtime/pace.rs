//! The pace of Kokoro on this machine: measured once, kept beside the runtime libraries.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::thread::available_parallelism;
use std::time::Instant;

use crate::config::TtsConfig;
use crate::config::speech_engine::TtsEngine;
use crate::engine::kokoro::{Kokoro, SENTENCE, best};
use crate::engine::registry::{Files, espeak_data};
use crate::engine::{EngineError, Synthesizer};
use crate::model::Places;
use crate::turn::Ticket;

/// The file of the measurement: seconds for a second of speech, and the number of processors.
const RECORD: &str = "kokoro-pace";

/// Seconds that this machine takes for a second of Kokoro's speech, if `auto` has to know it. Measured the first time,
/// and again when the number of processors has changed.
pub fn kokoro(config: &TtsConfig, places: &Places, files: &Files) -> Option<f32> {
    let folder = files.kokoro.as_deref().filter(|_| config.engine == TtsEngine::Auto && config.voice.is_empty())?;
    best(&config.language)?;
    let path = places.runtime(RECORD);
    let processors = available_parallelism().map_or(1, std::num::NonZero::get);
    if let Some(known) = std::fs::read_to_string(&path).ok().and_then(|text| recorded(&text, processors)) {
        return Some(known);
    }
    // Open the record before measuring: without it, every start would measure again.
    let mut record = OpenOptions::new().create(true).write(true).truncate(true).open(&path).ok()?;
    match measure(folder, config, files) {
        Ok(factor) => write!(record, "{factor:.3} {processors}").ok().map(|()| factor),
        Err(error) => {
            tracing::warn!("Kokoro cannot be measured: {error}");
            None
        }
    }
}

/// The factor of a record, if it was measured on so many processors.
fn recorded(text: &str, processors: usize) -> Option<f32> {
    let (factor, of) = text.trim().split_once(' ')?;
    let factor = factor.parse().ok().filter(|factor: &f32| factor.is_finite() && *factor > 0.0)?;
    (of.parse() == Ok(processors)).then_some(factor)
}

fn measure(folder: &Path, config: &TtsConfig, files: &Files) -> Result<f32, EngineError> {
    let mut voice = Kokoro::open(&files.onnxruntime, folder, &espeak_data(files)?, config)?;
    let began = Instant::now();
    let speech = voice.speak(SENTENCE, &Ticket::standing())?;
    let took = began.elapsed().as_secs_f32();
    #[allow(clippy::cast_precision_loss)] // some seconds
    let length = speech.samples.len() as f32 / speech.timing.rate.max(1) as f32;
    Ok(took / length.max(0.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_measured_counts_for_the_same_machine_only() {
        assert_eq!(recorded("0.310 8\n", 8), Some(0.31));
        for (text, processors) in [("0.310 8", 4), ("", 8), ("0.310", 8), ("-1 8", 8), ("inf 8", 8), ("x y", 8)] {
            assert_eq!(recorded(text, processors), None, "{text}");
        }
    }
}
