//! The metrics exporter: answers `GET /metrics` on this machine, for Prometheus, and nothing else.
//!
//! A few threads answer, one connection each at a time. The kernel lets other connections wait, and refuses those
//! beyond its backlog. Each client is read from a few times, briefly, so that the worst one holds a thread for under a
//! second and hardly any memory. Golem shares only the figures with these threads.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Threads that answer.
const THREADS: usize = 4;
/// Longest request: its first line and the headers that scrapers send.
const REQUEST: usize = 4096;
/// Most reads from a client.
const READS: usize = 4;
/// Longest wait for a read or a write.
const PATIENCE: Duration = Duration::from_millis(200);

/// Renders the metrics as text.
type RenderFigures = dyn Fn() -> String + Send + Sync;

/// A running exporter; dropping it ends it.
#[derive(Debug)]
pub struct Exporter {
    address: SocketAddr,
    end: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Exporter {
    /// Answers on 127.0.0.1 at `port` (0: any free port) with the text of `figures`.
    ///
    /// # Errors
    /// When the port is taken, or the system refuses a thread.
    pub fn start(port: u16, figures: impl Fn() -> String + Send + Sync + 'static) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let figures: Arc<RenderFigures> = Arc::new(figures);
        let mut exporter = Self { address: listener.local_addr()?, end: Arc::default(), threads: Vec::new() };
        for number in 1..=THREADS {
            let (listener, end, figures) = (listener.try_clone()?, exporter.end.clone(), figures.clone());
            let thread = std::thread::Builder::new().name(format!("golem-export-{number}"));
            exporter.threads.push(thread.spawn(move || serve(&listener, &end, &*figures))?);
        }
        Ok(exporter)
    }

    /// The address that it answers on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.end.store(true, Ordering::SeqCst);
        for _ in &self.threads {
            // Connect to wake a thread, which then sees `end`.
            drop(TcpStream::connect(self.address));
        }
        for thread in self.threads.drain(..) {
            // The thread's panic was logged.
            let _ = thread.join();
        }
    }
}

fn serve(listener: &TcpListener, end: &AtomicBool, figures: &RenderFigures) {
    while !end.load(Ordering::SeqCst) {
        match listener.accept() {
            // Ignore errors of a client: it may go away in the middle.
            Ok((stream, _)) if !end.load(Ordering::SeqCst) => drop(answer(stream, figures)),
            Ok(_) => {}
            // Pause: most likely no file handle is free, and trying again at once would keep a core busy.
            Err(error) => {
                tracing::warn!("no connection to the metrics could be taken: {error}");
                std::thread::park_timeout(PATIENCE);
            }
        }
    }
}

/// Reads one request and answers it.
fn answer(mut stream: TcpStream, figures: &RenderFigures) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut request = Vec::with_capacity(REQUEST);
    for _ in 0..READS {
        let mut part = [0; REQUEST];
        let read = stream.read(&mut part[request.len()..])?;
        request.extend_from_slice(&part[request.len()..][..read]);
        if read == 0 || request.len() == REQUEST || request.windows(4).any(|end| end == b"\r\n\r\n") {
            break;
        }
    }
    let (status, body) = reply(&request, figures);
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: {}\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    if !request.starts_with(b"HEAD ") {
        stream.write_all(body.as_bytes())?;
    }
    stream.flush()
}

/// The status and body for a request.
fn reply(request: &[u8], figures: &RenderFigures) -> (&'static str, String) {
    let text = String::from_utf8_lossy(request);
    let Some((head, _)) = text.split_once("\r\n\r\n") else {
        return ("400 Bad Request", "this is no whole HTTP request\n".into());
    };
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let hosts = lines.filter_map(|line| line.split_once(':')).filter(|(name, _)| name.eq_ignore_ascii_case("host"));
    // Refuse foreign Host headers: they are DNS rebinding by a web page.
    if !hosts.map(|(_, host)| host.trim()).all(is_local) {
        return ("403 Forbidden", "only this machine is answered\n".into());
    }
    match (method, path.split('?').next().unwrap_or_default()) {
        ("GET" | "HEAD", "/metrics") => ("200 OK", figures()),
        ("GET" | "HEAD", _) => ("404 Not Found", "the figures are at /metrics\n".into()),
        _ => ("405 Method Not Allowed", "only GET is answered\n".into()),
    }
}

/// Whether a `Host` header names this machine.
fn is_local(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "127.0.0.1" | "localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exporter() -> Exporter {
        Exporter::start(0, || "golem_turns_total 1\n".into()).unwrap()
    }

    fn ask(exporter: &Exporter, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(exporter.address()).unwrap();
        // Ignore the error: a request that is too long is answered before it is read to its end.
        let _ = stream.write_all(request);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    }

    #[test]
    fn figures_are_given_and_nothing_else() {
        let exporter = exporter();
        let good = ask(&exporter, b"GET /metrics HTTP/1.1\r\nHost: localhost:9\r\n\r\n");
        assert!(good.starts_with("HTTP/1.1 200 OK\r\n") && good.ends_with("\r\n\r\ngolem_turns_total 1\n"), "{good}");
        assert!(good.contains("text/plain; version=0.0.4"), "{good}");
        let head = ask(&exporter, b"HEAD /metrics HTTP/1.1\r\n\r\n");
        assert!(head.contains("Content-Length: 20\r\n") && head.ends_with("\r\n\r\n"), "{head}");
        for (request, status) in [
            ("GET / HTTP/1.1\r\n\r\n", "404"),
            ("GET /metrics/../etc/passwd HTTP/1.1\r\n\r\n", "404"),
            ("POST /metrics HTTP/1.1\r\n\r\n", "405"),
            ("GET /metrics HTTP/1.1\r\nhOsT: evil.example:80\r\n\r\n", "403"),
            ("\r\n\r\n", "405"),
            ("nonsense", "400"),
        ] {
            // End this half of the connection: the client sends no more.
            let mut stream = TcpStream::connect(exporter.address()).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request:?}: {answer}");
        }
    }

    #[test]
    fn hostile_clients_keep_nobody_from_the_figures() {
        let exporter = exporter();
        let silent: Vec<_> = (0..20).map(|_| TcpStream::connect(exporter.address()).unwrap()).collect();
        let mut garbage = TcpStream::connect(exporter.address()).unwrap();
        // Ignore the error: the server closes the connection long before all of this is sent.
        let _ = garbage.write_all(&vec![0xff; 8 << 20]);
        assert!(ask(&exporter, &vec![b'A'; 100_000]).len() < 500);
        assert!(ask(&exporter, b"GET /metrics HTTP/1.1\r\n\r\n").contains("golem_turns_total"));
        drop(silent);
    }

    #[test]
    fn it_ends_with_its_threads_and_frees_its_port() {
        let exporter = exporter();
        let address = exporter.address();
        assert!(Exporter::start(address.port(), String::new).is_err(), "the port is taken");
        let _waiting = TcpStream::connect(address).unwrap();
        drop(exporter);
        assert!(TcpStream::connect(address).is_err());
    }
}
