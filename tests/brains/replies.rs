//! Replies of servers over both interfaces, and the thoughts within them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use golem::config::LlmConfig;
use golem::config::llm_source::LlmEngine;
use golem::engine::Chat;
use golem::turn::Ticket;
use serde_json::json;

use super::brain::{BrainServer, OPENAI_END, begin, ollama, openai, refuse, say};
use super::{AHEAD, asking, five, open, question, say_bytes, server, settings, well};

/// The reply that golem gets from a server with this stream.
fn heard(engine: LlmEngine, model: &str, stream: &str) -> String {
    let stream = stream.to_owned();
    let up = BrainServer::start(move |_, client| {
        begin(client);
        // Send pieces that split characters and marks.
        for piece in stream.as_bytes().chunks(7) {
            say_bytes(client, piece);
        }
    });
    asking(&mut open(&settings(&[server(engine, &up.url, model)])), &question()).unwrap()
}

#[test]
fn both_interfaces_are_spoken() {
    for engine in [LlmEngine::Ollama, LlmEngine::OpenAi] {
        let up = well(engine);
        let mut chat = open(&settings(&[server(engine, &up.url, "m")]));
        assert_eq!(asking(&mut chat, &question()).unwrap(), "Five.");
        assert_eq!(chat.describe(), format!("m at {}", up.url));
        assert!(chat.address().unwrap().starts_with(&up.url));
        let asked = up.asked();
        assert_eq!(asked.body["messages"][1], json!({ "role": "user", "content": "What is two plus three?" }));
        assert_eq!((&asked.body["model"], &asked.body["stream"]), (&json!("m"), &json!(true)));
        assert!(!asked.head.contains("authorization"));
        // Reading ahead sends nothing.
        chat.begin(&question(), &Ticket::standing()).unwrap();
        assert_eq!(up.count(), 0);
    }
}

#[test]
fn thoughts_are_never_heard_in_whatever_form_they_come() {
    let field = |key: &str| {
        (
            ollama(&json!({ "content": "", key: "A sum…" })) + &five(LlmEngine::Ollama),
            openai(&json!({ "content": null, key: "A sum…" })) + &five(LlmEngine::OpenAi),
        )
    };
    for key in ["thinking", "reasoning", "reasoning_content"] {
        let (lines, events) = field(key);
        assert_eq!(heard(LlmEngine::Ollama, "m", &lines), "Five.", "{key}");
        assert_eq!(heard(LlmEngine::OpenAi, "m", &events), "Five.", "{key}");
        assert_eq!(heard(LlmEngine::OpenAi, "deepseek-r1", &events), "Five.", "{key} of a model that always thinks");
    }
    let written = |pieces: &[&str]| {
        let events: String = pieces.iter().map(|piece| openai(&json!({ "content": piece }))).collect();
        events + OPENAI_END
    };
    assert_eq!(heard(LlmEngine::OpenAi, "m", &written(&["<th", "ink>A sum", "</thi", "nk>\n\nFi", "ve."])), "Five.");
    let lone = written(&["A sum", ".</th", "ink>", "\n\nFive."]);
    assert_eq!(heard(LlmEngine::OpenAi, "DeepSeek-R1-Distill", &lone), "Five.");
    assert_eq!(heard(LlmEngine::OpenAi, "DeepSeek-R1-Distill", &written(&["Fi", "ve."])), "Five.", "without thoughts");
}

#[test]
fn a_server_that_shows_its_prompts_is_known_before_its_first_reply() {
    let tokens = json!({ "tokens": [1, 2], "token_strs": ["<|Assistant|>", "<think>", "Ċ"] });
    for prompt in [json!({ "prompt": "<|Assistant|><think>\n" }), tokens] {
        let up = BrainServer::templated(prompt, |_, client| {
            begin(client);
            say(client, &openai(&json!({ "content": "A sum.</think>Five." })));
            say(client, OPENAI_END);
        });
        let mut chat = open(&settings(&[server(LlmEngine::OpenAi, &up.url, "m")]));
        assert_eq!(asking(&mut chat, &question()).unwrap(), "Five.");
    }
}

#[test]
fn a_server_whose_template_opens_the_thoughts_is_known_after_one_reply() {
    let up = BrainServer::start(|_, client| {
        begin(client);
        say(client, &openai(&json!({ "content": "A sum.</think>" })));
        say(client, &openai(&json!({ "content": "Five." })));
        say(client, OPENAI_END);
    });
    let mut chat = open(&settings(&[server(LlmEngine::OpenAi, &up.url, "m")]));
    asking(&mut chat, &question()).unwrap();
    assert_eq!(asking(&mut chat, &question()).unwrap(), "Five.");
}

/// Fields by which golem asks a model not to think.
const EFFORT: &str = "reasoning_effort";
const TEMPLATE: &str = "chat_template_kwargs";

/// A server that refuses requests with one of the fields `unknown`, and every request while `none` is set.
fn strict(unknown: &'static [&'static str], none: Arc<AtomicBool>) -> BrainServer {
    BrainServer::start(move |asked, client| {
        if none.load(Ordering::SeqCst) || unknown.iter().any(|field| asked.body.get(field).is_some()) {
            refuse(client, "400 Bad Request", "{\"error\":{\"message\":\"Unknown parameter\"}}");
        } else {
            begin(client);
            say(client, &five(LlmEngine::OpenAi));
        }
    })
}

#[test]
fn a_server_that_knows_less_is_asked_without_the_least_that_helps() {
    let cases: [(&str, &'static [&'static str], usize); 5] = [
        ("m", &[TEMPLATE], 2),
        ("m", &[EFFORT], 3),
        ("gpt-oss-20b", &[EFFORT], 3),
        ("m", &[EFFORT, TEMPLATE], 4),
        ("m", &["max_tokens"], 5),
    ];
    for (model, unknown, tries) in cases {
        let up = strict(unknown, Arc::default());
        let config = LlmConfig { temperature: 0.5, ..settings(&[server(LlmEngine::OpenAi, &up.url, model)]) };
        let mut chat = open(&config);
        assert_eq!(asking(&mut chat, &question()).unwrap(), "Five.", "without {unknown:?}");
        assert_eq!(up.count(), tries, "without {unknown:?}");
        assert_eq!(asking(&mut chat, &question()).unwrap(), "Five.");
        let asked = up.all_asked();
        assert_eq!(asked.len(), 1, "{unknown:?} is remembered");
        let body = &asked[0].body;
        assert_eq!(body.get("temperature").is_some(), tries < 5, "only the last form loses the settings: {body}");
        assert_eq!(body.get(EFFORT).is_some(), tries < 3, "{body}");
        assert_eq!(body.get(TEMPLATE).is_some(), tries == 3, "{body}");
    }
}

#[test]
fn a_form_that_was_answered_is_kept_when_a_question_is_refused() {
    let none = Arc::new(AtomicBool::new(false));
    let up = strict(&["max_tokens"], Arc::clone(&none));
    let mut chat = open(&settings(&[server(LlmEngine::OpenAi, &up.url, "m")]));
    assert_eq!(asking(&mut chat, &question()).unwrap(), "Five.");
    assert_eq!(up.count(), 5);
    none.store(true, Ordering::SeqCst);
    assert_eq!(asking(&mut chat, &question()).unwrap(), "Mine.");
    none.store(false, Ordering::SeqCst);
    AHEAD.set(Duration::from_secs(3));
    assert_eq!(asking(&mut chat, &question()).unwrap(), "Five.");
    assert_eq!(up.count(), 2);
}
