//! What the user can set.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use p2pm_core::wire::Name;
use serde::{Deserialize, Serialize};

use super::refusal::{Refusal, accepted, json};
use super::requests::Told;
use super::site::Site;
use crate::config::options::Accept;
use crate::node::{Answer, Ask};

/// What is set.
#[derive(Serialize)]
struct Settings {
    name: String,
    circles: Vec<String>,
    accept: Accept,
    folder: Option<PathBuf>,
}

/// What is to be set.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Changes {
    name: Option<String>,
    accept: Option<Accept>,
    folder: Option<PathBuf>,
}

/// Whether a folder is hidden, or within one, as seen from the user's home directory: programs read their settings there.
fn is_hidden(folder: &Path) -> bool {
    let home = std::env::home_dir();
    let seen = home.and_then(|home| folder.strip_prefix(home).ok()).unwrap_or(folder);
    seen.components().any(|part| part.as_os_str().as_encoded_bytes().starts_with(b"."))
}

pub(super) async fn tell(State(site): State<Arc<Site>>) -> Result<Response, Refusal> {
    let settings = site.apart(|site| {
        let node = site.hosted.run()?.node;
        match (accepted(node.ask(Ask::Who {}))?, accepted(node.ask(Ask::Settings {}))?) {
            (Answer::Who { me, .. }, Answer::Settings { accept, folder }) => {
                Ok(Settings { name: me.name, circles: me.circles, accept, folder })
            }
            _ => Err(Refusal::unavailable("the node answers something else")),
        }
    });
    Ok(json(&settings.await?))
}

pub(super) async fn change(
    State(site): State<Arc<Site>>,
    Told(Changes { name, accept, folder }): Told<Changes>,
) -> Result<Response, Refusal> {
    if folder.as_deref().is_some_and(is_hidden) {
        return Err(Refusal::usage("files are not put into a hidden folder from a page"));
    }
    // All of it is set, or nothing.
    let parsed = name.as_deref().map(str::parse::<Name>).transpose();
    parsed.map_err(|error| Refusal::usage(error.to_string()))?;
    let changed = site.apart(move |site| {
        let node = site.hosted.run()?.node;
        if accept.is_some() || folder.is_some() {
            accepted(node.ask(Ask::Set { accept, folder }))?;
        }
        name.map(|name| accepted(node.ask(Ask::Rename { name }))).transpose()
    });
    changed.await?;
    Ok(json(&serde_json::Map::new()))
}
