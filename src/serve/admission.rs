//! Access control of the server: the addresses that it may listen on, and the token that clients show.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::Path;

use super::error::ServeError;

/// Fewest characters of a token: fewer can be guessed.
const SHORTEST: usize = 8;

/// The address that `bind` names; `localhost` counts as one.
///
/// # Errors
/// [`ServeError::Address`] when it names none.
pub fn address(bind: &str) -> Result<SocketAddr, ServeError> {
    let unknown = || ServeError::Address { bind: bind.into() };
    let mut addresses = bind.to_socket_addrs().map_err(|_| unknown())?;
    addresses.next().ok_or_else(unknown)
}

/// Whether golem may listen on `address`: beyond this machine only with a token.
///
/// # Errors
/// [`ServeError::NoToken`] where a token is lacking.
pub fn may_listen(address: SocketAddr, has_token: bool) -> Result<(), ServeError> {
    if address.ip().is_loopback() || has_token { Ok(()) } else { Err(ServeError::NoToken(address)) }
}

/// Whether a program at `peer` may use a protocol without tokens that listens on `own`.
pub fn may_connect(peer: IpAddr, own: IpAddr, allowed: &[IpAddr]) -> bool {
    own.is_loopback() || peer.is_loopback() || allowed.contains(&peer.to_canonical())
}

/// Whether a request's `Host` is an address, or this machine's name for itself. If not, it may come from a web page
/// whose own name was pointed at this machine (DNS rebinding).
pub fn is_literal_host(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

/// The token that clients must show.
#[derive(Clone)]
pub struct ServeToken(String);

impl ServeToken {
    /// The first line of a file.
    ///
    /// # Errors
    /// [`ServeError::Token`] when the file cannot be read or holds no token.
    pub fn read(path: &Path) -> Result<Self, ServeError> {
        let fault = |reason: String| ServeError::Token { path: path.into(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
        let token = text.lines().next().unwrap_or_default().trim();
        if token.chars().count() < SHORTEST {
            return Err(fault("its first line is too short".into()));
        }
        Ok(Self(token.into()))
    }

    /// Whether `shown` is the token. Takes the same time wherever the two differ.
    pub fn is(&self, shown: &str) -> bool {
        let (own, shown) = (self.0.as_bytes(), shown.as_bytes());
        own.len() == shown.len() && own.iter().zip(shown).fold(0, |differ, (one, other)| differ | (one ^ other)) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_this_machine_a_token_is_wanted() {
        let listens = |bind: &str, token| address(bind).and_then(|address| may_listen(address, token));
        assert!(listens("127.0.0.1:0", false).is_ok() && listens("[::1]:80", false).is_ok());
        assert!(listens("0.0.0.0:8880", true).is_ok());
        let refusal = listens("0.0.0.0:8880", false).unwrap_err().to_string();
        assert!(refusal.contains("golem serve --bind 0.0.0.0:8880 --token-file"), "{refusal}");
        assert!(address("8880").unwrap_err().to_string().contains("--bind 127.0.0.1:8880"));
    }

    #[test]
    fn who_may_connect_without_a_token_is_named() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let allowed = [ip("192.168.1.10")];
        for (peer, own, may) in [
            ("127.0.0.1", "127.0.0.1", true),
            ("192.168.1.10", "0.0.0.0", true),
            ("::ffff:192.168.1.10", "::", true),
            ("192.168.1.11", "0.0.0.0", false),
        ] {
            assert_eq!(may_connect(ip(peer), ip(own), &allowed), may, "{peer}");
        }
    }

    #[test]
    fn only_addresses_and_localhost_are_hosts_of_programs() {
        for host in ["127.0.0.1:8880", "localhost", "LOCALHOST:1", "[::1]:8880", "192.168.1.2"] {
            assert!(is_literal_host(host), "{host}");
        }
        for host in ["evil.example", "evil.example:8880", "127.0.0.1.evil.example", "", "[evil]"] {
            assert!(!is_literal_host(host), "{host}");
        }
    }

    #[test]
    fn a_token_is_the_first_line_of_its_file_and_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "secret-word \nmore\n").unwrap();
        let token = ServeToken::read(&path).unwrap();
        assert!(token.is("secret-word"));
        assert!(["", "secret-wore", "secret-word ", "secret-words"].iter().all(|other| !token.is(other)));
        std::fs::write(&path, "short\n").unwrap();
        assert!(ServeToken::read(&path).is_err_and(|error| error.to_string().contains("8 characters")));
        assert!(ServeToken::read(&folder.path().join("none")).is_err());
    }
}
