//! `golem captions`: speech as text while it is said.

mod letters;
pub(super) mod lines;
pub(super) mod output;
pub(super) mod terminal;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueEnum};

use self::output::{CaptionForm, CaptionWriter};
use super::{followed, interrupted};
use crate::config::Config;
use crate::control::followed::Followed;
use crate::engine::options::{AsrOptions, AsrTask, WordTiming};
use crate::runtime::captions::source::CaptionSource;
use crate::runtime::captions::{CaptionFeed, ReadingOptions};

/// The choice of `--source`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SourceChoice {
    /// What is said into the microphone
    Microphone,
    /// What the computer plays
    System,
    /// Both, each under its name
    Both,
}

impl SourceChoice {
    /// The sources that it means.
    pub fn sources(self) -> &'static [CaptionSource] {
        match self {
            Self::Microphone => &[CaptionSource::Microphone],
            Self::System => &[CaptionSource::System],
            Self::Both => &[CaptionSource::Microphone, CaptionSource::System],
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  golem captions                              what is said into the microphone
  golem captions --source system --srt film.srt
                                              what the computer plays, also as subtitles
  golem captions --source both --txt meeting.txt
                                              a meeting: both sides, each under its name
  golem captions --large                      to be read from the other end of the room
  golem captions --language auto
  golem captions --language ru --translate    Russian speech in English
  golem captions --json | jq -r 'select(.type == \"final\").text'
  golem captions --input talk.mp3             a recording, as fast as it can be heard")]
pub struct CaptionArgs {
    /// Whose words
    #[arg(long, value_enum, default_value_t = SourceChoice::Microphone)]
    source: SourceChoice,
    /// A recording instead
    #[arg(long, value_name = "FILE", conflicts_with = "source")]
    input: Option<PathBuf>,
    /// What is spoken, such as en or ru; auto hears it anew in each part
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
    /// Show it in English, whatever is spoken; without --language that is heard anew in each part
    #[arg(long)]
    translate: bool,
    /// In large letters: four lines of a terminal of 80 columns hold about fifty
    #[arg(long, conflicts_with = "json")]
    large: bool,
    /// Keep subtitles as SubRip in a file, whole at every moment
    #[arg(long, value_name = "FILE")]
    srt: Option<PathBuf>,
    /// Keep subtitles as WebVTT in a file
    #[arg(long, value_name = "FILE")]
    vtt: Option<PathBuf>,
    /// Keep a line of text per part in a file
    #[arg(long, value_name = "FILE")]
    txt: Option<PathBuf>,
    /// A line of JSON per event: words as they come, and whole parts
    #[arg(long)]
    json: bool,
}

impl CaptionArgs {
    /// The settings with the language that was asked for.
    fn settings(&self, config: &Config) -> Config {
        let mut config = config.clone();
        match &self.language {
            Some(language) => config.asr.language.clone_from(language),
            None if self.translate => "auto".clone_into(&mut config.asr.language),
            None => {}
        }
        config
    }

    fn options(&self) -> ReadingOptions {
        let task = if self.translate { AsrTask::Translate } else { AsrTask::Transcribe };
        let subtitles = self.srt.is_some() || self.vtt.is_some();
        let words = if subtitles { WordTiming::WhereKnown } else { WordTiming::Off };
        let partial = AsrOptions { task, ..AsrOptions::default() };
        ReadingOptions { whole: AsrOptions { words, ..partial.clone() }, partial }
    }
}

/// Shows captions until Ctrl-C, or until the recording ends.
pub fn run(args: &CaptionArgs, config: &Config, golem: &Path) -> Result<()> {
    let (config, options) = (args.settings(config), args.options());
    let files = output::files(args.srt.as_ref(), args.vtt.as_ref(), args.txt.as_ref());
    let named = args.source == SourceChoice::Both;
    let mut writer = CaptionWriter::new(CaptionForm::choose(args.json), named, args.large, files)?;
    let feed = CaptionFeed {
        config: &config,
        input: args.input.as_deref(),
        sources: args.source.sources(),
        options,
        voices: false,
    };
    let socket = followed::open(Followed::Captions, golem, args.input.is_some());
    let done = feed.follow(&interrupted(), &mut |event| {
        if let (Some(socket), Some(object)) = (&socket, event.object()) {
            socket.show(&object);
        }
        writer.show(event)
    });
    writer.end();
    done
}
