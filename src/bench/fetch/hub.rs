//! A model hub on this machine: its layout, range requests, redirects to a second host, and faults by script.
//!
//! One listener is the hub, a second one the store of its large files. Requests and answers are recorded.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

pub use super::state::{COMMIT, HubFault, LARGE, SeenRequest, blob, content, sha256};

use super::reply::{file, hub};
use super::state::{HubState, lock};

/// Longest wait for what should happen at once.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes that a slow server sends at a time.
const PIECE: usize = 10_000;
/// The rest after each piece.
const SLOW: Duration = Duration::from_millis(15);

/// A running hub; dropping it ends it.
pub struct FakeHub {
    state: Arc<HubState>,
    first: SocketAddr,
    store: SocketAddr,
    threads: Vec<JoinHandle<()>>,
}

impl FakeHub {
    /// Starts an empty hub.
    ///
    /// # Errors
    /// When this machine has no loopback.
    pub fn start() -> io::Result<Self> {
        let state = Arc::new(HubState::default());
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

    /// The content of a file.
    pub fn content(&self, key: &str) -> Option<Vec<u8>> {
        lock(&self.state.files).get(key).cloned()
    }

    /// Takes a file away.
    pub fn lose(&self, key: &str) {
        lock(&self.state.files).remove(key);
    }

    /// Where a file lies on the second host.
    pub fn stored(&self, key: &str) -> String {
        format!("http://localhost:{}/{key}", self.store.port())
    }

    /// Makes the next requests for the content of a file fail, one for each fault.
    pub fn fail(&self, key: &str, faults: impl IntoIterator<Item = HubFault>) {
        lock(&self.state.faults).entry(key.into()).or_default().extend(faults);
    }

    /// All requests that were answered.
    pub fn seen(&self) -> Vec<SeenRequest> {
        lock(&self.state.seen).clone()
    }

    /// Bytes of files that were sent.
    pub fn sent(&self) -> usize {
        self.seen().iter().filter(|seen| !seen.path.starts_with("/api/")).map(|seen| seen.sent).sum()
    }

    /// Waits until an answer hangs.
    pub fn wait_for_stall(&self) {
        let stalled = lock(&self.state.stalled);
        let wait = self.state.stalls.wait_timeout_while(stalled, PATIENCE, |stalled| *stalled == 0);
        drop(wait.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for FakeHub {
    fn drop(&mut self) {
        self.state.end.store(true, Ordering::Relaxed);
        for address in [self.first, self.store] {
            // Wakes the listener, which then sees the end.
            drop(TcpStream::connect(address));
        }
        for thread in self.threads.drain(..) {
            // The thread's panic was printed already.
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, state: &Arc<HubState>, is_store: bool, store: SocketAddr) {
    let mut answering = Vec::new();
    for stream in listener.incoming().flatten() {
        if state.end.load(Ordering::Relaxed) {
            break;
        }
        let state = state.clone();
        answering.push(std::thread::spawn(move || {
            // Ignore a client that goes away in the middle: some faults mean it to.
            let _ = answer(stream, &state, is_store, store);
        }));
    }
    for thread in answering {
        let _ = thread.join();
    }
}

/// Reads one request and answers it.
fn answer(mut stream: TcpStream, state: &HubState, is_store: bool, store: SocketAddr) -> io::Result<()> {
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
    // Recorded before the answer is sent: a client that has its answer always finds it here.
    lock(&state.seen).push(SeenRequest { store: is_store, path, headers, status, sent });
    let pieces = if reply.slow { PIECE } else { usize::MAX };
    let mut written = stream.write_all(format!("{head}\r\n").as_bytes());
    for piece in body[..sent].chunks(pieces) {
        written = written.and_then(|()| stream.write_all(piece));
        if reply.slow {
            // Sleep: `never` receives nothing, so this waits for the whole time.
            let _ = crossbeam_channel::never::<()>().recv_timeout(SLOW);
        }
    }
    written?;
    if reply.stalls {
        *lock(&state.stalled) += 1;
        state.stalls.notify_all();
        // Keep the connection open until the client gives up.
        let _ = stream.read(&mut [0]);
    }
    Ok(())
}
