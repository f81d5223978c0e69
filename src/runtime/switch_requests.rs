//! Queues of requests to switch device or voice, one for each thread that can switch.

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use crate::message::Part;
use crate::worker::switching::REQUESTS;
use crate::worker::{Handle, tts};

/// Longest name of a device or voice, in bytes: file systems allow no longer name for a voice, and sound systems cut
/// theirs before.
const LONGEST: usize = 256;

/// The sending ends of the queues.
pub struct SwitchRequests {
    microphone: Sender<String>,
    loudspeaker: Sender<String>,
    voice: Sender<String>,
}

/// The receiving ends of the queues.
pub struct SwitchReceivers {
    pub microphone: Receiver<String>,
    pub loudspeaker: Receiver<String>,
    pub voice: Receiver<String>,
}

impl SwitchRequests {
    pub fn new() -> (Self, SwitchReceivers) {
        let (microphone, microphones) = bounded(REQUESTS);
        let (loudspeaker, loudspeakers) = bounded(REQUESTS);
        let (voice, voices) = bounded(REQUESTS);
        let inbox = SwitchReceivers { microphone: microphones, loudspeaker: loudspeakers, voice: voices };
        (Self { microphone, loudspeaker, voice }, inbox)
    }

    /// Passes a request on. The thread of text to speech is woken for it, since it waits for jobs only.
    ///
    /// # Errors
    /// With a reason to be put into a sentence when the name is too long, or too many requests wait.
    pub fn pass(&self, part: Part, name: String, voice: &Handle<tts::TtsJob>) -> Result<(), &'static str> {
        if name.len() > LONGEST {
            return Err("there is nothing with a name that long; golem ctl offers lists what there is");
        }
        let queue = match part {
            Part::Capture => &self.microphone,
            Part::Playback => &self.loudspeaker,
            Part::Tts => &self.voice,
            _ => return Err("it is not exchanged here"),
        };
        queue.try_send(name).map_err(|error| match error {
            TrySendError::Full(_) => "other changes wait already; try again",
            TrySendError::Disconnected(_) => "its thread has stopped; start golem again",
        })?;
        if part == Part::Tts {
            // Ignore a full queue: its thread wakes up anyway.
            voice.send(tts::TtsJob::Switch);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_requests_wait_and_names_are_short() {
        let (requests, inbox) = SwitchRequests::new();
        let (jobs, woken) = bounded(64);
        let voice = Handle::spawn("voice", jobs, || {}).unwrap();
        for (part, taken) in
            [(Part::Capture, &inbox.microphone), (Part::Playback, &inbox.loudspeaker), (Part::Tts, &inbox.voice)]
        {
            let pass = |name: &str| requests.pass(part, name.into(), &voice);
            assert!(pass(&"x".repeat(LONGEST + 1)).is_err_and(|reason| reason.contains("that long")));
            assert!((0..REQUESTS).all(|_| pass("harp").is_ok()));
            assert!(pass("lute").is_err_and(|reason| reason.contains("wait already")));
            assert_eq!(taken.try_iter().collect::<Vec<_>>(), ["harp"; REQUESTS]);
            assert!(pass("lute").is_ok(), "there is room again");
        }
        assert_eq!(woken.try_iter().count(), REQUESTS + 1, "the voice is woken for what it was sent, and no more");
        drop(inbox);
        assert!(requests.pass(Part::Tts, "harp".into(), &voice).is_err_and(|reason| reason.contains("stopped")));
    }
}
