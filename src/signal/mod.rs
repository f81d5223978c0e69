//! Arithmetic on sound: no files, no devices.

pub mod mel;
pub mod resample;
pub mod span;
