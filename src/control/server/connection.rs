//! A connection to the control socket: a thread that reads requests, and a thread that writes answers.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::control::hub::{Hub, QUEUE, Subscriber, WireLine};
use crate::control::wire::{self, BadRequest, LONGEST, Response, ResponseLine};
use crate::control::{Request, Update};

/// Lines that are not requests, after which golem hangs up.
pub const PATIENCE: usize = 16;
/// Stack of a connection's threads: they parse one line at a time, no deeper than the parser allows.
const STACK: usize = 256 * 1024;

/// A connection. Dropping it hangs up and waits for its threads.
#[derive(Debug)]
pub struct Connection {
    stream: UnixStream,
    spoke: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Connection {
    /// Serves `stream`; `alive` is kept until the last of its threads has ended.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(stream: UnixStream, hub: Arc<Hub>, alive: Sender<()>) -> io::Result<Self> {
        let spoke = Arc::new(AtomicBool::new(false));
        let (lines, queue) = bounded(QUEUE);
        let lost = Arc::new(AtomicU64::new(0));
        let mut reader = RequestReader { hub, lines, lost: Arc::clone(&lost), spoke: Arc::clone(&spoke), misfits: 0 };
        let (incoming, outgoing) = (stream.try_clone()?, stream.try_clone()?);
        let thread = Builder::new().name("golem-client".into()).stack_size(STACK).spawn(move || {
            let _alive = alive;
            let writer = Builder::new().name("golem-client-out".into()).stack_size(STACK);
            let Ok(writer) = writer.spawn(move || write(outgoing, &queue, &lost)) else { return };
            // Ignore the error: however reading ends, this client is done.
            let _ = reader.read(incoming);
            reader.hub.unsubscribe(&reader.lost);
            drop(reader);
            let _ = writer.join();
        })?;
        Ok(Self { stream, spoke, thread: Some(thread) })
    }

    /// Whether both threads have ended.
    pub fn over(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Whether the client ever sent a request.
    pub fn spoke(&self) -> bool {
        self.spoke.load(Ordering::Relaxed)
    }

    /// Takes no more requests; queued lines are still written.
    pub fn end_reading(&self) {
        // Ignore the error: a closed connection is read no more.
        let _ = self.stream.shutdown(Shutdown::Read);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The end of a line.
#[derive(Debug, PartialEq, Eq)]
enum LineEnd {
    /// A line break.
    Whole,
    /// No line break within the longest line.
    TooLong,
    /// The client hung up, perhaps in the middle of the line.
    HungUp,
}

/// Reads a line of at most [`LONGEST`] bytes.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<LineEnd> {
    line.clear();
    line.shrink_to(4096);
    input.take(LONGEST as u64 + 1).read_until(b'\n', line)?;
    Ok(match line.last() {
        Some(b'\n') => LineEnd::Whole,
        _ if line.len() > LONGEST => LineEnd::TooLong,
        _ => LineEnd::HungUp,
    })
}

/// The reading half.
struct RequestReader {
    hub: Arc<Hub>,
    lines: Sender<WireLine>,
    lost: Arc<AtomicU64>,
    spoke: Arc<AtomicBool>,
    misfits: usize,
}

impl RequestReader {
    fn read(&mut self, stream: UnixStream) -> io::Result<()> {
        let mut input = BufReader::with_capacity(4096, stream);
        let mut line = Vec::new();
        loop {
            let going = match next_line(&mut input, &mut line)? {
                LineEnd::HungUp => false,
                LineEnd::Whole if line.trim_ascii().is_empty() => true,
                LineEnd::Whole => self.take(&line),
                LineEnd::TooLong => {
                    self.say(None, Response::refused(format!("a line is at most {LONGEST} bytes long; good bye")));
                    false
                }
            };
            if !going {
                return Ok(());
            }
        }
    }

    /// Answers a line; false if the connection is to end.
    fn take(&mut self, line: &[u8]) -> bool {
        match wire::request(line) {
            Ok(line) => {
                self.spoke.store(true, Ordering::Relaxed);
                let subscription = if let Request::Subscribe { level } = line.request { Some(level) } else { None };
                let going = self.say(line.id, self.hub.grant(line.request));
                if let Some(level) = subscription {
                    let (lines, lost) = (self.lines.clone(), Arc::clone(&self.lost));
                    self.hub.subscribe(Subscriber { lines, lost, level });
                }
                going
            }
            Err(BadRequest { id, reason }) => {
                self.misfits += 1;
                let enough = self.misfits >= PATIENCE;
                let reason = if enough { format!("{reason}; that was {PATIENCE} times, good bye") } else { reason };
                self.say(id, Response::refused(reason)) && !enough
            }
        }
    }

    /// Sends a response. Waits for room in the queue: a client that does not read is not read from.
    fn say(&self, id: Option<u64>, response: Response) -> bool {
        self.lines.send(wire::line(&ResponseLine::new(id, response)).into()).is_ok()
    }
}

/// Writes queued lines until the queue closes or a write fails; then hangs up.
fn write(mut stream: UnixStream, queue: &Receiver<WireLine>, lost: &AtomicU64) {
    for line in queue {
        let missed = lost.swap(0, Ordering::Relaxed);
        let told =
            if missed > 0 { stream.write_all(wire::event(&Update::Lost { count: missed }).as_bytes()) } else { Ok(()) };
        if told.and_then(|()| stream.write_all(line.as_bytes())).is_err() {
            break;
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_where_they_end() {
        let mut line = Vec::new();
        let mut read = |bytes: &[u8]| {
            let mut input = bytes;
            (next_line(&mut input, &mut line).unwrap(), line.len())
        };
        assert_eq!(read(b"one\ntwo\n"), (LineEnd::Whole, 4));
        assert_eq!(read(b"half"), (LineEnd::HungUp, 4));
        assert_eq!(read(b""), (LineEnd::HungUp, 0));
        let mut long = vec![b'x'; LONGEST];
        assert_eq!(read(&long), (LineEnd::HungUp, LONGEST));
        long.push(b'\n');
        assert_eq!(read(&long), (LineEnd::Whole, LONGEST + 1));
        long[LONGEST] = b'x';
        assert_eq!(read(&long), (LineEnd::TooLong, LONGEST + 1));
    }
}
