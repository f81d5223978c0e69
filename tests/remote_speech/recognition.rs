//! Speech to text on servers that answer, fail, rest, know less and hang.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::unbounded;
use golem::config::AsrConfig;
use golem::engine::Transcriber;
use golem::turn::{Ticket, TurnClock};
use serde_json::json;

use super::brain::{BrainServer, refuse, say, stall};
use super::{AHEAD, LONG, asr, broken, ears, ears_by, endpoint, heard, promise, ticking, waited};

/// A server that answers with the words.
fn hearing(words: &'static str) -> BrainServer {
    BrainServer::start(move |_, client| refuse(client, "200 OK", &json!({ "text": words }).to_string()))
}

#[test]
fn an_utterance_is_sent_whole_and_its_words_come_back() {
    let up = BrainServer::start(|_, client| {
        let segments = json!([{ "text": "Well.", "avg_logprob": -0.5, "no_speech_prob": 0.25 }]);
        refuse(client, "200 OK", &json!({ "text": " Well. ", "segments": segments, "language": "en" }).to_string());
    });
    let mut ears = ears(&asr(&up.url));
    ears.accept(&[0.1; 1_600]).unwrap();
    let heard = ears.finish(&Ticket::standing()).unwrap();
    assert_eq!((heard.text.as_str(), heard.mean_logprob, heard.no_speech), ("Well.", Some(-0.5), Some(0.25)));
    let asked = up.asked();
    assert!(asked.head.starts_with("post /v1/audio/transcriptions "), "{}", asked.head);
    assert!(asked.head.contains("content-type: multipart/form-data; boundary=golem-form-"), "{}", asked.head);
    assert_eq!(ears.describe(), format!("whisper-1 at {}", up.url));
    assert_eq!(ears.address(), Some(format!("{}/v1", up.url)));
    // The utterance goes on, and is sent once more; one without sound is not sent.
    ears.accept(&[0.1; 1_600]).unwrap();
    assert_eq!(ears.finish(&Ticket::standing()).unwrap().text, "Well.");
    ears.start().unwrap();
    assert_eq!(ears.finish(&Ticket::standing()).unwrap().text, "");
    assert_eq!(up.count(), 1);
}

#[test]
fn golems_own_ears_hear_whatever_is_wrong_with_the_server() {
    for (what, server) in broken() {
        let limit = if what == "stalls" { 50 } else { LONG };
        let settings = AsrConfig { load_ms: limit, first_byte_ms: limit, ..asr(&server.url) };
        let mut ears = ears(&settings);
        assert_eq!(heard(&mut ears, &[0.1; 700]), "700 samples", "{what}");
        assert_eq!(ears.describe(), format!("own instead of whisper-1 at {}", server.url), "{what}");
        assert_eq!(ears.address(), None, "{what}");
        server.over();
    }
    let mut gone = ears(&asr("http://127.0.0.1:1"));
    assert_eq!(heard(&mut gone, &[0.1; 7]), "7 samples");
    let keyed = AsrConfig { key_env: "GOLEM_TEST_NO_SUCH_KEY".into(), ..asr("http://127.0.0.1:1") };
    assert_eq!(heard(&mut ears(&keyed), &[0.1; 7]), "7 samples");
}

#[test]
fn an_answer_that_does_not_end_is_not_waited_for() {
    let up = BrainServer::start(|_, client| {
        promise(client, 10_000);
        say(client, "{\"te");
        stall(client);
    });
    let mut ears = ears(&AsrConfig { whole_ms: 50, ..asr(&up.url) });
    assert_eq!(heard(&mut ears, &[0.1; 70]), "70 samples");
    up.over();
}

#[test]
fn a_server_has_time_for_a_long_utterance_and_now_and_then_for_its_model() {
    let answers = Arc::new(AtomicBool::new(false));
    let state = Arc::clone(&answers);
    let up = BrainServer::start(move |_, client| {
        if state.load(Ordering::SeqCst) {
            refuse(client, "200 OK", "{\"text\":\"Well.\"}");
        } else {
            stall(client);
        }
    });
    let mut ears = ears_by(&AsrConfig { load_ms: 3_000, first_byte_ms: 1_000, ..asr(&up.url) }, ticking);
    let two_seconds = vec![0.1; 32_000];
    let later = |seconds| AHEAD.set(AHEAD.get() + Duration::from_secs(seconds));
    for (pause, answered, idle, wanted) in [
        (0, false, 0, 5),
        // It was silent for as long as a model may take.
        (200, false, 0, 3),
        (200, true, 0, 3),
        // It has dropped its model sooner than golem thought.
        (200, false, 0, 5),
        (200, true, 200, 5),
    ] {
        later(pause);
        if answered {
            answers.store(true, Ordering::SeqCst);
            assert_eq!(heard(&mut ears, &two_seconds), "Well.");
            answers.store(false, Ordering::SeqCst);
        }
        later(idle);
        let waited = waited(|| assert_eq!(heard(&mut ears, &two_seconds), "32000 samples"));
        let what = format!("{pause} s, {answered}, {idle} s");
        assert!((wanted..wanted + 1).contains(&waited.as_secs()), "{what}: {waited:?}, not {wanted} s");
    }
}

#[test]
fn the_rest_of_an_answer_has_its_time_also_after_a_late_beginning() {
    let up = BrainServer::start(|_, client| {
        promise(client, 10_000);
        say(client, "{\"te");
        stall(client);
    });
    let settings = AsrConfig { load_ms: 3_000, first_byte_ms: 1_000, whole_ms: 2_000, ..asr(&up.url) };
    let mut ears = ears_by(&settings, ticking);
    let waited = waited(|| assert_eq!(heard(&mut ears, &vec![0.1; 32_000]), "32000 samples"));
    // The beginning has 5 s, and the whole 6 s.
    assert!((5..7).contains(&waited.as_secs()), "{waited:?}");
}

#[test]
fn a_server_that_failed_rests_and_is_asked_again() {
    let gone = Cell::new(true);
    let (state_in, state) = unbounded::<bool>();
    let up = BrainServer::start(move |_, client| {
        if state.recv().unwrap() {
            refuse(client, "200 OK", "{\"text\":\"Well.\"}");
        } else {
            refuse(client, "503 Service Unavailable", "{}");
        }
    });
    let mut ears = ears(&asr(&up.url));
    for (ahead, words, asked) in
        [(0, "7 samples", 1), (1, "7 samples", 0), (3, "7 samples", 1), (5, "7 samples", 0), (8, "Well.", 1)]
    {
        AHEAD.set(Duration::from_secs(ahead));
        gone.set(words != "Well.");
        if asked == 1 {
            state_in.send(!gone.get()).unwrap();
        }
        assert_eq!(heard(&mut ears, &[0.1; 7]), words, "after {ahead} s");
        assert_eq!(up.count(), asked, "after {ahead} s");
    }
    assert_eq!(ears.describe(), format!("whisper-1 at {}", up.url));
}

#[test]
fn the_next_server_hears_what_the_first_does_not() {
    let busy = || BrainServer::start(|_, client| refuse(client, "503 Service Unavailable", "{}"));
    let (first, second, third) = (busy(), busy(), hearing("Well."));
    let fallback = vec![endpoint(&second.url), endpoint(&third.url)];
    let mut ears = ears(&AsrConfig { fallback, ..asr(&first.url) });
    let asked = || [&first, &second, &third].map(BrainServer::count);
    assert_eq!((heard(&mut ears, &[0.1; 7]).as_str(), asked()), ("Well.", [1, 1, 1]));
    assert_eq!(ears.describe(), format!("whisper-1 at {}", third.url));
    assert_eq!(ears.address(), Some(format!("{}/v1", third.url)));
    assert_eq!((heard(&mut ears, &[0.1; 7]).as_str(), asked()), ("Well.", [0, 0, 1]), "the others rest");
    AHEAD.set(Duration::from_secs(3));
    assert_eq!((heard(&mut ears, &[0.1; 7]).as_str(), asked()), ("Well.", [1, 1, 1]), "they are asked again");
}

#[test]
fn where_no_server_is_left_golems_own_ears_hear() {
    let fallback = vec![endpoint("http://127.0.0.1:1"), endpoint("http://127.0.0.1:2")];
    let mut ears = ears(&AsrConfig { fallback, ..asr("http://127.0.0.1:3") });
    assert_eq!(heard(&mut ears, &[0.1; 7]), "7 samples");
    assert_eq!((ears.describe().as_str(), ears.address()), ("own instead of whisper-1 at http://127.0.0.1:3", None));
}

#[test]
fn a_server_that_knows_less_is_asked_more_simply() {
    let (first_in, first) = unbounded();
    first_in.send(()).unwrap();
    let up = BrainServer::start(move |_, client| {
        if first.try_recv().is_ok() {
            refuse(client, "400 Bad Request", "{\"error\":{\"message\":\"response_format\"}}");
        } else {
            refuse(client, "200 OK", "{\"text\":\"Well.\"}");
        }
    });
    let mut ears = ears(&asr(&up.url));
    assert_eq!(heard(&mut ears, &[0.1; 7]), "Well.");
    assert_eq!(heard(&mut ears, &[0.1; 7]), "Well.");
    assert_eq!(up.count(), 3, "twice for the first utterance, once for the second");
}

#[test]
fn an_utterance_that_is_not_wanted_any_more_is_hung_up_on() {
    let up = BrainServer::start(|_, client| stall(client));
    let settings = asr(&up.url);
    let turns = TurnClock::new();
    let stop = turns.ticket(1);
    let hearing = std::thread::spawn(move || {
        let mut ears = ears(&settings);
        ears.accept(&[0.1; 7]).unwrap();
        ears.finish(&stop).unwrap().text
    });
    up.asked();
    turns.raise(2);
    up.over();
    assert_eq!(hearing.join().unwrap(), "");
}

#[test]
fn ears_that_take_over_are_reported() {
    let up = hearing("Well.");
    let mut ears = ears(&asr(&up.url));
    assert_eq!(heard(&mut ears, &[0.1; 7]), "Well.");
    let (reports_in, reports) = unbounded();
    let mut reporter = golem::worker::takeover::TakeoverReporter::new(ears.describe())
        .to(Box::new(move |what: &str, at: Option<String>| reports_in.send((what.to_owned(), at)).unwrap()));
    reporter.look(|| ears.describe(), || ears.address());
    assert_eq!(reports.len(), 0);
    reporter.look(|| "own".into(), || None);
    assert_eq!(reports.try_iter().collect::<Vec<_>>(), [("own".to_owned(), None)]);
}
