//! Events of any kind, in any order and at any time, and settings of any kind.

use golem::config::echo::Canceller;
use golem::config::speaker::SpeakerPolicy;
use golem::config::{Ahead, BargeMode, Config, ListenMode};
use golem::message::{EchoState, Event, Part, Request, Time, Timing, Transcript, VoiceLikeness};
use golem::order::Outcome;
use proptest::prelude::*;

use super::{PIECES, SAID};

pub fn probability() -> impl Strategy<Value = f32> {
    prop_oneof![6 => Just(0.9), 6 => Just(0.02), 2 => 0.0_f32..1.0, 1 => Just(f32::NAN), 1 => Just(f32::INFINITY)]
}

fn command() -> impl Strategy<Value = Request> {
    prop_oneof![
        Just(Request::Stop),
        any::<bool>().prop_map(Request::mute),
        any::<bool>().prop_map(|on| Request::Talk { on }),
        prop_oneof![Just(""), Just("what is this?")].prop_map(|text| Request::Ask { text: text.into() }),
        Just(Request::Repeat),
        any::<bool>().prop_map(|yes| Request::Answer { yes }),
    ]
}

fn part() -> impl Strategy<Value = Part> {
    let all = [Part::Capture, Part::Vad, Part::Asr, Part::Llm, Part::Tts, Part::Playback];
    proptest::sample::select(all.to_vec())
}

/// Numbers that are often right: small ones.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0_u64..6, 1 => any::<u64>()]
}

fn echo() -> impl Strategy<Value = EchoState> {
    let all = [EchoState::Absent, EchoState::Learning, EchoState::Settling, EchoState::Cancelled, EchoState::Leaking];
    proptest::sample::select(all.to_vec())
}

fn event() -> impl Strategy<Value = Event> {
    let samples = prop_oneof![Just(0_u64), 1_u64..40_000, any::<u64>()];
    let clause = prop_oneof![8 => 0_usize..4, 1 => any::<usize>()];
    let timing = (samples.clone(), prop_oneof![Just(0_u32), Just(16_000)]).prop_map(|(samples, rate)| Timing {
        samples,
        rate,
        words: Vec::new(),
    });
    let outcome = |say: &str| Outcome { say: say.into(), ..Outcome::default() };
    prop_oneof![
        2 => (number(), number(), prop_oneof![Just(""), Just("Done.")])
            .prop_map(move |(turn, decision, say)| Event::Performed { turn, decision, outcome: outcome(say) }),
        8 => probability().prop_map(|probability| Event::Frame { probability }),
            3 => (number(), 0_u32..4, probability())
            .prop_map(|(utterance, pause, probability)| Event::Judged { utterance, pause, probability }),
        3 => (number(), 0_u32..4, proptest::option::of(likeness()))
            .prop_map(|(utterance, pause, voice)| Event::Speaker { utterance, pause, voice }),
            1 => Just(Event::Called),
        1 => echo().prop_map(|state| Event::Echo { state }),
            1 => (number(), "[a-z ]{0,9}").prop_map(|(utterance, text)| Event::Partial { utterance, text }),
            1 => (number(), "[a-z ]{0,9}").prop_map(|(utterance, text)| Event::Interim { utterance, text }),
        4 => (number(), proptest::sample::select(SAID.to_vec()), proptest::option::of(probability())).prop_map(
            |(utterance, text, no_speech)| {
                let transcript = Transcript { text: text.into(), no_speech, ..Transcript::default() };
                Event::Transcript { utterance, transcript }
            }
        ),
        6 => (number(), proptest::sample::select(PIECES.to_vec()))
            .prop_map(|(turn, text)| Event::Piece { turn, text: text.into() }),
        2 => number().prop_map(|turn| Event::ReplyEnd { turn }),
        4 => (number(), clause.clone(), timing)
            .prop_map(|(turn, clause, timing)| Event::Synthesised { turn, clause, timing }),
        5 => (number(), clause, samples, any::<bool>())
            .prop_map(|(turn, clause, samples, done)| Event::Played { turn, clause, samples, done }),
        1 => (part(), number()).prop_map(|(part, number)| Event::Failed { part, number, reason: "x".into() }),
        2 => command().prop_map(Event::Request),
    ]
}

/// Voices of all kinds, some of them impossible.
pub fn likeness() -> impl Strategy<Value = VoiceLikeness> {
    let level = || prop_oneof![Just(0.5_f32), Just(0.7), Just(0.9), probability()];
    let seconds = prop_oneof![Just(0.0_f32), 0.1_f32..9.0, Just(f32::INFINITY)];
    (level(), proptest::option::of(level()), seconds).prop_map(|(enrolled, own, seconds)| VoiceLikeness {
        enrolled,
        own,
        seconds,
    })
}

/// Steps of time: mostly frames, sometimes long, once in a while absurd.
fn wait() -> impl Strategy<Value = Time> {
    prop_oneof![
        20 => Just(Time::from_millis(32)),
        5 => Just(Time::ZERO),
        3 => (0_u64..20_000).prop_map(Time::from_millis),
        1 => Just(Time::MAX),
    ]
}

/// One event, a frame several times over so that voices and silences get long enough to matter.
pub fn steps() -> impl Strategy<Value = Vec<(Time, Event)>> {
    let one = (wait(), event(), 1_usize..10).prop_map(|(wait, event, times)| {
        let times = if matches!(event, Event::Frame { .. }) { times } else { 1 };
        vec![(wait, event); times]
    });
    proptest::collection::vec(one, 0..120).prop_map(|runs| runs.concat())
}

pub fn config() -> impl Strategy<Value = Config> {
    let modes = proptest::sample::select(vec![BargeMode::Judge, BargeMode::Judge, BargeMode::Instant, BargeMode::Off]);
    let ahead = proptest::sample::select(vec![Ahead::Reply, Ahead::Reply, Ahead::Read, Ahead::Off]);
    let phrase = proptest::sample::select(vec!["", "", "stop"]);
    let policies = [SpeakerPolicy::Anyone, SpeakerPolicy::Anyone, SpeakerPolicy::Owner, SpeakerPolicy::NotMe];
    let speaker = (proptest::sample::select(policies.to_vec()), proptest::bool::weighted(0.3));
    let bare = proptest::bool::weighted(0.3);
    let keys = proptest::bool::weighted(0.2);
    (modes, keys, ahead, phrase, speaker, bare).prop_map(|(mode, keys, ahead, phrase, speaker, bare)| {
        let mut config = Config::default();
        if bare {
            config.echo.canceller = Canceller::Off;
        }
        (config.speaker.policy, config.speaker.consequences) = speaker;
        config.barge_in.mode = mode;
        config.turn.ahead = ahead;
        config.wake.phrase = phrase.into();
        config.turn.listen = if keys { ListenMode::PushToTalk } else { ListenMode::Open };
        config
    })
}
