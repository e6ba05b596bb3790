//! What the page asks for and is answered at once.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::browser;
use super::limits::{BODY_MAX, BODY_TIME};
use super::refusal::{Refusal, accepted, json};
use super::session::Entry;
use super::site::{Site, take};
use crate::doctor::Finding;
use crate::face::doctor;
use crate::face::invitation::Invitation;
use crate::node::{Ask, ErrorKind};

/// The body of a request, as JSON.
pub(super) struct Told<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Told<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let body = timeout(BODY_TIME, to_bytes(request.into_body(), BODY_MAX)).await;
        let late =
            |_| Refusal::new(StatusCode::REQUEST_TIMEOUT, ErrorKind::Usage, "the request does not come");
        let long =
            |_| Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, ErrorKind::TooLong, "the request is too long");
        let bytes = body.map_err(late)?.map_err(long)?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| Refusal::usage(error.to_string()))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Token {
    token: String,
}

/// Exchanges the token for a cookie.
pub(super) async fn session(
    State(site): State<Arc<Site>>,
    Told(Token { token }): Told<Token>,
) -> Result<Response, Refusal> {
    match site.session.enter(&token).await {
        Entry::Cookie(cookie) => {
            site.entered.notify_one();
            if let Ok(mut redirect) = site.redirect.lock() {
                *redirect = None;
            }
            let cookie = HeaderValue::try_from(cookie).map_err(|error| Refusal::usage(error.to_string()))?;
            Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
        }
        Entry::Refused => Err(Refusal::new(
            StatusCode::FORBIDDEN,
            ErrorKind::Usage,
            "this key is wrong, or was used before",
        )),
        Entry::Later => {
            Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, ErrorKind::Unavailable, "too many wrong keys"))
        }
    }
}

pub(super) async fn state(State(site): State<Arc<Site>>) -> Result<Response, Refusal> {
    Ok(json(&site.apart(|site| site.hosted.state()).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstRun {
    name: String,
    passphrase: Option<String>,
}

pub(super) async fn start(
    State(site): State<Arc<Site>>,
    Told(FirstRun { name, passphrase }): Told<FirstRun>,
) -> Result<Response, Refusal> {
    Ok(json(&site.apart(move |site| site.hosted.start(&name, passphrase.as_deref())).await?))
}

pub(super) async fn restart(State(site): State<Arc<Site>>) -> Result<Response, Refusal> {
    site.apart(|site| site.hosted.restart()).await?;
    Ok(json(&serde_json::Map::new()))
}

/// A request to the node. What names a place on the disk is not for a browser, and neither is what ends the node.
pub(super) async fn ask(State(site): State<Arc<Site>>, Told(ask): Told<Ask>) -> Result<Response, Refusal> {
    if matches!(
        ask,
        Ask::Listen { .. }
            | Ask::SendFile { .. }
            | Ask::Set { .. }
            | Ask::Stop {}
            | Ask::TakeFile { into: Some(_), .. }
    ) {
        return Err(Refusal::usage("this is not for a page"));
    }
    let answer = site.apart(move |site| accepted(site.hosted.run()?.node.ask(ask))).await?;
    Ok(json(&answer))
}

#[derive(Serialize)]
struct Invited {
    passphrase: String,
    /// Rows of its QR code, in which 1 is dark; none if it is too long for one.
    qr: Vec<String>,
}

pub(super) async fn invite(State(site): State<Arc<Site>>) -> Result<Response, Refusal> {
    let invited = site.apart(|site| {
        let (hosted, run) = (&site.hosted, site.hosted.run()?);
        let invitation = Invitation::of_node(&run.node, None, &hosted.profile, &hosted.options)?;
        Ok(Invited { passphrase: invitation.passphrase().to_string(), qr: invitation.modules() })
    });
    Ok(json(&invited.await?))
}

#[derive(Serialize)]
struct Findings {
    findings: Vec<Finding>,
}

pub(super) async fn examine(State(site): State<Arc<Site>>) -> Result<Response, Refusal> {
    let permit = take(&site.room.doctor)?;
    let findings = site.apart(move |site| {
        let _permit = permit;
        Ok(Findings { findings: doctor::of_shown(&site.hosted.run()?.node) })
    });
    Ok(json(&findings.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    file: u32,
}

/// Opens the folder that a file is in, on the desktop.
pub(super) async fn open(
    State(site): State<Arc<Site>>,
    Told(Which { file }): Told<Which>,
) -> Result<Response, Refusal> {
    let opened = site.apart(move |site| {
        let path = site.hosted.run()?.stored.path(file)?;
        let shown = path.parent().filter(|folder| browser::show(folder));
        shown.map(drop).ok_or_else(|| Refusal::unavailable("this machine has no program that shows a folder"))
    });
    opened.await?;
    Ok(json(&serde_json::Map::new()))
}
