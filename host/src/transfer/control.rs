//! What others see of the thread of a transfer, and ask of it.

use std::io::{self, PipeReader, PipeWriter, Write, pipe};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// What others see of a worker, and ask of it.
#[derive(Debug)]
pub struct Control {
    position: AtomicU64,
    asked: AtomicU8,
    woken: PipeReader,
    waker: PipeWriter,
}

/// What is asked of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To end the connection, and to go on over another one later.
    Pause = 1,
    /// To end it for good.
    Cancel = 2,
    /// To drop it: the other end has done so.
    Drop = 3,
}

impl Control {
    pub(super) fn new() -> io::Result<Self> {
        let (woken, waker) = pipe()?;
        Ok(Self { position: AtomicU64::new(0), asked: AtomicU8::new(0), woken, waker })
    }

    /// Bytes of the stream that have crossed, those of earlier connections included.
    pub fn position(&self) -> u64 {
        self.position.load(Ordering::Relaxed)
    }

    /// Asks the worker for something. What was asked first holds.
    pub fn ask(&self, wish: Wish) {
        let first = self.asked.compare_exchange(0, wish as u8, Ordering::Relaxed, Ordering::Relaxed);
        if first.is_ok() {
            // There is room for one byte.
            let _ = (&self.waker).write(&[0]);
        }
    }

    pub(super) fn asked(&self) -> Option<Wish> {
        [Wish::Pause, Wish::Cancel, Wish::Drop]
            .into_iter()
            .find(|wish| *wish as u8 == self.asked.load(Ordering::Relaxed))
    }

    pub(super) fn moved_to(&self, position: u64) {
        self.position.store(position, Ordering::Relaxed);
    }

    /// Is readable once something is asked; `None` then, since it stays so.
    pub(super) fn woken(&self) -> Option<BorrowedFd<'_>> {
        self.asked().is_none().then(|| self.woken.as_fd())
    }
}
