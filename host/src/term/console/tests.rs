use std::io::{PipeReader, PipeWriter, Write, pipe};

use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, openpt, unlockpt};

use super::*;

fn piped() -> (PipeWriter, Console, PipeReader) {
    let (input, typed) = pipe().unwrap();
    let (shown, output) = pipe().unwrap();
    (typed, Console::over(input.into(), output.into()).unwrap(), shown)
}

fn on_terminal() -> (File, Console) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let user = openpt(flags).unwrap();
    unlockpt(&user).unwrap();
    let terminal = ioctl_tiocgptpeer(&user, flags).unwrap();
    (user.into(), Console::over(terminal.try_clone().unwrap(), terminal).unwrap())
}

/// The next line, awaited as a program does; panics if none comes in time.
fn line(console: &mut Console) -> Line {
    loop {
        if let Some(line) = console.next_line() {
            return line;
        }
        wait_readable(console.as_fd());
        console.read_ready().unwrap();
    }
}

fn wait_readable<'fd>(fd: impl Into<Option<BorrowedFd<'fd>>>) {
    let mut waiter = Waiter::new();
    let token = waiter.read(fd);
    assert!(waiter.wait(Some(Duration::from_secs(10))).unwrap().contains(token), "nothing came in time");
}

/// Checks what the screen shows next.
fn shown(screen: &mut File, expected: &str) {
    let mut bytes = Vec::new();
    while bytes.len() < expected.len() {
        wait_readable(screen.as_fd());
        let mut chunk = vec![0; expected.len() - bytes.len()];
        let len = screen.read(&mut chunk).unwrap();
        bytes.extend_from_slice(&chunk[..len]);
    }
    assert_eq!(String::from_utf8(bytes).unwrap(), expected);
}

#[test]
fn nothing_typed_is_no_line_and_does_not_wait() {
    let (_typed, mut console, _shown) = piped();
    assert_eq!(console.next_line(), None);
    assert!(console.as_fd().is_some());
}

#[test]
fn lines_from_a_pipe() {
    let (mut typed, mut console, _shown) = piped();
    typed.write_all(b"  hello  \nyou\n").unwrap();
    assert_eq!(line(&mut console), Line::Text("  hello  ".into()));
    assert!(console.as_fd().is_none(), "a whole line waits to be taken first");
    assert_eq!(line(&mut console), Line::Text("you".into()));
    assert_eq!(console.next_line(), None);
}

#[test]
fn the_end_of_input_stays_and_is_not_waited_on() {
    let (typed, mut console, _shown) = piped();
    drop(typed);
    assert_eq!(line(&mut console), Line::Eof);
    assert!(console.as_fd().is_none());
    console.read_ready().unwrap();
    assert_eq!(console.next_line(), Some(Line::Eof));
}

#[test]
fn a_notice_on_a_pipe_has_no_control_sequence() {
    let (mut typed, mut console, mut screen) = piped();
    console.notice("welcome").unwrap();
    console.prompt("Selection: ").unwrap();
    console.notice("katie joined").unwrap();
    typed.write_all(b"3\n").unwrap();
    line(&mut console);
    console.notice("goodbye").unwrap();
    drop(console);
    let mut all = String::new();
    screen.read_to_string(&mut all).unwrap();
    assert_eq!(all, "welcome\nSelection: \nkatie joined\nSelection: goodbye\n");
}

#[test]
fn a_notice_on_a_terminal_takes_the_line_of_the_prompt() {
    let (mut user, mut console) = on_terminal();
    console.prompt("YOU: ").unwrap();
    console.notice("katie joined").unwrap();
    shown(&mut user, "YOU: \r\x1b[Kkatie joined\r\nYOU: ");
    user.write_all(b"hello\n").unwrap();
    assert_eq!(line(&mut console), Line::Text("hello".into()));
    console.notice("sent").unwrap();
    shown(&mut user, "hello\r\nsent\r\n");
}

#[test]
fn a_line_that_a_notice_has_put_out_of_sight_can_be_shown_again() {
    let (mut user, mut console) = on_terminal();
    console.prompt("YOU: ").unwrap();
    shown(&mut user, "YOU: ");
    user.write_all(b"half").unwrap();
    shown(&mut user, "half");
    console.notice("katie joined").unwrap();
    shown(&mut user, "\r\x1b[Kkatie joined\r\nYOU: ");
    user.write_all(b"\x12").unwrap();
    shown(&mut user, "^R\r\nhalf");
    user.write_all(b" a line\n").unwrap();
    assert_eq!(line(&mut console), Line::Text("half a line".into()));
}

#[test]
fn a_withdrawn_prompt_is_not_written_again() {
    let (mut user, mut console) = on_terminal();
    console.prompt("YOU: ").unwrap();
    console.withdraw().unwrap();
    console.withdraw().unwrap();
    console.notice("lost").unwrap();
    shown(&mut user, "YOU: \r\x1b[Klost\r\n");
}

#[test]
fn half_an_answer_to_a_withdrawn_prompt_is_no_answer_to_the_next() {
    let (mut user, mut console) = on_terminal();
    console.prompt("YOU: ").unwrap();
    shown(&mut user, "YOU: ");
    user.write_all(b"half").unwrap();
    shown(&mut user, "half");
    console.withdraw().unwrap();
    console.prompt("Selection: ").unwrap();
    shown(&mut user, &format!("\r\x1b[K\r\x1b[K{DROPPED}\r\nSelection: "));
    user.write_all(b"3\n").unwrap();
    assert_eq!(line(&mut console), Line::Text("3".into()));
}

#[test]
fn all_that_was_typed_ahead_on_a_terminal_is_dropped_and_the_user_told() {
    let (mut user, mut console) = on_terminal();
    user.write_all(b"one\ntwo\nthr").unwrap();
    shown(&mut user, "one\r\ntwo\r\nthr");
    assert_eq!(line(&mut console), Line::Text("one".into()));
    console.drop_typed_ahead().unwrap();
    shown(&mut user, &format!("\r\x1b[K{DROPPED}\r\n"));
    user.write_all(b"four\n").unwrap();
    assert_eq!(line(&mut console), Line::Text("four".into()));
    // The queue is empty now, so nothing is reported.
    console.drop_typed_ahead().unwrap();
    console.notice("next").unwrap();
    shown(&mut user, "four\r\nnext\r\n");
}

#[test]
fn an_end_of_input_is_forgotten_with_the_type_ahead() {
    let (mut user, mut console) = on_terminal();
    user.write_all(b"\x04").unwrap();
    assert_eq!(line(&mut console), Line::Eof);
    console.drop_typed_ahead().unwrap();
    user.write_all(b"again\n").unwrap();
    assert_eq!(line(&mut console), Line::Text("again".into()));
}

#[test]
fn from_a_pipe_nothing_is_dropped_and_what_is_left_is_known() {
    let (mut typed, mut console, _shown) = piped();
    typed.write_all(b"one\ntwo\n").unwrap();
    assert_eq!(line(&mut console), Line::Text("one".into()));
    console.drop_typed_ahead().unwrap();
    assert!(console.has_untaken().unwrap());
    assert_eq!(line(&mut console), Line::Text("two".into()));
    assert!(!console.has_untaken().unwrap() && !console.is_at_end(), "more may come");
    drop(typed);
    assert!(!console.has_untaken().unwrap() && console.is_at_end());
}

#[test]
fn input_without_an_end_is_not_read_to_its_end() {
    let (_shown, output) = pipe().unwrap();
    let endless = File::open("/dev/zero").unwrap();
    let mut console = Console::over(endless.into(), output.into()).unwrap();
    assert!(console.has_untaken().unwrap());
}

#[test]
fn a_notice_without_a_reader_fails() {
    let (_typed, mut console, shown) = piped();
    console.notice("seen").unwrap();
    drop(shown);
    assert_eq!(console.notice("unseen"), Err(OutputGone));
}

#[test]
fn end_of_input_on_a_terminal_ends_the_line_of_the_prompt() {
    let (mut user, mut console) = on_terminal();
    console.prompt("Selection: ").unwrap();
    user.write_all(b"\x04").unwrap();
    assert_eq!(line(&mut console), Line::Eof);
    console.notice("goodbye").unwrap();
    shown(&mut user, "Selection: \r\ngoodbye\r\n");
}

#[test]
fn a_password_is_not_shown_and_echo_comes_back() {
    let (mut user, mut console) = on_terminal();
    console.prompt("password: ").unwrap();
    console.hide_input().unwrap();
    shown(&mut user, "password: ");
    user.write_all(b"secret\n").unwrap();
    assert_eq!(line(&mut console), Line::Text("secret".into()));
    console.show_input().unwrap();
    user.write_all(b"seen\n").unwrap();
    assert_eq!(line(&mut console), Line::Text("seen".into()));
    shown(&mut user, "\r\nseen\r\n");
}

#[test]
fn a_pipe_has_no_echo_to_turn_off() {
    let (_typed, mut console, _shown) = piped();
    console.hide_input().unwrap();
    assert!(console.held_signals().is_none() && console.resumption.is_none());
}

#[test]
fn a_program_that_panics_leaves_the_terminal_as_it_was() {
    let (mut user, console) = on_terminal();
    let modes = |terminal: &File| format!("{:?}", rustix::termios::tcgetattr(terminal).unwrap());
    let before = modes(&user);
    let mut console = console.drawing(Resizing::hold().unwrap()).unwrap();
    console.prompt("YOU: ").unwrap();
    assert_ne!(modes(&user), before);
    let panicking = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _console = console;
        panic!("a test of what comes of it");
    }));
    assert!(panicking.is_err());
    assert_eq!(modes(&user), before);
    shown(&mut user, &format!("{MARK_PASTE}YOU: \r\n{MARK_NO_PASTE}"));
}
