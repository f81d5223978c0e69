//! The link between Home Assistant's connection and the ears, the brain and the voice that work through it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use tokio::sync::mpsc::{Receiver, channel};

use super::super::frame::WyomingEvent;
use super::machine::{SatelliteMachine, ServerState, TakenEvent};
use crate::message::Request;
use crate::phrases::Language;
use crate::turn::Ticket;

/// Events that may wait to be sent: 30 s of the microphone. A server that takes none for longer is hung up on.
const WAITING: usize = 512;
/// How often it is looked whether what is waited for is still wanted: what a barge-in waits for at most.
const LOOK: Duration = Duration::from_millis(5);

/// What comes of waiting.
#[derive(Debug, PartialEq, Eq)]
pub enum Waited<T> {
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
    /// The connection's number, and what sends on it.
    server: Option<(u64, tokio::sync::mpsc::Sender<WyomingEvent>)>,
    /// Where announcements are asked for.
    requests: Option<Sender<Request>>,
}

/// The link.
#[derive(Default)]
pub struct SatelliteLink {
    state: Mutex<LinkState>,
    changed: Condvar,
}

impl LinkState {
    /// Sends events. A connection that takes no more is dropped: its task ends with the other end of the channel.
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

    /// Announcements are asked for at `requests`, golem's own in that language.
    pub fn announce_at(&self, requests: Sender<Request>, language: Language) {
        let mut state = self.lock();
        state.requests = Some(requests);
        state.machine.speak(language);
    }

    /// Connection `number` wants to be the server's: what is to be sent on it. `None` while there is another, unless that one
    /// is muted: nothing shows whether a muted one is still there.
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

    /// Takes an event of connection `number`.
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

    /// Time goes by; an utterance that was dropped `most` of these ago is ended.
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

    /// A person speaks: the run that hears it; `None` where Home Assistant does not listen.
    pub fn begin(&self) -> Option<u64> {
        let mut state = self.lock();
        let (number, events) = state.machine.begin()?;
        state.send(events);
        Some(number)
    }

    /// More of what is said (16 kHz, -1..=1).
    pub fn hear(&self, run: u64, samples: &[f32]) {
        let mut state = self.lock();
        let events = state.machine.hear(run, samples);
        state.send(events);
    }

    /// All is said.
    pub fn end(&self, run: u64) {
        let mut state = self.lock();
        let ended = state.machine.end(run);
        state.send(ended);
    }

    /// A reply was heard.
    pub fn heard(&self) {
        let mut state = self.lock();
        let played = state.machine.heard();
        state.send(played);
    }

    /// Looks at the machine or changes it.
    pub fn with<T>(&self, work: impl FnOnce(&mut SatelliteMachine) -> T) -> T {
        work(&mut self.lock().machine)
    }

    /// Waits until `find` finds something, at most for `patience` and while `stop` is fresh.
    pub fn wait<T>(
        &self,
        stop: &Ticket,
        patience: Duration,
        mut find: impl FnMut(&mut SatelliteMachine) -> Option<T>,
    ) -> Waited<T> {
        let began = Instant::now();
        let mut state = self.lock();
        loop {
            if stop.stale() {
                return Waited::Stale;
            }
            if let Some(found) = find(&mut state.machine) {
                return Waited::Come(found);
            }
            if began.elapsed() >= patience {
                return Waited::Late;
            }
            state = self.changed.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
