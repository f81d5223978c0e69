//! Origins of web pages, as settings name those that may use the server.

use serde::{Deserialize, Serialize};

/// The word for all pages, and the one that browsers send in place of an origin that they keep to themselves.
const ANY: &str = "*";
const NULL: &str = "null";

/// The web pages of an origin such as `http://localhost:3000`, those without one, or all web pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum WebOrigin {
    /// All pages: `*`.
    Any,
    /// Those whose origin a browser keeps to itself: `null`. They are files, or in a sandboxed frame of any page.
    Null,
    /// Those of a scheme, host and port, as browsers write them: in small letters, and without a scheme's usual port.
    Only(String),
}

impl WebOrigin {
    /// Whether these pages include those of `origin`, as a browser names it.
    pub fn includes(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Null => origin == NULL,
            Self::Only(own) => own == origin,
        }
    }
}

impl TryFrom<String> for WebOrigin {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == ANY {
            return Ok(Self::Any);
        }
        let small = text.to_lowercase();
        if small == NULL {
            return Ok(Self::Null);
        }
        let origin = small.split_once("://").and_then(|(scheme, host)| {
            let usual = match scheme {
                "http" => ":80",
                "https" => ":443",
                _ => "",
            };
            let host = host.strip_suffix(usual).unwrap_or(host);
            (is_scheme(scheme) && is_host(host)).then(|| Self::Only(format!("{scheme}://{host}")))
        });
        origin.ok_or_else(|| {
            format!(
                "\"{text}\" is no origin of web pages: write scheme, host and port, as in http://localhost:3000, null for pages \
                 that are files, or * for all"
            )
        })
    }
}

impl From<WebOrigin> for String {
    fn from(origin: WebOrigin) -> Self {
        match origin {
            WebOrigin::Any => ANY.into(),
            WebOrigin::Null => NULL.into(),
            WebOrigin::Only(origin) => origin,
        }
    }
}

/// Whether the text is a URL's scheme. Programs that are built of web pages have schemes of their own.
fn is_scheme(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(fits)
}

/// Whether the text is a host, with or without a port, and nothing more: no path, no user, no pattern.
fn is_host(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '[') && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::serve::ServeConfig;

    fn origin(text: &str) -> WebOrigin {
        WebOrigin::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn an_origin_includes_itself_alone_and_the_star_all() {
        for (own, other, includes) in [
            ("http://localhost:3000", "http://localhost:3000", true),
            ("http://localhost:3000", "http://localhost:3001", false),
            ("http://localhost:3000", "https://localhost:3000", false),
            ("http://localhost:3000", "http://localhost:3000.evil.example", false),
            ("HTTPS://App.Example:443", "https://app.example", true),
            ("http://[::1]:80", "http://[::1]", true),
            ("chrome-extension://abcdef", "chrome-extension://abcdef", true),
            ("http://localhost", "null", false),
            ("*", "https://evil.example", true),
            ("*", "null", true),
            ("null", "null", true),
            ("NULL", "null", true),
            ("null", "https://evil.example", false),
        ] {
            assert_eq!(origin(own).includes(other), includes, "{other} in {own}");
        }
    }

    #[test]
    fn an_origin_is_read_from_the_settings_and_written_as_browsers_write_it() {
        let serve: ServeConfig = toml::from_str("allow_origins = [\"http://LOCALHOST:80\", \"null\", \"*\"]").unwrap();
        assert_eq!(serve.allow_origins, [origin("http://localhost"), WebOrigin::Null, WebOrigin::Any]);
        let written: Vec<String> = serve.allow_origins.into_iter().map(String::from).collect();
        assert_eq!(written, ["http://localhost", "null", "*"]);
    }

    #[test]
    fn what_is_no_origin_is_refused_with_what_to_write() {
        for text in [
            "",
            "file://",
            "localhost:3000",
            "http://",
            "http://:80",
            "http://localhost:3000/",
            "http://*.example",
            "http://me@example",
            "http://пример.рф",
            "://host",
        ] {
            let error = toml::from_str::<ServeConfig>(&format!("allow_origins = [\"{text}\"]")).unwrap_err();
            let reason = error.message();
            assert!(reason.contains(&format!("\"{text}\"")) && reason.contains("http://localhost:3000"), "{reason}");
        }
    }
}
