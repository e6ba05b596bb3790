//! A wire that is cut, for a while or for good.

use std::thread;
use std::time::{Duration, Instant};

use p2pm_tests::namespace::LINUX;
use p2pm_tests::pty::Terminal;

use crate::cast::{SERVER_PASSWORD, Site};

const CUT: Duration = Duration::from_secs(5);
/// A minute of silence, after which a peer times out, and a quarter of one for a slow machine.
const PATIENCE: Duration = Duration::from_secs(75);

#[test]
fn a_cut_of_five_seconds_in_mid_chat_loses_nothing() {
    let Some(site) = Site::for_test() else { return };
    let mut node = site.listening("node --free");
    let mut client = site.call("--free");
    client.send_line("before, from Linux");
    node.expect("THEM: before, from Linux\n");
    node.send_line("before, from the device");
    client.expect("THEM: before, from the device\n");

    site.network.cut();
    let start = Instant::now();
    let during = |from| -> Vec<String> { (1..=10).map(|number| format!("{number} from {from}")).collect() };
    let (from_linux, from_device) = (during("Linux"), during("the device"));
    for (linux, device) in from_linux.iter().zip(&from_device) {
        // The client's prompt may appear in the middle of the echo.
        client.send_line(linux);
        node.send_line(device);
        if device == &from_device[0] {
            // Either may be first: what Linux has not acknowledged is sent again, whatever is typed.
            let down = "tap0 is down, nothing gets through; mend it with: sudo ip link set tap0 up\n";
            let either = [down, device];
            let first = node.expect_one_of(&either);
            node.expect(either[1 - first]);
        } else {
            node.expect(device);
        }
    }
    node.expect_nothing_for(CUT.saturating_sub(start.elapsed()));
    site.network.restore();
    for line in from_linux {
        node.expect(&format!("THEM: {line}\n"));
    }
    for line in from_device {
        client.expect(&format!("THEM: {line}\n"));
    }
    let heard = |screen: &str| screen.matches("THEM: ").count();
    assert_eq!((heard(&node.screen()), heard(&client.screen())), (11, 11), "each once");
    client.send_line("quit");
    node.expect("chat over: the other side ended it: goodbye\n");
}

#[test]
fn a_cut_for_good_is_noticed_and_what_was_before_comes_back() {
    thread::scope(|scope| {
        for story in [the_node_listens_again, the_member_is_on_the_list_again] {
            let Some(site) = Site::for_test() else { return };
            scope.spawn(move || story(&site));
        }
    });
}

fn the_node_listens_again(site: &Site) {
    let mut node = site.listening("node").with_patience(PATIENCE);
    let mut client = site.call("").with_patience(PATIENCE);
    client.send_line("hello device!");
    node.expect("THEM: hello device!\n");
    site.network.cut();
    node.expect("chat over: no answer\n");
    node.expect("listening\n");
    client.expect("chat over: no answer");
    assert_eq!(client.wait().code(), Some(1));
    site.network.restore();
    let mut client = site.call("");
    node.expect("chat with 10.77.0.1\n");
    client.send_line("hello again!");
    node.expect("THEM: hello again!\n");
}

fn the_member_is_on_the_list_again(site: &Site) {
    let mut community = site.community().with_patience(PATIENCE);
    let mut katie = Terminal::spawn(site.joiner(LINUX, "katie", SERVER_PASSWORD)).with_patience(PATIENCE);
    katie.expect(", you] katie");
    let mut device = Terminal::spawn(site.device(&format!("join {LINUX}:5000 --name device")));
    device = device.with_patience(PATIENCE);
    device.expect("online as device");
    katie.expect("device is online");
    site.network.cut();
    device.expect("left the community server: no answer\n");
    community.expect("device left");
    site.network.restore();
    device.expect("online as device");
    katie.expect("device is online");
}
