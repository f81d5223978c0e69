//! `golem prompter`: the theses of a talk, one at a time.

mod keys;
mod show;

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;
use crossbeam_channel::never;

use self::keys::KeyMode;
use self::show::{PrompterForm, PrompterWriter};
use super::followed;
use super::interrupted;
use super::usage::Usage;
use crate::config::Config;
use crate::control::followed::Followed;
use crate::dialog::hinting::prompt;
use crate::dialog::prompting::theses::theses;
use crate::engine::registry;
use crate::runtime::assembly::files;
use crate::runtime::captions::source::CaptionSource;
use crate::runtime::captions::{CaptionFeed, ReadingOptions};
use crate::runtime::prompter::{PageKeys, PrompterLoop};
use crate::runtime::stderr::remark;
use crate::turn::Ticket;

/// Longest answer with theses, in tokens.
const TOKENS: usize = 180;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  golem prompter talk.md                      a thesis at a time; the next one when you have said it
  golem prompter --ask \"Why do we need tests?\"
                                              five theses by the brain
  head -5 notes.txt | golem prompter - --speak
                                              spoken, for an earphone
  golem prompter talk.md --no-listen          keys only
  golem prompter talk.md --json --input rehearsal.wav
                                              where a recording turns the pages

Next: space, Enter, Right, Page Down, n; \"next\" or \"дальше\", said alone; golem ctl next; a line \"next\" on
standard input. Back: Left, Page Up, b, p; \"back\" or \"назад\"; golem ctl back. q ends it.")]
pub struct PrompterArgs {
    /// Theses, one a line, or the items of a Markdown list; - reads standard input
    #[arg(value_name = "FILE", required_unless_present = "ask", conflicts_with = "ask")]
    file: Option<PathBuf>,
    /// Have the brain write five theses that answer a question
    #[arg(long, value_name = "QUESTION")]
    ask: Option<String>,
    /// Hear a recording instead of the microphone
    #[arg(long, value_name = "FILE", conflicts_with = "no_listen")]
    input: Option<PathBuf>,
    /// Keys only: hear nothing
    #[arg(long)]
    no_listen: bool,
    /// What is spoken, such as en or ru; auto hears it anew in each part
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
    /// Speak each thesis as it is shown; wear an earphone
    #[arg(long)]
    speak: bool,
    /// A line of JSON for each thesis that is shown
    #[arg(long)]
    json: bool,
}

/// Shows theses until the last one was said, the recording ends, or Ctrl-C.
pub fn run(args: &PrompterArgs, config: &Config, golem: &Path) -> Result<()> {
    let mut config = config.clone();
    if let Some(language) = &args.language {
        config.asr.language.clone_from(language);
    }
    let piped = args.file.as_deref() == Some(Path::new("-"));
    let texts = match (&args.ask, &args.file) {
        (Some(question), _) => asked(question, &config)?,
        (None, Some(path)) => read(path)?,
        (None, None) => Vec::new(),
    };
    if texts.is_empty() {
        return Err(Usage("there is no thesis in it; write one a line, or as the items of a list".into()).into());
    }
    let sources: &[CaptionSource] = &[CaptionSource::Microphone];
    let (input, options) = (args.input.as_deref(), ReadingOptions::default());
    let feed = CaptionFeed { config: &config, input, sources, options, voices: true };
    let feed = (!args.no_listen).then_some(feed);
    let socket = followed::open(Followed::Prompter, golem, input.is_some());
    let mut writer = PrompterWriter::new(PrompterForm::choose(args.json), socket);
    let ended = interrupted();
    let mode = KeyMode::begin().filter(|_| !piped);
    let keys = if piped { never() } else { keys::listen(mode.is_some(), &ended)? };
    let page_keys = PageKeys { keys, requests: writer.requests() };
    let done = PrompterLoop::run(texts, feed.as_ref(), &config, args.speak, page_keys, &ended, &mut writer);
    drop(mode);
    writer.end();
    done
}

/// The theses in the file at `path`.
fn read(path: &Path) -> Result<Vec<String>> {
    let mut text = String::new();
    if path == Path::new("-") {
        if std::io::stdin().is_terminal() {
            remark("write the theses, one a line; Ctrl-D ends them");
        }
        std::io::stdin().read_to_string(&mut text).context("standard input")?;
    } else {
        text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    }
    Ok(theses(&text))
}

/// Theses that the language model writes to answer `question`.
fn asked(question: &str, config: &Config) -> Result<Vec<String>> {
    let mut config = config.clone();
    config.llm.max_tokens = TOKENS;
    let choice = registry::llm(&config.llm, &files(&config), Instant::now)?;
    remark(&format!("brain: {} ({})", choice.engine.describe(), choice.why));
    let (mut brain, ticket) = (choice.engine, Ticket::standing());
    brain.begin(&prompt::theses(question), &ticket)?;
    let mut text = String::new();
    while let Some(piece) = brain.next(&ticket)? {
        text.push_str(&piece);
    }
    let mut texts = theses(&text);
    texts.truncate(prompt::THESES);
    Ok(texts)
}
