//! The output of captions: on a terminal, as plain lines, as JSON, and in files that are whole at every moment.

use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::{Value, json};

use super::source::CaptionSource;
use crate::cli::hear::write::{FileTranscript, OutputTarget, TranscriptFormat, short, show};
use crate::config::screen::Colors;
use crate::message::{Time, VoiceLikeness};
use crate::transcribe::agreement::LiveCaption;
use crate::transcribe::listen::TranscriptPart;
use crate::tui::Theme;

/// Erases the line that the cursor is in.
pub const ERASE: &str = "\r\x1b[K";
/// Columns where the terminal does not say how many it has.
const COLUMNS: usize = 80;

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
            (false, true) => Self::Terminal { colours: Theme::of_environment(Colors::Auto) != Theme::Plain },
            (false, false) => Self::Lines,
        }
    }
}

/// Shows captions and writes them down.
pub struct CaptionWriter {
    form: CaptionForm,
    /// Whether the source of a caption is named: there are several.
    named: bool,
    files: Vec<OutputTarget>,
    parts: Vec<TranscriptPart>,
}

impl CaptionWriter {
    /// Shows in `form` and keeps `files` up to date.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn new(form: CaptionForm, named: bool, files: Vec<OutputTarget>) -> Result<Self> {
        let writer = Self { form, named, files, parts: Vec::new() };
        writer.save()?; // what cannot be written is known before anything is said
        Ok(writer)
    }

    /// Shows one event; a whole part also goes into the files.
    ///
    /// # Errors
    /// When standard output or a file cannot be written.
    pub fn show(&mut self, event: &CaptionEvent) -> Result<()> {
        let text = match self.form {
            CaptionForm::Terminal { colours } => on_terminal(event, self.named, colours, columns()),
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
    pub fn end(&self) {
        if matches!(self.form, CaptionForm::Terminal { .. }) {
            let mut out = std::io::stdout().lock();
            let _ = out.write_all(ERASE.as_bytes()).and_then(|()| out.flush()); // a terminal that is gone needs no order
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

/// Columns of the terminal.
pub fn columns() -> usize {
    ratatui::crossterm::terminal::size().map_or(COLUMNS, |(columns, _)| columns.into())
}

/// `0:03.2  microphone: Good morning.`
pub fn line(event: &CaptionEvent, named: bool) -> Option<String> {
    let CaptionEvent::Final { source, part, .. } = event else { return None };
    let name = if named { format!("{source}: ") } else { String::new() };
    Some(format!("{}  {name}{}\n", short(part.start), part.transcript.text.trim()))
}

/// A whole part in its line, or words that are being said in the last line of the screen: as many of the newest as fit.
fn on_terminal(event: &CaptionEvent, named: bool, colours: bool, columns: usize) -> String {
    let (ink, dim, off) = if colours { ("\x1b[1m", "\x1b[2m", "\x1b[0m") } else { ("", "", "") };
    match event {
        CaptionEvent::Final { source, .. } => {
            let colour = if colours { source.colour() } else { "" };
            format!("{ERASE}{colour}{}{off}\n", line(event, named).unwrap_or_default().trim_end())
        }
        CaptionEvent::Partial { words, .. } => {
            let room = columns.saturating_sub(3);
            let open = newest(&words.open, room);
            let stable = newest(&words.stable, room.saturating_sub(open.chars().count() + 1));
            format!("{ERASE}{ink}{stable}{off} {dim}{open}{off}")
        }
        CaptionEvent::Nothing => ERASE.into(),
    }
}

/// The end of `text` that fits into so many columns: whole words, but for a single word that does not fit.
pub fn newest(text: &str, columns: usize) -> &str {
    let letters = text.chars().count();
    if letters <= columns {
        return text;
    }
    let cut = text.char_indices().nth(letters - columns).map_or(text.len(), |(place, _)| place);
    let rest = &text[cut..];
    match rest.find(' ') {
        Some(blank) => &rest[blank + 1..],
        None if text.contains(' ') => "",
        None => rest,
    }
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
mod tests {
    use super::*;
    use crate::message::Transcript;

    fn whole(source: CaptionSource, text: &str, from: u64) -> CaptionEvent {
        let (start, end) = (Time::from_millis(from), Time::from_millis(from + 1_000));
        let transcript = Transcript { text: text.into(), ..Transcript::default() };
        let part = TranscriptPart { start, end, voices: vec![[start, end]], transcript };
        CaptionEvent::Final { source, part, voice: None }
    }

    fn partial(stable: &str, open: &str) -> CaptionEvent {
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
    fn the_newest_words_fit_into_a_line() {
        assert_eq!(on_terminal(&partial("one two three", "four five"), false, false, 16), "\r\x1b[K four five");
        assert_eq!(on_terminal(&partial("one two", "three"), false, false, 80), "\r\x1b[Kone two three");
        assert_eq!(newest("слово за словом", 8), "словом");
        assert_eq!((newest("", 0), newest("endless", 3)), ("", "ess"));
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
        let mut writer = CaptionWriter::new(CaptionForm::Lines, true, files(Some(&srt), None, Some(&txt))).unwrap();
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
        assert!(CaptionWriter::new(CaptionForm::Lines, false, files(Some(&nowhere), None, None)).is_err());
    }
}
