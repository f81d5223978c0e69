//! The conversation on the screen as a file: Markdown for people, JSON for programs.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::log::{ConversationLog, ScreenEntry};
use crate::history::export::paragraph;
use crate::message::{Role, Time};

/// Something that was said, as JSON has it.
#[derive(Debug, PartialEq, Serialize)]
struct SavedMessage {
    /// Seconds after golem started, to the hundredth.
    time: f64,
    role: Role,
    /// The words that golem understood, or that the person heard.
    text: String,
    /// Whether the person cut golem short.
    interrupted: bool,
}

/// The messages of both sides, oldest first, without ignored utterances and without a reply that still sounds.
fn said(log: &ConversationLog) -> Vec<(Time, SavedMessage)> {
    let lines = log.entries().iter().filter_map(|kept| {
        let (role, text, interrupted) = match &kept.entry {
            ScreenEntry::You { text, ignored: None } => (Role::User, text.clone(), false),
            ScreenEntry::Golem(reply) => {
                let (text, interrupted) = reply.outcome()?;
                (Role::Assistant, text, interrupted)
            }
            _ => return None,
        };
        let time = (kept.at.as_secs_f64() * 100.0).round() / 100.0;
        Some((kept.at, SavedMessage { time, role, text: text.trim().into(), interrupted }))
    });
    lines.filter(|(_, said)| said.interrupted || !said.text.is_empty()).collect()
}

/// The conversation as Markdown.
pub fn markdown(log: &ConversationLog) -> String {
    let mut text = "# Conversation with golem\n".to_string();
    for (at, said) in said(log) {
        let time = format!("{}:{:02}", at.as_secs() / 60, at.as_secs() % 60);
        text += &paragraph(said.role, &time, &said.text, said.interrupted);
    }
    text
}

/// The conversation as JSON: a list of what was said.
pub fn json(log: &ConversationLog) -> String {
    let said: Vec<SavedMessage> = said(log).into_iter().map(|(_, said)| said).collect();
    serde_json::to_string_pretty(&said).unwrap_or_default() + "\n"
}

/// Writes the conversation to a new file called `name`, JSON if the name ends in `.json`; gives a message about the
/// outcome.
pub fn save(log: &ConversationLog, name: &str) -> String {
    let path = match (name.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(name),
    };
    let text = if is_json(&path) { json(log) } else { markdown(log) };
    match File::create_new(&path).and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => format!("the conversation is in {}", path.display()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            format!("{} is there already and stays as it is: w, and another name", path.display())
        }
        Err(error) => format!("cannot write {}: {error}", path.display()),
    }
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Note;
    use crate::message::Ignored;

    fn log() -> ConversationLog {
        let mut log = ConversationLog::default();
        let notes = [
            Note::Transcript { utterance: 1, text: "What is *it*?".into(), ignored: None },
            Note::Transcript { utterance: 2, text: "hm".into(), ignored: Some(Ignored::Ghost) },
            Note::Reply { turn: 1, text: "A mountain. A high one.".into() },
            Note::Heard { turn: 1, text: "A mountain.".into(), interrupted: true },
            Note::Typed { turn: 3, text: "And now?".into() },
            Note::Clause { turn: 3, clause: 0, text: "Now".into() },
        ];
        for (note, second) in notes.iter().zip([1.5, 2.0, 2.5, 2.75, 61.0, 62.0]) {
            log.take(Time::from_secs_f64(second), note);
        }
        log
    }

    #[test]
    fn people_and_programs_read_what_was_said_and_heard() {
        insta::assert_snapshot!(format!("{}----\n{}", markdown(&log()), json(&log())));
    }

    #[test]
    fn a_file_that_is_there_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("talk.JSON");
        let name = path.to_str().unwrap();
        assert!(save(&log(), name).starts_with("the conversation is in"));
        let written = std::fs::read_to_string(&path).unwrap();
        assert!(written.starts_with('['), "{written}");
        assert!(save(&ConversationLog::default(), name).contains("is there already"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), written);
        assert!(save(&log(), folder.path().to_str().unwrap()).contains("is there already"));
        assert!(save(&log(), "/nowhere/at/all.md").starts_with("cannot write"));
    }
}
