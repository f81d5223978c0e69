//! The trait of speaker encoders.

use super::print::VoicePrint;

/// A speaker encoder: it turns the sound of one voice into a voice print.
pub trait SpeakerEncoder {
    /// The encoder's name; prints of two encoders cannot be compared.
    fn name(&self) -> &'static str;

    /// Begins a new stretch of sound, forgetting the one before.
    fn start(&mut self);

    /// Takes more sound (16 kHz, -1..=1, any length), from which the caller leaves silence out. Most of the work is
    /// done here.
    fn accept(&mut self, samples: &[f32]);

    /// The print of all sound since `start`; `None` if it held only silence.
    fn finish(&mut self) -> Option<VoicePrint>;

    /// The print of one stretch of sound.
    fn encode(&mut self, samples: &[f32]) -> Option<VoicePrint> {
        self.start();
        self.accept(samples);
        self.finish()
    }
}
