//! Sentences with their lists, and the lines that are printed of them.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::command::CommandError;
use crate::intent::file::{SourceFile, lists};
use crate::intent::template::IntentSet;

/// The sentences with lists from files of their own.
pub(super) fn with_lists(mut intents: IntentSet, files: &[PathBuf]) -> Result<IntentSet> {
    for path in files {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read the lists in {}", path.display()))?;
        let source = SourceFile { name: path.display().to_string(), text };
        intents.add_lists(lists::parse(&source).map_err(CommandError::Intents)?);
    }
    Ok(intents)
}

/// Prints and flushes line by line.
pub(super) fn print_lines(lines: impl IntoIterator<Item = String>) -> Result<()> {
    let mut out = std::io::stdout().lock();
    for line in lines {
        writeln!(out, "{line}").and_then(|()| out.flush()).context("cannot write to standard output")?;
    }
    Ok(())
}
