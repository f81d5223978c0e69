//! The writer of the decision journal: the decision about every utterance, and its outcome.

use std::time::SystemTime;

use crate::executor::journal::{Journal, JournalEntry, JournalRecord, stamp};
use crate::message::Note;

/// Appends decisions, confirmations and outcomes to the journal.
pub struct Clerk {
    journal: Journal,
    session: String,
}

impl Clerk {
    /// A writer to `journal`; a new session begins.
    pub fn new(journal: Journal) -> Self {
        Self { journal, session: stamp(SystemTime::now()) }
    }

    /// Writes the note down if it is a decision, a confirmation or an outcome.
    pub fn take(&mut self, note: &Note) {
        let (id, entry) = match note {
            Note::Decision(decision) => (decision.utterance, JournalEntry::Decision(decision.clone())),
            Note::Confirmed { decision, answer, .. } => {
                (*decision, JournalEntry::Confirmation { answer: answer.to_string() })
            }
            Note::Outcome { decision, outcome, .. } => (*decision, JournalEntry::Outcome(outcome.clone())),
            _ => return,
        };
        let record = JournalRecord { time: stamp(SystemTime::now()), id, session: self.session.clone(), entry };
        if let Err(error) = self.journal.append(&record) {
            tracing::warn!("{error}");
        }
    }
}
