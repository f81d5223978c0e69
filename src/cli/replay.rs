//! `golem --input FILE`: the replay of recordings through the same golem.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;

use crate::command::Commands;
use crate::config::Config;
use crate::control::{Note, json_line, plain_line};
use crate::device::wav::{SoundReader, WavWriter, read_all};
use crate::device::{AudioSource, DeviceError};
use crate::engine::anywhere;
use crate::engine::registry::{self, Sentences};
use crate::engine::speaker::KnownVoices;
use crate::message::Time;
use crate::replay::input::{InterruptSpec, ReplayInput};
use crate::replay::latency::Latency;
use crate::replay::{Audience, Engines, Replay};
use crate::runtime::assembly::{clerk, command_paths, commands, files};
use crate::runtime::wake;
use crate::session::{SessionFolder, SessionRecorder};
use crate::signal::echo::EchoSpec;
use crate::worker::clerk::Clerk;
use crate::worker::echo::EchoStage;
use crate::worker::understander::Understander;

/// Rate of the written reply in hertz: espeak-ng's own, so that the starter voice is not converted.
pub const OUTPUT_RATE: u32 = 22_050;

#[derive(Debug, Default, Args)]
pub struct ReplayArgs {
    /// Hear a sound file of nearly any kind instead of the microphone, faster than real time; several are heard in order
    #[arg(long, value_name = "FILE", num_args = 1..)]
    input: Vec<PathBuf>,
    /// Write golem's voice as it would have been heard, as WAV
    #[arg(long, value_name = "FILE", requires = "input")]
    output: Option<PathBuf>,
    /// Write events as JSON lines; - for standard output
    #[arg(long, value_name = "FILE", requires = "input")]
    events: Option<PathBuf>,
    /// Silence between input files in seconds [default: until golem has answered]
    #[arg(long, value_name = "SECONDS", requires = "input", value_parser = seconds)]
    gap: Option<Time>,
    /// Speak FILE over a reply, SECONDS after its start; the first one over the first reply and so on, or #N
    #[arg(long, value_name = "FILE@SECONDS[#N]", requires = "input")]
    interrupt: Vec<InterruptSpec>,
    /// Play golem's voice into a room where the microphone hears it, such as office,-12dB,drift=100ppm,clip,move,slip,delay=90ms;
    /// there are booth, bedroom, office, kitchen and hall
    #[arg(long, value_name = "ROOM[,-12dB…]", requires = "input")]
    echo: Option<EchoSpec>,
    /// Fix the engines' time instead of measuring it, such as asr=200ms,llm=20ms/token,tts=0
    #[arg(long, value_name = "TIMES", requires = "input")]
    latency: Option<Latency>,
}

fn seconds(text: &str) -> Result<Time, String> {
    let seconds = text.parse::<f64>().map_err(|error| error.to_string())?;
    Time::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

impl ReplayArgs {
    pub fn wanted(&self) -> bool {
        !self.input.is_empty()
    }

    /// Whether every file is heard on its own, and not as part of one conversation.
    pub fn independent(&self) -> bool {
        let conversation = self.output.is_some() || self.events.is_some() || self.gap.is_some();
        self.wanted() && !conversation && self.interrupt.is_empty() && self.echo.is_none()
    }

    /// The files to hear.
    pub fn inputs(&self) -> &[PathBuf] {
        &self.input
    }

    /// The time that engines take.
    pub fn latency(&self) -> Latency {
        self.latency.unwrap_or_default()
    }
}

pub fn run(args: &ReplayArgs, config: &Config, record: Option<&Path>, json: bool) -> Result<()> {
    let stop = super::interrupted();
    let mut input = input(args)?;
    let commands = commands(config)?;
    let engines = engines(config, commands.as_ref())?;
    let session = record.map(|folder| session(folder, config, &engines, commands.is_some())).transpose()?;
    let mut output = ReplayOutput::new(args, json, stop, clerk(commands.is_some()))?;
    let mut replay = Replay::new(config, engines, commands, args.latency(), OUTPUT_RATE);
    if let Some(room) = args.echo {
        let stage = EchoStage::open(&config.echo, || registry::vad(&files(config)))?;
        eprintln!("echo: {}, canceller {}", room.room.name, config.echo.canceller.resolved());
        replay = replay.in_room(room, if session.is_some() { stage.map(EchoStage::keeping_sides) } else { stage });
    }
    if let Some(session) = session {
        replay.record(session);
    }
    replay.run(&mut input, &mut output)?;
    for notice in input.notices() {
        eprintln!("golem: {notice}");
    }
    output.finish()
}

/// The engines that the config asks for, also printed on standard error; no language model where golem only takes
/// commands.
pub fn engines(config: &Config, commands: Option<&Arc<Commands>>) -> Result<Engines> {
    let files = files(config);
    let sentences = commands.map(|commands| Sentences::of(commands, config.intents.only));
    let asr = config.asr.expecting(&config.wake.phrase);
    let asr = anywhere::asr(&asr, &files, sentences.as_ref(), Instant::now)?;
    eprintln!("ears: {} ({})", asr.engine.describe(), asr.why);
    let llm = (!config.intents.only).then(|| registry::llm(&config.llm, &files, Instant::now)).transpose()?;
    if let Some(llm) = &llm {
        eprintln!("brain: {} ({})", llm.engine.describe(), llm.why);
    }
    let voice = anywhere::voice(&config.tts, &files, Instant::now)?;
    eprintln!("voice: {} ({})", voice.engine.describe(), voice.why);
    if let Some(commands) = commands {
        eprintln!("commands: {}", commands.book().summary());
    }
    let checks = config.speaker.checks();
    let guesser = commands.is_some().then(|| registry::nli(&files)).transpose()?.flatten();
    Ok(Engines {
        understander: commands.map(|commands| Understander::new(commands.clone(), guesser)),
        vad: registry::vad(&files)?,
        turn: registry::turn(&files)?,
        speaker: checks.then(|| KnownVoices::open(&files.speaker, &files.voices)).transpose()?,
        wake: wake::listener(config, &files, &mut |_| {})?,
        asr: asr.engine,
        llm: llm.map(|llm| llm.engine),
        tts: voice.engine,
    })
}

/// The recorder of this session.
fn session(folder: &Path, config: &Config, engines: &Engines, commanded: bool) -> Result<SessionRecorder> {
    let folder = SessionFolder::create(folder)?;
    let commands = if commanded { command_paths(config) } else { Vec::new() };
    folder.describe(config, !engines.asr.streams(), &commands)?;
    Ok(SessionRecorder::start(folder)?)
}

fn input(args: &ReplayArgs) -> Result<ReplayInput> {
    let open = |path: &PathBuf| Ok(Box::new(SoundReader::open(path)?) as Box<dyn AudioSource>);
    let sources = args.input.iter().map(open).collect::<Result<Vec<_>>>()?;
    let mut input = ReplayInput::new(sources, args.gap);
    for (index, spec) in args.interrupt.iter().enumerate() {
        input.interrupt(read_all(&spec.file)?, spec.after, spec.reply.unwrap_or(index + 1));
    }
    Ok(input)
}

/// The destinations of a replay's sound and events.
struct ReplayOutput {
    sound: Option<WavWriter>,
    events: Option<Events>,
    plain: bool,
    stop: Arc<AtomicBool>,
    failed: Option<std::io::Error>,
    clerk: Option<Clerk>,
}

struct Events {
    writer: BufWriter<Box<dyn Write>>,
    /// The temporary file and its final name.
    names: Option<(tempfile::TempPath, PathBuf)>,
}

impl ReplayOutput {
    fn new(args: &ReplayArgs, json: bool, stop: Arc<AtomicBool>, clerk: Option<Clerk>) -> Result<Self> {
        let sound = args.output.as_deref().map(|path| WavWriter::create(path, OUTPUT_RATE)).transpose()?;
        let stdout = || Events { writer: BufWriter::new(Box::new(std::io::stdout())), names: None };
        let events = match args.events.as_deref() {
            None => json.then(stdout),
            Some(path) if path == Path::new("-") => Some(stdout()),
            Some(path) => Some(Events::create(path).with_context(|| format!("cannot write {}", path.display()))?),
        };
        let to_stdout = events.as_ref().is_some_and(|events| events.names.is_none());
        Ok(Self { sound, events, plain: !to_stdout, stop, failed: None, clerk })
    }

    /// Both files appear under their names, or neither does.
    fn finish(mut self) -> Result<()> {
        const FULL: &str = "cannot write the events; is the disk full?";
        if let Some(error) = self.failed {
            return Err(error).context(FULL);
        }
        if let Some(events) = &mut self.events {
            events.writer.flush().context(FULL)?;
        }
        if let Some(sound) = self.sound {
            sound.finish()?;
        }
        if let Some((temporary, name)) = self.events.and_then(|events| events.names) {
            temporary.persist(&name).with_context(|| format!("cannot write {}", name.display()))?;
        }
        if self.stop.load(Ordering::SeqCst) {
            anyhow::bail!("stopped; what was heard so far is written");
        }
        Ok(())
    }
}

impl Events {
    /// A regular file appears under its name when it is whole; a pipe or device is written to as it is.
    fn create(path: &Path) -> Result<Self> {
        if path.exists() && !path.is_file() {
            return Ok(Self { writer: BufWriter::new(Box::new(File::create(path)?)), names: None });
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let (file, temporary) = tempfile::NamedTempFile::new_in(folder)?.into_parts();
        Ok(Self { writer: BufWriter::new(Box::new(file)), names: Some((temporary, path.into())) })
    }
}

impl Audience for ReplayOutput {
    fn note(&mut self, now: Time, note: &Note) {
        if let Some(clerk) = &mut self.clerk {
            clerk.take(note);
        }
        if let Some(events) = &mut self.events
            && let Err(error) = writeln!(events.writer, "{}", json_line(now, note))
        {
            self.failed.get_or_insert(error);
        }
        if let Some(line) = plain_line(note).filter(|_| self.plain) {
            println!("[{:7.2}] {line}", now.as_secs_f64());
        }
    }

    fn sound(&mut self, samples: &[f32]) -> Result<ControlFlow<()>, DeviceError> {
        if let Some(sound) = &mut self.sound {
            sound.write(samples)?;
        }
        Ok(if self.stop.load(Ordering::SeqCst) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}
