//! The canceller and noise suppression of WebRTC in the port of the crate `aec3`, which also gives the linear output.

use aec3::graph::GraphError;
use aec3::nodes::audio::AudioFormat;
use aec3::pipelines::linear::{self, LinearPipeline};

use super::{BLOCK, EchoCanceller, EchoFigures, EngineError};
use crate::signal::frame::RATE;

/// AEC3 and noise suppression.
pub struct Aec3 {
    pipeline: LinearPipeline,
    output: [f32; BLOCK],
    figures: EchoFigures,
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` gives it
fn failed(error: GraphError) -> EngineError {
    EngineError::Failed { engine: "aec3", reason: error.to_string() }
}

impl Aec3 {
    /// A canceller that has heard nothing.
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
        Ok(Self { pipeline, output: [0.0; BLOCK], figures: EchoFigures::default() })
    }
}

impl EchoCanceller for Aec3 {
    fn describe(&self) -> String {
        "aec3".into()
    }

    fn render(&mut self, reference: &[f32; BLOCK]) -> Result<(), EngineError> {
        self.pipeline.handle_render_frame(reference).map_err(failed)
    }

    fn capture(&mut self, block: &mut [f32; BLOCK], linear: Option<&mut [f32; BLOCK]>) -> Result<bool, EngineError> {
        self.pipeline.process_capture_frame(&block[..], &mut self.output).map_err(failed)?;
        block.copy_from_slice(&self.output);
        // What is not taken out of the queue would be all that is in it.
        let output = self.pipeline.try_pull_linear_output().map_err(failed)?;
        if let Some(metrics) = self.pipeline.try_pull_metrics().map_err(failed)? {
            let metrics = metrics.payload();
            #[allow(clippy::cast_possible_truncation)] // decibels
            let decibels = |value: f64| Some(value as f32);
            self.figures = EchoFigures {
                delay_ms: u32::try_from(metrics.delay_ms).ok(),
                erl: decibels(metrics.echo_return_loss),
                erle: decibels(metrics.echo_return_loss_enhancement),
            };
        }
        let (Some(linear), Some(output)) = (linear, output) else { return Ok(false) };
        let samples = output.payload().samples();
        let whole = samples.len() == BLOCK;
        if whole {
            linear.copy_from_slice(samples);
        }
        Ok(whole)
    }

    fn figures(&mut self) -> EchoFigures {
        self.figures
    }

    fn reset(&mut self) -> Result<(), EngineError> {
        *self = Self::new()?;
        Ok(())
    }
}
