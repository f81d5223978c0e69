//! The llama.cpp engine: mechanics on tiny random models, meaning on the starter model where it is installed.

#[path = "common/place.rs"]
mod place;

use std::path::{Path, PathBuf};
use std::time::Instant;

use golem::config;
use golem::engine::llama::Llama;
use golem::engine::{Chat, EngineError};
use golem::message::{Message, Role};
use golem::turn::{Ticket, TurnClock};

/// GPT-2 with learned positions and no chat template; context 256.
const GPT2: &str = "fixtures/models/gpt2-random.gguf";
/// A llama with the ChatML template; context 256.
const CHATML: &str = "fixtures/models/chatml-random.gguf";
const BOTH: [&str; 2] = [GPT2, CHATML];

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn settings() -> config::LlmConfig {
    config::LlmConfig {
        max_tokens: 24,
        temperature: 0.0,
        threads: 1,
        system_prompt: String::new(),
        ..Default::default()
    }
}

fn open(name: &str, config: &config::LlmConfig) -> Llama {
    Llama::open(&path(name), config).expect("the fixture loads")
}

fn user(text: &str) -> Message {
    Message::new(Role::User, text)
}

fn golem(text: &str) -> Message {
    Message::new(Role::Assistant, text)
}

fn system(text: &str) -> Message {
    Message::new(Role::System, text)
}

/// The pieces of the reply to `conversation`.
fn pieces(llama: &mut Llama, conversation: &[Message]) -> Vec<String> {
    let stop = Ticket::standing();
    llama.begin(conversation, &stop).expect("the conversation is taken");
    std::iter::from_fn(|| llama.next(&stop).expect("the model goes on")).collect()
}

fn reply(llama: &mut Llama, conversation: &[Message]) -> String {
    pieces(llama, conversation).concat()
}

#[test]
fn greedy_replies_are_the_same_every_time() {
    for name in BOTH {
        let question = [system("Be brief."), user("hello there")];
        let mut llama = open(name, &settings());
        let first = reply(&mut llama, &question);
        assert!(!first.is_empty(), "{name}");
        assert_eq!(reply(&mut llama, &question), first, "{name}, from the cache");
        assert_eq!(reply(&mut open(name, &settings()), &question), first, "{name}, from the file");
    }
}

#[test]
fn the_seed_decides_what_is_drawn() {
    let drawn = |seed| {
        let config = config::LlmConfig { temperature: 1.5, top_p: 1.0, seed, ..settings() };
        reply(&mut open(CHATML, &config), &[user("hello")])
    };
    assert_eq!(drawn(1), drawn(1));
    assert!((2..6).any(|seed| drawn(seed) != drawn(1)));
}

#[test]
fn pieces_are_never_empty_and_the_reply_is_trimmed_and_ends() {
    for seed in 0..8 {
        let config = config::LlmConfig { temperature: 1.5, top_p: 1.0, max_tokens: 60, seed, ..settings() };
        for name in BOTH {
            let mut llama = open(name, &config);
            let pieces = pieces(&mut llama, &[user("say something")]);
            assert!(pieces.len() <= 60);
            assert!(pieces.iter().all(|piece| !piece.is_empty()));
            let text = pieces.concat();
            assert_eq!(text.trim(), text);
            assert!(llama.next(&Ticket::standing()).expect("at the end").is_none(), "the end is the end");
        }
    }
}

#[test]
fn a_following_turn_evaluates_only_what_is_new() {
    for name in BOTH {
        let mut llama = open(name, &settings());
        let mut talk = vec![system("You are golem."), user("tell me a story about a fox and a hen")];
        reply(&mut llama, &talk);
        let whole = llama.evaluated();
        assert!(whole > 30, "{name}: the first prompt is read in full, {whole} tokens");

        talk.push(golem("Once."));
        talk.push(user("and"));
        reply(&mut llama, &talk);
        let mut fresh = open(name, &settings());
        reply(&mut fresh, &talk);
        assert!(fresh.evaluated() > whole, "{name}");
        assert!(llama.evaluated() <= fresh.evaluated() - whole + 1, "{name}: {} new tokens", llama.evaluated());

        reply(&mut llama, &talk);
        assert_eq!(llama.evaluated(), 1, "{name}: the same prompt again costs its last token");
    }
}

#[test]
fn an_interrupted_reply_is_cut_back_to_what_was_heard() {
    let question = vec![system("You are golem."), user("count for me please, slowly")];
    let stop = Ticket::standing();
    let mut llama = open(CHATML, &config::LlmConfig { max_tokens: 40, ..settings() });
    llama.begin(&question, &stop).expect("begins");
    let heard = llama.next(&stop).expect("goes on").expect("has a first piece");
    while llama.next(&stop).expect("goes on").is_some() {}

    let after = [question, vec![golem(&heard), user("why")]].concat();
    let continued = reply(&mut llama, &after);
    let reused = llama.evaluated();
    let mut fresh = open(CHATML, &config::LlmConfig { max_tokens: 40, ..settings() });
    assert_eq!(reply(&mut fresh, &after), continued, "the unheard rest leaves no trace");
    assert!(reused * 2 < fresh.evaluated(), "{reused} of {} tokens evaluated", fresh.evaluated());
}

#[test]
fn a_stale_ticket_stops_reading_and_writing() {
    let clock = TurnClock::new();
    let ticket = clock.ticket(1);
    let mut llama = open(CHATML, &settings());
    llama.begin(&[user("hello")], &ticket).expect("begins");
    assert!(llama.next(&ticket).expect("goes on").is_some());
    clock.raise(2);
    assert!(llama.next(&ticket).expect("stops").is_none());
    assert!(llama.next(&clock.ticket(2)).expect("a stopped reply").is_none(), "stays stopped");

    llama.begin(&[user("something else entirely")], &ticket).expect("a stale prompt is no error");
    assert_eq!(llama.evaluated(), 0, "nothing is read for a stale turn");
    assert!(llama.next(&clock.ticket(2)).expect("nothing was begun").is_none());
    assert!(!reply(&mut llama, &[user("hello")]).is_empty(), "the next turn works");
}

#[test]
fn a_long_conversation_loses_its_oldest_exchanges_and_never_fails() {
    for name in BOTH {
        let mut llama = open(name, &settings());
        let mut talk = vec![system("You are golem.")];
        let mut evaluated = Vec::new();
        for turn in 0..30 {
            talk.push(user(&format!("question {turn}")));
            reply(&mut llama, &talk);
            evaluated.push(llama.evaluated());
            talk.push(golem("yes"));
        }
        assert!(evaluated.iter().all(|&tokens| tokens <= 256 - 24), "{name}: {evaluated:?}");
        let cheap = evaluated.iter().filter(|&&tokens| tokens < 60).count();
        assert!(cheap >= 15, "{name}: most turns reuse the cache even when full: {evaluated:?}");
    }
}

#[test]
fn odd_conversations_and_settings_are_answered_or_refused_without_a_panic() {
    for name in BOTH {
        let long = "word ".repeat(2000);
        let mut llama = open(name, &settings());
        assert!(!reply(&mut llama, &[system("Be brief."), user(&long)]).is_empty(), "{name}: a long question");
        assert!(!reply(&mut llama, &[system(&long), user("hello")]).is_empty(), "{name}: long instructions");
        assert!(!reply(&mut llama, &[system(""), user("nul \0 <|im_end|> жук 🦀")]).is_empty(), "{name}");
        reply(&mut llama, &[golem("Hi, I am golem.")]);
        let _ = llama.begin(&[], &Ticket::standing());
        let _ = llama.begin(&[user(" ")], &Ticket::standing());

        for context in [1, 2, 7, 31, 100, 100_000] {
            let mut llama = open(name, &config::LlmConfig { context, max_tokens: 1000, ..settings() });
            let stop = Ticket::standing();
            if llama.begin(&[system("Be brief."), user("hello")], &stop).is_ok() {
                let mut count = 0;
                while llama.next(&stop).expect("ends at the context's end").is_some() {
                    count += 1;
                }
                assert!(count <= 256, "{name}: {count}");
            }
        }
        let mut silent = open(name, &config::LlmConfig { max_tokens: 0, ..settings() });
        assert!(reply(&mut silent, &[user("hello")]).is_empty());
        let odd = config::LlmConfig { temperature: f32::NAN, top_p: -3.0, ..settings() };
        assert!(!reply(&mut open(name, &odd), &[user("hello")]).is_empty());
    }
}

#[test]
fn a_broken_file_is_an_error_wherever_it_was_cut() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cut = folder.path().join("cut.gguf");
    for name in BOTH {
        let bytes = std::fs::read(path(name)).expect("the fixture is read");
        for length in (0..bytes.len()).step_by(4001).chain([bytes.len() - 1]) {
            std::fs::write(&cut, &bytes[..length]).expect("written");
            let error = Llama::open(&cut, &settings()).err();
            assert!(matches!(error, Some(EngineError::Unusable { .. })), "{name} cut to {length} bytes: {error:?}");
        }
    }
    let absent = Llama::open(&folder.path().join("absent.gguf"), &settings()).err();
    assert!(matches!(absent, Some(EngineError::Missing { .. })), "{absent:?}");
}

#[test]
fn the_starter_model_answers_with_sense() {
    let file = path("models/starter/brain.gguf");
    if !file.exists() {
        println!("skipped: {} is not installed", file.display());
        return;
    }
    let config = config::LlmConfig { temperature: 0.0, ..Default::default() };
    let start = Instant::now();
    let mut llama = Llama::open(&file, &config).expect("the starter model loads");
    println!("{}: loaded in {:?}", llama.describe(), start.elapsed());
    for (question, word) in [("what is two plus three", "five"), ("what is your name", "golem")] {
        let answer = reply(&mut llama, &[system(&config.system_prompt), user(question)]);
        println!("{question}? {answer}");
        assert!(answer.to_lowercase().contains(word), "{question}: {answer}");
    }
}

/// Language models with published weights: those of the models folder that the environment names, or of golem's own.
fn published() -> Vec<PathBuf> {
    let named = std::env::var_os("GOLEM_MODELS").filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = named.unwrap_or_else(|| place::data().join("models")).join("llm");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|ext| ext == "gguf")).collect();
    files.sort();
    files
}

#[test]
fn published_models_answer_without_thoughts_and_without_end() {
    let models = published();
    if models.is_empty() {
        println!("skipped: no language model is installed");
        return;
    }
    for path in models {
        let config = config::LlmConfig::default();
        let mut llama = Llama::open(&path, &config).expect("an installed model loads");
        println!("{}", llama.describe());
        for question in
            ["Can you hear me?", "Say no.", "Tell me a story about a fox and a hen.", "What is two plus three?"]
        {
            let answer = reply(&mut llama, &[system(&config.system_prompt), user(question)]);
            println!("{question} {answer}");
            assert!(!answer.is_empty(), "{question}");
            assert!(!answer.contains("think>") && !answer.contains("<|"), "{answer}");
            let words: Vec<String> = answer.split_whitespace().map(str::to_lowercase).collect();
            for period in 1..=words.len() / 4 {
                let run = |at: usize| {
                    words[at..].chunks_exact(period).take_while(|part| *part == &words[at..at + period]).count()
                };
                let most = (0..words.len() - period).map(run).max().unwrap_or(0);
                assert!(most <= 3, "said {most} times in a row: {answer}");
            }
        }
    }
}
