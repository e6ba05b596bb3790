//! The news of the node, as a stream of events.

use std::io;
use std::sync::Arc;
use std::thread;

use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::mpsc::{Sender, channel};

use super::chunks::Chunks;
use super::hosted::Run;
use super::limits::QUEUE;
use super::refusal::Refusal;
use super::site::{Site, take};
use crate::face::shown::NewsOf;
use crate::node::{News, Numbered};
use crate::triad::shell::Stop;

#[derive(Deserialize)]
pub(super) struct After {
    #[serde(default)]
    since: u64,
}

/// Tells the news after a number, until the node or the browser is gone. What a browser has missed since it was too slow, it asks
/// for again: the stream ends there.
pub(super) async fn news(
    State(site): State<Arc<Site>>,
    Query(After { since }): Query<After>,
) -> Result<Response, Refusal> {
    let permit = take(&site.room.streams)?;
    let run = site.run().await?;
    let body = site.apart(move |_| Ok(stream(&run, since).map_err(Stop::Io)?)).await?;
    let Chunks { receiver, _kept: kept } = body;
    let body = Body::new(Chunks { receiver, _kept: (kept, permit) });
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"))], body).into_response())
}

fn stream(run: &Run, since: u64) -> io::Result<Chunks<Box<dyn Send>>> {
    let (news, kept) = run.node.subscribe(since)?;
    let (sender, receiver) = channel(QUEUE);
    let id = run.id.clone();
    thread::Builder::new().name("web news".into()).spawn(move || tell(news, since, &id, &sender))?;
    Ok(Chunks { receiver, _kept: kept })
}

/// `None` if the browser is gone, or has to ask again.
fn tell(news: NewsOf, since: u64, run: &str, to: &Sender<Bytes>) -> Option<()> {
    let say = |event: String| to.blocking_send(event.into()).ok();
    say(format!("event: run\ndata: {{\"run\":\"{run}\"}}\n\n"))?;
    let mut last = since;
    for numbered in news {
        // What is lost right after the number that was asked for is not kept any more.
        if matches!(numbered.news, News::Lost { .. }) && last > since {
            return None;
        }
        last = numbered.n;
        say(event(&numbered))?;
    }
    say("event: stopped\ndata: {}\n\n".to_owned())
}

fn event(numbered: &Numbered) -> String {
    // Its text is one line: JSON escapes the ends of lines.
    format!("data: {}\n\n", serde_json::to_string(numbered).unwrap_or_default())
}
