//! Connections that never prove a password, one after the other.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use p2pm_core::limits::{FRAME_LEN, HALF_OPEN_MAX};
use p2pm_core::wire::Frame;
use socket2::SockRef;

use crate::loopback::connect_from;

/// Whatever happens, there are no more.
const MOST: usize = 1_000_000;
/// How many are there at a time: more than may be half open.
const HELD: usize = 2 * HALF_OPEN_MAX;
/// How long one of them waits for anything.
const PATIENCE: Duration = Duration::from_millis(100);

/// A flood, which ends when this is dropped.
pub struct Flood {
    go_on: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    connections: Arc<AtomicUsize>,
}

impl Flood {
    /// Connections from one address to another, with a pause after each of them. Some say nothing, some half a
    /// Hello, some all of it. As soon as they are pushed out, others follow.
    pub fn start(from: Ipv4Addr, to: SocketAddr, pause: Duration, hello: Frame) -> Self {
        let (go_on, over) = channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        let thread = thread::spawn(move || flood(from, to, pause, &hello, &over, &count));
        Self { go_on: Some(go_on), thread: Some(thread), connections }
    }

    /// How many connections it has been so far.
    ///
    /// # Panics
    /// If there will be no more.
    pub fn connections(&self) -> usize {
        assert!(!self.thread.as_ref().is_none_or(JoinHandle::is_finished), "the flood is over");
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        drop(self.go_on.take());
        // Whatever it panicked for has been told.
        _ = self.thread.take().map(JoinHandle::join);
    }
}

fn flood(
    from: Ipv4Addr,
    to: SocketAddr,
    pause: Duration,
    hello: &Frame,
    over: &Receiver<()>,
    count: &AtomicUsize,
) {
    let mut held = VecDeque::with_capacity(HELD);
    for said in [0, FRAME_LEN / 2, FRAME_LEN].into_iter().cycle().take(MOST) {
        if over.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        if held.len() == HELD
            && let Some(mut oldest) = held.pop_front()
        {
            // Whichever way it ends, and if it does not, it had its time.
            _ = TcpStream::read_to_end(&mut oldest, &mut Vec::new());
        }
        // A queue that is full drops who comes, and who is out already is not heard.
        if let Ok(mut stream) = connect(from, to) {
            _ = stream.write(&hello[..said]);
            held.push_back(stream);
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A connection that leaves nothing behind when it is dropped, not even the memory of its port.
fn connect(from: Ipv4Addr, to: SocketAddr) -> io::Result<TcpStream> {
    let stream = connect_from(from, to, PATIENCE)?;
    SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}
