//! Arithmetic on sound: no files, no devices.

pub mod frame;
pub mod level;
pub mod mel;
pub mod resample;
pub mod span;
