//! The output of captions: on a terminal, as plain lines, as JSON, and in files that are whole at every moment.

use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::lines::line;
use super::terminal::{CaptionTerminal, columns};
use crate::cli::colour::coloured;
use crate::cli::hear::write::{FileTranscript, OutputTarget, TranscriptFormat, show};
use crate::runtime::captions::event::CaptionEvent;
use crate::transcribe::listen::TranscriptPart;

/// The way captions are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptionForm {
    /// Words as they come, in place; whole parts above, in colours or without.
    Terminal { colours: bool },
    /// A line for each whole part.
    Lines,
    /// An object in a line for each event.
    Json,
}

impl CaptionForm {
    /// JSON where it is asked for; otherwise what suits standard output.
    pub fn choose(json: bool) -> Self {
        match (json, std::io::stdout().is_terminal()) {
            (true, _) => Self::Json,
            (false, true) => Self::Terminal { colours: coloured() },
            (false, false) => Self::Lines,
        }
    }
}

/// Shows captions and writes them down.
pub struct CaptionWriter {
    form: CaptionForm,
    terminal: CaptionTerminal,
    /// Whether the source of a caption is named: there are several.
    named: bool,
    files: Vec<OutputTarget>,
    parts: Vec<TranscriptPart>,
}

impl CaptionWriter {
    /// Shows in `form`, on a terminal in `large` letters if wanted, and keeps `files` up to date.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn new(form: CaptionForm, named: bool, large: bool, files: Vec<OutputTarget>) -> Result<Self> {
        let colours = matches!(form, CaptionForm::Terminal { colours: true });
        let terminal = CaptionTerminal::new(colours, named, large);
        let writer = Self { form, terminal, named, files, parts: Vec::new() };
        writer.save()?; // what cannot be written is known before anything is said
        Ok(writer)
    }

    /// Shows one event; a whole part also goes into the files.
    ///
    /// # Errors
    /// When standard output or a file cannot be written.
    pub fn show(&mut self, event: &CaptionEvent) -> Result<()> {
        let text = match self.form {
            CaptionForm::Terminal { .. } => self.terminal.show(event, columns()),
            CaptionForm::Lines => line(event, self.named).unwrap_or_default(),
            CaptionForm::Json => event.object().map(|object| format!("{object}\n")).unwrap_or_default(),
        };
        show(&text)?;
        let CaptionEvent::Final { source, part, .. } = event else { return Ok(()) };
        let mut part = part.clone();
        if self.named {
            part.transcript.text = format!("{source}: {}", part.transcript.text.trim());
            if let Some(first) = part.transcript.words.first_mut() {
                first.text = format!("{source}: {}", first.text.trim());
            }
        }
        // Two sources end their parts in any order.
        let place = self.parts.partition_point(|other| other.start <= part.start);
        self.parts.insert(place, part);
        self.save()
    }

    /// Leaves the terminal with whole lines only.
    pub fn end(&mut self) {
        if matches!(self.form, CaptionForm::Terminal { .. }) {
            let mut out = std::io::stdout().lock();
            let _ = out.write_all(self.terminal.erase().as_bytes()).and_then(|()| out.flush()); // a terminal that is gone needs no order
        }
    }

    fn save(&self) -> Result<()> {
        let seconds = self.parts.last().map_or(0.0, |part| part.end.as_secs_f64());
        let all = FileTranscript { file: Path::new("-"), parts: &self.parts, seconds, ms: 0.0 };
        self.files.iter().try_for_each(|file| file.write(&all))
    }
}

/// The files of captions by their forms.
pub fn files(srt: Option<&PathBuf>, vtt: Option<&PathBuf>, txt: Option<&PathBuf>) -> Vec<OutputTarget> {
    let asked = [(srt, TranscriptFormat::Srt), (vtt, TranscriptFormat::Vtt), (txt, TranscriptFormat::Lines)];
    let file = |(path, form): (Option<&PathBuf>, _)| path.map(|path| OutputTarget::File { form, path: path.clone() });
    asked.into_iter().filter_map(file).collect()
}
