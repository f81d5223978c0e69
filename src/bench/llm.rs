//! `golem bench brain`: everyday questions for a language model, judged by rules, so that models can be compared.
//!
//! Each question begins a conversation of its own, with the settings that golem has. An answer is good when it holds
//! what the question asks for and keeps to [`fault`]'s rules. The rules know no meaning: a right answer in unforeseen
//! words counts as wrong for every model alike.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::config::Config;
use crate::engine::registry::{self, Files};
use crate::message::{Message, Role};
use crate::turn::Ticket;

/// Longest answer, in words: half a minute of speech.
const LONGEST: usize = 75;
/// Words of a phrase that is searched for repetitions.
const PHRASE: usize = 3;
/// How often a phrase may be in an answer.
const OFTEN: usize = 2;
/// Beginnings of answers that continue the prompt instead of answering it.
const ROLES: [&str; 5] = ["user", "assistant", "system", "<|", "you are golem"];

/// Which questions to ask.
#[derive(Debug, Args)]
pub struct LlmBenchArgs {
    /// A table of kind, question and what a good answer holds [default: fixtures/brain/everyday.tsv of the checkout]
    #[arg(long, value_name = "FILE")]
    questions: Option<PathBuf>,
    /// Also the answers themselves
    #[arg(long)]
    answers: bool,
}

/// One question.
struct Question<'a> {
    kind: &'a str,
    text: &'a str,
    /// Beginnings of words; a good answer holds one of them.
    holds: Vec<&'a str>,
}

/// Asks all questions and prints a table by kind.
///
/// # Errors
/// When there is no language model, or the questions cannot be read.
pub fn run(args: &LlmBenchArgs, config: &Config, files: &Files) -> Result<()> {
    let home = super::checkout::checkout();
    let path = args.questions.clone().unwrap_or_else(|| home.join("fixtures/brain/everyday.tsv"));
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let questions = questions(&text, &path)?;
    let mut llm = registry::llm(&config.llm, files, Instant::now)?.engine;
    println!("{}, {} questions of {}\n", llm.describe(), questions.len(), path.display());
    let mut kinds: Vec<(&str, usize, usize)> = Vec::new();
    let mut faults: Vec<(&str, usize)> = Vec::new();
    let started = Instant::now();
    for question in &questions {
        let mut conversation = vec![Message::new(Role::System, config.llm.system_prompt.trim())];
        conversation.push(Message::new(Role::User, question.text));
        let ticket = Ticket::standing();
        llm.begin(&conversation, &ticket)?;
        let mut answer = String::new();
        while let Some(piece) = llm.next(&ticket)? {
            answer.push_str(&piece);
        }
        let fault = fault(&answer).or_else(|| (!holds(&answer, &question.holds)).then_some("not what was asked for"));
        if args.answers {
            println!(
                "{} {:<9} {}\n{:12}{}",
                if fault.is_none() { '+' } else { '-' },
                question.kind,
                question.text,
                "",
                answer.trim()
            );
        }
        match kinds.iter_mut().find(|(kind, ..)| *kind == question.kind) {
            Some((_, good, all)) => (*good, *all) = (*good + usize::from(fault.is_none()), *all + 1),
            None => kinds.push((question.kind, fault.is_none().into(), 1)),
        }
        if let Some(fault) = fault {
            match faults.iter_mut().find(|(known, _)| *known == fault) {
                Some((_, count)) => *count += 1,
                None => faults.push((fault, 1)),
            }
        }
    }
    println!("| kind | good | of |\n|---|---|---|");
    for (kind, good, all) in &kinds {
        println!("| {kind} | {good} | {all} |");
    }
    let good: usize = kinds.iter().map(|(_, good, _)| good).sum();
    println!("| all | {good} | {} |\n", questions.len());
    let seconds = started.elapsed().as_secs_f64() / f64::from(u32::try_from(questions.len())?);
    let faults: Vec<_> = faults.iter().map(|(fault, count)| format!("{count} {fault}")).collect();
    println!(
        "{seconds:.2} s an answer; the others: {}",
        if faults.is_empty() { "none".into() } else { faults.join(", ") }
    );
    Ok(())
}

fn questions<'a>(text: &'a str, path: &Path) -> Result<Vec<Question<'a>>> {
    let mut questions = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let columns: Vec<_> = line.split('\t').collect();
        ensure!(
            columns.len() == 3,
            "{}:{}: write kind, question and what it holds, tabs between",
            path.display(),
            number + 1
        );
        questions.push(Question { kind: columns[0], text: columns[1], holds: columns[2].split('|').collect() });
    }
    ensure!(!questions.is_empty(), "{} has no questions", path.display());
    Ok(questions)
}

/// The words of an answer in lower case.
fn words(answer: &str) -> Vec<String> {
    let letters = |c: char| !c.is_alphanumeric() && c != '\'';
    answer.to_lowercase().split(letters).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether a word of `answer` begins with one of `beginnings`. One letter is a whole word; a phrase stands anywhere.
fn holds(answer: &str, beginnings: &[&str]) -> bool {
    let words = words(answer);
    beginnings.iter().any(|wanted| match wanted.chars().count() {
        1 if *wanted == "*" => true,
        1 => words.iter().any(|word| word == wanted),
        _ if wanted.contains([' ', '-']) => words.join(" ").contains(&wanted.replace('-', " ")),
        _ => words.iter().any(|word| word.starts_with(wanted)),
    })
}

/// The fault of an answer, whatever was asked: it is empty, goes on with the prompt, says one phrase over and over, or
/// takes half a minute to hear.
fn fault(answer: &str) -> Option<&'static str> {
    let words = words(answer);
    let start = answer.trim().to_lowercase();
    if words.is_empty() {
        return Some("empty");
    }
    if ROLES.iter().any(|role| start.starts_with(role) && !start.starts_with("users")) {
        return Some("going on with the prompt");
    }
    let count = |phrase: &[String]| words.windows(PHRASE).filter(|other| *other == phrase).count();
    if words.windows(PHRASE).any(|phrase| count(phrase) > OFTEN) {
        return Some("repeating itself");
    }
    (words.len() > LONGEST).then_some("too long")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_holds_what_begins_a_word_of_it() {
        assert!(holds("It is practised daily.", &["practi"]) && !holds("A malpractice.", &["practi"]));
        assert!(holds("After B comes C.", &["c"]) && !holds("A cat.", &["c"]));
        assert!(holds("Forty-two!", &["forty-two"]) && holds("See you!", &["see you"]) && holds("Ha.", &["*"]));
    }

    #[test]
    fn answers_that_nobody_wants_to_hear_are_told() {
        assert_eq!(fault("No, no, no, no, no."), Some("repeating itself"));
        assert_eq!(fault(" ... "), Some("empty"));
        assert_eq!(fault("Assistant: hello"), Some("going on with the prompt"));
        let counted = (0..90).map(|number| number.to_string()).collect::<Vec<_>>().join(" ");
        assert_eq!(fault(&counted), Some("too long"));
        assert_eq!(fault("Paris is the capital of France, and it lies on the Seine."), None);
    }

    #[test]
    fn the_questions_that_come_with_golem_are_sixty() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/brain/everyday.tsv");
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(questions(&text, &path).unwrap().len(), 60);
        assert!(questions("a\tb\n", &path).is_err());
    }
}
