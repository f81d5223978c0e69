//! Tests of the control socket with clients of every kind. Each step waits for an answer, for the end of a stream or
//! for a channel, never for a time.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::time::Instant;

use crossbeam_channel::unbounded;

use super::*;
use crate::control::attached::Attached;
use crate::control::client::Client;
use crate::control::hub::{ProcessAction, ProcessRequest, QUEUE, Routes};
use crate::control::wire::{LONGEST, Received};
use crate::control::{Levels, Mode, Note, Part, Ready, Request, State, Update};
use crate::message::Time;
use crate::worker::meter::MetricsMeter;

/// A golem of which only the socket is real.
struct Rig {
    server: Option<Server>,
    hub: Arc<Hub>,
    meter: MetricsMeter,
    requests: Receiver<Request>,
    process: Option<Receiver<ProcessRequest>>,
    folder: Option<tempfile::TempDir>,
}

impl Rig {
    fn new() -> Self {
        Self::at(tempfile::tempdir().unwrap())
    }

    fn at(folder: tempfile::TempDir) -> Self {
        let (requests_in, requests) = bounded(64);
        let (process_in, process) = bounded(1);
        let routes = Routes { dialogue: requests_in, process: process_in };
        let meter = MetricsMeter::default();
        let hub = Arc::new(Hub::new(routes, meter.clone(), Mode::Chat, Instant::now()));
        let server = Server::start(Socket::take(&folder.path().join("golem.sock")).unwrap(), Arc::clone(&hub)).unwrap();
        for part in [Part::Llm, Part::Commands] {
            hub.take(&Update::Ready(Ready { part, what: "a good one".into(), why: String::new(), at: None }));
        }
        hub.take(&Update::Listening);
        Self { server: Some(server), hub, meter, requests, process: Some(process), folder: Some(folder) }
    }

    fn path(&self) -> PathBuf {
        self.folder.as_ref().unwrap().path().join("golem.sock")
    }

    /// Ends golem, and leaves the folder to the next one.
    fn end(mut self) -> tempfile::TempDir {
        self.folder.take().unwrap()
    }

    fn client(&self) -> Client {
        Client::connect(&self.path()).unwrap()
    }

    fn raw(&self) -> UnixStream {
        UnixStream::connect(self.path()).unwrap()
    }

    /// Checks that golem still answers a client that keeps to the protocol.
    fn is_well(&self) {
        assert!(matches!(self.client().ask(Request::Status), Ok(Response::Status(_))));
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        drop(self.process.take());
        drop(self.server.take());
    }
}

/// Longest wait for a line from the server.
const PATIENCE: Duration = Duration::from_secs(20);

fn note(text: &str) -> Update {
    Update::Note { time: Time::from_secs(1), note: Note::Reply { turn: 1, text: text.into() } }
}

/// Returns all that the server sends until it hangs up.
fn rest(stream: &UnixStream) -> String {
    let mut bytes = Vec::new();
    // Ignore the error: a hang-up with unread bytes is a reset, after what was sent.
    let _ = (&*stream).read_to_end(&mut bytes);
    String::from_utf8(bytes).unwrap()
}

#[test]
fn requests_reach_the_dialogue_and_are_answered_in_order() {
    let rig = Rig::new();
    let mut client = rig.client();
    let requests = [
        Request::Mute,
        Request::Unmute,
        Request::Listen,
        Request::Stop,
        Request::Repeat,
        Request::Say { text: "Hello".into() },
        Request::Ask { text: "What?".into() },
        Request::Talk { on: true },
        Request::Answer { yes: false },
        Request::Mode { mode: Mode::Intent },
        Request::Offers,
        Request::Switch { part: Part::Tts, name: "ru".into() },
    ];
    for request in &requests {
        assert_eq!(client.ask(request.clone()).unwrap(), Response::ok());
    }
    assert_eq!(rig.requests.try_iter().collect::<Vec<_>>(), requests);
    let Response::Status(status) = client.ask(Request::Status).unwrap() else { panic!("no status") };
    assert!(status.ready && status.state == State::Idle && status.pid == std::process::id());
    rig.meter.note(&Note::Cut { turn: 1 });
    let Response::Metrics(metrics) = client.ask(Request::Metrics).unwrap() else { panic!("no metrics") };
    assert!(metrics.memory > 0 && metrics.threads > 2 && metrics.files > 2);
    assert_eq!(metrics.barge_ins.cut, 1, "one place counts");
}

#[test]
fn the_process_is_asked_and_a_busy_golem_says_so() {
    let mut rig = Rig::new();
    let requests = rig.process.take().unwrap();
    let runner = std::thread::spawn(move || {
        for ProcessRequest { action, outcome } in requests {
            let quit = action == ProcessAction::Quit;
            let _ = outcome.send(if quit { Ok("bye".into()) } else { Err("line 3 is wrong".into()) });
            if quit {
                return;
            }
        }
    });
    let mut client = rig.client();
    assert_eq!(client.ask(Request::Reload).unwrap(), Response::refused("line 3 is wrong"));
    assert_eq!(client.ask(Request::Quit).unwrap(), Response::Ok { text: "bye".into() });
    runner.join().unwrap();
    while client.ask(Request::Stop).unwrap() == Response::ok() {}
    assert!(matches!(client.ask(Request::Stop).unwrap(), Response::Refused { reason } if reason.contains("busy")));
}

#[test]
fn a_mode_that_golem_was_not_started_for_is_refused() {
    let rig = Rig::new();
    rig.hub.take(&Update::Ready(Ready { part: Part::Llm, what: "none".into(), why: String::new(), at: None }));
    let answer = rig.client().ask(Request::Mode { mode: Mode::Chat }).unwrap();
    assert!(matches!(answer, Response::Refused { reason } if reason.contains("--intent-only")));
}

#[test]
fn who_does_not_read_loses_events_and_learns_how_many() {
    let rig = Rig::new();
    let mut stream = rig.raw();
    stream.write_all(b"{\"command\":\"subscribe\"}\n").unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
    // The subscription holds once its first event is there.
    assert!(lines.next().unwrap().contains(r#""type":"ok""#));
    assert!(lines.next().unwrap().contains("ready"));
    let text = "x".repeat(1000);
    let sent = 10 * QUEUE;
    for _ in 0..sent {
        rig.hub.take(&note(&text));
    }
    rig.is_well();
    let Response::Metrics(metrics) = rig.client().ask(Request::Metrics).unwrap() else { panic!("no metrics") };
    assert!(metrics.lost > 0);
    let (mut seen, mut missed) = (0, 0);
    while missed == 0 || seen + missed < sent as u64 {
        match wire::received(lines.next().unwrap().as_bytes()).unwrap() {
            Received::Update(Update::Lost { count }) => missed += count,
            Received::Update(Update::Note { note: Note::Reply { .. }, .. }) => seen += 1,
            _ => {}
        }
        // The count of the last lost events comes with the next event.
        rig.hub.take(&Update::notice("still here"));
    }
    assert!(missed >= metrics.lost, "{missed} of {}", metrics.lost);
}

#[test]
fn who_neither_reads_nor_stops_asking_is_read_no_further() {
    let rig = Rig::new();
    let mut stream = rig.raw();
    stream.set_nonblocking(true).unwrap();
    let mut sent = 0;
    let mut full = 0;
    // Golem stops reading when its queue and the system's are full; then nothing more can be sent.
    while full < 1000 && sent < 1 << 28 {
        if let Ok(count) = stream.write(b"{\"command\":\"status\"}\n".repeat(64).as_slice()) {
            (sent, full) = (sent + count, 0);
        } else {
            full += 1;
            std::thread::yield_now();
        }
    }
    assert!(sent < 1 << 28, "golem takes everything");
    rig.is_well();
}

#[test]
fn garbage_is_answered_and_enough_of_it_is_enough() {
    let rig = Rig::new();
    let mut stream = rig.raw();
    for line in [b"dance\n".as_slice(), b"\xff\xfe\n", b"{\"command\":\"\xff\"}\n", b"[[[[\n", b"\n", b"\0\0\n"] {
        stream.write_all(line).unwrap();
    }
    stream.write_all(&b"[".repeat(LONGEST - 1)).unwrap();
    // Ignore the error: nothing can be sent after the hang-up.
    let _ = stream.write_all(&b"\nnonsense".repeat(100));
    let told = rest(&stream);
    assert_eq!(told.lines().count(), 16, "{told}");
    assert!(told.lines().all(|line| line.contains(r#""type":"refused""#)), "{told}");
    assert!(told.lines().last().unwrap().contains("good bye"), "{told}");
    rig.is_well();
}

#[test]
fn a_line_without_end_ends_the_connection() {
    let rig = Rig::new();
    let mut stream = rig.raw();
    let block = vec![b'x'; 1 << 16];
    let mut sent = 0_u64;
    // Send up to a gigabyte; golem takes only a little of it.
    while sent < 1 << 30 && stream.write_all(&block).is_ok() {
        sent += block.len() as u64;
    }
    assert!(sent < 1 << 22, "golem read {sent} bytes of one line");
    assert!(rest(&stream).contains("65536 bytes"));
    rig.is_well();
}

#[test]
fn half_a_line_is_no_request() {
    let rig = Rig::new();
    let mut stream = rig.raw();
    stream.write_all(b"{\"command\":\"mute\"}").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(rest(&stream), "");
    assert!(rig.requests.is_empty());
    rig.is_well();
}

#[test]
fn a_thousand_that_say_nothing_make_room_for_one_that_does() {
    let rig = Rig::new();
    let crowd: Vec<UnixStream> = (0..1000).map(|_| rig.raw()).collect();
    rig.is_well();
    let Response::Metrics(metrics) = rig.client().ask(Request::Metrics).unwrap() else { panic!("no metrics") };
    println!("{} threads, {} KiB with a thousand silent clients", metrics.threads, metrics.memory / 1024);
    assert_eq!(rest(&crowd[0]), "");
    drop(crowd);
    rig.is_well();
}

#[test]
fn a_thousand_that_have_spoken_are_sixty_four() {
    let rig = Rig::new();
    let mut kept = Vec::new();
    let mut refused = 0;
    for _ in 0..1000 {
        let mut client = rig.client();
        match client.ask(Request::Status) {
            Ok(Response::Status(_)) => kept.push(client),
            Ok(Response::Refused { reason }) if reason.contains("too many") => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((kept.len(), refused), (CONNECTIONS, 1000 - CONNECTIONS));
    // As soon as one leaves there is room again.
    drop(kept.pop());
    while !matches!(rig.client().ask(Request::Status), Ok(Response::Status(_))) {
        std::thread::yield_now();
    }
}

#[test]
fn the_end_of_golem_is_the_end_of_every_connection() {
    let mut rig = Rig::new();
    let mut silent = rig.raw();
    let mut stubborn = rig.raw();
    stubborn.write_all(b"{\"command\":\"subscribe\"}\n").unwrap();
    assert!(BufReader::new(stubborn.try_clone().unwrap()).lines().next().is_some());
    for _ in 0..2 * QUEUE {
        rig.hub.take(&note(&"x".repeat(1000)));
    }
    drop(rig.server.take());
    assert_eq!(silent.read(&mut [0]).unwrap_or(0), 0);
    assert!(!rig.path().exists());
    assert!(matches!(Client::connect(&rig.path()), Err(SocketError::Absent(_))));
}

mod following;
