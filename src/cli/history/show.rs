//! Conversations on standard output.

use std::io::Write;

use anyhow::Result;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::choice::{Format, Which, advice, find};
use crate::config::keeping::Keep;
use crate::history::export::{ExportedConversation, ExportedMessage, clock, local, markdown};
use crate::history::{Conversation, Store, Stored};
use crate::message::Role;

/// Characters of a message that a search shows.
const SHOWN: usize = 160;

/// Prints the newest conversations.
pub fn list(store: &Store, limit: usize, json: bool, keep: Keep) -> Result<()> {
    let conversations = store.list(limit)?;
    if json {
        return print(&as_json(&conversations)?);
    }
    if conversations.is_empty() {
        eprintln!("golem: nothing has been kept yet: {}", advice(keep));
        return Ok(());
    }
    let zone = TimeZone::system();
    let widest = conversations.iter().map(|one| one.id.to_string().len()).max().unwrap_or(1);
    let row = |one: &Conversation| {
        let (began, title) = (local(one.began, &zone), plain(&one.title));
        format!("{:>widest$}  {began}  {:>4} messages  {title}\n", one.id, one.messages)
    };
    print(&conversations.iter().map(row).collect::<String>())
}

/// Prints a conversation.
pub fn show(store: &Store, which: Which, json: bool) -> Result<()> {
    let conversation = find(store, which)?;
    let messages = store.messages(conversation.id)?;
    if json {
        return print(&as_json(&ExportedConversation::new(&conversation, &messages))?);
    }
    let zone = TimeZone::system();
    let mut text = format!("conversation {}, {}\n", conversation.id, local(conversation.began, &zone));
    text.extend(messages.iter().map(|message| line(message, &clock(message.at, &zone))));
    print(&text)
}

/// Prints messages that hold words.
pub fn search(store: &Store, words: &str, limit: usize, json: bool) -> Result<()> {
    let found = store.search(words, limit)?;
    if json {
        return print(&as_json(&found.iter().map(ExportedMessage::from).collect::<Vec<_>>())?);
    }
    if found.is_empty() {
        eprintln!("golem: no message has the words {words:?}");
    }
    let zone = TimeZone::system();
    let row = |message: &Stored| {
        let when = format!("{:>4}  {}", message.conversation, local(message.at, &zone));
        line(&Stored { text: around(&message.text, words), ..message.clone() }, &when)
    };
    print(&found.iter().map(row).collect::<String>())
}

/// Prints whole conversations, oldest first.
pub fn export(store: &Store, which: &[Which], format: Format) -> Result<()> {
    let mut wanted = which.iter().map(|which| find(store, *which)).collect::<Result<Vec<_>>>()?;
    if which.is_empty() {
        wanted = store.list(usize::MAX)?;
    }
    wanted.sort_by_key(|one| one.id);
    wanted.dedup_by_key(|one| one.id);
    let zone = TimeZone::system();
    let mut whole = Vec::new();
    for (place, conversation) in wanted.iter().enumerate() {
        let messages = store.messages(conversation.id)?;
        match format {
            Format::Json => whole.push(ExportedConversation::new(conversation, &messages)),
            Format::Markdown => {
                let between = if place > 0 { "\n" } else { "" };
                print(&format!("{between}{}", markdown(conversation, &messages, &zone)))?;
            }
        }
    }
    if format == Format::Json { print(&as_json(&whole)?) } else { Ok(()) }
}

fn as_json(value: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

/// `09:30:12  you: what time is it`
fn line(message: &Stored, when: &str) -> String {
    let who = if message.role == Role::User { "you" } else { "golem" };
    let cut = match message.interrupted {
        true if message.text.is_empty() => "(not heard)",
        true => " —",
        false => "",
    };
    format!("{when}  {who}: {}{cut}\n", plain(&message.text))
}

/// The part of a long text in which the first of the words stands.
fn around(text: &str, words: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.into();
    }
    let first = words.split_whitespace().next().unwrap_or_default().to_lowercase();
    let letters: Vec<char> = text.chars().collect();
    let before = text.to_lowercase().split_once(&first).map_or(0, |(before, _)| before.chars().count());
    let from = before.saturating_sub(SHOWN / 4).min(letters.len().saturating_sub(SHOWN));
    let part: String = letters.iter().skip(from).take(SHOWN).collect();
    let (head, tail) = (from > 0, from + SHOWN < letters.len());
    format!("{}{part}{}", if head { "…" } else { "" }, if tail { "…" } else { "" })
}

/// Text that cannot move the cursor or change colours.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_shown_where_the_word_stands() {
        let text = format!("{}Ёлка{}", "до ".repeat(200), " после".repeat(200));
        let shown = around(&text, "ёлка и");
        assert!(shown.contains("Ёлка") && shown.starts_with('…') && shown.ends_with('…'), "{shown}");
        assert_eq!(shown.chars().count(), SHOWN + 2);
        assert_eq!(around("short", "x"), "short");
        assert!(around(&text, "nowhere").starts_with("до"));
    }

    #[test]
    fn what_was_said_cannot_command_the_terminal() {
        let message = Stored {
            conversation: 1,
            turn: 1,
            role: Role::Assistant,
            text: "a\u{1b}[2J\nb".into(),
            interrupted: true,
            at: 0,
        };
        assert_eq!(line(&message, "now"), "now  golem: a [2J b —\n");
    }
}
