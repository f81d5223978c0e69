//! The loudspeaker in playback's thread: awake while it is needed, and exchanged on request.

use crossbeam_channel::Receiver;

use super::playback::Need;
use super::switching::PartObserver;
use crate::device::playback::Playback;

/// A loudspeaker, requests for another one, and the observer of both.
pub struct Loudspeaker {
    playback: Playback,
    requests: Receiver<String>,
    observer: Box<dyn PartObserver>,
}

impl Loudspeaker {
    /// A loudspeaker that rests until there is something to play.
    pub fn new(mut playback: Playback, requests: Receiver<String>, observer: Box<dyn PartObserver>) -> Self {
        playback.rest();
        Self { playback, requests, observer }
    }

    /// Checks the loudspeaker; called a few times a second.
    pub fn tend(&mut self, need: Need) {
        let Self { playback, requests, observer } = self;
        match need {
            Need::Sound => playback.wake(),
            Need::Rest => playback.rest(),
        }
        if let Some(notice) = playback.tend() {
            observer.notice(notice);
            observer.found(playback.id(), playback.name());
        }
        requests.try_iter().for_each(|name| playback.switch(&name));
        match playback.switched() {
            Some(Ok(())) => observer.switched(playback.id(), playback.name()),
            Some(Err(error)) => observer.refused(&error.to_string()),
            None => {}
        }
    }
}
