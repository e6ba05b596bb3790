//! What the parts of the server have in common.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::browser::Redirect;
use super::hosted::{Hosted, Run};
use super::limits::{DOWNLOADS, LOOK_INTERVAL, LOOKS, STREAMS, UPLOADS};
use super::refusal::Refusal;
use super::session::Session;

/// One server of the page.
pub(super) struct Site {
    /// What a request may call this server.
    pub(super) names: [String; 2],
    pub(super) session: Session,
    pub(super) hosted: Arc<Hosted>,
    pub(super) room: Room,
    /// Told of the browser that has brought the token.
    pub(super) entered: Notify,
    /// Whether a browser with a session has asked for anything since the last look.
    pub(super) asked: AtomicBool,
    /// What leads a browser to the page, until one has come.
    pub(super) redirect: Mutex<Option<Redirect>>,
}

/// Room for what takes long.
pub(super) struct Room {
    pub(super) streams: Arc<Semaphore>,
    pub(super) uploads: Arc<Semaphore>,
    pub(super) downloads: Arc<Semaphore>,
    pub(super) doctor: Arc<Semaphore>,
}

impl Site {
    pub(super) fn new(port: u16, session: Session, hosted: Arc<Hosted>) -> Self {
        let names = ["127.0.0.1", "localhost"].map(|name| format!("{name}:{port}"));
        let room = |count| Arc::new(Semaphore::new(count));
        let room = Room {
            streams: room(STREAMS),
            uploads: room(UPLOADS),
            downloads: room(DOWNLOADS),
            doctor: room(1),
        };
        Self {
            names,
            session,
            hosted,
            room,
            entered: Notify::new(),
            asked: AtomicBool::default(),
            redirect: Mutex::default(),
        }
    }

    /// Does what may wait in a thread that may.
    pub(super) async fn apart<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let site = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || work(&site)).await;
        done.unwrap_or_else(|_| Err(Refusal::unavailable("that has failed here")))
    }

    /// Waits until a browser has come, and none listens or asks for anything any more.
    pub(super) async fn left(&self) {
        self.entered.notified().await;
        let mut alone = 0;
        while alone < LOOKS {
            tokio::time::sleep(LOOK_INTERVAL).await;
            let is_open = self.room.streams.available_permits() < STREAMS;
            alone = if self.asked.swap(false, Ordering::Relaxed) || is_open { 0 } else { alone + 1 };
        }
    }

    /// The node, if it runs.
    pub(super) async fn run(self: &Arc<Self>) -> Result<Run, Refusal> {
        self.apart(|site| site.hosted.run()).await
    }
}

/// A place, as long as the permit is kept.
pub(super) fn take(room: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Refusal> {
    let full = |_| Refusal::unavailable("too much of this is going on here already");
    Arc::clone(room).try_acquire_owned().map_err(full)
}
