//! What the node says: answers and news.

use std::io;

use super::{App, Chat, Content, Fate, Message, Overlay, Runs, With, tag_beginning};
use crate::doctor::Finding;
use crate::face::show;
use crate::node::{Answer, ErrorKind, News, Numbered, Person};

impl App {
    /// The node has taken a text, or not.
    pub(super) fn said(&mut self, with: &With, text: &str, answer: &Answer) {
        // One that is gone was with somebody who is forgotten.
        let chat = self.chats.iter().position(|chat| chat.with == *with).unwrap_or(self.current);
        match answer {
            // It is shown when it is news.
            Answer::Said { .. } => self.chats[chat].scroll = 0,
            Answer::Error { kind: ErrorKind::Unavailable, text: why } => {
                self.note(chat, &format!("{why}: whether this was said is not known: {text}"));
            }
            other => {
                self.notice = show::answer(other).to_string();
                // It is not lost, and what was typed since comes behind it.
                let slash = if text.starts_with('/') { "/" } else { "" };
                let since = self.chats[chat].typed();
                self.chats[chat].set_draft(&format!("{slash}{text}{since}"));
            }
        }
    }

    /// Shows something over all else, until the next key.
    pub(in crate::face::term) fn show(&mut self, overlay: Overlay) {
        self.overlay = Some(overlay);
    }

    /// Tells the passphrase that was made, for the others.
    pub(in crate::face::term) fn tell_code(&mut self, code: &str) {
        self.push(0, Content::Code(code.to_owned()));
    }

    /// Says something to the user, until the next key.
    pub(in crate::face::term) fn tell(&mut self, text: &str) {
        text.clone_into(&mut self.notice);
    }

    /// The node has answered something else.
    pub(super) fn answered(&mut self, answer: &Answer) {
        let text = match answer {
            Answer::Done => "done".to_owned(),
            answer => show::answer(answer).to_string(),
        };
        if let Answer::Words { who, .. } = answer {
            // That takes longer than until the next key.
            let index = self.chat_with(who);
            self.note(index, &text);
            let handle = self.handle(who);
            self.note(
                index,
                &format!("by telephone or face to face, not here; are they the same? /same {handle}"),
            );
            // Not away from what is typed by now.
            if self.chat().draft.is_empty() {
                self.go(index);
            }
        } else if text.contains('\n') || matches!(answer, Answer::Files { .. }) {
            text.lines().for_each(|line| self.note(self.current, line));
        } else {
            self.notice = text;
        }
    }

    /// The node has ended, by itself or at the request of another program.
    pub(in crate::face::term) fn node_ended(&mut self, error: Option<io::Error>) {
        self.set_files(&[]);
        self.people.iter_mut().for_each(|person| person.here = false);
        if let Some(error) = error {
            self.note(self.current, &error.to_string());
        }
        let goes_on = match std::mem::replace(&mut self.runs, Runs::NoMore) {
            Runs::Here | Runs::NoMore => "Enter starts it again",
            // How it was started is not known here.
            Runs::Elsewhere => "it is shown here once somebody has started it again",
        };
        self.note(self.current, &format!("the node has ended: {goes_on}; Ctrl-C twice quits"));
    }

    /// What keeps others from being found.
    pub(in crate::face::term) fn examined(&mut self, findings: &[Finding]) {
        self.notice.clear();
        for finding in findings {
            show::finding(finding).to_string().lines().for_each(|line| self.note(self.current, line));
        }
    }

    /// Something has happened, now or a while ago.
    pub(in crate::face::term) fn handle_numbered(&mut self, numbered: &Numbered) {
        self.at = Some(numbered.at);
        self.handle_news(&numbered.news);
        self.at = None;
    }

    /// Something has happened.
    pub(in crate::face::term) fn handle_news(&mut self, news: &News) {
        match news {
            News::Said { from, to_all, circle, text, missed } => {
                self.people_changed |= self.person(&from.tag).is_none_or(|known| known.who.name != from.name);
                let index = if *to_all { self.everyone_in(circle.as_ref()) } else { self.chat_with(from) };
                if *missed {
                    self.note(index, &format!("messages from {} are missing here", show::name(from)));
                }
                self.bell.said_by(show::name(from));
                let content = Content::Theirs { from: self.called(from), text: text.clone() };
                self.push(index, content);
                if index != self.current {
                    self.chats[index].unread += 1;
                }
            }
            News::WeSaid { message, to, not_to, to_all, circle, text } => {
                let index = match to.first() {
                    Some(who) if !to_all => self.chat_with(who),
                    _ => self.everyone_in(circle.as_ref()),
                };
                let open = to.iter().map(|who| (who.clone(), Fate::Open));
                let to = open.chain(not_to.iter().map(|it| (it.who.clone(), Fate::Failed))).collect();
                self.push(index, Content::Ours(Message { text: text.clone(), number: *message, to }));
            }
            News::Received { message, by } => self.learn(by, *message, &Fate::Received),
            News::Sent { message, to } => self.learn(to, *message, &Fate::Sent),
            News::Failed { message, to } => self.learn(to, *message, &Fate::Failed),
            News::Held { message, to, by } => {
                self.learn(to, *message, &Fate::Held(show::name(by).to_owned()));
            }
            News::Dropped { message, to, .. } => {
                self.chats.iter_mut().for_each(|chat| chat.unhold(&to.tag, *message));
            }
            News::Lost { .. } => {
                // What has become of them may be among it.
                self.chats.iter_mut().for_each(Chat::lose_receipts);
                self.files_changed = true;
                self.note(self.current, &note_of(news));
            }
            // The list shows it.
            News::Decided { .. } => self.people_changed = true,
            News::Forgotten { who } => self.close(who),
            News::NameTaken { who, by } => self.note_with_all(&[who, by], &note_of(news)),
            News::OwnNameTaken { who } => self.note_with_all(&[who], &note_of(news)),
            News::Came { who } | News::Left { who, .. } | News::Asks { who } | News::Renamed { who, .. } => {
                self.people_changed = true;
                // It is older than this.
                self.notice.clear();
                self.note_with(who, news);
            }
            News::File { file, state } => self.hear_of_file(file, state),
            news => self.note(self.current, &note_of(news)),
        }
    }

    /// There is no conversation with somebody any more.
    fn close(&mut self, who: &Person) {
        self.people_changed = true;
        match self.chats.iter().position(|chat| chat.is_with(&who.tag)) {
            // What is being typed there would go to somebody else.
            Some(index) if index == self.current => {
                self.note(index, &format!("{} is forgotten", show::name(who)));
            }
            Some(index) => {
                self.chats.remove(index);
                self.current -= usize::from(self.current > index);
            }
            None => {}
        }
    }

    fn learn(&mut self, who: &Person, up_to: u32, fate: &Fate) {
        for chat in &mut self.chats {
            chat.learn(&who.tag, up_to, fate);
        }
    }

    /// Index of the conversation with somebody, a new one if need be.
    pub(super) fn chat_with(&mut self, who: &Person) -> usize {
        self.chats.iter().position(|chat| chat.is_with(&who.tag)).unwrap_or_else(|| {
            self.people_changed = true;
            self.chats.push(Chat::new(With::One(who.tag.clone())));
            self.chats.len() - 1
        })
    }

    fn everyone_in(&self, circle: Option<&String>) -> usize {
        let is_it = |chat: &Chat| matches!(&chat.with, With::Everyone(name) if name.as_ref() == circle);
        self.chats.iter().position(is_it).unwrap_or(0)
    }

    /// Shows a piece of news in the conversation with somebody, and in that with everyone if it is looked at. Returns the index of
    /// the former.
    pub(super) fn note_with(&mut self, who: &Person, news: &News) -> usize {
        self.show_with(who, &Content::Note(note_of(news)))
    }

    /// The same of anything.
    pub(super) fn show_with(&mut self, who: &Person, content: &Content) -> usize {
        let index = self.chat_with(who);
        self.push(index, content.clone());
        if self.current < index && matches!(self.chat().with, With::Everyone(_)) {
            self.push(self.current, content.clone());
        }
        index
    }

    /// Shows something in the conversations with these, and in that which is looked at.
    fn note_with_all(&mut self, people: &[&Person], text: &str) {
        let mut shown: Vec<_> = people.iter().map(|who| self.chat_with(who)).collect();
        if !shown.contains(&self.current) {
            shown.push(self.current);
        }
        for index in shown {
            self.note(index, text);
        }
    }

    /// Shows something in a conversation that nobody has said.
    pub(in crate::face::term) fn note(&mut self, index: usize, text: &str) {
        self.push(index, Content::Note(text.to_owned()));
    }

    fn push(&mut self, index: usize, content: Content) {
        self.chats[index].push(&(self.clock)(self.at), content);
    }
}

/// A piece of news without what lines of text have besides: a sign ahead of it, and commands for what keys do here.
pub(super) fn note_of(news: &News) -> String {
    match news {
        News::Asks { who } => format!("{} asks to join", introduced(who)),
        News::NameTaken { who, by } => {
            format!("{} is not {}, whom you know by that name", introduced(who), introduced(by))
        }
        News::OwnNameTaken { who } => format!("{} goes by your own name, and is not you", introduced(who)),
        news => {
            let text = show::news(news).to_string();
            text.strip_prefix("-- ").unwrap_or(&text).to_owned()
        }
    }
}

/// Somebody's name and tag. A name that could imitate a tag behind it stands behind the tag.
fn introduced(who: &Person) -> String {
    let (name, tag) = (show::name(who), tag_beginning(who));
    let is_plain = |letter: char| letter.is_alphanumeric() || " -_.'".contains(letter);
    if name.chars().all(is_plain) {
        format!("{name} ({tag}…)")
    } else {
        format!("{tag}…, under the name {name},")
    }
}
