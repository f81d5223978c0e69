//! The client of the control socket: requests to a running golem. [`super::attached`] follows one.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::server::SocketError;
use super::wire::{self, Received, RequestLine, Response};
use super::{Offer, Part, Ready, RefusedRequest, Request, Update};

/// Longest wait for an answer: a golem that reloads its config takes the longest.
const LIMIT: Duration = Duration::from_secs(10);
/// Longest wait for another recogniser or language model: a large model is read, and then waits for the end of the
/// turn.
const PATIENCE: Duration = Duration::from_mins(2);
const LATE: &str = "no answer within ten seconds; where it was suspended, fg in its terminal wakes it";
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
    pub fn ask(&mut self, request: Request) -> Result<Response, SocketError> {
        self.ask_until(Instant::now() + LIMIT, request)
    }

    fn ask_until(&mut self, end: Instant, request: Request) -> Result<Response, SocketError> {
        self.send(request);
        loop {
            match self.next_until(end)? {
                Some(Received::Response(line)) if line.id.is_none_or(|id| id == self.id) => return Ok(line.response),
                Some(_) => {}
                None => return Err(self.garbled("it hung up")),
            }
        }
    }

    fn send(&mut self, request: Request) {
        self.id += 1;
        // Ignore the error: a golem that hangs up has sent its reason before.
        let _ = self.stream.write_all(wire::line(&RequestLine::new(self.id, request)).as_bytes());
    }

    /// Returns golem's next message; waits until `end` at most, however many messages come.
    fn next_until(&mut self, end: Instant) -> Result<Option<Received>, SocketError> {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(self.garbled(LATE));
        }
        let system = |source| SocketError::System { path: self.path.clone(), source };
        self.stream.set_read_timeout(Some(left)).map_err(system)?;
        self.next()
    }

    /// Returns golem's next message; `None` when it has hung up.
    ///
    /// # Errors
    /// When no message comes in time, or one that this version does not know.
    pub(super) fn next(&mut self) -> Result<Option<Received>, SocketError> {
        let line = self.read_line()?;
        let received = line.map(|line| wire::received(&line)).transpose();
        received.map_err(|error| self.garbled(&error.to_string()))
    }

    /// Asks for all events from now on, with the meters' levels if `level`. Then waits for each event without a limit.
    ///
    /// # Errors
    /// With [`SocketError::Refused`] when golem does not want to be followed, and when it does not answer in time.
    pub fn subscribe(&mut self, level: bool) -> Result<(), SocketError> {
        if let Response::Refused { reason } = self.ask(Request::Subscribe { level })? {
            return Err(SocketError::Refused(reason));
        }
        let unlimited = self.stream.set_read_timeout(None);
        unlimited.map_err(|source| SocketError::System { path: self.path.clone(), source })
    }

    /// Golem's next line with its line break; `None` when it has hung up.
    ///
    /// # Errors
    /// When no line comes in time.
    pub fn read_line(&mut self) -> Result<Option<Vec<u8>>, SocketError> {
        let mut line = Vec::new();
        let read = (&mut self.input).take(LONGEST).read_until(b'\n', &mut line);
        match read {
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some(line)),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Err(self.garbled(LATE))
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(None),
            Err(source) => Err(SocketError::System { path: self.path.clone(), source }),
        }
    }

    pub(super) fn garbled(&self, reason: &str) -> SocketError {
        SocketError::Garbled { path: self.path.clone(), reason: reason.into() }
    }

    /// The offers for golem's parts.
    ///
    /// # Errors
    /// When golem refuses, or does not answer in time.
    pub fn offers(mut self) -> Result<Vec<Offer>, SocketError> {
        let outcome = self.outcome(Instant::now() + LIMIT, Request::Offers, |update| match update {
            Update::Offers { offers } => Some(Ok(offers)),
            Update::Notice { text, turned_down: Some(RefusedRequest::Offers) } => Some(Err(SocketError::Refused(text))),
            _ => None,
        });
        outcome?
    }

    /// Makes golem use another microphone, loudspeaker, voice, recogniser or language model, and waits until it does.
    ///
    /// # Errors
    /// With [`SocketError::Refused`] when it goes on with the old one.
    pub fn switch(mut self, part: Part, name: &str) -> Result<Ready, SocketError> {
        let turned_down = Some(RefusedRequest::Switch(part));
        let request = Request::Switch { part, name: name.into() };
        let limit = if matches!(part, Part::Asr | Part::Llm) { PATIENCE } else { LIMIT };
        let outcome = self.outcome(Instant::now() + limit, request, |update| match update {
            Update::Ready(ready) if ready.part == part => Some(Ok(ready)),
            Update::Notice { text, turned_down: told } if told == turned_down => Some(Err(SocketError::Refused(text))),
            _ => None,
        });
        outcome?
    }

    /// Sends a request, and waits until `end` for the event that shows its outcome.
    fn outcome<T>(
        &mut self,
        end: Instant,
        request: Request,
        pick: impl Fn(Update) -> Option<T>,
    ) -> Result<T, SocketError> {
        self.ask_until(end, Request::Subscribe { level: false })?;
        // Skip the events up to this answer: they are past ones.
        self.ask_until(end, Request::Status)?;
        self.send(request);
        loop {
            match self.next_until(end)? {
                Some(Received::Update(update)) => {
                    if let Some(found) = pick(update) {
                        return Ok(found);
                    }
                }
                Some(Received::Response(line)) => {
                    if let Response::Refused { reason } = line.response {
                        return Err(SocketError::Refused(reason));
                    }
                }
                None => return Err(self.garbled("it hung up")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn a_golem_that_tells_other_things_without_end_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        let golem = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            for id in 1..=3 {
                lines.next().unwrap().unwrap();
                stream.write_all(wire::line(&wire::ResponseLine::new(Some(id), Response::ok())).as_bytes()).unwrap();
            }
            let news = wire::event(&Update::notice("something else"));
            while stream.write_all(news.as_bytes()).is_ok() {}
        });
        let mut client = Client::connect(&path).unwrap();
        let end = Instant::now() + Duration::from_millis(200);
        let late = client.outcome(end, Request::Offers, |_| None::<()>).unwrap_err();
        assert!(late.to_string().contains(LATE), "{late}");
        drop(client);
        golem.join().unwrap();
    }
}
