//! The files of the page, which are in the program.

use std::collections::HashMap;
use std::io::Write;
use std::sync::LazyLock;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use p2pm_core::transfer::Chain;

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// A file as it is served.
struct Asset {
    kind: &'static str,
    plain: &'static [u8],
    zipped: Bytes,
    /// Another one for another content.
    tag: HeaderValue,
}

macro_rules! files {
    ($($kind:ident: $($name:literal)*;)*) => {
        /// Name, type and content of each file. A test compares them with the folder.
        const FILES: &[(&str, &str, &[u8])] =
            &[$($(($name, $kind, include_bytes!(concat!("page/", $name)))),*),*];
    };
}

const ICON: &str = "image/svg+xml";
const MANIFEST: &str = "application/manifest+json";

files! {
    HTML: "index.html";
    STYLE: "base.css" "style.css";
    ICON: "icon.svg";
    MANIFEST: "manifest.webmanifest";
    SCRIPT: "api.js" "app.js" "banner.js" "compose.js" "conversation.js" "doctor.js" "dom.js" "feed.js" "filecard.js" "firstrun.js"
        "header.js" "heights.js" "invite.js" "keys.js" "link.js" "main.js" "news.js" "notices.js" "people.js" "person.js"
        "picture.js" "receipts.js" "rows.js" "safe.js" "scroller.js" "session.js" "settings.js" "store.js" "texts.js"
        "theme.js" "themes.js" "time.js" "uploads.js";
}

static ASSETS: LazyLock<HashMap<&'static str, Asset>> = LazyLock::new(|| {
    let asset =
        |&(name, kind, plain): &(&'static str, &'static str, &'static [u8])| (name, Asset::new(kind, plain));
    FILES.iter().map(asset).collect()
});

impl Asset {
    fn new(kind: &'static str, plain: &'static [u8]) -> Self {
        let mut chain = Chain::default();
        chain.update(plain);
        let mut tag =
            chain.extent().hash[..8].iter().fold("\"".to_owned(), |tag, byte| format!("{tag}{byte:02x}"));
        tag.push('"');
        let mut zipped = GzEncoder::new(Vec::new(), Compression::best());
        // Memory takes all.
        let zipped = zipped.write_all(plain).and_then(|()| zipped.finish()).unwrap_or_default();
        Self { kind, plain, zipped: zipped.into(), tag: HeaderValue::try_from(tag).unwrap_or(NO_TAG) }
    }
}

const NO_TAG: HeaderValue = HeaderValue::from_static("\"\"");

/// The file that a request names, `/` for the page itself. A path is a name in a table, and no path of the disk.
pub(super) async fn serve(request: Request) -> Response {
    let name = match request.uri().path() {
        "/" => "index.html",
        path => path.trim_start_matches('/'),
    };
    let Some(asset) = ASSETS.get(name) else { return StatusCode::NOT_FOUND.into_response() };
    let is_known = request.headers().get(header::IF_NONE_MATCH) == Some(&asset.tag);
    let is_zipped = takes_gzip(request.headers());
    let (status, body) = match (is_known, is_zipped) {
        (true, _) => (StatusCode::NOT_MODIFIED, Body::empty()),
        (false, true) => (StatusCode::OK, asset.zipped.clone().into()),
        (false, false) => (StatusCode::OK, Bytes::from_static(asset.plain).into()),
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(header::ETAG, asset.tag.clone());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if is_zipped && !is_known {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Whether a browser takes what is compressed. One that is particular about it gets it as it is.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|field| field.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|it| it.trim() == "gzip")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn all_files_of_the_page_are_served_but_those_for_its_makers() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/face/web/page");
        let names = fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
        let served = FILES
            .iter()
            .map(|(name, ..)| (*name).to_owned())
            .chain(["types.d.ts", "package.json"].map(String::from));
        assert_eq!(names.collect::<BTreeSet<_>>(), served.collect());
    }

    #[test]
    fn the_page_is_small() {
        // A browser gets the scripts compressed; all of it is small even as it is.
        let scripts: usize = ASSETS.values().filter(|it| it.kind == SCRIPT).map(|it| it.zipped.len()).sum();
        let all: usize = ASSETS.values().map(|it| it.plain.len()).sum();
        assert!(scripts < 60_000 && all < 150_000, "{scripts} bytes of scripts, {all} of all");
        assert!(ASSETS.values().all(|it| !it.zipped.is_empty()));
    }
}
