//! What a request gets that is refused, and what it gets for its body.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::node::{Answer, ErrorKind};
use crate::triad::shell::Stop;

/// Why a request is not done.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) kind: ErrorKind,
    /// For people.
    pub(super) text: String,
}

#[derive(Serialize)]
struct Told<'a> {
    error: Why<'a>,
}

#[derive(Serialize)]
struct Why<'a> {
    kind: ErrorKind,
    text: &'a str,
}

impl Refusal {
    pub(super) fn usage(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorKind::Usage, text)
    }

    pub(super) fn unavailable(text: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, ErrorKind::Unavailable, text)
    }

    pub(super) fn new(status: StatusCode, kind: ErrorKind, text: impl Into<String>) -> Self {
        Self { status, kind, text: text.into() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let told = Told { error: Why { kind: self.kind, text: &self.text } };
        (self.status, json(&told)).into_response()
    }
}

impl From<Stop> for Refusal {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Usage(text) => Self::usage(text),
            stop => Self::unavailable(stop.to_string()),
        }
    }
}

/// The answer of a node, unless it is an error.
pub(super) fn accepted(answer: Answer) -> Result<Answer, Refusal> {
    let Answer::Error { kind, text } = answer else { return Ok(answer) };
    let status = match kind {
        ErrorKind::Usage | ErrorKind::Ambiguous => StatusCode::BAD_REQUEST,
        ErrorKind::Nobody => StatusCode::NOT_FOUND,
        ErrorKind::NotAccepted => StatusCode::FORBIDDEN,
        ErrorKind::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    };
    Err(Refusal::new(status, kind, text))
}

/// A value as the body of an answer.
pub(super) fn json(value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(bytes) => {
            let kind = HeaderValue::from_static("application/json");
            ([(header::CONTENT_TYPE, kind)], Body::from(bytes)).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
