//! The client that asks servers for files: through the right proxy, with the token for the hub alone, along redirects.

use std::time::Duration;

use ureq::http::{HeaderMap, Uri, header};
use ureq::{Agent, Body, Timeout};

use super::super::error::ModelError;
use super::options::{Options, Proxies};
use super::retry::Failed;
use crate::http_agent::agent_config;

/// How many redirects are followed; the hub needs one or two.
const HOPS: usize = 5;
/// Time to connect, and for the head of an answer.
const CONNECT: Duration = Duration::from_secs(20);

/// One client for all files of a model; its connections can be cut from another thread.
#[derive(Clone)]
pub(super) struct FetchClient {
    agent: Agent,
    endpoint: Uri,
    token: Option<String>,
    proxies: Proxies,
    stall: Duration,
}

/// An answer whose body was not read yet.
pub(super) struct HttpResponse {
    /// 200 or 206.
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Body,
}

/// What a request asks for beside its address.
#[derive(Clone, Copy, Default)]
pub(super) struct Ask<'a> {
    /// First byte wanted; all where it is 0.
    pub start: u64,
    /// The strong ETag of what is there already.
    pub tag: Option<&'a str>,
    /// The digest that the file must have, where it is known.
    pub sha256: Option<&'a str>,
}

impl FetchClient {
    pub fn new(options: &Options) -> Result<Self, ModelError> {
        let endpoint: Uri = options.endpoint.parse().map_err(|error: ureq::http::uri::InvalidUri| {
            ModelError::Address { what: format!("HF_ENDPOINT={}", options.endpoint), reason: error.to_string() }
        })?;
        if endpoint.scheme().is_none() || endpoint.host().is_none() {
            let reason = "it has to begin with https:// and a host".into();
            return Err(ModelError::Address { what: format!("HF_ENDPOINT={}", options.endpoint), reason });
        }
        let config = agent_config()
            .timeout_connect(Some(CONNECT.min(options.stall)))
            .timeout_recv_response(Some(CONNECT.max(options.stall)))
            .timeout_per_read(Some(options.stall))
            .timeout_per_write(Some(options.stall))
            .build();
        let (token, proxies) = (options.token.clone(), options.proxies.clone());
        Ok(Self { agent: config.into(), endpoint, token, proxies, stall: options.stall })
    }

    /// Cuts all connections, also those that other threads wait for.
    pub fn shutdown(&self) {
        self.agent.clone().shutdown();
    }

    /// Asks for `url` and follows redirects; the answer is 200, or 206 where a range was asked for, or 416.
    pub fn get(&self, url: &str, wanted: Ask) -> Result<HttpResponse, Failed> {
        let mut url = url.to_owned();
        for _ in 0..HOPS {
            let response = self.ask(&url, wanted)?;
            let status = response.status().as_u16();
            let text = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
            // The hub names a large file's digest before it redirects to where it stores it.
            let digest = text("x-linked-etag").map(|tag| tag.trim_matches('"')).filter(|tag| tag.len() == 64);
            if let (Some(expected), Some(found)) = (wanted.sha256, digest)
                && !expected.eq_ignore_ascii_case(found)
            {
                let file = url.rsplit('/').next().unwrap_or(&url).to_owned();
                let (expected, found) = (expected.to_owned(), found.to_owned());
                return Err(ModelError::Digest { file, from: url, expected, found }.into());
            }
            match (status, text("location")) {
                (301 | 302 | 303 | 307 | 308, Some(location)) => url = join(&url, location),
                (200 | 206 | 416, _) => {
                    let (parts, body) = response.into_parts();
                    return Ok(HttpResponse { status, headers: parts.headers, body });
                }
                _ => return Err(refused(&url, status, response.headers())),
            }
        }
        Err(ModelError::Answer { url, reason: format!("more than {HOPS} redirects") }.into())
    }

    fn ask(&self, url: &str, wanted: Ask) -> Result<ureq::http::Response<Body>, Failed> {
        let uri: Uri = url.parse().map_err(|error: ureq::http::uri::InvalidUri| {
            Failed::Final(ModelError::Address { what: url.into(), reason: error.to_string() })
        })?;
        let proxy = self.proxies.proxy(uri.scheme_str().unwrap_or("http"), uri.host().unwrap_or_default())?;
        let mut request = self.agent.get(url).header(header::ACCEPT_ENCODING, "identity");
        if let Some(token) = self.token.as_ref().filter(|_| self.is_endpoint(&uri)) {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if wanted.start > 0 {
            request = request.header(header::RANGE, format!("bytes={}-", wanted.start));
            if let Some(tag) = wanted.tag {
                request = request.header(header::IF_RANGE, tag);
            }
        }
        request.config().proxy(proxy).build().call().map_err(|error| self.failed(url, error))
    }

    /// Whether `uri` has the scheme, host and port that the user named: only they get the token.
    fn is_endpoint(&self, uri: &Uri) -> bool {
        uri.scheme() == self.endpoint.scheme() && uri.authority() == self.endpoint.authority()
    }

    fn failed(&self, url: &str, error: ureq::Error) -> Failed {
        match error {
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => {
                let reason = format!("{error}: is the clock right, and are the certificates installed?");
                ModelError::Unreachable { url: url.into(), tries: 1, reason }.into()
            }
            ureq::Error::BadUri(reason) => ModelError::Address { what: url.into(), reason }.into(),
            ureq::Error::Timeout(Timeout::PerRead | Timeout::RecvResponse) => again(self.stalled()),
            ureq::Error::Io(error) => again(error.to_string()),
            other => again(other.to_string()),
        }
    }

    /// The message for a connection that gives nothing.
    pub fn stalled(&self) -> String {
        format!("nothing came for {:?}", self.stall)
    }
}

/// A failure before anything was read.
fn again(reason: String) -> Failed {
    Failed::Again { reason, after: None, moved: false }
}

/// The failure for a status that is not a success: a few are worth another try, most are final.
fn refused(url: &str, status: u16, headers: &HeaderMap) -> Failed {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if matches!(status, 408 | 425 | 429 | 500..=599) {
        let after = text("retry-after").and_then(|value| value.trim().parse().ok()).map(Duration::from_secs);
        return Failed::Again { reason: format!("the server answers {status}"), after, moved: false };
    }
    let code = text("x-error-code").or_else(|| text("x-error-message"));
    let next = match (status, code) {
        (_, Some("GatedRepo")) => "accept its licence on the hub's page of the model, then set HF_TOKEN",
        (401 | 403, _) => "it may be gone, private or gated: set HF_TOKEN to a token that may read it",
        (404, _) => "it is gone or renamed: look for another model with `golem models list`, or a newer golem",
        (407, _) => "the proxy wants a name and a password: put them into HTTPS_PROXY (http://NAME:PASSWORD@HOST:PORT)",
        _ => "try again later, or from another place (--from DIR, HF_ENDPOINT)",
    };
    let reason = code.map(|code| format!(", {code}")).unwrap_or_default();
    ModelError::Refused { url: url.into(), status, reason, next }.into()
}

/// The absolute address of the `location` that an answer of `url` names.
fn join(url: &str, location: &str) -> String {
    if location.contains("://") {
        return location.to_owned();
    }
    let scheme = url.find("://").map_or(0, |at| at + 3);
    let host = url[scheme..].find('/').map_or(url.len(), |at| scheme + at);
    match location.strip_prefix("//") {
        Some(other) => format!("{}{other}", &url[..scheme]),
        None if location.starts_with('/') => format!("{}{location}", &url[..host]),
        None => {
            let path = url.split(['?', '#']).next().unwrap_or(url);
            let end = path.rfind('/').filter(|&at| at >= host).unwrap_or(path.len());
            format!("{}/{location}", &path[..end])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn redirects_may_be_relative() {
        let from = "https://hub.org/a/resolve/main/b.bin?x=/y";
        assert_eq!(join(from, "https://cdn.org/z"), "https://cdn.org/z");
        assert_eq!(join(from, "/api/c"), "https://hub.org/api/c");
        assert_eq!(join(from, "//cdn.org/c"), "https://cdn.org/c");
        assert_eq!(join(from, "c"), "https://hub.org/a/resolve/main/c");
        assert_eq!(join("https://hub.org", "/c"), "https://hub.org/c");
    }
}
