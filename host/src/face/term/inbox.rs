//! Whatever the face has to react to, in one queue.

use std::io;
use std::os::fd::AsFd;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use p2pm_posix::signals::{Resizing, Signals};
use ratatui::crossterm::event::{self, Event};

use super::app::{Question, Seen, Wanted};
use super::graphics::Means;
use crate::doctor::Finding;
use crate::face::shown::Shown;
use crate::node::{Answer, Numbered};
use crate::wait::Waiter;

/// What waits to be reacted to. Whoever has more to say waits.
const QUEUE: usize = 256;

/// Something to react to.
pub(super) enum Happened {
    /// A key, a click, or text that was pasted.
    Input(Event),
    /// The terminal has another size.
    Resized,
    News(Numbered),
    /// The node has ended.
    NodeEnded,
    /// The node has answered.
    Answered(Question, Answer),
    Examined(Vec<Finding>),
    /// A picture was read.
    Seen(Seen),
    /// A signal asks the program to end.
    Interrupted,
    /// The terminal cannot be read any more.
    TerminalGone(io::Error),
}

pub(super) struct Inbox {
    sender: SyncSender<Happened>,
    receiver: Receiver<Happened>,
    /// What nodes are still to be asked: no more than somebody types.
    questions: Sender<(Shown, Question)>,
    /// The same of files, which may take long: no text waits for them.
    file_questions: Sender<(Shown, Question)>,
    /// What pictures are still to be read.
    wanted: Sender<(Wanted, Means)>,
}

impl Inbox {
    /// Listens to the terminal and to signals.
    pub(super) fn start(signals: Signals, resizing: Resizing) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(QUEUE);
        // Reads what is typed already. As long as the terminal is not raw, Enter comes as the line feed that is Ctrl-J later.
        event::poll(Duration::ZERO)?;
        spawn("keys", sender.clone(), |sender| {
            loop {
                let (happened, is_last) = match event::read() {
                    Ok(event) => (Happened::Input(event), false),
                    Err(error) => (Happened::TerminalGone(error), true),
                };
                if sender.send(happened).is_err() || is_last {
                    return;
                }
            }
        })?;
        spawn("signals", sender.clone(), move |sender| {
            while let Ok(happened) = next_signal(&signals, &resizing) {
                let is_last = matches!(happened, Happened::Interrupted);
                if sender.send(happened).is_err() || is_last {
                    return;
                }
            }
        })?;
        let (questions, file_questions) = (answering(&sender)?, answering(&sender)?);
        let (wanted, to_read) = channel::<(Wanted, Means)>();
        spawn("pictures", sender.clone(), move |sender| {
            for (wanted, means) in to_read {
                if sender.send(Happened::Seen(wanted.read(means))).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { sender, receiver, questions, file_questions, wanted })
    }

    /// Listens to a node.
    pub(super) fn listen(&self, node: &Shown) -> io::Result<()> {
        let news = node.follow()?;
        spawn("news", self.sender.clone(), move |sender| {
            for numbered in news {
                if sender.send(Happened::News(numbered)).is_err() {
                    return;
                }
            }
            let _ = sender.send(Happened::NodeEnded);
        })
    }

    /// Asks a node in the background, after what it was asked before of the same kind; its answer then happens.
    pub(super) fn ask(&self, node: &Shown, question: Question) {
        let questions = if question.is_of_disk() { &self.file_questions } else { &self.questions };
        // Whoever takes them is there as long as this is.
        let _ = questions.send((node.clone(), question));
    }

    /// Reads a picture in the background, after those before it; what is seen then happens.
    pub(super) fn read(&self, wanted: Wanted, means: Means) {
        let _ = self.wanted.send((wanted, means));
    }

    /// Finds something out in the background, which then happens.
    pub(super) fn find_out(&self, find: impl FnOnce() -> Vec<Finding> + Send + 'static) -> io::Result<()> {
        spawn("doctor", self.sender.clone(), move |sender| {
            let _ = sender.send(Happened::Examined(find()));
        })
    }

    /// Waits for the next that happens; `None` if nothing can any more.
    pub(super) fn next(&self) -> Option<Happened> {
        self.receiver.recv().ok()
    }

    /// Waits for the next that happens before this moment.
    pub(super) fn next_before(&self, moment: Instant) -> Option<Happened> {
        let left = moment.checked_duration_since(Instant::now())?;
        self.receiver.recv_timeout(left).ok()
    }
}

fn next_signal(signals: &Signals, resizing: &Resizing) -> io::Result<Happened> {
    let mut waiter = Waiter::new();
    let asked = waiter.read(signals.as_fd());
    waiter.read(resizing.as_fd());
    if waiter.wait(None)?.contains(asked) {
        return Ok(Happened::Interrupted);
    }
    resizing.take();
    Ok(Happened::Resized)
}

/// Starts to ask, one question after the other.
fn answering(sender: &SyncSender<Happened>) -> io::Result<Sender<(Shown, Question)>> {
    let (questions, asked) = channel::<(Shown, Question)>();
    spawn("questions", sender.clone(), move |sender| {
        for (node, question) in asked {
            let answer = question.put_to(&node);
            if sender.send(Happened::Answered(question, answer)).is_err() {
                return;
            }
        }
    })?;
    Ok(questions)
}

fn spawn(
    name: &str,
    sender: SyncSender<Happened>,
    work: impl FnOnce(SyncSender<Happened>) + Send + 'static,
) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).spawn(move || work(sender)).map(drop)
}
