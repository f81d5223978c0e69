//! Properties of the dialogue that hold whatever happens, in whatever order: with engines that send any nonsense, and
//! with engines that work but are slow, fail or hang.

#[path = "../scenarios/script.rs"]
#[allow(dead_code)] // scenarios are made here, not read
mod script;
#[path = "../scenarios/speaker.rs"]
mod speaker;
#[path = "../scenarios/trace.rs"]
#[allow(dead_code)] // nothing is looked up in the trace
mod trace;
#[path = "../scenarios/world.rs"]
mod world;

mod events;
mod people;
mod watch;

use std::sync::Arc;

use events::{config, steps};
use golem::command::{Book, Commands};
use golem::config::Config;
use golem::dialog::Dialog;
use golem::dialog::history::INTERRUPTED;
use golem::message::{Action, Note, Role, State, Time};
use people::scenario;
use proptest::prelude::*;
use watch::Watch;
use world::World;

/// Words that matter to the dialogue, and words that do not.
const SAID: [&str; 13] = [
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
    "okay",
    "so on until the end",
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
const PIECES: [&str; 8] = [
    "Hello there. ",
    "This is a longer sentence, ",
    "`code`",
    "\n```\nx\n```\n",
    "🎉",
    "",
    "and so on until the end. ",
    "Shall I go on? ",
];

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
