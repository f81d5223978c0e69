//! Servers that fail or stand still, and the language models that answer instead.

use std::time::Duration;

use crossbeam_channel::unbounded;
use golem::config::LlmConfig;
use golem::config::llm_source::{LlmEngine, LlmSource};
use golem::engine::Chat;
use golem::message::Event;
use golem::turn::{Ticket, TurnClock};
use golem::worker::baton::Baton;
use golem::worker::llm::{LlmJob, LlmWorker};
use serde_json::json;

use super::brain::{BrainServer, begin, ollama, refuse, say, stall};
use super::{AHEAD, asking, five, open, question, say_bytes, server, settings, well};

/// Servers that fail before their first token, with the failure.
fn broken() -> Vec<(&'static str, BrainServer)> {
    let closes = BrainServer::start(|_, client| begin(client));
    let refuses =
        BrainServer::start(|_, client| refuse(client, "500 Internal Server Error", "{\"error\":\"no memory\"}"));
    let garbage = BrainServer::start(|_, client| {
        begin(client);
        say_bytes(client, b"\xff\xfe{]\n\n");
    });
    let reports = BrainServer::start(|_, client| {
        begin(client);
        say(client, "data: {\"error\":{\"message\":\"overloaded\"}}\n\n");
    });
    let page = BrainServer::start(|_, client| refuse(client, "200 OK", "<html>a login page</html>"));
    let away = BrainServer::start(|_, client| refuse(client, "302 Found\r\nLocation: http://127.0.0.1:1/", ""));
    let slow = BrainServer::start(|_, client| {
        begin(client);
        say(client, ": still here\n\n");
        stall(client);
    });
    vec![
        ("closes", closes),
        ("refuses", refuses),
        ("garbage", garbage),
        ("reports", reports),
        ("page", page),
        ("away", away),
        ("slow", slow),
    ]
}

#[test]
fn the_next_brain_answers_at_once_whatever_is_wrong_with_the_first() {
    for (what, first) in broken() {
        let second = well(LlmEngine::Ollama);
        let brains = [server(LlmEngine::OpenAi, &first.url, "m"), server(LlmEngine::Ollama, &second.url, "m")];
        let mut config = settings(&brains);
        if what == "slow" {
            (config.load_ms, config.first_token_ms) = (1_500, 1_500);
        }
        let mut chat = open(&config);
        assert_eq!(asking(&mut chat, &question()).unwrap(), "Five.", "{what}");
        assert_eq!(chat.describe(), format!("m at {}", second.url), "{what}");
        first.over();
    }
}

#[test]
fn golems_own_brain_answers_when_no_server_does_and_servers_are_tried_again_later() {
    let gone = server(LlmEngine::Ollama, "http://127.0.0.1:1", "m");
    let up = BrainServer::start(|asked, client| {
        if asked.head.contains("x-golem") || asked.body["messages"].as_array().is_some_and(|all| all.len() > 2) {
            begin(client);
            say(client, &five(LlmEngine::OpenAi));
        } else {
            refuse(client, "503 Service Unavailable", "{\"error\":{\"message\":\"Loading model\"}}");
        }
    });
    let mut chat = open(&settings(&[gone, server(LlmEngine::OpenAi, &up.url, "m")]));
    assert_eq!(asking(&mut chat, &question()).unwrap(), "Mine.");
    assert!(chat.describe().starts_with("own instead of m at http://127.0.0.1:1"), "{}", chat.describe());
    assert_eq!((chat.address(), up.count()), (None, 1));
    let longer = [question(), question()].concat();
    assert_eq!(asking(&mut chat, &longer).unwrap(), "Mine.", "it rests");
    assert_eq!(up.count(), 0);
    AHEAD.set(Duration::from_secs(3));
    assert_eq!(asking(&mut chat, &longer).unwrap(), "Five.");
}

#[test]
fn a_key_that_is_not_there_is_no_reason_to_be_silent() {
    let up = well(LlmEngine::OpenAi);
    let keyed = LlmSource { key_env: "GOLEM_TEST_NO_SUCH_KEY".into(), ..server(LlmEngine::OpenAi, &up.url, "m") };
    assert_eq!(asking(&mut open(&settings(&[keyed])), &question()).unwrap(), "Mine.");
    assert_eq!(up.count(), 0);
}

#[test]
fn a_reply_that_stands_still_ends_with_an_error_that_says_which_setting() {
    let up = BrainServer::start(|_, client| {
        begin(client);
        say(client, &ollama(&json!({ "content": "Four, no" })));
        stall(client);
    });
    let config = LlmConfig { stall_ms: 30, ..settings(&[server(LlmEngine::Ollama, &up.url, "m")]) };
    let mut chat = open(&config);
    let stop = Ticket::standing();
    chat.begin(&question(), &stop).unwrap();
    assert_eq!(chat.next(&stop).unwrap().as_deref(), Some("Four, no"));
    let error = chat.next(&stop).unwrap_err().to_string();
    assert!(error.contains("llm.stall_ms") && error.contains(&up.url), "{error}");
    up.over();
    assert_eq!(chat.next(&stop).unwrap(), None, "an error ends the reply");
}

#[test]
fn another_brain_that_takes_over_is_reported() {
    let up = well(LlmEngine::Ollama);
    let brains = [server(LlmEngine::Ollama, "http://127.0.0.1:1", "m"), server(LlmEngine::Ollama, &up.url, "m")];
    let (reports_in, reports) = unbounded();
    let report = Box::new(move |what: &str, at: Option<String>| reports_in.send((what.to_owned(), at)).unwrap());
    let chat = Box::new(open(&settings(&brains)));
    let mut worker = LlmWorker::new(chat, TurnClock::new(), Baton::default()).reporting(report);
    worker.take(LlmJob::Think { turn: 1, conversation: question() });
    while worker.step().is_some_and(|event| matches!(event, Event::Piece { .. })) {}
    assert_eq!(reports.try_iter().collect::<Vec<_>>(), [(format!("m at {}", up.url), Some(up.url.clone()))]);
}
