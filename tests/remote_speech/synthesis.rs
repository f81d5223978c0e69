//! Text to speech on servers that answer, fail, break off and hang.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, unbounded};
use golem::config::TtsConfig;
use golem::config::speech_server::SpeechServerConfig;
use golem::dialog::reply::SpokenReply;
use golem::engine::Synthesizer;
use golem::engine::delivery::Delivery;
use golem::message::{Event, Ledger};
use golem::turn::{Ticket, TurnClock};
use golem::worker::baton::Baton;
use golem::worker::tts::{TtsJob, TtsWorker};
use serde_json::json;

use super::brain::{BrainServer, begin, refuse, say, stall};
use super::{AHEAD, LONG, SENTENCE, broken, endpoint, promise, spoken, ticking, tts, voice, voice_by, waited};

/// A header of open length, and that many samples.
fn wav(rate: u32, samples: usize) -> Vec<u8> {
    let mut bytes = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    bytes.extend(rate.to_le_bytes().into_iter().chain((2 * rate).to_le_bytes()));
    bytes.extend(b"\x02\0\x10\0data\xff\xff\xff\xff");
    bytes.extend([0, 0x40].repeat(samples));
    bytes
}

fn send(client: &mut TcpStream, bytes: &[u8]) {
    // A client may have hung up.
    let _ = client.write_all(bytes).and_then(|()| client.flush());
}

fn speaking(rate: u32, samples: usize) -> BrainServer {
    BrainServer::start(move |_, client| {
        begin(client);
        send(client, &wav(rate, samples));
    })
}

#[test]
fn a_voice_is_played_from_its_first_bytes_on() {
    let (more, wanted) = unbounded::<()>();
    let up = BrainServer::start(move |_, client| {
        begin(client);
        send(client, &wav(22_050, 11_025));
        let _ = wanted.recv();
        send(client, &[0, 0x40].repeat(11_025));
    });
    let (mut voice, _) = voice(&tts(&up.url));
    let mut delivery = Delivery::new(&voice, SENTENCE);
    let stop = Ticket::standing();
    let first = delivery.next(&mut voice, &stop).unwrap().unwrap();
    assert!(!first.last && !first.samples.is_empty() && first.timing.rate == 22_050);
    more.send(()).unwrap();
    let mut timing = first.timing;
    while let Some(piece) = delivery.next(&mut voice, &stop).unwrap() {
        timing = piece.timing;
    }
    assert_eq!(timing.samples, 22_050);
    assert_eq!(timing.words.len(), 10);
    assert_eq!(timing.words.last().map(|word| (word.text_end, word.sample_end)), Some((SENTENCE.len(), 22_050)));
    let asked = up.asked();
    assert!(asked.head.starts_with("post /v1/audio/speech "), "{}", asked.head);
    let wanted = json!({ "model": "tts-1", "voice": "alloy", "input": SENTENCE, "response_format": "wav" });
    assert_eq!(asked.body, wanted);
}

#[test]
fn which_words_were_heard_is_known_while_a_clause_is_still_coming() {
    const RATE: usize = 22_050;
    let (more, wanted) = unbounded::<()>();
    let up = BrainServer::start(move |_, client| {
        begin(client);
        send(client, &wav(22_050, RATE));
        let _ = wanted.recv();
        send(client, &[0, 0x40].repeat(4 * RATE));
    });
    let (voice, _) = voice(&tts(&up.url));
    let mut worker = TtsWorker::new(Box::new(voice), 48_000, TurnClock::new(), Baton::default());
    let mut reply = SpokenReply::new(1, Ledger::default());
    reply.push(SENTENCE);
    reply.finish();
    let (clause, text) = reply.next_to_speak().unwrap();
    worker.take(TtsJob::Speak { turn: 1, clause, text });
    let (mut came, mut played) = (0, 0);
    let mut step = |reply: &mut SpokenReply| {
        let spoken = worker.step().unwrap();
        let Event::Synthesised { timing, .. } = spoken.event else { panic!("{:?}", spoken.event) };
        came = timing.samples;
        reply.synthesised(clause, timing);
        let clip = spoken.clip.unwrap();
        played += clip.samples.len();
        (came, played, clip.last)
    };
    while step(&mut reply).0 < RATE as u64 {}
    // At 15 letters a second.
    reply.played(clause, RATE as u64, false);
    assert_eq!(reply.heard(), "One two three");
    more.send(()).unwrap();
    let (whole, sounded) = loop {
        let (came, played, last) = step(&mut reply);
        if last {
            break (came, played);
        }
    };
    assert_eq!((whole, sounded), (5 * RATE as u64, 5 * 48_000), "no sample is lost at the loudspeaker's rate");
    assert_eq!(reply.heard(), "One two", "it speaks more slowly, as is known now");
    reply.played(clause, whole / 2, false);
    assert_eq!(reply.heard(), "One two three four five");
    reply.played(clause, whole, true);
    assert_eq!(reply.heard(), SENTENCE);
}

#[test]
fn samples_without_a_header_are_taken_at_24_khz() {
    let up = BrainServer::start(|asked, client| {
        if asked.body["response_format"] == "pcm" {
            begin(client);
            send(client, &[0, 0x40].repeat(24_000));
        } else {
            refuse(client, "422 Unprocessable Entity", "{\"error\":{\"message\":\"response_format\"}}");
        }
    });
    let (mut voice, own) = voice(&tts(&up.url));
    for _ in 0..2 {
        let (samples, timing) = spoken(&mut voice, SENTENCE);
        assert_eq!((samples.len(), timing.rate, timing.words.len()), (24_000, 24_000, 10));
    }
    assert_eq!((up.count(), own.len()), (3, 0));
}

#[test]
fn golems_own_voice_speaks_whatever_is_wrong_with_the_server() {
    let mp3 = BrainServer::start(|_, client| {
        begin(client);
        say(client, "ID3\u{4}\0\0\0\0\0\0\0\0");
    });
    let silent = speaking(22_050, 0);
    for (what, server) in broken().into_iter().chain([("sends MP3", mp3), ("sends no sound", silent)]) {
        let limit = if what == "stalls" { 50 } else { LONG };
        let settings = TtsConfig { load_ms: limit, first_byte_ms: limit, ..tts(&server.url) };
        let (mut voice, own) = voice_by(&settings, ticking);
        waited(|| {
            let (samples, timing) = spoken(&mut voice, SENTENCE);
            assert_eq!((samples.len(), timing.rate), (100 * SENTENCE.len(), 8_000), "{what}");
        });
        assert_eq!(own.try_iter().collect::<Vec<_>>(), [SENTENCE], "{what}");
        assert_eq!(voice.describe(), format!("own instead of alloy at {}", server.url), "{what}");
        server.over();
    }
}

#[test]
fn a_server_has_time_for_a_long_clause_and_now_and_then_for_its_model() {
    let answers = Arc::new(AtomicBool::new(false));
    let state = Arc::clone(&answers);
    let up = BrainServer::start(move |_, client| {
        if state.load(Ordering::SeqCst) {
            begin(client);
            send(client, &wav(8_000, 8_000));
        } else {
            stall(client);
        }
    });
    let settings = TtsConfig { load_ms: 3_000, first_byte_ms: 1_000, ..tts(&up.url) };
    let (mut voice, own) = voice_by(&settings, ticking);
    // The sentence is said in 3.3 s.
    for (pause, answered, wanted) in [(0, false, 6..8), (200, false, 4..6), (200, true, 4..6), (200, false, 6..8)] {
        AHEAD.set(AHEAD.get() + Duration::from_secs(pause));
        if answered {
            answers.store(true, Ordering::SeqCst);
            assert_eq!(spoken(&mut voice, SENTENCE).0.len(), 8_000);
            answers.store(false, Ordering::SeqCst);
        }
        assert_eq!(own.len(), 0, "golem's own voice is not needed");
        let waited = waited(|| assert_eq!(spoken(&mut voice, SENTENCE).0.len(), 100 * SENTENCE.len()));
        assert_eq!(own.recv().unwrap(), SENTENCE);
        assert!(wanted.contains(&waited.as_secs()), "{pause} s, {answered}: {waited:?}, not {wanted:?} s");
    }
}

#[test]
fn the_rest_of_a_clause_that_breaks_off_is_spoken_by_golems_own_voice() {
    // A third of the clause, at the pace that golem expects before it knows better.
    let part = SENTENCE.len() * 22_050 / 15 / 3;
    let cut = BrainServer::start(move |_, client| {
        promise(client, 1_000_000);
        send(client, &wav(22_050, part));
    });
    let standing = BrainServer::start(move |_, client| {
        begin(client);
        send(client, &wav(22_050, part));
        stall(client);
    });
    for (what, server) in [("cut", cut), ("standing", standing)] {
        let settings = TtsConfig { stall_ms: if what == "standing" { 50 } else { LONG }, ..tts(&server.url) };
        let (mut voice, own) = voice(&settings);
        let (samples, timing) = spoken(&mut voice, SENTENCE);
        let rest = own.recv().unwrap();
        assert!(
            SENTENCE.ends_with(&rest) && rest.len() > SENTENCE.len() / 2 && rest.len() < SENTENCE.len(),
            "{what}: {rest}"
        );
        let own_length = (100 * rest.len()) as u64 * 22_050 / 8_000;
        assert!((samples.len() as u64).abs_diff(part as u64 + own_length) < 4_000, "{what}: {}", samples.len());
        assert_eq!((timing.rate, timing.words.len()), (22_050, 10), "{what}");
        server.over();
    }
}

#[test]
fn the_next_server_speaks_what_the_first_does_not() {
    let part = SENTENCE.len() * 22_050 / 15 / 3;
    let refuses = BrainServer::start(|_, client| refuse(client, "500 Internal Server Error", "{}"));
    let breaks = BrainServer::start(move |_, client| {
        promise(client, 1_000_000);
        send(client, &wav(22_050, part));
    });
    for first in [refuses, breaks] {
        let second = speaking(8_000, 8_000);
        let fallback = vec![SpeechServerConfig { voice: "joe".into(), ..endpoint(&second.url) }];
        let (mut voice, own) = voice(&TtsConfig { fallback, ..tts(&first.url) });
        let (samples, timing) = spoken(&mut voice, SENTENCE);
        assert_eq!((own.len(), timing.words.len()), (0, 10), "golem's own is not needed");
        let asked = second.asked().body;
        let rest = asked["input"].as_str().unwrap();
        assert!(asked["voice"] == "joe" && SENTENCE.ends_with(rest), "{asked}");
        // The rate of a clause is that of its beginning.
        let wanted = if rest == SENTENCE { 8_000 } else { part + 22_050 };
        assert!(samples.len().abs_diff(wanted) < 4_000, "{} of {wanted}", samples.len());
        assert_eq!(voice.describe(), format!("joe at {}", second.url));
    }
}

#[test]
fn sound_without_an_end_is_hung_up_on() {
    let up = BrainServer::start(|_, client| {
        begin(client);
        send(client, &wav(8_000, 1));
        while client.write_all(&[1; 8_192]).is_ok() {}
    });
    let (mut voice, own) = voice(&tts(&up.url));
    let (samples, _) = spoken(&mut voice, "Hi.");
    assert!(samples.len() < 8_000 * 60, "{}", samples.len());
    assert_eq!(own.len(), 0, "all of it was said");
    up.over();
}

/// A worker with a server that has begun a clause and goes no further, and its jobs, clips and turns.
fn worker(
    up: &BrainServer,
) -> (std::thread::JoinHandle<()>, crossbeam_channel::Sender<TtsJob>, Receiver<Event>, TurnClock) {
    let settings = tts(&up.url);
    let (jobs, inbox) = unbounded();
    let (clips_in, clips) = unbounded();
    let (events_in, events) = unbounded();
    let turns = TurnClock::new();
    let own_turns = turns.clone();
    let thread = std::thread::spawn(move || {
        let worker = TtsWorker::new(Box::new(voice(&settings).0), 48_000, own_turns, Baton::default());
        worker.run(&inbox, &clips_in, &events_in, &mut || None);
        drop(clips);
    });
    (thread, jobs, events, turns)
}

fn hanging() -> BrainServer {
    BrainServer::start(|_, client| {
        begin(client);
        send(client, &wav(22_050, 22_050));
        stall(client);
    })
}

#[test]
fn a_barge_in_ends_the_request_also_of_a_clause_that_is_held_back() {
    for held in [false, true] {
        let up = hanging();
        let (thread, jobs, events, turns) = worker(&up);
        jobs.send(TtsJob::Speak { turn: 1, clause: 0, text: SENTENCE.into() }).unwrap();
        assert!(matches!(events.recv().unwrap(), Event::Synthesised { .. }));
        if held {
            jobs.send(TtsJob::Hold).unwrap();
        }
        turns.raise(2);
        up.over();
        drop(jobs);
        thread.join().unwrap();
        assert!(events.try_iter().all(|event| !matches!(event, Event::Failed { .. })), "{held}");
    }
}
