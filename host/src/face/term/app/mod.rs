//! State of the face: conversations, people, and what is typed. It does nothing itself: what a key or a piece of news calls for,
//! the loop does.

mod chat;
mod complete;
mod entry;
#[cfg(test)]
pub(super) mod tests;

use ratatui::crossterm::event::KeyEvent;
use ratatui_textarea::CursorMove;

use self::chat::draft_position;
pub(super) use self::chat::{Chat, With};
use self::complete::complete;
pub(super) use self::entry::{Content, Entry, Fate, Message};
use super::keys::{Action, Decision, Edit, action};
use crate::doctor::Finding;
use crate::face::invitation::Invitation;
use crate::face::recipient::Recipient;
use crate::face::show;
use crate::face::typed::Typed;
use crate::node::{Answer, Ask, KnownPerson, Me, News, Person, Trust};

/// What the loop is to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Nothing,
    /// Ask the node, and show its answer.
    Ask(Ask),
    /// Say a text in a conversation, and tell [`App::said`].
    Say {
        chat: usize,
        text: String,
    },
    /// Find the passphrase of a circle for others, and [show](App::show) it.
    Invite(Option<String>),
    /// Find out why nobody is found, and tell [`App::examined`].
    Examine,
    /// Start the node again, which has ended.
    StartAgain,
    Suspend,
    Redraw,
    Quit,
}

/// What is shown over all else.
pub(super) enum Overlay {
    Help,
    Invitation(Invitation),
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
    /// What is shown over all else until the next key.
    pub(super) overlay: Option<Overlay>,
    runs: Runs,
    /// Whether who is here may have changed.
    people_changed: bool,
    /// Whether the last key has asked to quit.
    quits_next: bool,
    /// Time of day, for whatever comes.
    clock: fn() -> String,
}

impl App {
    /// The face of a node that has said this of itself.
    pub(super) fn new(me: Me, runs: Runs, clock: fn() -> String) -> Self {
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
            people_changed: true,
            quits_next: false,
            clock,
        }
    }

    /// Whether to ask again who is here.
    pub(super) fn take_people_changed(&mut self) -> bool {
        std::mem::take(&mut self.people_changed)
    }

    /// Who is here, and who is known. Each of them who is not turned away has a conversation.
    pub(super) fn set_people(&mut self, me: Me, people: Vec<KnownPerson>) {
        (self.me, self.people) = (me, people);
        for person in &self.people {
            let is_turned_away = matches!(person.trust, Trust::Denied | Trust::Blocked);
            if !is_turned_away && !self.chats.iter().any(|chat| chat.is_with(&person.who.tag)) {
                self.chats.push(Chat::new(With::One(person.who.tag.clone())));
            }
        }
    }

    /// Somebody whom the node knows.
    pub(super) fn person(&self, tag: &str) -> Option<&KnownPerson> {
        self.people.iter().find(|person| person.who.tag == tag)
    }

    pub(super) fn is_here(&self, tag: &str) -> bool {
        self.person(tag).is_some_and(|person| person.here)
    }

    /// What a conversation is called.
    pub(super) fn title(&self, chat: &Chat) -> String {
        match &chat.with {
            With::Everyone(None) => "everyone".to_owned(),
            With::Everyone(Some(circle)) => format!("everyone in {circle}"),
            With::One(tag) => self.person(tag).map_or(tag.as_str(), |it| show::name(&it.who)).to_owned(),
        }
    }

    pub(super) fn chat(&self) -> &Chat {
        &self.chats[self.current]
    }

    fn chat_mut(&mut self) -> &mut Chat {
        &mut self.chats[self.current]
    }

    /// Whoever waits to be accepted: in the current conversation, or else first.
    pub(super) fn asker(&self) -> Option<&KnownPerson> {
        let asker_in = |chat: &Chat| match &chat.with {
            With::One(tag) => self.person(tag).filter(|person| person.trust == Trust::Asks),
            With::Everyone(_) => None,
        };
        asker_in(self.chat()).or_else(|| self.chats.iter().find_map(asker_in))
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
        chat.unread > 0
            || matches!(&chat.with, With::One(tag) if self.person(tag).is_some_and(|it| it.trust == Trust::Asks))
    }

    pub(super) fn go(&mut self, index: usize) {
        if index < self.chats.len() {
            self.current = index;
            let chat = self.chat_mut();
            (chat.unread, chat.scroll) = (0, 0);
        }
    }
}

/// Keys.
impl App {
    /// A key was pressed.
    pub(super) fn handle_key(&mut self, key: KeyEvent) -> Effect {
        self.notice.clear();
        let quits = std::mem::take(&mut self.quits_next);
        if self.overlay.take().is_some() {
            return Effect::Nothing;
        }
        let action = action(key);
        if self.runs == Runs::NoMore && matches!(action, Action::Send) {
            return Effect::StartAgain;
        }
        if let Action::Decide(decision) = action
            && let Some(name) = self.asker().map(|person| person.who.tag.clone())
        {
            self.people_changed = true;
            return Effect::Ask(match decision {
                Decision::Accept => Ask::Accept { name },
                Decision::Deny => Ask::Deny { name },
            });
        }
        match action {
            Action::Send => return self.send(quits),
            Action::Clear if quits => return Effect::Quit,
            Action::Clear => self.clear(),
            Action::QuitIfEmpty if self.chat().draft.is_empty() => return self.quit(quits, "Ctrl-D"),
            Action::Suspend => return Effect::Suspend,
            Action::Redraw => return Effect::Redraw,
            Action::Help => self.show(Overlay::Help),
            Action::Type | Action::Decide(_) => drop(self.chat_mut().draft.input(key)),
            Action::Edit(edit) => self.edit(edit),
            Action::Complete => self.complete(),
            Action::NewLine => self.chat_mut().draft.insert_newline(),
            Action::Recall { is_older } => self.recall(is_older),
            action => self.move_by(action),
        }
        Effect::Nothing
    }

    fn move_by(&mut self, action: Action) {
        let count = self.chats.len();
        match action {
            Action::Go(index) => self.go(index),
            Action::Next => self.go((self.current + 1) % count),
            Action::Previous => self.go((self.current + count - 1) % count),
            Action::Attend => {
                let others = (1..=count).map(|step| (self.current + step) % count);
                if let Some(index) = others.into_iter().find(|it| self.wants_attention(&self.chats[*it])) {
                    self.go(index);
                }
            }
            Action::Scroll { is_up } => self.scroll(is_up),
            Action::Bottom => self.chat_mut().scroll = 0,
            _ => {}
        }
    }

    /// Moves to older lines, or newer ones.
    pub(super) fn scroll(&mut self, is_up: bool) {
        let scroll = &mut self.chat_mut().scroll;
        *scroll = if is_up { *scroll + PAGE } else { scroll.saturating_sub(PAGE) };
    }

    fn edit(&mut self, edit: Edit) {
        let draft = &mut self.chat_mut().draft;
        match edit {
            Edit::Head => draft.move_cursor(CursorMove::Head),
            Edit::End => draft.move_cursor(CursorMove::End),
            Edit::DeleteWord => drop(draft.delete_word()),
            Edit::DeleteToHead => drop(draft.delete_line_by_head()),
            Edit::DeleteToEnd => drop(draft.delete_line_by_end()),
            Edit::Yank => drop(draft.paste()),
        }
    }

    /// Up and down move within a draft of several lines, and beyond it in what was typed before.
    fn recall(&mut self, is_older: bool) {
        let chat = self.chat_mut();
        let (row, _) = draft_position(&chat.draft);
        let last = chat.draft.lines().len() - 1;
        if is_older && row > 0 {
            chat.draft.move_cursor(CursorMove::Up);
        } else if !is_older && row < last {
            chat.draft.move_cursor(CursorMove::Down);
        } else {
            chat.recall(is_older);
        }
    }

    fn clear(&mut self) {
        if self.chat().draft.is_empty() {
            self.warn_of_quitting("Ctrl-C");
        } else {
            self.chat_mut().set_draft("");
        }
    }

    /// Quits, unless that would lose something and the user was not warned.
    fn quit(&mut self, is_warned: bool, again: &str) -> Effect {
        if is_warned || self.waiting() == 0 {
            return Effect::Quit;
        }
        self.warn_of_quitting(again);
        Effect::Nothing
    }

    fn warn_of_quitting(&mut self, again: &str) {
        self.quits_next = true;
        self.notice = match self.waiting() {
            0 => format!("{again} once more quits"),
            1 => format!("1 message waits for somebody, and is lost if {again} once more quits"),
            count => format!("{count} messages wait for somebody, and are lost if {again} once more quits"),
        };
    }

    fn complete(&mut self) {
        let names: Vec<_> = self.people.iter().map(|person| show::name(&person.who)).collect();
        let (row, column) = draft_position(&self.chat().draft);
        let line = &self.chat().draft.lines()[row];
        let before: String = line.chars().take(column).collect();
        let completion = complete(&before, row == 0, &names);
        self.notice = completion.candidates.join("  ");
        self.chat_mut().draft.insert_str(&completion.rest);
    }

    /// Text that was pasted: it is typed, and nothing in it is a key.
    pub(super) fn paste(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        self.chat_mut().draft.insert_str(text.trim_end_matches('\n'));
    }

    fn send(&mut self, quits: bool) -> Effect {
        let chat = self.current;
        let typed = self.chat_mut().take_draft();
        match Typed::of(&typed) {
            Typed::Nothing => match self.chat_mut().take_failed() {
                Some(text) => Effect::Say { chat, text },
                None => Effect::Nothing,
            },
            Typed::Text(text) => Effect::Say { chat, text: text.to_owned() },
            Typed::To(recipient) => {
                self.turn_to(&recipient);
                Effect::Nothing
            }
            Typed::Ask(ask) => {
                self.people_changed = true;
                Effect::Ask(ask)
            }
            Typed::Doctor => Effect::Examine,
            Typed::Invite(circle) => Effect::Invite(circle),
            Typed::Help => {
                self.show(Overlay::Help);
                Effect::Nothing
            }
            Typed::Quit => self.quit(quits, "/quit"),
            Typed::Wrong(why) => {
                self.notice = why;
                Effect::Nothing
            }
        }
    }

    fn turn_to(&mut self, recipient: &Recipient) {
        let is_meant = |chat: &Chat| match (&chat.with, recipient) {
            (With::Everyone(circle), Recipient::All(wanted)) => wanted.is_none() || circle == wanted,
            (With::One(tag), Recipient::One(name)) => {
                tag == name || self.person(tag).is_some_and(|it| show::name(&it.who) == name)
            }
            _ => false,
        };
        match self.chats.iter().position(is_meant) {
            Some(index) => self.go(index),
            None => self.notice = format!("there is no {recipient}"),
        }
    }
}

/// What the node says.
impl App {
    /// The node has taken a text, or not.
    pub(super) fn said(&mut self, chat: usize, text: &str, answer: &Answer) {
        match answer {
            // It is shown when it is news.
            Answer::Said { .. } => self.chats[chat].scroll = 0,
            other => {
                self.notice = show::answer(other).to_string();
                // It is not lost.
                self.chats[chat].set_draft(text);
            }
        }
    }

    /// The request to say a text in a conversation.
    pub(super) fn request_to_say(&self, chat: usize, text: &str) -> Ask {
        self.chats[chat].recipient().say(text)
    }

    /// Shows something over all else, until the next key.
    pub(super) fn show(&mut self, overlay: Overlay) {
        self.overlay = Some(overlay);
    }

    /// Tells the passphrase that was made, for the others.
    pub(super) fn tell_code(&mut self, code: &str) {
        self.push(0, Content::Code(code.to_owned()));
    }

    /// Says something to the user, until the next key.
    pub(super) fn tell(&mut self, text: &str) {
        text.clone_into(&mut self.notice);
    }

    /// The node has answered something else.
    pub(super) fn answered(&mut self, answer: &Answer) {
        let text = match answer {
            Answer::Done => "done".to_owned(),
            answer => show::answer(answer).to_string(),
        };
        if text.contains('\n') {
            text.lines().for_each(|line| self.note(self.current, line));
        } else {
            self.notice = text;
        }
    }

    /// The node has ended, by itself or at the request of another program.
    pub(super) fn node_ended(&mut self) {
        self.runs = Runs::NoMore;
        self.people.iter_mut().for_each(|person| person.here = false);
        let text = "the node has ended: Enter starts it again, Ctrl-C twice quits";
        self.note(self.current, text);
    }

    /// What keeps others from being found.
    pub(super) fn examined(&mut self, findings: &[Finding]) {
        self.notice.clear();
        for finding in findings {
            show::finding(finding).to_string().lines().for_each(|line| self.note(self.current, line));
        }
    }

    /// Something has happened.
    pub(super) fn handle_news(&mut self, news: &News) {
        match news {
            News::Said { from, to_all, circle, text, missed } => {
                self.people_changed |= self.person(&from.tag).is_none_or(|known| known.who.name != from.name);
                let index = if *to_all { self.everyone_in(circle.as_ref()) } else { self.chat_with(from) };
                if *missed {
                    self.note(index, &format!("messages from {} are missing here", show::name(from)));
                }
                let content = Content::Theirs { from: show::name(from).to_owned(), text: text.clone() };
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
            News::Received { message, by } => self.learn(by, *message, Fate::Received),
            News::Sent { message, to } => self.learn(to, *message, Fate::Sent),
            News::Failed { message, to } => self.learn(to, *message, Fate::Failed),
            News::Forgotten { who } => self.close(&who.tag),
            News::Came { who } | News::Left { who, .. } | News::Asks { who } | News::Renamed { who, .. } => {
                self.people_changed = true;
                let index = self.chat_with(who);
                let text = note_of(news);
                self.note(index, &text);
                if self.current < index && matches!(self.chat().with, With::Everyone(_)) {
                    self.note(self.current, &text);
                }
            }
            news => self.note(self.current, &note_of(news)),
        }
    }

    /// There is no conversation with somebody any more.
    fn close(&mut self, tag: &str) {
        self.people_changed = true;
        if let Some(index) = self.chats.iter().position(|chat| chat.is_with(tag)) {
            self.chats.remove(index);
            self.current -= usize::from(self.current >= index);
        }
    }

    fn learn(&mut self, who: &Person, up_to: u32, fate: Fate) {
        for chat in &mut self.chats {
            chat.learn(&who.tag, up_to, fate);
        }
    }

    /// Index of the conversation with somebody, a new one if need be.
    fn chat_with(&mut self, who: &Person) -> usize {
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

    /// Shows something in a conversation that nobody has said.
    pub(super) fn note(&mut self, index: usize, text: &str) {
        self.push(index, Content::Note(text.to_owned()));
    }

    fn push(&mut self, index: usize, content: Content) {
        self.chats[index].push(&(self.clock)(), content);
    }
}

/// A piece of news without what lines of text have besides: a sign ahead of it, and commands for what keys do here.
fn note_of(news: &News) -> String {
    if let News::Asks { who } = news {
        // A name could imitate whatever stood behind it.
        return format!("{} asks to be accepted, under the name {}", who.tag, show::name(who));
    }
    let text = show::news(news).to_string();
    text.strip_prefix("-- ").unwrap_or(&text).to_owned()
}

/// Screen lines that a page is moved by.
const PAGE: usize = 10;
