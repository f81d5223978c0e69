//! Addresses of servers and names of environment variables for their keys: parsing and checks.

use std::net::{IpAddr, Ipv6Addr};

/// Endpoints that people copy with the address, and that golem adds by itself.
const ENDPOINTS: [&str; 6] =
    ["/chat/completions", "/api/chat", "/api/generate", "/models", "/audio/transcriptions", "/audio/speech"];

/// Why `name` cannot be the environment variable of a key; `None` if it can.
pub fn key_fault(name: &str) -> Option<String> {
    let known = |at: usize, c: char| c == '_' || c.is_ascii_alphabetic() || (at > 0 && c.is_ascii_digit());
    (!name.char_indices().all(|(at, c)| known(at, c)))
        .then(|| "write the name of the environment variable that holds the key, not the key: OPENAI_API_KEY".into())
}

/// Why `url` cannot be the address of a server; `None` if it can. An empty `url` names no server and is accepted.
pub fn url_fault(url: &str) -> Option<String> {
    if url.is_empty() { None } else { ServerAddress::parse(url).err() }
}

/// The parts of an address.
#[derive(Debug)]
pub struct ServerAddress<'a> {
    /// Name or IP address; an IPv6 address stands without brackets.
    pub host: &'a str,
    /// The path with its leading slash; empty where the address has none.
    pub path: &'a str,
}

impl<'a> ServerAddress<'a> {
    /// Parses `url`.
    ///
    /// # Errors
    /// What is wrong with it, and what to write.
    pub fn parse(url: &'a str) -> Result<Self, String> {
        let example = "write it as in http://127.0.0.1:11434 or https://HOST/v1";
        if url.is_empty() {
            return Err(format!("no url is named: {example}"));
        }
        if !url.chars().all(|c| c.is_ascii_graphic()) {
            return Err(format!("an address has neither spaces nor letters beyond ASCII: {example}"));
        }
        let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
        let Some(rest) = rest else {
            return Err(format!("it does not begin with http:// or https://: {example}"));
        };
        if rest.contains(['?', '#']) {
            return Err("an address of a server ends before ? and #: leave them and what follows out".into());
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(
                "names and passwords do not belong into an address: put the key into an environment variable, \
                        and the variable's name into key_env"
                    .into(),
            );
        }
        let (host, port) = match authority.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':').or(port.is_empty().then_some("80"))),
            None => authority.split_once(':').map_or((authority, Some("80")), |(host, port)| (host, Some(port))),
        };
        let six = authority.starts_with('[');
        let named = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        let known = if six { host.parse::<Ipv6Addr>().is_ok() } else { !host.is_empty() && host.chars().all(named) };
        if !known {
            return Err(format!("\"{authority}\" names no host: {example}"));
        }
        if port.and_then(|port| port.parse::<u16>().ok()).unwrap_or(0) == 0 {
            return Err(format!("its port is no number from 1 to 65535: {example}"));
        }
        if let Some(end) = ENDPOINTS.iter().find(|end| path.ends_with(*end)) {
            return Err(format!("write it without {end}, which golem adds"));
        }
        Ok(Self { host, path })
    }
}

/// The base address of OpenAI's interface, without a slash at its end: `/v1` is appended where `url` has no path.
pub fn openai_base(url: &str) -> String {
    let url = url.trim_end_matches('/');
    let bare = ServerAddress::parse(url).is_ok_and(|address| address.path.is_empty());
    if bare { format!("{url}/v1") } else { url.into() }
}

/// Whether what is sent to `url` leaves this machine.
pub fn leads_elsewhere(url: &str) -> bool {
    !ServerAddress::parse(url).is_ok_and(|address| is_loopback(address.host))
}

/// Whether a host is this machine itself.
fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
