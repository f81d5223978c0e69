//! The schedule of events in order of time. Of events at one moment, the one scheduled first comes first.

use std::collections::BTreeMap;

use crate::message::{Event, Time};
use crate::worker::tts::SynthesizedClip;

/// A scheduled event.
pub enum Due {
    /// An event for the dialogue.
    Event(Event),
    /// A clause is ready to be heard.
    Spoken(Box<SynthesizedClip>),
    /// The language model may go on.
    Think,
    /// The voice may go on.
    Speak,
}

/// The scheduled events, in order.
#[derive(Default)]
pub struct Schedule {
    due: BTreeMap<(Time, u64), Due>,
    count: u64,
}

impl Schedule {
    /// Schedules an event at `time`.
    pub fn at(&mut self, time: Time, due: Due) {
        self.count += 1;
        self.due.insert((time, self.count), due);
    }

    /// The time of the next event.
    pub fn next(&self) -> Option<Time> {
        self.due.keys().next().map(|(time, _)| *time)
    }

    /// Takes the next event that is due by `now`.
    pub fn pop(&mut self, now: Time) -> Option<Due> {
        self.next().filter(|time| *time <= now)?;
        self.due.pop_first().map(|(_, due)| due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_happen_in_order_of_time_and_then_of_arrival() {
        let mut schedule = Schedule::default();
        let (early, late) = (Time::from_millis(1), Time::from_millis(2));
        schedule.at(late, Due::Speak);
        schedule.at(early, Due::Think);
        schedule.at(early, Due::Speak);
        assert!(schedule.pop(Time::ZERO).is_none());
        assert!(matches!(schedule.pop(late), Some(Due::Think)));
        assert!(matches!(schedule.pop(early), Some(Due::Speak)));
        assert!(schedule.pop(early).is_none());
        assert_eq!(schedule.next(), Some(late));
    }
}
