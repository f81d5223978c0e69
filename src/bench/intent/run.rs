//! The run of recordings through voice activity detection, speech to text and the matcher, on several threads.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result};

use super::corpus::IntentRecording;
use super::mix::{mix, seconds};
use crate::config::speech_engine::AsrEngine;
use crate::config::{AsrConfig, Config};
use crate::device::wav::read_all;
use crate::dialog::vad::Gate;
use crate::engine::registry::{self, Files};
use crate::engine::sphinx::{Sphinx, SphinxGrammar};
use crate::engine::{Transcriber, Vad, espeak};
use crate::intent::Understanding;
use crate::intent::grammar::Automaton;
use crate::intent::matching::interpret::{Hypothesis, InterpretSettings, Interpreter};
use crate::intent::matching::vote::{DictationReading, GrammarReading, NoCommandReason, is_in_doubt, vote};
use crate::intent::template::IntentSet;
use crate::message::Time;
use crate::signal::frame::FRAME;
use crate::signal::frame::FRAME_TIME;
use crate::turn::Ticket;

/// One recording in one condition.
#[derive(Clone, Debug)]
pub struct BenchJob {
    /// The recording.
    pub recording: IntentRecording,
    /// Condition or folder, for the table.
    pub group: String,
    /// Noise, the sample it begins at, and how far below the voice it is in decibels.
    pub noise: Option<(PathBuf, usize, f32)>,
}

/// The result of one job.
#[derive(Clone, Debug, Default)]
pub struct RunResult {
    /// Whether there was a voice at all.
    pub voice: bool,
    /// The words.
    pub text: String,
    /// Asr's confidence.
    pub confidence: f32,
    /// The meaning of the words.
    pub understanding: Understanding,
    /// Milliseconds from the last frame to the decision.
    pub ms: f64,
    /// Seconds of processor time for the whole job.
    pub cpu: f64,
    /// Seconds of audio that asr heard.
    pub speech: f64,
}

/// The set-up of a thread.
pub struct Setup<'a> {
    /// Settings of the voice activity and the turn.
    pub config: &'a Config,
    /// Engines' files.
    pub files: &'a Files,
    /// What can be said.
    pub intents: &'a IntentSet,
    /// The sentences as asr's grammar.
    pub sentences: &'a Automaton,
    /// Thresholds of the interpreter.
    pub settings: InterpretSettings,
    /// The asr that is measured.
    pub asr: AsrUnderTest,
}

/// The ears that are measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum AsrUnderTest {
    /// PocketSphinx, which knows the sentences and nothing else.
    #[default]
    Sphinx,
    /// Whisper, which writes down anything.
    Whisper,
    /// Whisper, and PocketSphinx where Whisper's words are no sentence.
    Both,
}

/// Hears all jobs; calls `done` with the index and the result of each, as they come.
///
/// # Errors
/// When an engine or a recording cannot be used.
pub fn hear(setup: &Setup, jobs: &[BenchJob], threads: usize, mut done: impl FnMut(usize, RunResult)) -> Result<()> {
    let next = AtomicUsize::new(0);
    let opening = Mutex::new(());
    let (sender, results): (Sender<Result<(usize, RunResult)>>, Receiver<_>) = channel();
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            let (sender, next, opening) = (sender.clone(), &next, &opening);
            scope.spawn(move || {
                if let Err(error) = work(setup, jobs, next, opening, &sender) {
                    // If the receiver is gone, it has failed already and returned its error.
                    sender.send(Err(error)).ok();
                }
            });
        }
        drop(sender);
        for result in results {
            let (index, heard) = result?;
            done(index, heard);
        }
        Ok(())
    })
}

fn work(
    setup: &Setup,
    jobs: &[BenchJob],
    next: &AtomicUsize,
    opening: &Mutex<()>,
    sender: &Sender<Result<(usize, RunResult)>>,
) -> Result<()> {
    let mut listener = {
        // Open one listener at a time: espeak-ng, which pronounces unknown words, is shared by the process.
        let _one = opening.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        BenchListener::open(setup)?
    };
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(job) = jobs.get(index) else { return Ok(()) };
        let heard = listener.hear(job).with_context(|| job.recording.path.display().to_string())?;
        if sender.send(Ok((index, heard))).is_err() {
            return Ok(());
        }
    }
}

/// Engines of one thread.
struct BenchListener<'a> {
    config: &'a Config,
    vad: Box<dyn Vad>,
    grammar: Option<Sphinx>,
    free: Option<Box<dyn Transcriber>>,
    interpreter: Interpreter,
}

impl<'a> BenchListener<'a> {
    fn open(setup: &Setup<'a>) -> Result<Self> {
        Ok(Self {
            config: setup.config,
            vad: registry::vad(setup.files)?,
            grammar: (setup.asr != AsrUnderTest::Whisper).then(|| asr(setup.files, setup.sentences)).transpose()?,
            free: (setup.asr != AsrUnderTest::Sphinx).then(|| whisper(setup)).transpose()?,
            interpreter: Interpreter::of(setup.intents, setup.settings)?,
        })
    }

    fn hear(&mut self, job: &BenchJob) -> Result<RunResult> {
        let mut audio = read_all(&job.recording.path)?;
        if let Some((path, from, snr)) = &job.noise {
            audio = mix(&audio, &read_all(path)?, *from, *snr);
        }
        let cpu = processor_seconds();
        let Some(voice) = self.voice(&audio)? else { return Ok(RunResult::default()) };
        let all = self.free.iter_mut().map(|asr| &mut **asr);
        for asr in all.chain(self.grammar.iter_mut().map(|asr| asr as &mut dyn Transcriber)) {
            asr.start()?;
            for frame in voice.chunks(FRAME) {
                asr.accept(frame)?;
            }
        }
        let ended = Instant::now();
        let (text, confidence, understanding) = self.understand()?;
        Ok(RunResult {
            voice: true,
            understanding,
            ms: ended.elapsed().as_secs_f64() * 1e3,
            cpu: processor_seconds() - cpu,
            speech: seconds(voice.len()),
            confidence,
            text,
        })
    }

    /// Words, confidence and meaning of what asr heard.
    fn understand(&mut self) -> Result<(String, f32, Understanding)> {
        let stop = Ticket::standing();
        let mut written = None;
        if let Some(asr) = &mut self.free {
            let transcript = asr.finish(&stop)?;
            let understanding = self.meaning(&transcript.text, &transcript.alternatives, None);
            let doubted = is_in_doubt(&transcript.text, transcript.mean_logprob, &understanding, NoCommandReason::Lost);
            if !doubted || self.grammar.is_none() {
                return Ok((transcript.text, 1.0, understanding));
            }
            written = Some((transcript.text, understanding));
        }
        let transcript = self.grammar.as_mut().map(|asr| asr.finish(&stop)).transpose()?.unwrap_or_default();
        let heard = transcript.command.unwrap_or_default();
        let Some((text, understanding)) = written else {
            let understanding = self.meaning(&heard.text, &heard.alternatives, Some(heard.confidence));
            return Ok((heard.text, heard.confidence, understanding));
        };
        let meant = self.meaning(&heard.text, &[], None);
        let bound = GrammarReading { text: &heard.text, confidence: heard.confidence, understanding: meant };
        let understanding = vote(DictationReading { text: &text, understanding }, bound);
        Ok((format!("{text} / {}", heard.text), heard.confidence, understanding))
    }

    fn meaning(&self, text: &str, alternatives: &[String], sure: Option<f32>) -> Understanding {
        let texts = std::iter::once(text).chain(alternatives.iter().map(String::as_str));
        let hypotheses: Vec<Hypothesis> =
            texts.zip(0_u8..).map(|(text, n)| Hypothesis { text, weight: -0.25 * f32::from(n) }).collect();
        self.interpreter.understand(&hypotheses, sure, &BTreeMap::new())
    }

    /// The part of a recording from the pre-roll before the first voice to the pause after the last.
    fn voice<'b>(&mut self, audio: &'b [f32]) -> Result<Option<&'b [f32]>> {
        self.vad.reset();
        let mut gate = Gate::new(self.config.vad.clone());
        let mut span: Option<(usize, usize)> = None;
        for (index, chunk) in audio.chunks_exact(FRAME).enumerate() {
            let frame: &[f32; FRAME] = chunk.try_into().context("a frame")?;
            let voiced = gate.push(self.vad.probability(frame)?);
            match &mut span {
                Some((_, last)) if voiced => *last = index,
                None if gate.confirmed() => span = Some((index, index)),
                _ => {}
            }
        }
        let frames = |ms: u64| (Time::from_millis(ms).as_micros() / FRAME_TIME.as_micros()) as usize;
        let before = frames(self.config.vad.pre_roll_ms);
        let after = frames(self.config.turn.silence_ms);
        Ok(span.map(|(first, last)| {
            let end = ((last + 1 + after) * FRAME).min(audio.len());
            &audio[first.saturating_sub(before) * FRAME..end]
        }))
    }
}

/// Whisper as the config has it.
fn whisper(setup: &Setup) -> Result<Box<dyn Transcriber>> {
    let asr = AsrConfig { engine: AsrEngine::Whisper, ..setup.config.asr.clone() };
    Ok(registry::asr(&asr, setup.files, None)?.engine)
}

/// PocketSphinx with a grammar of `sentences`.
///
/// # Errors
/// When PocketSphinx or the grammar cannot be used.
pub fn asr(files: &Files, sentences: &Automaton) -> Result<Sphinx> {
    let mut sphinx = files.sphinx.clone();
    sphinx.dictionary.clone_from(&files.words);
    let data = espeak::find_data(&files.espeak);
    let pronounce = |word: &str| {
        espeak::init(data.as_deref()?).ok()?;
        espeak::phonemes(word, "en-us").ok()
    };
    Ok(Sphinx::open(&sphinx, SphinxGrammar::Sentences(sentences.clone()), &pronounce)?)
}

/// Processor time of this thread in seconds; 0 where the system does not report it.
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// Resident memory of this process in MiB; 0 where the system does not report it.
pub fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}
