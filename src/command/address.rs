//! Addresses in texts: the parts that a spoken word must not change, and the encoding of values.

use std::fmt::Write as _;

/// Encodes a value for a URL: everything but letters, digits and `-._~` is encoded, so that it stays within its part.
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

/// Schemes whose addresses have no host, or no host that a word after the colon could choose.
const HOSTLESS: &[&str] = &["mailto", "tel", "sms", "geo", "magnet", "spotify", "news", "xmpp"];

/// Whether text after `text` falls into the path, the query or the fragment of the address.
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

/// Whether a path has a part `..` or `.`, which no spoken word may bring in.
pub fn walks(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    path.split('/').any(|part| part == "." || part == "..")
}

/// Escapes a value for a JSON string, without the quotes.
pub fn escaped(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

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
