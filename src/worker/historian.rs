//! The historian: a thread that stores what was said and heard, so that no disk delays a word.

use std::collections::VecDeque;
use std::time::SystemTime;

use crossbeam_channel::{Receiver, bounded};

use super::Handle;
use super::pauses::PauseKeeper;
use crate::config::keeping::HistoryConfig;
use crate::history::line::{exchanges, millis};
use crate::history::{HistoryError, HistoryLine, Store};
use crate::message::{Message, Note};

/// Most lines that wait for the historian (an hour of lively talk), and most lines that it holds while the disk refuses
/// them.
const WAITING: usize = 1024;
/// Milliseconds of a minute.
const MINUTE: i64 = 60_000;
/// Milliseconds of a day.
const DAY: i64 = 24 * 60 * MINUTE;

/// Writes the history.
#[derive(Debug)]
pub struct Historian {
    store: Store,
    /// Identifier of the present conversation, and the time of its last line.
    present: Option<(i64, i64)>,
    /// Silence after which a new conversation begins, in milliseconds.
    pause: i64,
    /// Lines that the disk has not taken yet.
    waiting: VecDeque<HistoryLine>,
    lost: u64,
}

impl Historian {
    /// Goes on with the newest conversation of `store` if its last line is within the configured minutes before `now`,
    /// and returns its last exchanges. Forgets conversations that are older than the configured days.
    ///
    /// # Errors
    /// When the history cannot be read or written.
    pub fn new(
        mut store: Store,
        config: &HistoryConfig,
        now: SystemTime,
    ) -> Result<(Self, Vec<Message>), HistoryError> {
        let now = millis(now);
        if config.days > 0 {
            store.forget_before(now.saturating_sub(i64::from(config.days).saturating_mul(DAY)))?;
        }
        let pause = i64::from(config.resume_minutes).saturating_mul(MINUTE);
        let newest = store.newest()?.filter(|newest| now.saturating_sub(newest.ended) < pause);
        let past = match &newest {
            Some(newest) => exchanges(&store.messages(newest.id)?, config.resume_exchanges),
            None => Vec::new(),
        };
        let present = newest.map(|newest| (newest.id, newest.ended));
        Ok((Self { store, present, pause, waiting: VecDeque::new(), lost: 0 }, past))
    }

    /// Starts the historian's thread. It ends when its channel closes, after it has written what it was given.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(mut self) -> std::io::Result<HistoryWriter> {
        let (lines_in, lines): (_, Receiver<HistoryLine>) = bounded(WAITING);
        let handle = Handle::spawn("golem-historian", lines_in, move || {
            for line in &lines {
                self.take(line);
                // Write the lines that have come meanwhile too: one commit is cheaper than many.
                self.waiting.extend(lines.try_iter().take(WAITING));
                self.write();
            }
        })?;
        Ok(HistoryWriter(handle))
    }

    /// Writes `line` down, or holds it until the disk takes it.
    pub fn step(&mut self, line: HistoryLine) {
        self.take(line);
        self.write();
    }

    fn take(&mut self, line: HistoryLine) {
        if self.waiting.len() >= WAITING {
            self.waiting.pop_front();
            self.lost += 1;
        }
        self.waiting.push_back(line);
    }

    fn write(&mut self) {
        while let Some(first) = self.waiting.front() {
            let goes_on = self.present.filter(|(_, last)| first.at.saturating_sub(*last) < self.pause);
            let lines = self.waiting.make_contiguous();
            // Write up to the next long silence: a new conversation begins there.
            let breaks = |pair: &[HistoryLine]| pair[1].at.saturating_sub(pair[0].at) >= self.pause;
            let end = lines.windows(2).position(breaks).map_or(lines.len(), |at| at + 1);
            let last = lines[end - 1].at;
            match self.store.add(goes_on.map(|(id, _)| id), &lines[..end]) {
                Ok(id) => {
                    self.waiting.drain(..end);
                    self.present = id.map(|id| (id, last));
                }
                Err(error) => {
                    tracing::warn!(
                        "{} messages wait for the history, {} are lost: {error}",
                        self.waiting.len(),
                        self.lost
                    );
                    return;
                }
            }
        }
    }
}

/// Hands lines to the historian; dropping it waits until they are written.
#[derive(Debug)]
pub struct HistoryWriter(Handle<HistoryLine>);

impl HistoryWriter {
    /// Has `note` written down if it belongs to the history. Never waits: if the disk is an hour behind, the line is
    /// lost and a warning is logged.
    pub fn note(&self, note: &Note) {
        if let Some(line) = HistoryLine::of(note, SystemTime::now())
            && !self.0.send(line)
        {
            tracing::warn!("the history cannot keep up: a message is not written down");
        }
    }
}

/// The memory of golem at its start, and the writers of what is new; all are empty if nothing is kept.
#[derive(Debug, Default)]
pub struct Past {
    /// Writes down what is said from now on.
    pub pen: Option<HistoryWriter>,
    /// The last exchanges of the conversation that golem goes on with.
    pub exchanges: Vec<Message>,
    /// The mean of the person's own pauses, and its writer.
    pub pauses: PauseKeeper,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::keeping::Keep;
    use crate::history::OpenHistory;
    use crate::message::Role;

    fn config() -> HistoryConfig {
        HistoryConfig { keep: Keep::Kept, resume_exchanges: 1, ..HistoryConfig::default() }
    }

    fn at(minutes: i64) -> SystemTime {
        std::time::UNIX_EPOCH + Duration::from_secs(u64::try_from(minutes).unwrap() * 60)
    }

    fn open(folder: &tempfile::TempDir) -> Store {
        let OpenHistory { store, damaged } = Store::open(&folder.path().join("history.db")).unwrap();
        assert_eq!(damaged, None);
        store
    }

    fn line(role: Role, text: &str, minute: i64) -> HistoryLine {
        HistoryLine { turn: 1, role, text: text.into(), interrupted: false, at: minute * MINUTE }
    }

    #[test]
    fn a_conversation_goes_on_within_half_an_hour_and_not_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let (mut historian, past) = Historian::new(open(&folder), &config(), at(0)).unwrap();
        assert_eq!(past, []);
        historian.step(line(Role::User, "one", 0));
        historian.step(line(Role::Assistant, "first", 1));
        drop(historian);
        let (mut historian, past) = Historian::new(open(&folder), &config(), at(29)).unwrap();
        assert_eq!(past, [Message::new(Role::User, "one"), Message::new(Role::Assistant, "first")]);
        historian.step(line(Role::User, "two", 29));
        historian.step(line(Role::User, "three", 60));
        drop(historian);
        let (_, past) = Historian::new(open(&folder), &config(), at(90)).unwrap();
        assert_eq!(past, []);
        let store = open(&folder);
        assert_eq!(store.list(9).unwrap().iter().map(|one| one.messages).collect::<Vec<_>>(), [1, 3]);
    }

    #[test]
    fn what_comes_at_once_is_parted_by_long_silences() {
        let folder = tempfile::tempdir().unwrap();
        let (mut historian, _) = Historian::new(open(&folder), &config(), at(0)).unwrap();
        for minute in [0, 1, 40, 41, 42, 100] {
            historian.take(line(Role::User, "words", minute));
        }
        historian.write();
        assert_eq!(open(&folder).list(9).unwrap().iter().map(|one| one.messages).collect::<Vec<_>>(), [1, 3, 2]);
    }

    #[test]
    fn old_conversations_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let (mut historian, _) = Historian::new(open(&folder), &config(), at(0)).unwrap();
        historian.step(line(Role::User, "old", 0));
        historian.step(line(Role::User, "new", 2 * 24 * 60));
        drop(historian);
        let config = HistoryConfig { days: 2, ..config() };
        drop(Historian::new(open(&folder), &config, at(2 * 24 * 60)).unwrap());
        assert_eq!(open(&folder).list(9).unwrap().len(), 2, "two days old is not older than two days");
        drop(Historian::new(open(&folder), &config, at(2 * 24 * 60 + 1)).unwrap());
        assert_eq!(open(&folder).list(9).unwrap().len(), 1);
    }

    #[test]
    fn what_was_handed_over_is_written_before_the_pen_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let (historian, _) = Historian::new(open(&folder), &config(), SystemTime::now()).unwrap();
        let pen = historian.start().unwrap();
        for turn in 0..500 {
            pen.note(&Note::Heard { turn, text: format!("reply {turn}"), interrupted: false });
        }
        drop(pen);
        assert_eq!(open(&folder).list(9).unwrap()[0].messages, 500);
    }
}
