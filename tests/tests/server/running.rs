//! A server in a thread of the test.

use std::io::{PipeWriter, pipe};
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::{io, thread};

use p2pm_core::suite::{Password, Xor};
use p2pm_host::community::{Config, Notice, Server};

use crate::peer::{DEADLINE, PASSWORD};

/// A real server on a port of 127.0.0.1, stopped on drop.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    notices: Receiver<String>,
    /// Its events so far, one line each.
    log: Vec<String>,
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Running {
    pub(crate) fn start(users: usize) -> Self {
        let (sender, notices) = channel();
        let password = Password::new(PASSWORD).unwrap();
        let config = Config { listen: vec!["127.0.0.1:0".parse().unwrap()], users, password };
        let observer = move |notice: &Notice| {
            // While it is dropped, the test no longer receives.
            let _ = sender.send(notice.to_string());
        };
        let server = Server::<Xor>::bind(config, Box::new(observer)).unwrap();
        let address = server.local_addr().unwrap();
        let (reader, stop) = pipe().unwrap();
        let thread = thread::spawn(move || server.run(reader.as_fd()));
        Self { address, notices, log: Vec::new(), stop: Some(stop), thread: Some(thread) }
    }

    /// Waits until the server reports this line.
    #[track_caller]
    pub(crate) fn expect(&mut self, line: &str) {
        while !self.has_told(line) {
            match self.notices.recv_timeout(DEADLINE) {
                Ok(notice) => self.log.push(notice),
                Err(e) => panic!("{line:?} was not told, but {:?}: {e}", self.log),
            }
        }
    }

    /// Whether the server has reported this before the line expected last.
    pub(crate) fn has_told(&self, line: &str) -> bool {
        self.log.iter().any(|logged| logged == line)
    }

    /// Stops it, and waits for its end.
    pub(crate) fn stop(&mut self) -> io::Result<()> {
        // The end of the pipe is an event too.
        drop(self.stop.take());
        self.thread.take().map_or(Ok(()), |thread| thread.join().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let result = self.stop();
        if !thread::panicking() {
            result.unwrap();
        }
    }
}
