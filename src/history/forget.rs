//! The forgetting of conversations: their text cannot be read from the file again.

use rusqlite::{Transaction, TransactionBehavior};

use super::{HistoryError, Store, schema};

impl Store {
    /// Forgets conversations by their numbers; returns how many there were.
    ///
    /// # Errors
    /// When one of them does not exist (then none is forgotten), or the file cannot be written.
    pub fn forget(&mut self, ids: &[i64]) -> Result<usize, HistoryError> {
        for id in ids {
            self.conversation(*id)?;
        }
        self.erase(|deal| {
            let mut gone = 0;
            for id in ids {
                deal.execute("DELETE FROM messages WHERE conversation = ?1", [id])?;
                gone += deal.execute("DELETE FROM conversations WHERE id = ?1", [id])?;
            }
            Ok(gone)
        })
    }

    /// Forgets conversations in which nothing was said at or after `time` (milliseconds since 1970); returns how many.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn forget_before(&mut self, time: i64) -> Result<usize, HistoryError> {
        if self.older(time)? == 0 {
            return Ok(0);
        }
        self.erase(|deal| {
            let old = "SELECT conversation FROM messages GROUP BY conversation HAVING max(at) < ?1";
            deal.execute(&format!("DELETE FROM messages WHERE conversation IN ({old})"), [time])?;
            deal.execute("DELETE FROM conversations WHERE id NOT IN (SELECT conversation FROM messages)", [])
        })
    }

    /// How many conversations [`Store::forget_before`] would forget.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn older(&self, time: i64) -> Result<usize, HistoryError> {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM messages GROUP BY conversation HAVING max(at) < ?1)";
        let count = self.connection.query_row(sql, [time], |row| row.get::<_, i64>(0));
        count.map(|count| usize::try_from(count).unwrap_or(0)).map_err(|error| self.failed(error))
    }

    /// Forgets everything; returns how many conversations there were.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn forget_all(&mut self) -> Result<usize, HistoryError> {
        self.erase(|deal| {
            deal.execute("DELETE FROM messages", [])?;
            deal.execute("DELETE FROM conversations", [])
        })
    }

    /// Deletes in one transaction, then leaves no trace: rebuilds the index of words, rewrites the file without its
    /// free pages, and empties the log of changes, which still holds the old pages.
    fn erase(&mut self, delete: impl FnOnce(&Transaction) -> rusqlite::Result<usize>) -> Result<usize, HistoryError> {
        let work = || {
            let deal = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            // Drop the trigger, since the index is rebuilt anyway: taking words out one by one would take a second per
            // thousand messages.
            deal.execute("DROP TRIGGER words_gone", [])?;
            let gone = delete(&deal)?;
            deal.execute_batch(schema::WORDS_GONE)?;
            deal.execute("INSERT INTO words (words) VALUES ('rebuild')", [])?;
            deal.commit()?;
            self.connection.execute_batch("VACUUM")?;
            let busy: i64 = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
            if busy != 0 {
                let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
                let reason =
                    "forgotten, but another program still reads what was there; forget again when it has ended";
                return Err(rusqlite::Error::SqliteFailure(busy, Some(reason.into())));
            }
            Ok(gone)
        };
        work().map_err(|error| HistoryError::database(&self.path, error))
    }
}
