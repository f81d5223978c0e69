//! The replay of a recorded session: the same inputs into a new dialogue, and its notes compared with the recorded
//! ones.

use std::sync::Arc;

use super::files::{SessionError, SessionFolder};
use super::sound::{RecordedFrame, RecordedSound};
use crate::command::Commands;
use crate::config::Config;
use crate::dialog::Dialog;
use crate::dialog::tape::TapeEntry;
use crate::engine::EngineError;
use crate::message::{Action, EchoState, Event, Note, Time};

/// The place where a replay deviates from its recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Number of the event, from 1.
    pub event: usize,
    /// The recorded note; `None` if the replay reports more.
    pub recorded: Option<(Time, Note)>,
    /// The replayed note; `None` if the recording has more.
    pub replayed: Option<(Time, Note)>,
}

/// The voice detector's judgement of the recorded sound, compared with the recorded judgement.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SoundCheck {
    /// Frames that were compared.
    pub frames: usize,
    /// Frames that the recording lacks, or has too many.
    pub unpaired: usize,
    /// Greatest difference between two probabilities of one frame.
    pub difference: f32,
    /// Frames whose echo state differs.
    pub echoes: usize,
}

/// A recorded session.
pub struct SessionReplay {
    folder: SessionFolder,
    dialog: Dialog,
}

impl SessionReplay {
    /// The session in a folder, with its dialogue before the first event. `commands` opens the commands of a config.
    ///
    /// # Errors
    /// When there is no session, or its commands cannot be used: the error is that of `commands`.
    pub fn open<E: From<SessionError>>(
        folder: SessionFolder,
        commands: impl FnOnce(&Config) -> Result<Option<Arc<Commands>>, E>,
    ) -> Result<Self, E> {
        let (about, config) = folder.read()?;
        let commands = if about.commands.is_empty() { None } else { commands(&config)? };
        Ok(Self { folder, dialog: Dialog::new(&config, about.speculates, commands) })
    }

    /// Runs the session again and passes each note on as it is reported now. Returns the number of notes and the first
    /// difference.
    ///
    /// # Errors
    /// When the tape is damaged.
    pub fn run(mut self, mut observe: impl FnMut(Time, &Note)) -> Result<(usize, Option<Difference>), SessionError> {
        let mut events = 0;
        for entry in self.folder.entries()? {
            match entry? {
                TapeEntry::Note { at, note } => {
                    events += 1;
                    let replayed = self.next_note();
                    if let Some((at, note)) = &replayed {
                        observe(*at, note);
                    }
                    let recorded = Some((at, note));
                    if replayed != recorded {
                        return Ok((events, Some(Difference { event: events, recorded, replayed })));
                    }
                }
                entry => self.dialog.repeat_entry(entry),
            }
        }
        // Ignore further notes: those that golem had not reported when it ended are on no tape.
        Ok((events, None))
    }

    /// The next note that the dialogue reports, and when.
    fn next_note(&mut self) -> Option<(Time, Note)> {
        while let Some(action) = self.dialog.poll_action() {
            if let Action::Note(note) = action {
                return Some((self.dialog.now(), note));
            }
        }
        None
    }

    /// Judges the recorded sound again: `judge` returns the voice probability of a frame, and the state of its echo.
    ///
    /// # Errors
    /// When the recording cannot be read, or the engine fails.
    pub fn check_sound(
        folder: &SessionFolder,
        mut judge: impl FnMut(RecordedFrame) -> Result<(f32, EchoState), EngineError>,
    ) -> Result<SoundCheck, SessionError> {
        let mut sound = RecordedSound::open(folder)?;
        let (mut check, mut echo) = (SoundCheck::default(), EchoState::default());
        for entry in folder.entries()? {
            let TapeEntry::Event { event, .. } = entry? else { continue };
            let probability = match event {
                Event::Frame { probability } => probability,
                Event::Echo { state } => {
                    echo = state;
                    continue;
                }
                _ => continue,
            };
            let Some(frame) = sound.next() else {
                check.unpaired += 1;
                continue;
            };
            let cancelled = frame.played.is_some();
            let (judged, state) = judge(frame)?;
            check.frames += 1;
            check.difference = check.difference.max((judged - probability).abs());
            check.echoes += usize::from(cancelled && state != echo);
        }
        check.unpaired = check.unpaired.saturating_sub(sound.lacks());
        while sound.next().is_some() {
            check.unpaired += 1;
        }
        Ok(check)
    }
}
