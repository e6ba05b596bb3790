//! Files that have come, for the browser.

use std::fmt::Write;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Sender, channel};

use super::chunks::Chunks;
use super::limits::{CHUNK, PIXELS_MAX, QUEUE};
use super::refusal::Refusal;
use super::site::{Site, take};
use crate::node::ErrorKind;
use crate::picture;
use crate::triad::shell::Stop;

/// A file, to be saved.
pub(super) async fn file(State(site): State<Arc<Site>>, Path(file): Path<u32>) -> Result<Response, Refusal> {
    let permit = take(&site.room.downloads)?;
    let run = site.run().await?;
    let (path, opened, length) = site.apart(move |_| run.stored.open(file)).await?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut response = stream(opened, length, permit)?;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_DISPOSITION, attachment(&name));
    Ok(response)
}

/// A picture, to be shown, if it is one that a browser can draw in little memory.
pub(super) async fn picture(
    State(site): State<Arc<Site>>,
    Path(file): Path<u32>,
) -> Result<Response, Refusal> {
    let permit = take(&site.room.downloads)?;
    let run = site.run().await?;
    let (opened, length, kind) = site.apart(move |_| look(run.stored.open(file)?)).await?;
    let mut response = stream(opened, length, permit)?;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    Ok(response)
}

fn look((_, file, length): (PathBuf, File, u64)) -> Result<(File, u64, &'static str), Refusal> {
    let file = Arc::new(file);
    let none = || {
        let text = "this is no picture that is shown here";
        Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorKind::Usage, text)
    };
    let kind = picture::media_type(&file, PIXELS_MAX).ok_or_else(none)?;
    let file = Arc::into_inner(file).ok_or_else(none)?;
    rustix::fs::seek(&file, rustix::fs::SeekFrom::Start(0)).map_err(|error| Stop::Io(error.into()))?;
    Ok((file, length, kind))
}

/// The content of a file, read by a thread.
fn stream(file: File, length: u64, permit: OwnedSemaphorePermit) -> Result<Response, Refusal> {
    let (sender, receiver) = channel(QUEUE);
    let reading = thread::Builder::new().name("web file".into());
    reading.spawn(move || read(file, length, &sender)).map_err(Stop::Io)?;
    let body = Body::new(Chunks { receiver, _kept: permit });
    Ok(([(header::CONTENT_LENGTH, HeaderValue::from(length))], body).into_response())
}

/// Reads until the browser is gone. A file that becomes shorter meanwhile breaks the connection off.
fn read(file: File, length: u64, to: &Sender<Bytes>) -> io::Result<()> {
    let mut rest = file.take(length);
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        if rest.by_ref().take(CHUNK as u64).read_to_end(&mut chunk)? == 0 {
            return Ok(());
        }
        to.blocking_send(chunk.into()).map_err(io::Error::other)?;
    }
}

/// What has a browser save a file under this name (RFC 6266), whatever characters are in it.
fn attachment(name: &str) -> HeaderValue {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let mut field = "attachment; filename*=UTF-8''".to_owned();
    for byte in name.bytes() {
        if is_plain(byte) {
            field.push(char::from(byte));
        } else {
            // To write to a string cannot fail.
            let _ = write!(field, "%{byte:02X}");
        }
    }
    HeaderValue::try_from(field).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_ends_the_field_that_it_is_in() {
        for (name, field) in [
            ("photo.jpg", "photo.jpg"),
            ("a b\"; x=\"\r\nSet-Cookie: y", "a%20b%22%3B%20x%3D%22%0D%0ASet-Cookie%3A%20y"),
            ("zo\u{eb}/..\\", "zo%C3%AB%2F..%5C"),
        ] {
            assert_eq!(attachment(name), format!("attachment; filename*=UTF-8''{field}"));
        }
    }
}
