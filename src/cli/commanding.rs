//! `golem --intent-only`: commands and nothing else, from the microphone or from files.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Value, json};

use super::replay::{OUTPUT_RATE, ReplayArgs, engines};
use crate::config::Config;
use crate::control::{Decision, Note, plain_line};
use crate::device::wav::SoundReader;
use crate::device::{AudioSource, DeviceError};
use crate::message::Time;
use crate::replay::input::ReplayInput;
use crate::replay::{Audience, Replay};
use crate::runtime::assembly::{clerk, commands};
use crate::worker::clerk::Clerk;

#[derive(Debug, Default, Args)]
pub struct CommandArgs {
    /// Take commands and nothing else: no language model is loaded
    #[arg(long)]
    intent_only: bool,
    /// Commands file or folder, instead of those that come with golem; may be given several times
    #[arg(long = "intents", value_name = "PATH")]
    intents: Vec<PathBuf>,
    /// Decide and say what would be done, but run nothing
    #[arg(long)]
    dry_run: bool,
}

impl CommandArgs {
    /// Whether any flag is there.
    pub fn given(&self) -> bool {
        self.intent_only || self.dry_run || !self.intents.is_empty()
    }

    /// Lays the flags over the settings.
    pub fn apply(&self, config: &mut Config) {
        config.intents.only |= self.intent_only;
        config.intents.enabled |= self.intent_only || !self.intents.is_empty();
        config.intents.dry_run |= self.dry_run;
        if !self.intents.is_empty() {
            config.intents.paths.clone_from(&self.intents);
        }
    }
}

/// Hears every file for itself: one line an utterance, in JSON or in words.
pub fn run(args: &ReplayArgs, config: &Config, json: bool) -> Result<()> {
    let stop = super::interrupted();
    let commands = commands(config)?.context("there are no commands; name a file with --intents")?;
    let mut engines = engines(config, Some(&commands))?;
    let mut clerk = clerk(true);
    let mut failed = 0;
    for file in args.inputs() {
        let reader = match SoundReader::open(file) {
            Ok(reader) => reader,
            Err(error) => {
                eprintln!("golem: {error}");
                failed += 1;
                continue;
            }
        };
        let mut lines = OutcomeLines { file, json, stop: stop.clone(), clerk, open: None, any: false, failed: None };
        let mut input = ReplayInput::new(vec![Box::new(reader) as Box<dyn AudioSource>], None);
        let mut replay = Replay::new(config, engines, Some(commands.clone()), args.latency(), OUTPUT_RATE);
        replay.run(&mut input, &mut lines).with_context(|| file.display().to_string())?;
        engines = replay.into_engines();
        for notice in input.notices() {
            eprintln!("golem: {}: {notice}", file.display());
        }
        clerk = lines.finish()?;
        anyhow::ensure!(!stop.load(Ordering::SeqCst), "stopped at {}", file.display());
    }
    anyhow::ensure!(failed == 0, "{failed} of {} files failed", args.inputs().len());
    Ok(())
}

/// Turns notes into lines, one an utterance.
struct OutcomeLines<'a> {
    file: &'a Path,
    json: bool,
    stop: Arc<AtomicBool>,
    clerk: Option<Clerk>,
    /// An utterance that has no decision yet: its time and its words.
    open: Option<(Time, String)>,
    any: bool,
    failed: Option<std::io::Error>,
}

impl OutcomeLines<'_> {
    fn line(&mut self, now: Time, decision: &Decision) {
        self.any = true;
        let t = (now.as_secs_f64() * 1e4).round() / 1e4;
        let line = json!({
            "file": self.file.display().to_string(), "t": t, "transcript": decision.transcript,
            "intent": decision.intent, "slots": decision.slots, "score": round(decision.score),
            "accepted": decision.accepted, "reason": decision.reason, "argv": decision.argv, "ms": decision.ms,
            "risk": decision.risk, "runner_up": decision.runner_up.as_ref().map_or(Value::Null, |reading| json!(reading)),
        });
        self.put(&line.to_string());
    }

    fn put(&mut self, line: &str) {
        let mut out = std::io::stdout().lock();
        if let Err(error) = writeln!(out, "{line}").and_then(|()| out.flush()) {
            self.failed.get_or_insert(error);
        }
    }

    /// Prints the utterance that has no decision: it was nothing, or an answer.
    fn settle(&mut self, reason: &str) {
        if let Some((now, transcript)) = self.open.take() {
            self.line(now, &Decision { transcript, reason: reason.into(), ..Decision::default() });
        }
    }

    fn finish(mut self) -> Result<Option<Clerk>> {
        if self.json {
            self.settle("not a command");
            if !self.any {
                self.line(Time::ZERO, &Decision { reason: "no speech".into(), ..Decision::default() });
            }
        }
        match self.failed {
            Some(error) => Err(error).context("cannot write to standard output"),
            None => Ok(self.clerk),
        }
    }
}

/// A score rounded to four decimals, which are more than it is worth.
fn round(score: f32) -> f64 {
    (f64::from(score) * 1e4).round() / 1e4
}

impl Audience for OutcomeLines<'_> {
    fn note(&mut self, now: Time, note: &Note) {
        if let Some(clerk) = &mut self.clerk {
            clerk.take(note);
        }
        if !self.json {
            if let Some(line) = plain_line(note) {
                let line = format!("{}: [{:7.2}] {line}", self.file.display(), now.as_secs_f64());
                self.put(&line);
            }
            return;
        }
        match note {
            Note::Transcript { text, ignored, .. } => {
                self.settle("not a command");
                self.open = Some((now, text.clone()));
                if let Some(ignored) = ignored {
                    self.settle(&ignored.to_string());
                }
            }
            Note::Decision(decision) => {
                self.open = None;
                self.line(now, decision);
            }
            Note::Confirmed { answer, .. } => self.settle(&format!("answer: {answer}")),
            Note::Error { part, reason } => eprintln!("golem: {}: {}: {reason}", self.file.display(), part.stage()),
            _ => {}
        }
    }

    fn sound(&mut self, _: &[f32]) -> Result<ControlFlow<()>, DeviceError> {
        let ended = self.failed.is_some() || self.stop.load(Ordering::SeqCst);
        Ok(if ended { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}
