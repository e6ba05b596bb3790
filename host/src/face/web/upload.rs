//! Files that a browser sends.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tokio::time::timeout;

use super::limits::{DRAIN_TIME, STALL_TIME};
use super::refusal::{Refusal, json};
use super::site::{Site, take};
use super::spool::Upload;
use crate::face::recipient::Recipient;
use crate::node::{Answer, ErrorKind};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Letter {
    /// Name or tag; to everyone if it is missing.
    to: Option<String>,
    circle: Option<String>,
    /// Of the file.
    name: String,
}

/// Takes a file, and offers it. One that stops is removed.
pub(super) async fn send(
    State(site): State<Arc<Site>>,
    Query(letter): Query<Letter>,
    mut body: Body,
) -> Result<Response, Refusal> {
    let sent = receive(&site, letter, &mut body).await;
    if sent.is_err() {
        let _ = timeout(DRAIN_TIME, async { while let Ok(Some(_)) = next(&mut body).await {} }).await;
    }
    sent.map(|answer| json(&answer))
}

async fn receive(site: &Arc<Site>, letter: Letter, body: &mut Body) -> Result<Answer, Refusal> {
    let _permit = take(&site.room.uploads)?;
    let run = site.run().await?;
    let Letter { to, circle, name } = letter;
    let length = body.size_hint().lower();
    let mut upload = site.apart(move |site| site.hosted.spool.begin(&name, length)).await?;
    while let Some(bytes) = next(body).await? {
        upload = site.apart(move |_| written(upload, &bytes)).await?;
    }
    let to = to.map_or(Recipient::All(circle), Recipient::One);
    site.apart(move |site| site.hosted.spool.offer(&run.node, &to, upload)).await
}

fn written(mut upload: Upload, bytes: &Bytes) -> Result<Upload, Refusal> {
    upload.write(bytes)?;
    Ok(upload)
}

/// The next bytes of a body; `None` at its end.
async fn next(body: &mut Body) -> Result<Option<Bytes>, Refusal> {
    let stopped = || Refusal::new(StatusCode::REQUEST_TIMEOUT, ErrorKind::Usage, "the file does not come");
    loop {
        let frame = timeout(STALL_TIME, poll_fn(|context| Pin::new(&mut *body).poll_frame(context))).await;
        let Some(frame) = frame.map_err(|_| stopped())? else { return Ok(None) };
        // What is no data is the end of a message in pieces.
        if let Ok(bytes) = frame.map_err(|_| stopped())?.into_data() {
            return Ok(Some(bytes));
        }
    }
}
