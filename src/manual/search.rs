//! A search in the manual by words, with SQLite's full-text index and its English stems ("interrupt" finds "interrupted").

use std::collections::BTreeSet;

use rusqlite::{Connection, Result, params};

use super::passage::{Passage, passages};
use super::{PAGES, Page};

/// Likeness, 0 to 1, from which on a word of the manual is proposed for one that is not in it.
const LIKE: f64 = 0.8;
/// Shortest word that is proposed.
const SHORTEST: usize = 3;

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Passages in reading order.
    Passages(Vec<Passage>),
    /// None, but the manual has these words, which are nearly those that were searched for.
    Near(String),
    /// None: the manual has each of the words, but no section has all of them.
    Apart,
    /// None, and nothing like them.
    Nothing,
}

/// Looks for passages that hold all of `words`, in their text or in the heading above it. Where no passage does, the
/// sections that hold all of them give their passages with any of them.
///
/// # Errors
/// When SQLite refuses.
pub fn search(words: &str) -> Result<Found> {
    let words: Vec<&str> = words.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).collect();
    if words.is_empty() {
        return Ok(Found::Nothing);
    }
    let all: Vec<Passage> = PAGES.iter().flat_map(passages).collect();
    let index = PageIndex::of(all.iter().map(|passage| (passage.heading.as_str(), passage.text.as_str())))?;
    let found = index.with_all(&words)?;
    if !found.is_empty() {
        return Ok(Found::Passages(found.into_iter().map(|number| all[number].clone()).collect()));
    }
    let any = index.with_any(&words)?;
    let found = of_sections(&all, &words, any)?;
    if !found.is_empty() {
        return Ok(Found::Passages(found));
    }
    let near = words.iter().map(|word| Ok((*word, index.with_all(&[word])?.is_empty()))).collect::<Result<Vec<_>>>()?;
    Ok(proposal(&near))
}

/// Of the passages numbered `any`, those of sections that hold all of `words`.
fn of_sections(all: &[Passage], words: &[&str], any: Vec<usize>) -> Result<Vec<Passage>> {
    let same = |a: &Passage, b: &Passage| section(a) == section(b);
    let sections: Vec<&[Passage]> = all.chunk_by(same).collect();
    let texts: Vec<String> = sections
        .iter()
        .map(|section| section.iter().map(|passage| passage.text.as_str()).collect::<Vec<_>>().join("\n"))
        .collect();
    let index =
        PageIndex::of(sections.iter().zip(&texts).map(|(section, text)| (section[0].heading.as_str(), text.as_str())))?;
    let found: Vec<_> = index.with_all(words)?.into_iter().map(|number| section(&sections[number][0])).collect();
    let passages = any.into_iter().map(|number| &all[number]);
    Ok(passages.filter(|passage| found.contains(&section(passage))).cloned().collect())
}

fn section(passage: &Passage) -> (&'static Page, &str) {
    (passage.page, &passage.heading)
}

/// What to say where nothing was found; each word comes with whether the manual lacks it.
fn proposal(words: &[(&str, bool)]) -> Found {
    if words.iter().all(|(_, missing)| !missing) {
        return Found::Apart;
    }
    let known = vocabulary();
    let near: Option<Vec<&str>> =
        words.iter().map(|&(word, missing)| if missing { nearest(word, &known) } else { Some(word) }).collect();
    near.map_or(Found::Nothing, |near| Found::Near(near.join(" ")))
}

fn vocabulary() -> BTreeSet<String> {
    let text: Vec<String> = PAGES.iter().map(|page| page.text.to_lowercase()).collect();
    let words = text.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    words.filter(|word| word.len() >= SHORTEST).map(str::to_owned).collect()
}

fn nearest<'a>(word: &str, known: &'a BTreeSet<String>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let likeness = known.iter().map(|known| (strsim::jaro_winkler(known, &word), known.as_str()));
    likeness.filter(|(likeness, _)| *likeness >= LIKE).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, near)| near)
}

/// Rows of a heading and a text, in memory, found by words of either.
struct PageIndex(Connection);

impl PageIndex {
    fn of<'a>(rows: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let database = Connection::open_in_memory()?;
        database.execute_batch(
            "CREATE VIRTUAL TABLE rows USING fts5(heading, body, tokenize = 'porter unicode61'); BEGIN",
        )?;
        let mut insert = database.prepare("INSERT INTO rows (rowid, heading, body) VALUES (?1, ?2, ?3)")?;
        for (number, (heading, body)) in (0_i64..).zip(rows) {
            insert.execute(params![number, heading, body])?;
        }
        drop(insert);
        database.execute_batch("COMMIT")?;
        Ok(Self(database))
    }

    /// Numbers of the rows that hold all of `words`, ascending.
    fn with_all(&self, words: &[&str]) -> Result<Vec<usize>> {
        self.matching(words, " AND ")
    }

    /// Numbers of the rows that hold any of `words`, ascending.
    fn with_any(&self, words: &[&str]) -> Result<Vec<usize>> {
        self.matching(words, " OR ")
    }

    fn matching(&self, words: &[&str], joint: &str) -> Result<Vec<usize>> {
        // In quotation marks a word is no operator of the query language; one with a hyphen is a phrase.
        let quoted: Vec<String> = words.iter().map(|word| format!("\"{}\"", word.replace('"', "\"\""))).collect();
        let mut select = self.0.prepare("SELECT rowid FROM rows WHERE rows MATCH ?1 ORDER BY rowid")?;
        let numbers = select.query_map([quoted.join(joint)], |row| Ok(row.get::<_, u32>(0)? as usize))?;
        numbers.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &str) -> Vec<Passage> {
        match search(words).unwrap() {
            Found::Passages(passages) => passages,
            other => panic!("{words}: {other:?}"),
        }
    }

    #[test]
    fn words_are_found_on_the_pages_that_hold_them() {
        let pages: Vec<&str> = found("PUSH to talk").iter().map(|passage| passage.page.name).collect();
        assert!(pages.contains(&"screen"), "{pages:?}");
        assert_eq!(search("xylophone quartz").unwrap(), Found::Nothing);
        assert_eq!(search(" -- \" ").unwrap(), Found::Nothing);
    }

    #[test]
    fn all_words_must_be_there_in_any_order_and_form() {
        let passages = found("interruption history");
        assert!(!passages.is_empty());
        for passage in &passages {
            let text = format!("{} {}", passage.heading, passage.text).to_lowercase();
            assert!(text.contains("interrupt") && text.contains("histor"), "{text}");
        }
        assert_eq!(found("history interruption"), passages);
        assert_eq!(found("timers"), found("timer"));
    }

    #[test]
    fn the_heading_counts_and_stands_with_what_was_found() {
        let passages = found("messages log");
        assert!(passages.iter().any(|passage| passage.heading == "The log"), "{passages:?}");
    }

    #[test]
    fn words_of_one_section_are_found_where_no_paragraph_has_both() {
        let passages = found("Nehalem starter licences");
        assert!(passages.len() > 1 && passages.iter().all(|passage| passage.page.name == "install"), "{passages:?}");
    }

    #[test]
    fn a_slip_gets_the_word_that_was_meant() {
        assert_eq!(search("loudspeeker").unwrap(), Found::Near("loudspeaker".into()));
        assert_eq!(search("mute loudspeeker").unwrap(), Found::Near("mute loudspeaker".into()));
        assert_eq!(search("Nehalem snooze").unwrap(), Found::Apart);
    }
}
