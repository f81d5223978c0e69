//! The last command, for repeating and undoing.

use super::alarm::Alarm;
use crate::intent::Slots;
use crate::order::{Order, Outcome};

/// The undoing of a command.
#[derive(Debug)]
pub(in crate::dialog) enum Undo {
    /// The timers, alarms and reminders before it.
    Alarms(Vec<Alarm>),
    /// An order for the executor.
    Order(Order),
}

/// The last command.
#[derive(Debug, Default)]
pub(in crate::dialog) struct Deeds {
    last: Option<Order>,
    undo: Option<Undo>,
}

impl Deeds {
    /// An order is carried out: the command before it can no longer be undone.
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

    /// Timers, alarms or reminders were changed: keeps the list from before.
    pub fn changed(&mut self, before: Vec<Alarm>) {
        self.undo = Some(Undo::Alarms(before));
    }

    /// The last order, for repeating.
    pub fn last(&self) -> Option<Order> {
        self.last.clone()
    }

    /// The last order must not be repeated without a question.
    pub fn forget_last(&mut self) {
        self.last = None;
    }

    /// Takes the undoing of the last command, once.
    pub fn take_back(&mut self) -> Option<Undo> {
        self.undo.take()
    }
}
