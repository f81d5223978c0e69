//! Language models on servers, over real sockets: servers that answer, think aloud, load, stall, break and are gone.

#[path = "../common/brain.rs"]
mod brain;
#[path = "../common/place.rs"]
mod place;
#[path = "../common/program.rs"]
mod program;

mod faults;
mod interruptions;
mod loading;
mod replies;
mod runs;
mod thinking;

use std::cell::Cell;
use std::time::{Duration, Instant};

use brain::{BrainServer, OLLAMA_END, OPENAI_END, begin, ollama, openai, say};
use golem::config::LlmConfig;
use golem::config::llm_source::{LlmEngine, LlmSource};
use golem::engine::remote::RemoteChat;
use golem::engine::{Chat, EngineError};
use golem::message::{Message, Role};
use golem::turn::Ticket;
use serde_json::json;

thread_local! {
    /// How far this thread's clock is ahead.
    static AHEAD: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    /// How much further each look at the clock puts it.
    static STEP: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

fn clock() -> Instant {
    AHEAD.set(AHEAD.get() + STEP.get());
    Instant::now() + AHEAD.get()
}

/// Golem's own language model.
struct Own(bool);

impl Chat for Own {
    fn describe(&self) -> String {
        "own".into()
    }

    fn begin(&mut self, _: &[Message], _: &Ticket) -> Result<(), EngineError> {
        self.0 = true;
        Ok(())
    }

    fn next(&mut self, _: &Ticket) -> Result<Option<String>, EngineError> {
        Ok(std::mem::take(&mut self.0).then(|| "Mine.".into()))
    }
}

fn server(engine: LlmEngine, url: &str, model: &str) -> LlmSource {
    LlmSource { engine, url: url.into(), model: model.into(), key_env: String::new() }
}

/// Settings that name these servers. No deadline runs out by itself.
fn settings(servers: &[LlmSource]) -> LlmConfig {
    let LlmSource { engine, url, model, key_env } = servers[0].clone();
    let fallback = servers[1..].to_vec();
    let long = 600_000;
    LlmConfig {
        engine,
        url,
        model,
        key_env,
        fallback,
        load_ms: long,
        first_token_ms: long,
        stall_ms: long,
        ..LlmConfig::default()
    }
}

fn open(settings: &LlmConfig) -> RemoteChat {
    RemoteChat::open(settings, Box::new(|| Ok(Box::new(Own(false)))), clock)
}

fn asking(chat: &mut RemoteChat, conversation: &[Message]) -> Result<String, EngineError> {
    let stop = Ticket::standing();
    chat.begin(conversation, &stop)?;
    let mut reply = String::new();
    while let Some(piece) = chat.next(&stop)? {
        reply.push_str(&piece);
    }
    Ok(reply)
}

fn question() -> Vec<Message> {
    vec![Message::new(Role::System, "Be brief."), Message::new(Role::User, "What is two plus three?")]
}

fn say_bytes(client: &mut std::net::TcpStream, bytes: &[u8]) {
    use std::io::Write;
    let _ = client.write_all(bytes).and_then(|()| client.flush());
}

fn five(engine: LlmEngine) -> String {
    if engine == LlmEngine::Ollama {
        ollama(&json!({ "content": "Fi" })) + &ollama(&json!({ "content": "ve." })) + OLLAMA_END
    } else {
        openai(&json!({ "content": "Fi" })) + &openai(&json!({ "content": "ve." })) + OPENAI_END
    }
}

/// A server that answers "Five."
fn well(engine: LlmEngine) -> BrainServer {
    BrainServer::start(move |_, client| {
        begin(client);
        say(client, &five(engine));
    })
}
