//! The set of commands: sentences, and the action for each.

use std::collections::BTreeMap;

use super::error::CommandError;
use super::file::{CommandAction, DeedPlan};
use super::keys::hint;
use super::{apps, argv, builtin, risk, slots};
use crate::intent::Reading;
use crate::intent::template::{FilePlace, IntentSet};
use crate::phrases::{Failure, Language, Phrase};

/// A part of a commands file that works but is unwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where it stands in the file.
    pub place: FilePlace,
    /// What is unwise, and what would be better.
    pub text: String,
}

/// Sentences, and the action for each.
#[derive(Clone, Debug, Default)]
pub struct Book {
    pub(super) intents: IntentSet,
    pub(super) actions: BTreeMap<String, CommandAction>,
    /// The index of the command line to use by intent, or what is missing. Empty until [`Book::survey`].
    pub(super) found: BTreeMap<String, Result<usize, Failure>>,
}

impl Book {
    /// Makes a book of sentences and their actions.
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
        // Of several actions for an intent the last one wins: the owner's own files come last.
        Ok(Self { intents, actions: actions.into_iter().collect(), found: BTreeMap::new() })
    }

    /// The sentences.
    pub fn intents(&self) -> &IntentSet {
        &self.intents
    }

    /// The actions by intent.
    pub fn actions(&self) -> &BTreeMap<String, CommandAction> {
        &self.actions
    }

    /// Checks with `there` which programs are installed, and chooses one of several command lines.
    pub fn survey(&mut self, there: impl Fn(&str) -> bool) {
        let found = |action: &CommandAction| match &action.plan {
            DeedPlan::Run { candidates, .. } => {
                // The wrapper must be installed too: `env`, `nice`, `sudo`.
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

    /// Adds the names of installed applications to the sentences, if a file has a list for them.
    pub fn offer_apps(&mut self, installed: &[apps::InstalledApp]) {
        apps::offer(&mut self.intents, installed);
    }

    /// The builtin command of an intent, if it has one.
    pub fn builtin(&self, intent: &str) -> Option<builtin::Builtin> {
        match self.actions.get(intent)?.plan {
            DeedPlan::Builtin(builtin) => Some(builtin),
            _ => None,
        }
    }

    /// Whether the action of a reading can do anything with the words in its slots.
    pub fn makes_sense(&self, reading: &Reading) -> bool {
        self.builtin(&reading.intent).is_none_or(|builtin| builtin.makes_sense(&reading.slots, reading.score >= 1.0))
    }

    /// Why an intent cannot be carried out on this machine, such as a missing program.
    pub fn unavailable(&self, intent: &str) -> Option<&Failure> {
        self.found.get(intent)?.as_ref().err()
    }

    /// The number of commands, and those that are not available on this machine, for the screen.
    pub fn summary(&self) -> String {
        let count = self.intents.intents.len();
        let missing: Vec<&str> =
            self.actions.keys().filter(|name| self.unavailable(name).is_some()).map(String::as_str).collect();
        match missing.as_slice() {
            [] => format!("{count}"),
            some => format!("{count}, without {}: their programs are not installed", some.join(", ")),
        }
    }

    /// The warnings: dangerous actions that run without a confirmation, and sentences without an action.
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

    /// A spoken sentence that names some of the available commands.
    pub fn help(&self) -> String {
        const SOME: usize = 8;
        let there = self.actions.iter().filter(|(name, _)| self.unavailable(name).is_none());
        let mut actions: Vec<&CommandAction> = there.map(|(_, action)| action).collect();
        actions.sort_by_key(|action| (action.place.file.clone(), action.place.line));
        let sentences: Vec<String> = actions.iter().filter_map(|action| action.example.clone()).take(SOME).collect();
        let phrase = if sentences.is_empty() { Phrase::NoCommands } else { Phrase::Examples { sentences } };
        phrase.say(self.language())
    }

    /// The language of these files, which golem speaks too.
    pub fn language(&self) -> Language {
        Language::or_english(&self.intents.language)
    }
}

/// The failure that none of these programs is installed.
pub(super) fn missing(programs: &[&str]) -> Failure {
    Failure::NotInstalled { programs: programs.iter().map(ToString::to_string).collect() }
}
