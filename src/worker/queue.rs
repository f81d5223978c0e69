//! A bounded queue that loses its oldest entry when it is full.

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

/// The sending end of a queue whose entries are worth less the older they are. Sending never blocks.
#[derive(Clone, Debug)]
pub struct DropOldest<T> {
    newest: Sender<T>,
    oldest: Receiver<T>,
}

impl<T> DropOldest<T> {
    /// A queue of at most `capacity` entries, and its receiving end.
    pub fn bounded(capacity: usize) -> (Self, Receiver<T>) {
        let (newest, oldest) = bounded(capacity);
        (Self { newest, oldest: oldest.clone() }, oldest)
    }

    /// Adds an entry; where the queue is full, the oldest makes room for it. Returns how many were dropped: 0 or 1.
    pub fn send(&self, entry: T) -> u64 {
        let Err(TrySendError::Full(entry)) = self.newest.try_send(entry) else { return 0 };
        let dropped = u64::from(self.oldest.try_recv().is_ok());
        // Ignore the result: there is room now, since each queue has one sender.
        let _ = self.newest.try_send(entry);
        dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_makes_room_for_the_newest_and_is_counted() {
        let (queue, entries) = DropOldest::bounded(2);
        let dropped: Vec<u64> = (1..=4).map(|entry| queue.send(entry)).collect();
        assert_eq!(dropped, [0, 0, 1, 1]);
        assert_eq!(entries.try_iter().collect::<Vec<_>>(), [3, 4]);
        assert_eq!(queue.send(5), 0, "there is room again");
    }
}
