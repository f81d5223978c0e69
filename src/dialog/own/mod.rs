//! Golem's own deeds: timers, alarms, reminders, and what takes them back.

pub mod alarm;
mod appointment;
mod perform;
pub mod undo;
