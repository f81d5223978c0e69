//! Access control of the server: the address that it listens on, who may connect, and the token that clients show.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::path::Path;

use super::error::ServeError;
use crate::config::network::IpNetwork;

/// Fewest characters of a token: fewer can be guessed.
const SHORTEST: usize = 8;

/// The address that `bind` names, with the port `usual` where it has none; `localhost` counts as an address.
///
/// # Errors
/// [`ServeError::Address`] when it names none.
pub fn address(bind: &str, usual: u16) -> Result<SocketAddr, ServeError> {
    if let Some(ip) = without_port(bind) {
        return Ok(SocketAddr::new(ip, usual));
    }
    let unknown = || ServeError::Address { bind: bind.into() };
    let found =
        if bind.eq_ignore_ascii_case("localhost") { (bind, usual).to_socket_addrs() } else { bind.to_socket_addrs() };
    found.map_err(|_| unknown())?.next().ok_or_else(unknown)
}

/// The IP address that `bind` consists of; `None` where it has a port, or could have one: `::1:8880`.
fn without_port(bind: &str) -> Option<IpAddr> {
    if let Some(inside) = bind.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return inside.parse().ok();
    }
    let ends_in_port = bind.rsplit_once(':').is_some_and(|(ip, _)| ip.parse::<Ipv6Addr>().is_ok());
    bind.parse().ok().filter(|_| !ends_in_port)
}

/// Whether a program at `peer` may use a protocol without tokens that listens on `own`.
pub fn may_connect(peer: IpAddr, own: IpAddr, allowed: &[IpNetwork]) -> bool {
    own.is_loopback() || peer.is_loopback() || allowed.iter().any(|network| network.contains(peer))
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
    fn an_address_has_the_usual_port_where_it_names_none() {
        for (bind, wanted) in [
            ("0.0.0.0", "0.0.0.0:8880"),
            ("127.0.0.1:80", "127.0.0.1:80"),
            ("::", "[::]:8880"),
            ("::1", "[::1]:8880"),
            ("[::1]", "[::1]:8880"),
            ("[::1]:80", "[::1]:80"),
            ("[::1:80]", "[::1:80]:8880"),
            ("::1:80", "[::1]:80"),
        ] {
            assert_eq!(address(bind, 8_880).unwrap().to_string(), wanted, "{bind}");
        }
        for bind in ["localhost", "localhost:8880"] {
            let address = address(bind, 8_880).unwrap();
            assert!(address.ip().is_loopback() && address.port() == 8_880, "{bind}: {address}");
        }
        for bind in ["8880", "", "[]", "127.0.0.1:"] {
            assert!(address(bind, 8_880).unwrap_err().to_string().contains("--bind 127.0.0.1:8880"), "{bind}");
        }
    }

    #[test]
    fn who_may_connect_without_a_token_is_named() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let allowed = ["192.168.1.10", "192.168.7.0/24"].map(|text| IpNetwork::try_from(text.to_owned()).unwrap());
        for (peer, own, may) in [
            ("127.0.0.1", "127.0.0.1", true),
            ("192.168.1.10", "0.0.0.0", true),
            ("::ffff:192.168.1.10", "::", true),
            ("192.168.1.11", "0.0.0.0", false),
            ("192.168.7.11", "0.0.0.0", true),
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
