//! `golem bench hints`: how long after a question's last syllable its hint begins, and how long until it is whole.
//!
//! The clock is virtual: sound takes as long as it sounds, and asr and the language model take as long as they really
//! do. Asr reads the open part again and again as for live captions, so that a question may have to wait until asr is
//! free.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;

use super::checkout::recordings;
use super::turn::spoken;
use crate::config::Config;
use crate::device::wav::SoundReader;
use crate::dialog::hinting::prompt;
use crate::dialog::hinting::question::questions;
use crate::engine::registry::{self, Files};
use crate::engine::{Chat, Transcriber, Vad};
use crate::message::Time;
use crate::metrics::quantile;
use crate::signal::frame::{FRAME, FRAME_TIME};
use crate::transcribe::agreement::CaptionWords;
use crate::transcribe::listen::{ReadingExtent, TranscriptPart, understand};
use crate::transcribe::segment::PauseLimit;
use crate::transcribe::track::{CaptionReading, CaptionTrack};
use crate::turn::Ticket;

/// Frames of silence after a question: 1.3 s, more than what ends a part.
const SILENCE: usize = 40;

/// How to measure.
#[derive(Debug, Args)]
pub struct HintBenchArgs {
    /// Folder of recorded questions, one a file [default: ten, asked by the installed voice and by espeak-ng]
    #[arg(long, value_name = "FOLDER")]
    questions: Option<PathBuf>,
    /// Questions to ask, at most
    #[arg(long, default_value_t = 10)]
    count: usize,
}

/// What a hint took, in seconds from the last syllable of its question.
#[derive(Clone, Copy, Debug)]
struct HintLatency {
    /// The part is over.
    over: f64,
    /// Its words are known, and that they are a question.
    words: f64,
    /// The first word of the hint.
    first: f64,
    /// The last one.
    last: f64,
}

/// A row of the table, and its value in seconds.
type HintMoment = (&'static str, fn(&HintLatency) -> f64);

const MOMENTS: [HintMoment; 4] = [
    ("the part is over", |hint| hint.over),
    ("its words are known to be a question", |hint| hint.words),
    ("**first word of the hint**", |hint| hint.first),
    ("last word of the hint", |hint| hint.last),
];

/// The engines, which run one after the other.
struct HintRig {
    config: Config,
    vad: Box<dyn Vad>,
    asr: Box<dyn Transcriber>,
    llm: Box<dyn Chat>,
}

/// Asks and prints the table.
///
/// # Errors
/// When an engine or a recording cannot be used.
pub fn run(args: &HintBenchArgs, config: &Config, files: &Files) -> Result<()> {
    let mut config = config.clone();
    config.llm.max_tokens = config.hints.max_tokens;
    let folder = tempfile::tempdir()?;
    let mut asked = match &args.questions {
        Some(folder) => recordings(folder)?,
        None => spoken(&config, files, folder.path())?,
    };
    asked.truncate(args.count);
    ensure!(!asked.is_empty(), "there is no question to ask");
    let asr = registry::asr(&config.asr, files, None)?.engine;
    let llm = registry::llm(&config.llm, files, Instant::now)?.engine;
    println!("ears: {}\nbrain: {}", asr.describe(), llm.describe());
    let mut rig = HintRig { vad: registry::vad(files)?, asr, llm, config };
    // Read what all hint prompts have in common before the first question comes.
    rig.llm.begin(&prompt::hint("", &[], &rig.config.hints.about), &Ticket::standing())?;
    let mut found = Vec::new();
    for path in &asked {
        found.extend(rig.ask(path).with_context(|| path.display().to_string())?);
    }
    println!(
        "\n| from the last syllable, {} of {} questions found | median | p95 |\n|---|---|---|",
        found.len(),
        asked.len()
    );
    for (name, of) in MOMENTS {
        let mut times: Vec<f64> = found.iter().map(of).collect();
        times.sort_by(f64::total_cmp);
        if let (Some(median), Some(most)) = (quantile(&times, 0.5), quantile(&times, 0.95)) {
            println!("| {name} | {:.0} ms | {:.0} ms |", median * 1e3, most * 1e3);
        }
    }
    Ok(())
}

impl HintRig {
    /// The latency of the hint to the question in the file at `path`; `None` where no question is heard.
    fn ask(&mut self, path: &Path) -> Result<Option<HintLatency>> {
        let mut reader = SoundReader::open(path)?;
        self.vad.reset();
        let shortest = Time::from_millis(self.config.turn.min_voiced_ms);
        let mut track = CaptionTrack::new(&self.config.vad, PauseLimit::Captions, shortest);
        let sound = std::iter::from_fn(move || reader.next_frame());
        let silence = std::iter::repeat_with(|| Box::new([0.0; FRAME])).take(SILENCE);
        let (mut now, mut busy) = (Duration::ZERO, Duration::ZERO);
        let (mut whole, mut words) = (None, CaptionWords::default());
        for frame in sound.chain(silence) {
            now += FRAME_TIME;
            let probability = self.vad.probability(&frame)?;
            match track.push(frame, probability, now >= busy) {
                None | Some(CaptionReading::Dropped) => {}
                Some(CaptionReading::Partial(segment)) => {
                    let (begin, extent) = (Instant::now(), ReadingExtent::SoFar(words.beginning()));
                    let part = understand(self.asr.as_mut(), &segment, &extent, true, &Ticket::standing())?;
                    busy = now + begin.elapsed();
                    words.read(&part.map(|part| part.transcript.text).unwrap_or_default());
                }
                Some(CaptionReading::Final(segment)) => {
                    let begin = Instant::now();
                    let extent = ReadingExtent::Whole;
                    let part = understand(self.asr.as_mut(), &segment, &extent, true, &Ticket::standing())?;
                    busy = busy.max(now) + begin.elapsed();
                    words = CaptionWords::default();
                    whole = part.map(|part| (part, now, busy)).or(whole);
                }
            }
        }
        let Some((part, over, known)) = whole else { return Ok(None) };
        self.think(&part, over, known)
    }

    /// Makes the hint to the question in a part that was over at `over` and whose words were known at `known`.
    fn think(&mut self, part: &TranscriptPart, over: Duration, known: Duration) -> Result<Option<HintLatency>> {
        let text = part.transcript.text.trim();
        let Some(question) = questions(text).pop() else {
            eprintln!("no question: {text}");
            return Ok(None);
        };
        let ticket = Ticket::standing();
        let (begin, mut first, mut hint) = (Instant::now(), None, String::new());
        self.llm.begin(&prompt::hint(&question.text, &[], &self.config.hints.about), &ticket)?;
        while let Some(piece) = self.llm.next(&ticket)? {
            hint.push_str(&piece);
            if first.is_none() && !hint.trim().is_empty() {
                first = Some(begin.elapsed());
            }
        }
        let whole = begin.elapsed();
        eprintln!("{}: {}", question.text, hint.trim());
        let since = |moment: Duration| moment.saturating_sub(part.end).as_secs_f64();
        Ok(first.map(|first| HintLatency {
            over: since(over),
            words: since(known),
            first: since(known + first),
            last: since(known + whole),
        }))
    }
}
