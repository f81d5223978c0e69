//! The two sides of an echo: golem's story, and people who speak over it.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::bench::checkout::recordings;
use crate::bench::onset::onset;
use crate::config::TtsConfig;
use crate::device::wav::read_all;
use crate::engine::Synthesizer;
use crate::engine::registry::{self, Files};
use crate::signal::frame::RATE;
use crate::signal::level::speech_level;
use crate::signal::resample::resample;
use crate::turn::Ticket;

/// The text that golem speaks: sentences of all lengths, as replies have them.
pub const STORY: &str = "\
There once was a fox who lived under the roots of an old oak tree. Every morning she walked down to the river to drink, and \
every morning a grey heron stood there and watched her. \"You are late,\" said the heron. The fox laughed. She had never been \
in a hurry in all her life. One day in autumn, however, the river was gone. Nothing was left of it but wet stones, a few \
puddles, and a boat that lay on its side. The heron was still there. \"They built a wall in the hills,\" he said, \"and now \
the water goes to the town.\" So the fox set out for the hills. She walked past the mill, past the orchard with its seven \
crooked apple trees, and through the village, where the dogs slept in the sun. Nobody saw her. By the evening she stood in \
front of the wall. It was as high as the oak, and smooth as ice. What could she do? She sat down and thought about it for a \
long time. A man with a lantern came along the path. He was the keeper of the wall, and he was lonely. Good evening, said the \
fox. The keeper nearly dropped his lantern. They talked until the stars came out, first about the weather, then about music, \
and at last about the river. He had never known that anybody lived down there. In the morning he opened a small gate, just a \
little, and a thin stream ran down over the stones. It was enough. When the fox came home, the heron stood in the water up to \
his knees. \"You are late,\" he said. \"I know,\" said the fox, and drank.";

/// Level that people speak at, in decibels below full scale.
pub const NEAR_LEVEL: f32 = -27.0;
/// Pause between two sentences, in samples.
const PAUSE: usize = RATE as usize / 4;

/// A person who says something.
#[derive(Clone, Debug)]
pub struct Interjection {
    /// The sound at [`NEAR_LEVEL`].
    pub samples: Vec<f32>,
    /// Where the voice begins in it.
    pub onset: usize,
}

/// The recordings under `folder` that hold a voice, each at most `seconds` from its voice on, at [`NEAR_LEVEL`].
pub fn interjections(folder: &Path, seconds: f32) -> Result<Vec<Interjection>> {
    let mut all = Vec::new();
    for path in recordings(folder)? {
        let samples = read_all(&path).with_context(|| path.display().to_string())?;
        all.extend(interjection(&samples, seconds));
    }
    ensure!(!all.is_empty(), "no voice in the recordings under {}", folder.display());
    Ok(all)
}

/// What a recording makes of a person, where there is a voice in it.
pub fn interjection(samples: &[f32], seconds: f32) -> Option<Interjection> {
    let begin = onset(samples)?;
    // A breath before it belongs to it.
    let start = begin.saturating_sub(800);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // a few seconds
    let end = samples.len().min(begin + (seconds * RATE as f32) as usize);
    let mut samples = samples[start..end].to_vec();
    let gain = 10.0_f32.powf((NEAR_LEVEL - speech_level(&samples)) / 20.0);
    for sample in &mut samples {
        *sample = (*sample * gain).clamp(-1.0, 1.0);
    }
    Some(Interjection { samples, onset: begin - start })
}

/// Golem's voices that are installed here: the neural one if there is any, and espeak-ng.
pub fn voices(config: &TtsConfig, files: &Files) -> Result<Vec<(String, Box<dyn Synthesizer>)>> {
    let mut all: Vec<(String, Box<dyn Synthesizer>)> = Vec::new();
    let names: &[&str] = if files.piper.is_some() { &["piper", "espeak"] } else { &["espeak"] };
    for name in names {
        let config = TtsConfig { engine: (*name).into(), voice: String::new(), ..config.clone() };
        all.push(((*name).into(), registry::voice(&config, files)?.engine));
    }
    Ok(all)
}

/// The story spoken by `voice`, at 16 kHz.
pub fn spoken(voice: &mut dyn Synthesizer) -> Result<Vec<f32>> {
    let mut sound = Vec::new();
    for sentence in STORY.split_inclusive(['.', '?']).map(str::trim).filter(|sentence| !sentence.is_empty()) {
        let speech = voice.speak(sentence, &Ticket::standing())?;
        sound.extend(resample(&speech.samples, speech.timing.rate, RATE));
        sound.extend(std::iter::repeat_n(0.0, PAUSE));
    }
    Ok(sound)
}
