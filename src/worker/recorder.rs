//! The recorder: keeps the pre-roll, and passes an open utterance on to speech to text.

use ringbuf::LocalRb;
use ringbuf::storage::Heap;
use ringbuf::traits::Observer as _;

use super::asr::AsrJob;
use crate::engine::speaker::voiced;
use crate::signal::frame::{FRAME, RATE};
use crate::transcribe::agreement::READ_EVERY;

/// Samples of an utterance's end that are also the pre-roll of the next one: 200 ms, no more than the shortest silence
/// that ends a turn. A voice that sets in just before the end is not lost, and decoded words do not come twice.
const OVERLAP: usize = 200 * RATE as usize / 1_000;

/// The longest audio that is judged as a turn, in samples: the input of the turn model.
const TURN: usize = 8 * RATE as usize;
/// Audio of a turn from before its utterance was opened, in samples: half a second, and the 100 ms that confirmed the
/// voice.
const LEAD: usize = 600 * RATE as usize / 1_000;

/// Probability from which on a frame counts as the speaker's voice, as in `golem bench speaker`.
const VOICED: f32 = 0.5;

/// Audio that is kept for a wake phrase, in samples: 2.2 s, for a long phrase and the delay of its detection.
const CALL: usize = 2_200 * RATE as usize / 1_000;

/// Keeps the newest audio, so that the sounds before a confirmed voice are not lost.
pub struct Recorder {
    newest: LocalRb<Heap<f32>>,
    /// The voice probability of each whole frame in `newest`.
    probabilities: LocalRb<Heap<f32>>,
    /// Samples of the pre-roll.
    pre_roll: usize,
    open: Option<u64>,
    /// Samples of the newest audio that belong to no utterance yet.
    unused: usize,
    /// Samples of the newest audio that belong to the open utterance, or would if one were opened now.
    turn: usize,
    /// Frames of the open utterance since its last interim reading.
    unread: usize,
}

impl Recorder {
    /// A recorder that remembers `pre_roll_ms` milliseconds.
    pub fn new(pre_roll_ms: u64) -> Self {
        let samples = usize::try_from(pre_roll_ms * u64::from(RATE) / 1000).unwrap_or(usize::MAX);
        let pre_roll = samples.clamp(FRAME, 60 * RATE as usize);
        let kept = pre_roll.max(TURN);
        let (newest, probabilities) = (LocalRb::new(kept), LocalRb::new(kept / FRAME));
        Self { newest, probabilities, pre_roll, open: None, unused: 0, turn: 0, unread: 0 }
    }

    /// Takes a frame and its voice probability. While an utterance is open, returns the job that passes the frame on.
    pub fn push(&mut self, frame: &[f32; FRAME], probability: f32) -> Option<AsrJob> {
        self.newest.push_slice_overwrite(frame);
        self.probabilities.push_overwrite(probability);
        self.unused = (self.unused + FRAME).min(self.pre_roll.max(CALL));
        self.turn = (self.turn + FRAME).min(if self.open.is_some() { TURN } else { LEAD });
        self.unread = self.unread.saturating_add(1);
        self.open.map(|_| AsrJob::Audio(frame.to_vec()))
    }

    /// The open utterance, if an interim reading is due, and only while its voice is heard. In a pause
    /// the utterance may end, and the final reading comes first.
    pub fn interim(&mut self) -> Option<u64> {
        let voiced = self.probabilities.last().is_some_and(|probability| *probability >= VOICED);
        let open = self.open.filter(|_| voiced && self.unread >= READ_EVERY)?;
        self.unread = 0;
        Some(open)
    }

    /// Opens an utterance: its first audio is the pre-roll.
    pub fn listen(&mut self, utterance: u64) -> [AsrJob; 2] {
        self.unused = self.unused.min(self.pre_roll);
        self.listen_back(utterance)
    }

    /// Opens an utterance at its wake phrase: its first audio is the phrase, and what was said just before it.
    pub fn listen_back(&mut self, utterance: u64) -> [AsrJob; 2] {
        self.open = Some(utterance);
        self.unread = 0;
        let unused = std::mem::take(&mut self.unused);
        let audio = self.last(unused);
        [AsrJob::Begin(utterance), AsrJob::Audio(audio)]
    }

    /// Opens an utterance behind its wake phrase: its first audio is the little that was said before the phrase was
    /// noticed.
    pub fn listen_on(&mut self, utterance: u64) -> [AsrJob; 2] {
        self.unused = self.unused.min(OVERLAP);
        self.listen_back(utterance)
    }

    /// Forgets the pre-roll: speech from before the microphone was muted does not belong to later speech.
    pub fn forget(&mut self) {
        (self.unused, self.turn) = (0, 0);
    }

    /// Stops recording `utterance`, if it is the open one.
    pub fn close(&mut self, utterance: u64) {
        if self.open.take_if(|open| *open == utterance).is_some() {
            (self.unused, self.turn) = (self.unused.min(OVERLAP), self.turn.min(OVERLAP));
        }
    }

    /// The audio of `utterance` so far, with its silences and up to 600 ms before it: at most the newest eight seconds.
    /// `None` if it is not the open one.
    pub fn turn(&mut self, utterance: u64) -> Option<Vec<f32>> {
        self.open.filter(|open| *open == utterance)?;
        Some(self.last(self.turn))
    }

    /// The voiced parts of the audio that [`Recorder::turn`] returns.
    pub fn voice(&mut self, utterance: u64) -> Option<Vec<f32>> {
        self.open.filter(|open| *open == utterance)?;
        let frames = (self.turn / FRAME).min(self.probabilities.occupied_len());
        let earlier = self.probabilities.occupied_len() - frames;
        let probabilities: Vec<f32> = self.probabilities.iter().skip(earlier).copied().collect();
        Some(voiced(&self.last(frames * FRAME), &probabilities, VOICED))
    }

    /// The newest `samples` samples.
    fn last(&mut self, samples: usize) -> Vec<f32> {
        let earlier = self.newest.occupied_len().saturating_sub(samples);
        self.newest.iter().skip(earlier).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pre_roll_comes_first_and_nothing_comes_twice() {
        let mut recorder = Recorder::new(64);
        for n in 0..5_u8 {
            assert!(recorder.push(&[f32::from(n); FRAME], 0.9).is_none());
        }
        let [begin, pre_roll] = recorder.listen(7);
        assert!(matches!(begin, AsrJob::Begin(7)));
        let AsrJob::Audio(audio) = pre_roll else { panic!("audio expected") };
        assert_eq!(
            (audio.len(), audio[0].to_bits(), audio[1023].to_bits()),
            (1024, 3.0_f32.to_bits(), 4.0_f32.to_bits())
        );
        assert!(matches!(recorder.push(&[9.0; FRAME], 0.9), Some(AsrJob::Audio(audio)) if audio.len() == FRAME));
        recorder.close(6);
        assert!(recorder.push(&[9.0; FRAME], 0.9).is_some());
        recorder.close(7);
        assert!(recorder.push(&[9.0; FRAME], 0.9).is_none());
    }

    #[test]
    fn a_turn_is_what_was_heard_from_shortly_before_the_utterance_on() {
        let mut recorder = Recorder::new(800);
        (0..40).for_each(|_| drop(recorder.push(&[1.0; FRAME], 0.9)));
        assert!(recorder.turn(1).is_none());
        recorder.listen(1);
        assert_eq!(recorder.turn(1).unwrap().len(), LEAD);
        recorder.push(&[2.0; FRAME], 0.9);
        let turn = recorder.turn(1).unwrap();
        assert_eq!(
            (turn.len(), turn[LEAD - 1].to_bits(), turn[LEAD].to_bits()),
            (LEAD + FRAME, 1.0_f32.to_bits(), 2.0_f32.to_bits())
        );
        (0..300).for_each(|_| drop(recorder.push(&[3.0; FRAME], 0.9)));
        assert_eq!(recorder.turn(1).unwrap(), vec![3.0; TURN]);
        recorder.close(1);
        recorder.push(&[4.0; FRAME], 0.9);
        recorder.listen(2);
        assert!(recorder.turn(1).is_none());
        assert_eq!(recorder.turn(2).unwrap().len(), OVERLAP + FRAME);
    }

    #[test]
    fn the_voice_of_a_turn_is_what_was_heard_of_it_without_its_silences() {
        let mut recorder = Recorder::new(800);
        (0..40).for_each(|_| drop(recorder.push(&[1.0; FRAME], 0.0)));
        recorder.listen(1);
        (0..20).for_each(|_| drop(recorder.push(&[2.0; FRAME], 0.9)));
        (0..20).for_each(|_| drop(recorder.push(&[3.0; FRAME], 0.1)));
        let voice = recorder.voice(1).unwrap();
        let of = |level: f32| voice.iter().filter(|sample| (**sample - level).abs() < 0.5).count() / FRAME;
        assert_eq!((of(1.0), of(2.0), of(3.0)), (3, 20, 3), "and what stands near the voice");
        (0..600).for_each(|_| drop(recorder.push(&[4.0; FRAME], 0.9)));
        assert_eq!(recorder.voice(1).unwrap(), vec![4.0; TURN]);
        assert!(recorder.voice(2).is_none());
    }

    #[test]
    fn the_words_so_far_are_read_every_so_often_while_the_voice_is_heard() {
        let mut recorder = Recorder::new(800);
        let push = |recorder: &mut Recorder, frames: usize, probability: f32| {
            let read = |_| {
                recorder.push(&[1.0; FRAME], probability);
                recorder.interim()
            };
            (0..frames).filter_map(read).collect::<Vec<_>>()
        };
        assert!(push(&mut recorder, 60, 0.9).is_empty(), "no utterance is open");
        recorder.listen(3);
        assert_eq!(push(&mut recorder, 45, 0.9), [3, 3]);
        assert!(push(&mut recorder, 60, 0.1).is_empty(), "it may end");
        assert_eq!(push(&mut recorder, 1, 0.9), [3]);
        recorder.close(3);
        assert!(push(&mut recorder, 60, 0.9).is_empty());
    }

    #[test]
    fn a_wake_phrase_is_recorded_from_before_the_pre_roll() {
        let mut recorder = Recorder::new(64);
        (0..100).for_each(|_| drop(recorder.push(&[1.0; FRAME], 0.9)));
        let [_, AsrJob::Audio(audio)] = recorder.listen_back(1) else { panic!("audio expected") };
        assert_eq!(audio.len(), CALL);
        (0..100).for_each(|_| drop(recorder.push(&[1.0; FRAME], 0.9)));
        let [_, AsrJob::Audio(audio)] = recorder.listen_on(2) else { panic!("audio expected") };
        assert_eq!(audio.len(), OVERLAP, "for ears that are not to hear it");
    }

    #[test]
    fn what_was_said_before_the_microphone_was_muted_is_forgotten() {
        let mut recorder = Recorder::new(800);
        (0..40).for_each(|_| drop(recorder.push(&[1.0; FRAME], 0.9)));
        recorder.forget();
        let [_, AsrJob::Audio(audio)] = recorder.listen(1) else { panic!("audio expected") };
        assert!(audio.is_empty());
    }

    #[test]
    fn what_was_decoded_is_no_pre_roll_of_the_next_utterance() {
        let mut recorder = Recorder::new(800);
        recorder.listen(1);
        (0..40).for_each(|_| drop(recorder.push(&[1.0; FRAME], 0.9)));
        recorder.close(1);
        recorder.push(&[2.0; FRAME], 0.9);
        let [_, AsrJob::Audio(audio)] = recorder.listen(2) else { panic!("audio expected") };
        assert_eq!(audio.len(), OVERLAP + FRAME);
    }
}
