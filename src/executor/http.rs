//! HTTP requests to a service of the owner, without proxies and redirections.

use std::io::Read;
use std::time::Duration;

use super::done::{Done, KEPT};
use crate::http_agent::agent_config;
use crate::phrases::{Failure, ServiceFault};

/// Sends a request and keeps the beginning of the answer. The outcome has no exit status, which only programs have.
pub fn request(method: &str, url: &str, body: Option<&str>, timeout: Duration) -> Result<Done, Failure> {
    let failed = |error: ureq::Error| match error {
        ureq::Error::Timeout(_) => Failure::TooLong { what: url.into(), timeout },
        other => Failure::Service { url: url.into(), fault: ServiceFault::Unreachable(other.to_string()) },
    };
    let agent: ureq::Agent = agent_config().timeout_global(Some(timeout)).build().into();
    let kind = match body.map(|body| body.trim_start().starts_with(['{', '[', '"'])) {
        Some(true) => "application/json",
        _ => "text/plain; charset=utf-8",
    };
    let sent = match (method, body) {
        ("GET", _) => agent.get(url).call(),
        ("DELETE", _) => agent.delete(url).call(),
        ("PUT", body) => agent.put(url).content_type(kind).send(body.unwrap_or_default()),
        ("POST", body) => agent.post(url).content_type(kind).send(body.unwrap_or_default()),
        _ => return Err(Failure::UnknownMethod { method: method.into() }),
    };
    let mut answer = sent.map_err(failed)?;
    let status = answer.status();
    let mut output = Vec::new();
    let limit = u64::try_from(KEPT).unwrap_or(u64::MAX);
    let read = answer.body_mut().as_reader().take(limit).read_to_end(&mut output);
    let fault = match read {
        _ if !status.is_success() => Some(ServiceFault::Status(status.to_string())),
        Err(error) => Some(ServiceFault::Broken(error.to_string())),
        Ok(_) => None,
    };
    let failure = fault.map(|fault| Failure::Service { url: url.into(), fault });
    Ok(Done { status: None, output: String::from_utf8_lossy(&output).into_owned(), failure, ..Done::default() })
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;

    use super::*;

    /// A service that answers once with `answer`, and the request that it got.
    fn service(answer: &'static str) -> (String, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/lamp", listener.local_addr().unwrap());
        let served = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = Vec::new();
            let mut piece = [0; 1024];
            // A body may come after its head.
            while !(asked.ends_with(b"}") || asked.starts_with(b"GET") && asked.ends_with(b"\r\n\r\n")) {
                let length = stream.read(&mut piece).unwrap();
                asked.extend_from_slice(&piece[..length]);
            }
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(asked).unwrap()
        });
        (url, served)
    }

    const SECOND: Duration = Duration::from_secs(5);

    #[test]
    fn a_request_is_sent_as_it_is_and_the_answer_kept() {
        let (url, served) = service("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\non");
        let done = request("POST", &url, Some(r#"{"on": true}"#), SECOND).unwrap();
        let asked = served.join().unwrap().to_lowercase();
        assert_eq!((done.output.as_str(), done.failure.is_none()), ("on", true));
        assert!(asked.starts_with("post /lamp http/1.1") && asked.contains("application/json"), "{asked}");
        assert!(asked.ends_with(r#"{"on": true}"#), "{asked}");
    }

    #[test]
    fn a_refusal_and_a_detour_are_failures() {
        for answer in [
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        ] {
            let (url, served) = service(answer);
            let done = request("GET", &url, None, SECOND).unwrap();
            served.join().unwrap();
            assert!(done.failure.unwrap().to_string().contains("the service answers"));
        }
    }

    #[test]
    fn a_service_that_is_not_there_is_told() {
        let error = request("GET", "http://127.0.0.1:1/", None, SECOND).unwrap_err().to_string();
        assert!(error.contains("is the service running?"), "{error}");
    }
}
