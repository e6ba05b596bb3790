//! State of the face: conversations, people, and what is typed. It does nothing itself: what a key or a piece of news calls for,
//! the loop does.

mod bell;
mod chat;
mod complete;
mod entry;
mod files;
mod heard;
mod pictures;
mod question;
#[cfg(test)]
pub(super) mod tests;
mod typing;

use std::collections::HashSet;

use self::bell::Bell;
pub(super) use self::chat::{Chat, With};
pub(super) use self::entry::{Content, Entry, Fate, Message};
pub(super) use self::files::File;
use self::files::Files;
pub(super) use self::pictures::{Look, Seen, Wanted};
pub(super) use self::question::Question;
use crate::face::deed::Deed;
use crate::face::invitation::Invitation;
use crate::face::show;
use crate::face::term::graphics::Means;
use crate::node::{Ask, KnownPerson, Me, Person, Trust};

/// Length of a beginning of a tag by which two are told apart, in characters.
const TAG_BEGINNING: usize = 4;

/// What the loop is to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Nothing,
    /// Ask the node, and [take its answer](App::take_answer).
    Ask(Ask),
    /// The same, to do something to the only file that can be meant.
    ToOnlyFile(Deed),
    /// Say a text in a conversation.
    Say {
        chat: usize,
        text: String,
    },
    /// Find the passphrase of a circle for others, and [show](App::show) it.
    Invite(Option<String>),
    /// Find out why nobody is found, and tell [`App::examined`].
    Examine,
    /// Start the node again, which has ended, or show the one that runs now.
    StartAgain,
    /// [Move](App::scroll_help) the list of keys.
    ScrollHelp(Step),
    Suspend,
    Redraw,
    Quit,
}

/// How far something is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) is_up: bool,
    /// As many rows as are shown, or else one.
    pub(super) is_page: bool,
}

/// What is shown over all else.
pub(super) enum Overlay {
    /// From this row on.
    Help(usize),
    Invitation(Invitation),
    Picture(Look),
}

/// Where the node runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runs {
    /// In this program: what waits in it is lost with the program.
    Here,
    Elsewhere,
    /// It has ended.
    NoMore,
}

/// The state.
pub(super) struct App {
    pub(super) me: Me,
    pub(super) people: Vec<KnownPerson>,
    /// Numbered from 0, as they have come. The first ones are of circles.
    pub(super) chats: Vec<Chat>,
    pub(super) current: usize,
    /// What is said to the user until the next key.
    pub(super) notice: String,
    /// What is shown over all else until the next key, which is typed if it is a letter.
    pub(super) overlay: Option<Overlay>,
    runs: Runs,
    pub(super) bell: Bell,
    /// Whether who is here may have changed.
    people_changed: bool,
    files: Files,
    /// Whether files may be others than those that are known here.
    files_changed: bool,
    /// What the terminal has for pictures.
    pub(super) means: Means,
    /// Pictures that are to be read.
    wanted: Vec<Wanted>,
    /// Whether the last key has asked to quit.
    quits_next: bool,
    clock: Clock,
    /// When that happened which is handled; `None` for now.
    at: Option<u64>,
}

/// Time of day of a moment in seconds since 1970, or of now.
pub(super) type Clock = fn(Option<u64>) -> String;

impl App {
    /// The face of a node that has said this of itself.
    pub(super) fn new(me: Me, runs: Runs, clock: Clock) -> Self {
        let everyone = match me.circles.as_slice() {
            [] | [_] => vec![Chat::new(With::Everyone(None))],
            several => several.iter().map(|circle| Chat::new(With::Everyone(Some(circle.clone())))).collect(),
        };
        Self {
            me,
            people: Vec::new(),
            chats: everyone,
            current: 0,
            notice: String::new(),
            overlay: None,
            runs,
            bell: Bell::default(),
            people_changed: true,
            files: Files::default(),
            files_changed: true,
            means: Means::default(),
            wanted: Vec::new(),
            quits_next: false,
            clock,
            at: None,
        }
    }

    /// Goes on where the face of a node has ended: with what is half typed, and with the bell.
    pub(super) fn continue_from(&mut self, ended: Self) {
        let current = ended.chat().with.clone();
        self.bell = ended.bell;
        for before in ended.chats {
            if let Some(chat) = self.chats.iter_mut().find(|chat| chat.with == before.with) {
                chat.take_typed(before);
            }
        }
        self.go(self.chats.iter().position(|chat| chat.with == current).unwrap_or(0));
    }

    /// Whether there is no node any more.
    pub(super) fn has_ended(&self) -> bool {
        self.runs == Runs::NoMore
    }

    /// Whether to ask again who is here.
    pub(super) fn take_people_changed(&mut self) -> bool {
        std::mem::take(&mut self.people_changed)
    }

    /// Whether to ask again what files there are.
    pub(super) fn take_files_changed(&mut self) -> bool {
        std::mem::take(&mut self.files_changed)
    }

    /// Who is here, and who is known. Each of them who is not turned away has a conversation; strangers whom the node has
    /// forgotten have none any more, where nothing was said.
    pub(super) fn set_people(&mut self, me: Me, people: Vec<KnownPerson>) {
        (self.me, self.people) = (me, people);
        let known: HashSet<_> = self.people.iter().map(|person| person.who.tag.as_str()).collect();
        let current = self.chat().with.clone();
        self.chats.retain(|chat| match &chat.with {
            With::One(tag) => known.contains(tag.as_str()) || chat.has_texts() || chat.with == current,
            With::Everyone(_) => true,
        });
        self.current = self.chats.iter().position(|chat| chat.with == current).unwrap_or(0);
        for person in &self.people {
            let is_turned_away = matches!(person.trust, Trust::Denied | Trust::Blocked);
            if !is_turned_away && !self.chats.iter().any(|chat| chat.is_with(&person.who.tag)) {
                self.chats.push(Chat::new(With::One(person.who.tag.clone())));
            }
        }
        self.sort_chats();
    }

    /// Those with contacts come before those with whoever asks, as many as they are, and keep their order.
    fn sort_chats(&mut self) {
        let (people, current) = (&self.people, self.chat().with.clone());
        let asks = |tag: &String| people.iter().any(|it| it.who.tag == *tag && it.trust == Trust::Asks);
        self.chats.sort_by_key(|chat| matches!(&chat.with, With::One(tag) if asks(tag)));
        self.current = self.chats.iter().position(|chat| chat.with == current).unwrap_or(0);
    }

    /// Somebody whom the node knows.
    pub(super) fn person(&self, tag: &str) -> Option<&KnownPerson> {
        self.people.iter().find(|person| person.who.tag == tag)
    }

    pub(super) fn is_here(&self, tag: &str) -> bool {
        self.person(tag).is_some_and(|person| person.here)
    }

    /// Whether it is with somebody with whom the user has compared words.
    pub(super) fn is_compared(&self, chat: &Chat) -> bool {
        matches!(&chat.with, With::One(tag) if self.person(tag).is_some_and(|it| it.trust == Trust::Verified))
    }

    /// What a conversation is called.
    pub(super) fn title(&self, chat: &Chat) -> String {
        match &chat.with {
            With::Everyone(None) => "everyone".to_owned(),
            With::Everyone(Some(circle)) => format!("everyone in {circle}"),
            With::One(tag) => self.person(tag).map_or(tag.clone(), |it| self.called(&it.who)),
        }
    }

    /// What somebody is called: by name, and by the beginning of their tag too where others have the same name.
    pub(super) fn called(&self, who: &Person) -> String {
        let name = show::name(who);
        if self.has_name_of_another(who) {
            format!("{name}·{}", tag_beginning(who))
        } else {
            name.to_owned()
        }
    }

    /// What a command calls somebody by.
    pub(super) fn handle<'p>(&self, who: &'p Person) -> &'p str {
        if self.has_name_of_another(who) { tag_beginning(who) } else { show::name(who) }
    }

    /// Whether somebody else goes by their name, or the user does.
    fn has_name_of_another(&self, who: &Person) -> bool {
        let name = show::name(who);
        let is_shared = |other: &Person| other.tag != who.tag && show::name(other) == name;
        name == self.me.name || self.people.iter().any(|person| is_shared(&person.who))
    }

    pub(super) fn chat(&self) -> &Chat {
        &self.chats[self.current]
    }

    fn chat_mut(&mut self) -> &mut Chat {
        &mut self.chats[self.current]
    }

    /// Whoever waits to be accepted: in the current conversation, or else first.
    pub(super) fn asker(&self) -> Option<&KnownPerson> {
        self.asker_in(self.chat()).or_else(|| self.chats.iter().find_map(|chat| self.asker_in(chat)))
    }

    /// Whom a conversation is with, if they ask to be accepted. Without a node nobody does.
    pub(super) fn asker_in(&self, chat: &Chat) -> Option<&KnownPerson> {
        match &chat.with {
            With::One(tag) if !self.has_ended() => self.person(tag).filter(|it| it.trust == Trust::Asks),
            _ => None,
        }
    }

    /// Number of messages that are lost if the program ends: of somebody who is away and has not received them.
    fn waiting(&self) -> usize {
        if self.runs != Runs::Here {
            return 0;
        }
        let ours = self.chats.iter().flat_map(Chat::messages);
        ours.filter(|message| message.waits(|tag| self.is_here(tag))).count()
    }

    /// Whether a conversation has something new, or is with somebody who asks.
    pub(super) fn wants_attention(&self, chat: &Chat) -> bool {
        chat.unread > 0 || self.asker_in(chat).is_some()
    }

    pub(super) fn go(&mut self, index: usize) {
        if index < self.chats.len() {
            self.current = index;
            let chat = self.chat_mut();
            (chat.unread, chat.scroll) = (0, 0);
        }
    }
}

/// As much of a tag as a command takes for it.
fn tag_beginning(who: &Person) -> &str {
    who.tag.get(..TAG_BEGINNING).unwrap_or(&who.tag)
}
