//! Bodies of answers that come piece by piece.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use http_body::{Body, Frame};
use tokio::sync::mpsc::Receiver;

/// What a thread hands over, and what is kept until nobody wants more of it.
pub(super) struct Chunks<K> {
    pub(super) receiver: Receiver<Bytes>,
    pub(super) _kept: K,
}

impl<K: Unpin> Body for Chunks<K> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.receiver.poll_recv(context).map(|chunk| chunk.map(|chunk| Ok(Frame::data(chunk))))
    }
}
