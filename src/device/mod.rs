//! Microphones, loudspeakers and sound files.

pub mod capture;
mod choice;
pub mod deck;
mod feed;
mod find;
pub mod line;
pub mod loudness;
pub mod playback;
pub mod reference;
mod stream;
mod supervisor;
mod tap;
pub mod wav;

pub use find::{DeviceFinder, DeviceInfo, list};

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::signal::frame::FRAME;

/// Errors of a device or a sound file. Each message says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// There is no usable microphone.
    #[error("no microphone: {0}; connect one and see `golem devices`, or run `golem --input FILE --output FILE`")]
    NoInput(String),
    /// There is no usable loudspeaker.
    #[error("no loudspeaker: {0}; connect one and see `golem devices`, or run `golem --input FILE --output FILE`")]
    NoOutput(String),
    /// No device has that name.
    #[error("there is no {kind} called \"{spec}\"; there are: {known}")]
    Unknown {
        /// `microphone` or `loudspeaker`.
        kind: &'static str,
        /// The name asked for.
        spec: String,
        /// The known names.
        known: String,
    },
    /// Several devices match the name.
    #[error("\"{spec}\" could be any of these: {candidates}; give more of the name, or the number in `golem devices`")]
    Ambiguous {
        /// The name asked for.
        spec: String,
        /// The devices that match.
        candidates: String,
    },
    /// A requested device is there but cannot be used.
    #[error("the {kind} {reason}; another program may hold it, `golem ctl offers` lists the others")]
    Refused {
        /// `microphone` or `loudspeaker`.
        kind: &'static str,
        /// Its name, and the reason.
        reason: String,
    },
    /// A file cannot be read as sound.
    #[error("cannot read {path}: {reason}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason, and what to do.
        reason: String,
    },
    /// A file cannot be written.
    #[error("cannot write {path}: {reason}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason, and what to do.
        reason: String,
    },
}

/// The outcome of [`AudioSource::next`].
#[derive(Clone, Debug, PartialEq)]
pub enum MicFrame {
    /// 32 ms of sound: 16 kHz, mono, -1..=1.
    Frame(Box<[f32; FRAME]>),
    /// Nothing came within the given time.
    Nothing,
    /// Something a person should know: a device lost, back or replaced, a file cut short.
    Notice(String),
    /// The sound has ended.
    End,
}

/// A source of sound.
pub trait AudioSource {
    /// The next frame, waited for no longer than `timeout`.
    ///
    /// # Errors
    /// When there will be no sound from this source any more.
    fn next(&mut self, timeout: Duration) -> Result<MicFrame, DeviceError>;
}

/// Whether the sound system itself cancels the echo in the microphone of this name: PulseAudio's and PipeWire's modules
/// give such sources these names.
#[must_use]
pub fn cancels_echo(name: &str) -> bool {
    let name = name.to_lowercase().replace([' ', '_'], "-");
    name.contains("echo-cancel")
}

/// Mean of one sample of each channel; values that are not finite count as silence.
fn mix_down(channels: &[f32]) -> f32 {
    let sum: f32 = channels.iter().filter(|sample| sample.is_finite()).sum();
    #[allow(clippy::cast_precision_loss)] // a handful of channels
    let count = channels.len().max(1) as f32;
    sum / count
}

/// Closes a stream in a thread of its own: cpal waits without end for a PulseAudio stream whose server has closed it or
/// hangs. Such a thread ends with the connection. The returned channel hangs up when the stream is closed.
fn dispose<S: Send + 'static>(stream: Option<S>) -> Receiver<()> {
    let (open, closed) = channel();
    let Some(stream) = stream else { return closed };
    let close = move || {
        drop(stream);
        drop::<Sender<()>>(open);
    };
    if let Err(error) = std::thread::Builder::new().name("golem-closing".into()).spawn(close) {
        tracing::debug!(%error, "a device is closed at once");
    }
    closed
}

/// Counts what a test allocates, within [`tests::allocations`].
#[cfg(test)]
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;

#[cfg(test)]
mod tests {
    use super::*;

    /// How often `callback` allocates or frees memory in this thread.
    pub(super) fn allocations(callback: impl FnOnce()) -> u32 {
        assert_no_alloc::reset_violation_count();
        assert_no_alloc::assert_no_alloc(callback);
        assert_no_alloc::violation_count()
    }

    #[test]
    fn what_is_allocated_or_freed_is_counted() {
        let kept = vec![0_u8; 64];
        assert_eq!(allocations(|| drop(std::hint::black_box(kept))), 1);
        assert_eq!(allocations(|| drop(std::hint::black_box(Box::new([0_u8; 64])))), 2);
        assert_eq!(allocations(|| assert!(std::hint::black_box([0_u8; 64]).len() == 64)), 0);
    }

    /// Sends the id of the thread on which it is dropped.
    struct Hanging(Sender<std::thread::ThreadId>);

    impl Drop for Hanging {
        fn drop(&mut self) {
            self.0.send(std::thread::current().id()).unwrap();
        }
    }

    #[test]
    fn a_stream_that_was_delivered_and_not_taken_is_closed_elsewhere() {
        let (told, closed) = channel();
        let (done, opening) = channel();
        done.send(Hanging(told)).unwrap();
        assert!(dispose(Some(opening)).recv().is_err(), "it hangs up");
        assert_ne!(closed.recv().unwrap(), std::thread::current().id());
    }

    #[test]
    fn channels_are_averaged_and_what_is_no_number_is_silence() {
        let near = |channels: &[f32], wanted: f32| (mix_down(channels) - wanted).abs() < 1e-6;
        assert!(near(&[0.5, -0.5], 0.0) && near(&[0.2, 0.4, 0.6], 0.4));
        assert!(near(&[f32::NAN, 0.5], 0.25) && near(&[f32::INFINITY], 0.0) && near(&[], 0.0));
    }

    #[test]
    fn a_microphone_that_is_called_after_its_canceller_is_known() {
        assert!(cancels_echo("Echo-Cancel Source") && cancels_echo("alsa_input.pci.echo_cancel"));
        assert!(!cancels_echo("Built-in Audio") && !cancels_echo("Echo dot"));
    }

    #[test]
    fn the_message_of_a_missing_microphone_says_what_to_do() {
        let text = DeviceError::NoInput("the sound system has none".into()).to_string();
        assert!(text.contains("golem devices") && text.contains("golem --input FILE"), "{text}");
    }
}
