//! A model hub on this machine: its layout, range requests, redirects to a second host, and faults by script.
//!
//! One listener is the hub, a second one the store of its large files. What was asked and sent is written down.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::json;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Length from which files are large ones, which lie on the second host.
pub const LARGE: usize = 1000;
/// The commit of every repository.
pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// Bytes that a slow server sends at a time.
const PIECE: usize = 10_000;
/// How long it rests after them.
const SLOW: Duration = Duration::from_millis(15);

/// What goes wrong with one request for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection ends after so many bytes.
    Cut(usize),
    /// Nothing more comes after so many bytes.
    Stall(usize),
    /// The bytes come slowly, a few at a time.
    Slow,
    /// Every byte is another.
    Wrong,
    /// Another status, with `Retry-After` in seconds.
    Status(u16, Option<u64>),
    /// Ranges are ignored.
    Whole,
    /// The file has another version: another ETag and other bytes.
    Changed,
}

/// One answered request.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Whether the second host was asked.
    pub store: bool,
    /// Path and query.
    pub path: String,
    /// Headers with names in small letters.
    pub headers: HashMap<String, String>,
    /// Status of the answer.
    pub status: u16,
    /// Bytes of the body that were sent.
    pub sent: usize,
}

/// A running hub; dropping it ends it.
pub struct Hub {
    state: Arc<State>,
    first: SocketAddr,
    store: SocketAddr,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    /// Content by `owner/name/path`.
    files: Mutex<HashMap<String, Vec<u8>>>,
    /// Faults by the same, first one first.
    faults: Mutex<HashMap<String, VecDeque<Fault>>>,
    seen: Mutex<Vec<Seen>>,
    changed: Condvar,
    end: AtomicBool,
}

impl Hub {
    /// Starts an empty hub.
    ///
    /// # Errors
    /// When this machine has no loopback.
    pub fn start() -> io::Result<Self> {
        let state = Arc::new(State::default());
        let (hub, store) = (TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?);
        let (hub_at, store_at) = (hub.local_addr()?, store.local_addr()?);
        let threads = [(hub, false), (store, true)].map(|(listener, is_store)| {
            let state = state.clone();
            std::thread::spawn(move || accept(&listener, &state, is_store, store_at))
        });
        Ok(Self { state, first: hub_at, store: store_at, threads: threads.into() })
    }

    /// Its address, as in `HF_ENDPOINT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.first)
    }

    /// Puts a file into a repository; `key` is `owner/name/path`.
    pub fn put(&self, key: &str, content: &[u8]) {
        lock(&self.state.files).insert(key.into(), content.into());
    }

    /// The next requests for the content of a file go wrong, one for each fault.
    pub fn fail(&self, key: &str, faults: impl IntoIterator<Item = Fault>) {
        lock(&self.state.faults).entry(key.into()).or_default().extend(faults);
    }

    /// All requests that were answered.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.state.seen).clone()
    }

    /// Bytes of files that were sent.
    pub fn sent(&self) -> usize {
        self.seen().iter().filter(|seen| !seen.path.starts_with("/api/")).map(|seen| seen.sent).sum()
    }

    /// Waits until so many requests were answered, or are hanging in a stall.
    pub fn wait_for(&self, requests: usize) {
        let seen = lock(&self.state.seen);
        drop(self.state.changed.wait_while(seen, |seen| seen.len() < requests).unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.state.end.store(true, Ordering::Relaxed);
        for address in [self.first, self.store] {
            // Wakes the listener, which then sees the end.
            drop(TcpStream::connect(address));
        }
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so itself.
            let _ = thread.join();
        }
    }
}

/// Content that looks like a model's: no two blocks are the same.
pub fn content(seed: u64, bytes: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..bytes).map(|_| random.u8(..)).collect()
}

/// The sha256 of `bytes` in hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The name that git gives `bytes`, in hex.
pub fn blob(bytes: &[u8]) -> String {
    hex(&Sha1::new_with_prefix(format!("blob {}\0", bytes.len())).chain_update(bytes).finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string can be written to");
        text
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(listener: &TcpListener, state: &Arc<State>, is_store: bool, store: SocketAddr) {
    let mut answering = Vec::new();
    for stream in listener.incoming().flatten() {
        if state.end.load(Ordering::Relaxed) {
            break;
        }
        let state = state.clone();
        answering.push(std::thread::spawn(move || {
            // A client that goes away in the middle is part of the play.
            let _ = answer(stream, &state, is_store, store);
        }));
    }
    for thread in answering {
        let _ = thread.join();
    }
}

/// Reads one request and answers it.
fn answer(mut stream: TcpStream, state: &State, is_store: bool, store: SocketAddr) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let path = first.split(' ').nth(1).unwrap_or("/").to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut reply =
        if is_store { file(state, path.trim_start_matches('/'), &headers) } else { hub(state, &path, &headers, store) };
    let (status, body) = (reply.status, std::mem::take(&mut reply.body));
    let sent = reply.end.map_or(body.len(), |end| end.min(body.len()));
    let mut head = format!("HTTP/1.1 {status} Answer\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in &reply.headers {
        write!(head, "{name}: {value}\r\n").expect("a string can be written to");
    }
    let pieces = if reply.slow { PIECE } else { usize::MAX };
    let mut written = stream.write_all(format!("{head}\r\n").as_bytes());
    for piece in body[..sent].chunks(pieces) {
        written = written.and_then(|()| stream.write_all(piece));
        if reply.slow {
            // Nothing is ever sent through it: this is the wait itself.
            let _ = crossbeam_channel::never::<()>().recv_timeout(SLOW);
        }
    }
    lock(&state.seen).push(Seen { store: is_store, path, headers, status, sent });
    state.changed.notify_all();
    written?;
    if reply.stalls {
        // Until the client gives up.
        let _ = stream.read(&mut [0]);
    }
    Ok(())
}

/// An answer before it is sent.
#[derive(Default)]
struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// Where the body breaks off.
    end: Option<usize>,
    /// Whether the connection then hangs.
    stalls: bool,
    /// Whether it comes slowly.
    slow: bool,
}

impl Reply {
    fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }
}

/// The first host: descriptions, small files, and the way to large ones.
fn hub(state: &State, path: &str, headers: &HashMap<String, String>, store: SocketAddr) -> Reply {
    let path = path.split('?').next().unwrap_or(path);
    if let Some((repo, _)) = path.strip_prefix("/api/models/").and_then(|rest| rest.split_once("/revision/")) {
        return describe(state, repo);
    }
    let Some((repo, file_path)) = path.trim_start_matches('/').split_once("/resolve/") else {
        return Reply::status(404);
    };
    let key = format!("{repo}/{}", file_path.split_once('/').map_or("", |(_, path)| path));
    let Some((large, digest)) = lock(&state.files).get(&key).map(|bytes| (bytes.len() >= LARGE, sha256(bytes))) else {
        return Reply { headers: vec![("X-Error-Code", "EntryNotFound".into())], ..Reply::status(404) };
    };
    let mut reply = if large {
        Reply { headers: vec![("Location", format!("http://localhost:{}/{key}", store.port()))], ..Reply::status(302) }
    } else {
        file(state, &key, headers)
    };
    if large {
        reply.headers.push(("X-Linked-Etag", format!("\"{digest}\"")));
    }
    reply.headers.push(("X-Repo-Commit", COMMIT.into()));
    reply
}

/// The description of a repository, as with `?blobs=true`.
fn describe(state: &State, repo: &str) -> Reply {
    let fault = lock(&state.faults).get_mut(repo).and_then(VecDeque::pop_front);
    if let Some(Fault::Status(status, _)) = fault {
        return Reply::status(status);
    }
    let prefix = format!("{repo}/");
    let siblings: Vec<_> = lock(&state.files)
        .iter()
        .filter_map(|(key, bytes)| {
            let mut sibling = json!({
                "rfilename": key.strip_prefix(&prefix)?, "size": bytes.len(), "blobId": blob(bytes),
            });
            if bytes.len() >= LARGE {
                sibling["lfs"] = json!({ "sha256": sha256(bytes), "size": bytes.len(), "pointerSize": 134 });
            }
            Some(sibling)
        })
        .collect();
    if siblings.is_empty() {
        return Reply { headers: vec![("X-Error-Code", "RepoNotFound".into())], ..Reply::status(401) };
    }
    let body = json!({ "id": repo, "sha": COMMIT, "siblings": siblings }).to_string().into_bytes();
    Reply { body, headers: vec![("Content-Type", "application/json".into())], ..Reply::status(200) }
}

fn invert(content: &mut [u8]) {
    for byte in content {
        *byte = !*byte;
    }
}

/// The content of a file, or a part of it, or what its next fault makes of it.
fn file(state: &State, key: &str, headers: &HashMap<String, String>) -> Reply {
    let Some(mut content) = lock(&state.files).get(key).cloned() else { return Reply::status(404) };
    let fault = lock(&state.faults).get_mut(key).and_then(VecDeque::pop_front);
    let mut tag = format!("\"{}\"", if content.len() >= LARGE { sha256(&content) } else { blob(&content) });
    match &fault {
        Some(Fault::Status(status, after)) => {
            let headers = after.iter().map(|after| ("Retry-After", after.to_string())).collect();
            return Reply { headers, ..Reply::status(*status) };
        }
        Some(Fault::Wrong) => invert(&mut content),
        Some(Fault::Changed) => {
            invert(&mut content);
            tag = "\"another\"".into();
        }
        _ => {}
    }
    let mut reply = Reply { headers: vec![("ETag", tag.clone())], ..Reply::status(200) };
    let start = headers.get("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let same = headers.get("if-range").is_none_or(|wanted| *wanted == tag);
    match start.filter(|_| same && fault != Some(Fault::Whole)) {
        Some(start) if start >= content.len() => return Reply { body: Vec::new(), ..Reply::status(416) },
        Some(start) => {
            let range = format!("bytes {start}-{}/{}", content.len() - 1, content.len());
            reply.headers.push(("Content-Range", range));
            reply.status = 206;
            reply.body = content.split_off(start);
        }
        None => reply.body = content,
    }
    reply.slow = fault == Some(Fault::Slow);
    (reply.end, reply.stalls) = match fault {
        Some(Fault::Cut(end)) => (Some(end), false),
        Some(Fault::Stall(end)) => (Some(end), true),
        _ => (None, false),
    };
    reply
}
