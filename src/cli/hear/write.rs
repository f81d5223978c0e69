//! The transcript in the requested form: text, lines with times, JSON or subtitles.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;

use crate::cli::usage::Usage;
use crate::message::{Time, TimedWord};
use crate::transcribe::listen::{TranscriptPart, text};
use crate::transcribe::subtitles::{SubtitleFormat, subtitles};

/// The forms in which a recording is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TranscriptFormat {
    /// The words in one line.
    Text,
    /// A line per part, with its times.
    Lines,
    /// A line per word, with its times and its probability.
    Words,
    /// An object in a line.
    Json,
    /// Subtitles that every player knows.
    Srt,
    /// Subtitles for the web.
    Vtt,
}

impl TranscriptFormat {
    /// The form for the ending of a file's name.
    fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_lowercase();
        Some(match ending.as_str() {
            "txt" => Self::Text,
            "json" | "jsonl" => Self::Json,
            "srt" => Self::Srt,
            "vtt" => Self::Vtt,
            _ => return None,
        })
    }

    /// The usual ending of a file.
    fn ending(self) -> &'static str {
        match self {
            Self::Text | Self::Lines | Self::Words => "txt",
            Self::Json => "json",
            Self::Srt => "srt",
            Self::Vtt => "vtt",
        }
    }
}

/// What was heard in a file.
pub struct FileTranscript<'a> {
    /// The file, as the person named it.
    pub file: &'a Path,
    /// Its parts, in order.
    pub parts: &'a [TranscriptPart],
    /// Length of the recording.
    pub seconds: f64,
    /// Time that hearing took, in milliseconds.
    pub ms: f64,
}

/// The place of the output.
pub enum OutputTarget {
    /// Standard output; with several files, each is named.
    Screen {
        /// The form.
        form: TranscriptFormat,
        /// Whether there are several files.
        several: bool,
    },
    /// A file for one recording.
    File {
        /// The form.
        form: TranscriptFormat,
        /// Its name.
        path: PathBuf,
    },
    /// A folder, in which each recording gets a file of its own name.
    Folder {
        /// The form.
        form: TranscriptFormat,
        /// The folder.
        path: PathBuf,
    },
}

impl OutputTarget {
    /// Decides on the form and the place: `asked` is the form that was asked for, `output` the file or folder, `usual`
    /// the default form of standard output.
    ///
    /// # Errors
    /// [`Usage`] when they do not go together.
    pub fn choose(
        asked: Option<TranscriptFormat>,
        output: Option<&Path>,
        files: &[PathBuf],
        usual: TranscriptFormat,
    ) -> Result<Self, Usage> {
        let several = files.len() > 1;
        let Some(path) = output.map(Path::to_owned) else {
            let form = asked.unwrap_or(usual);
            if several && matches!(form, TranscriptFormat::Srt | TranscriptFormat::Vtt) {
                return Err(Usage(
                    "subtitles are of one recording: name a folder for those of several, --output subtitles/".into(),
                ));
            }
            return Ok(Self::Screen { form, several });
        };
        if path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/") {
            let form = asked.unwrap_or(TranscriptFormat::Text);
            let name = |file: &PathBuf| file.file_stem().map(ToOwned::to_owned);
            let mut names: Vec<_> = files.iter().map(name).collect();
            names.sort();
            if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
                let name = pair[0].as_deref().unwrap_or_default().to_string_lossy().into_owned();
                return Err(Usage(format!("two recordings are called {name}: they would be written to one file")));
            }
            return Ok(Self::Folder { form, path });
        }
        if several {
            return Err(Usage(format!(
                "{} is one file and the recordings are several: name a folder, such as --output texts/",
                path.display()
            )));
        }
        if files.first().is_some_and(|file| *file == path) {
            return Err(Usage(format!("{} is the recording itself: name another file", path.display())));
        }
        let form = asked.or_else(|| TranscriptFormat::of(&path)).ok_or_else(|| {
            Usage(format!(
                "{} does not tell its form: let it end in .txt, .json, .srt or .vtt, or add --srt, --vtt, --json or --timestamps",
                path.display()
            ))
        })?;
        Ok(Self::File { form, path })
    }

    /// The form in which it is written.
    pub fn form(&self) -> TranscriptFormat {
        match self {
            Self::Screen { form, .. } | Self::File { form, .. } | Self::Folder { form, .. } => *form,
        }
    }

    /// Whether parts are shown as they come, with their times.
    pub fn shows_parts(&self) -> bool {
        matches!(self, Self::Screen { form: TranscriptFormat::Lines, .. })
    }

    /// Writes down what was heard.
    ///
    /// # Errors
    /// When the place cannot be written to.
    pub fn write(&self, heard: &FileTranscript) -> Result<()> {
        match self {
            // The parts were shown as they came.
            Self::Screen { form: TranscriptFormat::Lines, .. } => Ok(()),
            Self::Screen { form: TranscriptFormat::Text, several: true } => {
                show(&format!("{}: {}\n", heard.file.display(), text(heard.parts)))
            }
            Self::Screen { form, .. } => show(&written(*form, heard)),
            Self::File { form, path } => save(path, &written(*form, heard)),
            Self::Folder { form, path } => {
                std::fs::create_dir_all(path).with_context(|| format!("cannot make the folder {}", path.display()))?;
                let stem = heard.file.file_stem().filter(|stem| *stem != "-").unwrap_or("stdin".as_ref());
                let mut name = stem.to_owned();
                name.push(".");
                name.push(form.ending());
                save(&path.join(name), &written(*form, heard))
            }
        }
    }
}

/// Prints to standard output. A reader that has gone away is not an error.
pub fn show(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Writes a file that appears under its name when it is whole.
fn save(path: &Path, text: &str) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let fail = || format!("cannot write {}", path.display());
    if path.metadata().is_ok_and(|about| !about.is_file()) {
        return std::fs::write(path, text).with_context(fail); // a pipe or a device
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Make it as readable as other files; the process's own mask still applies.
    let readable = std::fs::Permissions::from_mode(0o666);
    let file = tempfile::Builder::new().prefix(".golem-").permissions(readable).tempfile_in(folder);
    let mut file = file.with_context(fail)?;
    file.write_all(text.as_bytes()).with_context(fail)?;
    file.persist(path).map_err(|error| error.error).with_context(fail)?;
    Ok(())
}

fn written(form: TranscriptFormat, heard: &FileTranscript) -> String {
    match form {
        TranscriptFormat::Text => text(heard.parts) + "\n",
        TranscriptFormat::Lines => heard.parts.iter().map(line).collect(),
        TranscriptFormat::Words => heard.parts.iter().flat_map(|part| &part.transcript.words).map(word_line).collect(),
        TranscriptFormat::Json => object(heard) + "\n",
        TranscriptFormat::Srt => subtitles(heard.parts, SubtitleFormat::Srt),
        TranscriptFormat::Vtt => subtitles(heard.parts, SubtitleFormat::Vtt),
    }
}

/// A part in a line: `0:03.2 – 0:07.9  Good morning.`
pub fn line(part: &TranscriptPart) -> String {
    format!("{} – {}  {}\n", short(part.start), short(part.end), part.transcript.text.trim())
}

/// A word in a line, with its probability: `0:03.25 – 0:03.60  0.98  Good`.
fn word_line(word: &TimedWord) -> String {
    let TimedWord { start, end, probability, text } = word;
    format!("{} – {}  {probability:.2}  {}\n", precise(*start), precise(*end), text.trim())
}

/// A word as JSON.
fn word_object(word: &TimedWord) -> serde_json::Value {
    let probability = (f64::from(word.probability) * 1e3).round() / 1e3;
    json!({
        "word": word.text.trim(), "start": seconds(word.start), "end": seconds(word.end), "probability": probability,
    })
}

fn seconds(time: Time) -> f64 {
    (time.as_secs_f64() * 1e3).round() / 1e3
}

fn object(heard: &FileTranscript) -> String {
    let parts = heard.parts.iter().map(|part| {
        let said = &part.transcript;
        let mut part = json!({
            "start": seconds(part.start), "end": seconds(part.end), "text": said.text.trim(), "language": said.language,
            "mean_logprob": said.mean_logprob, "no_speech": said.no_speech,
        });
        if !said.words.is_empty() {
            part["words"] = said.words.iter().map(word_object).collect();
        }
        part
    });
    let parts: Vec<_> = parts.collect();
    let first = heard.parts.first().map(|part| part.transcript.clone()).unwrap_or_default();
    json!({
        "file": heard.file.display().to_string(), "text": text(heard.parts), "seconds": heard.seconds,
        "ms": (heard.ms * 10.0).round() / 10.0, "language": first.language, "mean_logprob": first.mean_logprob,
        "no_speech": first.no_speech, "alternatives": first.alternatives, "parts": parts,
    })
    .to_string()
}

/// `1:02:03.4`; hours appear only if there are any.
pub fn short(time: Time) -> String {
    let tenths = (time.as_millis() + 50) / 100;
    format!("{}.{}", clock(tenths / 10), tenths % 10)
}

/// `1:02:03.45`; hours appear only if there are any.
fn precise(time: Time) -> String {
    let hundredths = (time.as_millis() + 5) / 10;
    format!("{}.{:02}", clock(hundredths / 100), hundredths % 100)
}

fn clock(seconds: u128) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    if hours > 0 {
        format!("{hours}:{:02}:{:02}", minutes % 60, seconds % 60)
    } else {
        format!("{minutes}:{:02}", seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Transcript;

    fn part(text: &str, from: u64, to: u64) -> TranscriptPart {
        let (start, end) = (Time::from_millis(from), Time::from_millis(to));
        let words = vec![TimedWord { text: text.into(), start, end, probability: 0.987_6 }];
        let transcript = Transcript { text: text.into(), language: Some("en".into()), words, ..Transcript::default() };
        TranscriptPart { start, end, voices: vec![[start, end]], transcript }
    }

    fn heard(form: TranscriptFormat) -> String {
        let parts = [part(" Good morning.", 3_210, 4_500), part("Fish & <chips>.", 3_661_000, 3_662_004)];
        written(form, &FileTranscript { file: Path::new("a.wav"), parts: &parts, seconds: 3_700.0, ms: 12.34 })
    }

    #[test]
    fn every_form_has_words_and_times() {
        assert_eq!(heard(TranscriptFormat::Text), "Good morning. Fish & <chips>.\n");
        assert_eq!(
            heard(TranscriptFormat::Lines),
            "0:03.2 – 0:04.5  Good morning.\n1:01:01.0 – 1:01:02.0  Fish & <chips>.\n"
        );
        assert_eq!(
            heard(TranscriptFormat::Srt),
            "1\n00:00:03,210 --> 00:00:04,500\nGood morning.\n\n2\n01:01:01,000 --> 01:01:02,004\nFish & <chips>.\n\n"
        );
        assert_eq!(
            heard(TranscriptFormat::Vtt),
            "WEBVTT\n\n00:00:03.210 --> 00:00:04.500\nGood morning.\n\n01:01:01.000 --> 01:01:02.004\n\
             Fish &amp; &lt;chips&gt;.\n\n"
        );
        assert_eq!(
            heard(TranscriptFormat::Words),
            "0:03.21 – 0:04.50  0.99  Good morning.\n1:01:01.00 – 1:01:02.00  0.99  Fish & <chips>.\n"
        );
        let object: serde_json::Value = serde_json::from_str(&heard(TranscriptFormat::Json)).unwrap();
        assert_eq!(object["text"], "Good morning. Fish & <chips>.");
        assert_eq!(object["parts"][0]["start"], 3.21);
        assert_eq!(object["parts"][1]["end"], 3662.004);
        assert_eq!(object["language"], "en");
        assert_eq!(
            object["parts"][0]["words"],
            json!([{"word": "Good morning.", "start": 3.21, "end": 4.5, "probability": 0.988}])
        );
    }

    #[test]
    fn the_form_follows_the_name_and_what_does_not_go_together_is_told() {
        let choose = |asked, output: Option<&str>, files: &[&str]| {
            let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
            match OutputTarget::choose(asked, output.map(Path::new), &files, TranscriptFormat::Text) {
                Ok(OutputTarget::Screen { form, .. }) => format!("screen {form:?}"),
                Ok(OutputTarget::File { form, .. }) => format!("file {form:?}"),
                Ok(OutputTarget::Folder { form, .. }) => format!("folder {form:?}"),
                Err(Usage(told)) => told,
            }
        };
        assert_eq!(choose(None, None, &["a.wav"]), "screen Text");
        assert_eq!(choose(None, Some("a.SRT"), &["a.wav"]), "file Srt");
        assert_eq!(choose(Some(TranscriptFormat::Vtt), Some("a.txt"), &["a.wav"]), "file Vtt");
        assert_eq!(choose(Some(TranscriptFormat::Srt), Some("out/"), &["a.wav", "b.wav"]), "folder Srt");
        assert!(choose(Some(TranscriptFormat::Srt), None, &["a.wav", "b.wav"]).contains("--output subtitles/"));
        assert!(choose(None, Some("a.doc"), &["a.wav"]).contains(".srt or .vtt"));
        assert!(choose(None, Some("a.srt"), &["a.wav", "b.wav"]).contains("folder"));
        assert!(choose(None, Some("out/"), &["x/a.wav", "y/a.mp3"]).contains("two recordings are called a"));
        assert!(choose(Some(TranscriptFormat::Text), Some("a.wav"), &["a.wav"]).contains("the recording itself"));
    }

    #[test]
    fn a_file_is_written_whole_with_the_usual_rights() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a.txt"), folder.path().join("b.txt"));
        std::fs::write(&other, "x").unwrap();
        std::fs::write(&path, "older").unwrap();
        save(&path, "newer").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "newer");
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&other));
        assert!(save(&folder.path().join("none/a.txt"), "x").is_err());
    }
}
