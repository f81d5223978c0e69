//! `golem hints`: short hints to the questions that others ask, beside the captions.

mod pane;
mod show;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;

use self::show::{HintForm, HintWriter};
use super::captions::SourceChoice;
use super::followed;
use super::interrupted;
use super::usage::Usage;
use crate::config::Config;
use crate::control::followed::Followed;
use crate::runtime::captions::{CaptionFeed, ReadingOptions};
use crate::runtime::hints::HintLoop;
use crate::runtime::stderr::remark;

/// The notice that everybody who is heard has a right to.
const NOTICE: &str =
    "golem hears and writes down everyone in this conversation: let them know before it begins, and stop if they mind";

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  golem hints --others-know                   a call: the others' questions, and what to answer
  golem hints --others-know --about \"an interview for a post as a nurse\"
  golem hints --source microphone --others-know
                                              people around a table
  golem hints --compact=5                     in five rows, for a small window on top
  golem hints --json | jq -r 'select(.type == \"hint\").text'
  golem hints --input talk.mp3                a recording

Everyone who is heard must know it. Say so with --others-know, or once for all with hints.others_know = true.")]
pub struct HintArgs {
    /// Whose questions
    #[arg(long, value_enum, default_value_t = SourceChoice::Both)]
    source: SourceChoice,
    /// A recording instead
    #[arg(long, value_name = "FILE", conflicts_with = "source")]
    input: Option<PathBuf>,
    /// What is spoken, such as en or ru; auto hears it anew in each part
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
    /// What the conversation is about, and what the hints should know
    #[arg(long, value_name = "TEXT")]
    about: Option<String>,
    /// Everybody who is heard knows it
    #[arg(long)]
    others_know: bool,
    /// Speak the hints; wear headphones
    #[arg(long)]
    speak: bool,
    /// A pane of so many rows that is drawn in place
    #[arg(long, value_name = "ROWS", num_args = 0..=1, require_equals = true, default_missing_value = "4")]
    compact: Option<u16>,
    /// A line of JSON per event: captions, questions, and hints as they come
    #[arg(long, conflicts_with = "compact")]
    json: bool,
}

/// Shows hints until Ctrl-C, or until the recording ends.
pub fn run(args: &HintArgs, config: &Config, golem: &Path) -> Result<()> {
    let mut config = config.clone();
    if let Some(language) = &args.language {
        config.asr.language.clone_from(language);
    }
    if let Some(about) = &args.about {
        config.hints.about.clone_from(about);
    }
    config.llm.max_tokens = config.hints.max_tokens;
    if args.input.is_none() {
        acknowledge(args.others_know || config.hints.others_know)?;
    }
    let sources = args.source.sources();
    let named = args.input.is_none() && sources.len() > 1;
    let form = HintForm::choose(args.json, args.compact)?;
    let mut writer = HintWriter::new(form, named, followed::open(Followed::Hints, golem, args.input.is_some()));
    let (input, options) = (args.input.as_deref(), ReadingOptions::default());
    let feed = CaptionFeed { config: &config, input, sources, options, voices: true };
    let done = HintLoop::run(&feed, args.speak, &interrupted(), &mut writer);
    writer.end();
    done
}

/// Prints the notice; an error unless the people who are heard know it.
fn acknowledge(known: bool) -> Result<(), Usage> {
    if !known {
        return Err(Usage(format!(
            "{NOTICE}; once they know, type golem hints --others-know, or set hints.others_know = true"
        )));
    }
    remark(NOTICE);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_heard_before_somebody_says_that_they_know_it() {
        let refused = acknowledge(false).unwrap_err().to_string();
        assert!(refused.contains("let them know") && refused.contains("--others-know"), "{refused}");
        assert!(acknowledge(true).is_ok());
    }
}
