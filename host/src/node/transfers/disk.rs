//! What is looked at and done in the folders for what is received, in threads of its own. Whatever a folder is asked for is done in
//! order; one that hangs delays only what is for itself.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::super::reports::{Happened, Reports};
use super::errand::{Done, Errand};
use crate::transfer::disk::Inbox;

/// Most threads: once so many folders hang, others have to wait.
const THREADS_MAX: usize = 8;
/// Errands for one folder that wait until there are no more of those that others can cause.
const ERRANDS_MAX: usize = 64;
/// Folders with errands, from which on there are none for another one of those that others can cause.
const FOLDERS_MAX: usize = 64;

/// The folders, and the threads.
pub(super) struct Disk {
    /// Those with errands. Whoever was served last comes last.
    folders: Vec<Folder>,
    threads: Threads,
    swept: Swept,
}

/// A folder with something to do in it.
struct Folder {
    path: PathBuf,
    waiting: VecDeque<Errand>,
    /// Whether a thread is at work in it.
    is_served: bool,
}

/// The threads, as many as were ever needed at a time.
struct Threads {
    errands: Sender<(PathBuf, Errand)>,
    /// Where they take them from.
    queue: Arc<Mutex<Receiver<(PathBuf, Errand)>>>,
    reports: Reports,
    count: usize,
    /// Those that have nothing to do.
    idle: usize,
}

/// The folders out of which what earlier runs have left behind was removed in this one.
#[derive(Default)]
struct Swept(Vec<PathBuf>);

impl Disk {
    /// Starts the first thread, and removes from an inbox what earlier runs have left behind; from any other folder, once
    /// something is taken into it.
    pub(super) fn start(inbox: Option<&Path>, reports: Reports) -> io::Result<Self> {
        let mut disk =
            Self { folders: Vec::new(), threads: Threads::start(reports)?, swept: Swept::default() };
        if let Some(inbox) = inbox {
            disk.sweep(inbox);
        }
        Ok(disk)
    }

    /// Has something done in a folder, after what it was asked for before.
    pub(super) fn run(&mut self, path: &Path, errand: Errand) {
        match self.folders.iter_mut().find(|folder| folder.path == path) {
            Some(folder) => folder.waiting.push_back(errand),
            None => self.folders.push(Folder {
                path: path.to_owned(),
                waiting: [errand].into(),
                is_served: false,
            }),
        }
        self.hand_out();
    }

    /// Something was done in a folder.
    pub(super) fn has_done_one(&mut self, path: &Path) {
        self.threads.idle += 1;
        if let Some(index) = self.folders.iter().position(|folder| folder.path == path) {
            let mut folder = self.folders.remove(index);
            folder.is_served = false;
            if !folder.waiting.is_empty() {
                self.folders.push(folder);
            }
        }
        self.hand_out();
    }

    /// Hands out what waits for folders that no thread is at work in, as long as there are threads.
    fn hand_out(&mut self) {
        for folder in self.folders.iter_mut().filter(|folder| !folder.is_served) {
            if !self.threads.has_idle() {
                return;
            }
            if let Some(errand) = folder.waiting.pop_front() {
                self.threads.run(&folder.path, errand);
                folder.is_served = true;
            }
        }
    }

    /// Whether so much is to be done in a folder that others must not cause more.
    pub(super) fn is_busy(&self, path: &Path) -> bool {
        match self.folders.iter().find(|folder| folder.path == path) {
            Some(folder) => folder.waiting.len() + usize::from(folder.is_served) >= ERRANDS_MAX,
            None => self.folders.len() >= FOLDERS_MAX,
        }
    }

    /// Removes from a folder what earlier runs have left behind, once.
    pub(super) fn sweep(&mut self, folder: &Path) {
        self.swept.sweep(folder, &self.threads.reports);
    }
}

impl Threads {
    fn start(reports: Reports) -> io::Result<Self> {
        let (errands, queue) = channel();
        let mut threads = Self { errands, queue: Arc::new(Mutex::new(queue)), reports, count: 0, idle: 0 };
        threads.add()?;
        Ok(threads)
    }

    fn add(&mut self) -> io::Result<()> {
        let (queue, reports) = (Arc::clone(&self.queue), self.reports.clone());
        let next = move || queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        thread::Builder::new().name("disk".into()).spawn(move || {
            while let Ok((folder, errand)) = next() {
                let outcome = errand.run(&folder);
                reports.push(Happened::Done(Done { folder, outcome }));
            }
        })?;
        self.count += 1;
        self.idle += 1;
        Ok(())
    }

    /// Whether there is one that has nothing to do: there is no other one to be had where the system has no room for it.
    fn has_idle(&mut self) -> bool {
        self.idle > 0 || self.count < THREADS_MAX && self.add().is_ok()
    }

    fn run(&mut self, folder: &Path, errand: Errand) {
        // They are there as long as this is.
        if self.errands.send((folder.to_owned(), errand)).is_ok() {
            self.idle -= 1;
        }
    }
}

impl Swept {
    /// Removes from a folder what earlier runs have left behind, once, and reports what they have not told: in a thread of its
    /// own, since it may take long.
    fn sweep(&mut self, folder: &Path, reports: &Reports) -> Option<JoinHandle<()>> {
        if self.0.iter().any(|swept| swept == folder) {
            return None;
        }
        self.0.push(folder.to_owned());
        let (folder, reports) = (folder.to_owned(), reports.clone());
        thread::Builder::new().name("sweep".into()).spawn(move || sweep(&folder, &reports)).ok()
    }
}

fn sweep(inbox: &Path, reports: &Reports) {
    if inbox.exists()
        && let Ok(inbox) = Inbox::open(inbox)
        // What cannot be removed now, may be the next time.
        && let Ok(untold) = inbox.sweep()
    {
        for it in untold {
            reports.push(Happened::Untold(Box::new(it)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, DirBuilder, File};
    use std::os::unix::fs::DirBuilderExt;
    use std::time::{Duration, SystemTime};

    use p2pm_core::limits::KEY_LEN;
    use p2pm_core::node::KeptGoods;
    use p2pm_core::wire::{PublicKey, TransferId};
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use tempfile::TempDir;

    use super::super::super::Request;
    use super::super::errand::Outcome;
    use super::*;
    use crate::reactor::commands::commands;
    use crate::reactor::{Reactor, Source};
    use crate::transfer::Cargo;
    use crate::transfer::disk::{Already, Offered, Origin};

    fn reports() -> Reports {
        let reactor = Reactor::<()>::new(1).unwrap();
        Reports::new(commands::<Request, ()>(&reactor, Source(0), 1).unwrap().0)
    }

    /// Takes something into a folder, and returns the place for it once the folder is swept.
    fn take(swept: &mut Swept, dir: &Path, id: u8) -> PathBuf {
        let file = dir.join("a");
        fs::write(&file, "text").unwrap();
        let goods = Box::new(KeptGoods::from(&Offered::prepare(&file).unwrap().goods()));
        let origin = Origin { sender: PublicKey([1; KEY_LEN]), id: TransferId([id; 8]) };
        let into = dir.join("into");
        let cargo = Cargo::Received { into: into.clone(), origin, goods, begun: None, refused: None };
        let before = places(&into);
        assert_eq!(cargo.reserve().unwrap(), Already::Begun);
        let added = places(&into).into_iter().find(|place| !before.contains(place)).unwrap();
        if let Some(sweep) = swept.sweep(&into, &reports()) {
            sweep.join().unwrap();
        }
        added
    }

    fn places(into: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(into.join(".p2pm-unfinished")).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    #[test]
    fn what_earlier_runs_have_left_behind_goes_from_wherever_something_is_taken() {
        let dir = TempDir::new().unwrap();
        let age = |place: &Path| {
            let lock = File::options().write(true).open(place.join("lock")).unwrap();
            lock.set_modified(SystemTime::now() - Duration::from_hours(31 * 24)).unwrap();
        };
        let old = take(&mut Swept::default(), dir.path(), 1);
        age(&old);
        let mut swept = Swept::default();
        let new = take(&mut swept, dir.path(), 2);
        assert!(!old.exists() && new.exists());
        age(&new);
        take(&mut swept, dir.path(), 3);
        assert!(new.exists(), "once in a run");
    }

    /// A folder that hangs: nobody writes to what is read in it first, which is a pipe.
    struct Hanging(PathBuf);

    impl Hanging {
        fn new(folder: &Path) -> Self {
            let unfinished = folder.join(".p2pm-unfinished");
            DirBuilder::new().recursive(true).mode(0o700).create(&unfinished).unwrap();
            let whole = unfinished.join("whole");
            mknodat(CWD, &whole, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
            Self(whole)
        }

        /// It hangs no more.
        fn answer(&self) {
            // Whoever waits for a writer has one, as long as this is open.
            let _writer = File::options().read(true).write(true).open(&self.0).unwrap();
            fs::remove_file(&self.0).unwrap();
        }
    }

    /// Has one more errand done, and returns the folder and whether it was to measure something there.
    fn await_one(disk: &mut Disk, reports: &Reports, done: &mut VecDeque<Done>) -> (PathBuf, bool) {
        let Done { folder, outcome } = loop {
            done.extend(reports.take().into_iter().map(|happened| match happened {
                Happened::Done(done) => done,
                _ => unreachable!("nothing else is asked for"),
            }));
            match done.pop_front() {
                Some(done) => break done,
                None => thread::yield_now(),
            }
        };
        disk.has_done_one(&folder);
        (folder, matches!(outcome, Outcome::Measured(_)))
    }

    #[test]
    fn a_folder_that_hangs_has_a_thread_and_others_have_theirs() {
        let reports = reports();
        let mut disk = Disk::start(None, reports.clone()).unwrap();
        let dir = TempDir::new().unwrap();
        let path = |number: usize| dir.path().join(number.to_string());
        let hanging: Vec<_> = (0..THREADS_MAX).map(|number| Hanging::new(&path(number))).collect();
        let file = dir.path().join("a");
        fs::write(&file, "text").unwrap();
        let goods = Box::new(KeptGoods::from(&Offered::prepare(&file).unwrap().goods()));
        let origin = Origin { sender: PublicKey([1; KEY_LEN]), id: TransferId([1; 8]) };
        let look = || Errand::Look { file: 1, origin, goods: goods.clone() };
        let mut done = VecDeque::new();
        for number in 1..THREADS_MAX {
            disk.run(&path(number), look());
            disk.run(&path(number), Errand::Measure(Vec::new()));
        }
        // Whatever hangs, there is one left.
        let other = path(THREADS_MAX);
        disk.run(&other, Errand::Measure(Vec::new()));
        assert_eq!(await_one(&mut disk, &reports, &mut done), (other.clone(), true));
        // Then there is not.
        disk.run(&path(0), look());
        disk.run(&other, Errand::Measure(Vec::new()));
        assert_eq!((disk.threads.count, disk.threads.idle), (THREADS_MAX, 0));
        hanging[3].answer();
        assert_eq!(await_one(&mut disk, &reports, &mut done), (path(3), false), "in order");
        let mut next = [(); 2].map(|()| await_one(&mut disk, &reports, &mut done));
        next.sort();
        assert_eq!(next, [(path(3), true), (other, true)]);
        for it in hanging.iter().filter(|it| it.0.exists()) {
            it.answer();
        }
        while !disk.folders.is_empty() {
            await_one(&mut disk, &reports, &mut done);
        }
        assert_eq!((disk.threads.count, disk.threads.idle), (THREADS_MAX, THREADS_MAX));
    }
}
