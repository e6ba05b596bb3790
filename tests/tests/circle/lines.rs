//! The face with lines, of a node that runs elsewhere.

use std::fs::DirBuilder;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use p2pm_tests::piped::Piped;

use crate::cast::{Node, folder};

/// Leads one connection to a control socket. A request to send something waits until it is let go.
fn relay(face: UnixStream, control: &Path, held: &Mutex<Receiver<()>>) -> io::Result<()> {
    let (mut answers, mut face) = (face.try_clone()?, BufReader::new(face));
    let mut request = String::new();
    face.read_line(&mut request)?;
    if request.contains("send_file") {
        held.lock().expect("nobody panics").recv().expect("it is let go");
    }
    let mut node = UnixStream::connect(control)?;
    node.write_all(request.as_bytes())?;
    let mut from_node = node.try_clone()?;
    thread::spawn(move || io::copy(&mut from_node, &mut answers));
    io::copy(&mut face, &mut node).map(drop)
}

/// A control socket in a folder for those of a user, which leads to another one.
fn lead(to: PathBuf, runtime: &Path, held: Receiver<()>) {
    let dir = runtime.join("p2pm");
    DirBuilder::new().recursive(true).mode(0o700).create(&dir).expect("room");
    let listener = UnixListener::bind(dir.join("default.sock")).expect("a socket");
    let held = Arc::new(Mutex::new(held));
    thread::spawn(move || {
        for face in listener.incoming().map_while(Result::ok) {
            let (to, held) = (to.clone(), Arc::clone(&held));
            thread::spawn(move || relay(face, &to, &held));
        }
    });
}

#[test]
fn while_what_is_to_be_sent_is_looked_at_the_face_goes_on() {
    let node = Node::start("katie", None, &["--port", "0"]);
    let (runtime, (let_go, held)) = (folder(&node, "runtime"), channel());
    lead(node.machine().control_socket("default"), &runtime, held);
    let mut command = node.command(&[]);
    command.env("XDG_RUNTIME_DIR", &runtime);
    let mut face = Piped::start(command);
    face.read_to("/help shows");
    let mut input = face.input.take().expect("a pipe");
    input.write_all(b"/send /etc/hosts\n/help\n").expect("it reads");
    face.read_to("/to NAME");
    // A script may have nothing more to say; what it has asked for is done.
    drop(input);
    let_go.send(()).expect("it waits");
    face.read_to("there is nobody to say it to");
    assert!(face.wait().success());
}
