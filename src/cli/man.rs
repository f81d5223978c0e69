//! The man pages: one for golem and one for each of its commands, from the same source as the help.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

const VERSION: &str = concat!("golem ", env!("CARGO_PKG_VERSION"));
/// The line with which the examples of a help text begin.
const EXAMPLES: &str = "Examples:";

/// Writes the pages of `golem` and of all its commands into `folder`, which is made if it is missing. A page is named
/// by its command: `golem-models-fetch.1`.
///
/// # Errors
/// When the folder cannot be made or a page cannot be written.
pub fn write(mut golem: Command, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    golem.build();
    write_with_commands(&golem, folder)
}

fn write_with_commands(command: &Command, folder: &Path) -> Result<()> {
    let path = folder.join(format!("{}.1", name(command)));
    let written = page(command).and_then(|page| fs::write(&path, page));
    written.with_context(|| format!("cannot write {}", path.display()))?;
    command
        .get_subcommands()
        .filter(|inner| !inner.is_hide_set())
        .try_for_each(|inner| write_with_commands(inner, folder))
}

fn name(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

/// One page.
fn page(command: &Command) -> std::io::Result<Vec<u8>> {
    let man = Man::new(command.clone()).source(VERSION).manual("golem");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    if command.get_arguments().any(|argument| !argument.is_hide_set()) {
        man.render_options_section(&mut page)?;
    }
    if command.get_subcommands().any(|inner| !inner.is_hide_set()) {
        man.render_subcommands_section(&mut page)?;
    }
    ending(command).to_writer(&mut page)?;
    Ok(page)
}

/// The end of a page: the examples of the help, and where to read on.
fn ending(command: &Command) -> Roff {
    let mut roff = Roff::new();
    if let Some(text) = command.get_after_long_help().or_else(|| command.get_after_help()).map(ToString::to_string) {
        let examples = text.strip_prefix(EXAMPLES);
        roff.control("SH", [if examples.is_some() { "EXAMPLES" } else { "NOTES" }]);
        roff.control("EX", []);
        for line in examples.unwrap_or(&text).trim_matches('\n').lines() {
            roff.text([roman(line)]);
        }
        roff.control("EE", []);
    }
    roff.control("SH", ["SEE ALSO"]);
    if name(command) != "golem" {
        roff.text([bold("golem"), roman("(1); ")]);
    }
    roff.text([bold("golem help"), roman(" lists the pages of the manual.")]);
    roff
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use clap::CommandFactory;

    use super::*;
    use crate::cli::args::Cli;

    fn names(command: &Command) -> Vec<String> {
        let inner = command.get_subcommands().flat_map(names);
        std::iter::once(format!("{}.1", name(command))).chain(inner).collect()
    }

    #[test]
    fn every_command_has_a_page_with_its_options_and_its_examples() {
        let folder = tempfile::tempdir().unwrap();
        let man = folder.path().join("share/man/man1");
        write(Cli::command(), &man).unwrap();
        let mut golem = Cli::command();
        golem.build();
        let wanted = names(&golem);
        assert!(wanted.len() > 30 && wanted.contains(&"golem-models-fetch.1".into()), "{wanted:?}");
        assert_eq!(fs::read_dir(&man).unwrap().count(), wanted.len());
        for name in &wanted {
            let page = fs::read_to_string(man.join(name)).unwrap();
            assert!(page.contains(".SH NAME\n") && page.contains("golem help"), "{name}: {page}");
        }
        let page = fs::read_to_string(man.join("golem-models.1")).unwrap();
        assert!(page.contains(".SH EXAMPLES\n.EX\n  golem models list"), "{page}");
        let page = fs::read_to_string(man.join("golem-models-fetch.1")).unwrap();
        assert!(page.contains("offline") && page.contains(VERSION), "{page}");
    }

    #[test]
    fn groff_finds_no_fault_in_any_page() {
        let folder = tempfile::tempdir().unwrap();
        write(Cli::command(), folder.path()).unwrap();
        let pages = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut groff = std::process::Command::new("groff");
        groff.args(["-Kutf8", "-man", "-Tutf8", "-ww", "-z"]).args(pages).stdin(Stdio::null());
        let Ok(output) = groff.output() else {
            println!("skipped: there is no groff");
            return;
        };
        let faults = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && faults.is_empty(), "{faults}");
    }
}
