//! Home Assistant as the satellite knows it: whether it listens, and its timers.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::frame::WyomingEvent;
use crate::phrases::AlarmLabel;

/// Most timers whose labels are kept.
const MOST: usize = 100;

/// Whether Home Assistant wants to hear anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServerState {
    /// It is not connected.
    #[default]
    Absent,
    /// It is muted, or has not begun yet.
    Paused,
    /// It takes what golem hears.
    Ready,
}

/// The labels of the timers that run: Home Assistant sends only their numbers when they end.
#[derive(Debug, Default)]
pub struct ServerTimers(BTreeMap<String, AlarmLabel>);

impl ServerTimers {
    /// Takes `timer-started` or `timer-updated`: a timer has a name, which stays, or else a length.
    pub fn run(&mut self, event: &WyomingEvent) {
        let (id, name) = (event.text("id"), event.text("name"));
        let named = matches!(self.0.get(id), Some(AlarmLabel::Name(_)));
        let full = self.0.len() >= MOST && !self.0.contains_key(id);
        if id.is_empty() || full || (named && name.is_empty()) {
            return;
        }
        let label = match event.number("total_seconds") {
            _ if !name.is_empty() => AlarmLabel::Name(name.into()),
            Some(seconds @ 1..) => AlarmLabel::Length(Duration::from_secs(seconds.into())),
            _ => return,
        };
        self.0.insert(id.into(), label);
    }

    /// Takes `timer-finished` or `timer-cancelled`; returns the timer's label, if it is known.
    pub fn end(&mut self, event: &WyomingEvent) -> Option<AlarmLabel> {
        self.0.remove(event.text("id"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_timer_has_its_name_or_its_present_length() {
        let mut timers = ServerTimers::default();
        let mut run = |kind: &str, data: Value| timers.run(&WyomingEvent::new(kind, data));
        run("timer-started", json!({"id": "1", "name": "pizza", "total_seconds": 300, "start_minutes": 5}));
        run("timer-started", json!({"id": "2", "total_seconds": 300}));
        run("timer-updated", json!({"id": "1", "is_active": true, "total_seconds": 360}));
        run("timer-updated", json!({"id": "2", "is_active": true, "total_seconds": 360}));
        run("timer-started", json!({"total_seconds": 9}));
        run("timer-started", json!({"id": "3", "total_seconds": "soon"}));
        let mut end = |id: &str| timers.end(&WyomingEvent::new("timer-finished", json!({"id": id})));
        assert_eq!(end("1"), Some(AlarmLabel::Name("pizza".into())));
        assert_eq!(end("2"), Some(AlarmLabel::Length(Duration::from_mins(6))));
        assert_eq!((end("1"), end("3"), end("")), (None, None, None));
    }
}
