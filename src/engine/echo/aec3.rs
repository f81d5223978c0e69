//! The echo canceller and noise suppression of WebRTC in the port of the crate `aec3`, which also gives the linear
//! output.

use aec3::api::config::EchoCanceller3Config;
use aec3::graph::GraphError;
use aec3::nodes::audio::AudioFormat;
use aec3::pipelines::linear::{self, LinearPipeline};

use super::{BLOCK, EchoCanceller, EngineError};
use crate::signal::frame::RATE;

/// AEC3 and noise suppression.
pub struct Aec3 {
    pipeline: LinearPipeline,
    output: [f32; BLOCK],
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
        // Golem aligns the reference: over a long vowel the estimator of AEC3 finds delays that are 4 to 12 ms off, and
        // the linear output is as loud as the microphone until the filter has learnt the echo again.
        let mut config = EchoCanceller3Config::default();
        config.delay.use_external_delay_estimator = true;
        let format = AudioFormat::ten_ms(RATE, 1);
        let pipeline = linear::builder(format, format)
            .enable_gain_controller2(false)
            .enable_post_filter(false)
            .export_linear_output(true)
            .aec3_config(config)
            .initial_delay_ms(0)
            .build()
            .map_err(failed)?;
        Ok(Self { pipeline, output: [0.0; BLOCK] })
    }
}

impl EchoCanceller for Aec3 {
    fn render(&mut self, reference: &[f32; BLOCK]) -> Result<(), EngineError> {
        self.pipeline.handle_render_frame(reference).map_err(failed)
    }

    fn capture(&mut self, block: &mut [f32; BLOCK], linear: &mut [f32; BLOCK]) -> Result<(), EngineError> {
        self.pipeline.process_capture_frame(&block[..], &mut self.output).map_err(failed)?;
        block.copy_from_slice(&self.output);
        if let Some(output) = self.pipeline.try_pull_linear_output().map_err(failed)? {
            let samples = output.payload().samples();
            if samples.len() == BLOCK {
                linear.copy_from_slice(samples);
            }
        }
        Ok(())
    }

    fn finds_lag(&self) -> bool {
        false
    }
}
