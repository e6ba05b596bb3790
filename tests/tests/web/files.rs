//! Files from the browser and to it.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use p2pm_tests::machine::Machine;

use super::http::connect;
use super::page::{PASSPHRASE, Page, QUIET, eventually};

/// Abdul, whose node is linked with that of the page. It is killed on drop.
struct Abdul {
    machine: Machine,
    program: Child,
}

impl Abdul {
    fn linked_with(page: &Page) -> Self {
        let who = page.command(&["who"]);
        let port = who.lines().next().and_then(|line| line.rsplit(':').next()).expect("a port").to_owned();
        let machine = Machine::new();
        let mut command = machine.command("p2pm");
        command.arg("up").args(QUIET).args(["--name", "abdul", "--accept", "all"]);
        command.args(["--connect", &format!("127.0.0.1:{port}")]).env("P2PM_PASSPHRASE", PASSPHRASE);
        let program = command.stdin(Stdio::null()).spawn().expect("p2pm starts");
        eventually("they are linked", || page.command(&["who"]).contains("abdul"));
        eventually("they are linked", || page.ask("{\"do\":\"who\"}").contains("\"here\":true"));
        Self { machine, program }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.machine.command("p2pm");
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }

    fn output(&self, arguments: &[&str]) -> String {
        String::from_utf8(self.command(arguments).output().expect("p2pm runs").stdout).expect("text")
    }
}

impl Drop for Abdul {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// What is in the folder for files of the browser.
fn spooled(page: &Page) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![page.machine.home().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path.clone());
            }
            found.extend(path.to_string_lossy().contains("/uploads/").then_some(path));
        }
    }
    found
}

#[test]
fn a_file_is_offered_and_leaves_no_copy_behind() {
    let page = Page::of("katie");
    let abdul = Abdul::linked_with(&page);
    let content = "x".repeat(3_000_000);
    let path = "/api/send?to=abdul&name=the%20plan.txt";
    let reply = page.send(&page.posted(path, "application/octet-stream", &content));
    assert!(reply.status == 200 && reply.text().contains("\"answer\":\"offered\""), "{reply:?}");
    assert!(!spooled(&page).is_empty());
    let into = abdul.machine.home().join("in");
    eventually("it is offered", || abdul.output(&["files"]).contains("the plan.txt"));
    abdul.output(&["take", "1", "--save", into.to_str().unwrap()]);
    eventually("it has come", || {
        fs::read(into.join("the plan.txt")).is_ok_and(|it| it == content.as_bytes())
    });
    eventually("no copy is left", || spooled(&page).is_empty());
}

#[test]
fn a_file_that_is_offered_again_leaves_no_copy_behind() {
    let page = Page::of("katie");
    let abdul = Abdul::linked_with(&page);
    let path = "/api/send?to=abdul&name=plan.txt";
    assert_eq!(page.send(&page.posted(path, "application/octet-stream", "x")).status, 200);
    page.command(&["down"]);
    eventually("it has ended", || page.get("/api/state").text().contains("stopped"));
    assert!(!spooled(&page).is_empty());
    assert_eq!(page.post("/api/restart", "{}").status, 200);
    eventually("it is offered again", || page.ask("{\"do\":\"files\"}").contains("plan.txt"));
    eventually("they are linked", || page.ask("{\"do\":\"who\"}").contains("\"here\":true"));
    eventually("it is offered", || abdul.output(&["files"]).contains("plan.txt"));
    abdul.output(&["trust", "katie"]);
    eventually("no copy is left", || spooled(&page).is_empty());
}

#[test]
fn whoever_takes_back_many_files_can_offer_more() {
    let page = Page::of("katie");
    let abdul = Abdul::linked_with(&page);
    for number in 1..=20 {
        let request = page.posted("/api/send?to=abdul&name=plan.txt", "application/octet-stream", "x");
        assert_eq!(page.send(&request).status, 200);
        eventually("it is offered", || abdul.output(&["files"]).contains("plan.txt"));
        page.ask(&format!("{{\"do\":\"cancel_file\",\"file\":{number}}}"));
        eventually("it is taken back", || !abdul.output(&["files"]).contains("plan.txt"));
    }
    eventually("no copy is left", || spooled(&page).is_empty());
}

#[test]
fn an_upload_that_stops_is_removed() {
    let page = Page::of("katie");
    let _abdul = Abdul::linked_with(&page);
    let head = page.head("POST", "/api/send?to=abdul&name=x");
    let mut stream = connect(page.port);
    let request =
        format!("{head}Content-Type: application/octet-stream\r\nContent-Length: 1000000\r\n\r\nbeginning");
    stream.write_all(request.as_bytes()).unwrap();
    eventually("it has begun", || !spooled(&page).is_empty());
    drop(stream);
    eventually("it is gone", || spooled(&page).is_empty());
    assert_eq!(page.ask("{\"do\":\"files\"}"), "{\"answer\":\"files\",\"files\":[]}");
}

#[test]
fn what_does_not_fit_and_what_is_for_nobody_is_refused() {
    let page = Page::of("katie");
    let head = page.head("POST", "/api/send?to=abdul&name=x") + "Content-Type: application/octet-stream\r\n";
    let huge = page.send(&format!("{head}Content-Length: 1000000000000000\r\n\r\n"));
    assert!(huge.status == 503 && huge.text().contains("no space"), "{huge:?}");
    let nobody = page.send(&format!("{head}Content-Length: 1\r\n\r\nx"));
    assert_eq!(nobody.status, 404, "{nobody:?}");
    assert!(spooled(&page).is_empty());
}

#[test]
fn what_has_come_is_saved_and_only_pictures_are_shown() {
    let page = Page::of("katie");
    let abdul = Abdul::linked_with(&page);
    let offer = |name: &str, content: &[u8]| {
        let path = abdul.machine.home().join(name);
        fs::write(&path, content).unwrap();
        abdul.command(&["send", "katie", "--file", path.to_str().unwrap()]).spawn().unwrap()
    };
    let picture = |size: [u32; 2]| {
        let mut gif = b"GIF89a".to_vec();
        gif.extend(size.iter().flat_map(|side| u16::try_from(*side).unwrap().to_le_bytes()));
        // Two colours, and a frame of one pixel.
        gif.extend(b"\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;");
        gif
    };
    let markup = "<img src=x onerror=alert(1)>\"'&\u{202e}.html";
    let files = [
        (markup, b"<script>alert(2)</script>".to_vec()),
        ("small.png", picture([3, 2])),
        ("30000.gif", picture([30_000, 30_000])),
        ("fake.png", b"<svg onload=alert(3)>".to_vec()),
    ];
    for (number, (name, content)) in (1..).zip(&files) {
        let mut sending = offer(name, content);
        eventually("it is offered", || {
            page.ask("{\"do\":\"files\"}").contains(&format!("\"file\":{number},"))
        });
        page.ask(&format!("{{\"do\":\"take_file\",\"file\":{number}}}"));
        assert!(sending.wait().unwrap().success());
        let reply = page.get(&format!("/api/file/{number}"));
        assert_eq!((reply.status, &reply.body), (200, content), "{name}");
        assert_eq!(reply.field("content-type"), Some("application/octet-stream"));
        let saved = reply.field("content-disposition").unwrap();
        assert!(
            saved.starts_with("attachment; filename*=UTF-8''") && !saved.contains(['<', '"', '\u{202e}']),
            "{saved}"
        );
    }
    let shown = [1, 2, 3, 4].map(|number| page.get(&format!("/api/picture/{number}")));
    assert_eq!(shown.each_ref().map(|it| it.status), [415, 200, 415, 415]);
    assert_eq!(shown[1].field("content-type"), Some("image/gif"), "whatever it is called");
    let folder = page.machine.home().join("Downloads/p2pm");
    let link = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .find(|it| it.ends_with("fake.png"))
        .unwrap();
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &link).unwrap();
    assert_eq!(page.get("/api/file/4").status, 404, "a link in its place is not followed");
}

#[test]
fn what_is_set_holds_at_once_and_after_a_restart() {
    let mut page = Page::of_new_user();
    page.enter();
    assert_eq!(page.post("/api/start", "{\"name\":\"katie\",\"passphrase\":null}").status, 200);
    let folder = page.machine.home().join("photos");
    let changes = format!("{{\"name\":\"kate\",\"accept\":\"known\",\"folder\":{folder:?}}}");
    assert_eq!(page.post("/api/settings", &changes).status, 200);
    let wanted =
        format!("{{\"name\":\"kate\",\"circles\":[\"home\"],\"accept\":\"known\",\"folder\":{folder:?}}}");
    assert_eq!(page.get("/api/settings").text(), wanted);
    page.command(&["down"]);
    eventually("it has ended", || page.get("/api/state").text().contains("stopped"));
    assert_eq!(
        page.ask("{\"do\":\"who\"}"),
        "{\"error\":{\"kind\":\"unavailable\",\"text\":\"no node runs\"}}"
    );
    assert_eq!(page.post("/api/restart", "{}").status, 200);
    assert_eq!(page.get("/api/settings").text(), wanted);
}
