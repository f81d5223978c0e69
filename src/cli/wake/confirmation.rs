//! The words of a call, asked for as a live golem does: the recogniser hears what was said from before the wake phrase
//! up to the first pause, and the call counts if the phrase is in it.

use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::config::Config;
use crate::dialog::call::WakePhrase;
use crate::dialog::vad::Gate;
use crate::engine::registry::{Files, Sentences};
use crate::engine::{Transcriber, anywhere};
use crate::message::{Event, Mode, Transcript};
use crate::runtime::assembly::commands;
use crate::signal::frame::{FRAME, FRAME_MS};
use crate::turn::TurnClock;
use crate::worker::asr::{AsrJob, AsrWorker};
use crate::worker::recorder::Recorder;

/// The answer of the recogniser to a call.
#[derive(Debug, PartialEq, Eq)]
pub struct HeardCall {
    /// The words; of several readings the one with the phrase, or else the first.
    pub words: String,
    /// Whether the phrase is in them.
    pub confirmed: bool,
}

/// The utterance of a call, while it goes on.
#[derive(Default)]
struct CallUtterance {
    /// Its frames since the call.
    frames: u64,
    /// The newest of them, in a row, without a voice.
    silent: u64,
}

/// Asks the recogniser whether calls of the spotter were the phrase.
pub struct CallConfirmation {
    phrase: WakePhrase,
    asr: AsrWorker,
    recorder: Recorder,
    gate: Gate,
    /// The mode that the words are for.
    mode: Mode,
    /// Frames without a voice after which the recogniser is asked.
    pause: u64,
    /// Most frames of an utterance.
    longest: u64,
    /// Number of the newest utterance.
    number: u64,
    open: Option<CallUtterance>,
}

impl CallConfirmation {
    /// The confirmation by golem's recogniser, which expects `phrase`.
    ///
    /// # Errors
    /// When the recogniser or the commands cannot be used, or the phrase has no sounds.
    pub fn open(phrase: &str, config: &Config, files: &Files) -> Result<Self> {
        let commands = commands(config)?;
        let sentences = commands.map(|commands| Sentences::of(&commands, config.intents.only));
        let asr = anywhere::asr(&config.asr.expecting(phrase), files, sentences.as_ref(), Instant::now)?;
        eprintln!("ears: {} ({})", asr.engine.describe(), asr.why);
        Self::new(phrase, config, asr.engine)
    }

    fn new(phrase: &str, config: &Config, asr: Box<dyn Transcriber>) -> Result<Self> {
        let phrase = WakePhrase::new(phrase).with_context(|| format!("\"{phrase}\" has no sounds to listen for"))?;
        // A recogniser that streams is asked at the end of the turn, others ahead of it.
        let pause = if asr.streams() { config.turn.silence_ms } else { config.turn.speculate_ms };
        Ok(Self {
            phrase,
            asr: AsrWorker::new(asr, TurnClock::new(), None),
            recorder: Recorder::new(config.vad.pre_roll_ms),
            gate: Gate::new(config.vad.clone()),
            mode: config.intents.mode(),
            pause: pause.div_ceil(FRAME_MS),
            longest: config.turn.max_ms.div_ceil(FRAME_MS),
            number: 0,
            open: None,
        })
    }

    /// Whether the utterance of a call goes on: another call in it changes nothing.
    pub fn listens(&self) -> bool {
        self.open.is_some()
    }

    /// Takes a frame and its probability of a voice; `called` says that the spotter took the sound up to it for the
    /// phrase. Returns the answer when the utterance of a call has come to a pause.
    ///
    /// # Errors
    /// When the recogniser fails.
    pub fn hear(&mut self, frame: &[f32; FRAME], probability: f32, called: bool) -> Result<Option<HeardCall>> {
        let voiced = self.gate.push(probability);
        if let Some(job) = self.recorder.push(frame, probability) {
            self.work(job)?;
        }
        let Some(open) = &mut self.open else {
            if called {
                self.begin()?;
            }
            return Ok(None);
        };
        open.frames += 1;
        open.silent = if voiced { 0 } else { open.silent + 1 };
        let over = open.silent >= self.pause || open.frames >= self.longest;
        if over { self.end() } else { Ok(None) }
    }

    /// There is no more sound. Returns the answer to a call whose utterance went on.
    ///
    /// # Errors
    /// When the recogniser fails.
    pub fn end(&mut self) -> Result<Option<HeardCall>> {
        if self.open.take().is_none() {
            return Ok(None);
        }
        let heard = self.work(AsrJob::Decode(self.number, self.mode))?.unwrap_or_default();
        self.recorder.close(self.number);
        let with_phrase = self.phrase.heard_in(&heard).map(|(text, _)| text);
        let words = with_phrase.unwrap_or(&heard.text).trim().to_owned();
        Ok(Some(HeardCall { words, confirmed: with_phrase.is_some() }))
    }

    /// Opens an utterance at its call.
    fn begin(&mut self) -> Result<()> {
        self.number += 1;
        self.open = Some(CallUtterance::default());
        for job in self.recorder.listen_back(self.number) {
            self.work(job)?;
        }
        Ok(())
    }

    /// Has the recogniser do a job, and returns the words that it ends with.
    fn work(&mut self, job: AsrJob) -> Result<Option<Transcript>> {
        match self.asr.step(job) {
            Some(Event::Transcript { transcript, .. }) => Ok(Some(transcript)),
            Some(Event::Failed { reason, .. }) => bail!(reason),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fake::{SampleCounter, Script};

    const VOICE: f32 = 0.95;

    /// A transcript of which another reading is the phrase, and the number of samples that were heard.
    fn other_readings(samples: usize) -> Transcript {
        let alternatives = vec!["hey there".into(), format!("Hey Gollum {samples}")];
        Transcript { text: "the weather is fine".into(), alternatives, ..Transcript::default() }
    }

    fn confirmation(asr: impl Transcriber + 'static) -> CallConfirmation {
        CallConfirmation::new("hey golem", &Config::default(), Box::new(asr)).unwrap()
    }

    /// Hears so many frames, and returns the number of the frame with the answer, and the answer.
    fn hear(calls: &mut CallConfirmation, frames: usize, probability: f32, called: bool) -> Option<(usize, HeardCall)> {
        (1..=frames).find_map(|number| {
            let heard = calls.hear(&[0.0; FRAME], probability, called).unwrap();
            Some((number, heard?))
        })
    }

    #[test]
    fn a_call_counts_if_the_words_up_to_the_pause_have_the_phrase() {
        let mut calls = confirmation(Script::new(["Hey, Golem. What time is it? ", "the weather is fine", ""]));
        assert_eq!(hear(&mut calls, 200, VOICE, false), None, "nothing is asked without a call");
        assert!(!calls.listens() && calls.end().unwrap().is_none());
        for (words, confirmed) in [("Hey, Golem. What time is it?", true), ("the weather is fine", false), ("", false)]
        {
            assert_eq!(hear(&mut calls, 1, VOICE, true), None);
            assert_eq!(hear(&mut calls, 30, VOICE, true), None, "it goes on, and is called once");
            assert!(calls.listens());
            let (silence, heard) = hear(&mut calls, 40, 0.0, false).unwrap();
            assert_eq!((silence, heard), (16, HeardCall { words: words.into(), confirmed }), "500 ms");
            assert!(!calls.listens());
        }
    }

    #[test]
    fn the_recogniser_hears_from_before_the_phrase_and_any_of_its_readings_may_have_it() {
        let mut calls = confirmation(SampleCounter::new(other_readings));
        hear(&mut calls, 100, VOICE, false);
        assert_eq!(hear(&mut calls, 1, VOICE, true), None);
        assert_eq!(hear(&mut calls, 10, VOICE, false), None);
        let (silence, heard) = hear(&mut calls, 40, 0.0, false).unwrap();
        // 2.2 s before the call, ten frames with a voice, and three without: 96 ms.
        let words = format!("Hey Gollum {}", 35_200 + 13 * FRAME);
        assert_eq!((silence, heard), (3, HeardCall { words, confirmed: true }));
    }

    #[test]
    fn where_the_sound_ends_the_last_call_is_answered() {
        let mut calls = confirmation(SampleCounter::new(other_readings));
        assert_eq!(hear(&mut calls, 1, VOICE, true), None);
        let words = format!("Hey Gollum {FRAME}");
        assert_eq!(calls.end().unwrap(), Some(HeardCall { words, confirmed: true }));
        assert_eq!(calls.end().unwrap(), None);
    }
}
