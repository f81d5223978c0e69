//! Signal processing of sound, without files and devices.

mod convolve;
pub mod delay_line;
pub mod echo;
pub mod frame;
pub mod level;
pub mod mel;
pub mod odds;
pub mod pcm;
pub mod phase_correlation;
pub mod resample;
pub mod response;
pub mod room;
pub mod span;
pub mod sweep;
