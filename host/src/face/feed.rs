//! What another thread waits for, for a program that waits on files.

use std::io::{self, PipeReader, Read, Write};
use std::os::fd::AsFd;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use p2pm_core::time::Instant;
use p2pm_posix::signals::leave_job_control_to_others;

use crate::triad::net::Stack;
use crate::triad::shell::Background;
use crate::wait::Waiter;

/// Things that wait to be taken.
const QUEUE: usize = 64;

/// A [`Background`] whose events are things of one kind, as they come; `None` is the end of them.
pub(super) struct Feed<T> {
    things: Receiver<T>,
    /// A byte for each of them; closed at the end.
    bell: PipeReader,
}

impl<T: Send + 'static> Feed<T> {
    /// Has a thread with this name wait for each of them.
    pub(super) fn start(name: &str, source: impl Iterator<Item = T> + Send + 'static) -> io::Result<Self> {
        let (bell, mut ringer) = io::pipe()?;
        rustix::io::ioctl_fionbio(&bell, true)?;
        let (sender, things): (SyncSender<T>, _) = sync_channel(QUEUE);
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            let _ = leave_job_control_to_others();
            for thing in source {
                if sender.send(thing).is_err() || ringer.write_all(&[0]).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { things, bell })
    }
}

impl<T> Background for Feed<T> {
    type Event = Option<T>;

    fn wait_for<'fd>(&'fd mut self, waiter: &mut Waiter<'fd>) {
        waiter.read(self.bell.as_fd());
    }

    fn deadline(&mut self) -> Option<Instant> {
        None
    }

    fn poll(&mut self, _stack: &mut Stack, _now: Instant) -> Option<Self::Event> {
        match self.bell.read(&mut [0]) {
            Ok(0) => Some(None),
            Ok(_) => self.things.try_recv().ok().map(Some),
            Err(_) => None,
        }
    }

    fn is_over(&mut self) -> bool {
        false
    }
}
