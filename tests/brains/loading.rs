//! Models that are loaded while a person still speaks.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::spawn;
use std::time::Duration;

use crossbeam_channel::{Receiver, unbounded};
use golem::config::LlmConfig;
use golem::config::llm_source::LlmEngine;
use golem::engine::Chat;
use golem::turn::Ticket;

use super::{AHEAD, open, question, server, settings};

/// Most tries until a server has dropped its model, and the wait after each.
const TRIES: (u32, Duration) = (1_000, Duration::from_millis(20));

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
