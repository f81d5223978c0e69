//! Checks of speed: golem says a sentence to itself, hears it and answers it.

use std::time::Instant;

use super::finding::{DoctorReport, Finding};
use crate::config::{Config, LlmConfig};
use crate::engine::registry::{self, Files, Sentences};
use crate::engine::{Chat, EngineError, Speech, Synthesizer, Transcriber};
use crate::message::{Message, Role};
use crate::runtime::assembly::commands;
use crate::signal::frame::{FRAME, RATE};
use crate::signal::resample::resample;
use crate::turn::Ticket;

/// The sentence that is said.
const SENTENCE: &str = "What is seven plus five?";
/// Pieces of the reply that are timed.
const PIECES: usize = 40;
/// Frames that the voice detector is timed with.
const FRAMES: u32 = 100;

/// Measures every engine that the config names.
pub fn measure(config: &Config, files: &Files, report: &mut DoctorReport) {
    let add = |report: &mut DoctorReport, subject, result: Result<String, EngineError>| {
        report.add(match result {
            Ok(seen) => Finding::ok(subject, seen),
            Err(error) => Finding::broken(subject, &error),
        });
    };
    add(report, "speed: detector", detector(files));
    match registry::voice(&config.tts, files).and_then(|mut own| voice(own.engine.as_mut())) {
        Err(error) => report.add(Finding::broken("speed: voice", &error)),
        Ok((speech, seen)) => {
            add(report, "speed: voice", Ok(seen));
            add(report, "speed: ears", asr(config, files, &speech));
        }
    }
    add(report, "speed: brain", llm(config, files));
}

fn detector(files: &Files) -> Result<String, EngineError> {
    let mut vad = registry::vad(files)?;
    let began = Instant::now();
    for _ in 0..FRAMES {
        vad.probability(&[0.0; FRAME])?;
    }
    let each = began.elapsed() / FRAMES;
    Ok(format!("{:.2} ms for each frame of 32", each.as_secs_f64() * 1e3))
}

/// Has `voice` say the sentence; the sound, and how long that took.
///
/// # Errors
/// When it cannot.
pub fn voice(voice: &mut dyn Synthesizer) -> Result<(Speech, String), EngineError> {
    let began = Instant::now();
    let speech = voice.speak(SENTENCE, &Ticket::standing())?;
    let (took, length) = (began.elapsed().as_secs_f64(), seconds(&speech));
    let seen = format!("{:.0} ms for {length:.1} s of speech, real-time factor {:.3}", took * 1e3, took / length);
    Ok((speech, seen))
}

fn asr(config: &Config, files: &Files, speech: &Speech) -> Result<String, EngineError> {
    let commands = commands(config).ok().flatten();
    let sentences = commands.map(|commands| Sentences::of(&commands, false));
    hear(registry::asr(&config.asr, files, sentences.as_ref())?.engine.as_mut(), speech).map(|(_, seen)| seen)
}

/// Has `asr` hear the sentence; its words, and how long that took.
///
/// # Errors
/// When it cannot.
pub fn hear(asr: &mut dyn Transcriber, speech: &Speech) -> Result<(String, String), EngineError> {
    let audio = resample(&speech.samples, speech.timing.rate, RATE);
    asr.start()?;
    let began = Instant::now();
    asr.accept(&audio)?;
    let heard = asr.finish(&Ticket::standing())?;
    let (took, length) = (began.elapsed().as_secs_f64(), seconds(speech));
    let factor = took / length;
    let seen = format!("{:.0} ms for {length:.1} s of speech, real-time factor {factor:.2}", took * 1e3);
    Ok((heard.text, seen))
}

fn llm(config: &Config, files: &Files) -> Result<String, EngineError> {
    reply(&mut *registry::llm(&config.llm, files, Instant::now)?.engine, &config.llm)
}

/// Has `llm` answer a question, and describes how fast it was.
///
/// # Errors
/// When it fails.
pub fn reply(llm: &mut dyn Chat, settings: &LlmConfig) -> Result<String, EngineError> {
    let conversation = [
        Message { role: Role::System, text: settings.system_prompt.clone() },
        Message { role: Role::User, text: SENTENCE.into() },
    ];
    let stop = Ticket::standing();
    let began = Instant::now();
    llm.begin(&conversation, &stop)?;
    let mut reply = String::new();
    // Empty pieces are signs of a model that loads or thinks.
    while reply.is_empty()
        && let Some(piece) = llm.next(&stop)?
    {
        reply = piece;
    }
    let first = began.elapsed();
    let began = Instant::now();
    let mut pieces: u32 = 0;
    while let Some(piece) = llm.next(&stop)?.filter(|_| (pieces as usize) < PIECES) {
        reply.push_str(&piece);
        pieces += 1;
    }
    let rate = f64::from(pieces) / began.elapsed().as_secs_f64().max(1e-6);
    Ok(format!(
        "first words after {:.0} ms, then {rate:.0} pieces a second: \"{}\"",
        first.as_secs_f64() * 1e3,
        reply.trim()
    ))
}

#[allow(clippy::cast_precision_loss)] // a few seconds
fn seconds(speech: &Speech) -> f64 {
    (speech.samples.len() as f64 / f64::from(speech.timing.rate.max(1))).max(1e-3)
}
