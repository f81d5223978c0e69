//! Models that are loaded while a person speaks or waits, and long conversations that are read.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::spawn;
use std::time::Duration;

use crossbeam_channel::{Receiver, unbounded};
use golem::config::LlmConfig;
use golem::config::llm_source::LlmEngine;
use golem::engine::Chat;
use golem::engine::remote::RemoteChat;
use golem::message::{Message, Role};
use golem::turn::Ticket;

use super::interruptions::loading;
use super::{AHEAD, STEP, asking, open, question, server, settings};

/// Most tries until a server has dropped its model, and the wait after each.
const TRIES: (u32, Duration) = (1_000, Duration::from_millis(20));
/// Signs of life to wait for: at least a second of the clock lies between two.
const SIGNS: usize = 8;

/// The address of an Ollama that loads whatever it is asked to load, and the paths of the requests that it gets.
fn loader() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (paths_in, paths) = unbounded();
    spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let paths_in = paths_in.clone();
            spawn(move || {
                let mut bytes = [0; 4096];
                let length = stream.read(&mut bytes).unwrap_or(0);
                let head = String::from_utf8_lossy(&bytes[..length]).into_owned();
                let _ = paths_in.send(head.split_whitespace().nth(1).unwrap_or_default().to_owned());
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
                // Read on until the client hangs up: an early end would reset the connection.
                while stream.read(&mut bytes).is_ok_and(|length| length > 0) {}
            });
        }
    });
    (url, paths)
}

#[test]
fn a_model_that_its_server_has_dropped_is_loaded_when_a_person_begins_to_speak() {
    let (url, paths) = loader();
    let config = LlmConfig { keep_alive: "1m".into(), ..settings(&[server(LlmEngine::Ollama, &url, "m")]) };
    let mut chat = open(&config);
    assert_eq!(paths.recv_timeout(Duration::from_mins(1)).unwrap(), "/api/generate");
    // The end of the first load may come late, and then the minute begins late.
    let (tries, wait) = TRIES;
    let again = (0..tries).find_map(|_| {
        AHEAD.set(AHEAD.get() + Duration::from_mins(2));
        chat.begin(&question(), &Ticket::standing()).unwrap();
        paths.recv_timeout(wait).ok()
    });
    assert_eq!(again.as_deref(), Some("/api/generate"));
}

/// The next pieces of a reply, of all that come at most so many.
fn next(chat: &mut RemoteChat, pieces: usize) -> String {
    let stop = Ticket::standing();
    std::iter::from_fn(|| chat.next(&stop).unwrap()).take(pieces).collect()
}

/// The same while the clock goes on.
fn while_time_passes(chat: &mut RemoteChat, pieces: usize) -> String {
    STEP.set(Duration::from_millis(100));
    let said = next(chat, pieces);
    STEP.set(Duration::ZERO);
    said
}

#[test]
fn a_model_may_have_been_dropped_in_a_pause_of_the_conversation() {
    let (load, up) = loading();
    let config = LlmConfig { first_token_ms: 1_000, ..settings(&[server(LlmEngine::OpenAi, &up.url, "m")]) };
    let mut chat = open(&config);
    load.send(()).unwrap();
    assert_eq!(asking(&mut chat, &question()).unwrap(), "Five.");
    AHEAD.set(AHEAD.get() + Duration::from_mins(5));
    chat.begin(&question(), &Ticket::standing()).unwrap();
    assert_eq!(while_time_passes(&mut chat, SIGNS), "", "it is waited for");
    load.send(()).unwrap();
    assert_eq!(next(&mut chat, usize::MAX), "Five.");
}

#[test]
fn a_long_conversation_gets_the_time_to_be_read() {
    let (load, up) = loading();
    let config = LlmConfig { first_token_ms: 1_000, ..settings(&[server(LlmEngine::OpenAi, &up.url, "m")]) };
    let mut chat = open(&config);
    load.send(()).unwrap();
    assert_eq!(asking(&mut chat, &question()).unwrap(), "Five.");
    // Golem counts 1600 tokens, for which it waits half a minute.
    let long = [Message::new(Role::System, "Be brief. ".repeat(400)), Message::new(Role::User, "And three?")];
    chat.begin(&long, &Ticket::standing()).unwrap();
    assert_eq!(while_time_passes(&mut chat, SIGNS), "", "it is waited for");
    load.send(()).unwrap();
    assert_eq!(next(&mut chat, usize::MAX), "Five.");
    chat.begin(&question(), &Ticket::standing()).unwrap();
    assert_eq!(while_time_passes(&mut chat, usize::MAX), "Mine.", "a short one does not");
}
