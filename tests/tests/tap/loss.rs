//! A wire that loses or corrupts packets: every text arrives all the same, in order, once.
//!
//! Now and then the same packet is lost so often that a timeout ends a conversation; it is then repeated, as
//! a user would. How often that happens is counted on virtual time, in `tests/tests/device`.

use std::process::Command;
use std::thread;
use std::time::Duration;

use p2pm_tests::namespace::{DEVICE, LINUX};
use p2pm_tests::pty::Terminal;
use rustix::process::Signal;

use crate::cast::{NewSite, PASSWORD, SERVER_PASSWORD, Site, WRONG};

/// Lost packets are sent again, with an exponential delay.
const PATIENCE: Duration = Duration::from_secs(75);
/// Most attempts of a story.
const ATTEMPTS: usize = 6;
/// How a client says that it has lost its community server. It goes on.
const OFFLINE: [&str; 3] =
    ["community server: no answer", "community server: timed out", "community server: connection lost"];
/// Texts each way.
const MESSAGES: usize = 40;

/// Conversation over a wire with such faults. `None` if a timeout ended it early, which was reported.
type Story = fn(&Site, &str) -> Option<()>;

pub fn whatever_the_wire_does_all_that_is_said_is_heard(new_site: NewSite) {
    let stories: [(&str, Story); 4] = [
        ("echo", echo),
        ("take turns", take_turns),
        ("be found", be_found),
        ("be a meeting place", be_a_meeting_place),
    ];
    thread::scope(|scope| {
        for faults in ["--drop-pct 10", "--drop-pct 20", "--corrupt-pct 5"] {
            for (name, story) in stories {
                let Some(site) = new_site() else { return };
                scope.spawn(move || {
                    let is_told = (0..ATTEMPTS).any(|_| story(&site, faults).is_some());
                    assert!(is_told, "{name}, {faults}: ended early {ATTEMPTS} times");
                });
            }
        }
    });
}

/// The client's texts are sent back.
fn echo(site: &Site, faults: &str) -> Option<()> {
    let mut node = listening(site, &format!("{faults} node --echo --free"));
    let mut client = call(site, "--free")?;
    let told = (1..=MESSAGES).try_for_each(|number| {
        client.send_line(&message("Linux", number));
        hear(&mut client, &format!("THEM: {}\n", message("Linux", number)))
    });
    if told.is_some() {
        client.send_line("quit");
        assert_eq!(client.wait().code(), Some(0));
    }
    node.expect("chat over: ");
    assert_heard(&client, "Linux", told);
    told
}

/// Both sides write in turn.
fn take_turns(site: &Site, faults: &str) -> Option<()> {
    let mut node = listening(site, &format!("{faults} node"));
    let mut client = call(site, "")?;
    let told = (1..=MESSAGES).try_for_each(|number| {
        client.send_line(&message("Linux", number));
        // A text for the device, or the end.
        node.expect(": ");
        if !is_over(&node) {
            node.expect(&format!("{}\n", message("Linux", number)));
            node.send_line(&message("device", number));
        }
        hear(&mut client, &format!("THEM: {}\n", message("device", number)))?;
        hear(&mut client, "YOU: ")
    });
    if told.is_some() {
        client.send_line("quit");
        node.expect("chat over: the other side ended it: goodbye\n");
        assert_eq!(client.wait().code(), Some(0));
    }
    while !is_over(&node) {
        node.expect(": ");
    }
    assert_heard(&client, "device", told);
    assert_heard(&node, "Linux", told);
    told
}

/// Whether the end of the chat was shown to the device's user.
fn is_over(node: &Terminal) -> bool {
    node.screen().contains("chat over: ")
}

/// The device joins the community of Linux, and is found there.
fn be_found(site: &Site, faults: &str) -> Option<()> {
    let mut community = site.community().with_patience(PATIENCE);
    let mut katie = Terminal::spawn(site.joiner(LINUX, "katie", SERVER_PASSWORD)).with_patience(PATIENCE);
    katie.expect(", you] katie");
    let mut device = listening(site, &format!("{faults} join {LINUX}:5000 --name device --echo"));
    device.expect("online as device");
    katie.expect("device is online");
    let mut client = call(site, "")?;
    community.expect("device left");
    client.send_line("hello device!");
    hear(&mut client, "THEM: hello device!\n")?;
    client.send_line("quit");
    device.expect("chat over");
    device.expect("online as device");
    device.signal(Signal::INT);
    community.expect("device left");
    assert_eq!(device.wait().code(), Some(0));
    Some(())
}

/// Linux joins the device's community; a client with a wrong password does not.
fn be_a_meeting_place(site: &Site, faults: &str) -> Option<()> {
    let mut community = listening(site, &format!("{faults} community"));
    let join = |name| start(site.joiner(DEVICE, name, SERVER_PASSWORD), "menu for the menu: ");
    let (mut katie, mut abdul) = (join("katie")?, join("abdul")?);
    hear(&mut katie, "abdul is online")?;
    start(site.joiner(DEVICE, "mallory", WRONG), "wrong password")?;
    abdul.send(b"\x03");
    assert_eq!(abdul.wait().code(), Some(130));
    hear(&mut katie, "abdul")?;
    community.signal(Signal::INT);
    assert_eq!(community.wait().code(), Some(0));
    assert!(!community.screen().contains("mallory"), "{}", community.screen());
    Some(())
}

fn message(from: &str, number: usize) -> String {
    format!("message {number} of {from}")
}

fn listening(site: &Site, options: &str) -> Terminal {
    site.listening(options).with_patience(PATIENCE)
}

/// A chat with the device.
fn call(site: &Site, options: &str) -> Option<Terminal> {
    start(site.caller(options, PASSWORD), "YOU: ")
}

/// A program, once it shows this.
fn start(command: Command, text: &str) -> Option<Terminal> {
    let mut program = Terminal::spawn(command).with_patience(PATIENCE);
    hear(&mut program, text).map(|()| program)
}

/// Waits until the program shows this. `None` if it ends or goes offline first, which is the network's fault.
fn hear(program: &mut Terminal, text: &str) -> Option<()> {
    let [no_answer, timed_out, lost] = OFFLINE;
    match program.first_of(&[text, no_answer, timed_out, lost]) {
        Some(0) => return Some(()),
        Some(_) => {}
        None => assert_eq!(program.wait().code(), Some(1), "before {text:?}: {}", program.screen()),
    }
    None
}

/// Checks that the texts were received in order, once, and all of them if the conversation was completed.
#[track_caller]
fn assert_heard(listener: &Terminal, from: &str, told: Option<()>) {
    let screen = listener.screen();
    let heard: Vec<&str> = screen.split("THEM: ").skip(1).filter_map(|rest| rest.lines().next()).collect();
    let said: Vec<String> = (1..=MESSAGES).map(|number| message(from, number)).collect();
    let due = if told.is_some() { &said[..] } else { &said[..heard.len().min(MESSAGES)] };
    assert_eq!(heard, due, "{screen}");
}
