//! The control socket: a Unix socket of its owner alone, on which other programs see and steer a running golem.
//!
//! One thread accepts; each connection has one that reads and one that writes. Whatever a client does or fails to do
//! costs at most these two threads, a queue of lines and a line being read.

mod connection;
mod error;
mod place;

use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use rustix::net::{Shutdown, shutdown, sockopt::socket_peercred};

use super::hub::Hub;
use super::wire::{self, Response, ResponseLine};
use connection::Connection;
pub use error::SocketError;
use place::SocketPlace;
pub use place::path;

/// Most connections at a time. Beyond that, the oldest that has sent no request makes room.
pub const CONNECTIONS: usize = 64;
/// Longest time for clients to read the last lines when golem ends.
const PARTING: Duration = Duration::from_millis(200);
/// Wait after the system could not give a connection, until it may have what it lacks.
const RELIEF: Duration = Duration::from_millis(100);

/// A socket that is taken but not served yet: clients wait.
#[derive(Debug)]
pub struct Socket {
    place: SocketPlace,
    listener: UnixListener,
}

impl Socket {
    /// Makes a socket at `path`; replaces one that no process serves any more.
    ///
    /// # Errors
    /// With [`SocketError::Running`] when a golem has it, and with others when it cannot be made.
    pub fn take(path: &Path) -> Result<Self, SocketError> {
        let (place, listener) = SocketPlace::take(path)?;
        Ok(Self { place, listener })
    }
}

/// A control socket being served. Dropping it hangs up on all clients and removes it.
#[derive(Debug)]
pub struct Server {
    place: SocketPlace,
    listener: Arc<UnixListener>,
    stop: Arc<AtomicBool>,
    // Closed on drop, which ends a wait of the thread.
    awake: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves `hub` on `socket`.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(socket: Socket, hub: Arc<Hub>) -> Result<Self, SocketError> {
        let Socket { place, listener } = socket;
        let listener = Arc::new(listener);
        let stop = Arc::new(AtomicBool::new(false));
        let (awake, asleep) = bounded(0);
        let acceptor = Acceptor { listener: Arc::clone(&listener), hub, stop: Arc::clone(&stop), asleep };
        let thread = Builder::new().name("golem-control".into()).spawn(move || acceptor.run());
        let thread = thread.map_err(|source| SocketError::System { path: place.path().into(), source })?;
        Ok(Self { place, listener, stop, awake: Some(awake), thread: Some(thread) })
    }

    /// The path of the socket.
    pub fn path(&self) -> &Path {
        self.place.path()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        drop(self.awake.take());
        // End the wait for the next client. Ignore the error: a broken listener has ended it already.
        let _ = shutdown(&self.listener, Shutdown::Both);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Acceptor {
    listener: Arc<UnixListener>,
    hub: Arc<Hub>,
    stop: Arc<AtomicBool>,
    asleep: Receiver<()>,
}

impl Acceptor {
    fn run(self) {
        let mut connections: Vec<Connection> = Vec::new();
        let (alive, gone) = bounded::<()>(0);
        loop {
            let stream = self.listener.accept();
            if self.stop.load(Ordering::Acquire) {
                break;
            }
            connections.retain(|connection| !connection.over());
            match stream {
                Ok((stream, _)) if !same_person(&stream) => refuse(stream, "this golem belongs to somebody else"),
                Ok((stream, _)) => self.admit(stream, &mut connections, &alive),
                Err(error) => {
                    tracing::warn!("a program could not be let in: {error}");
                    if self.asleep.recv_timeout(RELIEF) == Err(RecvTimeoutError::Disconnected) {
                        break;
                    }
                }
            }
        }
        drop(alive);
        connections.iter().for_each(Connection::end_reading);
        // Wait until the last connection is gone, or for `PARTING`: nothing is ever sent on this channel.
        let _ = gone.recv_timeout(PARTING);
        // Dropping a connection hangs up and waits for its threads.
    }

    fn admit(&self, stream: UnixStream, connections: &mut Vec<Connection>, alive: &Sender<()>) {
        if connections.len() >= CONNECTIONS {
            let Some(oldest) = connections.iter().position(|connection| !connection.spoke()) else {
                return refuse(stream, "too many programs are connected; end some of them");
            };
            drop(connections.remove(oldest));
        }
        match Connection::start(stream, Arc::clone(&self.hub), alive.clone()) {
            Ok(connection) => connections.push(connection),
            Err(error) => tracing::warn!("a program could not be served: {error}"),
        }
    }
}

/// Whether the other end belongs to the same person as golem.
fn same_person(stream: &UnixStream) -> bool {
    socket_peercred(stream.as_fd()).is_ok_and(|peer| peer.uid == rustix::process::geteuid())
}

/// Sends the reason and hangs up, without waiting for the client to read it.
fn refuse(mut stream: UnixStream, reason: &str) {
    let line = wire::line(&ResponseLine::new(None, Response::refused(reason)));
    if stream.set_nonblocking(true).is_ok() {
        // Ignore the error: the client is refused even if this write fails.
        let _ = stream.write_all(line.as_bytes());
    }
}

#[cfg(test)]
mod tests;
