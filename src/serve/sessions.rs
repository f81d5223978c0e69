//! The sessions that run now: a place for each client, and figures of it. Never a client's address, nor its words.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::figures::{ENDPOINTS, Endpoint, milliseconds};
use super::idle::{SessionActivity, longest_idle};
use crate::metrics::family::{MetricFamily, MetricKind, counters, gauge, prometheus};

/// A session that runs.
#[derive(Clone, Debug)]
struct RunningSession {
    endpoint: Endpoint,
    /// Seconds since 1970.
    began: u64,
    heard: Duration,
    language: Option<String>,
    delay: Option<Duration>,
    /// Only of a live session, which may give its place away.
    activity: Option<SessionActivity>,
    /// Notified when another client gets the place.
    given_away: Arc<Notify>,
}

/// The sessions by their numbers, shared with those who hold their places.
#[derive(Debug, Default)]
struct SharedSessions {
    running: Mutex<BTreeMap<usize, RunningSession>>,
    /// Notified when no session runs any more.
    emptied: Notify,
}

/// The sessions, and a limited number of places for them.
#[derive(Debug)]
pub struct Sessions {
    limit: usize,
    /// Time without work after which a live session gives its place to a client that finds none.
    idle: Duration,
    shared: Arc<SharedSessions>,
}

/// A client's place. Dropping it ends the session.
#[derive(Debug)]
pub struct SessionPlace {
    number: usize,
    endpoint: Endpoint,
    shared: Arc<SharedSessions>,
    given_away: Arc<Notify>,
}

impl Sessions {
    /// Places for `limit` sessions at a time, at least one. A live session that has been idle for `idle` gives its place
    /// to a client that finds none.
    pub fn new(limit: usize, idle: Duration) -> Self {
        Self { limit: limit.max(1), idle, shared: Arc::default() }
    }

    /// A place for a client of `endpoint`, whose session begins; `None` when all places are taken and no live session
    /// has been idle for long.
    pub fn admit(&self, endpoint: Endpoint) -> Option<SessionPlace> {
        self.admit_at(endpoint, Instant::now())
    }

    /// As [`Sessions::admit`], at the time `now`.
    pub fn admit_at(&self, endpoint: Endpoint, now: Instant) -> Option<SessionPlace> {
        let mut running = self.shared.lock();
        if running.len() >= self.limit {
            let live = running.iter().filter_map(|(number, session)| Some((*number, session.activity?)));
            let number = longest_idle(live, self.idle, now)?;
            let session = running.remove(&number)?;
            tracing::info!("an idle session ({}) gives its place to a new client", session.endpoint.name());
            session.given_away.notify_one();
        }
        // The lowest free number, so that Prometheus gets no more series over time than there are places.
        let number = (1..=running.len() + 1).find(|number| !running.contains_key(number))?;
        let given_away = Arc::<Notify>::default();
        let session = RunningSession {
            endpoint,
            began: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs()),
            heard: Duration::ZERO,
            language: None,
            delay: None,
            activity: None,
            given_away: Arc::clone(&given_away),
        };
        running.insert(number, session);
        Some(SessionPlace { number, endpoint, shared: Arc::clone(&self.shared), given_away })
    }

    /// Sessions that run now.
    pub fn count(&self) -> usize {
        self.shared.lock().len()
    }

    /// Waits until no session runs any more.
    pub async fn emptied(&self) {
        loop {
            // Begin to wait before looking: the last session may end in between.
            let emptied = self.shared.emptied.notified();
            if self.count() == 0 {
                return;
            }
            emptied.await;
        }
    }

    /// The sessions as a list of objects, by their numbers: endpoint, beginning in seconds since 1970, and the
    /// milliseconds of sound heard; language and delay of the last words are null where they are not known.
    pub fn status(&self) -> Value {
        let running = self.shared.lock().clone();
        let object = |(number, session): (&usize, &RunningSession)| {
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
        let running = self.shared.lock().clone();
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

    /// Marks the session as a live one, which is idle from `now` on.
    pub fn begin_live(&self, now: Instant) {
        self.update(|session| session.activity = Some(SessionActivity::new(now)));
    }

    /// Changes the activity of a live session.
    pub fn activity(&self, change: impl FnOnce(&mut SessionActivity)) {
        self.update(|session| {
            if let Some(activity) = &mut session.activity {
                change(activity);
            }
        });
    }

    /// Waits until the place is another client's, because this one was idle. The session is to be closed then.
    pub async fn given_away(&self) {
        self.given_away.notified().await;
    }

    fn update(&self, change: impl FnOnce(&mut RunningSession)) {
        if let Some(session) = self.shared.lock().get_mut(&self.number).filter(|session| self.is_of(session)) {
            change(session);
        }
    }

    /// Whether the place is that of `session`. Its number may be another session's since it was given away.
    fn is_of(&self, session: &RunningSession) -> bool {
        Arc::ptr_eq(&self.given_away, &session.given_away)
    }
}

impl Drop for SessionPlace {
    fn drop(&mut self) {
        let mut running = self.shared.lock();
        if running.get(&self.number).is_some_and(|session| self.is_of(session)) {
            running.remove(&self.number);
        }
        if running.is_empty() {
            self.shared.emptied.notify_waiters();
        }
    }
}

impl SharedSessions {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<usize, RunningSession>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
    use futures_util::FutureExt as _;

    use super::*;

    const IDLE: Duration = Duration::from_mins(5);

    #[test]
    fn a_session_is_in_the_list_until_its_place_is_dropped() {
        let sessions = Sessions::new(2, IDLE);
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
    fn the_longest_idle_live_session_gives_its_place_away() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let sessions = Sessions::new(3, IDLE);
        let recording = sessions.admit_at(Endpoint::Transcription, at(0)).unwrap();
        let live = [10, 20].map(|seconds| {
            let place = sessions.admit_at(Endpoint::RealtimeStt, at(seconds)).unwrap();
            place.begin_live(at(seconds));
            place
        });
        assert!(sessions.admit_at(Endpoint::Speech, at(309)).is_none());
        assert!(live[0].given_away().now_or_never().is_none());
        let speech = sessions.admit_at(Endpoint::Speech, at(310)).unwrap();
        assert!(live[0].given_away().now_or_never().is_some());
        assert!(live[1].given_away().now_or_never().is_none());
        live[1].activity(|activity| activity.touch(at(311)));
        assert!(sessions.admit_at(Endpoint::Speech, at(610)).is_none(), "it was not idle for long enough");
        // The new session has the number of the one that gave way, and nothing else of it.
        let [idle, other] = live;
        idle.heard(Duration::from_secs(9));
        drop(idle);
        let status = sessions.status();
        assert_eq!((&status[1]["endpoint"], &status[1]["heard_ms"]), (&json!("speech"), &json!(0)));
        assert!(sessions.emptied().now_or_never().is_none());
        drop((recording, other, speech));
        assert!(sessions.emptied().now_or_never().is_some());
    }

    #[test]
    fn each_session_has_its_own_figures() {
        let sessions = Sessions::new(8, IDLE);
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
