//! Where a request may go: a service on this machine or in this home, whose address the owner wrote and no word can change.

use std::fmt::Write as _;
use std::net::IpAddr;

use super::argv::Pattern;

/// The methods a file may name.
pub const METHODS: &[&str] = &["GET", "POST", "PUT", "DELETE"];

/// The host of a URL whose scheme, host and port are all written before the first placeholder.
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

/// Whether a host is this machine or in this home: a loopback or private address, or a name that only those have.
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

/// A value as part of a URL: everything but letters, digits and `-._~` is encoded, so that it stays within its place.
pub fn encoded(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// Schemes whose addresses have no host, or none that a word behind the colon could choose.
const HOSTLESS: &[&str] = &["mailto", "tel", "sms", "geo", "magnet", "spotify", "news", "xmpp"];

/// Whether what follows `text` is a path, a query or a fragment of the address that it begins.
pub fn is_behind_host(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else {
        let scheme = text.split_once(':').map(|(scheme, _)| scheme);
        let after = text.find(['/', '?', '#']).is_some_and(|at| at > 0);
        return after || scheme.is_some_and(|scheme| HOSTLESS.contains(&scheme.to_lowercase().as_str()));
    };
    rest.contains(['/', '?', '#'])
}

/// Whether a text begins with a scheme and two slashes.
pub fn has_scheme(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.:".contains(letter))
    })
}

/// Whether a path walks up or stays: `..` or `.` between slashes, which no word may bring in.
pub fn walks(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    path.split('/').any(|part| part == "." || part == "..")
}

/// A value as part of a JSON text, without its quotes.
pub fn escaped(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_string()
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

    #[test]
    fn where_a_host_ends_is_known() {
        for behind in ["https://h/", "https://h?q=", "http://h:80/a", "wttr.in/", "mailto:", "geo:", "file:///home/"] {
            assert!(is_behind_host(behind), "{behind}");
        }
        for before in ["", "https://", "https://h", "https://me@h:", "h", "localhost:", "javascript:", "/"] {
            assert!(!is_behind_host(before), "{before}");
        }
        assert!(has_scheme("ext::https://x") && has_scheme("ftp://") && !has_scheme("see https://x"));
    }

    #[test]
    fn values_stay_in_their_place() {
        assert_eq!(encoded("a b/../?x=1&щ"), "a%20b%2F..%2F%3Fx%3D1%26%D1%89");
        assert_eq!(escaped("a\"b\\c"), "a\\\"b\\\\c");
        assert!(walks("http://h/a/../b") && !walks("http://h/a..b/?x=/../"));
    }
}
