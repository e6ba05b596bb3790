use std::os::unix::process::ExitStatusExt;

use super::*;

fn shell(script: &str) -> Terminal {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    Terminal::spawn(command)
}

fn cat() -> Terminal {
    Terminal::spawn(Command::new("cat"))
}

#[test]
fn the_screen_holds_everything_to_the_end() {
    let mut terminal = shell("stty size; printf 'one\\ntwo'; exit 7");
    assert_eq!(terminal.wait().code(), Some(7));
    assert_eq!(terminal.screen(), "24 80\none\ntwo");
}

#[test]
fn a_program_with_much_to_say_can_end() {
    let mut terminal = shell("head -c 200000 /dev/zero | tr '\\0' x");
    assert!(terminal.wait().success());
    assert_eq!(terminal.screen().len(), 200_000);
}

#[test]
fn what_is_typed_is_echoed_and_read() {
    let mut terminal = cat();
    terminal.send_line("hello  there");
    terminal.expect("hello  there\nhello  there\n");
    terminal.send(b"\x04");
    assert!(terminal.wait().success());
}

#[test]
fn more_can_be_typed_than_the_terminal_holds() {
    let mut terminal = shell("stty raw -echo; echo ready; head -c 100000 | wc -c");
    terminal.expect("ready\n");
    terminal.send(&vec![b'x'; 100_000]);
    terminal.expect("100000\n");
}

#[test]
#[should_panic(expected = "\"one\" was not shown before the program ended; the screen so far:\none two one")]
fn expected_text_is_used_up() {
    let mut terminal = shell("echo one two one");
    terminal.expect("one");
    terminal.expect("one");
    terminal.expect("one");
}

#[test]
fn what_is_shown_first_is_found_first() {
    let mut terminal = shell("echo one two three; exec cat");
    assert_eq!(terminal.expect_one_of(&["four", "three", "two"]), 2);
    assert_eq!(terminal.expect_one_of(&["one", "three"]), 1);
}

#[test]
fn nothing_is_shown_until_something_is() {
    let mut terminal = shell("read line; echo heard");
    terminal.expect_nothing_for(Duration::from_millis(50));
    terminal.send_line("");
    terminal.expect("heard");
}

#[test]
#[should_panic(expected = "something happened within")]
fn something_is_not_nothing() {
    shell("echo something; exec cat").expect_nothing_for(DEADLINE);
}

#[test]
#[should_panic(expected = "\"dog\" was not shown within 1ms")]
fn patience_runs_out() {
    cat().with_patience(Duration::from_millis(1)).expect("dog");
}

#[test]
fn waiting_ends_at_the_deadline() {
    let terminal = cat();
    assert!(!ready(&mut [PollFd::new(&terminal.master, PollFlags::IN)], Instant::now()));
}

#[test]
fn the_terminal_is_the_controlling_one() {
    let mut terminal = shell("echo ready >/dev/tty; exec cat");
    terminal.expect("ready\n");
    terminal.send(b"\x03");
    assert_eq!(terminal.wait().signal(), Some(Signal::INT.as_raw()));
}

#[test]
fn signals_reach_the_program() {
    let mut terminal = cat();
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.wait().signal(), Some(Signal::TERM.as_raw()));
}

#[test]
fn nothing_survives_the_terminal() {
    let mut terminal = shell("cat </dev/zero >/dev/null & echo \"background $!.\"; wait");
    terminal.expect(".\n");
    let number = terminal.screen().trim_matches(|c: char| !c.is_ascii_digit()).parse();
    let background = Pid::from_raw(number.expect("a process number")).expect("not 0");
    let background = pidfd_open(background, PidfdFlags::empty()).expect("it runs");
    drop(terminal);
    assert!(ready(&mut [PollFd::new(&background, PollFlags::IN)], Instant::now() + DEADLINE));
}
