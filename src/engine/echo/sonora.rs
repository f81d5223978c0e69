//! The echo canceller and noise suppression of WebRTC in sonora's port.

use sonora::config::{self, NoiseSuppression};
use sonora::{AudioProcessing, Config, StreamConfig};

use super::{BLOCK, EchoCanceller, EngineError};
use crate::signal::frame::RATE;

/// AEC3 and noise suppression.
pub struct Sonora {
    processing: AudioProcessing,
    output: [f32; BLOCK],
}

impl Sonora {
    /// A canceller that has not adapted yet.
    #[must_use]
    pub fn new() -> Self {
        let config = Config {
            echo_canceller: Some(config::EchoCanceller::default()),
            noise_suppression: Some(NoiseSuppression::default()),
            ..Config::default()
        };
        let stream = StreamConfig::new(RATE, 1);
        let processing = AudioProcessing::builder().config(config).capture_config(stream).render_config(stream).build();
        Self { processing, output: [0.0; BLOCK] }
    }
}

impl Default for Sonora {
    fn default() -> Self {
        Self::new()
    }
}

fn failed(error: sonora::Error) -> EngineError {
    EngineError::Failed { engine: "sonora", reason: format!("{error:?}") }
}

impl EchoCanceller for Sonora {
    fn render(&mut self, reference: &[f32; BLOCK]) -> Result<(), EngineError> {
        // `process_render_f32` needs an output buffer and writes the unchanged reference into it.
        self.processing.process_render_f32(&[reference], &mut [&mut self.output]).map_err(failed)
    }

    fn capture(&mut self, block: &mut [f32; BLOCK], _: &mut [f32; BLOCK]) -> Result<(), EngineError> {
        self.processing.process_capture_f32(&[&*block], &mut [&mut self.output]).map_err(failed)?;
        block.copy_from_slice(&self.output);
        Ok(())
    }

    fn finds_lag(&self) -> bool {
        true
    }
}
