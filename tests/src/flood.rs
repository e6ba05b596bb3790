//! Flood of connections that never authenticate.

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

/// Upper bound on the connections of a flood.
const MOST: usize = 1_000_000;
/// Connections held at a time: more than may be half open.
const HELD: usize = 2 * HALF_OPEN_MAX;
/// Time limit for each operation of a connection.
const PATIENCE: Duration = Duration::from_millis(100);

/// A flood, which stops on drop.
pub struct Flood {
    go_on: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    connections: Arc<AtomicUsize>,
}

impl Flood {
    /// Starts a flood from one address to another, with a pause after each connection. Some send nothing,
    /// some half a Hello, some all of it. Evicted connections are replaced.
    pub fn start(from: Ipv4Addr, to: SocketAddr, pause: Duration, hello: Frame) -> Self {
        let (go_on, over) = channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        let thread = thread::spawn(move || flood(from, to, pause, &hello, &over, &count));
        Self { go_on: Some(go_on), thread: Some(thread), connections }
    }

    /// Number of connections so far.
    ///
    /// # Panics
    ///
    /// If the flood has ended.
    pub fn connections(&self) -> usize {
        assert!(!self.thread.as_ref().is_none_or(JoinHandle::is_finished), "the flood is over");
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        drop(self.go_on.take());
        // Its panic has been reported.
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
            // Evicted or not, its time is up.
            _ = TcpStream::read_to_end(&mut oldest, &mut Vec::new());
        }
        // A full backlog drops the connection, and writing to an evicted one fails.
        if let Ok(mut stream) = connect(from, to) {
            _ = stream.write(&hello[..said]);
            held.push_back(stream);
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A connection that is reset on drop, so that its port is free at once.
fn connect(from: Ipv4Addr, to: SocketAddr) -> io::Result<TcpStream> {
    let stream = connect_from(from, to, PATIENCE)?;
    SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}
