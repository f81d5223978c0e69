//! The store of conversations: reading and writing.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Params, Row, TransactionBehavior, params};

use super::{Conversation, HistoryError, HistoryLine, Stored};
use crate::message::Role;

/// Characters of a conversation's title.
const TITLE: usize = 72;

/// The query for [`Conversation`]; a condition and an order follow.
const CONVERSATIONS: &str = "SELECT c.id, c.began, max(m.at), count(m.id),
        coalesce((SELECT text FROM messages WHERE conversation = c.id ORDER BY role = 'user' DESC, id LIMIT 1), '')
    FROM conversations c JOIN messages m ON m.conversation = c.id";

/// The query for [`Stored`].
const MESSAGES: &str = "SELECT m.conversation, m.turn, m.role, m.text, m.interrupted, m.at FROM messages m";

/// An open history.
#[derive(Debug)]
pub struct Store {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
}

impl Store {
    pub(super) fn new(path: &Path, connection: Connection) -> Self {
        Self { path: path.into(), connection }
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn failed(&self, error: rusqlite::Error) -> HistoryError {
        HistoryError::database(&self.path, error)
    }

    /// Writes `lines`, all or none, into `conversation` or a new one, and returns its number. The lines are on the disk
    /// then.
    ///
    /// # Errors
    /// When the disk does not take them or another process holds the file; earlier lines are not lost.
    pub fn add(&mut self, conversation: Option<i64>, lines: &[HistoryLine]) -> Result<Option<i64>, HistoryError> {
        self.write(conversation, lines).map_err(|error| HistoryError::database(&self.path, error))
    }

    fn write(&mut self, conversation: Option<i64>, lines: &[HistoryLine]) -> rusqlite::Result<Option<i64>> {
        let Some(first) = lines.first() else { return Ok(conversation) };
        let deal = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Begin a new conversation if this one was forgotten meanwhile.
        let known = conversation.map_or(Ok(None), |id| {
            deal.query_row("SELECT id FROM conversations WHERE id = ?1", [id], |row| row.get::<_, i64>(0)).optional()
        })?;
        let id = if let Some(id) = known {
            id
        } else {
            deal.execute("INSERT INTO conversations (began) VALUES (?1)", [first.at])?;
            deal.last_insert_rowid()
        };
        for line in lines {
            deal.prepare_cached(
                "INSERT INTO messages (conversation, turn, role, text, interrupted, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![id, whole(line.turn), name(line.role), clean(&line.text), line.interrupted, line.at])?;
        }
        deal.commit()?;
        Ok(Some(id))
    }

    /// The newest `limit` conversations, newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn list(&self, limit: usize) -> Result<Vec<Conversation>, HistoryError> {
        self.conversations("GROUP BY c.id ORDER BY max(m.id) DESC LIMIT ?1", i64::try_from(limit).unwrap_or(i64::MAX))
    }

    /// The conversation with the newest message.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn newest(&self) -> Result<Option<Conversation>, HistoryError> {
        Ok(self.list(1)?.pop())
    }

    /// A conversation by its number.
    ///
    /// # Errors
    /// When there is none of that number, or the file cannot be read.
    pub fn conversation(&self, id: i64) -> Result<Conversation, HistoryError> {
        let found = self.conversations("WHERE c.id = ?1 GROUP BY c.id", id)?;
        found.into_iter().next().ok_or(HistoryError::Unknown(id))
    }

    fn conversations(&self, rest: &str, parameter: i64) -> Result<Vec<Conversation>, HistoryError> {
        self.read(&format!("{CONVERSATIONS} {rest}"), [parameter], |row| {
            let title: String = row.get(4)?;
            let title = title.chars().take(TITLE).collect();
            Ok(Conversation { id: row.get(0)?, began: row.get(1)?, ended: row.get(2)?, messages: row.get(3)?, title })
        })
    }

    fn read<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        of: impl FnMut(&Row) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, HistoryError> {
        let read = || self.connection.prepare(sql)?.query_map(parameters, of)?.collect::<rusqlite::Result<Vec<T>>>();
        read().map_err(|error| self.failed(error))
    }

    /// The messages of a conversation, in order.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn messages(&self, conversation: i64) -> Result<Vec<Stored>, HistoryError> {
        self.read(&format!("{MESSAGES} WHERE m.conversation = ?1 ORDER BY m.id"), [conversation], stored)
    }

    /// The newest `limit` messages that hold every word of `words`, or words that begin with them, newest first. Marks,
    /// accents and case do not matter.
    ///
    /// # Errors
    /// When there is no word in `words`, or the file cannot be read.
    pub fn search(&self, words: &str, limit: usize) -> Result<Vec<Stored>, HistoryError> {
        let pattern = pattern(words).ok_or(HistoryError::NoWord)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql =
            format!("{MESSAGES} JOIN words ON words.rowid = m.id WHERE words MATCH ?1 ORDER BY m.id DESC LIMIT ?2");
        self.read(&sql, params![pattern, limit], stored)
    }

    /// Checks the file and its index of words. Returns what is wrong with them, or `None`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn check(&self) -> Result<Option<String>, HistoryError> {
        let read = || {
            let verdict: String = self.connection.pragma_query_value(None, "integrity_check", |row| row.get(0))?;
            self.connection.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)", [])?;
            Ok(Some(verdict).filter(|verdict| verdict != "ok"))
        };
        read().map_err(|error| self.failed(error))
    }
}

/// Words as a pattern of FTS5: each begins a word of the message, none is an operator. `None` if there is no word.
fn pattern(words: &str) -> Option<String> {
    // Split as the tokenizer does, into letters and digits: other characters are not in the index.
    let words = words.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let quoted: Vec<_> = words.map(|word| format!("\"{word}\"*")).collect();
    (!quoted.is_empty()).then(|| quoted.join(" "))
}

/// Replaces NUL, since SQLite's functions end a text there.
fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn name(role: Role) -> &'static str {
    match role {
        Role::User => "user",
        Role::Assistant | Role::System => "assistant",
    }
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn stored(row: &Row) -> rusqlite::Result<Stored> {
    let role: String = row.get(2)?;
    Ok(Stored {
        conversation: row.get(0)?,
        turn: u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0),
        role: if role == "user" { Role::User } else { Role::Assistant },
        text: row.get(3)?,
        interrupted: row.get(4)?,
        at: row.get(5)?,
    })
}
