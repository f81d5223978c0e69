//! The sessions that run now: a place for each client, and figures of it. Never a client's address, nor its words.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::figures::{ENDPOINTS, Endpoint, milliseconds};
use crate::metrics::family::{MetricFamily, MetricKind, counters, gauge, prometheus};

/// The figures of a session.
#[derive(Clone, Debug)]
struct SessionFigures {
    endpoint: Endpoint,
    /// Seconds since 1970.
    began: u64,
    heard: Duration,
    language: Option<String>,
    delay: Option<Duration>,
}

/// The figures of the sessions by their numbers.
type SharedSessions = Arc<Mutex<BTreeMap<usize, SessionFigures>>>;

/// The sessions, and a limited number of places for them.
#[derive(Debug)]
pub struct Sessions {
    limit: usize,
    places: Arc<Semaphore>,
    running: SharedSessions,
}

/// A client's place. Dropping it ends the session.
#[derive(Debug)]
pub struct SessionPlace {
    number: usize,
    endpoint: Endpoint,
    running: SharedSessions,
    permit: Option<OwnedSemaphorePermit>,
}

impl Sessions {
    /// Places for `limit` sessions at a time, at least one.
    pub fn new(limit: usize) -> Self {
        let limit = limit.max(1);
        Self { limit, places: Arc::new(Semaphore::new(limit)), running: SharedSessions::default() }
    }

    /// A place for a client of `endpoint`, whose session begins; `None` when all places are taken.
    pub fn admit(&self, endpoint: Endpoint) -> Option<SessionPlace> {
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let began = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let session = SessionFigures { endpoint, began, heard: Duration::ZERO, language: None, delay: None };
        let mut running = lock(&self.running);
        // The lowest free number, so that Prometheus gets no more series over time than there are places.
        let number = (1..=running.len() + 1).find(|number| !running.contains_key(number))?;
        running.insert(number, session);
        Some(SessionPlace { number, endpoint, running: Arc::clone(&self.running), permit: Some(permit) })
    }

    /// Sessions that run now.
    pub fn count(&self) -> usize {
        lock(&self.running).len()
    }

    /// Waits until no session runs any more.
    pub async fn emptied(&self) {
        let all = u32::try_from(self.limit).unwrap_or(u32::MAX);
        // The semaphore is never closed.
        let _ = self.places.acquire_many(all).await;
    }

    /// The sessions as a list of objects, by their numbers: endpoint, beginning in seconds since 1970, and the
    /// milliseconds of sound heard; language and delay of the last words are null where they are not known.
    pub fn status(&self) -> Value {
        let running = lock(&self.running).clone();
        let object = |(number, session): (&usize, &SessionFigures)| {
            json!({
                "number": number,
                "endpoint": session.endpoint.name(),
                "began": session.began,
                "heard_ms": milliseconds(session.heard),
                "language": session.language,
                "delay_ms": session.delay.map(milliseconds),
            })
        };
        running.iter().map(object).collect()
    }

    /// The figures in Prometheus' text format.
    pub fn render(&self) -> String {
        let running = lock(&self.running).clone();
        let mut counts = [0_u64; ENDPOINTS.len()];
        for session in running.values() {
            counts[session.endpoint as usize] += 1;
        }
        let (name, help) = ("golem_serve_endpoint_sessions", "Clients that are served now, by endpoint.");
        let by_endpoint = counters(name, help, "endpoint", &ENDPOINTS, &counts);
        let mut text = prometheus(&[
            gauge("golem_serve_sessions", "Clients that are served now.", running.len() as u64),
            MetricFamily { kind: MetricKind::Gauge, ..by_endpoint },
        ]);
        let heard = running.iter().map(|(number, session)| (*number, session.heard));
        write_times(&mut text, "golem_serve_session_heard_seconds", "Sound heard in a session so far.", heard);
        let delays = running.iter().filter_map(|(number, session)| Some((*number, session.delay?)));
        let help = "Time from the end of a session's last utterance to its words.";
        write_times(&mut text, "golem_serve_session_delay_seconds", help, delays);
        text
    }
}

impl SessionPlace {
    /// The endpoint that the client uses.
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// Counts sound of this length.
    pub fn heard(&self, length: Duration) {
        self.update(|session| session.heard = session.heard.saturating_add(length));
    }

    /// Notes that a recording was heard up to this position.
    pub fn heard_up_to(&self, position: Duration) {
        self.update(|session| session.heard = position);
    }

    /// Notes the language of the last words, and the time from the end of their utterance until they came, each where
    /// it is known.
    pub fn understood(&self, language: Option<&str>, delay: Option<Duration>) {
        self.update(|session| (session.language, session.delay) = (language.map(str::to_owned), delay));
    }

    fn update(&self, change: impl FnOnce(&mut SessionFigures)) {
        if let Some(session) = lock(&self.running).get_mut(&self.number) {
            change(session);
        }
    }
}

impl Drop for SessionPlace {
    fn drop(&mut self) {
        let mut running = lock(&self.running);
        running.remove(&self.number);
        // Free the place before anyone sees that the session is over: its client may ask again at once.
        drop(self.permit.take());
    }
}

fn lock(running: &SharedSessions) -> MutexGuard<'_, BTreeMap<usize, SessionFigures>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Adds a gauge of times, one for each session by its number, in Prometheus' text format.
fn write_times(text: &mut String, name: &str, help: &str, times: impl Iterator<Item = (usize, Duration)>) {
    // Ignore the results: writing to a string cannot fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (number, time) in times {
        let _ = writeln!(text, "{name}{{session=\"{number}\"}} {}", time.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_in_the_list_until_its_place_is_dropped() {
        let sessions = Sessions::new(2);
        let first = sessions.admit(Endpoint::Realtime).unwrap();
        let second = sessions.admit(Endpoint::WyomingAsr).unwrap();
        assert!(sessions.admit(Endpoint::Speech).is_none());
        assert_eq!((sessions.count(), second.endpoint()), (2, Endpoint::WyomingAsr));
        drop(first);
        assert_eq!(sessions.count(), 1);
        let third = sessions.admit(Endpoint::Speech).unwrap();
        let status = sessions.status();
        assert_eq!((&status[0]["number"], &status[0]["endpoint"]), (&json!(1), &json!("speech")));
        assert_eq!((&status[1]["number"], &status[1]["endpoint"]), (&json!(2), &json!("wyoming_asr")));
        drop((second, third));
        assert_eq!((sessions.count(), sessions.status()), (0, json!([])));
    }

    #[test]
    fn each_session_has_its_own_figures() {
        let sessions = Sessions::new(8);
        let live = sessions.admit(Endpoint::Realtime).unwrap();
        let recording = sessions.admit(Endpoint::Transcription).unwrap();
        let _silent = sessions.admit(Endpoint::Realtime).unwrap();
        live.heard(Duration::from_secs(1));
        live.heard(Duration::from_millis(1_500));
        live.understood(Some("en"), Some(Duration::from_millis(400)));
        recording.heard_up_to(Duration::from_secs(3));
        recording.heard_up_to(Duration::from_secs(4));
        let status = sessions.status();
        assert_eq!((&status[0]["heard_ms"], &status[1]["heard_ms"]), (&json!(2_500), &json!(4_000)));
        assert_eq!((&status[0]["language"], &status[0]["delay_ms"]), (&json!("en"), &json!(400)));
        assert_eq!((&status[2]["language"], &status[2]["delay_ms"]), (&Value::Null, &Value::Null));
        let text = sessions.render();
        for line in [
            "golem_serve_sessions 3",
            "golem_serve_endpoint_sessions{endpoint=\"realtime\"} 2",
            "golem_serve_endpoint_sessions{endpoint=\"transcriptions\"} 1",
            "golem_serve_endpoint_sessions{endpoint=\"speech\"} 0",
            "golem_serve_session_heard_seconds{session=\"1\"} 2.5",
            "golem_serve_session_heard_seconds{session=\"3\"} 0",
            "golem_serve_session_delay_seconds{session=\"1\"} 0.4",
        ] {
            assert!(text.lines().any(|other| other == line), "{line}\n{text}");
        }
        assert!(!text.contains("golem_serve_session_delay_seconds{session=\"2\"}"), "{text}");
    }
}
