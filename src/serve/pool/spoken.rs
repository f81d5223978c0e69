//! The events of a text on their way from the voice to the reader. The sound among them is counted, so that a slow
//! reader does not fill the memory: its text is spoken on when it has taken some.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam_channel::Sender;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Seconds of sound that may wait for a reader before its text is spoken no further. A reader that plays what it takes
/// does not run out of sound while other texts have their turns and a voice is loaded for them; and 30 s are 3 MB at
/// 24 kHz.
const AHEAD_S: usize = 30;

/// The events of a text, in order.
#[derive(Debug)]
pub enum SpokenEvent {
    /// Mono samples, -1..=1, and their rate in hertz, which is the same for all of a text.
    Piece(Vec<f32>, u32),
    /// All of it has been spoken. Nothing follows.
    End,
    /// It cannot be spoken, or not further; why. Nothing follows.
    Fault(SpeakFault),
}

/// Why a text is not spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpeakFault {
    /// There is no such voice.
    Voice(String),
    /// The voice has no such speaker.
    Speaker(String),
    /// The engine broke.
    Failed(String),
}

/// The voice's end of the events of a text.
pub struct SpokenSender {
    events: UnboundedSender<SpokenEvent>,
    /// Samples that the reader has not taken yet.
    waiting: Arc<AtomicUsize>,
    /// Most samples that may wait; 0 before the first.
    most: usize,
}

/// The reader's end of the events of a text.
pub struct SpokenReceiver {
    events: UnboundedReceiver<SpokenEvent>,
    waiting: Arc<AtomicUsize>,
    taken: Sender<()>,
}

/// The two ends for a text. `taken` gets a sign each time that the reader has taken sound, and when it leaves.
pub fn channel(taken: Sender<()>) -> (SpokenSender, SpokenReceiver) {
    let (sender, events) = unbounded_channel();
    let waiting = Arc::<AtomicUsize>::default();
    let receiver = SpokenReceiver { events, waiting: Arc::clone(&waiting), taken };
    (SpokenSender { events: sender, waiting, most: 0 }, receiver)
}

impl SpokenSender {
    /// Sends sound: mono samples, -1..=1, of `rate` hertz.
    pub fn piece(&mut self, samples: Vec<f32>, rate: u32) {
        self.most = AHEAD_S * rate as usize;
        self.waiting.fetch_add(samples.len(), Ordering::Relaxed);
        // The reader may have gone.
        let _ = self.events.send(SpokenEvent::Piece(samples, rate));
    }

    /// Sends the last event.
    pub fn end(&self, last: SpokenEvent) {
        // The reader may have gone.
        let _ = self.events.send(last);
    }

    /// Whether so much sound waits that the reader should take some before more is made.
    pub fn is_full(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > self.most
    }

    /// Whether the reader has gone.
    pub fn is_closed(&self) -> bool {
        self.events.is_closed()
    }
}

impl SpokenReceiver {
    /// The next event; `None` after the last one, and when the voice has ended. Cancelling the wait loses nothing.
    pub async fn recv(&mut self) -> Option<SpokenEvent> {
        let event = self.events.recv().await?;
        if let SpokenEvent::Piece(samples, _) = &event {
            self.waiting.fetch_sub(samples.len(), Ordering::Relaxed);
            self.sign();
        }
        Some(event)
    }

    fn sign(&self) {
        // The voice may have ended.
        let _ = self.taken.send(());
    }
}

impl Drop for SpokenReceiver {
    fn drop(&mut self) {
        // Close before the sign: the voice looks once at whether the reader is there.
        self.events.close();
        self.sign();
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::unbounded;
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn half_a_minute_of_sound_may_wait_for_its_reader() {
        let (taken, signs) = unbounded();
        let (mut sender, mut receiver) = channel(taken);
        assert!(!sender.is_full());
        for _ in 0..3 {
            sender.piece(vec![0.0; 10 * 8_000], 8_000);
        }
        assert!(!sender.is_full());
        sender.piece(vec![0.0], 8_000);
        assert!(sender.is_full() && signs.is_empty());
        let taken = receiver.recv().now_or_never().flatten();
        assert!(matches!(taken, Some(SpokenEvent::Piece(samples, 8_000)) if samples.len() == 80_000));
        assert_eq!((sender.is_full(), sender.is_closed(), signs.len()), (false, false, 1));
        drop(receiver);
        assert_eq!((sender.is_closed(), signs.len()), (true, 2));
    }

    #[test]
    fn the_last_event_comes_after_all_sound() {
        let (taken, _signs) = unbounded();
        let (mut sender, mut receiver) = channel(taken);
        sender.piece(vec![0.0; 5], 16_000);
        sender.end(SpokenEvent::End);
        drop(sender);
        let mut next = || receiver.recv().now_or_never().unwrap();
        assert!(matches!(next(), Some(SpokenEvent::Piece(..))));
        assert!(matches!(next(), Some(SpokenEvent::End)));
        assert!(next().is_none());
    }
}
