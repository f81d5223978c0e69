//! The book of commands: sentences, and what to do about each.

use std::collections::BTreeMap;

use super::error::CommandError;
use super::file::{CommandAction, DeedPlan};
use super::keys::hint;
use super::{apps, argv, builtin, risk, slots};
use crate::intent::Reading;
use crate::intent::template::{FilePlace, IntentSet};
use crate::phrases::{Failure, Language, Phrase};

/// Something in a file that works but is not wise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where.
    pub place: FilePlace,
    /// What, and what would be wiser.
    pub text: String,
}

/// Sentences, and what to do about each.
#[derive(Clone, Debug, Default)]
pub struct Book {
    pub(super) intents: IntentSet,
    pub(super) actions: BTreeMap<String, CommandAction>,
    /// Per intent, the command line to take, or what is missing. Empty until [`Book::survey`].
    pub(super) found: BTreeMap<String, Result<usize, Failure>>,
}

impl Book {
    /// A book of sentences and actions that belong together.
    ///
    /// # Errors
    /// When an action is for an intent or a slot that no sentence has.
    pub fn new(intents: IntentSet, actions: Vec<(String, CommandAction)>) -> Result<Self, CommandError> {
        let names: Vec<&str> = intents.intents.keys().map(String::as_str).collect();
        for (name, action) in &actions {
            let Some(intent) = intents.intents.get(name) else {
                let reason = format!("no sentence means \"{name}\"{}", hint(name, &names));
                return Err(CommandError::at(&action.place, reason));
            };
            let known = slots::slots_of(intent, &intents);
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            if let Some(slot) = action.slots().find(|slot| !known.contains(slot)) {
                let reason = format!("no sentence of {name} fills {{{slot}}}{}", hint(slot, &known));
                return Err(CommandError::at(&action.place, reason));
            }
        }
        // What comes later is the owner's own and counts.
        Ok(Self { intents, actions: actions.into_iter().collect(), found: BTreeMap::new() })
    }

    /// The sentences.
    pub fn intents(&self) -> &IntentSet {
        &self.intents
    }

    /// What to do, by intent.
    pub fn actions(&self) -> &BTreeMap<String, CommandAction> {
        &self.actions
    }

    /// Checks by name with `there` which programs are there, and settles which of several to take.
    pub fn survey(&mut self, there: impl Fn(&str) -> bool) {
        let found = |action: &CommandAction| match &action.plan {
            DeedPlan::Run { candidates, .. } => {
                // What starts the program must be there too: `env`, `nice`, `sudo`.
                let whole = |line: &Vec<argv::Pattern>| {
                    line.iter().take(1).chain(line.get(risk::program(line))).all(|word| there(word.head()))
                };
                let programs = || candidates.iter().filter_map(|line| Some(line.get(risk::program(line))?.head()));
                Some(candidates.iter().position(whole).ok_or_else(|| missing(&programs().collect::<Vec<_>>())))
            }
            DeedPlan::Builtin(builtin) => {
                let programs = builtin.programs()?;
                let first = programs.iter().position(|program| there(program));
                Some(first.ok_or_else(|| missing(programs)))
            }
            _ => None,
        };
        self.found = self.actions.iter().filter_map(|(name, action)| Some((name.clone(), found(action)?))).collect();
    }

    /// Whether a sentence can name an installed application.
    pub fn wants_apps(&self) -> bool {
        self.intents.lists.contains_key(apps::LIST)
    }

    /// Takes the names of installed applications into what can be said, where a file has a list for them.
    pub fn offer_apps(&mut self, installed: &[apps::InstalledApp]) {
        apps::offer(&mut self.intents, installed);
    }

    /// What golem does itself for an intent, if it does.
    pub fn builtin(&self, intent: &str) -> Option<builtin::Builtin> {
        match self.actions.get(intent)?.plan {
            DeedPlan::Builtin(builtin) => Some(builtin),
            _ => None,
        }
    }

    /// Whether the words of a reading are something that its action can mean.
    pub fn makes_sense(&self, reading: &Reading) -> bool {
        self.builtin(&reading.intent).is_none_or(|builtin| builtin.makes_sense(&reading.slots, reading.score >= 1.0))
    }

    /// What keeps an intent from being carried out on this machine, such as a missing program.
    pub fn unavailable(&self, intent: &str) -> Option<&Failure> {
        self.found.get(intent)?.as_ref().err()
    }

    /// How many commands there are, and which are not to be had on this machine, for the screen.
    pub fn summary(&self) -> String {
        let count = self.intents.intents.len();
        let missing: Vec<&str> =
            self.actions.keys().filter(|name| self.unavailable(name).is_some()).map(String::as_str).collect();
        match missing.as_slice() {
            [] => format!("{count}"),
            some => format!("{count}, without {}: their programs are not installed", some.join(", ")),
        }
    }

    /// What works but is not wise: dangerous actions that run without a yes, and sentences that do nothing.
    pub fn warnings(&self) -> Vec<Warning> {
        let risky = self.actions.values().filter(|action| action.risk == crate::order::Risk::Safe);
        let warning = |action: &CommandAction| {
            let text = format!("this {} without asking; write `risk: confirm`", action.danger?);
            Some(Warning { place: action.place.clone(), text })
        };
        let idle = self
            .intents
            .intents
            .iter()
            .filter(|(name, _)| !self.actions.is_empty() && !self.actions.contains_key(*name));
        let nothing = |(name, intent): (&String, &crate::intent::template::Intent)| {
            let sentence = intent.blocks.iter().flat_map(|block| &block.sentences).next()?;
            Some(Warning {
                place: sentence.place.clone(),
                text: format!("{name} has no action: it is understood and does nothing"),
            })
        };
        risky.filter_map(warning).chain(idle.filter_map(nothing)).collect()
    }

    /// A spoken sentence that names some of the commands that are there.
    pub fn help(&self) -> String {
        const SOME: usize = 8;
        let there = self.actions.iter().filter(|(name, _)| self.unavailable(name).is_none());
        let mut actions: Vec<&CommandAction> = there.map(|(_, action)| action).collect();
        actions.sort_by_key(|action| (action.place.file.clone(), action.place.line));
        let sentences: Vec<String> = actions.iter().filter_map(|action| action.example.clone()).take(SOME).collect();
        let phrase = if sentences.is_empty() { Phrase::NoCommands } else { Phrase::Examples { sentences } };
        phrase.say(self.language())
    }

    /// The language that golem speaks with these files.
    pub fn language(&self) -> Language {
        Language::or_english(&self.intents.language)
    }
}

/// That none of these programs is there.
pub(super) fn missing(programs: &[&str]) -> Failure {
    Failure::NotInstalled { programs: programs.iter().map(ToString::to_string).collect() }
}
