//! The builtin commands of the dialogue: timers, alarms, reminders, and undoing.

pub mod alarm;
mod appointment;
mod perform;
pub mod undo;
