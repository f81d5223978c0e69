//! Cross-origin requests (CORS): a browser lets a web page of another server read an answer, or send more than a simple
//! request, only where the answer says so.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::config::web_origin::WebOrigin;

/// Methods of the endpoints.
const METHODS: &str = "GET, POST";
/// Headers that a page may send. The star stands for all others but `Authorization`: OpenAI's library sends a dozen of
/// its own.
const HEADERS: &str = "Authorization, Content-Type, *";

/// The origin of the page that sends a request, if `allowed` includes it.
pub fn origin<'a>(allowed: &[WebOrigin], headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    let name = origin.to_str().ok()?;
    allowed.iter().any(|pages| pages.includes(name)).then_some(origin)
}

/// Whether a request is a browser's question if a page may send another one.
pub fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer to a preflight request of an allowed page.
pub fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS)),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(HEADERS)),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Says in the headers of a response that pages of `origin` may read it, if there is one, and that other pages may get
/// another response.
pub fn mark(headers: &mut HeaderMap, origin: Option<HeaderValue>) {
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(method: Method, headers: &[(&'static str, &'static str)]) -> Request {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method;
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_static(value));
        }
        request
    }

    #[test]
    fn only_pages_of_an_allowed_origin_have_one() {
        let named = [WebOrigin::Only("http://localhost:3000".into())];
        let known = |allowed: &[WebOrigin], sent| {
            origin(allowed, request(Method::GET, &[("origin", sent)]).headers()).is_some()
        };
        assert!(known(&named, "http://localhost:3000"));
        assert!(known(&[WebOrigin::Any], "null") && known(&[WebOrigin::Null], "null") && !known(&named, "null"));
        assert!(!known(&named, "https://evil.example") && !known(&[], "http://localhost:3000"));
        assert!(origin(&[WebOrigin::Any], request(Method::GET, &[]).headers()).is_none());
    }

    #[test]
    fn a_preflight_names_the_method_that_is_meant() {
        let asks = [("access-control-request-method", "POST")];
        assert!(is_preflight(&request(Method::OPTIONS, &asks)));
        assert!(!is_preflight(&request(Method::OPTIONS, &[])) && !is_preflight(&request(Method::GET, &asks)));
    }

    #[test]
    fn every_answer_differs_by_origin_and_those_for_an_allowed_one_say_so() {
        let mut response = preflight();
        mark(response.headers_mut(), Some(HeaderValue::from_static("http://localhost:3000")));
        let headers = response.headers();
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(headers["access-control-allow-origin"], "http://localhost:3000");
        assert_eq!(headers["vary"], "Origin");
        assert_eq!(headers["access-control-allow-methods"], METHODS);
        assert_eq!(headers["access-control-allow-headers"], HEADERS);
        let mut other = HeaderMap::new();
        mark(&mut other, None);
        assert!(other.len() == 1 && other["vary"] == "Origin", "{other:?}");
    }
}
