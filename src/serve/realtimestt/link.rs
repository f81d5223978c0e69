//! The link between the control socket and the data socket of a client, which carry no common name.
//!
//! A client opens both within moments, in either order. Sockets of one address and one program are paired in the order
//! in which their connections were accepted, however long each takes to become a WebSocket. A socket that has waited
//! longer than a client would is paired only if there is no other. Clients of one machine that connect at the very same
//! instant can name their session: `ws://127.0.0.1:8011/?session=NAME`.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::timeout;

use super::parameters::RecorderParameters;
use super::status::RecorderStatus;
use crate::config::Config;
use crate::serve::sessions::SessionPlace;

/// Most control sockets at a time.
const CONTROLS: usize = 256;
/// Time between the sockets of one client at most: RealtimeSTT's own client gives up after so long.
const TOGETHER: Duration = Duration::from_secs(10);
/// Commands and notices that may wait for the other socket.
const WAITING: usize = 64;
/// Time for the control socket to end after the data socket.
const PARTING: Duration = Duration::from_secs(1);

/// The key by which a client's sockets find each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkKey {
    /// Its address.
    pub peer: IpAddr,
    /// The program's own name (`User-Agent`), if it sends one.
    pub program: Option<Vec<u8>>,
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

/// The commands from a client's control socket to its data socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecorderCommand {
    /// The utterance ends here.
    Stop,
    /// The open utterance is forgotten.
    Abort,
    /// Whether sound is heard.
    Microphone(bool),
    /// The client wants to be hung up on.
    Shutdown,
}

/// The state that the two sockets of a client share.
pub struct RecorderLink {
    /// The parameters of the recorder.
    pub parameters: watch::Sender<RecorderParameters>,
    commands: Channel<RecorderCommand>,
    notices: Channel<String>,
    status: Mutex<RecorderStatus>,
    /// The place that the data socket holds, once it does.
    place: OnceLock<Weak<SessionPlace>>,
}

/// A channel whose receiver is taken once, by the socket that it leads to.
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

impl<T> Channel<T> {
    /// Waits until the socket that it leads to has dropped its receiver; does not wait if none has taken it.
    async fn ended(&self) {
        let taken = lock(&self.end).is_none();
        if taken {
            self.sender.closed().await;
        }
    }
}

impl RecorderLink {
    fn new(config: &Config) -> Self {
        Self {
            parameters: watch::Sender::new(RecorderParameters::new(config)),
            commands: Channel::default(),
            notices: Channel::default(),
            status: Mutex::default(),
            place: OnceLock::new(),
        }
    }

    /// Sends a command to the data socket; false if the queue is full.
    pub fn command(&self, command: RecorderCommand) -> bool {
        self.commands.sender.try_send(command).is_ok()
    }

    /// Sends a notice to the control socket, if that socket exists and reads.
    pub fn notice(&self, words: String) {
        let _ = self.notices.sender.try_send(words);
    }

    /// The receiver of the commands; `None` if it was taken before.
    pub fn commands(&self) -> Option<mpsc::Receiver<RecorderCommand>> {
        lock(&self.commands.end).take()
    }

    /// The receiver of the notices; `None` if it was taken before.
    pub fn notices(&self) -> Option<mpsc::Receiver<String>> {
        lock(&self.notices.end).take()
    }

    /// Waits until the data socket has ended, if there is one: it ends when it drops the receiver of its commands.
    pub async fn data_ended(&self) {
        self.commands.ended().await;
    }

    /// Waits until the control socket has ended, if there is one, but not for long.
    pub async fn control_ended(&self) {
        // A client that takes nothing on its control socket does not keep its place for it.
        let _ = timeout(PARTING, self.notices.ended()).await;
    }

    /// Links the place of the data socket, which commands keep from being idle.
    pub fn hold(&self, place: &Arc<SessionPlace>) {
        // A link has one data socket.
        let _ = self.place.set(Arc::downgrade(place));
    }

    /// Notes that a command came at `now`.
    pub fn touch(&self, now: Instant) {
        if let Some(place) = self.place.get().and_then(Weak::upgrade) {
            place.activity(|activity| activity.touch(now));
        }
    }

    /// The status of the recorder.
    pub fn status(&self) -> MutexGuard<'_, RecorderStatus> {
        lock(&self.status)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A socket that has no partner yet.
struct WaitingSocket {
    side: LinkSide,
    key: LinkKey,
    connected: Instant,
    link: Weak<RecorderLink>,
}

/// The sockets that wait for a partner, the places of control sockets, and the count of sessions.
pub struct RecorderLinks {
    waiting: Mutex<Vec<WaitingSocket>>,
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

    /// The link of a client's socket whose connection was accepted at `connected`. If the client's other socket waits
    /// for a partner, it is that socket's link.
    pub fn join(&self, side: LinkSide, key: &LinkKey, connected: Instant, config: &Config) -> Arc<RecorderLink> {
        let mut waiting = lock(&self.waiting);
        // Remove sockets that have closed: each held the only reference to its link.
        waiting.retain(|socket| socket.link.strong_count() > 0);
        let others = waiting.iter().enumerate().filter(|(_, other)| other.side != side && other.key == *key);
        let partner = partner(connected, others.map(|(place, other)| (place, other.connected)));
        if let Some(link) = partner.and_then(|place| waiting.remove(place).link.upgrade()) {
            return link;
        }
        let link = Arc::new(RecorderLink::new(config));
        waiting.push(WaitingSocket { side, key: key.clone(), connected, link: Arc::downgrade(&link) });
        link
    }
}

/// The one of `others` (place and time of connection) that belongs to a socket that connected at `connected`: the first
/// within [`TOGETHER`] of it, or else the latest.
fn partner(connected: Instant, others: impl Iterator<Item = (usize, Instant)>) -> Option<usize> {
    let apart =
        |other: Instant| connected.saturating_duration_since(other).max(other.saturating_duration_since(connected));
    let (near, far): (Vec<_>, Vec<_>) = others.partition(|(_, other)| apart(*other) <= TOGETHER);
    let first = near.into_iter().min_by_key(|(_, other)| *other);
    first.or_else(|| far.into_iter().max_by_key(|(_, other)| *other)).map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::serve::figures::Endpoint;
    use crate::serve::sessions::Sessions;

    fn key(peer: &str, session: Option<&str>) -> LinkKey {
        LinkKey { peer: peer.parse().unwrap(), program: None, session: session.map(str::to_owned) }
    }

    /// Sockets that join at given times, in milliseconds.
    struct Joins(RecorderLinks, Config, Instant);

    impl Joins {
        fn new() -> Self {
            Self(RecorderLinks::default(), Config::default(), Instant::now())
        }

        fn join(&self, side: LinkSide, key: &LinkKey, at: u64) -> Arc<RecorderLink> {
            self.0.join(side, key, self.2 + Duration::from_millis(at), &self.1)
        }
    }

    #[test]
    fn sockets_find_their_partner_in_either_order() {
        let joins = Joins::new();
        let (one, other) = (key("10.0.0.1", None), key("10.0.0.2", None));
        let control = joins.join(LinkSide::Control, &one, 0);
        let data = joins.join(LinkSide::Data, &other, 1);
        assert!(Arc::ptr_eq(&control, &joins.join(LinkSide::Data, &one, 2)));
        assert!(Arc::ptr_eq(&data, &joins.join(LinkSide::Control, &other, 3)));
        assert!(!Arc::ptr_eq(&control, &joins.join(LinkSide::Data, &one, 4)), "a partner is a partner of one");
    }

    #[test]
    fn a_command_keeps_the_session_of_both_sockets_from_being_idle() {
        let (start, seconds) = (Instant::now(), Duration::from_secs);
        let sessions = Sessions::new(1, seconds(10));
        let place = Arc::new(sessions.admit_at(Endpoint::RealtimeStt, start).unwrap());
        place.begin_live(start);
        let link = Joins::new().join(LinkSide::Control, &key("10.0.0.1", None), 0);
        link.touch(start + seconds(1));
        link.hold(&place);
        link.touch(start + seconds(9));
        assert!(sessions.admit_at(Endpoint::Realtime, start + seconds(18)).is_none());
        assert!(sessions.admit_at(Endpoint::Realtime, start + seconds(19)).is_some());
    }

    #[test]
    fn a_socket_waits_for_the_end_of_the_other_one_and_for_none_that_never_came() {
        let link = Joins::new().join(LinkSide::Control, &key("10.0.0.1", None), 0);
        assert!(link.data_ended().now_or_never().is_some());
        let commands = link.commands();
        assert!(link.data_ended().now_or_never().is_none());
        drop(commands);
        assert!(link.data_ended().now_or_never().is_some());
    }

    #[test]
    fn a_probe_that_has_gone_is_no_partner_and_names_tell_sessions_apart() {
        let joins = Joins::new();
        let peer = key("10.0.0.1", None);
        drop(joins.join(LinkSide::Control, &peer, 0));
        let (first, second) = (joins.join(LinkSide::Control, &peer, 1), joins.join(LinkSide::Control, &peer, 2));
        let (a, b) = (key("10.0.0.1", Some("a")), key("10.0.0.1", Some("b")));
        let (named_a, named_b) = (joins.join(LinkSide::Control, &a, 3), joins.join(LinkSide::Control, &b, 4));
        let (data_b, data_a) = (joins.join(LinkSide::Data, &b, 5), joins.join(LinkSide::Data, &a, 6));
        assert!(Arc::ptr_eq(&named_b, &data_b) && Arc::ptr_eq(&named_a, &data_a));
        let data = (joins.join(LinkSide::Data, &peer, 7), joins.join(LinkSide::Data, &peer, 8));
        assert!(Arc::ptr_eq(&first, &data.0) && Arc::ptr_eq(&second, &data.1));
    }

    #[test]
    fn partners_go_by_when_they_connected_and_not_by_when_they_became_sockets() {
        let (joins, peer) = (Joins::new(), key("127.0.0.1", None));
        // The second client's control socket is there before the first one's.
        let second = joins.join(LinkSide::Control, &peer, 2);
        let first = joins.join(LinkSide::Control, &peer, 1);
        assert!(Arc::ptr_eq(&first, &joins.join(LinkSide::Data, &peer, 3)));
        assert!(Arc::ptr_eq(&second, &joins.join(LinkSide::Data, &peer, 4)));
    }

    #[test]
    fn a_socket_that_waits_for_long_is_no_partner_of_a_new_client() {
        let (joins, peer) = (Joins::new(), key("127.0.0.1", None));
        let watches = joins.join(LinkSide::Control, &peer, 0);
        let later = joins.join(LinkSide::Control, &peer, 60_000);
        assert!(Arc::ptr_eq(&later, &joins.join(LinkSide::Data, &peer, 60_005)));
        assert!(Arc::ptr_eq(&watches, &joins.join(LinkSide::Data, &peer, 90_000)), "late is better than none");
    }

    #[test]
    fn sockets_of_two_programs_are_no_partners() {
        let (joins, peer) = (Joins::new(), key("127.0.0.1", None));
        let browser = LinkKey { program: Some(b"Mozilla/5.0".to_vec()), ..peer.clone() };
        let control = joins.join(LinkSide::Control, &browser, 0);
        assert!(!Arc::ptr_eq(&control, &joins.join(LinkSide::Data, &peer, 1)));
        assert!(Arc::ptr_eq(&control, &joins.join(LinkSide::Data, &browser, 2)));
    }
}
