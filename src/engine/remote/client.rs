//! The HTTP client of servers. A thread of its own reads each answer, and the connection is cut as soon as the answer
//! is no longer needed.

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use serde_json::Value;
use ureq::http::{Response, header};
use ureq::{Agent, Body};

use super::request::{RequestBody, ServerRequest};
use super::stream::{reported, short};
use crate::http_agent::agent_config;

/// Bytes read at once; a token of a stream takes a few hundred.
const PIECE: usize = 8 << 10;
/// Most pieces that wait to be taken: a server that sends faster has to wait.
const PIECES: usize = 64;
/// Most bytes of an answer that is not a stream.
const ANSWER: usize = 1 << 20;
/// An event of a request.
#[derive(Debug)]
pub enum CallEvent {
    /// More bytes of the answer.
    Bytes(Vec<u8>),
    /// The end of the answer.
    End,
    /// The request failed, before or within the answer.
    Failed(CallFault),
}

/// The reason why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallFault {
    /// The server answered with an error.
    Refused {
        /// HTTP's status.
        status: u16,
        /// The server's reason.
        reason: String,
    },
    /// The server cannot be reached, or the connection broke.
    Broken(String),
    /// The server has kept silent beyond a deadline.
    Late(String),
}

impl std::fmt::Display for CallFault {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Self::Refused { status: status @ (401 | 403), reason } => {
                write!(
                    out,
                    "the server answers {status} ({reason}): put its key into a variable, and the variable's name into key_env"
                )
            }
            Self::Refused { status: status @ 300..=399, .. } => {
                write!(
                    out,
                    "the server answers {status}, which leads elsewhere: write the address that it leads to into url"
                )
            }
            Self::Refused { status, reason } => write!(out, "the server answers {status}: {reason}"),
            Self::Broken(reason) | Self::Late(reason) => write!(out, "{reason}"),
        }
    }
}

/// A connection that may be used again. `None` while a call uses it, and after a call that was not read to its end.
type IdleAgent = Arc<Mutex<Option<Agent>>>;

/// A running request. Dropped before its end, it cuts the connection; read to its end, it leaves the connection to the
/// next.
#[derive(Debug)]
pub struct ServerCall {
    agent: Agent,
    idle: IdleAgent,
    events: Receiver<CallEvent>,
    over: bool,
}

impl ServerCall {
    /// The next event within `wait`; `None` if none comes.
    pub fn next(&mut self, wait: Duration) -> Option<CallEvent> {
        let event = match self.events.recv_timeout(wait) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) => return None,
            Err(RecvTimeoutError::Disconnected) => CallEvent::Failed(CallFault::Broken("its thread has ended".into())),
        };
        if matches!(event, CallEvent::End) {
            self.over = true;
            *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.agent.clone());
        }
        Some(event)
    }
}

#[cfg(test)]
impl ServerCall {
    /// A call whose answer is `events`.
    pub fn of(events: Receiver<CallEvent>) -> Self {
        Self { agent: agent_config().build().into(), idle: IdleAgent::default(), events, over: false }
    }
}

impl Drop for ServerCall {
    fn drop(&mut self) {
        if !self.over {
            self.agent.clone().shutdown();
        }
    }
}

/// Sends requests to one server. They share one connection as long as each answer is read to its end.
pub struct ServerClient {
    connect: Duration,
    key_env: String,
    idle: IdleAgent,
}

impl ServerClient {
    /// A client that connects within `connect`. It sends the key in the environment variable `key_env`, unless that
    /// name is empty.
    pub fn new(connect: Duration, key_env: &str) -> Self {
        Self { connect, key_env: key_env.into(), idle: IdleAgent::default() }
    }

    /// Sends a request.
    ///
    /// # Errors
    /// When the key is missing or no thread can be started.
    pub fn send(&mut self, request: ServerRequest) -> Result<ServerCall, String> {
        let key = match self.key_env.as_str() {
            "" => None,
            name => Some(std::env::var(name).map_err(|_| {
                format!(
                    "the environment variable {name} is not set: put the server's key into it, or leave key_env empty"
                )
            })?),
        };
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
        let agent = idle.unwrap_or_else(|| {
            agent_config().timeout_resolve(Some(self.connect)).timeout_connect(Some(self.connect)).build().into()
        });
        let (events_in, events) = bounded(PIECES);
        let asking = agent.clone();
        let thread = Builder::new().name("golem-server".into()).spawn(move || {
            let end = match ask(&asking, &request, key.as_deref()).and_then(|answer| pass(answer, &events_in)) {
                Ok(()) => CallEvent::End,
                Err(fault) => CallEvent::Failed(fault),
            };
            // Ignore a closed channel: the answer may no longer be needed.
            let _ = events_in.send(end);
        });
        thread.map_err(|error| format!("the system refused a thread: {error}"))?;
        Ok(ServerCall { agent, idle: Arc::clone(&self.idle), events, over: false })
    }

    /// Whether the last call was read to its end.
    pub fn ended_well(&self) -> bool {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Returns the whole answer to a request. Each piece must come within `patience`.
    ///
    /// # Errors
    /// When there is no whole answer.
    pub fn fetch(&mut self, request: ServerRequest, patience: Duration) -> Result<Vec<u8>, String> {
        let mut call = self.send(request)?;
        let mut answer = Vec::new();
        loop {
            match call.next(patience) {
                Some(CallEvent::Bytes(bytes)) if answer.len() + bytes.len() <= ANSWER => answer.extend(bytes),
                Some(CallEvent::Bytes(_)) => return Err("the answer is longer than any list of models".into()),
                Some(CallEvent::End) => return Ok(answer),
                Some(CallEvent::Failed(fault)) => return Err(fault.to_string()),
                None => return Err(format!("the server has not answered for {} s", patience.as_secs_f32())),
            }
        }
    }
}

fn ask(agent: &Agent, request: &ServerRequest, key: Option<&str>) -> Result<Response<Body>, CallFault> {
    let key = key.map(|key| format!("Bearer {}", key.trim()));
    let post = |kind: &str| {
        let post = agent.post(&request.url).content_type(kind);
        key.iter().fold(post, |post, key| post.header(header::AUTHORIZATION, key))
    };
    let answer = match &request.body {
        RequestBody::Nothing => {
            let get = agent.get(&request.url);
            key.iter().fold(get, |get, key| get.header(header::AUTHORIZATION, key)).call()
        }
        RequestBody::Json(body) => post("application/json").send(body.to_string()),
        RequestBody::Form(form) => post(&form.content_type()).send(form.bytes()),
    };
    answer.map_err(|error| CallFault::Broken(not_reached(&error)))
}

fn not_reached(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "it cannot be connected to in time: is the server running?".into(),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => {
            format!("{error}: is the clock right, and are the server's certificates installed?")
        }
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            "nothing listens there: is the server running?".into()
        }
        other => format!("{other}: is the server running?"),
    }
}

/// Passes the answer on piece by piece.
fn pass(answer: Response<Body>, events: &Sender<CallEvent>) -> Result<(), CallFault> {
    let status = answer.status();
    let mut body = answer.into_body().into_reader();
    if !status.is_success() {
        let mut said = Vec::new();
        // Half of an error message is better than none.
        let _ = body.take(PIECE as u64).read_to_end(&mut said);
        let said = String::from_utf8_lossy(&said);
        let reason = serde_json::from_str::<Value>(&said).ok().and_then(|answer| reported(&answer));
        let reason = reason.unwrap_or_else(|| match short(&said) {
            nothing if nothing.is_empty() => status.canonical_reason().unwrap_or("no reason is given").into(),
            said => said,
        });
        return Err(CallFault::Refused { status: status.as_u16(), reason });
    }
    let mut piece = vec![0; PIECE];
    loop {
        match body.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => {
                if events.send(CallEvent::Bytes(piece[..length].to_vec())).is_err() {
                    return Ok(());
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(CallFault::Broken(format!("the connection broke: {error}"))),
        }
    }
}
