//! The last deed, to be done again or taken back.

use super::alarm::Alarm;
use crate::intent::Slots;
use crate::order::{Order, Outcome};

/// What takes the last deed back.
#[derive(Debug)]
pub(in crate::dialog) enum Undo {
    /// The timers, alarms and reminders that there were before it.
    Alarms(Vec<Alarm>),
    /// An order for the world outside.
    Order(Order),
}

/// The last deed.
#[derive(Debug, Default)]
pub(in crate::dialog) struct Deeds {
    last: Option<Order>,
    undo: Option<Undo>,
}

impl Deeds {
    /// An order is carried out. What was done before it is taken back no more.
    pub fn begin(&mut self, order: &Order) {
        self.last = Some(order.clone());
        self.undo = None;
    }

    /// Keeps how to undo the last order, if its outcome says so.
    pub fn done(&mut self, outcome: &Outcome) {
        let Some(deed) = outcome.undo.clone() else { return };
        let Some(last) = &self.last else { return };
        let order = Order { deed, say: None, slots: Slots::new(), ..last.clone() };
        self.undo = Some(Undo::Order(order));
    }

    /// Timers, alarms or reminders were changed: this is what they were before.
    pub fn changed(&mut self, before: Vec<Alarm>) {
        self.undo = Some(Undo::Alarms(before));
    }

    /// The last order, to carry it out again.
    pub fn last(&self) -> Option<Order> {
        self.last.clone()
    }

    /// The last order is not to be carried out again without asking.
    pub fn forget_last(&mut self) {
        self.last = None;
    }

    /// What takes the last deed back, once.
    pub fn take_back(&mut self) -> Option<Undo> {
        self.undo.take()
    }
}
