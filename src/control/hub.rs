//! Connects one golem to many front ends: sends them its events, and passes their wishes to the dialogue or process.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crossbeam_channel::{Sender, TrySendError, bounded};

use super::tally::{Status, Tally};
use super::wire::{self, Answer, Wish};
use super::{Command, Mode, Note, Update};
use crate::metrics::Summary;
use crate::worker::meter::Meter;

/// Lines that may wait for a client to read them; beyond that events are not sent, but counted.
pub const QUEUE: usize = 512;
/// Most lines of recent events that a new subscriber gets.
const LATELY: usize = 200;
/// Their bytes.
const LATELY_BYTES: usize = 256 * 1024;

/// A line on its way to a client.
pub type Line = Arc<str>;

/// What golem's dialogue does not do itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chore {
    /// Read the config again.
    Reload,
    /// End.
    Quit,
}

/// A chore and where to say what came of it: words for the person, or why it is not done.
#[derive(Debug)]
pub struct Errand {
    /// What to do.
    pub chore: Chore,
    /// Where to answer.
    pub answer: Sender<Result<String, String>>,
}

/// Who grants wishes.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The dialogue.
    pub commands: Sender<Command>,
    /// The process.
    pub errands: Sender<Errand>,
}

/// A client that follows the events.
#[derive(Debug)]
pub struct Subscriber {
    /// Where its lines go.
    pub lines: Sender<Line>,
    /// Events not sent since the last report of lost ones. Its address identifies the subscriber.
    pub lost: Arc<AtomicU64>,
    /// Whether it wants the microphone's level.
    pub level: bool,
}

#[derive(Debug, Default)]
struct Inner {
    tally: Tally,
    lately: VecDeque<Line>,
    bytes: usize,
    subscribers: Vec<Subscriber>,
    lost: u64,
}

/// The hub.
#[derive(Debug)]
pub struct Hub {
    inner: Mutex<Inner>,
    desk: Desk,
    meter: Meter,
    began: Instant,
}

impl Hub {
    /// A hub of a golem that began at `began` in `mode`, and is counted and timed by `meter`.
    pub fn new(desk: Desk, meter: Meter, mode: Mode, began: Instant) -> Self {
        let inner = Inner { tally: Tally::new(mode), ..Inner::default() };
        Self { inner: Mutex::new(inner), desk, meter, began }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Nothing in here is left half done by a panic.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes news and sends them to all who subscribed. Never waits for any of them.
    pub fn take(&self, update: &Update) {
        let mut inner = self.inner();
        inner.tally.take(update);
        let level = matches!(update, Update::Level(_));
        let wanted = inner.subscribers.iter().any(|subscriber| subscriber.level || !level);
        if !wanted && !lasting(update) {
            return;
        }
        let line: Line = wire::event(update).into();
        if lasting(update) {
            inner.keep(Arc::clone(&line));
        }
        inner.send(&line, level);
    }

    /// Adds a subscriber or updates what it wants, and sends it golem's state and recent events.
    pub fn subscribe(&self, subscriber: Subscriber) {
        let mut inner = self.inner();
        let status = inner.tally.status();
        let told = status.parts.into_iter().map(Update::Ready).chain(status.ready.then_some(Update::Listening));
        let mut lines: Vec<Line> = told.map(|update| wire::event(&update).into()).collect();
        lines.extend(inner.lately.iter().cloned());
        // The present comes last, so that the past does not pass for it.
        let now = [
            Some(Note::State { state: status.state }),
            status.muted.then_some(Note::Muted { on: true }),
            (status.mode != Mode::default()).then_some(Note::Mode { mode: status.mode }),
        ];
        let time = self.began.elapsed();
        lines.extend(now.into_iter().flatten().map(|note| Line::from(wire::event(&Update::Note(time, note)))));
        if status.dropped > 0 {
            lines.push(wire::event(&Update::Dropped(status.dropped)).into());
        }
        for line in lines {
            if subscriber.lines.try_send(line).is_err() {
                subscriber.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
        inner.subscribers.retain(|known| !Arc::ptr_eq(&known.lost, &subscriber.lost));
        inner.subscribers.push(subscriber);
    }

    /// Removes the subscriber whose counter is `lost`, if there is one.
    pub fn unsubscribe(&self, lost: &Arc<AtomicU64>) {
        self.inner().subscribers.retain(|known| !Arc::ptr_eq(&known.lost, lost));
    }

    /// Grants a wish, except a subscription, which is the connection's affair.
    pub fn grant(&self, wish: Wish) -> Answer {
        let done = match wish {
            Wish::Status => return Answer::Status(Box::new(self.status())),
            Wish::Metrics => return Answer::Metrics(Box::new(self.metrics())),
            Wish::Reload => return self.errand(Chore::Reload),
            Wish::Quit => return self.errand(Chore::Quit),
            Wish::Subscribe { .. } => return Answer::ok(),
            Wish::Mode { mode } => self.mode(mode),
            Wish::Mute => self.command(Command::Mute(true)),
            Wish::Unmute => self.command(Command::Mute(false)),
            Wish::Listen => self.command(Command::Listen),
            Wish::Stop => self.command(Command::Interrupt),
            Wish::Repeat => self.command(Command::Repeat),
            Wish::Say { text } => self.command(Command::Say(text)),
            Wish::Ask { text } => self.command(Command::Ask(text)),
            Wish::Talk { on } => self.command(Command::Talk(on)),
            Wish::Answer { yes } => self.command(Command::Answer(yes)),
            Wish::Offers => self.command(Command::Offers),
            Wish::Switch { part, name } => self.command(Command::Switch { part, name }),
        };
        done.map_or_else(Answer::refused, |()| Answer::ok())
    }

    /// How golem is.
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

    /// What it has counted and timed.
    pub fn metrics(&self) -> Summary {
        let figures = self.meter.read().summary();
        Summary { uptime: self.began.elapsed().as_secs(), lost: self.inner().lost, ..figures }
    }

    fn mode(&self, mode: Mode) -> Result<(), String> {
        let (needed, why) = match mode {
            Mode::Chat => ("brain", "no language model is loaded; start golem without --intent-only"),
            Mode::Intent => ("commands", "no commands are loaded; start golem with --set intents.enabled=true"),
        };
        let inner = self.inner();
        if inner.tally.status().ready && !inner.tally.has(needed) {
            return Err(why.into());
        }
        drop(inner);
        self.command(Command::Mode(mode))
    }

    fn command(&self, command: Command) -> Result<(), String> {
        // Until golem is ready no thread takes commands: they would queue and all run at once.
        if !self.inner().tally.status().ready {
            return Err("golem is still starting; try again in a moment".into());
        }
        self.desk.commands.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => "golem is too busy to take that; try again".into(),
            TrySendError::Disconnected(_) => "golem is ending".into(),
        })
    }

    fn errand(&self, chore: Chore) -> Answer {
        let (answer, answered) = bounded(1);
        let sent = self.desk.errands.try_send(Errand { chore, answer }).is_ok();
        match answered.recv() {
            Ok(Ok(text)) => Answer::Ok { text },
            Ok(Err(reason)) => Answer::refused(reason),
            Err(_) if sent => Answer::refused("golem is ending"),
            Err(_) => Answer::refused("golem is busy with another such request; try again"),
        }
    }
}

impl Inner {
    fn keep(&mut self, line: Line) {
        self.bytes += line.len();
        self.lately.push_back(line);
        while self.lately.len() > LATELY || self.bytes > LATELY_BYTES {
            let Some(oldest) = self.lately.pop_front() else { return };
            self.bytes -= oldest.len();
        }
    }

    fn send(&mut self, line: &Line, level: bool) {
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

/// Whether somebody who comes later would miss it: what was said, done or went wrong.
fn lasting(update: &Update) -> bool {
    match update {
        Update::Notice(_) | Update::Fatal(_) => true,
        Update::Note(_, note) => !matches!(
            note,
            Note::State { .. } | Note::Muted { .. } | Note::Mode { .. } | Note::Partial { .. } | Note::Duck { .. }
        ),
        Update::Ready(_)
        | Update::Listening
        | Update::Spoken { .. }
        | Update::Level(_)
        | Update::Offers(_)
        | Update::Away
        | Update::Dropped(_) => false,
    }
}
