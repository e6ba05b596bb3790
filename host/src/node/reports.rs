//! What other threads have to report to a node.

use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};

use p2pm_core::node::ContactId;

use super::ask::{Order, Request};
use super::transfers::Done;
use crate::reactor::commands::Commander;
use crate::transfer::Report;
use crate::transfer::disk::Untold;

/// What has happened in another thread.
pub(super) enum Happened {
    /// The connection of the file with this number, for this contact, has ended.
    Carried { file: u32, contact: ContactId, report: Box<Report> },
    /// Something was done on the disk.
    Done(Done),
    /// Something was found that is whole, and of which the user may not have been told.
    Untold(Box<Untold>),
    /// Something was not stored.
    NotStored(String),
}

/// Way of other threads to a node, which is woken for each report.
#[derive(Clone)]
pub(super) struct Reports {
    happened: Arc<Mutex<Vec<Happened>>>,
    waker: Commander<Request>,
}

impl Reports {
    pub(super) fn new(waker: Commander<Request>) -> Self {
        Self { happened: Arc::default(), waker }
    }

    pub(super) fn push(&self, happened: Happened) {
        self.happened.lock().unwrap_or_else(PoisonError::into_inner).push(happened);
        // A node whose queue is full looks at the reports all the same.
        let _ = self.waker.send(Request { order: Order::Reported, reply: sync_channel(1).0 });
    }

    /// What was reported since the last call.
    pub(super) fn take(&self) -> Vec<Happened> {
        std::mem::take(&mut *self.happened.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
