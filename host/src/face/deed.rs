//! What a user does with a file by its number, or without one where there is only one.

use p2pm_core::wire::sanitise;

use super::show;
use super::shown::Shown;
use crate::node::{Answer, Ask, ErrorKind, FileKnown, FileState};

/// What is done with a file that is offered or on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Take,
    Cancel,
    Pause,
    Resume,
}

impl Deed {
    /// The request to do it with the file of this number.
    pub(super) fn ask(self, file: u32) -> Ask {
        match self {
            Self::Take => Ask::TakeFile { file, into: None, or_refuse: false },
            Self::Cancel => Ask::CancelFile { file },
            Self::Pause => Ask::PauseFile { file },
            Self::Resume => Ask::ResumeFile { file },
        }
    }

    /// Whether the answer may wait for a disk.
    pub(super) fn is_of_disk(self) -> bool {
        self.ask(0).is_of_disk()
    }

    /// Has the node do it with the only file that can be meant.
    pub(super) fn to_only_one(self, node: &Shown) -> Answer {
        match node.ask(Ask::Files {}) {
            Answer::Files { files } => match self.only_one(&files) {
                Ok(file) => node.ask(self.ask(file)),
                Err(why) => Answer::error(ErrorKind::Usage, why),
            },
            other => other,
        }
    }

    /// The number of the only file that can be meant, or why there is none.
    fn only_one(self, files: &[FileKnown]) -> Result<u32, String> {
        let meant: Vec<_> = files.iter().filter(|it| self.is_for(it)).collect();
        match meant.as_slice() {
            [] => Err(format!("there is no file that {}: /files lists all", self.state())),
            [file] => Ok(file.info.file),
            several => {
                let each = several.iter().map(|it| {
                    let (number, who) = (it.info.file, show::name(&it.info.who));
                    format!("{number} ({}, {who})", sanitise(&it.info.name))
                });
                Err(format!("which file? {}", each.collect::<Vec<_>>().join(", ")))
            }
        }
    }

    /// Whether it can be done with a file.
    fn is_for(self, file: &FileKnown) -> bool {
        match (self, &file.state) {
            (Self::Take, FileState::Offered { .. }) => !file.info.ours,
            (Self::Cancel, _)
            | (Self::Pause, FileState::Moving { .. })
            | (Self::Resume, FileState::Paused { .. }) => true,
            _ => false,
        }
    }

    /// What the files do with which it can be done.
    fn state(self) -> &'static str {
        match self {
            Self::Take => "waits to be taken",
            Self::Cancel => "is offered or on its way",
            Self::Pause => "is on its way",
            Self::Resume => "waits",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::file::tests::info;

    const OFFERED: FileState = FileState::Offered { preview: None };

    fn known(file: u32, ours: bool, state: FileState) -> FileKnown {
        FileKnown { info: crate::node::FileInfo { file, ours, ..info("a.jpg") }, state }
    }

    #[test]
    fn without_a_number_it_is_the_file_that_alone_can_be_meant() {
        let paused = FileState::Paused { done: 1, why: "paused".into() };
        let mut files = vec![
            known(1, true, OFFERED),
            known(2, false, OFFERED),
            known(3, false, FileState::Moving { done: 1 }),
            known(4, true, paused),
        ];
        for (deed, file) in [(Deed::Take, 2), (Deed::Pause, 3), (Deed::Resume, 4)] {
            assert_eq!(deed.only_one(&files), Ok(file), "{deed:?}");
        }
        assert!(Deed::Cancel.only_one(&files).unwrap_err().starts_with("which file? 1 (a.jpg, abdul), 2 ("));
        files.push(known(5, false, OFFERED));
        assert_eq!(
            Deed::Take.only_one(&files).unwrap_err(),
            "which file? 2 (a.jpg, abdul), 5 (a.jpg, abdul)"
        );
        assert_eq!(
            Deed::Take.only_one(&[]).unwrap_err(),
            "there is no file that waits to be taken: /files lists all"
        );
    }
}
