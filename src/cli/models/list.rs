//! `golem models list`: the table of models.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::folders::{KINDS, ModelFolders, short, title};
use crate::model::bytes::Bytes;
use crate::model::catalogue::{Entry, ModelKind, ModelSource};
use crate::model::store::{self, Installed};

/// Widest line.
const WIDTH: usize = 80;
/// Languages that are named before the rest is counted.
const NAMED: usize = 3;

/// Which models to list, and how
#[derive(Debug, Args)]
pub struct ModelListArgs {
    /// Only those that are here
    #[arg(long)]
    installed: bool,
    /// Only those for one purpose
    #[arg(long, value_parser = ["vad", "turn", "asr", "llm", "tts", "nli", "wake", "speaker"])]
    kind: Option<String>,
    /// Only those for a language, a code such as ru
    #[arg(long, value_name = "CODE")]
    language: Option<String>,
    /// Also those that are there for measurements alone
    #[arg(long)]
    measuring: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// A model of the catalogue, and where it is.
struct Row<'a> {
    entry: &'a Entry,
    place: Option<PathBuf>,
}

pub fn run(args: &ModelListArgs, shelf: &ModelFolders) -> Result<()> {
    let wanted = |kind: ModelKind| args.kind.as_deref().is_none_or(|name| name == title(kind).1);
    let speaks = |entry: &Entry| args.language.as_deref().is_none_or(|language| entry.speaks(language));
    let entries = shelf.catalogue.entries().iter().filter(|entry| wanted(entry.kind) && speaks(entry));
    let mut rows: Vec<Row> = entries.map(|entry| Row { entry, place: store::find(&shelf.places, entry) }).collect();
    let shown = |row: &Row| row.place.is_some() || (!args.installed && (args.measuring || !row.entry.measuring));
    rows.retain(shown);
    // Installed models that no catalogue names have an unknown language.
    let mut others = store::installed(&shelf.places, &shelf.catalogue);
    others.retain(|model| wanted(model.kind) && args.language.is_none() && !rows.iter().any(|row| is_it(row, model)));
    let text = if args.json { as_json(&rows, &others)? } else { as_text(&rows, &others) };
    // A pager that is closed early is no failure.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(())
}

fn is_it(row: &Row, model: &Installed) -> bool {
    row.place.as_ref().is_some_and(|place| model.path.starts_with(place))
}

fn as_text(rows: &[Row], others: &[Installed]) -> String {
    let mut text = String::new();
    for kind in KINDS {
        let rows: Vec<_> = rows.iter().filter(|row| row.entry.kind == kind).collect();
        let others: Vec<_> = others.iter().filter(|model| model.kind == kind).collect();
        if rows.is_empty() && others.is_empty() {
            continue;
        }
        let gap = if text.is_empty() { "" } else { "\n" };
        let (what, name) = title(kind);
        writeln!(text, "{gap}{what} ({name})").expect("a string can be written to");
        for row in rows {
            text.push_str(&show(row));
        }
        for model in others {
            let whose = if model.record.is_some() { "imported" } else { "not put there by golem" };
            line(&mut text, "*", &model.name, &Bytes(model.bytes).to_string(), "", whose);
            wrap(&mut text, &short(&model.path));
        }
    }
    if text.is_empty() {
        return "no such model; `golem models list` without further words shows all\n".into();
    }
    text.push_str("\n* is here. `golem models fetch NAME` brings one here.\n");
    text
}

fn show(row: &Row) -> String {
    let entry = row.entry;
    let size = entry.size();
    let about = if size.exact { "" } else { "~" };
    let mark = if row.place.is_some() { "*" } else { " " };
    let mut text = String::new();
    let size = format!("{about}{}", Bytes(size.bytes));
    line(&mut text, mark, &entry.name, &size, &languages(&entry.languages), &entry.licence);
    wrap(&mut text, &entry.note);
    let sources: Vec<_> = entry.sources.iter().map(ModelSource::short).collect();
    wrap(&mut text, &format!("from {}", sources.join(", or ")));
    if let Some(remark) = &entry.unverified {
        wrap(&mut text, &format!("not verified: {remark}"));
    }
    text
}

fn line(text: &mut String, mark: &str, name: &str, size: &str, languages: &str, licence: &str) {
    let mut shown = format!("{mark} {name:<28} {size:>8}  {languages:<13} {licence}");
    if shown.chars().count() > WIDTH {
        shown = shown.chars().take(WIDTH - 1).collect();
        shown.push('…');
    }
    text.push_str(shown.trim_end());
    text.push('\n');
}

/// Adds words below a model's line, broken before the screen ends.
fn wrap(text: &mut String, words: &str) {
    const INDENT: &str = "      ";
    let mut shown = INDENT.to_owned();
    for word in words.split_whitespace() {
        if shown.len() > INDENT.len() && shown.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(&shown);
            text.push('\n');
            shown.truncate(INDENT.len());
        }
        if shown.len() > INDENT.len() {
            shown.push(' ');
        }
        shown.push_str(word);
    }
    text.push_str(&shown);
    text.push('\n');
}

fn languages(codes: &[String]) -> String {
    if codes.iter().any(|code| code == crate::model::catalogue::MANY) {
        return "many".into();
    }
    let named = codes.iter().take(NAMED).cloned().collect::<Vec<_>>().join(" ");
    if codes.len() > NAMED { format!("{named} +{}", codes.len() - NAMED) } else { named }
}

fn as_json(rows: &[Row], others: &[Installed]) -> Result<String> {
    let mut list = Vec::new();
    for Row { entry, place } in rows {
        let size = entry.size();
        let sources: Vec<_> = entry.sources.iter().map(ToString::to_string).collect();
        list.push(json!({
            "name": entry.name, "kind": entry.kind, "engine": entry.engine, "languages": entry.languages,
            "bytes": size.bytes, "exact": size.exact, "memory_mb": entry.memory_mb, "licence": entry.licence,
            "note": entry.note, "unverified": entry.unverified, "source": sources.first(),
            "sources": sources, "measuring": entry.measuring,
            "setting": entry.setting(), "path": place,
        }));
    }
    for model in others {
        list.push(json!({
            "name": model.name, "kind": model.kind, "bytes": model.bytes, "exact": true, "path": model.path,
            "source": model.record.as_ref().map(|record| &record.source),
        }));
    }
    Ok(serde_json::to_string_pretty(&list)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalogue::Catalogue;

    #[test]
    fn the_list_fits_a_narrow_terminal_and_hides_no_model() {
        let catalogue = Catalogue::built_in();
        let rows: Vec<_> = catalogue.entries().iter().map(|entry| Row { entry, place: None }).collect();
        let text = as_text(&rows, &[]);
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
        for entry in catalogue.entries() {
            assert!(text.contains(&format!("  {} ", entry.name)), "{}", entry.name);
            assert_eq!(entry.unverified.is_some(), show(&Row { entry, place: None }).contains("not verified"));
        }
    }

    #[test]
    fn languages_are_named_until_there_are_too_many() {
        let codes = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(languages(&codes("en")), "en");
        assert_eq!(languages(&codes("en ru de fr es")), "en ru de +2");
        assert_eq!(languages(&codes("multi")), "many");
    }
}
