//! `golem help`: the manual's pages, the help of a command, and a search in the pages.

use std::io::{IsTerminal, Write};
use std::process::{Command, Stdio};

use anyhow::Result;
use clap::{Args, Command as ClapCommand};
use termimad::MadSkin;
use termimad::crossterm::style::Attribute;

use super::usage::Usage;
use crate::manual::passage::Passage;
use crate::manual::search::{Found, search};
use crate::manual::{PAGES, Page, page};

/// Columns of a page if no terminal reports its width, and the most that read well.
const WIDTH: usize = 80;
const WIDEST: usize = 110;
/// Fewest columns that a page is fitted into.
const NARROWEST: usize = 40;
/// Shows a page where `$PAGER` names no program.
const PAGER: &str = "less -RFX";

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  golem help                     the pages
  golem help protocol            a page, in a pager
  golem help models fetch        what a command takes
  golem help --search echo       the passages that speak of it")]
pub struct HelpArgs {
    /// A page of the manual, or a command
    topic: Vec<String>,
    /// Passages of all pages that hold these words, in any form
    #[arg(long, value_name = "WORDS", conflicts_with = "topic")]
    search: Option<String>,
}

/// Shows what was asked for. Commands are looked up in `golem`, the command line.
///
/// # Errors
/// [`Usage`] when there is no such page or command, or no passage with the words.
pub fn run(args: &HelpArgs, golem: ClapCommand) -> Result<()> {
    if let Some(words) = &args.search {
        return find(words);
    }
    let named = if let [name] = args.topic.as_slice() { page(name) } else { None };
    match (named, args.topic.as_slice()) {
        (Some(page), _) => show(page.text),
        (None, []) => print!("{}", contents()),
        (None, path) => print!("{}", of_command(golem, path)?),
    }
    Ok(())
}

/// The list of pages.
fn contents() -> String {
    let longest = PAGES.iter().map(|page| page.name.len()).max().unwrap_or(0);
    let line = |page: &Page| format!("  {:longest$}  {}\n", page.name, page.summary);
    let lines: String = PAGES.iter().map(line).collect();
    format!(
        "golem's manual\n\n{lines}\ngolem help PAGE shows one, golem help COMMAND what a command takes, --search WORDS finds passages.\n"
    )
}

/// Shows the passages that hold `words`.
fn find(words: &str) -> Result<()> {
    let nothing = match search(words)? {
        Found::Passages(passages) => {
            show(&results(&passages));
            return Ok(());
        }
        Found::Near(near) => format!("no page has \"{words}\"; did you mean \"{near}\"?"),
        Found::Apart => format!("no section of the manual has all of \"{words}\"; search for fewer words"),
        Found::Nothing => format!("no page has \"{words}\"; `golem help` lists them"),
    };
    Err(Usage(nothing).into())
}

/// Passages as Markdown, under the names of their pages and their headings.
fn results(passages: &[Passage]) -> String {
    let pages = passages.chunk_by(|a, b| a.page == b.page).map(|of_page| {
        let sections = of_page.chunk_by(|a, b| a.heading == b.heading).map(|of_section| {
            // Rows of one table follow each other under one head.
            let tables = of_section.chunk_by(|a, b| !a.head.is_empty() && a.head == b.head);
            let blocks = tables.map(|rows| {
                let head = Some(rows[0].head.as_str()).filter(|head| !head.is_empty());
                head.into_iter().chain(rows.iter().map(|row| row.text.as_str())).collect::<Vec<_>>().join("\n")
            });
            format!("## {}\n\n{}", of_section[0].heading, blocks.collect::<Vec<_>>().join("\n\n"))
        });
        let page = of_page[0].page;
        format!("# {}: {}\n\n{}", page.name, page.summary, sections.collect::<Vec<_>>().join("\n\n"))
    });
    pages.collect::<Vec<_>>().join("\n\n") + "\n"
}

/// The help text of a command.
fn of_command(mut command: ClapCommand, path: &[String]) -> Result<String, Usage> {
    command.build();
    for name in path {
        command = command.find_subcommand(name).cloned().ok_or_else(|| {
            let pages: Vec<&str> = PAGES.iter().map(|page| page.name).collect();
            Usage(format!("there is no page and no command \"{}\"; the pages are {}", path.join(" "), pages.join(", ")))
        })?;
    }
    Ok(command.render_long_help().to_string())
}

/// Shows Markdown in a pager, or without styles where standard output is no terminal.
fn show(markdown: &str) {
    if !std::io::stdout().is_terminal() {
        print!("{}", rendered(&MadSkin::no_style(), markdown, WIDTH));
        return;
    }
    // A terminal that does not know its width reports 0.
    let columns = ratatui::crossterm::terminal::size().map_or(0, |(columns, _)| usize::from(columns));
    let width = if columns < NARROWEST { WIDTH } else { columns.min(WIDEST) };
    let text = rendered(&skin(), markdown, width);
    if !paged(&text) {
        print!("{text}");
    }
}

/// Bold and underlined where it helps, in the terminal's own colours.
fn skin() -> MadSkin {
    let mut skin = MadSkin::no_style();
    skin.bold.add_attr(Attribute::Bold);
    skin.inline_code.add_attr(Attribute::Bold);
    for header in &mut skin.headers {
        header.add_attr(Attribute::Bold);
    }
    skin.headers[0].add_attr(Attribute::Underlined);
    skin
}

fn rendered(skin: &MadSkin, markdown: &str, width: usize) -> String {
    skin.text(&joined(markdown), Some(width)).to_string()
}

/// A picture in a line of its own, in words: what it shows, and where it lies in a checkout.
fn pictured(line: &str) -> Option<String> {
    let (shown, place) = line.strip_prefix("![")?.strip_suffix(')')?.split_once("](")?;
    Some(format!("(picture: {shown}; src/manual/{place} of a checkout)"))
}

/// `markdown` with each paragraph and item in one line, as the renderer wants them.
fn joined(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    let (mut fenced, mut open) = (false, false);
    for line in markdown.lines() {
        let picture = pictured(line);
        let line = picture.as_deref().unwrap_or(line);
        let fence = line.starts_with("```");
        let block = fence || fenced || line.is_empty() || line.starts_with(['#', '|']);
        let item =
            line.starts_with("- ") || line.split_once(". ").is_some_and(|(number, _)| number.parse::<u8>().is_ok());
        if open && !block && !item {
            text.push(' ');
            text.push_str(line.trim_start());
        } else {
            text.push_str(if text.is_empty() { "" } else { "\n" });
            text.push_str(line);
        }
        fenced ^= fence;
        open = !block;
    }
    text.push('\n');
    text
}

/// Gives `text` to the pager; whether one took it.
fn paged(text: &str) -> bool {
    let chosen = std::env::var("PAGER").unwrap_or_default();
    let line = if chosen.trim().is_empty() { PAGER } else { &chosen };
    let mut words = line.split_whitespace();
    let Some(program) = words.next() else { return false };
    let Ok(mut pager) = Command::new(program).args(words).stdin(Stdio::piped()).spawn() else { return false };
    if let Some(mut input) = pager.stdin.take() {
        // A reader who leaves the pager early has read enough.
        input.write_all(text.as_bytes()).ok();
    }
    pager.wait().is_ok()
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};
    use ratatui::text::Span;

    use super::*;
    use crate::cli::args::Cli;
    use crate::manual::example::{Example, examples};

    #[test]
    fn every_page_fits_into_eighty_columns() {
        for page in PAGES {
            for line in rendered(&MadSkin::no_style(), page.text, WIDTH).lines() {
                assert!(Span::raw(line.trim_end()).width() <= WIDTH, "{}: {line}", page.name);
            }
        }
        assert!(contents().lines().all(|line| Span::raw(line).width() <= 100), "{}", contents());
    }

    #[test]
    fn paragraphs_and_items_are_joined_and_all_else_is_kept() {
        let picture = joined("One.\n\n![a curve](pictures/a.svg)\n");
        assert_eq!(picture, "One.\n\n(picture: a curve; src/manual/pictures/a.svg of a checkout)\n");
        let page = "# A\n\none\ntwo\n\n- item\n  more\n- other\n1. first\n\n```\na\nb\n```\n| x |\n| y |\n";
        let joined = joined(page);
        assert_eq!(joined, "# A\n\none two\n\n- item more\n- other\n1. first\n\n```\na\nb\n```\n| x |\n| y |\n");
    }

    #[test]
    fn every_command_of_the_manual_is_one() {
        let mut count = 0;
        for page in PAGES {
            for example in examples(page.text).into_iter().filter(Example::is_golem) {
                count += 1;
                let line =
                    example.line.split(" > ").next().and_then(|line| line.split(" | ").next()).unwrap_or_default();
                let words = shlex::split(line).unwrap_or_else(|| panic!("{}: {line}", page.name));
                let parsed = Cli::try_parse_from(&words);
                assert!(parsed.is_ok(), "{}: {line}: {}", page.name, parsed.unwrap_err());
            }
        }
        assert!(count > 20, "only {count} commands were found");
    }

    #[test]
    fn what_commands_need_is_not_shown() {
        let marked = "a\n\n```sh device long\ngolem\n```\n```sh\ngolem doctor\n```\nb\n";
        let plain = "a\n\n```sh\ngolem\ngolem doctor\n```\nb\n";
        let shown = |page| rendered(&MadSkin::no_style(), page, WIDTH);
        assert_eq!(shown(marked), shown(plain));
    }

    #[test]
    fn results_stand_under_their_pages_and_headings() {
        let (screen, models) = (page("screen").unwrap(), page("models").unwrap());
        let passage = |page, heading: &str, head: &str, text: &str| Passage {
            page,
            heading: heading.into(),
            head: head.into(),
            text: text.into(),
        };
        let text = results(&[
            passage(screen, "Screen", "| a |\n|---|", "| 1 |"),
            passage(screen, "Screen", "| a |\n|---|", "| 2 |"),
            passage(screen, "Screen", "", "words"),
            passage(models, "Models", "", "more"),
            passage(models, "By name", "", "most"),
        ]);
        let wanted = format!(
            "# screen: {}\n\n## Screen\n\n| a |\n|---|\n| 1 |\n| 2 |\n\nwords\n\n\
             # models: {}\n\n## Models\n\nmore\n\n## By name\n\nmost\n",
            screen.summary, models.summary
        );
        assert_eq!(text, wanted);
    }

    #[test]
    fn a_command_is_explained_and_an_unknown_topic_is_told() {
        let path = |words: &str| words.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert!(of_command(Cli::command(), &path("models fetch")).unwrap().contains("--offline"));
        assert!(of_command(Cli::command(), &path("dance")).unwrap_err().to_string().contains("protocol"));
    }
}
