//! The state of the local hub: its files, the faults that are to happen, and the requests that it received.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::atomic::AtomicBool;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Length from which files are large ones, which lie on the second host.
pub const LARGE: usize = 1000;
/// The commit of every repository.
pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// What goes wrong with one request for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HubFault {
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
pub struct SeenRequest {
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

/// The state that the threads of a hub share.
#[derive(Default)]
pub(super) struct HubState {
    /// Content by `owner/name/path`.
    pub files: Mutex<HashMap<String, Vec<u8>>>,
    /// Faults by `owner/name/path`, the next one first.
    pub faults: Mutex<HashMap<String, VecDeque<HubFault>>>,
    /// Requests that were answered.
    pub seen: Mutex<Vec<SeenRequest>>,
    /// Answers that hang.
    pub stalled: Mutex<usize>,
    /// Notified when another one hangs.
    pub stalls: Condvar,
    /// The hub ends.
    pub end: AtomicBool,
}

/// Content that looks like a model's: every block differs.
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

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
