//! The zero-shot classification of an utterance that no template matches: command (of which intent), question or chat,
//! judged by a model for natural-language inference.
//!
//! The model is asked in two rounds. First, which of three sentences about the utterance follows from it (`This person
//! is giving a command.`); these probabilities sum to 1. Only a command is then compared with every intent (`This
//! person wants to turn on the light.`), each on its own. The verdict's probability is a product: of the command's
//! probability, of the best intent's, and of the probability that no other intent is meant. Two intents that fit
//! equally well thus cancel each other.
//!
//! A guessed meaning is trusted less than a spoken one:
//! - below the threshold nothing happens;
//! - a guessed command is always confirmed first, whatever its risk in the file (`Risk::guessed`);
//! - slots come from single words: list values and numbers ([`super::fill`]). A wildcard cannot be separated from the
//!   words around it, and nothing is invented. A command with an empty slot is not carried out: golem says what it
//!   understood and what is missing.

use super::fill::{SlotFilling, fill};
use crate::intent::Reading;
use crate::intent::graph::Graph;
use crate::phrases::Language;

/// Lowest probability of a proposed command. Both rounds and the rival must agree: 0.95 each gives 0.86.
pub const THRESHOLD: f32 = 0.8;
/// Most sample sentences that become hypotheses, for an intent without a description.
const SAMPLES: usize = 3;

/// The kind of an utterance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UtteranceKind {
    /// An order.
    Command,
    /// A question.
    Question,
    /// Conversation.
    Chat,
}

/// All kinds, in the order of [`Wording::kinds`].
const KINDS: [UtteranceKind; 3] = [UtteranceKind::Command, UtteranceKind::Question, UtteranceKind::Chat];

/// The hypotheses' wording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wording {
    /// A sentence for each kind: command, question, chat.
    pub kinds: [&'static str; 3],
    /// The text before a description (`turn on the light`), and after it.
    pub wants: (&'static str, &'static str),
}

/// English, which multilingual models understand beside other languages.
const ENGLISH: Wording = Wording {
    kinds: [
        "This person is giving a command.",
        "This person is asking a question.",
        "This person is making conversation.",
    ],
    wants: ("This person wants to ", "."),
};
/// Russian.
const RUSSIAN: Wording = Wording {
    kinds: ["Этот человек отдаёт команду.", "Этот человек задаёт вопрос.", "Этот человек просто беседует."],
    wants: ("Этот человек просит: ", "."),
};

impl Wording {
    /// The wording for a language tag such as `ru`; English for languages without one.
    pub fn of(language: &str) -> Self {
        if Language::Russian.has(language) { RUSSIAN } else { ENGLISH }
    }

    fn wants(&self, description: &str) -> String {
        let (before, after) = self.wants;
        format!("{before}{description}{after}")
    }
}

/// An intent with its descriptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Name of the intent.
    pub intent: String,
    /// Descriptions of what the person wants: `turn on the light`.
    pub descriptions: Vec<String>,
}

impl Choice {
    /// Describes an intent: by its description, or else by sample sentences, or else by its name.
    pub fn new(intent: &str, description: Option<&str>, samples: &[String]) -> Self {
        let plain = |text: &str| text.trim().trim_end_matches(['.', '!', '?']).to_string();
        let mut descriptions: Vec<String> = match description {
            Some(description) => vec![plain(description)],
            None => samples.iter().take(SAMPLES).map(|sample| plain(sample)).collect(),
        };
        descriptions.retain(|description| !description.is_empty());
        if descriptions.is_empty() {
            descriptions.push(spell(intent));
        }
        Self { intent: intent.into(), descriptions }
    }
}

/// The words of a name such as `OpenBrowser` or `open_browser`.
fn spell(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() || !letter.is_alphanumeric() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase().filter(|letter| letter.is_alphanumeric()));
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The guessed meaning of an utterance.
#[derive(Clone, Debug, PartialEq)]
pub struct ZeroShotVerdict {
    /// The kind.
    pub kind: UtteranceKind,
    /// The intent that fits a command best.
    pub intent: Option<String>,
    /// The probability of the kind, 0..=1; for a command with an intent, that of both.
    pub probability: f32,
}

/// Judges an utterance. `judge` gives the probability of each hypothesis, among each other or (`true`) each on its own,
/// as the NLI engine's `classify` does. If it gives `None`, there is no verdict.
///
/// # Errors
/// The errors of `judge`.
pub fn verdict<E>(
    choices: &[Choice],
    wording: &Wording,
    mut judge: impl FnMut(&[String], bool) -> Result<Option<Vec<f32>>, E>,
) -> Result<Option<ZeroShotVerdict>, E> {
    let Some(kinds) = judge(&wording.kinds.map(String::from), false)? else { return Ok(None) };
    let Some((kind, sure)) = best(KINDS.iter().copied().zip(kinds)) else { return Ok(None) };
    if kind != UtteranceKind::Command || choices.is_empty() {
        return Ok(Some(ZeroShotVerdict { kind, intent: None, probability: sure }));
    }
    let wants = |choice: &Choice| choice.descriptions.iter().map(|text| wording.wants(text)).collect::<Vec<_>>();
    let hypotheses: Vec<String> = choices.iter().flat_map(wants).collect();
    let Some(found) = judge(&hypotheses, true)? else { return Ok(None) };
    let mut found = found.into_iter();
    let fit = |choice: &Choice| found.by_ref().take(choice.descriptions.len()).fold(0.0, f32::max);
    let fits: Vec<f32> = choices.iter().map(fit).collect();
    let Some((meant, fit)) = best(fits.iter().copied().enumerate()) else { return Ok(None) };
    let rival = fits.iter().enumerate().filter(|(n, _)| *n != meant).map(|(_, fit)| *fit).fold(0.0, f32::max);
    let probability = sure * fit * (1.0 - rival);
    Ok(Some(ZeroShotVerdict { kind, intent: Some(choices[meant].intent.clone()), probability }))
}

/// The most probable item.
fn best<T>(of: impl IntoIterator<Item = (T, f32)>) -> Option<(T, f32)> {
    of.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))
}

/// The step after a verdict.
#[derive(Clone, Debug, PartialEq)]
pub enum Proposal {
    /// Do nothing: it is not a command, or not sure enough. In chat mode the language model answers.
    Leave(UtteranceKind),
    /// Ask whether the reading is meant, and carry it out after a yes.
    Ask(Reading),
    /// Say which slots are missing, and do nothing.
    Lacks {
        /// The intent that was understood.
        intent: String,
        /// Names of the slots without a value.
        slots: Vec<String>,
    },
}

/// The step after a verdict on `text`, whose words fill the slots of the templates in `graph`.
pub fn propose(verdict: &ZeroShotVerdict, graph: &Graph, language: &str, text: &str, threshold: f32) -> Proposal {
    let Some(intent) = verdict.intent.as_ref().filter(|_| verdict.kind == UtteranceKind::Command) else {
        return Proposal::Leave(verdict.kind);
    };
    if verdict.probability.is_nan() || verdict.probability < threshold {
        return Proposal::Leave(verdict.kind);
    }
    match fill(graph, language, intent, text) {
        SlotFilling::Full { slots, response } => Proposal::Ask(Reading {
            intent: intent.clone(),
            slots,
            sentence: text.to_string(),
            score: verdict.probability,
            response,
        }),
        SlotFilling::Lacks(slots) => Proposal::Lacks { intent: intent.clone(), slots },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::file::SourceFile;
    use crate::intent::graph::compile::compile;
    use crate::intent::template::IntentSet;

    fn choices() -> Vec<Choice> {
        let samples = ["turn on the lamp.".to_string(), "lights on".into()];
        vec![Choice::new("Light", None, &samples), Choice::new("OpenBrowser", Some("see the web"), &samples)]
    }

    /// A verdict from fixed answers to both rounds.
    fn judged(kinds: [f32; 3], fits: [f32; 3]) -> ZeroShotVerdict {
        let judge = |asked: &[String], alone: bool| {
            assert_eq!(asked.len(), 3);
            Ok::<_, ()>(Some(if alone { fits } else { kinds }.to_vec()))
        };
        verdict(&choices(), &Wording::of("en"), judge).unwrap().unwrap()
    }

    #[test]
    fn intents_are_described_by_what_there_is() {
        assert_eq!(choices()[0].descriptions, ["turn on the lamp", "lights on"]);
        assert_eq!(choices()[1].descriptions, ["see the web"]);
        assert_eq!(Choice::new("HassTurn_on", None, &[]).descriptions, ["hass turn on"]);
        assert_eq!(Choice::new("X", Some(" "), &[]).descriptions, ["x"]);
        assert_eq!(Wording::of("en-US").wants("see the web"), "This person wants to see the web.");
        assert_ne!(Wording::of("ru"), Wording::of("de"));
    }

    #[test]
    fn the_best_intent_of_a_command_wins() {
        let light = judged([0.9, 0.05, 0.05], [0.2, 0.95, 0.02]);
        assert_eq!((light.kind, light.intent.as_deref()), (UtteranceKind::Command, Some("Light")));
        assert!((light.probability - 0.9 * 0.95 * 0.98).abs() < 1e-6);
        let web = judged([0.9, 0.05, 0.05], [0.2, 0.1, 0.95]);
        assert_eq!(web.intent.as_deref(), Some("OpenBrowser"));
        assert!(web.probability < THRESHOLD, "another intent fits a little");
        assert!(judged([1.0, 0.0, 0.0], [0.9, 0.0, 0.9]).probability < 0.1, "two that fit alike");
    }

    #[test]
    fn questions_and_chat_are_not_held_against_intents() {
        for (kinds, kind) in [([0.1, 0.8, 0.1], UtteranceKind::Question), ([0.1, 0.2, 0.7], UtteranceKind::Chat)] {
            let judge = |_: &[String], alone: bool| Ok::<_, ()>((!alone).then(|| kinds.to_vec()));
            let verdict = verdict(&choices(), &Wording::of("en"), judge).unwrap().unwrap();
            assert_eq!((verdict.kind, verdict.intent), (kind, None));
        }
        let stale = |_: &[String], _: bool| Ok::<_, ()>(None);
        assert_eq!(verdict(&choices(), &Wording::of("en"), stale), Ok(None));
        assert_eq!(verdict(&choices(), &Wording::of("en"), |_, _| Err("broken")), Err("broken"));
        let none = |_: &[String], _: bool| Ok::<_, ()>(Some(vec![0.9, 0.05, 0.05]));
        assert_eq!(verdict(&[], &Wording::of("en"), none).unwrap().unwrap().intent, None);
    }

    #[test]
    fn only_sure_commands_with_all_their_slots_are_proposed() {
        let text = "language: en\nintents:\n  Timer:\n    data:\n      - sentences: [\"timer {minutes}\"]\n\
                    lists: {minutes: {range: {from: 1, to: 9}}}";
        let source = SourceFile { name: "timer.yaml".into(), text: text.into() };
        let graph = compile(&IntentSet::parse(&[source]).unwrap()).unwrap();
        let verdict = |kind, probability| ZeroShotVerdict { kind, intent: Some("Timer".into()), probability };
        let proposed = |verdict: &ZeroShotVerdict, text: &str| propose(verdict, &graph, "en", text, THRESHOLD);
        let sure = verdict(UtteranceKind::Command, 0.9);
        let Proposal::Ask(reading) = proposed(&sure, "call me in 5 minutes") else { panic!("not proposed") };
        assert_eq!((reading.intent.as_str(), reading.slots["minutes"].as_str()), ("Timer", "5"));
        let lacks = Proposal::Lacks { intent: "Timer".into(), slots: vec!["minutes".into()] };
        assert_eq!(proposed(&sure, "call me soon"), lacks);
        for unsure in [verdict(UtteranceKind::Command, 0.7), verdict(UtteranceKind::Command, f32::NAN)] {
            assert_eq!(proposed(&unsure, "call me in 5 minutes"), Proposal::Leave(UtteranceKind::Command));
        }
        assert_eq!(proposed(&verdict(UtteranceKind::Chat, 0.99), "in 5 minutes"), Proposal::Leave(UtteranceKind::Chat));
    }
}
