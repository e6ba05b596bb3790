//! What every request is checked for before anything else, and what every answer tells the browser.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::refusal::Refusal;
use super::site::Site;
use crate::node::ErrorKind;

/// Where files of the browser's go. Everything else takes JSON.
pub(super) const SEND: &str = "/api/send";
/// Where a token is exchanged.
pub(super) const SESSION: &str = "/api/session";
/// What needs a session begins so; all else is the page itself, which is the same for everybody.
const API: &str = "/api/";

/// Nothing but what this server has is loaded, run or asked, and nobody shows the page within theirs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; \
    manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// The layer around everything that the server does.
pub(super) async fn guard(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with(API);
    let mut response = match check(&site, request.method(), request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_api {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

fn check(site: &Site, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    let forbidden = |text: &str| Refusal::new(StatusCode::FORBIDDEN, ErrorKind::Usage, text);
    let host = only(headers, &header::HOST).filter(|host| site.names.iter().any(|name| name == host));
    let Some(host) = host.filter(|_| uri.authority().is_none()) else {
        return Err(forbidden("this is no name of this server"));
    };
    let is_own = |origin: &str| origin.strip_prefix("http://") == Some(host);
    if headers.contains_key(header::ORIGIN) && !only(headers, &header::ORIGIN).is_some_and(is_own) {
        return Err(forbidden("another page asks for this"));
    }
    if !is_from_here(method, uri, headers) {
        return Err(forbidden("another page asks for this"));
    }
    if method == Method::POST {
        check_type(uri, headers)?;
    }
    let is_open = !uri.path().starts_with(API) || uri.path() == SESSION;
    let has_session = site.session.is_of(headers);
    if has_session {
        site.asked.store(true, Ordering::Relaxed);
    }
    if is_open || has_session {
        return Ok(());
    }
    Err(Refusal::new(StatusCode::UNAUTHORIZED, ErrorKind::Usage, "this browser has no session here"))
}

/// Whether a browser says that the request is of the page itself, or of the user; one that says nothing has no such header, or
/// is no browser. A link elsewhere may lead to the page.
fn is_from_here(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    let field = |name| only(headers, &HeaderName::from_static(name));
    if !headers.contains_key("sec-fetch-site")
        || matches!(field("sec-fetch-site"), Some("same-origin" | "none"))
    {
        return true;
    }
    let is_visit = field("sec-fetch-mode") == Some("navigate") && field("sec-fetch-dest") == Some("document");
    is_visit && method == Method::GET && uri.path() == "/"
}

/// A form of another page cannot send these types.
fn check_type(uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    let wanted = if uri.path() == SEND { "application/octet-stream" } else { "application/json" };
    if only(headers, &header::CONTENT_TYPE) == Some(wanted) {
        return Ok(());
    }
    let text = format!("the type of this has to be {wanted}");
    Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorKind::Usage, text))
}

/// The value of a field that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    value.to_str().ok()
}
