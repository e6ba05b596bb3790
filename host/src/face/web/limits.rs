//! Limits of the page's server.

use std::time::Duration;

/// Port of the page unless another one is chosen, or it is taken: a browser keeps what the user has allowed by port.
pub(super) const PORT: u16 = 7778;
/// Most connections at a time. Whoever comes then waits in the system's queue, or is turned away by it.
pub(super) const SOCKETS: usize = 128;
/// Open files of the server: its connections, and for each a file, a stream of news over the control socket, or a table of the
/// system's in which its owner is looked for.
pub(super) const FILES: usize = 2 * SOCKETS;
/// Longest head of a request, in bytes.
pub(super) const HEAD_MAX: usize = 16 * 1024;
/// Most header fields of a request.
pub(super) const HEADERS_MAX: usize = 64;
/// Time for the head of a request, and until the next one comes.
pub(super) const HEAD_TIME: Duration = Duration::from_secs(10);
/// Longest body of a request that is no file, in bytes: a text of 16 KiB of which every byte is escaped, and what is around it.
pub(super) const BODY_MAX: usize = 6 * 16 * 1024 + 1024;
/// Time for such a body.
pub(super) const BODY_TIME: Duration = Duration::from_secs(20);
/// Longest time in which nothing of a file comes.
pub(super) const STALL_TIME: Duration = Duration::from_mins(1);
/// Files that come from browsers at a time.
pub(super) const UPLOADS: usize = 4;
/// Time in which the rest of a file that is refused may come: a browser reads no answer before it has sent all.
pub(super) const DRAIN_TIME: Duration = Duration::from_secs(5);
/// Space on the disk that a file from a browser leaves free, in bytes.
pub(super) const FREE_MIN: u64 = 256 << 20;
/// Files that go to browsers at a time, and pictures.
pub(super) const DOWNLOADS: usize = 16;
/// Bytes of a file that are read at once.
pub(super) const CHUNK: usize = 64 * 1024;
/// Streams of news at a time: a browser has one for all of its tabs.
pub(super) const STREAMS: usize = 16;
/// Time between two looks whether any page of a window of its own is still open.
pub(super) const LOOK_INTERVAL: Duration = Duration::from_secs(30);
/// Looks in turn that find none until it is over: a browser lets a page that is hidden ask once a minute.
pub(super) const LOOKS: u32 = 4;
/// What waits to be written to such a stream, or of a file.
pub(super) const QUEUE: usize = 16;
/// Wrong tokens that are looked at, at a time.
pub(super) const TRIES: usize = 4;
/// How long each of them takes.
pub(super) const TRY_TIME: Duration = Duration::from_secs(1);
/// Stored files whose places are known, the latest ones.
pub(super) const STORED_MAX: usize = 10_000;
/// Threads that ask the node and the disk.
pub(super) const THREADS: usize = 64;
/// Most pixels of a picture that a browser is given.
pub(super) const PIXELS_MAX: u64 = 40_000_000;
