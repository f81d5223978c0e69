//! The schema of the history, and the steps that bring an older file up to date: one per version, each whole or not at
//! all.

use rusqlite::{Connection, TransactionBehavior};

/// Identifies golem's history in the file's header: `golm`.
pub const APPLICATION: i64 = 0x676f_6c6d;

/// The trigger that takes deleted messages out of the index of words, as in step 2.
pub const WORDS_GONE: &str = "CREATE TRIGGER words_gone AFTER DELETE ON messages BEGIN
         INSERT INTO words (words, rowid, text) VALUES ('delete', old.id, old.text);
     END;";

/// The steps from nothing to the present: step `n` makes schema `n + 1` of schema `n`. A released step never changes.
const STEPS: &[&str] = &[
    // 1: conversations and their messages. Times are milliseconds since 1970.
    "CREATE TABLE conversations (
         id INTEGER PRIMARY KEY AUTOINCREMENT,
         began INTEGER NOT NULL
     ) STRICT;
     CREATE TABLE messages (
         id INTEGER PRIMARY KEY AUTOINCREMENT,
         conversation INTEGER NOT NULL REFERENCES conversations (id),
         turn INTEGER NOT NULL,
         role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
         text TEXT NOT NULL,
         interrupted INTEGER NOT NULL CHECK (interrupted IN (0, 1)),
         at INTEGER NOT NULL
     ) STRICT;
     CREATE INDEX messages_of ON messages (conversation, id);",
    // 2: an index of words. `secure-delete` takes a forgotten word out of it instead of marking it as gone.
    "CREATE VIRTUAL TABLE words USING fts5 (
         text, content = 'messages', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
     );
     INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
     INSERT INTO words (words) VALUES ('rebuild');
     CREATE TRIGGER words_added AFTER INSERT ON messages BEGIN
         INSERT INTO words (rowid, text) VALUES (new.id, new.text);
     END;
     CREATE TRIGGER words_gone AFTER DELETE ON messages BEGIN
         INSERT INTO words (words, rowid, text) VALUES ('delete', old.id, old.text);
     END;",
];

/// The newest schema.
pub fn newest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// The schema of a file; 0 if the file is empty.
pub fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Brings the file up to schema `wanted`, a step at a time. Waits for another process that does so at the same time.
pub fn raise(connection: &mut Connection, wanted: i64) -> rusqlite::Result<()> {
    loop {
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let present = version(&step)?;
        let sql = usize::try_from(present).ok().and_then(|present| STEPS.get(present));
        let Some(sql) = sql.filter(|_| present < wanted) else { return step.commit() };
        step.execute_batch(sql)?;
        step.pragma_update(None, "application_id", APPLICATION)?;
        step.pragma_update(None, "user_version", present + 1)?;
        step.commit()?;
    }
}
