//! The link between Home Assistant's connection and the engines that work through it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use tokio::sync::mpsc::{Receiver, channel};

use super::super::frame::WyomingEvent;
use super::machine::{SatelliteMachine, TakenEvent};
use super::server::ServerState;
use crate::message::Request;
use crate::phrases::Language;
use crate::turn::Ticket;

/// Events that may wait to be sent: 30 s of the microphone. If more wait, the connection is closed.
const WAITING: usize = 512;
/// Interval at which a wait checks its ticket: the longest delay of a barge-in.
const LOOK: Duration = Duration::from_millis(5);

/// The result of a wait.
#[derive(Debug, PartialEq, Eq)]
pub enum WaitOutcome<T> {
    /// It has come.
    Come(T),
    /// It is not wanted any more.
    Stale,
    /// The time for it is over.
    Late,
}

/// The connection that is Home Assistant's, and the machine behind it.
#[derive(Default)]
struct LinkState {
    machine: SatelliteMachine,
    /// Number of the connection, and its queue of events.
    server: Option<(u64, tokio::sync::mpsc::Sender<WyomingEvent>)>,
    /// The queue of requests, for announcements.
    requests: Option<Sender<Request>>,
}

/// The link, shared by the connection and the engines.
#[derive(Default)]
pub struct SatelliteLink {
    state: Mutex<LinkState>,
    changed: Condvar,
}

impl LinkState {
    /// Sends events. If the queue is full, it is dropped, which ends the connection's task.
    fn send(&mut self, events: impl IntoIterator<Item = WyomingEvent>) {
        for event in events {
            if self.server.as_ref().is_some_and(|(_, server)| server.try_send(event).is_err()) {
                tracing::warn!("Home Assistant takes no more of what golem sends, and is hung up on");
                self.server = None;
                self.machine.connected(false);
            }
        }
    }
}

impl SatelliteLink {
    /// A link without a server.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    fn lock(&self) -> MutexGuard<'_, LinkState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends requests to speak announcements to `requests`; golem's own sentences are in `language`.
    pub fn announce_at(&self, requests: Sender<Request>, language: Language) {
        let mut state = self.lock();
        state.requests = Some(requests);
        state.machine.speak(language);
    }

    /// Makes connection `number` the server's; gives the queue of events to send on it. `None` while there is another,
    /// unless that one is muted: nothing shows whether a muted one is still there.
    pub fn claim(&self, number: u64) -> Option<Receiver<WyomingEvent>> {
        let mut state = self.lock();
        if state.server.is_some() && state.machine.server() == ServerState::Ready {
            return None;
        }
        let (sender, events) = channel(WAITING);
        state.machine.connected(false);
        state.server = Some((number, sender));
        state.machine.connected(true);
        Some(events)
    }

    /// Connection `number` has ended.
    pub fn release(&self, number: u64) {
        let mut state = self.lock();
        if state.server.as_ref().is_some_and(|(server, _)| *server == number) {
            state.server = None;
            state.machine.connected(false);
            self.changed.notify_all();
        }
    }

    /// Whether Home Assistant wants to hear anything.
    pub fn server(&self) -> ServerState {
        self.lock().machine.server()
    }

    /// Takes an event from connection `number`.
    pub fn take(&self, number: u64, event: &WyomingEvent) {
        let mut state = self.lock();
        if state.server.as_ref().is_none_or(|(server, _)| *server != number) {
            return;
        }
        if let TakenEvent::Say(text) = state.machine.take(event)
            && let Some(requests) = &state.requests
            && requests.try_send(Request::Say { text }).is_err()
        {
            tracing::warn!("an announcement of Home Assistant's is not played: golem has too much to do");
        }
        self.changed.notify_all();
    }

    /// A tick passes. An utterance that got no sound for `most` ticks is ended.
    pub fn tick(&self, most: u32) {
        let mut state = self.lock();
        let ended = state.machine.tick(most);
        state.send(ended);
    }

    /// The wake phrase was said.
    pub fn called(&self, phrase: &str) {
        let mut state = self.lock();
        let called = state.machine.called(phrase);
        state.send(called);
    }

    /// A person begins to speak: the number of the run; `None` if Home Assistant does not listen.
    pub fn begin(&self) -> Option<u64> {
        let mut state = self.lock();
        let (number, events) = state.machine.begin()?;
        state.send(events);
        Some(number)
    }

    /// Takes more of the person's speech (16 kHz, -1..=1).
    pub fn hear(&self, run: u64, samples: &[f32]) {
        let mut state = self.lock();
        let events = state.machine.hear(run, samples);
        state.send(events);
    }

    /// Ends the utterance of `run`.
    pub fn end(&self, run: u64) {
        let mut state = self.lock();
        let ended = state.machine.end(run);
        state.send(ended);
    }

    /// Reports that a reply was heard.
    pub fn heard(&self) {
        let mut state = self.lock();
        let played = state.machine.heard();
        state.send(played);
    }

    /// Looks at the machine or changes it.
    pub fn with<T>(&self, work: impl FnOnce(&mut SatelliteMachine) -> T) -> T {
        work(&mut self.lock().machine)
    }

    /// Waits until `find` gives a value, at most for `patience` and while `stop` is fresh.
    pub fn wait<T>(
        &self,
        stop: &Ticket,
        patience: Duration,
        mut find: impl FnMut(&mut SatelliteMachine) -> Option<T>,
    ) -> WaitOutcome<T> {
        let began = Instant::now();
        let mut state = self.lock();
        loop {
            if stop.stale() {
                return WaitOutcome::Stale;
            }
            if let Some(found) = find(&mut state.machine) {
                return WaitOutcome::Come(found);
            }
            if began.elapsed() >= patience {
                return WaitOutcome::Late;
            }
            state = self.changed.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
