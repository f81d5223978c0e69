//! People who speak and press keys as they like, and engines of any quality.

use golem::message::VoiceLikeness;
use proptest::prelude::*;

use super::events::{config, likeness, probability};
use super::script::{Hears, Reply, Scenario, Step, Voice};
use super::{COMMANDS, SAID};

/// Asr that hears all kinds of things, sometimes late, sometimes never.
fn hears() -> impl Strategy<Value = Hears> {
    let ms = prop_oneof![4 => Just(None), 3 => (0_u64..2_500).prop_map(Some), 1 => Just(Some(1 << 40))];
    let fails = proptest::option::weighted(0.1, Just("x".to_string()));
    (proptest::sample::select(SAID.to_vec()), ms, fails).prop_map(|(text, ms, fails)| Hears::Full {
        text: text.into(),
        no_speech: None,
        logprob: None,
        ms,
        fails,
    })
}

fn reply() -> impl Strategy<Value = Reply> {
    let words =
        proptest::collection::vec(proptest::sample::select(vec!["one", "two,", "three.", "and", "four!"]), 0..25);
    let count = || proptest::option::weighted(0.1, 0_usize..12);
    (words, 0_u64..3_000, count(), count()).prop_map(|(words, first_ms, stalls_after, fails_after)| Reply::Full {
        text: words.join(" "),
        first_ms,
        stalls_after,
        fails_after,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let keys = vec![
        "interrupt",
        "mute",
        "unmute",
        "press",
        "release",
        "repeat",
        "yes",
        "no",
        "ask what is this?",
        "ask do the risky thing",
        "ask ",
    ];
    let key = proptest::sample::select(keys).prop_map(|key| (None, Some(key.to_string())));
    let voice = (32_u64..1_500).prop_map(|ms| (Some(ms), None));
    (0_u64..15_000, prop_oneof![4 => voice, 1 => key]).prop_map(|(at, (voice, key))| Step {
        at,
        voice,
        p: 0.9,
        frames: None,
        key,
        event: None,
    })
}

prop_compose! {
    /// A person who speaks and presses keys as they like, and engines of any quality.
    pub fn scenario()(
        config in config(),
        speculates in any::<bool>(),
        hears in proptest::collection::vec(hears(), 0..8),
        replies in proptest::collection::vec(reply(), 1..4),
        (asr_ms, token_ms, tts_ms) in (0_u64..1_200, 0_u64..200, 0_u64..600),
        voice in proptest::sample::select(vec!["", "", "", "", "silent", "fails", "dead"]),
        mute_speaker in proptest::bool::weighted(0.1),
        (turn_ms, over) in (0_u64..400, proptest::collection::vec(probability(), 0..8)),
        voices in proptest::collection::vec((likeness(), proptest::option::of(0_u64..3_000)), 0..8),
        mut steps in proptest::collection::vec(step(), 1..12),
    ) -> Scenario {
        let voice_of = |(VoiceLikeness { enrolled, own, seconds }, ms)| Voice { enrolled, own, seconds, ms };
        let voices = voices.into_iter().map(voice_of).collect();
        // The talk key is always released in the end.
        steps.push(Step { at: 16_000, voice: None, p: 0.0, frames: None, key: Some("release".into()), event: None });
        let blank: Scenario = toml::from_str("promise = ''\nsteps = []\nexpect = []").expect("a blank scenario");
        let ahead = config.turn.ahead;
        Scenario {
            config, ahead, commands: COMMANDS.into(), speculates, hears, replies, asr_ms, token_ms, tts_ms, turn_ms, over, voice: voice.into(), mute_speaker,
            steps, voices,
            until: 600_000, ..blank
        }
    }
}
