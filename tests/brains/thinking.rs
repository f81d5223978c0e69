//! Models that cannot stop thinking: their thoughts get room, and a reply that is all thoughts is none.

use golem::config::LlmConfig;
use golem::config::llm_source::LlmEngine;
use golem::engine::remote::RemoteChat;
use golem::engine::{Chat, EngineError};
use serde_json::json;

use super::brain::{Asked, BrainServer, OLLAMA_END, OPENAI_END, begin, ollama, openai, say};
use super::{asking, clock, five, open, question, server, settings, well};

/// Most tokens that a request allows.
fn allowed(asked: &Asked) -> u64 {
    let body = &asked.body;
    body["max_tokens"].as_u64().or_else(|| body["options"]["num_predict"].as_u64()).expect("a limit")
}

fn thought(engine: LlmEngine) -> String {
    if engine == LlmEngine::Ollama {
        ollama(&json!({ "content": "", "thinking": "A sum…" }))
    } else {
        openai(&json!({ "content": null, "reasoning_content": "A sum…" }))
    }
}

/// A server whose model thinks for 1000 tokens before it answers "Five.".
fn thinker(engine: LlmEngine) -> BrainServer {
    BrainServer::start(move |asked, client| {
        begin(client);
        say(client, &thought(engine));
        if allowed(asked) > 1_000 {
            say(client, &five(engine));
        } else {
            let end = if engine == LlmEngine::Ollama { OLLAMA_END } else { OPENAI_END };
            say(client, &end.replace("stop", "length"));
        }
    })
}

/// A server whose model does nothing but think.
fn dreamer() -> BrainServer {
    BrainServer::start(|_, client| {
        begin(client);
        say(client, &thought(LlmEngine::Ollama));
        say(client, OLLAMA_END);
    })
}

#[test]
fn thoughts_that_lack_room_get_it_at_once_and_from_then_on() {
    for engine in [LlmEngine::Ollama, LlmEngine::OpenAi] {
        let up = thinker(engine);
        let mut chat = open(&settings(&[server(engine, &up.url, "m")]));
        assert_eq!(asking(&mut chat, &question()).unwrap(), "Five.");
        let limits: Vec<u64> = up.all_asked().iter().map(allowed).collect();
        assert_eq!(limits, [180, 2048], "half of the context");
        assert_eq!(asking(&mut chat, &question()).unwrap(), "Five.");
        assert_eq!(up.count(), 1);
        assert_eq!(chat.describe(), format!("m at {}", up.url));
    }
}

#[test]
fn a_model_that_always_thinks_is_known_by_its_name() {
    for (engine, level) in [(LlmEngine::Ollama, "think"), (LlmEngine::OpenAi, "reasoning_effort")] {
        let up = thinker(engine);
        let mut chat = open(&settings(&[server(engine, &up.url, "gpt-oss:20b")]));
        assert_eq!(asking(&mut chat, &question()).unwrap(), "Five.");
        let asked = up.asked();
        assert_eq!((&asked.body[level], allowed(&asked)), (&json!("low"), 2048), "{engine:?}");
        assert_eq!(up.count(), 0, "once");
    }
}

#[test]
fn a_model_does_not_think_where_only_a_level_keeps_it_from_that() {
    let up = BrainServer::start(|asked, client| {
        begin(client);
        if asked.body["reasoning_effort"] == "none" {
            say(client, &five(LlmEngine::OpenAi));
        } else {
            say(client, &(thought(LlmEngine::OpenAi) + OPENAI_END));
        }
    });
    let mut chat = open(&settings(&[server(LlmEngine::OpenAi, &up.url, "qwen3")]));
    assert_eq!(asking(&mut chat, &question()).unwrap(), "Five.");
    assert_eq!(up.count(), 1);
}

#[test]
fn a_reply_that_is_cut_by_golem_is_as_long_as_any_other() {
    let up = BrainServer::start(|_, client| {
        begin(client);
        say(client, &thought(LlmEngine::Ollama));
        for number in 0..100 {
            say(client, &ollama(&json!({ "content": format!(" word{number}") })));
        }
        say(client, OLLAMA_END);
    });
    let config = LlmConfig { max_tokens: 20, ..settings(&[server(LlmEngine::Ollama, &up.url, "gpt-oss:20b")]) };
    let said = asking(&mut open(&config), &question()).unwrap();
    let words = said.split_whitespace().count();
    assert!((10..=20).contains(&words), "{words} words: {said}");
}

#[test]
fn the_next_brain_answers_when_a_model_only_thinks_or_says_nothing() {
    let mute = BrainServer::start(|_, client| {
        begin(client);
        say(client, OLLAMA_END);
    });
    for (first, times) in [(dreamer(), 2), (mute, 1)] {
        let second = well(LlmEngine::Ollama);
        let brains = [server(LlmEngine::Ollama, &first.url, "m"), server(LlmEngine::Ollama, &second.url, "m")];
        let mut chat = open(&settings(&brains));
        assert_eq!(asking(&mut chat, &question()).unwrap(), "Five.");
        assert_eq!(chat.describe(), format!("m at {}", second.url));
        assert_eq!(first.count(), times);
    }
}

#[test]
fn the_last_brain_that_only_thinks_is_an_error_that_says_what_to_do() {
    let up = dreamer();
    let none = || -> Result<Box<dyn Chat>, EngineError> { Err(EngineError::Refused("no brain".into())) };
    let brains = [server(LlmEngine::Ollama, &up.url, "m")];
    let mut chat = RemoteChat::open(&settings(&brains), Box::new(none), clock);
    let error = asking(&mut chat, &question()).unwrap_err().to_string();
    assert!(error.contains("llm.context") && error.contains(&up.url), "{error}");
}
