//! Properties of the dialogue that hold whatever happens, in whatever order: with engines that send any nonsense, and
//! with engines that work but are slow, fail or hang.

#[path = "scenarios/script.rs"]
#[allow(dead_code)] // scenarios are made here, not read
mod script;
#[path = "scenarios/speaker.rs"]
mod speaker;
#[path = "scenarios/trace.rs"]
#[allow(dead_code)] // nothing is looked up in the trace
mod trace;
#[path = "scenarios/world.rs"]
mod world;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use golem::command::{Book, Commands};
use golem::config::speaker::SpeakerPolicy;
use golem::config::{Ahead, BargeMode, Config, ListenMode};
use golem::dialog::Dialog;
use golem::dialog::history::INTERRUPTED;
use golem::message::{
    Action, Consent, Event, Note, Part, Request, Role, State, Time, Timing, Transcript, VoiceLikeness,
};
use golem::order::Outcome;
use proptest::prelude::*;
use script::{Hears, Reply, Scenario, Step, Voice};
use world::World;

/// Words that matter to the dialogue, and words that do not.
const SAID: [&str; 11] = [
    "",
    "stop",
    "uh-huh",
    "Thank you.",
    "what time is it",
    "[music]",
    "хватит",
    "yes please go on",
    "do the safe thing",
    "do the risky thing",
    "yes",
];
/// The commands file.
const COMMANDS: &str = "
language: en
intents:
  Safe: {data: [{sentences: [do the safe thing]}]}
  Risky: {data: [{sentences: [do the risky thing]}]}
actions:
  Safe: {run: [safe], risk: safe, say: Done.}
  Risky: {run: [risky], risk: confirm, say: Done.}
";
/// Pieces of replies.
const PIECES: [&str; 7] = [
    "Hello there. ",
    "This is a longer sentence, ",
    "`code`",
    "\n```\nx\n```\n",
    "🎉",
    "",
    "and so on until the end. ",
];

fn probability() -> impl Strategy<Value = f32> {
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
fn likeness() -> impl Strategy<Value = VoiceLikeness> {
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
fn steps() -> impl Strategy<Value = Vec<(Time, Event)>> {
    let one = (wait(), event(), 1_usize..10).prop_map(|(wait, event, times)| {
        let times = if matches!(event, Event::Frame { .. }) { times } else { 1 };
        vec![(wait, event); times]
    });
    proptest::collection::vec(one, 0..120).prop_map(|runs| runs.concat())
}

fn config() -> impl Strategy<Value = Config> {
    let modes = proptest::sample::select(vec![BargeMode::Judge, BargeMode::Judge, BargeMode::Instant, BargeMode::Off]);
    let ahead = proptest::sample::select(vec![Ahead::Reply, Ahead::Reply, Ahead::Read, Ahead::Off]);
    let phrase = proptest::sample::select(vec!["", "", "stop"]);
    let policies = [SpeakerPolicy::Anyone, SpeakerPolicy::Anyone, SpeakerPolicy::Owner, SpeakerPolicy::NotMe];
    let speaker = (proptest::sample::select(policies.to_vec()), proptest::bool::weighted(0.3));
    (modes, proptest::bool::weighted(0.2), ahead, phrase, speaker).prop_map(|(mode, keys, ahead, phrase, speaker)| {
        let mut config = Config::default();
        (config.speaker.policy, config.speaker.consequences) = speaker;
        config.barge_in.mode = mode;
        config.turn.ahead = ahead;
        config.wake.phrase = phrase.into();
        config.turn.listen = if keys { ListenMode::PushToTalk } else { ListenMode::Open };
        config
    })
}

/// Checks the actions of the dialogue.
#[derive(Default)]
struct Watch {
    listened: HashSet<u64>,
    closed: HashSet<u64>,
    live: u64,
    thinking: Option<u64>,
    /// The reply that is prepared and must not be shown yet.
    ahead: Option<u64>,
    cut: bool,
    ducked: bool,
    /// The newest question was answered with a yes that nothing has been done about yet.
    agreed: bool,
    state: State,
    texts: HashMap<u64, String>,
    /// Turns in which a clause had no samples: it counts as heard when it is reached.
    soundless: HashSet<u64>,
    /// Turns of which anything was played.
    sounded: HashSet<u64>,
}

impl Watch {
    fn told(&mut self, event: &Event) {
        if let Event::Played { turn, samples, done, .. } = event
            && (*samples > 0 || *done)
        {
            self.sounded.insert(*turn);
        }
        if let Event::Synthesised { turn, timing: Timing { samples: 0, .. }, .. } = event {
            self.soundless.insert(*turn);
        }
    }

    fn did(&mut self, action: &Action) -> Result<(), TestCaseError> {
        self.unseen(action)?;
        match action.clone() {
            Action::Listen(n) | Action::ListenBack(n) => {
                prop_assert!(self.listened.insert(n), "utterance {n} is listened to twice");
            }
            Action::Transcribe { utterance: n, .. } => {
                prop_assert!(self.listened.contains(&n), "utterance {n} was never recorded");
            }
            Action::Close(n) | Action::Discard(n) => {
                prop_assert!(self.listened.contains(&n));
                self.closed.insert(n);
            }
            Action::Read { conversation, .. } => prop_assert!(conversation.len() <= 70),
            Action::Utter(turn) => {
                prop_assert!(turn >= self.live, "a stale reply is uttered");
                prop_assert_eq!(self.ahead.take(), Some(turn), "nothing was made ready");
            }
            Action::Think { turn, conversation } | Action::Prepare { turn, conversation } => {
                prop_assert!(self.ahead.is_none_or(|ahead| ahead < self.live), "a reply is forgotten");
                self.ahead = matches!(action, Action::Prepare { .. }).then_some(turn);
                prop_assert!(turn >= self.live, "a stale reply is thought of");
                prop_assert_eq!(conversation.last().map(|m| m.role), Some(Role::User));
                prop_assert!(conversation.windows(2).all(|pair| pair[0].role != pair[1].role), "{conversation:?}");
                prop_assert!(self.thinking.is_none_or(|old| old < self.live), "two replies live");
                self.thinking = Some(turn);
                self.sounded.remove(&turn);
            }
            Action::Speak { turn, text, .. } => {
                prop_assert!(turn >= self.live, "stale words are spoken");
                prop_assert!(!self.cut, "spoken while silenced");
                prop_assert!(!text.trim().is_empty());
            }
            Action::Resume { turn, .. } => {
                prop_assert!(turn >= self.live && self.cut);
                (self.cut, self.ducked) = (false, false);
            }
            Action::Cut => {
                prop_assert!(!self.cut, "cut twice");
                (self.cut, self.ducked) = (true, false);
            }
            Action::Cancel(turn) => {
                prop_assert!(turn >= self.live, "the clock goes back");
                self.live = turn;
                self.cut = false;
            }
            Action::Duck(on) => {
                prop_assert!(on != self.ducked, "ducked twice");
                prop_assert!(!(on && self.cut), "lowered while silent");
                self.ducked = on;
            }
            Action::Note(Note::State { state }) => {
                prop_assert!(state != self.state, "a state is told twice");
                self.state = state;
            }
            Action::Note(Note::Reply { turn, text }) => {
                self.texts.insert(turn, text);
            }
            Action::Note(Note::Heard { turn, text, .. }) => self.heard(turn, &text)?,
            Action::Perform { turn, order, .. } => {
                prop_assert!(turn >= self.live, "a stale order is carried out");
                prop_assert!(order.intent != "Risky" || self.agreed, "carried out without a yes");
                self.agreed = false;
            }
            Action::Note(Note::Confirmed { answer, .. }) => self.agreed = answer == Consent::Yes,
            Action::Mute(_) => prop_assert!(false, "nothing here mutes by voice"),
            Action::Abort(_) | Action::Hold | Action::Release | Action::Judge { .. } | Action::Note(_) => {}
            Action::Identify { utterance, .. } => {
                prop_assert!(
                    self.listened.contains(&utterance) && !self.closed.contains(&utterance),
                    "nothing is recorded"
                );
            }
        }
        Ok(())
    }

    /// Checks that no note shows a reply before it is uttered.
    fn unseen(&self, action: &Action) -> Result<(), TestCaseError> {
        let Action::Note(note) = action else { return Ok(()) };
        let of = match note {
            Note::Reply { turn, .. }
            | Note::Clause { turn, .. }
            | Note::AudioStart { turn }
            | Note::Heard { turn, .. } => *turn,
            Note::Latency(ledger) => ledger.turn,
            _ => return Ok(()),
        };
        prop_assert!(self.ahead != Some(of) || of < self.live, "told too early: {note:?}");
        Ok(())
    }

    /// Checks the history: its text was generated, and it is empty where nothing was played, unless there was nothing
    /// to say.
    fn heard(&self, turn: u64, text: &str) -> Result<(), TestCaseError> {
        let generated = self.texts.get(&turn).map_or("", String::as_str);
        prop_assert!(generated.trim().starts_with(text), "{text:?} is no beginning of {generated:?}");
        let words = PIECES.iter().any(|piece| piece.contains(' ') && text.contains(piece.trim()));
        prop_assert!(
            !words || self.sounded.contains(&turn) || self.soundless.contains(&turn),
            "{text:?} was never heard"
        );
        Ok(())
    }
}

fn commands(config: &Config) -> Arc<Commands> {
    let book = Book::parse("commands.yaml", COMMANDS, &|_| true).expect("commands");
    Arc::new(Commands::new(book, config).expect("commands"))
}

fn drain(dialog: &mut Dialog, watch: &mut Watch) -> Result<(), TestCaseError> {
    while let Some(action) = dialog.poll_action() {
        watch.did(&action)?;
    }
    prop_assert_eq!(watch.state, dialog.state(), "the last state told is not the state");
    Ok(())
}

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
    fn scenario()(
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_dialogue_keeps_its_promises(config in config(), speculates in any::<bool>(), steps in steps()) {
        let mut dialog = Dialog::new(&config, speculates, Some(commands(&config)));
        let (mut watch, mut now) = (Watch::default(), Time::ZERO);
        for (wait, event) in steps {
            now = now.saturating_add(wait);
            watch.told(&event);
            dialog.handle(now, event);
            drain(&mut dialog, &mut watch)?;
        }
        // The key is let go, nobody speaks, no engine ever answers: deadlines alone lead back to silence.
        for _ in 0..100 {
            let Some(at) = dialog.poll_timeout() else { break };
            dialog.tick(at);
            drain(&mut dialog, &mut watch)?;
        }
        prop_assert_eq!(dialog.poll_timeout(), None, "deadlines without end");
        prop_assert_eq!(dialog.state(), State::Idle);
        prop_assert!(!watch.ducked && !watch.cut, "playback is left lowered or silenced");
        prop_assert!(watch.listened.iter().all(|n| watch.closed.contains(n)), "an utterance is recorded for ever");
        for message in dialog.history().messages() {
            prop_assert!(!message.text.trim().is_empty());
            prop_assert!(message.role == Role::Assistant || !message.text.ends_with(INTERRUPTED));
        }
    }

    #[test]
    fn with_engines_that_work_only_what_sounded_is_remembered(scenario in scenario()) {
        let (mut watch, mut verdict) = (Watch::default(), Ok(()));
        let mut told = Vec::new();
        let mut look = |action: &Action| {
            if let Action::Note(Note::Heard { turn, text, .. }) = action {
                told.push((*turn, text.split_whitespace().count() as u64));
            }
            // The other property covers nonsense: here every word sounds, or is known not to.
            let heard = matches!(action, Action::Note(Note::Heard { .. }));
            if verdict.is_ok() && !heard {
                verdict = watch.did(action);
            }
        };
        let mut world = World::new(&scenario);
        world.watch = Some(&mut look);
        world.run();
        let (state, played) = (world.dialog.state(), std::mem::take(&mut world.speaker.sounded));
        drop(world);
        verdict?;
        prop_assert_eq!(state, State::Idle);
        let sounded = |turn: u64| {
            let clauses = played.iter().filter(|((of, _), _)| *of == turn);
            clauses.map(|(_, ms)| ms / scenario.word_ms).sum::<u64>()
        };
        let sounds: Vec<_> = told.iter().map(|(turn, _)| (*turn, sounded(*turn))).collect();
        prop_assert!(scenario.voice == "silent" || told == sounds, "told {told:?}, sounded {sounds:?}");
        prop_assert!(!watch.ducked && !watch.cut, "playback is left lowered or silenced");
        prop_assert!(watch.listened.iter().all(|n| watch.closed.contains(n)), "an utterance is recorded for ever");
    }
}
