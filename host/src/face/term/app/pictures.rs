//! Pictures that have come, and the one that is looked at.

use std::path::PathBuf;
use std::sync::Arc;

use p2pm_core::wire::sanitise;
use ratatui::layout::Size;

use super::{App, Chat, Content, Overlay};
use crate::face::term::graphics::{Graphic, Means, SMALL, View};
use crate::picture::{self, Picture};

/// A picture that is to be read from a file.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::face::term) enum Wanted {
    /// For the conversation, of the file with this number.
    Small { file: u32, path: PathBuf },
    /// For so many cells.
    Full { path: PathBuf, room: Size },
}

/// What was found where one was wanted.
#[derive(Debug)]
pub(in crate::face::term) enum Seen {
    Small { file: u32, picture: Option<Picture> },
    Full { path: PathBuf, room: Size, view: Option<View> },
}

impl Wanted {
    /// Reads it, which takes its time.
    pub(in crate::face::term) fn read(self, means: Means) -> Seen {
        match self {
            Self::Small { file, path } => Seen::Small { file, picture: picture::open(&path, SMALL) },
            Self::Full { path, room } => {
                let view = means.view(&path, room);
                Seen::Full { path, room, view }
            }
        }
    }
}

/// A picture that is looked at.
#[derive(Debug)]
pub(in crate::face::term) struct Look {
    /// What the file is called, made safe to show.
    pub(in crate::face::term) name: String,
    path: PathBuf,
    /// For how many cells it was wanted last.
    room: Option<Size>,
    /// What it is like in so many cells.
    seen: Option<(Size, View)>,
}

impl Look {
    /// As it is to be shown, once it is there.
    pub(in crate::face::term) fn view(&self) -> Option<&View> {
        self.seen.as_ref().filter(|(room, _)| Some(*room) == self.room).map(|(_, view)| view)
    }
}

impl App {
    /// The picture of a file has come.
    pub(super) fn want_small(&mut self, file: u32, path: PathBuf) {
        if self.means.can_view() {
            self.wanted.push(Wanted::Small { file, path });
        }
    }

    /// Nothing more is to be seen of what was offered.
    pub(super) fn hide_picture(&mut self, file: u32) {
        self.entries_of(file).for_each(|(_, picture)| *picture = None);
    }

    /// Paths and pictures of a file in all conversations.
    fn entries_of(&mut self, number: u32) -> impl Iterator<Item = (&Option<PathBuf>, &mut Option<Picture>)> {
        let entries = self.chats.iter_mut().flat_map(|chat| chat.entries.iter_mut());
        entries.filter_map(move |entry| match &mut entry.content {
            Content::File { file, path, picture, .. } if *file == number => Some((&*path, picture)),
            _ => None,
        })
    }

    /// Looks at the picture that came last, or at the file with this number.
    pub(super) fn look_at(&mut self, number: Option<u32>) {
        if !self.means.can_view() {
            return self.tell("this terminal shows no pictures: p2pm --help has --pictures");
        }
        // In the current conversation, or else in any.
        let found = last_file(self.chat(), number);
        let found = found.or_else(|| self.chats.iter().find_map(|chat| last_file(chat, number)));
        let Some((name, path)) = found else {
            let why =
                number.map_or("no picture has come".to_owned(), |file| format!("file {file} has not come"));
            return self.tell(&why);
        };
        self.show(Overlay::Picture(Look { name, path, room: None, seen: None }));
    }

    /// What is to be read. `room` is for a picture that is looked at.
    pub(in crate::face::term) fn take_wanted(&mut self, room: impl FnOnce() -> Size) -> Vec<Wanted> {
        let mut wanted = std::mem::take(&mut self.wanted);
        if let Some(Overlay::Picture(look)) = &mut self.overlay {
            let room = Some(room());
            if look.room != room {
                look.room = room;
                wanted.extend(room.map(|room| Wanted::Full { path: look.path.clone(), room }));
            }
        }
        wanted
    }

    /// What the terminal is to draw by its own graphics.
    pub(in crate::face::term) fn graphic(&self) -> Option<&Arc<Graphic>> {
        match &self.overlay {
            Some(Overlay::Picture(look)) => match look.view()? {
                View::Graphic(graphic) => Some(graphic),
                View::Blocks(_) => None,
            },
            _ => None,
        }
    }

    /// What was wanted is there, or not.
    pub(in crate::face::term) fn see(&mut self, seen: Seen) {
        match seen {
            Seen::Small { file, picture } => {
                let came = self.entries_of(file).filter(|(path, _)| path.is_some());
                came.for_each(|(_, shown)| shown.clone_from(&picture));
            }
            Seen::Full { path, room, view } => {
                let Some(Overlay::Picture(look)) = &mut self.overlay else { return };
                if look.path != path || look.room != Some(room) {
                    return;
                }
                if let Some(view) = view {
                    look.seen = Some((room, view));
                } else {
                    let why = format!("{} is no picture that can be shown", look.name);
                    self.overlay = None;
                    self.tell(&why);
                }
            }
        }
    }
}

/// Name and path of the picture that came last in a conversation, or of the file with this number.
fn last_file(chat: &Chat, number: Option<u32>) -> Option<(String, PathBuf)> {
    let mut entries = chat.entries.iter().rev();
    entries.find_map(|entry| match &entry.content {
        Content::File { file, path: Some(path), picture, .. }
            if number.map_or(picture.is_some(), |number| number == *file) =>
        {
            let name = path.file_name().unwrap_or_default().display().to_string();
            Some((sanitise(&name).to_string(), path.clone()))
        }
        _ => None,
    })
}
