//! Files on their way, each in a line that says how far it is.

use std::fmt;
use std::time::Duration;

use p2pm_core::wire::sanitise;
use ratatui::style::Stylize;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::shorten;
use crate::face::file::{hundredths, size};
use crate::face::term::app::{App, File};
use crate::node::FileState;

/// Columns of a bar.
const BAR_WIDTH: usize = 10;
/// Columns of a name that are left by a bar.
const NAME_MIN: usize = 8;

/// The files that are on their way in the current conversation, in so many rows at most.
pub(super) fn lines(app: &App, width: usize, rows: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<_> =
        app.files_under_way().map(|file| Line::from(line(app, file, width).cyan())).collect();
    if lines.len() > rows {
        lines.truncate(rows.saturating_sub(1));
        let more = app.files_under_way().count() - lines.len();
        lines.push(Line::from(shorten(&format!("{more} more: /files"), width).cyan()));
        lines.truncate(rows);
    }
    lines
}

/// Number and direction, the name as far as there is room, and how far it is.
fn line(app: &App, file: &File, width: usize) -> String {
    let arrow = if file.info.ours { "↑" } else { "↓" };
    let head = format!("{} {arrow} ", file.info.file);
    let state = state(app, file, width.saturating_sub(head.width() + NAME_MIN));
    let room = width.saturating_sub(head.width() + state.width() + 1).max(NAME_MIN);
    let name = shorten(&sanitise(&file.info.name).to_string(), room);
    shorten(&format!("{head}{name} {state}"), width)
}

/// How far it is, with a bar if there is room for it, and what it waits for.
fn state(app: &App, file: &File, room: usize) -> String {
    let who = &file.info.who;
    let away = (!app.is_here(&who.tag)).then(|| format!("{} is away", app.called(who)));
    match (&file.state, away) {
        (FileState::Paused { done, why }, _) => waits(file, *done, &sanitise(why)),
        (FileState::Moving { done }, Some(away)) => waits(file, *done, &away),
        (FileState::Moving { done }, None) => moves(file, *done, room),
        (_, Some(away)) => format!("waits: {away}"),
        (_, None) => "waits for a connection".to_owned(),
    }
}

fn waits(file: &File, done: u64, why: &impl fmt::Display) -> String {
    format!("waits at {} %: {why}", hundredths(done, file.info.size))
}

fn moves(file: &File, done: u64, room: usize) -> String {
    let share = hundredths(done, file.info.size);
    let speed = file.speed().map(|speed| format!("  {}/s", size(speed))).unwrap_or_default();
    let left = file.time_left().map(|left| format!("  {}", clock(left))).unwrap_or_default();
    let words = format!("{share:>3} %{speed}{left}");
    if words.width() + BAR_WIDTH + 3 > room { words } else { format!("{} {words}", bar(share)) }
}

fn bar(share: u64) -> String {
    let full = usize::try_from(share).unwrap_or(100).min(100) * BAR_WIDTH / 100;
    format!("[{}{}]", "█".repeat(full), "░".repeat(BAR_WIDTH - full))
}

/// Hours, minutes and seconds.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::file::tests::info;
    use crate::face::term::app::tests::app;
    use crate::node::News;

    /// What is shown of a file of this name in this state.
    fn shown(name: &str, state: FileState, width: usize) -> Vec<String> {
        let mut app = app();
        app.go(1);
        app.handle_news(&News::File { file: info(name), state });
        lines(&app, width, 3).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_line_says_how_far_a_file_is() {
        let moving = FileState::Moving { done: 900_000 };
        assert_eq!(shown("photo.jpg", moving.clone(), 59), ["3 ↓ photo.jpg [████░░░░░░]  45 %"]);
        assert_eq!(
            shown("photo.jpg", moving.clone(), 20),
            ["3 ↓ photo.jpg  45 %"],
            "without room for the bar"
        );
        assert_eq!(shown(&"long".repeat(20), moving, 40), ["3 ↓ longlonglonglong… [████░░░░░░]  45 %"]);
        let paused = FileState::Paused { done: 900_000, why: "paused\x1b[2J".into() };
        assert_eq!(
            shown("photo\u{202e}gpj", paused, 59),
            ["3 ↓ photo\u{fffd}gpj waits at 45 %: paused\u{fffd}[2J"]
        );
        assert_eq!(shown("photo.jpg", FileState::Offered { preview: None }, 59), [""; 0]);
        assert_eq!(shown("photo.jpg", FileState::Stored { path: None }, 59), [""; 0]);
    }

    #[test]
    fn what_waits_for_somebody_who_is_away_has_no_speed() {
        let mut app = app();
        app.go(1);
        app.people[0].here = false;
        for (state, shown) in [
            (FileState::Accepted, "3 ↓ x waits: abdul is away"),
            (FileState::Moving { done: 900_000 }, "3 ↓ x waits at 45 %: abdul is away"),
        ] {
            app.handle_news(&News::File { file: info("x"), state });
            assert_eq!(lines(&app, 59, 3).iter().map(ToString::to_string).collect::<Vec<_>>(), [shown]);
        }
    }

    #[test]
    fn files_leave_room_for_what_is_said() {
        let mut app = app();
        app.go(1);
        for file in 1..=5 {
            let file = crate::node::FileInfo { file, ..info("x") };
            app.handle_news(&News::File { file, state: FileState::Accepted });
        }
        let shown: Vec<_> = lines(&app, 59, 3).iter().map(ToString::to_string).collect();
        let waits = "x waits for a connection";
        assert_eq!(shown, [format!("1 ↓ {waits}"), format!("2 ↓ {waits}"), "3 more: /files".into()]);
        assert!(lines(&app, 59, 0).is_empty());
    }

    #[test]
    fn time_is_as_on_a_clock() {
        for (seconds, shown) in [(7, "0:07"), (61, "1:01"), (3_661, "1:01:01"), (360_000, "100:00:00")] {
            assert_eq!(clock(Duration::from_secs(seconds)), shown);
        }
    }
}
