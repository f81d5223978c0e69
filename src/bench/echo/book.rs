//! The story that golem speaks in the loops, and the voices that read it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;

use crate::bench::shared::SharedEngine;
use crate::config::TtsConfig;
use crate::config::speech_engine::TtsEngine;
use crate::engine::registry::{self, Files};
use crate::engine::{EngineError, Speech, Synthesizer};
use crate::signal::frame::RATE;
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

/// Pause between two sentences, in samples.
const PAUSE: usize = RATE as usize / 4;

/// The sound of the clauses that were spoken so far, shared by all threads.
pub type Pages = Arc<Mutex<HashMap<String, Speech>>>;

/// A voice that speaks each clause once and remembers its sound, so that all conversations hear the same.
#[derive(Clone)]
pub struct TalkingBook {
    voice: SharedEngine<dyn Synthesizer>,
    pages: Pages,
    pitch: Pitch,
}

/// Twelfths of its own sampling rate at which a recording is played: a lower or higher voice, as if of somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pitch(u32);

impl Pitch {
    /// The voice as it was recorded.
    pub const OWN: Self = Self(12);

    /// A pitch between 10 and 14 twelfths.
    pub fn drawn(random: &mut fastrand::Rng) -> Self {
        Self(random.u32(10..=14))
    }

    /// The rate at which sound recorded at `rate` is played, rounded to 500 Hz where it changes: short filters resample
    /// from such rates.
    pub fn rate(self, rate: u32) -> u32 {
        if self == Self::OWN { rate } else { (rate * self.0 / 12).next_multiple_of(500) }
    }
}

impl TalkingBook {
    /// A voice that speaks with `voice` and keeps its sound in `pages`.
    pub fn new(voice: Box<dyn Synthesizer>, pages: &Pages) -> Self {
        Self { voice: SharedEngine::new(voice), pages: Arc::clone(pages), pitch: Pitch::OWN }
    }

    /// The same book in another pitch.
    pub fn at(&self, pitch: Pitch) -> Self {
        Self { pitch, ..self.clone() }
    }
}

impl Synthesizer for TalkingBook {
    fn describe(&self) -> String {
        self.voice.describe()
    }

    fn speak(&mut self, text: &str, _: &Ticket) -> Result<Speech, EngineError> {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        let mut speech = if let Some(speech) = pages.get(text) {
            speech.clone()
        } else {
            // The cached clause has to be whole, so the ticket of this call does not stop it.
            let speech = self.voice.speak(text, &Ticket::standing())?;
            pages.insert(text.into(), speech.clone());
            speech
        };
        speech.timing.rate = self.pitch.rate(speech.timing.rate);
        Ok(speech)
    }
}

/// One of golem's voices, and the story in its sound.
pub struct StoryVoice {
    pub name: String,
    pub pages: Pages,
    /// The story at 16 kHz.
    pub story: Vec<f32>,
}

/// Golem's voices that are installed here: the neural one if there is any, and espeak-ng.
pub fn voices(config: &TtsConfig, files: &Files) -> Result<Vec<(String, Box<dyn Synthesizer>)>> {
    let mut all: Vec<(String, Box<dyn Synthesizer>)> = Vec::new();
    let engines = [TtsEngine::Piper, TtsEngine::Espeak];
    for engine in engines.into_iter().filter(|engine| *engine != TtsEngine::Piper || files.piper.is_some()) {
        let config = TtsConfig { engine, voice: String::new(), ..config.clone() };
        all.push((engine.to_string(), registry::voice(&config, files)?.engine));
    }
    Ok(all)
}

/// The voices, each with the story spoken.
pub fn read(config: &TtsConfig, files: &Files) -> Result<Vec<StoryVoice>> {
    let mut read = Vec::new();
    for (name, mut voice) in voices(config, files)? {
        eprintln!("{name} reads its story …");
        read.push(StoryVoice { name, pages: Pages::default(), story: spoken(voice.as_mut())? });
    }
    Ok(read)
}

/// The story from sentence `from` on, repeated to last `seconds` at least.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // minutes
pub fn told(from: usize, seconds: f64) -> String {
    let sentences: Vec<&str> = STORY.split_inclusive(['.', '?']).collect();
    // One sentence a second is enough, because each takes a second or more.
    let count = sentences.len().max(seconds as usize);
    sentences.into_iter().cycle().skip(from % 40).take(count).collect::<String>().trim().into()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_pitch_changes_nothing_but_the_rate() {
        let rates: Vec<u32> = (10..=14).map(|twelfths| Pitch(twelfths).rate(22_050)).collect();
        assert_eq!(rates, [18_500, 20_500, 22_050, 24_000, 26_000]);
        assert_eq!(Pitch::OWN.rate(16_000), 16_000);
        let mut random = fastrand::Rng::with_seed(1);
        assert!((0..100).map(|_| Pitch::drawn(&mut random).rate(16_000)).all(|rate| (13_000..=19_000).contains(&rate)));
    }
}
