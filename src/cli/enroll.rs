//! `golem enroll`: the voiceprint of a person, by which golem knows the voice.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::status_line::StatusLine;
use super::usage::Usage;
use crate::config::Config;
use crate::device::capture::Capture;
use crate::device::wav::SoundReader;
use crate::device::{AudioSource, MicFrame};
use crate::engine::Vad;
use crate::engine::registry;
use crate::engine::speaker::{EnrolledVoice, Resemblyzer, SpeakerEncoder, VoiceRoll, voiced};
use crate::runtime::assembly::{enrolled_voices, files};
use crate::runtime::stderr::hush;
use crate::signal::frame::{FRAME, RATE};

/// Fewest seconds of voice for a useful print.
const LEAST: f32 = 20.0;
/// Seconds of voice beyond which more helps little.
const ENOUGH: f32 = 60.0;
/// Likeness of two halves of a person's sound below which golem warns.
const UNLIKE: f32 = 0.7;
/// Longest wait for one frame.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  golem enroll                          speak for a minute; Ctrl-C ends it after 20 s
  golem enroll anna --input a.wav b.flac
  golem enroll --who stranger.wav       how alike it is to each enrolled voice
  golem enroll --list
  golem enroll --forget anna")]
pub struct EnrollArgs {
    /// Whose voice it is
    #[arg(default_value = "owner")]
    name: String,
    /// Take the voice from recordings instead of the microphone
    #[arg(long, value_name = "FILE", num_args = 1..)]
    input: Vec<PathBuf>,
    /// How alike recordings are to each enrolled voice, -1 to 1, instead of enrolling one
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["input", "list", "forget"])]
    who: Vec<PathBuf>,
    /// List the voices that are enrolled
    #[arg(long, conflicts_with_all = ["input", "forget"])]
    list: bool,
    /// Forget a voice
    #[arg(long, value_name = "NAME", conflicts_with = "input")]
    forget: Option<String>,
}

/// Enrols, lists or forgets voices.
pub fn run(args: &EnrollArgs, config: &Config) -> Result<()> {
    let path = enrolled_voices();
    let mut roll = VoiceRoll::open(&path)?;
    if args.list {
        list(&roll);
        return Ok(());
    }
    if let Some(name) = &args.forget {
        if !roll.forget(name) {
            return Err(Usage(format!("no voice is called \"{name}\"; type golem enroll --list")).into());
        }
        roll.save(&path)?;
        println!("the voice of {name} is forgotten");
        return Ok(());
    }
    if !args.who.is_empty() {
        return who(&args.who, &roll, config);
    }
    if args.name.trim().is_empty() {
        return Err(Usage("a voice needs a name, such as golem enroll anna".into()).into());
    }
    let files = files(config);
    let mut encoder = Resemblyzer::open(&files.speaker)?;
    let mut vad = registry::vad(&files)?;
    let mut sample = VoiceSample::new(&mut *vad, config.vad.threshold);
    let before = roll.voices.iter().find(|voice| voice.name == args.name).map(|voice| voice.seconds);
    if args.input.is_empty() {
        if let Some(before) = before {
            eprintln!(
                "golem: this will replace the voice of {} from {before:.0} s; golem enroll NAME adds a person",
                args.name
            );
        }
        sample.listen(config)?;
    } else {
        sample.read(&args.input)?;
    }
    let voice = enrolled(&args.name, &sample.voice(), &mut encoder)?;
    let seconds = voice.seconds;
    roll.enroll(voice);
    roll.save(&path)?;
    println!("{}", outcome(&args.name, seconds, before));
    Ok(())
}

/// The outcome of an enrolment from so many seconds of voice; `before` are those of the voice that it replaced.
fn outcome(name: &str, seconds: f32, before: Option<f32>) -> String {
    let replaced = before.map(|before| format!(", in place of the one from {before:.0} s")).unwrap_or_default();
    format!("the voice of {name} is enrolled from {seconds:.0} s of it{replaced}")
}

fn list(roll: &VoiceRoll) {
    if roll.voices.is_empty() {
        eprintln!("golem: no voice is enrolled; type golem enroll");
    }
    for voice in &roll.voices {
        println!("{}  {:.0} s  {}", voice.name, voice.seconds, voice.encoder);
    }
}

/// Prints how alike recordings are to the enrolled voices.
fn who(paths: &[PathBuf], roll: &VoiceRoll, config: &Config) -> Result<()> {
    if roll.voices.is_empty() {
        return Err(Usage("no voice is enrolled; type golem enroll".into()).into());
    }
    let files = files(config);
    let mut encoder = Resemblyzer::open(&files.speaker)?;
    let mut vad = registry::vad(&files)?;
    for path in paths {
        let mut sample = VoiceSample::new(&mut *vad, config.vad.threshold);
        sample.read(std::slice::from_ref(path))?;
        let voice = sample.voice();
        let seconds = length(voice.len());
        let Some(print) = encoder.encode(&voice) else {
            println!("{}  no voice", path.display());
            continue;
        };
        for known in roll.voices.iter().filter(|known| known.encoder == encoder.name()) {
            println!("{}  {seconds:.1} s  {}  {:.2}", path.display(), known.name, known.print.similarity(&print));
        }
    }
    Ok(())
}

/// The print of `samples`, which are voice throughout.
fn enrolled(name: &str, samples: &[f32], encoder: &mut dyn SpeakerEncoder) -> Result<EnrolledVoice> {
    let seconds = length(samples.len());
    if seconds < LEAST {
        bail!("{seconds:.0} s of voice were heard: {LEAST} s are needed, {ENOUGH} s are better");
    }
    let (first, second) = samples.split_at(samples.len() / 2);
    if let (Some(first), Some(second)) = (encoder.encode(first), encoder.encode(second)) {
        let likeness = first.similarity(&second);
        if likeness < UNLIKE {
            eprintln!("golem: its two halves are unlike ({likeness:.2}): if two people spoke, enrol each alone");
        }
    }
    let print = encoder.encode(samples).context("there was nothing but silence")?;
    Ok(EnrolledVoice { name: name.into(), encoder: encoder.name().into(), seconds, print })
}

/// The voice that was heard so far.
struct VoiceSample<'a> {
    vad: &'a mut dyn Vad,
    threshold: f32,
    samples: Vec<f32>,
    probabilities: Vec<f32>,
}

impl<'a> VoiceSample<'a> {
    fn new(vad: &'a mut dyn Vad, threshold: f32) -> Self {
        Self { vad, threshold, samples: Vec::new(), probabilities: Vec::new() }
    }

    fn hear(&mut self, frame: &[f32; FRAME]) -> Result<()> {
        self.probabilities.push(self.vad.probability(frame)?);
        self.samples.extend_from_slice(frame);
        Ok(())
    }

    fn read(&mut self, paths: &[PathBuf]) -> Result<()> {
        for path in paths {
            self.vad.reset();
            self.read_one(path)?;
        }
        Ok(())
    }

    fn read_one(&mut self, path: &Path) -> Result<()> {
        let mut reader = SoundReader::open(path)?;
        while let Some(frame) = reader.next_frame() {
            self.hear(&frame)?;
        }
        Ok(())
    }

    /// Listens until there is enough, or until Ctrl-C.
    fn listen(&mut self, config: &Config) -> Result<()> {
        let ended = super::interrupted();
        let mut capture = hush(|| Capture::open(&config.audio))?;
        eprintln!("Speak, or read something aloud, as you would to golem, until {ENOUGH} s of your voice were heard.");
        let (line, mut voiced) = (StatusLine::new(), 0);
        while length(voiced * FRAME) < ENOUGH && !ended.load(Ordering::SeqCst) {
            match capture.next(PATIENCE)? {
                MicFrame::Frame(frame) => self.hear(&frame)?,
                MicFrame::Notice(notice) => {
                    line.clear();
                    eprintln!("golem: {notice}");
                }
                MicFrame::Nothing | MicFrame::End => bail!("\"{}\" delivers no sound", capture.name()),
            }
            voiced = self.probabilities.iter().filter(|probability| **probability >= self.threshold).count();
            line.show(format!("{:.0} of {ENOUGH} s", length(voiced * FRAME)));
        }
        Ok(())
    }

    fn voice(&self) -> Vec<f32> {
        voiced(&self.samples, &self.probabilities, self.threshold)
    }
}

/// Seconds of so many samples.
#[allow(clippy::cast_precision_loss)]
fn length(samples: usize) -> f32 {
    samples as f32 / RATE as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_that_takes_the_place_of_another_says_so() {
        assert_eq!(outcome("owner", 60.0, None), "the voice of owner is enrolled from 60 s of it");
        let again = outcome("owner", 24.6, Some(60.0));
        assert_eq!(again, "the voice of owner is enrolled from 25 s of it, in place of the one from 60 s");
    }
}
