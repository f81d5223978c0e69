//! The output of captions: on a terminal, as plain lines, as JSON, and in files that are whole at every moment.

use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::{Value, json};

use super::source::CaptionSource;
use super::terminal::{CaptionTerminal, columns};
use crate::cli::colour::coloured;
use crate::cli::hear::write::{FileTranscript, OutputTarget, TranscriptFormat, short, show};
use crate::message::{Time, VoiceLikeness};
use crate::transcribe::agreement::LiveCaption;
use crate::transcribe::listen::TranscriptPart;

/// What is to be shown.
#[derive(Clone, Debug)]
pub enum CaptionEvent {
    /// A part that is being said, from `start` to `end` so far. `voice` is how alike its voice is to those that are enrolled,
    /// where that is known.
    Partial { source: CaptionSource, start: Time, end: Time, words: LiveCaption, voice: Option<VoiceLikeness> },
    /// A part that is over.
    Final { source: CaptionSource, part: TranscriptPart, voice: Option<VoiceLikeness> },
    /// What was shown of a part was no words.
    Nothing,
}

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
            CaptionForm::Json => object(event).map(|object| format!("{object}\n")).unwrap_or_default(),
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

/// `0:03.2  microphone: Good morning.`
pub fn line(event: &CaptionEvent, named: bool) -> Option<String> {
    let CaptionEvent::Final { source, part, .. } = event else { return None };
    let name = if named { format!("{source}: ") } else { String::new() };
    Some(format!("{}  {name}{}\n", short(part.start), part.transcript.text.trim()))
}

/// An event as an object of JSON; nothing for what is not to be shown.
pub fn object(event: &CaptionEvent) -> Option<Value> {
    let seconds = |time: Time| (time.as_secs_f64() * 1e3).round() / 1e3;
    Some(match event {
        CaptionEvent::Partial { source, start, words, .. } => json!({
            "type": "partial", "source": source, "start": seconds(*start), "stable": words.stable, "open": words.open,
        }),
        CaptionEvent::Final { source, part, .. } => json!({
            "type": "final", "source": source, "start": seconds(part.start), "end": seconds(part.end),
            "text": part.transcript.text.trim(), "language": part.transcript.language,
        }),
        CaptionEvent::Nothing => return None,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::message::Transcript;

    pub fn whole(source: CaptionSource, text: &str, from: u64) -> CaptionEvent {
        let (start, end) = (Time::from_millis(from), Time::from_millis(from + 1_000));
        let transcript = Transcript { text: text.into(), ..Transcript::default() };
        let part = TranscriptPart { start, end, voices: vec![[start, end]], transcript };
        CaptionEvent::Final { source, part, voice: None }
    }

    pub fn partial(stable: &str, open: &str) -> CaptionEvent {
        let words = LiveCaption { stable: stable.into(), open: open.into() };
        CaptionEvent::Partial {
            source: CaptionSource::Microphone,
            start: Time::ZERO,
            end: Time::ZERO,
            words,
            voice: None,
        }
    }

    #[test]
    fn events_are_lines_of_json() {
        let value = object(&whole(CaptionSource::System, " Hi. ", 1_500)).unwrap();
        assert_eq!(
            (&value["type"], &value["source"], &value["text"]),
            (&json!("final"), &json!("system"), &json!("Hi."))
        );
        assert_eq!((&value["start"], &value["end"]), (&json!(1.5), &json!(2.5)));
        assert!(object(&CaptionEvent::Nothing).is_none());
    }

    #[test]
    fn files_are_whole_after_every_part_and_in_order_of_time() {
        let folder = tempfile::tempdir().unwrap();
        let (srt, txt) = (folder.path().join("a.srt"), folder.path().join("a.txt"));
        let mut writer =
            CaptionWriter::new(CaptionForm::Lines, true, false, files(Some(&srt), None, Some(&txt))).unwrap();
        assert_eq!(std::fs::read_to_string(&txt).unwrap(), "", "a file that cannot be written is known at once");
        writer.show(&whole(CaptionSource::System, "Second.", 5_000)).unwrap();
        writer.show(&whole(CaptionSource::Microphone, "First.", 2_000)).unwrap();
        writer.show(&partial("no", "file")).unwrap();
        let lines = std::fs::read_to_string(&txt).unwrap();
        assert_eq!(lines, "0:02.0 – 0:03.0  microphone: First.\n0:05.0 – 0:06.0  system: Second.\n");
        assert!(
            std::fs::read_to_string(&srt)
                .unwrap()
                .starts_with("1\n00:00:02,000 --> 00:00:03,000\nmicrophone: First.\n")
        );
        let nowhere = folder.path().join("none/a.srt");
        assert!(CaptionWriter::new(CaptionForm::Lines, false, false, files(Some(&nowhere), None, None)).is_err());
    }
}
