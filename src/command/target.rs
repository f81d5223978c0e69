//! The permitted targets of requests: services on this machine or in this home. The owner wrote their address, and no
//! spoken word can change it.

use std::net::IpAddr;

use super::argv::Pattern;

/// The methods that a file may name.
pub const METHODS: &[&str] = &["GET", "POST", "PUT", "DELETE"];

/// The host of a URL. Its scheme, host and port must all stand before the first placeholder.
///
/// # Errors
/// What is wrong with it.
pub fn host(url: &Pattern) -> Result<String, String> {
    let head = url.head();
    let Some(rest) = head.strip_prefix("http://") else {
        return Err("url begins with http:// (encrypted and other protocols are not spoken)".into());
    };
    let end = rest.find(['/', '?', '#']);
    let authority = match end {
        Some(end) => &rest[..end],
        None if url.literal().is_some() => rest,
        None => return Err("a word may not be part of the host: write http://host/ before the first {slot}".into()),
    };
    if authority.contains('@') {
        return Err("the host may not hold a name or password; put them into the service's own settings".into());
    }
    let name = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => authority.split(':').next().unwrap_or(authority),
    };
    if name.is_empty() { Err("url names no host".into()) } else { Ok(name.to_lowercase()) }
}

/// Whether a host is this machine or in this home: a loopback or private address, or a name that only such hosts have.
pub fn is_near(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_private() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
        Err(_) => {
            host == "localhost" || [".local", ".lan", ".internal", ".home.arpa"].iter().any(|end| host.ends_with(end))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_the_owners_and_near() {
        let host = |url: &str| host(&Pattern::new(url));
        assert_eq!(host("http://localhost:8123/x/{a}").unwrap(), "localhost");
        assert_eq!(host("http://[::1]:80/").unwrap(), "::1");
        assert_eq!(host("http://Lamp.local").unwrap(), "lamp.local");
        for wrong in
            ["https://x/", "http://{a}/", "http://x{a}/", "http://x:{a}", "http:///x", "http://a@b/", "file:///x"]
        {
            assert!(host(wrong).is_err(), "{wrong}");
        }
        for near in ["127.0.0.1", "192.168.1.7", "10.0.0.1", "::1", "fd00::1", "localhost", "lamp.local"] {
            assert!(is_near(near), "{near}");
        }
        for far in ["8.8.8.8", "example.com", "local", "2001:db8::1", "localhost.example.com"] {
            assert!(!is_near(far), "{far}");
        }
    }
}
