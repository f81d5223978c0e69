//! The recorder of a session: a thread that writes what the dialogue hears, does and reports.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use hound::{SampleFormat, WavSpec, WavWriter};

use super::files::{SessionError, SessionFolder};
use crate::dialog::Dialog;
use crate::dialog::tape::TapeEntry;
use crate::signal::frame::{FRAME, RATE};

/// Jobs that may wait for the disk: half a minute of frames and all that is said in it.
const WAITING: usize = 4096;
/// Frames after which the files are flushed, so that a golem that is killed leaves a recording: 1 s.
const UP_TO_DATE: usize = 31;

/// A job for the thread that writes.
enum RecordJob {
    /// Sound of the microphone.
    Frame(Box<[f32; FRAME]>),
    /// Both inputs of the echo canceller, sample by sample: the microphone and what was played.
    Echo(Vec<(f32, f32)>),
    /// An entry of the tape.
    Entry(Box<TapeEntry>),
}

/// Writes a session into its folder. Dropping it completes the files.
pub struct SessionRecorder {
    folder: SessionFolder,
    jobs: Option<Sender<RecordJob>>,
    thread: Option<JoinHandle<()>>,
    complain: Option<Box<dyn Fn(String) + Send>>,
}

impl SessionRecorder {
    /// Begins to write into a folder. The caller does [`SessionFolder::describe`], since it knows what golem begins
    /// with.
    ///
    /// # Errors
    /// When a file cannot be made or the system refuses a thread.
    pub fn start(folder: SessionFolder) -> Result<Self, SessionError> {
        let fails = |path: std::path::PathBuf| move |source| SessionError::File { path, source };
        let tape = File::create(folder.tape()).map_err(fails(folder.tape()))?;
        let sound = sound(&folder.microphone(), 1).map_err(fails(folder.microphone()))?;
        let (jobs, inbox) = bounded(WAITING);
        let own = folder.clone();
        let run = move || {
            if let Err(error) = write(&inbox, &own, BufWriter::new(tape), sound) {
                tracing::error!("the recording in {} has ended: {error}", own.path().display());
            }
        };
        let thread = Builder::new().name("golem-record".into()).spawn(run).map_err(fails(folder.path().into()))?;
        Ok(Self { folder, jobs: Some(jobs), thread: Some(thread), complain: None })
    }

    /// The folder that is written to.
    pub fn folder(&self) -> &SessionFolder {
        &self.folder
    }

    /// Calls `complain` with the reason, once, when the recording ends before golem does.
    pub fn on_end(&mut self, complain: Box<dyn Fn(String) + Send>) {
        self.complain = Some(complain);
    }

    /// Writes a frame of the microphone.
    pub fn frame(&mut self, frame: &[f32; FRAME]) {
        self.send(|| RecordJob::Frame(Box::new(*frame)));
    }

    /// Writes both inputs of the echo canceller: the microphone and, equally long, what was played.
    pub fn echo(&mut self, heard: &[f32], played: &[f32]) {
        self.send(|| RecordJob::Echo(heard.iter().copied().zip(played.iter().copied()).collect()));
    }

    /// Writes the new entries of a dialogue's tape.
    pub fn take(&mut self, dialog: &mut Dialog) {
        while let Some(entry) = dialog.poll_tape() {
            self.send(|| RecordJob::Entry(Box::new(entry)));
        }
    }

    /// Sends a job without waiting for the disk. If a job is lost, the recording ends: a gap would make the rest
    /// worthless.
    fn send(&mut self, job: impl FnOnce() -> RecordJob) {
        let Some(jobs) = &self.jobs else { return };
        let why = match jobs.try_send(job()) {
            Ok(()) => return,
            Err(TrySendError::Full(_)) => "the disk is too slow",
            Err(TrySendError::Disconnected(_)) => "its files cannot be written; the log says why",
        };
        self.jobs = None;
        if let Some(complain) = self.complain.take() {
            complain(format!("the recording in {} has ended: {why}", self.folder.path().display()));
        }
    }
}

impl Drop for SessionRecorder {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

type SoundFile = WavWriter<BufWriter<File>>;

fn sound(path: &Path, channels: u16) -> std::io::Result<SoundFile> {
    let spec = WavSpec { channels, sample_rate: RATE, bits_per_sample: 32, sample_format: SampleFormat::Float };
    WavWriter::create(path, spec).map_err(io)
}

/// Writes what comes until the sender is gone.
fn write(
    jobs: &Receiver<RecordJob>,
    folder: &SessionFolder,
    mut tape: BufWriter<File>,
    mut microphone: SoundFile,
) -> std::io::Result<()> {
    let mut frames = 0;
    // Made with the first job for it, since there may be no canceller.
    let mut echo: Option<SoundFile> = None;
    for job in jobs {
        match job {
            RecordJob::Frame(frame) => {
                frame.iter().try_for_each(|sample| microphone.write_sample(*sample)).map_err(io)?;
                frames += 1;
                if frames % UP_TO_DATE == 0 {
                    echo.iter_mut().chain([&mut microphone]).try_for_each(WavWriter::flush).map_err(io)?;
                    tape.flush()?;
                }
            }
            RecordJob::Echo(sides) => {
                let file = match &mut echo {
                    Some(file) => file,
                    None => echo.insert(sound(&folder.echo(), 2)?),
                };
                let mut both = sides.iter().flat_map(|(heard, played)| [heard, played]);
                both.try_for_each(|sample| file.write_sample(*sample)).map_err(io)?;
            }
            RecordJob::Entry(entry) => {
                serde_json::to_writer(&mut tape, &entry)?;
                tape.write_all(b"\n")?;
            }
        }
    }
    tape.flush()?;
    echo.map_or(Ok(()), WavWriter::finalize).and_then(|()| microphone.finalize()).map_err(io)
}

fn io(error: hound::Error) -> std::io::Error {
    match error {
        hound::Error::IoError(error) => error,
        other => std::io::Error::other(other),
    }
}
