//! The bond between the control and the data socket of one client, which have no name in common.
//!
//! A client opens both at about the same time, in either order: each socket takes the oldest of the other kind from the same
//! address that has no partner yet. Clients that share an address and connect at the same instant can name their session:
//! `ws://127.0.0.1:8011/?session=NAME`.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use super::parameters::RecorderParameters;
use super::status::RecorderStatus;
use crate::config::Config;

/// Most control sockets at a time.
const CONTROLS: usize = 256;
/// Commands and notices that may wait for the other socket.
const WAITING: usize = 64;

/// What a client's sockets have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkKey {
    /// Its address.
    pub peer: IpAddr,
    /// The name in its URLs, if it gives one.
    pub session: Option<String>,
}

/// The two sockets of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkSide {
    /// Commands.
    Control,
    /// Sound and words.
    Data,
}

/// What a client's control socket asks of its data socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecorderCommand {
    /// The utterance ends here.
    Stop,
    /// What is being said is forgotten.
    Abort,
    /// Whether sound is heard.
    Microphone(bool),
    /// The client wants to be hung up on.
    Shutdown,
}

/// What the two sockets of a client share.
pub struct RecorderLink {
    /// How it is to be heard.
    pub parameters: watch::Sender<RecorderParameters>,
    commands: Channel<RecorderCommand>,
    notices: Channel<String>,
    status: Mutex<RecorderStatus>,
}

/// A channel whose end is taken once, by the socket that it leads to.
struct Channel<T> {
    sender: mpsc::Sender<T>,
    end: Mutex<Option<mpsc::Receiver<T>>>,
}

impl<T> Default for Channel<T> {
    fn default() -> Self {
        let (sender, end) = mpsc::channel(WAITING);
        Self { sender, end: Mutex::new(Some(end)) }
    }
}

impl RecorderLink {
    fn new(config: &Config) -> Self {
        Self {
            parameters: watch::Sender::new(RecorderParameters::new(config)),
            commands: Channel::default(),
            notices: Channel::default(),
            status: Mutex::default(),
        }
    }

    /// Hands a command to the data socket; whether there is room for it.
    pub fn command(&self, command: RecorderCommand) -> bool {
        self.commands.sender.try_send(command).is_ok()
    }

    /// Hands a notice to the control socket, if there is one that reads.
    pub fn notice(&self, words: String) {
        let _ = self.notices.sender.try_send(words);
    }

    /// The commands; nothing where they were taken before.
    pub fn commands(&self) -> Option<mpsc::Receiver<RecorderCommand>> {
        lock(&self.commands.end).take()
    }

    /// The notices; nothing where they were taken before.
    pub fn notices(&self) -> Option<mpsc::Receiver<String>> {
        lock(&self.notices.end).take()
    }

    /// What the recorder is doing.
    pub fn status(&self) -> MutexGuard<'_, RecorderStatus> {
        lock(&self.status)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sockets that have no partner yet.
pub struct RecorderLinks {
    waiting: Mutex<Vec<(LinkSide, LinkKey, Weak<RecorderLink>)>>,
    controls: Arc<Semaphore>,
    sessions: AtomicU64,
}

impl Default for RecorderLinks {
    fn default() -> Self {
        Self { waiting: Mutex::default(), controls: Arc::new(Semaphore::new(CONTROLS)), sessions: AtomicU64::new(0) }
    }
}

impl RecorderLinks {
    /// A place for a control socket; `None` when all are taken.
    pub fn admit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.controls).try_acquire_owned().ok()
    }

    /// Number of the next session on a single socket, from 1.
    pub fn count(&self) -> u64 {
        self.sessions.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The link of a client's socket: that of its other one, if that is there and has no partner.
    pub fn join(&self, side: LinkSide, key: &LinkKey, config: &Config) -> Arc<RecorderLink> {
        let mut waiting = lock(&self.waiting);
        // A socket that has gone held the only link.
        waiting.retain(|(_, _, link)| link.strong_count() > 0);
        let partner = waiting.iter().position(|(other, its, _)| *other != side && its == key);
        if let Some(link) = partner.and_then(|place| waiting.remove(place).2.upgrade()) {
            return link;
        }
        let link = Arc::new(RecorderLink::new(config));
        waiting.push((side, key.clone(), Arc::downgrade(&link)));
        link
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(peer: &str, session: Option<&str>) -> LinkKey {
        LinkKey { peer: peer.parse().unwrap(), session: session.map(str::to_owned) }
    }

    #[test]
    fn sockets_find_their_partner_in_either_order() {
        let (links, config) = (RecorderLinks::default(), Config::default());
        let join = |side, key: &LinkKey| links.join(side, key, &config);
        let (one, other) = (key("10.0.0.1", None), key("10.0.0.2", None));
        let control = join(LinkSide::Control, &one);
        let data = join(LinkSide::Data, &other);
        assert!(Arc::ptr_eq(&control, &join(LinkSide::Data, &one)));
        assert!(Arc::ptr_eq(&data, &join(LinkSide::Control, &other)));
        assert!(!Arc::ptr_eq(&control, &join(LinkSide::Data, &one)), "a partner is a partner of one");
    }

    #[test]
    fn a_probe_that_has_gone_is_no_partner_and_names_tell_sessions_apart() {
        let (links, config) = (RecorderLinks::default(), Config::default());
        let join = |side, key: &LinkKey| links.join(side, key, &config);
        let peer = key("10.0.0.1", None);
        drop(join(LinkSide::Control, &peer));
        let (first, second) = (join(LinkSide::Control, &peer), join(LinkSide::Control, &peer));
        let (a, b) = (key("10.0.0.1", Some("a")), key("10.0.0.1", Some("b")));
        let (named_a, named_b) = (join(LinkSide::Control, &a), join(LinkSide::Control, &b));
        assert!(Arc::ptr_eq(&named_b, &join(LinkSide::Data, &b)) && Arc::ptr_eq(&named_a, &join(LinkSide::Data, &a)));
        assert!(
            Arc::ptr_eq(&first, &join(LinkSide::Data, &peer)) && Arc::ptr_eq(&second, &join(LinkSide::Data, &peer))
        );
    }
}
