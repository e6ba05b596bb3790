//! Keys, and what is pasted.

use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui_textarea::CursorMove;

use super::chat::draft_position;
use super::complete::complete;
use super::{App, Chat, Effect, Overlay, Step, With};
use crate::face::deed::Deed;
use crate::face::recipient::Recipient;
use crate::face::show;
use crate::face::term::keys::{Action, Decision, action};
use crate::face::typed::Typed;
use crate::node::Ask;

/// Screen lines that a page is moved by.
const PAGE: usize = 10;

impl App {
    /// A key was pressed.
    pub(in crate::face::term) fn handle_key(&mut self, key: KeyEvent) -> Effect {
        self.notice.clear();
        let quits = std::mem::take(&mut self.quits_next);
        let action = action(key);
        if let (Some(Overlay::Help(_)), Some(step)) = (&self.overlay, step(action)) {
            return Effect::ScrollHelp(step);
        }
        if self.overlay.take().is_some() && !is_typed(key, action) {
            return Effect::Nothing;
        }
        if self.has_ended() && matches!(action, Action::Send) {
            let typed = self.chat().typed();
            let quits = matches!(Typed::of(&typed, &self.chat().with.recipient()), Typed::Quit);
            return if quits { Effect::Quit } else { Effect::StartAgain };
        }
        if let Action::Decide(decision) = action
            && let Some(ask) = self.decide(decision)
        {
            return Effect::Ask(ask);
        }
        match action {
            Action::Send => return self.send(quits),
            Action::Clear if quits => return Effect::Quit,
            Action::Clear => self.clear(),
            Action::QuitIfEmpty if self.chat().draft.is_empty() => return self.quit(quits, "Ctrl-D"),
            Action::Suspend => return Effect::Suspend,
            Action::Redraw => return Effect::Redraw,
            Action::Help => self.show(Overlay::Help(0)),
            Action::Type | Action::Decide(_) => drop(self.chat_mut().draft.input(key)),
            Action::Edit(edit) => edit.apply(&mut self.chat_mut().draft),
            Action::Complete => self.complete(),
            Action::NewLine => self.chat_mut().draft.insert_newline(),
            Action::Recall { is_older } => self.recall(is_older),
            action => self.move_by(action),
        }
        Effect::Nothing
    }

    /// What to ask of the node about whoever asks to be accepted, or else about the file that is offered.
    fn decide(&mut self, decision: Decision) -> Option<Ask> {
        if let Some(name) = self.asker().map(|person| person.who.tag.clone()) {
            self.people_changed = true;
            return Some(match decision {
                Decision::Accept => Ask::Accept { name },
                Decision::Deny => Ask::Deny { name },
            });
        }
        let deed = match decision {
            Decision::Accept => Deed::Take,
            Decision::Deny => Deed::Cancel,
        };
        self.offer().map(|file| deed.ask(file.file))
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
    pub(in crate::face::term) fn scroll(&mut self, is_up: bool) {
        let scroll = &mut self.chat_mut().scroll;
        *scroll = if is_up { *scroll + PAGE } else { scroll.saturating_sub(PAGE) };
    }

    /// Moves the list of keys, of which so many rows are shown and so many are not; where all are, this key closes it as any.
    pub(in crate::face::term) fn scroll_help(&mut self, step: Step, shown: usize, hidden: usize) {
        let Some(Overlay::Help(first)) = self.overlay else { return };
        let rows = if step.is_page { shown } else { 1 };
        let first = if step.is_up { first.saturating_sub(rows) } else { (first + rows).min(hidden) };
        self.overlay = (hidden > 0).then_some(Overlay::Help(first));
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
        self.notice = completion.problem.unwrap_or_else(|| completion.candidates.join("  "));
        self.chat_mut().draft.insert_str(&completion.rest);
    }

    /// Text that was pasted: it is typed, and nothing in it is a key.
    pub(in crate::face::term) fn paste(&mut self, text: &str) {
        self.overlay = None;
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        self.chat_mut().draft.insert_str(text.trim_end_matches('\n'));
    }

    fn send(&mut self, quits: bool) -> Effect {
        let chat = self.current;
        let typed = self.chat_mut().take_draft();
        match Typed::of(&typed, &self.chat().with.recipient()) {
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
            Typed::ToOnlyFile(deed) => Effect::ToOnlyFile(deed),
            Typed::Doctor => Effect::Examine,
            Typed::View(file) => {
                self.look_at(file);
                Effect::Nothing
            }
            Typed::Bell => {
                self.notice = self.bell.toggle().to_owned();
                Effect::Nothing
            }
            Typed::Invite(circle) => Effect::Invite(circle),
            Typed::Help => {
                self.show(Overlay::Help(0));
                Effect::Nothing
            }
            Typed::Quit => self.quit(quits, "/quit"),
            Typed::Wrong(why) => {
                self.notice = why;
                Effect::Nothing
            }
        }
    }

    fn is_with_contact(&self, index: usize) -> bool {
        match &self.chats[index].with {
            With::One(tag) => self.person(tag).is_some_and(|it| it.trust.is_accepted()),
            With::Everyone(_) => true,
        }
    }

    fn turn_to(&mut self, recipient: &Recipient) {
        let is_meant = |chat: &Chat| match (&chat.with, recipient) {
            (With::Everyone(circle), Recipient::All(wanted)) => wanted.is_none() || circle == wanted,
            (With::One(tag), Recipient::One(name)) => {
                tag.starts_with(name) || self.person(tag).is_some_and(|it| show::name(&it.who) == name)
            }
            _ => false,
        };
        let mut meant: Vec<_> = (0..self.chats.len()).filter(|index| is_meant(&self.chats[*index])).collect();
        // No stranger takes a contact's name away.
        if meant.iter().any(|index| self.is_with_contact(*index)) {
            meant.retain(|index| self.is_with_contact(*index));
        }
        match (meant.as_slice(), recipient) {
            ([], _) => self.notice = format!("there is no {recipient}"),
            ([index], _) | ([index, ..], Recipient::All(_)) => self.go(*index),
            (several, Recipient::One(_)) => {
                let called: Vec<_> = several.iter().map(|index| self.title(&self.chats[*index])).collect();
                self.notice = format!("several are called {recipient}: {}", called.join(", "));
            }
        }
    }
}

/// How far a key moves the list of keys.
fn step(action: Action) -> Option<Step> {
    let (is_up, is_page) = match action {
        Action::Recall { is_older } => (is_older, false),
        Action::Next => (false, false),
        Action::Previous => (true, false),
        Action::Scroll { is_up } => (is_up, true),
        _ => return None,
    };
    Some(Step { is_up, is_page })
}

/// Whether a key that closes what is over all else is typed, too: a letter, but for those that readers of texts close by.
fn is_typed(key: KeyEvent, action: Action) -> bool {
    action == Action::Type && matches!(key.code, KeyCode::Char(letter) if !matches!(letter, 'q' | ' '))
}
