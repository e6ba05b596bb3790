//! Files that are offered to the user, and those on their way.

use std::time::{Duration, Instant};

use p2pm_core::wire::sanitise;

use super::heard::note_of;
use super::{App, Content, With};
use crate::face::show;
use crate::node::{FileInfo, FileKnown, FileState, News};

/// Time between two measurements of a speed, at least.
const MEASURE_INTERVAL: Duration = Duration::from_millis(200);
/// Measurements that an average speed is of, about.
const MEASUREMENTS: u64 = 4;

/// A file that is offered to the user, or on its way.
#[derive(Debug)]
pub(in crate::face::term) struct File {
    pub(in crate::face::term) info: FileInfo,
    pub(in crate::face::term) state: FileState,
    pace: Pace,
}

impl File {
    /// Whether the user is to decide on it.
    fn is_offered(&self) -> bool {
        !self.info.ours && self.state.is_offered()
    }

    /// Bytes in a second, as far as that is known.
    pub(in crate::face::term) fn speed(&self) -> Option<u64> {
        self.pace.speed
    }

    /// Time until it is whole at this speed, if it moves.
    pub(in crate::face::term) fn time_left(&self) -> Option<Duration> {
        let FileState::Moving { done } = self.state else { return None };
        let left = self.info.size.saturating_sub(done);
        left.checked_div(self.speed()?).map(Duration::from_secs)
    }
}

/// How fast a file crosses.
#[derive(Debug, Default)]
struct Pace {
    /// When how many bytes had crossed.
    last: Option<(Instant, u64)>,
    /// Bytes in a second: a moving average.
    speed: Option<u64>,
}

impl Pace {
    /// So many bytes have crossed now.
    fn measure(&mut self, now: Instant, done: u64) {
        let Some((then, before)) = self.last else {
            self.last = Some((now, done));
            return;
        };
        let passed = now.saturating_duration_since(then);
        if passed < MEASURE_INTERVAL {
            return;
        }
        let bytes = u128::from(done.saturating_sub(before));
        let speed = u64::try_from(bytes * 1000 / passed.as_millis()).unwrap_or(u64::MAX);
        let average = |before: u64| before - before / MEASUREMENTS + speed / MEASUREMENTS;
        self.speed = Some(self.speed.map_or(speed, average));
        self.last = Some((now, done));
    }
}

/// What is known of files.
#[derive(Debug, Default)]
pub(super) struct Files {
    known: Vec<File>,
}

impl Files {
    /// What was known of a file last.
    fn state_of(&self, file: u32) -> Option<&FileState> {
        self.known.iter().find(|known| known.info.file == file).map(|known| &known.state)
    }

    /// Something has happened to a file.
    fn learn(&mut self, now: Instant, info: &FileInfo, state: &FileState) {
        let index = self.known.iter().position(|file| file.info.file == info.file);
        if matches!(state, FileState::Stored { .. } | FileState::Ended { .. }) {
            if let Some(index) = index {
                self.known.remove(index);
            }
            return;
        }
        let index = index.unwrap_or_else(|| {
            self.known.push(File { info: info.clone(), state: state.clone(), pace: Pace::default() });
            self.known.len() - 1
        });
        let file = &mut self.known[index];
        file.state = state.clone();
        match state {
            FileState::Moving { done } => file.pace.measure(now, *done),
            // When it goes on, it is with another speed.
            _ => file.pace = Pace::default(),
        }
    }

    /// These there are, and no others.
    fn set(&mut self, now: Instant, files: &[FileKnown]) {
        self.known.retain(|known| files.iter().any(|file| file.info.file == known.info.file));
        for file in files {
            self.learn(now, &file.info, &file.state);
        }
    }
}

impl App {
    /// Something has happened to a file.
    pub(super) fn hear_of_file(&mut self, file: &FileInfo, state: &FileState) {
        let before = self.files.state_of(file.file).cloned();
        self.files.learn(Instant::now(), file, state);
        let is_offered = state.is_offered() && !file.ours;
        match (state, before) {
            (FileState::Accepted, None | Some(FileState::Offered { .. })) if !file.ours => {
                self.point_to(file);
            }
            // It is shown with them as long as it is so.
            (FileState::Accepted | FileState::Moving { .. }, _)
            | (FileState::Paused { .. }, Some(FileState::Paused { .. })) => {}
            (FileState::Paused { .. }, _) => self.tell_of_wait(file, state),
            (FileState::Offered { .. } | FileState::Stored { .. } | FileState::Ended { .. }, _) => {
                let index = self.note_file(file, state);
                if is_offered && index != self.current {
                    self.chats[index].unread += 1;
                }
            }
        }
        if is_offered {
            // It is older than this, and hides the keys.
            self.notice.clear();
            self.bell.said_by(show::name(&file.who));
        }
    }

    /// A file comes: where that is seen is said to whoever looks elsewhere.
    fn point_to(&mut self, file: &FileInfo) {
        let Some(index) = self.elsewhere(file) else { return };
        let (name, who) = (sanitise(&file.name), self.called(&file.who));
        let way = if index < 10 { format!("Alt-{index}") } else { format!("/to {}", self.handle(&file.who)) };
        let text = format!("{name} comes from {who}: {way} shows how far it is");
        self.note(self.current, &text);
    }

    /// A file waits: why is said to whoever looks elsewhere.
    fn tell_of_wait(&mut self, file: &FileInfo, state: &FileState) {
        if self.elsewhere(file).is_some() {
            let text = note_of(&News::File { file: file.clone(), state: state.clone() });
            self.note(self.current, &text);
        }
    }

    /// Index of the conversation that shows a file on its way, if that is not looked at.
    fn elsewhere(&mut self, file: &FileInfo) -> Option<usize> {
        Some(self.chat_with(&file.who)).filter(|index| *index != self.current)
    }

    /// Shows what has happened to a file, with what it looks like as long as it is offered, and once it is here. Returns the index
    /// of the conversation.
    fn note_file(&mut self, info: &FileInfo, state: &FileState) -> usize {
        let text = note_of(&News::File { file: info.clone(), state: state.clone() });
        self.hide_picture(info.file);
        let (mut path, mut picture) = (None, None);
        match state {
            FileState::Offered { preview } if !info.ours => picture.clone_from(preview),
            FileState::Stored { path: at @ Some(_) } if !info.folder => path.clone_from(at),
            _ => {}
        }
        if let Some(path) = &path {
            self.want_small(info.file, path.clone());
        }
        self.show_with(&info.who, &Content::File { file: info.file, text, path, picture })
    }

    /// What the node says of all files.
    pub(super) fn set_files(&mut self, files: &[FileKnown]) {
        self.files.set(Instant::now(), files);
    }

    /// The files that are on their way to or from whom the user writes to.
    pub(in crate::face::term) fn files_under_way(&self) -> impl Iterator<Item = &File> {
        let chat = self.chat();
        let is_under_way = |file: &&File| !file.state.is_offered() && chat.is_with(&file.info.who.tag);
        self.files.known.iter().filter(is_under_way)
    }

    /// The file that waits to be taken: in the current conversation, or else the first.
    pub(in crate::face::term) fn offer(&self) -> Option<&FileInfo> {
        let mut offered = self.files.known.iter().filter(|file| file.is_offered()).map(|file| &file.info);
        let is_here = |file: &&FileInfo| matches!(&self.chat().with, With::One(tag) if *tag == file.who.tag);
        offered.clone().find(is_here).or_else(|| offered.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::file::tests::info;

    #[test]
    fn a_speed_is_an_average_of_the_last_while() {
        let (mut pace, mut now, mut done) = (Pace::default(), Instant::now(), 0);
        let mut second = |pace: &mut Pace, bytes: u64| {
            now += Duration::from_secs(1);
            done += bytes;
            pace.measure(now, done);
            pace.measure(now + Duration::from_millis(1), done + 1_000_000);
            pace.speed
        };
        assert_eq!(second(&mut pace, 0), None, "of one look there is no speed");
        assert_eq!(
            second(&mut pace, 1000),
            Some(1000),
            "and of two that are close to each other none either"
        );
        assert_eq!(second(&mut pace, 2000), Some(1250));
        for _ in 0..20 {
            second(&mut pace, 2000);
        }
        assert!(second(&mut pace, 2000).is_some_and(|speed| (1980..=2000).contains(&speed)));
    }

    #[test]
    fn what_is_left_takes_time_at_this_speed() {
        let (mut files, now) = (Files::default(), Instant::now());
        for (seconds, done) in [(0, 0), (1, 500_000)] {
            files.learn(now + Duration::from_secs(seconds), &info("x"), &FileState::Moving { done });
        }
        assert_eq!(files.known.len(), 1);
        assert_eq!(
            (files.known[0].speed(), files.known[0].time_left()),
            (Some(500_000), Some(Duration::from_secs(3)))
        );
        files.learn(now, &info("x"), &FileState::Paused { done: 500_000, why: "paused".into() });
        assert_eq!((files.known[0].speed(), files.known[0].time_left()), (None, None));
        files.learn(now, &info("x"), &FileState::Moving { done: 500_000 });
        files.learn(now + Duration::from_secs(1), &info("x"), &FileState::Moving { done: 500_000 });
        assert_eq!((files.known[0].speed(), files.known[0].time_left()), (Some(0), None), "it stands still");
        files.learn(now, &info("x"), &FileState::Stored { path: None });
        assert!(files.known.is_empty());
    }

    #[test]
    fn what_the_node_does_not_know_is_shown_no_more() {
        let (mut files, now) = (Files::default(), Instant::now());
        files.learn(now, &info("x"), &FileState::Offered { preview: None });
        let other = FileInfo { file: 4, ..info("y") };
        files.set(now, &[FileKnown { info: other, state: FileState::Accepted }]);
        assert_eq!(files.known.iter().map(|file| file.info.file).collect::<Vec<_>>(), [4]);
    }
}
