//! The other end of the control socket: asking a running golem. [`super::attached`] follows one.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::server::SocketError;
use super::wire::{self, Answer, Request, Told, Wish};
use super::{Offer, Part, Ready, Update, part_name, unchanged};

/// Longest wait for an answer: a golem that reloads its config takes the longest.
const LIMIT: Duration = Duration::from_secs(10);
/// Longest line that golem sends, in bytes: a long reply.
const LONGEST: u64 = 4 * 1024 * 1024;

/// A connection to a running golem.
#[derive(Debug)]
pub struct Client {
    pub(super) path: PathBuf,
    pub(super) stream: UnixStream,
    input: BufReader<UnixStream>,
    id: u64,
}

impl Client {
    /// Connects to the golem at `path`.
    ///
    /// # Errors
    /// With [`SocketError::Absent`] when none runs there.
    pub fn connect(path: &Path) -> Result<Self, SocketError> {
        let system = |source: std::io::Error| match source.kind() {
            ErrorKind::NotFound | ErrorKind::ConnectionRefused => SocketError::Absent(path.into()),
            ErrorKind::InvalidInput => SocketError::Long(path.into()),
            _ => SocketError::System { path: path.into(), source },
        };
        let stream = UnixStream::connect(path).map_err(system)?;
        let input = BufReader::new(stream.try_clone().map_err(system)?);
        Ok(Self { path: path.into(), stream, input, id: 0 })
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// When golem hangs up, does not answer within ten seconds, or not as this version expects.
    pub fn ask(&mut self, wish: Wish) -> Result<Answer, SocketError> {
        self.send(wish)?;
        loop {
            match self.next()? {
                Some(Told::Reply(reply)) if reply.id.is_none_or(|id| id == self.id) => return Ok(reply.answer),
                Some(_) => {}
                None => return Err(self.garbled("it hung up")),
            }
        }
    }

    /// Sends a request; from now on golem has ten seconds for anything that it tells.
    fn send(&mut self, wish: Wish) -> Result<(), SocketError> {
        let system = |source| SocketError::System { path: self.path.clone(), source };
        self.stream.set_read_timeout(Some(LIMIT)).map_err(system)?;
        self.id += 1;
        // A golem that hangs up has said why before.
        let _ = self.stream.write_all(wire::line(&Request::new(self.id, wish)).as_bytes());
        Ok(())
    }

    /// The next thing that golem tells; `None` when it has hung up.
    ///
    /// # Errors
    /// When it does not tell anything in time, or nothing that this version knows.
    pub(super) fn next(&mut self) -> Result<Option<Told>, SocketError> {
        let mut line = Vec::new();
        let read = (&mut self.input).take(LONGEST).read_until(b'\n', &mut line);
        match read {
            Ok(0) => Ok(None),
            Ok(_) => wire::told(&line).map(Some).map_err(|error| self.garbled(&error.to_string())),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Err(self.garbled("no answer within ten seconds; where it was suspended, fg in its terminal wakes it"))
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(None),
            Err(source) => Err(SocketError::System { path: self.path.clone(), source }),
        }
    }

    pub(super) fn garbled(&self, reason: &str) -> SocketError {
        SocketError::Garbled { path: self.path.clone(), reason: reason.into() }
    }

    /// What can be chosen for golem's parts.
    ///
    /// # Errors
    /// When golem refuses, or does not tell in time.
    pub fn offers(mut self) -> Result<Vec<Offer>, SocketError> {
        self.outcome(Wish::Offers, |update| if let Update::Offers(offers) = update { Some(offers) } else { None })
    }

    /// Has golem go on with another microphone, loudspeaker or voice, and waits until it does.
    ///
    /// # Errors
    /// With [`SocketError::Refused`] when it goes on with the old one.
    pub fn switch(mut self, part: Part, name: &str) -> Result<Ready, SocketError> {
        let refusal = unchanged(part, "");
        let outcome = self.outcome(Wish::Switch { part, name: name.into() }, |update| match update {
            Update::Ready(ready) if ready.part == part_name(part) => Some(Ok(ready)),
            Update::Notice(text) if text.starts_with(&refusal) => Some(Err(SocketError::Refused(text))),
            _ => None,
        });
        outcome?
    }

    /// Asks for something, and waits for the event that tells what came of it.
    fn outcome<T>(&mut self, wish: Wish, pick: impl Fn(Update) -> Option<T>) -> Result<T, SocketError> {
        self.ask(Wish::Subscribe { level: false })?;
        // What is told up to this answer is the past.
        self.ask(Wish::Status)?;
        self.send(wish)?;
        loop {
            match self.next()? {
                Some(Told::Event(update)) => {
                    if let Some(found) = pick(update) {
                        return Ok(found);
                    }
                }
                Some(Told::Reply(reply)) => {
                    if let Answer::Refused { reason } = reply.answer {
                        return Err(SocketError::Refused(reason));
                    }
                }
                Some(Told::Lost(_)) => {}
                None => return Err(self.garbled("it hung up")),
            }
        }
    }
}
