//! What holds for the dialogue whatever happens, in whatever order.

use std::collections::{HashMap, HashSet};

use golem::config::{BargeMode, Config, ListenMode};
use golem::dialog::Dialog;
use golem::dialog::history::INTERRUPTED;
use golem::message::{Action, Command, Event, Note, Role, Stage, State, Time, Timing, Transcript};
use proptest::prelude::*;

/// Words that matter to the dialogue, and words that do not.
const SAID: [&str; 8] =
    ["", "stop", "uh-huh", "Thank you.", "what time is it", "[music]", "хватит", "yes please go on"];
/// Pieces of replies.
const PIECES: [&str; 7] =
    ["Hello there. ", "This is a longer sentence, ", "`code`", "\n```\nx\n", "🎉", "", "and so on until the end. "];

fn probability() -> impl Strategy<Value = f32> {
    prop_oneof![6 => Just(0.9), 6 => Just(0.02), 2 => 0.0_f32..1.0, 1 => Just(f32::NAN), 1 => Just(f32::INFINITY)]
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        Just(Command::Interrupt),
        any::<bool>().prop_map(Command::Mute),
        any::<bool>().prop_map(Command::Talk),
        prop_oneof![Just(""), Just("what is this?")].prop_map(|text| Command::Ask(text.into())),
        Just(Command::Repeat),
    ]
}

fn stage() -> impl Strategy<Value = Stage> {
    let all = [Stage::Capture, Stage::Vad, Stage::Asr, Stage::Llm, Stage::Tts, Stage::Playback];
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
    prop_oneof![
        8 => probability().prop_map(|probability| Event::Frame { probability }),
        1 => (number(), "[a-z ]{0,9}").prop_map(|(utterance, text)| Event::Partial { utterance, text }),
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
        1 => (stage(), number()).prop_map(|(stage, number)| Event::Failed { stage, number, reason: "x".into() }),
        2 => command().prop_map(Event::Command),
    ]
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
    (modes, proptest::bool::weighted(0.2)).prop_map(|(mode, keys)| {
        let mut config = Config::default();
        config.barge_in.mode = mode;
        config.turn.listen = if keys { ListenMode::PushToTalk } else { ListenMode::Open };
        config
    })
}

/// Watches what the dialogue asks for, and objects.
#[derive(Default)]
struct Watch {
    listened: HashSet<u64>,
    closed: HashSet<u64>,
    live: u64,
    thinking: Option<u64>,
    cut: bool,
    ducked: bool,
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

    fn did(&mut self, action: Action) -> Result<(), TestCaseError> {
        match action {
            Action::Listen(n) => prop_assert!(self.listened.insert(n), "utterance {n} is listened to twice"),
            Action::Transcribe(n) => prop_assert!(self.listened.contains(&n), "utterance {n} was never recorded"),
            Action::Close(n) | Action::Discard(n) => {
                prop_assert!(self.listened.contains(&n));
                self.closed.insert(n);
            }
            Action::Think { turn, conversation } => {
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
            Action::Hold | Action::Release | Action::Note(_) => {}
        }
        Ok(())
    }

    /// What is remembered was generated, and where nothing was played nothing is remembered, unless there was nothing
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

fn drain(dialog: &mut Dialog, watch: &mut Watch) -> Result<(), TestCaseError> {
    while let Some(action) = dialog.poll_action() {
        watch.did(action)?;
    }
    prop_assert_eq!(watch.state, dialog.state(), "the last state told is not the state");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_dialogue_keeps_its_promises(config in config(), speculates in any::<bool>(), steps in steps()) {
        let mut dialog = Dialog::new(&config, speculates);
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
}
