//! The node's side of the control socket: a thread for each client, so that a slow one delays nobody.

use std::fs;
use std::io::{self, BufReader, ErrorKind};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::line::{self, Malformed};
use super::{REQUEST_MAX, about, path};
use crate::node::{Answer, Ask, ErrorKind as AnswerKind, Handle, Numbered};
use crate::reactor::socket::{ErrorClass, PAUSE};
use p2pm_posix::signals::leave_job_control_to_others;

/// Most clients at a time.
const CLIENTS: usize = 32;

/// A control socket. It is removed on drop.
#[derive(Debug)]
pub struct Server {
    path: PathBuf,
}

impl Server {
    /// Most files that it has open: the socket of each client, once to read and once to write.
    pub(crate) const FILES: usize = 2 * CLIENTS;

    /// Listens for clients of the node of this profile, in threads. Fails with [`ErrorKind::AddrInUse`] if a node of the
    /// profile is running already.
    pub fn start(profile: &str, handle: Handle) -> io::Result<Self> {
        let path = path(profile)?;
        let listener = bind(&path).map_err(about(&path))?;
        spawn("control", move || accept_all(&listener, &handle))?;
        Ok(Self { path })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Whoever finds it nevertheless is told that nobody is there.
        let _ = fs::remove_file(&self.path);
    }
}

/// Binds the socket. One that nobody listens on is left behind by a node that was killed.
fn bind(path: &PathBuf) -> io::Result<UnixListener> {
    match UnixListener::bind(path) {
        Err(e) if e.kind() == ErrorKind::AddrInUse => {}
        result => return result,
    }
    match UnixStream::connect(path) {
        Ok(_) => Err(io::Error::new(ErrorKind::AddrInUse, "a node of this profile is running already")),
        Err(e) if e.kind() == ErrorKind::ConnectionRefused => {
            fs::remove_file(path)?;
            UnixListener::bind(path)
        }
        Err(e) => Err(e),
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.into()).spawn(move || {
        // Those of the program's main thread, which waits for them.
        let _ = leave_job_control_to_others();
        work();
    })?;
    Ok(())
}

fn accept_all(listener: &UnixListener, handle: &Handle) {
    let clients = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        let stream = match stream {
            Ok(stream) => stream,
            Err(error) => {
                if ErrorClass::of(&error) == ErrorClass::System {
                    // It would say the same again at once.
                    thread::sleep(PAUSE);
                }
                continue;
            }
        };
        if clients.load(Ordering::Relaxed) >= CLIENTS {
            let _ = line::write(&mut &stream, &Answer::error(AnswerKind::Unavailable, "too many clients"));
            continue;
        }
        clients.fetch_add(1, Ordering::Relaxed);
        let (handle, counted) = (handle.clone(), Arc::clone(&clients));
        let serving = move || {
            // An error ends this client alone.
            let _ = serve(stream, &handle);
            counted.fetch_sub(1, Ordering::Relaxed);
        };
        if spawn("control client", serving).is_err() {
            clients.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

fn serve(stream: UnixStream, handle: &Handle) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let result = answer_all(&mut reader, handle);
    // The thread that tells the news may be writing to it.
    let _ = reader.get_ref().shutdown(Shutdown::Both);
    result
}

fn answer_all(reader: &mut BufReader<UnixStream>, handle: &Handle) -> io::Result<()> {
    let writer = Arc::new(Mutex::new(reader.get_ref().try_clone()?));
    let mut subscription = None;
    while let Some(text) = line::read(reader, REQUEST_MAX)? {
        let answer = match line::parse(&text) {
            Ok(Ask::Listen { .. }) if subscription.is_some() => {
                Answer::error(AnswerKind::Usage, "this client listens already")
            }
            Ok(Ask::Listen { since }) => {
                let (news, kept) = handle.subscribe(since);
                subscription = Some(kept);
                // Ahead of the first news.
                say(&writer, &Answer::Done)?;
                tell(news, Arc::clone(&writer))?;
                continue;
            }
            Ok(Ask::Stop {}) => {
                // First, since the program may be over before there is another answer.
                let said = say(&writer, &Answer::Done);
                handle.ask(Ask::Stop {});
                said?;
                continue;
            }
            Ok(ask) => handle.ask(ask),
            Err(Malformed(text)) => Answer::error(AnswerKind::Usage, text),
        };
        say(&writer, &answer)?;
    }
    Ok(())
}

/// Tells the news in a thread, until the client or the node is gone.
fn tell(news: Receiver<Numbered>, writer: Arc<Mutex<UnixStream>>) -> io::Result<()> {
    spawn("control news", move || {
        for numbered in news {
            if say(&writer, &numbered).is_err() {
                break;
            }
        }
    })
}

/// Lines of answers and of news do not mix.
fn say(writer: &Mutex<UnixStream>, value: &impl serde::Serialize) -> io::Result<()> {
    line::write(&mut *writer.lock().unwrap_or_else(PoisonError::into_inner), value)
}
