//! Properties of a whole golem on the virtual clock, down to the samples, whoever speaks over it.

use std::ops::ControlFlow;

use golem::config::{BargeMode, Config};
use golem::device::DeviceError;
use golem::engine::fake::{FixedReply, LoudnessVad, Script, ToneVoice};
use golem::message::{Note, Request, State, Time};
use golem::replay::input::ReplayInput;
use golem::replay::latency::Latency;
use golem::replay::{Audience, Engines, Replay};
use golem::signal::frame::RATE;
use proptest::prelude::*;

/// Samples of 10 ms: the longest fade.
const FADE: usize = RATE as usize / 100;
const SAID: [&str; 6] = ["", "stop", "uh-huh", "tell me something else", "хватит", "Thank you."];
const REPLY: &str = "Here you are. This is the second sentence of a reply, and it goes on. The third one ends it.";

/// A voice over a reply: its beginning and length in milliseconds, and the reply.
type Voice = (u64, u64, usize);

/// The events and the sound of a run.
#[derive(Default)]
struct Heard {
    events: Vec<String>,
    sound: Vec<f32>,
    /// Sample since which everything must be silent.
    silent_from: Option<usize>,
    stale: Option<String>,
    cuts: usize,
}

impl Audience for Heard {
    fn note(&mut self, now: Time, note: &Note) {
        match note {
            Note::Cut { .. } | Note::Cancel { .. } => {
                self.cuts += 1;
                self.silent_from.get_or_insert(self.sound.len() + FADE);
            }
            // From here on a sound is a new one, or one that was resumed.
            Note::Resume { .. } | Note::Clause { .. } => self.silent_from = None,
            _ => {}
        }
        self.events.push(format!("{now:?} {note:?}"));
    }

    fn sound(&mut self, samples: &[f32]) -> Result<ControlFlow<()>, DeviceError> {
        let begin = self.sound.len();
        self.sound.extend_from_slice(samples);
        if let Some(from) = self.silent_from {
            let late = (begin..).zip(samples).find(|(at, sample)| *at >= from && **sample != 0.0);
            if let Some((at, sample)) = late {
                self.stale.get_or_insert(format!("{sample} at sample {at}, to be silent from {from}"));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

fn replay(mode: BargeMode, latency: Latency, voices: &[Voice], said: &[&'static str]) -> (Heard, State) {
    let mut config = Config::default();
    config.barge_in.mode = mode;
    let engines = Engines {
        vad: Box::new(LoudnessVad),
        turn: None,
        speaker: None,
        wake: None,
        asr: Box::new(Script::new(said.iter().copied())),
        understander: None,
        llm: Some(Box::new(FixedReply::new(REPLY))),
        tts: Box::new(ToneVoice),
    };
    let mut replay = Replay::new(&config, engines, None, latency, RATE);
    let mut input = ReplayInput::new([], None);
    for (after, length, reply) in voices {
        let samples = usize::try_from(length * u64::from(RATE) / 1_000).expect("short voices");
        input.interrupt(vec![0.3; samples], Time::from_millis(*after), *reply);
    }
    replay.request(Request::Ask { text: "say something".into() });
    let mut heard = Heard::default();
    replay.run(&mut input, &mut heard).expect("nothing is read or written");
    (heard, replay.dialog().state())
}

fn latency() -> impl Strategy<Value = Latency> {
    (0_u64..1_500, 0_u64..60, 0_u64..400).prop_map(|(asr, llm, tts)| {
        let ms = |ms| Some(Time::from_millis(ms));
        Latency { asr: ms(asr), llm: ms(llm), tts: ms(tts), act: Some(Time::ZERO), turn: None, speaker: None }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_a_cut_not_one_stale_sample_is_played_and_runs_repeat(
        mode in proptest::sample::select(vec![BargeMode::Judge, BargeMode::Judge, BargeMode::Instant]),
        latency in latency(),
        voices in proptest::collection::vec((0_u64..4_000, 20_u64..1_200, 1_usize..4), 1..5),
        said in proptest::collection::vec(proptest::sample::select(SAID.to_vec()), 0..6),
    ) {
        let (heard, state) = replay(mode, latency, &voices, &said);
        prop_assert_eq!(heard.stale, None);
        prop_assert_eq!(state, State::Idle);
        let (again, _) = replay(mode, latency, &voices, &said);
        prop_assert_eq!(heard.events, again.events);
        prop_assert!(heard.sound == again.sound, "the same events sound different");
    }
}

#[test]
fn a_voice_over_the_reply_does_cut_it() {
    let latency = "asr=100ms,llm=5ms,tts=20ms".parse().expect("a latency");
    let (heard, _) = replay(BargeMode::Judge, latency, &[(1_000, 600, 1)], &["tell me something else"]);
    assert_eq!((heard.cuts, heard.stale), (2, None), "one cut and one cancel: {:#?}", heard.events);
}
