//! The echo canceller and noise suppression of WebRTC in the port of the crate `aec3`, which also gives the linear
//! output.

use aec3::graph::GraphError;
use aec3::nodes::audio::AudioFormat;
use aec3::pipelines::linear::{self, LinearPipeline};

use super::{BLOCK, EchoCanceller, EngineError};
use crate::signal::frame::RATE;

/// AEC3 and noise suppression.
pub struct Aec3 {
    pipeline: LinearPipeline,
    output: [f32; BLOCK],
    delay_ms: Option<u32>,
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` gives it
fn failed(error: GraphError) -> EngineError {
    EngineError::Failed { engine: "aec3", reason: error.to_string() }
}

impl Aec3 {
    /// A canceller that has not adapted yet.
    ///
    /// # Errors
    /// When its parts do not fit together.
    pub fn new() -> Result<Self, EngineError> {
        let format = AudioFormat::ten_ms(RATE, 1);
        let pipeline = linear::builder(format, format)
            .enable_gain_controller2(false)
            .enable_post_filter(false)
            .export_linear_output(true)
            .export_metrics(true)
            .build()
            .map_err(failed)?;
        Ok(Self { pipeline, output: [0.0; BLOCK], delay_ms: None })
    }
}

impl EchoCanceller for Aec3 {
    fn render(&mut self, reference: &[f32; BLOCK]) -> Result<(), EngineError> {
        self.pipeline.handle_render_frame(reference).map_err(failed)
    }

    fn capture(&mut self, block: &mut [f32; BLOCK], linear: &mut [f32; BLOCK]) -> Result<(), EngineError> {
        self.pipeline.process_capture_frame(&block[..], &mut self.output).map_err(failed)?;
        block.copy_from_slice(&self.output);
        // Drain the metrics queue: it is full otherwise, and newer values are lost.
        if let Some(metrics) = self.pipeline.try_pull_metrics().map_err(failed)? {
            self.delay_ms = u32::try_from(metrics.payload().delay_ms).ok();
        }
        if let Some(output) = self.pipeline.try_pull_linear_output().map_err(failed)? {
            let samples = output.payload().samples();
            if samples.len() == BLOCK {
                linear.copy_from_slice(samples);
            }
        }
        Ok(())
    }

    fn delay_ms(&mut self) -> Option<u32> {
        self.delay_ms
    }
}
