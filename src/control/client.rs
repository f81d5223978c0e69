//! The other end of the control socket: asking a running golem, and following it as if it ran in this process.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::server::SocketError;
use super::wire::{self, Answer, Request, Told, Wish};
use super::{Command, Update};

/// Longest wait for an answer: a golem that reloads its config takes the longest.
const LIMIT: Duration = Duration::from_secs(10);
/// Longest line that golem sends, in bytes: a long reply.
const LONGEST: u64 = 4 * 1024 * 1024;
/// Commands that may wait to be sent.
const COMMANDS: usize = 64;

/// A connection to a running golem.
#[derive(Debug)]
pub struct Client {
    path: PathBuf,
    stream: UnixStream,
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
        let path = self.path.clone();
        let system = |source| SocketError::System { path: path.clone(), source };
        self.stream.set_read_timeout(Some(LIMIT)).map_err(system)?;
        self.id += 1;
        // A golem that hangs up has said why before.
        let _ = self.stream.write_all(wire::line(&Request::new(self.id, wish)).as_bytes());
        loop {
            match self.next()? {
                Some(Told::Reply(reply)) if reply.id.is_none_or(|id| id == self.id) => return Ok(reply.answer),
                Some(_) => {}
                None => return Err(self.garbled("it hung up")),
            }
        }
    }

    /// The next thing that golem tells; `None` when it has hung up.
    ///
    /// # Errors
    /// When it does not tell anything in time, or nothing that this version knows.
    fn next(&mut self) -> Result<Option<Told>, SocketError> {
        let mut line = Vec::new();
        let read = (&mut self.input).take(LONGEST).read_until(b'\n', &mut line);
        match read {
            Ok(0) => Ok(None),
            Ok(_) => wire::told(&line).map(Some).map_err(|error| self.garbled(&error.to_string())),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Err(self.garbled("no answer within ten seconds"))
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(None),
            Err(source) => Err(SocketError::System { path: self.path.clone(), source }),
        }
    }

    fn garbled(&self, reason: &str) -> SocketError {
        SocketError::Garbled { path: self.path.clone(), reason: reason.into() }
    }

    /// Follows golem: what happens there is told on `updates`, what is sent to [`Attached::commands`] is done there.
    ///
    /// # Errors
    /// When golem refuses, or the system refuses a thread.
    pub fn attach(mut self, updates: Sender<Update>) -> Result<Attached, SocketError> {
        if let Answer::Refused { reason } = self.ask(Wish::Subscribe { level: true })? {
            return Err(self.garbled(&reason));
        }
        let path = self.path.clone();
        let system = |source| SocketError::System { path: path.clone(), source };
        self.stream.set_read_timeout(None).map_err(system)?;
        let (stream, outgoing) = (self.stream.try_clone().map_err(system)?, self.stream.try_clone().map_err(system)?);
        let (commands, sent) = bounded(COMMANDS);
        let first = self.id + 1;
        let reader = Builder::new().name("golem-attached".into()).spawn(move || self.follow(&updates));
        let mut attached = Attached { commands: Some(commands), stream, threads: vec![reader.map_err(system)?] };
        let writer = Builder::new().name("golem-attached-out".into()).spawn(move || send(outgoing, &sent, first));
        attached.threads.push(writer.map_err(system)?);
        Ok(attached)
    }

    /// Until either side hangs up.
    fn follow(mut self, updates: &Sender<Update>) {
        loop {
            let update = match self.next() {
                Ok(Some(Told::Event(update))) => update,
                Ok(Some(Told::Lost(count))) => Update::Notice(format!("{count} events were missed here")),
                Ok(Some(Told::Reply(reply))) => match reply.answer {
                    Answer::Refused { reason } => Update::Notice(reason),
                    _ => continue,
                },
                Ok(None) => Update::Fatal(
                    "the golem that was attached to has ended; start it again with \"golem --daemon\"".into(),
                ),
                Err(error) => Update::Fatal(error.to_string()),
            };
            let last = matches!(update, Update::Fatal(_));
            if updates.send(update).is_err() || last {
                return;
            }
        }
    }
}

/// A golem elsewhere that is followed. Dropping it lets go of that golem, which goes on.
#[derive(Debug)]
pub struct Attached {
    commands: Option<Sender<Command>>,
    stream: UnixStream,
    threads: Vec<JoinHandle<()>>,
}

impl Attached {
    /// Where commands go.
    pub fn commands(&self) -> Option<Sender<Command>> {
        self.commands.clone()
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        drop(self.commands.take());
        // Ends the reader; a connection that is closed has ended it already.
        let _ = self.stream.shutdown(Shutdown::Both);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// What a front end's command is called on the wire.
fn wish(command: Command) -> Wish {
    match command {
        Command::Interrupt => Wish::Stop,
        Command::Mute(true) => Wish::Mute,
        Command::Mute(false) => Wish::Unmute,
        Command::Talk(on) => Wish::Talk { on },
        Command::Ask(text) => Wish::Ask { text },
        Command::Repeat => Wish::Repeat,
        Command::Answer(yes) => Wish::Answer { yes },
        Command::Listen => Wish::Listen,
        Command::Say(text) => Wish::Say { text },
        Command::Mode(mode) => Wish::Mode { mode },
        Command::Offers => Wish::Offers,
        Command::Switch { part, name } => Wish::Switch { part, name },
    }
}

fn send(mut stream: UnixStream, commands: &Receiver<Command>, first: u64) {
    for (command, id) in commands.iter().zip(first..) {
        if stream.write_all(wire::line(&Request::new(id, wish(command))).as_bytes()).is_err() {
            return;
        }
    }
}
