//! The decision about a reading: an order, a question, or a refusal.

use super::argv::{self, Pattern, Refusal};
use super::book::Book;
use super::file::{CommandAction, DeedPlan};
use super::spoken::MisplacedWord;
use super::{address, risk, spoken};
use crate::intent::{Reading, Slots};
use crate::order::{Deed, Order, Risk};
use crate::phrases::{Failure, Phrase};

/// The decision about a sentence that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Carry the order out.
    Run(Order),
    /// Ask first, and carry the order out after a yes.
    Confirm {
        /// The order.
        order: Order,
        /// The question.
        question: String,
    },
    /// Do not carry it out.
    Denied {
        /// Why.
        reason: Failure,
    },
    /// It cannot be carried out on this machine.
    Unavailable {
        /// What is missing.
        reason: Failure,
    },
    /// There is nothing to do.
    Nothing {
        /// Why.
        reason: String,
    },
}

impl Verdict {
    /// The order, with or without a confirmation.
    pub fn order(&self) -> Option<&Order> {
        match self {
            Self::Run(order) | Self::Confirm { order, .. } => Some(order),
            _ => None,
        }
    }

    /// The risk of the order, for the journal.
    pub fn risk(&self) -> Option<Risk> {
        match self {
            Self::Run(_) => Some(Risk::Safe),
            Self::Confirm { .. } => Some(Risk::Confirm),
            Self::Denied { .. } => Some(Risk::Deny),
            Self::Unavailable { .. } | Self::Nothing { .. } => None,
        }
    }
}

impl Book {
    /// Decides about an accepted reading.
    pub fn decide(&self, reading: &Reading) -> Verdict {
        self.weigh(reading, |risk| risk)
    }

    /// Decides about a guessed reading: golem asks at least.
    pub fn decide_guess(&self, reading: &Reading) -> Verdict {
        self.weigh(reading, Risk::guessed)
    }

    fn weigh(&self, reading: &Reading, trust: impl Fn(Risk) -> Risk) -> Verdict {
        let Some(action) = self.actions.get(&reading.intent) else {
            return Verdict::Nothing { reason: format!("no action is written for {}", reading.intent) };
        };
        if action.risk == Risk::Deny {
            return Verdict::Denied { reason: Failure::NeverDone { intent: reading.intent.clone() } };
        }
        if let Some(reason) = self.unavailable(&reading.intent) {
            return Verdict::Unavailable { reason: reason.clone() };
        }
        let chosen = self.found.get(&reading.intent).and_then(|found| found.as_ref().ok()).copied().unwrap_or(0);
        let deed = match action.deed(chosen, &reading.slots) {
            Ok(deed) => deed,
            Err(refusal @ Refusal::Missing(_)) => return Verdict::Nothing { reason: refusal.to_string() },
            Err(Refusal::Unfit(reason)) => return Verdict::Denied { reason },
        };
        let say = action.say.as_ref().and_then(|say| spoken(say, &reading.slots));
        let mut slots = reading.slots.clone();
        if matches!(deed, Deed::Builtin(_)) {
            // Builtins speak the language of the question, such as the time of day.
            slots.entry(LANGUAGE.into()).or_insert_with(|| self.intents.language.clone());
        }
        let order = Order { intent: reading.intent.clone(), slots, deed, say, timeout: action.timeout };
        match trust(action.risk) {
            Risk::Safe => Verdict::Run(order),
            _ => Verdict::Confirm { order, question: self.question(action, reading) },
        }
    }

    fn question(&self, action: &CommandAction, reading: &Reading) -> String {
        let asked = action.ask.as_ref().and_then(|ask| ask.fill(&reading.slots, str::to_string).ok());
        asked.unwrap_or_else(|| Phrase::Confirm { sentence: reading.sentence.trim().to_string() }.say(self.language()))
    }
}

impl CommandAction {
    /// Names of all placeholders whose values the deed or the question needs. Placeholders of the answer are optional.
    pub fn slots(&self) -> impl Iterator<Item = &str> {
        let deed: Vec<&Pattern> = match &self.plan {
            DeedPlan::Run { candidates, .. } => candidates.iter().flatten().collect(),
            DeedPlan::Write { line, .. } => vec![line],
            DeedPlan::Http { url, body, .. } => std::iter::once(url).chain(body).collect(),
            DeedPlan::Builtin(_) | DeedPlan::Say => Vec::new(),
        };
        let said = self.say.iter().flat_map(Pattern::slots).filter(|slot| *slot != OUTPUT);
        deed.into_iter().chain(&self.ask).flat_map(Pattern::slots).chain(said)
    }

    /// The command lines to choose from; empty if it runs no program.
    pub fn lines(&self) -> &[Vec<Pattern>] {
        if let DeedPlan::Run { candidates, .. } = &self.plan { candidates } else { &[] }
    }

    /// The deed with the sentence's words in its placeholders.
    fn deed(&self, chosen: usize, slots: &Slots) -> Result<Deed, Refusal> {
        Ok(match &self.plan {
            DeedPlan::Run { candidates, stays } => {
                // The file's reader makes sure of at least one candidate.
                let line = candidates.get(chosen).or(candidates.first()).map_or(&[][..], Vec::as_slice);
                let misplaced = |misuse: MisplacedWord| Refusal::Unfit(Failure::Misplaced { reason: misuse.reason });
                let fillings = spoken::fillings(line, &self.closed).map_err(misplaced)?;
                let arguments = argv::fill(line, &fillings, risk::program(line) + 1, slots)?;
                if *stays { Deed::Start(arguments) } else { Deed::Run(arguments) }
            }
            DeedPlan::Write { path, line } => {
                Deed::Write { path: path.clone(), line: line.fill(slots, str::to_string)? }
            }
            DeedPlan::Http { method, url, body } => {
                let to = url.fill(slots, address::encoded)?;
                if address::walks(&to) {
                    return Err(Refusal::Unfit(Failure::LeavesFolder { address: to }));
                }
                let body = body.as_ref().map(|body| body.fill(slots, |value| in_body(body, value))).transpose()?;
                Deed::Http { method: method.clone(), url: to, body }
            }
            DeedPlan::Builtin(builtin) => Deed::Builtin(builtin.name().to_string()),
            DeedPlan::Say => Deed::Say,
        })
    }
}

/// The slot with the language that builtins speak.
pub const LANGUAGE: &str = "language";
/// The placeholder for what a program printed; it is filled after the program has run.
pub const OUTPUT: &str = "output";

/// The answer, with `{output}` left for later; `None` if the sentence has no value for a placeholder.
fn spoken(say: &Pattern, slots: &Slots) -> Option<String> {
    let mut slots = slots.clone();
    slots.insert(OUTPUT.into(), format!("{{{OUTPUT}}}"));
    say.fill(&slots, str::to_string).ok()
}

/// A value within a body, escaped if the body is JSON.
fn in_body(body: &Pattern, value: &str) -> String {
    let json = body.head().trim_start().starts_with(['{', '[', '"']);
    if json { address::escaped(value) } else { value.to_string() }
}
