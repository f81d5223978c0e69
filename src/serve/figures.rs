//! The figures of the speech server: counts and times, never words.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::metrics::family::{MetricFamily, counter, counters, gauge, prometheus, spreads};
use crate::metrics::histogram::{FACTORS, Histogram, SECONDS};
use crate::worker::meter::process;

/// The kinds of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Words of a recording.
    Transcription,
    /// English words of a recording.
    Translation,
    /// A text spoken.
    Speech,
    /// Anything else over HTTP.
    Other,
    /// Words of a recording over Wyoming.
    WyomingAsr,
    /// A text spoken over Wyoming.
    WyomingTts,
    /// The wake phrase, heard over Wyoming.
    WyomingWake,
    /// A sentence as a command over Wyoming.
    WyomingIntent,
    /// Words of an utterance over RealtimeSTT's protocols.
    RealtimeStt,
    /// Words of an utterance in a session of OpenAI's.
    Realtime,
}

impl Endpoint {
    /// Its name in the figures.
    pub fn name(self) -> &'static str {
        ENDPOINTS[self as usize]
    }
}

/// The names of the endpoints, in the order of [`Endpoint`].
pub const ENDPOINTS: [&str; 10] = [
    "transcriptions",
    "translations",
    "speech",
    "other",
    "wyoming_asr",
    "wyoming_tts",
    "wyoming_wake",
    "wyoming_intent",
    "realtimestt",
    "realtime",
];
/// HTTP statuses that are counted apart; the last stands for all others of 400 and above.
const STATUSES: [&str; 9] = ["400", "401", "403", "404", "413", "429", "500", "503", "other"];

#[derive(Clone, Debug)]
struct Counts {
    requests: [u64; ENDPOINTS.len()],
    errors: [u64; STATUSES.len()],
    seconds: [Histogram; ENDPOINTS.len()],
    factor: Histogram,
    heard_ms: u64,
    spoken_ms: u64,
}

/// The figures. Copies count together.
#[derive(Clone, Debug)]
pub struct ServeFigures(Arc<Mutex<Counts>>);

impl Default for ServeFigures {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Counts {
            requests: [0; ENDPOINTS.len()],
            errors: [0; STATUSES.len()],
            seconds: [Histogram::new(&SECONDS); ENDPOINTS.len()],
            factor: Histogram::new(&FACTORS),
            heard_ms: 0,
            spoken_ms: 0,
        })))
    }
}

impl ServeFigures {
    /// Counts a request that was answered with this HTTP status after `time`.
    pub fn answered(&self, endpoint: Endpoint, status: u16, time: Duration) {
        let mut counts = self.lock();
        counts.requests[endpoint as usize] += 1;
        counts.seconds[endpoint as usize].record(time.as_secs_f64());
        if status >= 400 {
            let text = status.to_string();
            let place = STATUSES.iter().position(|known| *known == text).unwrap_or(STATUSES.len() - 1);
            counts.errors[place] += 1;
        }
    }

    /// Counts a recording of this length that was transcribed in `time`.
    pub fn heard(&self, length: Duration, time: Duration) {
        let mut counts = self.lock();
        counts.heard_ms += milliseconds(length);
        if !length.is_zero() {
            counts.factor.record(time.as_secs_f64() / length.as_secs_f64());
        }
    }

    /// Counts speech of this length.
    pub fn spoken(&self, length: Duration) {
        self.lock().spoken_ms += milliseconds(length);
    }

    /// The figures in Prometheus' text format: `engines` is the number of engines in memory.
    pub fn render(&self, engines: usize) -> String {
        let counts = self.lock().clone();
        let factor = std::slice::from_ref(&counts.factor);
        let process = process();
        let families: Vec<MetricFamily> = vec![
            counters("golem_serve_requests_total", "Requests answered.", "endpoint", &ENDPOINTS, &counts.requests),
            counters(
                "golem_serve_errors_total",
                "Requests refused, by HTTP status.",
                "status",
                &STATUSES,
                &counts.errors,
            ),
            spreads(
                "golem_serve_request_seconds",
                "Time from a request to the head of its answer.",
                "endpoint",
                &ENDPOINTS,
                &counts.seconds,
            ),
            spreads("golem_serve_real_time_factor", "Time to hear a second of a recording.", "", &[""], factor),
            counter("golem_serve_heard_milliseconds_total", "Length of all recordings heard.", counts.heard_ms),
            counter("golem_serve_spoken_milliseconds_total", "Length of all speech made.", counts.spoken_ms),
            gauge("golem_serve_engines", "Engines in memory: ears, voices and voice detections.", engines as u64),
            gauge("process_resident_memory_bytes", "Memory that the process holds.", process.memory),
            gauge("process_threads", "Threads of the process.", process.threads),
            gauge("process_open_fds", "Open files of the process.", process.files),
        ];
        prometheus(&families)
    }

    /// The counts as an object: requests by endpoint, errors by status, lengths, and the memory of the process.
    pub fn status(&self) -> Value {
        let counts = self.lock().clone();
        let named = |names: &[&str], counts: &[u64]| -> Value {
            names.iter().zip(counts).map(|(name, count)| ((*name).to_owned(), Value::from(*count))).collect()
        };
        json!({
            "requests": named(&ENDPOINTS, &counts.requests),
            "errors": named(&STATUSES, &counts.errors),
            "heard_ms": counts.heard_ms,
            "spoken_ms": counts.spoken_ms,
            "memory_bytes": process().memory,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A length in whole milliseconds.
pub fn milliseconds(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_lengths_are_counted() {
        let figures = ServeFigures::default();
        figures.answered(Endpoint::Transcription, 200, Duration::from_millis(20));
        figures.answered(Endpoint::Transcription, 429, Duration::ZERO);
        figures.answered(Endpoint::Other, 418, Duration::ZERO);
        figures.clone().heard(Duration::from_secs(10), Duration::from_secs(1));
        figures.heard(Duration::ZERO, Duration::from_secs(1));
        figures.spoken(Duration::from_millis(1_500));
        let status = figures.status();
        assert_eq!((&status["requests"]["transcriptions"], &status["errors"]["429"]), (&json!(2), &json!(1)));
        assert_eq!((&status["heard_ms"], &status["spoken_ms"]), (&json!(10_000), &json!(1_500)));
        let text = figures.render(2);
        for line in [
            "golem_serve_requests_total{endpoint=\"transcriptions\"} 2",
            "golem_serve_errors_total{status=\"429\"} 1",
            "golem_serve_errors_total{status=\"other\"} 1",
            "golem_serve_real_time_factor_count 1",
            "golem_serve_heard_milliseconds_total 10000",
            "golem_serve_spoken_milliseconds_total 1500",
            "golem_serve_engines 2",
        ] {
            assert!(text.lines().any(|other| other == line), "{line}\n{text}");
        }
    }
}
