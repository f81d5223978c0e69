//! Clients in parallel, each of which sends its next recording when it has the words of the one before.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Result, anyhow};

use crate::bench::asr::corpus::{self, errors};
use crate::config::AsrConfig;
use crate::config::speech_engine::AsrEngine;
use crate::engine::remote::asr::ServerTranscriber;
use crate::engine::{EngineError, Transcriber};
use crate::metrics::quantile;
use crate::turn::Ticket;

/// Longest wait for an answer, in milliseconds: with many clients each waits for all others.
const PATIENCE_MS: u64 = 600_000;

/// A recording, and its words.
pub struct SpokenSample {
    /// 16 kHz, -1..=1.
    pub audio: Vec<f32>,
    /// How long it is.
    pub seconds: f64,
    /// What is said in it.
    pub words: Vec<String>,
}

/// The figures of one number of clients.
#[derive(Clone, Debug, Default)]
pub struct CrowdFigures {
    /// How many clients.
    pub clients: usize,
    /// Milliseconds from a recording's sending to its words, in order.
    pub delays: Vec<f64>,
    /// Requests that brought no words.
    pub failed: usize,
    /// Seconds of speech that were heard.
    pub heard: f64,
    /// Seconds from the first request to the last answer.
    pub took: f64,
    /// Words wrong, and words said.
    pub wrong: (usize, usize),
}

impl CrowdFigures {
    /// The delay below which this share of all requests lies, in milliseconds.
    pub fn delay(&self, share: f64) -> f64 {
        quantile(&self.delays, share).unwrap_or(0.0)
    }

    /// Seconds of speech that are transcribed in a second.
    pub fn pace(&self) -> f64 {
        if self.took > 0.0 { self.heard / self.took } else { 0.0 }
    }

    /// Words wrong in per cent.
    #[expect(clippy::cast_precision_loss, reason = "a count of words")]
    pub fn wer(&self) -> f64 {
        100.0 * self.wrong.0 as f64 / self.wrong.1.max(1) as f64
    }
}

/// Has `clients` send `requests` recordings of `samples` in all to the server at `url`.
///
/// # Errors
/// When the system refuses a thread.
pub fn gather(url: &str, clients: usize, requests: usize, samples: &[SpokenSample]) -> Result<CrowdFigures> {
    let next = AtomicUsize::new(0);
    let began = Instant::now();
    let parts = std::thread::scope(|scope| {
        let started: Vec<_> = (0..clients).map(|_| scope.spawn(|| client(url, &next, requests, samples))).collect();
        started
            .into_iter()
            .map(|thread| thread.join().map_err(|_| anyhow!("a client broke")))
            .collect::<Result<Vec<_>>>()
    })?;
    let took = began.elapsed().as_secs_f64();
    let mut all = CrowdFigures { clients, took, ..CrowdFigures::default() };
    for part in parts {
        all.delays.extend(part.delays);
        all.failed += part.failed;
        all.heard += part.heard;
        all.wrong = (all.wrong.0 + part.wrong.0, all.wrong.1 + part.wrong.1);
    }
    all.delays.sort_by(f64::total_cmp);
    Ok(all)
}

/// One client: golem's asr on a server, without a fallback of its own.
fn client(url: &str, next: &AtomicUsize, requests: usize, samples: &[SpokenSample]) -> CrowdFigures {
    let mut figures = CrowdFigures::default();
    let settings = AsrConfig {
        engine: AsrEngine::OpenAi,
        url: url.into(),
        connect_ms: PATIENCE_MS,
        first_byte_ms: PATIENCE_MS,
        whole_ms: PATIENCE_MS,
        ..AsrConfig::default()
    };
    let no_ears = || -> Result<Box<dyn Transcriber>, EngineError> {
        Err(EngineError::Failed { engine: "ears", reason: "the server has not answered".into() })
    };
    let mut ears = ServerTranscriber::new(settings.servers(), &settings, Box::new(no_ears), Instant::now);
    loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let Some(sample) = samples.get(at % samples.len().max(1)).filter(|_| at < requests) else { return figures };
        let began = Instant::now();
        let heard =
            ears.start().and_then(|()| ears.accept(&sample.audio)).and_then(|_| ears.finish(&Ticket::standing()));
        match heard {
            Ok(heard) => {
                figures.delays.push(began.elapsed().as_secs_f64() * 1e3);
                figures.heard += sample.seconds;
                figures.wrong.0 += errors(&sample.words, &corpus::words(&heard.text));
                figures.wrong.1 += sample.words.len();
            }
            Err(_) => figures.failed += 1,
        }
    }
}
