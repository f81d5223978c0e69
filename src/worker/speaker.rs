//! The speaker check: the voice of an utterance, compared with the enrolled voices and with golem's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender};

use crate::engine::speaker::{KnownVoices, KnownVoicesError, SpeakerEncoder, VoicePrint};
use crate::message::{Event, Part, VoiceLikeness};
use crate::signal::frame::{FRAME, RATE};
use crate::signal::level::decibels;
use crate::signal::resample::resample;

/// Seconds of golem's own voice after which more of it changes little (`golem bench speaker`: no error from one second
/// on).
const ENOUGH: usize = 8;
/// Level in decibels below which golem's own sound is a pause between words.
const PAUSE: f32 = -45.0;

/// Work for the speaker check.
#[derive(Clone, Debug)]
pub enum SpeakerJob {
    /// Read the enrolled voices again, and the model if there is none yet.
    Open,
    /// Say whose voice this is.
    Identify {
        /// Number of the utterance.
        utterance: u64,
        /// Number of the question about this utterance.
        pause: u32,
        /// The voiced parts of what was heard: 16 kHz, -1..=1.
        audio: Vec<f32>,
    },
    /// Learn golem's own voice from this.
    Own {
        /// The voice it speaks with.
        voice: String,
        /// Its sound, -1..=1.
        samples: Vec<f32>,
        /// Sample rate in hertz.
        rate: u32,
    },
}

/// The channel for golem's own sound, used while the sound is wanted.
#[derive(Clone, Debug)]
pub struct OwnSound {
    wanted: Arc<AtomicBool>,
    jobs: Sender<SpeakerJob>,
}

impl OwnSound {
    /// A channel to the worker behind `jobs`.
    pub fn new(jobs: Sender<SpeakerJob>, wanted: bool) -> Self {
        Self { wanted: Arc::new(AtomicBool::new(wanted)), jobs }
    }

    /// Sets whether the sound is wanted.
    pub fn want(&self, wanted: bool) {
        self.wanted.store(wanted, Ordering::Relaxed);
    }

    /// Passes on what golem says; a worker that lags behind misses it.
    pub fn say(&self, voice: impl FnOnce() -> String, samples: &[f32], rate: u32) {
        if self.wanted.load(Ordering::Relaxed) {
            let _ = self.jobs.try_send(SpeakerJob::Own { voice: voice(), samples: samples.to_vec(), rate });
        }
    }
}

/// Golem's own voice, learnt from what it has said.
#[derive(Debug, Default)]
struct OwnVoice {
    name: String,
    /// The sound that was said: 16 kHz, without pauses.
    samples: Vec<f32>,
    /// The voice print, and the number of samples that it was made from.
    print: Option<(usize, VoicePrint)>,
}

impl OwnVoice {
    fn hear(&mut self, name: String, samples: &[f32], rate: u32) {
        if name != self.name {
            *self = Self { name, ..Self::default() };
        }
        if self.samples.len() < ENOUGH * RATE as usize {
            let sound = resample(samples, rate, RATE);
            self.samples.extend(sound.chunks(FRAME).filter(|frame| decibels(frame) > PAUSE).flatten());
        }
    }

    /// The voice print of all that was said.
    fn print(&mut self, encoder: &mut dyn SpeakerEncoder) -> Option<&VoicePrint> {
        let samples = self.samples.len();
        if self.print.as_ref().is_none_or(|(of, _)| *of != samples) {
            self.print = encoder.encode(&self.samples).map(|print| (samples, print));
        }
        self.print.as_ref().map(|(_, print)| print)
    }
}

/// The likeness of `audio` (16 kHz, -1..=1, without pauses) to the known voices, and to golem's own if that is given;
/// `None` for silence.
pub fn compare(known: &mut KnownVoices, own: Option<&VoicePrint>, audio: &[f32]) -> Option<VoiceLikeness> {
    let print = known.encoder.encode(audio)?;
    let enrolled = known.enrolled.iter().map(|voice| voice.similarity(&print)).max_by(f32::total_cmp)?;
    let own = own.map(|own| own.similarity(&print));
    #[allow(clippy::cast_precision_loss)] // some seconds
    let seconds = audio.len() as f32 / RATE as f32;
    Some(VoiceLikeness { enrolled, own, seconds })
}

/// Opens the known voices.
pub type OpenVoices = Box<dyn FnMut() -> Result<KnownVoices, KnownVoicesError> + Send>;

/// Compares voices.
pub struct SpeakerWorker {
    known: Option<KnownVoices>,
    own: OwnVoice,
}

impl SpeakerWorker {
    /// A worker that knows these voices; without any it answers each question without a likeness.
    pub fn new(known: Option<KnownVoices>) -> Self {
        Self { known, own: OwnVoice::default() }
    }

    /// Gives the voices back.
    pub fn into_known(self) -> Option<KnownVoices> {
        self.known
    }

    /// Takes golem's own sound, or answers whose voice an utterance is in.
    pub fn step(&mut self, job: SpeakerJob) -> Option<Event> {
        match job {
            SpeakerJob::Open => None,
            SpeakerJob::Own { voice, samples, rate } => {
                self.own.hear(voice, &samples, rate);
                None
            }
            SpeakerJob::Identify { utterance, pause, audio } => {
                Some(Event::Speaker { utterance, pause, voice: self.compare(&audio) })
            }
        }
    }

    /// The likeness of `audio` to the known voices; `None` if no voice is known, or for silence.
    fn compare(&mut self, audio: &[f32]) -> Option<VoiceLikeness> {
        let known = self.known.as_mut()?;
        let own = self.own.print(&mut *known.encoder);
        compare(known, own, audio)
    }

    /// Works until the job channel closes. Of several waiting questions about one utterance, only the newest is
    /// answered.
    pub fn run(mut self, jobs: &Receiver<SpeakerJob>, events: &Sender<Event>, mut open: OpenVoices) {
        while let Ok(job) = jobs.recv() {
            let mut waiting: Vec<SpeakerJob> = std::iter::once(job).chain(jobs.try_iter()).collect();
            drop_outdated(&mut waiting);
            for job in waiting {
                let event = if matches!(job, SpeakerJob::Open) { self.open(&mut open) } else { self.step(job) };
                if event.is_some_and(|event| events.send(event).is_err()) {
                    return;
                }
            }
        }
    }

    /// Reads the voices again. If they cannot be read, every voice is unknown.
    fn open(&mut self, open: &mut OpenVoices) -> Option<Event> {
        match open() {
            Ok(known) => {
                self.known = Some(known);
                None
            }
            Err(error) => {
                self.known = None;
                let reason = format!("{error}; until then golem does not know whose voice it hears");
                Some(Event::Failed { part: Part::Vad, number: 0, reason })
            }
        }
    }
}

/// Drops each question about an utterance that has a newer one.
fn drop_outdated(jobs: &mut Vec<SpeakerJob>) {
    let number =
        |job: &SpeakerJob| if let SpeakerJob::Identify { utterance, .. } = job { Some(*utterance) } else { None };
    let numbers: Vec<Option<u64>> = jobs.iter().map(number).collect();
    let mut at = 0;
    jobs.retain(|_| {
        at += 1;
        numbers[at - 1].is_none() || !numbers[at..].contains(&numbers[at - 1])
    });
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::unbounded;

    use super::*;

    /// A voice is the direction of its first two samples.
    #[derive(Default)]
    struct First(Vec<f32>);

    impl SpeakerEncoder for First {
        fn name(&self) -> &'static str {
            "first"
        }

        fn start(&mut self) {
            self.0.clear();
        }

        fn accept(&mut self, samples: &[f32]) {
            self.0.extend(samples);
        }

        fn finish(&mut self) -> Option<VoicePrint> {
            VoicePrint::new(self.0.iter().take(2).copied().collect())
        }
    }

    fn known() -> KnownVoices {
        let print = |numbers: [f32; 2]| VoicePrint::new(numbers.to_vec()).unwrap();
        KnownVoices { encoder: Box::new(First::default()), enrolled: vec![print([1.0, 0.0]), print([0.8, 0.6])] }
    }

    fn asked(utterance: u64, pause: u32, voice: [f32; 2]) -> SpeakerJob {
        SpeakerJob::Identify {
            utterance,
            pause,
            audio: voice.into_iter().chain(std::iter::repeat_n(0.0, 15_998)).collect(),
        }
    }

    #[test]
    fn the_nearest_enrolled_voice_counts_and_golem_is_known_by_what_it_said() {
        let mut worker = SpeakerWorker::new(Some(known()));
        let heard = |event| match event {
            Some(Event::Speaker { utterance: 3, pause: 1, voice: Some(voice) }) => voice,
            event => panic!("{event:?}"),
        };
        let voice = heard(worker.step(asked(3, 1, [0.6, 0.8])));
        assert!((voice.enrolled - 0.96).abs() < 1e-6 && (voice.seconds - 1.0).abs() < 1e-6, "{voice:?}");
        assert_eq!(voice.own, None);
        for (name, sound) in [("one", [0.8, 0.6]), ("other", [0.0, 1.0])] {
            let samples = sound.repeat(FRAME);
            worker.step(SpeakerJob::Own { voice: name.into(), samples, rate: RATE });
        }
        let voice = heard(worker.step(asked(3, 1, [0.0, 1.0])));
        assert!(voice.own.is_some_and(|own| own > 0.999), "the voice in use counts, not the one before: {voice:?}");
    }

    #[test]
    fn what_cannot_be_compared_is_answered_all_the_same() {
        let unknown = Some(Event::Speaker { utterance: 1, pause: 2, voice: None });
        assert_eq!(SpeakerWorker::new(None).step(asked(1, 2, [1.0, 0.0])), unknown);
        assert_eq!(SpeakerWorker::new(Some(known())).step(asked(1, 2, [0.0, 0.0])), unknown);
    }

    #[test]
    fn of_the_questions_about_one_utterance_the_newest_is_answered() {
        let (jobs_in, jobs) = unbounded();
        let (events_in, events) = unbounded();
        for (utterance, pause) in [(1, 1), (1, 2), (2, 1)] {
            jobs_in.send(asked(utterance, pause, [1.0, 0.0])).unwrap();
        }
        drop(jobs_in);
        SpeakerWorker::new(None).run(&jobs, &events_in, Box::new(|| Ok(known())));
        let answered =
            |event| if let Event::Speaker { utterance, pause, .. } = event { (utterance, pause) } else { (0, 0) };
        assert_eq!(events.try_iter().map(answered).collect::<Vec<_>>(), [(1, 2), (2, 1)]);
    }

    #[test]
    fn voices_that_cannot_be_read_are_reported_and_unknown() {
        let (jobs_in, jobs) = unbounded();
        let (events_in, events) = unbounded();
        for job in [SpeakerJob::Open, asked(1, 1, [1.0, 0.0])] {
            jobs_in.send(job).unwrap();
        }
        drop(jobs_in);
        SpeakerWorker::new(Some(known())).run(&jobs, &events_in, Box::new(|| Err(KnownVoicesError::NoneEnrolled)));
        let events: Vec<Event> = events.try_iter().collect();
        assert!(matches!(&events[0], Event::Failed { reason, .. } if reason.contains("golem enroll")), "{events:?}");
        assert_eq!(events[1], Event::Speaker { utterance: 1, pause: 1, voice: None });
    }

    #[test]
    fn own_sound_is_passed_on_only_while_it_is_wanted() {
        let (jobs_in, jobs) = unbounded();
        let sound = OwnSound::new(jobs_in, false);
        sound.say(|| panic!("not even its name is asked for"), &[0.5], RATE);
        sound.want(true);
        sound.say(|| "joe".into(), &[0.5], RATE);
        assert!(matches!(jobs.try_recv(), Ok(SpeakerJob::Own { voice, .. }) if voice == "joe") && jobs.is_empty());
    }
}
