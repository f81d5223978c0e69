//! `golem intents`: commands files checked, tried and listed, without a microphone.

mod check;
mod sources;

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::usage::Usage;
use crate::config::Config;
use crate::intent::matching::interpret::{Hypothesis, InterpretSettings, Interpreter};
use crate::intent::template::{IntentSet, sample, vocabulary};
use crate::intent::{Reading, Understanding};
use crate::runtime::assembly::{command_paths, open_book};
use sources::{print_lines, with_lists};

const EXAMPLES: &str = "\
Examples:
  golem intents check ~/commands              every .yaml, .yml and .json file in the folder
  golem intents match \"open the browser\"
  golem intents match \"turn on the lamp\" --intents home.yaml --lists rooms.yaml --context area=kitchen
  golem intents match - --intents home.yaml < sentences.txt
                                              a line of JSON per line
  golem intents sample -n 20 --seed 7
  golem intents words --intents home.yaml";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct IntentsArgs {
    #[command(subcommand)]
    what: IntentsCommand,
}

#[derive(Debug, Subcommand)]
enum IntentsCommand {
    /// Look for mistakes, sentences of two intents, and words that cannot be recognised; status 1 when there are mistakes
    Check {
        /// Commands files or folders of them [default: those of the config, or those that come with golem]
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        lists: IntentListArgs,
    },
    /// Show what a sentence means, or why it is rejected
    Match(MatchArgs),
    /// Print example sentences
    Sample {
        /// How many; at least one of each intent is printed
        #[arg(short, long, default_value_t = 20, value_name = "N")]
        number: usize,
        /// The same seed gives the same sentences
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// A line of JSON per sentence: intent, sentence, slots
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        files: FileArgs,
    },
    /// Print every word that a sentence can have, a word a line
    Words {
        #[command(flatten)]
        files: FileArgs,
    },
}

#[derive(Debug, Args)]
struct FileArgs {
    /// Commands file or folder, instead of those of the config; may be given several times
    #[arg(long = "intents", value_name = "PATH")]
    intents: Vec<PathBuf>,
    #[command(flatten)]
    lists: IntentListArgs,
}

#[derive(Debug, Args)]
struct IntentListArgs {
    /// File with more lists, such as the names and areas of a home; may be given several times
    #[arg(long, value_name = "FILE")]
    lists: Vec<PathBuf>,
}

#[derive(Debug, Args)]
struct MatchArgs {
    /// The sentence; `-` reads a sentence a line and answers each with a line of JSON
    #[arg(value_name = "TEXT")]
    text: String,
    /// As JSON: text, intent (null when rejected), slots, score, accepted, reason, sentence, response, runner_up,
    /// candidate (the best reading even when rejected), us (microseconds)
    #[arg(long)]
    json: bool,
    /// What is known without being said, such as area=kitchen; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    context: Vec<String>,
    #[command(flatten)]
    files: FileArgs,
}

pub fn run(args: &IntentsArgs, config: &Config) -> Result<()> {
    match &args.what {
        IntentsCommand::Check { paths, lists } => check::run(&paths_or_default(paths, config), &lists.lists),
        IntentsCommand::Match(args) => match_text(args, config),
        IntentsCommand::Sample { number, seed, json, files } => {
            print_samples(&files.load(config)?, *number, *seed, *json)
        }
        IntentsCommand::Words { files } => print_lines(vocabulary::words(&files.load(config)?)),
    }
}

/// The files that are named, or those of the config.
fn paths_or_default(named: &[PathBuf], config: &Config) -> Vec<PathBuf> {
    if named.is_empty() { command_paths(config) } else { named.to_vec() }
}

impl FileArgs {
    fn load(&self, config: &Config) -> Result<IntentSet> {
        let book = open_book(&paths_or_default(&self.intents, config))?;
        with_lists(book.intents().clone(), &self.lists.lists)
    }
}

fn match_text(args: &MatchArgs, config: &Config) -> Result<()> {
    let mut context = BTreeMap::new();
    for pair in &args.context {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| Usage(format!("--context {pair}: write KEY=VALUE, such as area=kitchen")))?;
        context.insert(key.to_string(), value.to_string());
    }
    let interpreter = {
        let settings = InterpretSettings { threshold: config.intents.threshold, margin: config.intents.margin };
        Interpreter::of(&args.files.load(config)?, settings)?
    };
    if args.text != "-" {
        let (understanding, us) = understand(&interpreter, &args.text, &context);
        let answer = as_json(&args.text, &understanding, us).to_string();
        return print_lines([if args.json { answer } else { in_words(&understanding) }]);
    }
    let lines = std::io::stdin().lock().lines();
    print_lines(lines.map_while(Result::ok).map(|line| {
        let (understanding, us) = understand(&interpreter, &line, &context);
        as_json(&line, &understanding, us).to_string()
    }))
}

fn understand(interpreter: &Interpreter, text: &str, context: &BTreeMap<String, String>) -> (Understanding, u128) {
    let begun = Instant::now();
    let understanding = interpreter.understand(&[Hypothesis { text, weight: 0.0 }], None, context);
    (understanding, begun.elapsed().as_micros())
}

fn as_json(text: &str, understanding: &Understanding, us: u128) -> Value {
    let accepted = understanding.best.as_ref().filter(|_| understanding.accepted);
    let brief =
        |reading: &Reading| json!({"intent": reading.intent, "slots": reading.slots, "score": round(reading.score)});
    json!({
        "text": text,
        "intent": accepted.map(|reading| &reading.intent),
        "slots": accepted.map(|reading| reading.slots.clone()).unwrap_or_default(),
        "score": understanding.best.as_ref().map_or(0.0, |reading| round(reading.score)),
        "accepted": understanding.accepted,
        "reason": understanding.reason,
        "sentence": accepted.map(|reading| &reading.sentence),
        "response": accepted.and_then(|reading| reading.response.as_ref()),
        "runner_up": understanding.runner_up.as_ref().map(brief),
        "candidate": understanding.best.as_ref().map(brief),
        "us": us,
    })
}

/// A score rounded to four decimals, which are more than it is worth.
fn round(score: f32) -> f64 {
    (f64::from(score) * 1e4).round() / 1e4
}

fn in_words(understanding: &Understanding) -> String {
    let shown = |reading: &Reading| {
        let mut shown = vec![reading.intent.clone()];
        shown.extend(reading.slots.iter().map(|(name, value)| format!("{name}={value:?}")));
        shown.extend([format!("score {:.2}", reading.score), format!("\"{}\"", reading.sentence)]);
        shown.join("  ")
    };
    let mut lines = Vec::new();
    match (&understanding.best, understanding.accepted) {
        (Some(best), true) => lines.push(format!("{}  ({})", shown(best), understanding.reason)),
        (best, _) => {
            lines.push(format!("rejected: {}", understanding.reason));
            lines.extend(best.iter().map(|best| format!("nearest:   {}", shown(best))));
        }
    }
    lines.extend(understanding.runner_up.iter().map(|next| format!("runner-up: {}", shown(next))));
    lines.join("\n")
}

fn print_samples(intents: &IntentSet, number: usize, seed: u64, json: bool) -> Result<()> {
    let samples = sample::sample(intents, number, seed);
    if json {
        return print_lines(samples.iter().map(|sample| {
            json!({"intent": sample.intent, "sentence": sample.sentence, "slots": sample.slots}).to_string()
        }));
    }
    let width = samples.iter().map(|sample| sample.intent.chars().count()).max().unwrap_or_default();
    print_lines(samples.iter().map(|sample| format!("{:width$}  {}", sample.intent, sample.sentence)))
}
