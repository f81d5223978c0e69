//! The sound for the always-on parts: people over a reply in a room, and a quiet room.

use crate::signal::echo::{EchoPath, EchoSpec};
use crate::signal::frame::{FRAME, RATE};

/// Silence between two recordings, in samples: 0.4 s, a pause that the turn model judges.
const BETWEEN: usize = 2 * RATE as usize / 5;
/// Greatest sample of the noise of a quiet room: -75 dB below full scale as a mean.
const NOISE: f32 = 3e-4;

/// Sound of the microphone and what the loudspeaker was given in the same time, frame by frame.
#[allow(clippy::vec_box)] // frames go on as they come
pub struct LoadScene {
    pub microphone: Vec<Box<[f32; FRAME]>>,
    pub reference: Vec<Box<[f32; FRAME]>>,
    /// The people alone.
    pub speech: Vec<Box<[f32; FRAME]>>,
    /// Whether an utterance or reply is under way, so that each frame is judged at once.
    pub alert: bool,
}

impl LoadScene {
    /// People speak one after the other while `reply` sounds over and over in `room`. All at 16 kHz.
    pub fn talking(people: &[Vec<f32>], reply: &[f32], room: EchoSpec, frames: usize) -> Self {
        let speech = people.iter().flat_map(|one| one.iter().copied().chain(std::iter::repeat_n(0.0, BETWEEN)));
        let length = frames * FRAME;
        let mut speech: Vec<f32> = speech.take(length).collect();
        // If there are too few recordings, repeat them.
        speech = speech.iter().copied().cycle().take(length).collect();
        speech.resize(length, 0.0);
        let played: Vec<f32> = reply.iter().copied().cycle().take(length).collect();
        let mut echo = Vec::with_capacity(length);
        EchoPath::new(room).process(&played, &mut echo);
        let mut random = fastrand::Rng::with_seed(1);
        let heard: Vec<f32> = speech
            .iter()
            .zip(&echo)
            .map(|(voice, echo)| (voice + echo + noise(&mut random)).clamp(-1.0, 1.0))
            .collect();
        Self { microphone: cut(&heard), reference: cut(&played), speech: cut(&speech), alert: true }
    }

    /// Nothing but the noise of a room.
    pub fn quiet(frames: usize) -> Self {
        let mut random = fastrand::Rng::with_seed(2);
        let heard: Vec<f32> = (0..frames * FRAME).map(|_| noise(&mut random)).collect();
        let reference = cut(&vec![0.0; frames * FRAME]);
        Self { speech: cut(&heard), microphone: cut(&heard), reference, alert: false }
    }

    /// Its length.
    #[allow(clippy::cast_precision_loss)] // minutes
    pub fn seconds(&self) -> f64 {
        (self.microphone.len() * FRAME) as f64 / f64::from(RATE)
    }
}

fn noise(random: &mut fastrand::Rng) -> f32 {
    (random.f32() * 2.0 - 1.0) * NOISE
}

#[allow(clippy::vec_box)] // frames go on as they come
fn cut(samples: &[f32]) -> Vec<Box<[f32; FRAME]>> {
    samples.as_chunks::<FRAME>().0.iter().map(|frame| Box::new(*frame)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::level::decibels;

    #[test]
    fn people_are_heard_over_the_reply_and_a_quiet_room_is_quiet() {
        let tone: Vec<f32> = (0..8_000_u16).map(|n| (f32::from(n) * 0.3).sin() * 0.2).collect();
        let scene = LoadScene::talking(std::slice::from_ref(&tone), &tone, "booth,-12dB".parse().unwrap(), 100);
        assert_eq!((scene.microphone.len(), scene.reference.len()), (100, 100));
        assert!(scene.alert && decibels(&scene.microphone[1][..]) > -20.0);
        // A second of speech and silence: the pause has the echo alone.
        assert!(decibels(&scene.microphone[20][..]) < decibels(&scene.microphone[1][..]) - 3.0);
        let quiet = LoadScene::quiet(50);
        assert!((quiet.seconds() - 1.6).abs() < 1e-9 && decibels(&quiet.microphone[9][..]) < -70.0);
    }
}
