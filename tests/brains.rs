//! Language models on servers, over real sockets: servers that answer, think aloud, load, stall, break and are gone.

#[path = "common/brain.rs"]
mod brain;
#[path = "common/place.rs"]
mod place;
#[path = "common/program.rs"]
mod program;

use std::cell::Cell;
use std::fs;
use std::time::{Duration, Instant};

use brain::{BrainServer, OLLAMA_END, OPENAI_END, begin, ollama, openai, refuse, say, stall};
use crossbeam_channel::unbounded;
use golem::config::LlmConfig;
use golem::config::llm_source::{LlmEngine, LlmSource};
use golem::engine::remote::RemoteChat;
use golem::engine::{Chat, EngineError};
use golem::message::{Event, Message, Role};
use golem::turn::{Ticket, TurnClock};
use golem::worker::baton::Baton;
use golem::worker::llm::{LlmJob, LlmWorker};
use place::data;
use serde_json::{Value, json};

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
        config.load_ms = if what == "slow" { 1_500 } else { config.load_ms };
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
fn a_server_that_knows_less_is_asked_more_simply() {
    let up = BrainServer::start(|asked, client| {
        if asked.body.get("chat_template_kwargs").is_some() {
            refuse(client, "400 Bad Request", "{\"error\":{\"message\":\"Unknown parameter\"}}");
        } else {
            begin(client);
            say(client, &five(LlmEngine::OpenAi));
        }
    });
    let mut chat = open(&settings(&[server(LlmEngine::OpenAi, &up.url, "m")]));
    assert_eq!(asking(&mut chat, &question()).unwrap(), "Five.");
    assert_eq!(asking(&mut chat, &question()).unwrap(), "Five.");
    assert_eq!(up.count(), 3, "twice for the first question, once for the second");
}

#[test]
fn golem_asks_for_patience_once_while_a_model_is_loaded() {
    let (load, loaded) = unbounded::<()>();
    let up = BrainServer::start(move |_, client| {
        begin(client);
        let _ = loaded.recv();
        say(client, &five(LlmEngine::OpenAi));
    });
    let mut chat = open(&settings(&[server(LlmEngine::OpenAi, &up.url, "m")]));
    let stop = Ticket::standing();
    chat.begin(&[Message::new(Role::User, "Сколько будет два плюс три?")], &stop).unwrap();
    STEP.set(Duration::from_millis(100));
    let mut said: String = (0..8).map(|_| chat.next(&stop).unwrap().expect("a sign of life")).collect();
    STEP.set(Duration::ZERO);
    assert_eq!(said, "Одну минуту. ", "once");
    load.send(()).unwrap();
    while let Some(piece) = chat.next(&stop).unwrap() {
        said.push_str(&piece);
    }
    assert_eq!(said, "Одну минуту. Five.");
    up.asked();
    let next = [Message::new(Role::User, "a"), Message::new(Role::Assistant, said), Message::new(Role::User, "b")];
    load.send(()).unwrap();
    assert_eq!(asking(&mut chat, &next).unwrap(), "Five.");
    assert_eq!(up.asked().body["messages"][1]["content"], "Five.", "the model has not said the rest");
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

/// A replay.
struct Replayed {
    /// The words that golem heard, as its installed recogniser writes them.
    transcripts: Vec<String>,
    /// The replies that were heard.
    heard: Vec<String>,
    /// Everything that golem printed.
    printed: String,
}

/// A replay with these settings.
fn replayed(flags: &[&str], key: &str) -> Option<Replayed> {
    if !data().join("runtime/libpocketsphinx.so").exists() {
        println!("skipped: {} does not hold what scripts/golem installs", data().display());
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let events = folder.path().join("events.jsonl");
    let input = ["--input", "fixtures/audio/count-to-ten.wav", "--latency", "asr=200ms,llm=20ms/token,tts=0"];
    let talk = ["--set", "intents.enabled=false"];
    let output = program::golem(&[])
        .args(input)
        .args(talk)
        .args(flags)
        .arg("--events")
        .arg(&events)
        .env("BRAIN_KEY", key)
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{printed}");
    let text = fs::read_to_string(&events).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let texts = |kind: &str| {
        let events = lines.iter().filter(|event| event["type"] == kind);
        events.map(|event| event["text"].as_str().unwrap().to_owned()).collect()
    };
    Some(Replayed { transcripts: texts("transcript"), heard: texts("heard"), printed })
}

#[test]
fn a_whole_conversation_goes_to_the_server_with_its_key() {
    let up = well(LlmEngine::OpenAi);
    let url = format!("llm.url={}", up.url);
    let flags = ["--set=llm.engine=openai", "--set", &url, "--set=llm.model=m", "--set=llm.key_env=BRAIN_KEY"];
    let Some(Replayed { transcripts, heard, printed }) = replayed(&flags, "sk-of-the-test") else { return };
    assert_eq!(heard, ["Five."]);
    assert!(printed.contains(&format!("brain: m at {}", up.url)), "{printed}");
    // A pause can make golem ask with words that the end of the utterance corrects; that request is given up.
    let asked = up.all_asked();
    assert!(asked.iter().all(|asked| asked.head.contains("authorization: bearer sk-of-the-test")), "{asked:?}");
    assert!(asked.iter().any(|asked| asked.body["messages"][1]["content"] == transcripts[0]), "{asked:?}");
    assert!(!printed.contains("sk-of-the-test"));
}

#[test]
fn a_whole_conversation_goes_on_with_the_starter_brain_when_the_server_is_gone() {
    let flags = ["--set=llm.engine=ollama", "--set=llm.url=http://127.0.0.1:1", "--set=llm.model=m"];
    let Some(Replayed { heard, .. }) = replayed(&flags, "") else { return };
    assert!(heard.len() == 1 && !heard[0].contains("could not"), "{heard:?}");
}

#[test]
fn the_doctor_says_of_each_server_how_it_is_and_what_to_type() {
    let up = well(LlmEngine::Ollama);
    let url = format!("llm.url={}", up.url);
    let gone = "llm.fallback=[{ engine = \"openai\", url = \"http://127.0.0.1:1\", model = \"other\" }]";
    let flags = ["--set=llm.engine=ollama", "--set", &url, "--set=llm.model=m", "--set", gone];
    let output = program::golem(&[]).args(["doctor", "--quick", "--json"]).args(flags).output().unwrap();
    let findings: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let servers: Vec<_> = findings.iter().filter(|finding| finding["subject"] == "server").collect();
    assert_eq!(servers.len(), 2, "{findings:?}");
    assert_eq!(servers[0]["verdict"], "ok");
    assert!(
        servers[1]["seen"].as_str().unwrap().contains("other at http://127.0.0.1:1: nothing listens there"),
        "{servers:?}"
    );
    assert!(servers[1]["next"].as_str().unwrap().contains("llm.url"));
}

#[test]
fn the_settings_are_refused_with_what_to_write_and_no_secret_is_shown() {
    let check = |flags: &[&str]| {
        let output = program::golem(&[]).args(["config", "check"]).args(flags).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (well, printed) =
        check(&["--set=llm.engine=openai", "--set=llm.url=http://me:hidden@host", "--set=llm.model=m"]);
    assert!(!well && printed.contains("key_env") && !printed.contains("hidden"), "{printed}");
    let (well, printed) = check(&["--set=llm.engine=ollama"]);
    assert!(!well && printed.contains("model = \"NAME\""), "{printed}");
    let (well, printed) = check(&["--set=llm.engine=vllm"]);
    assert!(!well && printed.contains("openai"), "{printed}");
    assert!(check(&["--set=llm.engine=ollama", "--set=llm.model=m"]).0);
}
