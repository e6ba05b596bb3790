//! The screen: people on the left, the conversation on the right, what is typed below.

mod chat;
mod files;
pub(super) mod help;
mod input;
mod invitation;
mod people;
pub(super) mod picture;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect, Spacing};
use ratatui::style::Stylize;
use ratatui::symbols::merge::MergeStrategy;
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Paragraph};
use unicode_width::UnicodeWidthStr;

use super::app::{App, Overlay};

/// Columns below which the people fold away.
const PEOPLE_FROM: u16 = 70;
/// Columns of the people, with their borders.
const PEOPLE_WIDTH: u16 = 20;

/// Where the parts of the screen are.
struct Parts {
    header: Rect,
    /// `None` on a narrow screen.
    people: Option<Rect>,
    chat: Rect,
    input: Rect,
}

impl Parts {
    fn of(app: &App, area: Rect) -> Self {
        let rows = [Constraint::Length(1), Constraint::Min(0), Constraint::Length(input::height(app, area))];
        let [header, body, input] = Layout::vertical(rows).areas(area);
        // The border between them is shared.
        let body = Rect { height: body.height + u16::from(input.height > 0), ..body };
        if area.width < PEOPLE_FROM {
            return Self { header, people: None, chat: body, input };
        }
        let columns = [Constraint::Length(PEOPLE_WIDTH), Constraint::Min(0)];
        let [people, chat] = Layout::horizontal(columns).spacing(Spacing::Overlap(1)).areas(body);
        Self { header, people: Some(people), chat, input }
    }
}

/// Draws all of it.
pub(super) fn draw(frame: &mut Frame<'_>, app: &App) {
    if let Some(Overlay::Picture(look)) = &app.overlay {
        // Nothing else is drawn where the terminal draws by its own graphics.
        return picture::draw(frame, look, app.means.colours);
    }
    let parts = Parts::of(app, frame.area());
    draw_header(frame, app, parts.header);
    if let Some(people) = parts.people {
        people::draw(frame, app, people);
    }
    chat::draw(frame, app, parts.chat);
    input::draw(frame, app, parts.input);
    match &app.overlay {
        None | Some(Overlay::Picture(_)) => {}
        Some(Overlay::Help(first)) => help::draw(frame, frame.area(), *first),
        Some(Overlay::Invitation(invitation)) => invitation::draw(frame, frame.area(), invitation),
    }
}

/// Index of the conversation that is listed at this place of the screen.
pub(super) fn chat_at(app: &App, area: Rect, column: u16, row: u16) -> Option<usize> {
    let people = Parts::of(app, area).people?;
    let is_inside = column > people.left() && column < people.right();
    people::at(app, people, row).filter(|_| is_inside)
}

fn draw_header(frame: &mut Frame<'_>, app: &App, area: Rect) {
    let here = match app.people.iter().filter(|person| person.here).count() {
        _ if app.has_ended() => "no node".to_owned(),
        count => format!("{count} here"),
    };
    let circles = app.me.circles.join(", ");
    let unread: usize = app.chats.iter().map(|chat| chat.unread).sum();
    let unread = if unread > 0 { format!(" · {unread} unread") } else { String::new() };
    let title = Line::from(vec![
        " p2pm  ".bold(),
        app.me.name.as_str().into(),
        format!(" · {circles} · sealed · {here}").dim(),
        unread.yellow(),
    ]);
    frame.render_widget(Paragraph::new(title), area);
    frame.render_widget(Paragraph::new(Line::from("F1 help ".dim()).right_aligned()), area);
}

/// What is said below something over all else.
const CLOSES: &str = " any key closes this ";

/// Draws something over all else, with a title and what is said below.
fn overlay(frame: &mut Frame<'_>, area: Rect, [title, below]: [&str; 2], content: Paragraph<'_>) {
    frame.render_widget(Clear, area);
    let block = Block::bordered().title(title).title_bottom(below);
    frame.render_widget(content.block(block), area);
}

/// A box that shares its borders with its neighbours.
fn bordered<'a>() -> Block<'a> {
    Block::bordered().merge_borders(MergeStrategy::Exact)
}

/// As much of a text as fits.
fn shorten(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut short = String::new();
    for letter in text.chars() {
        let next = format!("{short}{letter}");
        if next.width() >= room {
            break;
        }
        short = next;
    }
    if room > 0 {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::config::profile::Circle;
    use crate::face::file::tests::info;
    use crate::face::invitation::Invitation;
    use crate::face::term::app::tests::{app, say_something};
    use crate::node::{FileInfo, FileState, News};

    /// What a screen of this size shows.
    fn shown(app: &App, columns: u16, rows: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal.draw(|frame| draw(frame, app)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn every_size_can_be_drawn() {
        let mut app = app();
        say_something(&mut app);
        let passphrase = "47-coral-tulip-anvil-mocha";
        app.tell_code(passphrase);
        for (file, state) in
            [(3, FileState::Offered { preview: None }), (4, FileState::Moving { done: 1_000_000 })]
        {
            let file = FileInfo { file, ..info("漢字 photo.jpg") };
            app.handle_news(&News::File { file, state });
        }
        let circle = Circle { name: "home".parse().unwrap(), passphrase: passphrase.parse().unwrap() };
        for overlay in [None, Some(Overlay::Help(3)), Some(Overlay::Invitation(Invitation { circle }))] {
            app.overlay = overlay;
            for columns in (1..=24).step_by(3).chain(68..=71) {
                for rows in 1..=9 {
                    for current in 0..app.chats.len() {
                        app.go(current);
                        shown(&app, columns, rows);
                    }
                }
            }
        }
    }

    #[test]
    fn the_keys_are_seen_on_few_columns() {
        let below = |columns| shown(&app(), columns, 10).lines().last().unwrap().to_owned();
        assert!(below(80).contains("└ dora asks to be accepted · Alt-Y accept · Alt-N deny · /block dora ─"));
        assert!(below(60).contains("└ dora asks to be accepted · Alt-Y accept · Alt-N deny ─"));
        assert!(below(40).contains("└ Alt-Y accept, Alt-N deny: dora asks ─┘"));
    }

    #[test]
    fn what_is_offered_is_shown_with_the_keys_for_it() {
        let mut app = app();
        app.set_people(app.me.clone(), app.people[..1].to_vec());
        let file = info(&format!("{}\u{202e}", "long ".repeat(20)));
        app.handle_news(&News::File { file, state: FileState::Offered { preview: None } });
        let shown = shown(&app, 80, 24);
        let below = shown.lines().last().unwrap();
        assert!(below.contains("└ abdul offers long long lo"), "{shown}");
        assert!(below.contains("… · Alt-Y take · Alt-N turn away ┘"), "{shown}");
    }

    #[test]
    fn a_text_is_cut_by_its_width() {
        assert_eq!(shorten("abdul", 5), "abdul");
        assert_eq!(shorten("abdullah", 5), "abdu…");
        assert_eq!(shorten("漢字漢字", 5), "漢字…");
        assert_eq!(shorten("abdul", 1), "…");
        assert_eq!(shorten("abdul", 0), "");
    }
}
