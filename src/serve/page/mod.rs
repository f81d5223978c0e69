//! The web page of the server: captions of the browser's microphone, and the state of the server. Three files, compiled
//! in.

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// A file of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageFile {
    /// The HTML of the page.
    Html,
    /// The page's script; the browser's audio thread loads it too.
    Script,
    /// The page's style sheet.
    Style,
}

/// The content security policy: files and requests of this server only, no inline code or styles.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

impl PageFile {
    /// All files of the page.
    pub const ALL: [Self; 3] = [Self::Html, Self::Script, Self::Style];

    /// Its path on the server.
    pub fn path(self) -> &'static str {
        match self {
            Self::Html => "/",
            Self::Script => "/page.js",
            Self::Style => "/page.css",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Script => "text/javascript; charset=utf-8",
            Self::Style => "text/css; charset=utf-8",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Html => include_str!("page.html"),
            Self::Script => include_str!("page.js"),
            Self::Style => include_str!("page.css"),
        }
    }
}

/// The response with a file.
pub fn answer(file: PageFile) -> Response {
    let name = HeaderName::from_static;
    let headers = [
        (header::CONTENT_TYPE, file.content_type()),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
        (name("cross-origin-opener-policy"), "same-origin"),
        (name("permissions-policy"), "microphone=(self), camera=(), geolocation=()"),
    ];
    (headers.map(|(name, value)| (name, HeaderValue::from_static(value))), file.text()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_loads_nothing_but_its_own_files() {
        let html = PageFile::Html.text();
        for file in [PageFile::Script, PageFile::Style] {
            assert!(html.contains(&format!("\"{}\"", file.path())), "{}", file.path());
        }
        for file in PageFile::ALL {
            let text = file.text();
            assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("//cdn"), "{file:?}");
        }
        // The policy forbids code and styles within the page, so the page must have none.
        for inline in ["<script>", "style=", "onclick", "onload", "<style", "javascript:"] {
            assert!(!html.contains(inline), "{inline}");
        }
        for evaluated in ["eval(", "innerHTML", "new Function", "document.write", "insertAdjacentHTML"] {
            assert!(!PageFile::Script.text().contains(evaluated), "{evaluated}");
        }
    }

    #[test]
    fn every_file_comes_with_the_policy() {
        for file in PageFile::ALL {
            let response = answer(file);
            let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        }
    }
}
