//! Voice activity detection on a source, and for a microphone beside loudspeakers the echo of what they play is
//! taken out before, so that no word is captioned twice.

use std::collections::VecDeque;

use crossbeam_channel::Receiver;

use crate::config::Config;
use crate::engine::{EngineError, Vad, registry};
use crate::runtime::assembly::files;
use crate::signal::frame::FRAME;
use crate::worker::echo::EchoStage;
use crate::worker::echo_frame::EchoFrame;

/// A frame of 32 ms at 16 kHz.
pub type SoundFrame = Box<[f32; FRAME]>;

/// Judges the frames of a source.
pub struct SourceDetector {
    vad: Box<dyn Vad>,
    echo: Option<SystemEcho>,
}

/// The echo of what the computer plays.
struct SystemEcho {
    stage: EchoStage,
    played: Receiver<SoundFrame>,
    /// The frames of the microphone that are in the stage.
    #[allow(clippy::vec_box)] // they are passed on in their boxes
    taken: VecDeque<SoundFrame>,
}

impl SourceDetector {
    /// A detector for a source without echo.
    ///
    /// # Errors
    /// When the voice detector cannot be opened.
    pub fn open(config: &Config) -> Result<Self, EngineError> {
        Ok(Self { vad: registry::vad(&files(config))?, echo: None })
    }

    /// Takes out the echo of the frames in `played`, unless the settings name no canceller.
    ///
    /// # Errors
    /// When the canceller cannot be opened.
    pub fn beside(self, played: Receiver<SoundFrame>, config: &Config) -> Result<Self, EngineError> {
        let stage = EchoStage::open(&config.echo, || registry::vad(&files(config)))?;
        Ok(self.with_echo(stage, played))
    }

    fn with_echo(self, stage: Option<EchoStage>, played: Receiver<SoundFrame>) -> Self {
        Self { echo: stage.map(|stage| SystemEcho { stage, played, taken: VecDeque::new() }), ..self }
    }

    /// Whether frames wait for what was played in their time.
    pub fn waits(&self) -> bool {
        self.echo.as_ref().is_some_and(|echo| echo.stage.waits())
    }

    /// Takes the next frame of the source, if there is one; `behind` samples were captured after it. Returns the frames
    /// that are ready, each with the probability (0..=1) of a voice.
    ///
    /// # Errors
    /// When the voice detector fails.
    pub fn hear(&mut self, frame: Option<SoundFrame>, behind: usize) -> Result<Vec<(SoundFrame, f32)>, EngineError> {
        if let Some(echo) = &mut self.echo {
            return echo.hear(frame, behind, self.vad.as_mut());
        }
        let Some(frame) = frame else { return Ok(Vec::new()) };
        let voice = self.vad.probability(&frame)?;
        Ok(vec![(frame, voice)])
    }

    /// The microphone has lost sound.
    pub fn skip(&mut self) {
        self.echo.iter_mut().for_each(|echo| echo.stage.skip());
    }

    /// The microphone was exchanged.
    pub fn changed(&mut self) {
        self.echo.iter_mut().for_each(|echo| echo.stage.changed());
    }
}

impl SystemEcho {
    fn hear(
        &mut self,
        frame: Option<SoundFrame>,
        behind: usize,
        vad: &mut dyn Vad,
    ) -> Result<Vec<(SoundFrame, f32)>, EngineError> {
        let captured = frame.as_ref().map_or(0, |frame| frame.len()) + behind;
        let played: Vec<f32> = self.played.try_iter().flat_map(|frame| *frame).collect();
        self.stage.played(&played, captured);
        if let Some(frame) = frame {
            self.stage.take(frame.clone());
            self.taken.push_back(frame);
        }
        let mut judged = Vec::new();
        while let Some(EchoFrame { clean, beside }) = self.stage.ready() {
            let taken = self.taken.pop_front();
            // Headphones leave no echo, and a canceller that finds none takes the person's voice for it.
            let heard = taken.filter(|_| self.stage.lag_ms().is_none());
            judged.push(if let Some(frame) = heard {
                let voice = vad.probability(&frame)?;
                (frame, voice)
            } else {
                let voice = vad.probability(&clean)?;
                let person = self.stage.weigh(&beside, voice);
                (beside.words.unwrap_or(clean), person)
            });
        }
        Ok(judged)
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::unbounded;

    use super::*;
    use crate::config::echo::{EchoConfig, EchoFeed};
    use crate::engine::fake::LoudnessVad;
    use crate::signal::echo::EchoPath;

    /// Noise in words of a quarter of a second.
    fn words(frames: usize, seed: u64) -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(seed);
        let sound = (0..frames * FRAME).map(|n| if n / 4_000 % 3 == 2 { 0.0 } else { (random.f32() - 0.5) * 0.4 });
        sound.collect()
    }

    fn frame(samples: &[f32], number: usize) -> SoundFrame {
        Box::new(samples[number * FRAME..(number + 1) * FRAME].try_into().unwrap())
    }

    /// The frames with a voice while the computer plays 300 frames. `echo` gives what the microphone hears of each.
    fn voices(mut echo: impl FnMut(&[f32; FRAME], usize) -> SoundFrame) -> Vec<usize> {
        let (sender, played) = unbounded();
        let stage = EchoStage::new(registry::echo(&EchoConfig::default()).unwrap().unwrap(), EchoFeed::Full);
        let mut detector = SourceDetector { vad: Box::new(LoudnessVad), echo: None }.with_echo(Some(stage), played);
        let (sound, mut returned) = (words(300, 5), Vec::new());
        for number in 0..300 {
            let played = frame(&sound, number);
            let heard = echo(&played, number);
            sender.send(played).unwrap();
            returned.extend(detector.hear(Some(heard), 0).unwrap());
        }
        assert!(returned.len() >= 298, "{} frames", returned.len());
        returned.iter().enumerate().filter(|(_, (_, voice))| *voice > 0.5).map(|(number, _)| number).collect()
    }

    #[test]
    fn what_the_computer_plays_is_no_voice_at_the_microphone() {
        let mut room = EchoPath::new("bedroom,-12dB,delay=60ms".parse().unwrap());
        let heard = voices(|played, _| {
            let mut heard = Vec::new();
            room.process(&played[..], &mut heard);
            Box::new(heard.try_into().unwrap())
        });
        let late = heard.iter().filter(|number| **number > 60).count();
        assert!(late < 5, "after two seconds its echo is gone: {heard:?}");
    }

    #[test]
    fn a_person_with_headphones_is_heard_while_the_computer_plays() {
        let person = words(300, 9);
        let heard = voices(|_, number| if number < 150 { Box::new([0.0; FRAME]) } else { frame(&person, number) });
        let spoken = heard.iter().filter(|number| **number >= 150).count();
        assert!(spoken > 90 && spoken == heard.len(), "{spoken} of 100: {heard:?}");
    }
}
