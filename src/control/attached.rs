//! The attachment to a golem in another process: it is shown as if it ran in this one, and looked for again when it
//! goes away.

use std::io::Write;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::client::Client;
use super::server::SocketError;
use super::wire::{self, Received, RequestLine, Response};
use super::{Request, Update};

/// Time between tries to reach a golem that went away.
const AGAIN: Duration = Duration::from_secs(1);
/// Requests that may wait to be sent.
const REQUESTS: usize = 64;
/// Number of the first request, above those of the requests that begin a connection.
const FIRST: u64 = 1000;

/// The connection, as long as there is one.
#[derive(Debug, Default)]
struct Link {
    stream: Option<Arc<UnixStream>>,
    /// Set when [`Attached`] is dropped.
    over: bool,
}

type SharedLink = Arc<Mutex<Link>>;

fn lock(link: &SharedLink) -> MutexGuard<'_, Link> {
    link.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A golem in another process that is followed. Dropping this lets go of that golem, which goes on.
#[derive(Debug)]
pub struct Attached {
    requests: Option<Sender<Request>>,
    link: SharedLink,
    /// Closed on drop, which ends a wait for the next try.
    awake: Option<Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

impl Attached {
    /// Follows the golem at the other end of `client`: sends its events on `updates`, and sends it the requests that
    /// [`Attached::requests`] takes. If golem goes away, reports that, and tries to connect again every second for as
    /// long as this lives. Once connected, sends golem's parts and state anew.
    ///
    /// # Errors
    /// When golem refuses, or the system refuses a thread.
    pub fn start(client: Client, updates: Sender<Update>) -> Result<Self, SocketError> {
        let path = client.path.clone();
        let system = |source| SocketError::System { path: path.clone(), source };
        let link = SharedLink::default();
        let (requests, sent) = bounded(REQUESTS);
        let (awake, asleep) = bounded(0);
        let follower = Follower { path: path.clone(), updates: updates.clone(), link: Arc::clone(&link), asleep };
        let client = follower.begin(client)?;
        let reader = Builder::new().name("golem-attached".into()).spawn(move || follower.run(client));
        let awake = Some(awake);
        let mut attached = Self { requests: Some(requests), link, awake, threads: vec![reader.map_err(system)?] };
        let link = Arc::clone(&attached.link);
        let writer = Builder::new().name("golem-attached-out".into()).spawn(move || send(&link, &sent, &updates));
        attached.threads.push(writer.map_err(system)?);
        Ok(attached)
    }

    /// The channel for requests.
    pub fn requests(&self) -> Option<Sender<Request>> {
        self.requests.clone()
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        drop((self.requests.take(), self.awake.take()));
        let mut link = lock(&self.link);
        link.over = true;
        if let Some(stream) = link.stream.take() {
            // End the reader. Ignore the error: a closed connection has ended it already.
            let _ = stream.shutdown(Shutdown::Both);
        }
        drop(link);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Reads golem's events and reconnects.
struct Follower {
    path: PathBuf,
    updates: Sender<Update>,
    link: SharedLink,
    asleep: Receiver<()>,
}

impl Follower {
    /// Follows golem and reconnects, until [`Attached`] is dropped or the receiver is gone.
    fn run(mut self, mut client: Client) {
        loop {
            let ended = self.follow(&mut client);
            let mut link = lock(&self.link);
            link.stream = None;
            let over = link.over;
            drop(link);
            if over {
                return;
            }
            match ended {
                Ok(true) => {}
                Ok(false) => return,
                // Do not try again: golem is of another version.
                Err(error) => return drop(self.updates.send(Update::Fatal { reason: error.to_string() })),
            }
            if !self.tell(Update::Away) {
                return;
            }
            let Some(back) = self.find() else { return };
            client = back;
        }
    }

    /// Passes on golem's events until it hangs up (true) or the receiver is gone (false).
    fn follow(&mut self, client: &mut Client) -> Result<bool, SocketError> {
        loop {
            let update = match client.next() {
                // Turn a fatal error into a notice: the end of golem is not the end of its clients.
                Ok(Some(Received::Update(Update::Fatal { reason }))) => Update::notice(reason),
                Ok(Some(Received::Update(Update::Lost { count }))) => {
                    Update::notice(format!("{count} events were missed here"))
                }
                Ok(Some(Received::Update(update))) => update,
                Ok(Some(Received::Response(line))) => match line.response {
                    Response::Refused { reason } => Update::notice(reason),
                    _ => continue,
                },
                Ok(None) | Err(SocketError::System { .. }) => return Ok(true),
                Err(error) => return Err(error),
            };
            if !self.tell(update) {
                return Ok(false);
            }
        }
    }

    fn tell(&self, update: Update) -> bool {
        self.updates.send(update).is_ok()
    }

    /// Looks for golem until it is there again; `None` when [`Attached`] is dropped or the receiver is gone.
    fn find(&mut self) -> Option<Client> {
        loop {
            if self.asleep.recv_timeout(AGAIN) != Err(RecvTimeoutError::Timeout) {
                return None;
            }
            let Ok(client) = Client::connect(&self.path) else { continue };
            match self.begin(client) {
                Ok(client) => return self.tell(Update::notice("golem is back")).then_some(client),
                Err(_) if lock(&self.link).over => return None,
                Err(error) => tracing::debug!("golem is not back yet: {error}"),
            }
        }
    }

    /// Subscribes to all events from now on.
    fn begin(&self, client: Client) -> Result<Client, SocketError> {
        let begun = self.subscribe(client);
        if begun.is_err() {
            lock(&self.link).stream = None;
        }
        begun
    }

    fn subscribe(&self, mut client: Client) -> Result<Client, SocketError> {
        let path = self.path.clone();
        let system = |source| SocketError::System { path: path.clone(), source };
        let stream = client.stream.try_clone().map_err(system)?;
        let mut link = lock(&self.link);
        if link.over {
            return Err(client.garbled("nobody asks it any more"));
        }
        link.stream = Some(Arc::new(stream));
        drop(link);
        client.subscribe(true)?;
        Ok(client)
    }
}

/// Sends requests to golem until no sender of requests is left.
fn send(link: &SharedLink, asked: &Receiver<Request>, updates: &Sender<Update>) {
    for (request, id) in asked.iter().zip(FIRST..) {
        let stream = lock(link).stream.clone();
        let text = wire::line(&RequestLine::new(id, request));
        let sent = stream.is_some_and(|stream| (&*stream).write_all(text.as_bytes()).is_ok());
        if !sent && updates.send(Update::notice("golem is not there; that was not done")).is_err() {
            return;
        }
    }
}
