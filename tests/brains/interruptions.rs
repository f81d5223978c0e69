//! Waits while a model is loaded, and replies that are given up.

use std::time::Duration;

use crossbeam_channel::{Sender, unbounded};
use golem::config::llm_source::LlmEngine;
use golem::engine::Chat;
use golem::message::{Event, Message, Role};
use golem::turn::TurnClock;
use golem::worker::baton::Baton;
use golem::worker::llm::{LlmJob, LlmWorker};
use serde_json::json;

use super::brain::{BrainServer, begin, openai, say, stall};
use super::{STEP, five, open, question, server, settings};

/// Signs of life to wait for: one comes in a second of the clock, so that the reply is late by then.
const SIGNS: usize = 8;

/// A server that answers "Five." each time its model is loaded.
pub fn loading() -> (Sender<()>, BrainServer) {
    let (load, loaded) = unbounded();
    let up = BrainServer::start(move |_, client| {
        begin(client);
        let _ = loaded.recv();
        say(client, &five(LlmEngine::OpenAi));
    });
    (load, up)
}

fn worker(up: &BrainServer) -> LlmWorker {
    let chat = open(&settings(&[server(LlmEngine::OpenAi, &up.url, "m")]));
    LlmWorker::new(Box::new(chat), TurnClock::new(), Baton::default())
}

/// The next piece of the reply; `None` at its end.
fn piece(worker: &mut LlmWorker) -> Option<String> {
    match worker.step()? {
        Event::Piece { text, .. } => Some(text),
        Event::ReplyEnd { .. } => None,
        other => panic!("no reply: {other:?}"),
    }
}

/// What comes of a reply while its model is loaded.
fn while_loaded(worker: &mut LlmWorker) -> String {
    STEP.set(Duration::from_millis(100));
    let said = (0..SIGNS).map(|_| piece(worker).expect("a sign of life")).collect();
    STEP.set(Duration::ZERO);
    said
}

fn rest(worker: &mut LlmWorker) -> String {
    std::iter::from_fn(|| piece(worker)).collect()
}

#[test]
fn golem_asks_for_patience_once_while_a_model_is_loaded() {
    let (load, up) = loading();
    let mut worker = worker(&up).asking_patience();
    let conversation = vec![Message::new(Role::User, "Сколько будет два плюс три?")];
    assert_eq!(worker.take(LlmJob::Think { turn: 1, conversation }), None);
    let said = while_loaded(&mut worker);
    assert_eq!(said, "Одну минуту. ", "once");
    load.send(()).unwrap();
    let said = said + &rest(&mut worker);
    assert_eq!(said, "Одну минуту. Five.");
    up.asked();
    let next = [Message::new(Role::User, "a"), Message::new(Role::Assistant, said), Message::new(Role::User, "b")];
    load.send(()).unwrap();
    assert_eq!(worker.take(LlmJob::Think { turn: 2, conversation: next.into() }), None);
    assert_eq!(rest(&mut worker), "Five.");
    assert_eq!(up.asked().body["messages"][1]["content"], "Five.", "the model has not said the rest");
}

#[test]
fn a_late_reply_that_is_read_holds_no_request_for_patience() {
    let (load, up) = loading();
    let mut worker = worker(&up);
    assert_eq!(worker.take(LlmJob::Think { turn: 1, conversation: question() }), None);
    assert_eq!(while_loaded(&mut worker), "");
    load.send(()).unwrap();
    assert_eq!(rest(&mut worker), "Five.");
}

/// A server that says one word and no more.
fn hanging() -> BrainServer {
    BrainServer::start(|_, client| {
        begin(client);
        say(client, &openai(&json!({ "content": "Once upon a time" })));
        stall(client);
    })
}

#[test]
fn a_barge_in_hangs_up_without_waiting_for_a_token() {
    let up = hanging();
    let config = settings(&[server(LlmEngine::OpenAi, &up.url, "m")]);
    let turns = TurnClock::new();
    let stop = turns.ticket(1);
    let (said_in, said) = unbounded();
    let (leave, left) = unbounded::<()>();
    let thinking = std::thread::spawn(move || {
        let mut chat = open(&config);
        chat.begin(&question(), &stop).unwrap();
        while let Some(piece) = chat.next(&stop).unwrap() {
            said_in.send(piece).unwrap();
        }
        drop(said_in);
        // The chat lives on: only the reply has ended.
        let _ = left.recv();
    });
    assert_eq!(said.recv().unwrap(), "Once upon a time");
    turns.raise(2);
    up.over();
    assert!(said.recv().is_err(), "nothing more is said");
    drop(leave);
    thinking.join().unwrap();
}

#[test]
fn a_reply_that_is_held_back_hangs_up_when_it_is_cancelled() {
    let up = hanging();
    let config = settings(&[server(LlmEngine::OpenAi, &up.url, "m")]);
    let turns = TurnClock::new();
    let (jobs, inbox) = unbounded();
    let (events_in, events) = unbounded();
    let clock_of_turns = turns.clone();
    let worker = std::thread::spawn(move || {
        LlmWorker::new(Box::new(open(&config)), clock_of_turns, Baton::default()).run(&inbox, &events_in);
    });
    jobs.send(LlmJob::Think { turn: 1, conversation: question() }).unwrap();
    assert!(matches!(events.recv().unwrap(), Event::Piece { .. }));
    jobs.send(LlmJob::Hold).unwrap();
    turns.raise(2);
    up.over();
    drop(jobs);
    worker.join().unwrap();
    assert!(events.try_iter().all(|event| !matches!(event, Event::Failed { .. })));
}
