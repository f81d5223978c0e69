//! What an encoder of voices does.

use super::print::VoicePrint;

/// Turns sound of one voice into a print of it.
pub trait SpeakerEncoder {
    /// The encoder's name: prints of two encoders cannot be compared.
    fn name(&self) -> &'static str;

    /// Begins a new stretch of sound, forgetting the one before.
    fn start(&mut self);

    /// Takes more sound (16 kHz, -1..=1, any length), of which silence is left out. Most of the work is done here.
    fn accept(&mut self, samples: &[f32]);

    /// The print of all that was accepted since `start`; `None` when there was nothing but silence.
    fn finish(&mut self) -> Option<VoicePrint>;

    /// The print of one stretch of sound.
    fn encode(&mut self, samples: &[f32]) -> Option<VoicePrint> {
        self.start();
        self.accept(samples);
        self.finish()
    }
}
