//! News of a node for a program that waits on files.

use std::io::{self, PipeReader, Read, Write};
use std::os::fd::AsFd;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use p2pm_core::time::Instant;
use p2pm_posix::signals::leave_job_control_to_others;

use super::shown::Shown;
use crate::node::Numbered;
use crate::triad::net::Stack;
use crate::triad::shell::Background;
use crate::wait::Waiter;

/// News that wait to be shown.
const QUEUE: usize = 64;

/// A [`Background`] whose events are the news; `None` is the end of the node.
pub(super) struct NewsFeed {
    news: Receiver<Numbered>,
    /// A byte for each piece of news; closed at the end.
    bell: PipeReader,
}

impl NewsFeed {
    /// Listens to the news after the number `since`, or from now on.
    pub(super) fn start(node: &Shown, since: Option<u64>) -> io::Result<Self> {
        let (bell, mut ringer) = io::pipe()?;
        rustix::io::ioctl_fionbio(&bell, true)?;
        let (sender, news): (SyncSender<Numbered>, _) = sync_channel(QUEUE);
        let source = node.listen(since)?;
        thread::Builder::new().name("news".into()).spawn(move || {
            let _ = leave_job_control_to_others();
            for numbered in source {
                if sender.send(numbered).is_err() || ringer.write_all(&[0]).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { news, bell })
    }
}

impl Background for NewsFeed {
    type Event = Option<Numbered>;

    fn wait_for<'fd>(&'fd mut self, waiter: &mut Waiter<'fd>) {
        waiter.read(self.bell.as_fd());
    }

    fn deadline(&mut self) -> Option<Instant> {
        None
    }

    fn poll(&mut self, _stack: &mut Stack, _now: Instant) -> Option<Self::Event> {
        match self.bell.read(&mut [0]) {
            Ok(0) => Some(None),
            Ok(_) => self.news.try_recv().ok().map(Some),
            Err(_) => None,
        }
    }

    fn is_over(&mut self) -> bool {
        false
    }
}
