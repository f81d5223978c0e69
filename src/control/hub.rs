//! The hub between one golem and many front ends: fans updates out, and routes requests to the dialogue or the process.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crossbeam_channel::{Sender, TrySendError, bounded};
use serde_json::Value;

use super::followed::Followed;
use super::tally::{Status, StatusTracker};
use super::wire::{self, Response};
use super::{Mode, Note, Part, Request, Update};
use crate::metrics::Summary;
use crate::worker::meter::MetricsMeter;

/// Lines that may wait for a client; beyond that, events are counted instead of sent.
pub const QUEUE: usize = 512;
/// Most lines of recent events that a new subscriber gets.
const LATELY: usize = 200;
/// Most bytes of these lines.
const LATELY_BYTES: usize = 256 * 1024;

/// A line on its way to a client.
pub type WireLine = Arc<str>;

/// An action of the process rather than of the dialogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessAction {
    /// Read the config again.
    Reload,
    /// End.
    Quit,
}

/// A request to the process, and the channel for its outcome: words for the person, or why it is not done.
#[derive(Debug)]
pub struct ProcessRequest {
    /// The action.
    pub action: ProcessAction,
    /// The channel for the outcome.
    pub outcome: Sender<Result<String, String>>,
}

/// The channels for requests.
#[derive(Clone, Debug)]
pub struct Routes {
    /// To the dialogue and the runtime around it.
    pub dialogue: Sender<Request>,
    /// To the process.
    pub process: Sender<ProcessRequest>,
}

/// A client that follows the events.
#[derive(Debug)]
pub struct Subscriber {
    /// The channel for its lines.
    pub lines: Sender<WireLine>,
    /// Events not sent since the last report of lost ones. Its address identifies the subscriber.
    pub lost: Arc<AtomicU64>,
    /// Whether it wants the microphone's level.
    pub level: bool,
}

#[derive(Debug, Default)]
struct Inner {
    tally: StatusTracker,
    lately: VecDeque<WireLine>,
    bytes: usize,
    /// The newest event of captions, hints or a prompter.
    shown: Option<WireLine>,
    subscribers: Vec<Subscriber>,
    lost: u64,
}

/// Fans updates out to subscribers, and routes their requests.
#[derive(Debug)]
pub struct Hub {
    followed: Followed,
    inner: Mutex<Inner>,
    routes: Routes,
    meter: MetricsMeter,
    began: Instant,
}

impl Hub {
    /// A hub of a golem that began at `began` in `mode`, with the metrics of `meter`.
    pub fn new(routes: Routes, meter: MetricsMeter, mode: Mode, began: Instant) -> Self {
        let inner = Inner { tally: StatusTracker::new(mode), ..Inner::default() };
        Self { followed: Followed::Golem, inner: Mutex::new(inner), routes, meter, began }
    }

    /// A hub of captions, hints or a prompter; its clients' requests go to `requests`.
    pub fn beside(followed: Followed, requests: Sender<Request>) -> Self {
        // No process receives requests here: `Followed::accept` refuses them.
        let routes = Routes { dialogue: requests, process: bounded(0).0 };
        let hub = Self::new(routes, MetricsMeter::default(), Mode::default(), Instant::now());
        hub.take(&Update::Listening);
        Self { followed, ..hub }
    }

    /// Sends an event of captions, hints or a prompter to all subscribers. Never waits for any of them.
    pub fn show(&self, event: &Value) {
        let line = WireLine::from(wire::line(event));
        let mut inner = self.inner();
        inner.send(&line, false);
        inner.shown = Some(line);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Use a poisoned lock: a panic leaves nothing half done in here.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an update and sends it to all subscribers. Never waits for any of them.
    pub fn take(&self, update: &Update) {
        let mut inner = self.inner();
        inner.tally.take(update);
        let level = matches!(update, Update::Level(_));
        let wanted = inner.subscribers.iter().any(|subscriber| subscriber.level || !level);
        if !wanted && !lasting(update) {
            return;
        }
        let line: WireLine = wire::event(update).into();
        if lasting(update) {
            inner.keep(Arc::clone(&line));
        }
        inner.send(&line, level);
    }

    /// Adds a subscriber or updates what it wants, and sends it golem's state and recent events.
    pub fn subscribe(&self, subscriber: Subscriber) {
        let mut inner = self.inner();
        let lines = match self.followed {
            Followed::Golem => self.present(&inner),
            Followed::Captions | Followed::Hints | Followed::Prompter => inner.shown.iter().cloned().collect(),
        };
        for line in lines {
            if subscriber.lines.try_send(line).is_err() {
                subscriber.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
        inner.subscribers.retain(|known| !Arc::ptr_eq(&known.lost, &subscriber.lost));
        inner.subscribers.push(subscriber);
    }

    /// Golem's parts, recent events and present state.
    fn present(&self, inner: &Inner) -> Vec<WireLine> {
        let status = inner.tally.status();
        let told = status.parts.into_iter().map(Update::Ready).chain(status.ready.then_some(Update::Listening));
        let mut lines: Vec<WireLine> = told.map(|update| wire::event(&update).into()).collect();
        lines.extend(inner.lately.iter().cloned());
        // Send the present state after the past events, so that clients end with it.
        let now = [
            Some(Note::State { state: status.state }),
            status.muted.then_some(Note::Muted { on: true }),
            status.waiting.then_some(Note::Waiting { on: true }),
            (status.mode != Mode::default()).then_some(Note::Mode { mode: status.mode }),
        ];
        let time = self.began.elapsed();
        lines.extend(now.into_iter().flatten().map(|note| WireLine::from(wire::event(&Update::Note { time, note }))));
        if let Some(folder) = status.recording {
            lines.push(wire::event(&Update::Recording { folder }).into());
        }
        if status.dropped > 0 {
            lines.push(wire::event(&Update::Dropped { samples: status.dropped }).into());
        }
        lines
    }

    /// Removes the subscriber whose counter is `lost`, if there is one.
    pub fn unsubscribe(&self, lost: &Arc<AtomicU64>) {
        self.inner().subscribers.retain(|known| !Arc::ptr_eq(&known.lost, lost));
    }

    /// Answers a request, or passes it on. The connection itself carries out a subscription.
    pub fn grant(&self, request: Request) -> Response {
        if let Err(reason) = self.followed.accept(&request) {
            return Response::refused(reason);
        }
        let done = match request {
            Request::Status => return Response::Status(Box::new(self.status())),
            Request::Metrics => return Response::Metrics(Box::new(self.metrics())),
            Request::Reload => return self.process(ProcessAction::Reload),
            Request::Quit => return self.process(ProcessAction::Quit),
            Request::Subscribe { .. } => return Response::ok(),
            Request::Mode { mode } => self.mode(mode),
            request => self.dialogue(request),
        };
        done.map_or_else(Response::refused, |()| Response::ok())
    }

    /// The status of golem.
    pub fn status(&self) -> Status {
        let inner = self.inner();
        Status {
            golem: env!("CARGO_PKG_VERSION").into(),
            pid: std::process::id(),
            uptime: self.began.elapsed().as_secs(),
            subscribers: inner.subscribers.len(),
            ..inner.tally.status()
        }
    }

    /// The summary of golem's metrics.
    pub fn metrics(&self) -> Summary {
        let figures = self.meter.read().summary();
        Summary { uptime: self.began.elapsed().as_secs(), lost: self.inner().lost, ..figures }
    }

    fn mode(&self, mode: Mode) -> Result<(), String> {
        let (needed, why) = match mode {
            Mode::Chat => (Part::Llm, "no language model is loaded; start golem without --intent-only"),
            Mode::Intent => (Part::Commands, "no commands are loaded; start golem with --set intents.enabled=true"),
        };
        let inner = self.inner();
        if inner.tally.status().ready && !inner.tally.has(needed) {
            return Err(why.into());
        }
        drop(inner);
        self.dialogue(Request::Mode { mode })
    }

    fn dialogue(&self, request: Request) -> Result<(), String> {
        // Refuse requests until golem is ready: no thread takes them yet, so they would queue and all run at once.
        if !self.inner().tally.status().ready {
            return Err("golem is still starting; try again in a moment".into());
        }
        self.routes.dialogue.try_send(request).map_err(|error| match error {
            TrySendError::Full(_) => "golem is too busy to take that; try again".into(),
            TrySendError::Disconnected(_) => "golem is ending".into(),
        })
    }

    fn process(&self, action: ProcessAction) -> Response {
        let (outcome, ended) = bounded(1);
        let sent = self.routes.process.try_send(ProcessRequest { action, outcome }).is_ok();
        match ended.recv() {
            Ok(Ok(text)) => Response::Ok { text },
            Ok(Err(reason)) => Response::refused(reason),
            Err(_) if sent => Response::refused("golem is ending"),
            Err(_) => Response::refused("golem is busy with another such request; try again"),
        }
    }
}

impl Inner {
    fn keep(&mut self, line: WireLine) {
        self.bytes += line.len();
        self.lately.push_back(line);
        while self.lately.len() > LATELY || self.bytes > LATELY_BYTES {
            let Some(oldest) = self.lately.pop_front() else { return };
            self.bytes -= oldest.len();
        }
    }

    fn send(&mut self, line: &WireLine, level: bool) {
        let mut lost = 0;
        self.subscribers.retain(|subscriber| {
            if level && !subscriber.level {
                return true;
            }
            match subscriber.lines.try_send(Arc::clone(line)) {
                Ok(()) => true,
                Err(TrySendError::Full(_)) => {
                    lost += 1;
                    subscriber.lost.fetch_add(1, Ordering::Relaxed);
                    true
                }
                Err(TrySendError::Disconnected(_)) => false,
            }
        });
        self.lost += lost;
    }
}

/// Whether later subscribers need the update: something was said, done or went wrong.
fn lasting(update: &Update) -> bool {
    match update {
        Update::Notice { .. } | Update::Fatal { .. } => true,
        Update::Note { note, .. } => !matches!(
            note,
            Note::State { .. }
                | Note::Muted { .. }
                | Note::Mode { .. }
                | Note::Waiting { .. }
                | Note::Partial { .. }
                | Note::Duck { .. }
        ),
        Update::Ready(_)
        | Update::Listening
        | Update::Spoken { .. }
        | Update::Level(_)
        | Update::Offers { .. }
        | Update::Away
        | Update::Recording { .. }
        | Update::Dropped { .. }
        | Update::Lost { .. } => false,
    }
}
