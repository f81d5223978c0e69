//! A client's end of its live session: a queue of a few seconds of sound, and the events.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, unbounded};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::event::{LiveEvent, LiveInput};
use super::settings::LiveSettings;
use super::worker::{LiveJob, QueuedInput};
use crate::serve::sessions::SessionPlace;

/// Sound that may wait to be heard, in milliseconds; then the client has to wait.
const ROOM_MS: u32 = 8_000;

/// A session. Dropping it ends the work.
pub struct LiveSession {
    /// The events. A client that takes none gets few, because its sound is then not taken either.
    pub events: UnboundedReceiver<LiveEvent>,
    /// The client's place, which it has until it was sent the last words.
    pub place: Arc<SessionPlace>,
    inputs: Sender<QueuedInput>,
    room: Arc<Semaphore>,
}

impl LiveSession {
    /// A session of a client that holds `place`, and the job for its listener. The place may be given away from here on.
    pub fn open(settings: LiveSettings, place: Arc<SessionPlace>) -> (Self, LiveJob) {
        let (inputs, queue) = unbounded();
        let (sender, events) = unbounded_channel();
        place.begin_live(Instant::now());
        let job = LiveJob { settings, inputs: queue, events: sender, place: Arc::clone(&place) };
        (Self { events, place, inputs, room: Arc::new(Semaphore::new(ROOM_MS as usize)) }, job)
    }

    /// Gives mono samples (-1..=1) of `rate` hertz, and waits until there is room for them.
    pub async fn sound(&self, samples: &[f32], rate: u32) {
        let second = rate.max(1) as usize;
        for piece in samples.chunks(second) {
            let milliseconds = u32::try_from(piece.len() * 1_000 / second).unwrap_or(ROOM_MS);
            self.queue(LiveInput::Sound(piece.to_vec(), rate), milliseconds).await;
        }
        self.place.heard(Duration::from_micros(samples.len() as u64 * 1_000_000 / second as u64));
    }

    /// Gives another input, in its order among the sound.
    pub async fn give(&self, input: LiveInput) {
        self.queue(input, 1).await;
    }

    /// Notes that the client uses the session, though what it sent is no input.
    pub fn touch(&self) {
        self.place.activity(|activity| activity.touch(Instant::now()));
    }

    async fn queue(&self, input: LiveInput, milliseconds: u32) {
        self.place.activity(|activity| activity.queue(Instant::now()));
        let room = Arc::clone(&self.room).acquire_many_owned(milliseconds.clamp(1, ROOM_MS)).await;
        // The semaphore is never closed. A worker that has ended has reported it in the events.
        if let Ok(room) = room {
            let _ = self.inputs.send(QueuedInput { input, _room: room });
        }
    }
}
