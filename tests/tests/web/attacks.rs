//! What others may try, and what comes of it.

use super::http::exchange;
use super::page::Page;

/// A request, and the statuses that it may get.
type Row = (&'static str, String, &'static [u16]);

fn refusals(page: &Page, rows: Vec<Row>) -> Vec<String> {
    let outcome = |(name, request, wanted): Row| match exchange(page.port, request.as_bytes()) {
        Ok(reply) if wanted.contains(&reply.status) => None,
        Ok(reply) => Some(format!("{name}: {}", reply.status)),
        Err(error) => Some(format!("{name}: {error}")),
    };
    rows.into_iter().filter_map(outcome).collect()
}

#[track_caller]
fn assert_all_refused(page: &mut Page, rows: Vec<Row>) {
    assert_eq!(refusals(page, rows), [""; 0]);
    assert!(page.is_alive());
    assert_eq!(page.get("/api/state").status, 200, "the one whom it is for is served as before");
    assert!(page.command(&["who"]).starts_with("katie ("), "the node is unmoved");
}

const SAY: &str = "{\"do\":\"say\",\"text\":\"I was here\"}";

#[test]
fn other_pages_are_refused() {
    let mut page = Page::of("katie");
    let (port, cookie) = (page.port, page.cookie.clone());
    let with = |field: &str| format!("{}{field}\r\n\r\n", page.head("GET", "/api/state"));
    let saying = |field: &str| {
        page.posted("/api/do", "application/json", SAY).replacen("\r\n", &format!("\r\n{field}\r\n"), 1)
    };
    let of = |host: &str| {
        format!("GET /api/state HTTP/1.1\r\n{host}Connection: close\r\nCookie: {cookie}\r\n\r\n")
    };
    let typed = |kind: &str| page.posted("/api/do", kind, SAY);
    let named = |name: &str| of(&format!("Host: {name}\r\n"));
    let rows: Vec<Row> = vec![
        ("a form", typed("application/x-www-form-urlencoded"), &[415]),
        ("a form of files", typed("multipart/form-data; boundary=x"), &[415]),
        ("a form of text", typed("text/plain"), &[415]),
        ("no type", typed("application/json").replace("Content-Type", "X-Type"), &[415]),
        ("a script of another page", saying("Origin: http://evil.example"), &[403]),
        ("a script of another port", saying(&format!("Origin: http://127.0.0.1:{}", port ^ 1)), &[403]),
        ("a script without an origin", saying("Origin: null"), &[403]),
        ("a script of the other name", saying(&format!("Origin: http://localhost:{port}")), &[403]),
        (
            "two origins",
            saying(&format!("Origin: http://127.0.0.1:{port}\r\nOrigin: http://evil.example")),
            &[403],
        ),
        ("a picture in another page", with("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors"), &[403]),
        ("a script in a page of another port", with("Sec-Fetch-Site: same-site"), &[403]),
        (
            "a link to what is no page",
            with("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document"),
            &[403],
        ),
        (
            "a frame",
            page.head("GET", "/")
                + "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n\r\n",
            &[403],
        ),
        (
            "news for another page",
            page.head("GET", "/api/news") + "Origin: http://evil.example\r\n\r\n",
            &[403],
        ),
        (
            "a WebSocket of another page",
            page.head("GET", "/api/news") + "Origin: http://evil.example\r\nUpgrade: websocket\r\n\r\n",
            &[403],
        ),
        ("another name", named("evil.example"), &[403]),
        ("another name and the port", named(&format!("evil.example:{port}")), &[403]),
        ("a name that begins alike", named(&format!("127.0.0.1.evil.example:{port}")), &[403]),
        ("no port", named("127.0.0.1"), &[403]),
        ("another port", named(&format!("127.0.0.1:{}", port ^ 1)), &[403]),
        ("no name", of(""), &[403]),
        ("two names", named(&format!("127.0.0.1:{port}\r\nHost: evil.example")), &[400, 403]),
        ("a name in the request", of("Host: x\r\n").replace("/api", "http://evil.example/api"), &[403]),
    ];
    assert_all_refused(&mut page, rows);
    assert!(!page.get("/api/news?since=0").text().contains("I was here"), "nobody has said it");
}

#[test]
fn whoever_has_no_session_gets_the_page_and_nothing_else() {
    let mut page = Page::of("katie");
    let head = page.head("GET", "/api/state");
    let as_if = |cookie: &str| format!("{}\r\n", head.replace(&page.cookie, cookie));
    let (name, value) = page.cookie.split_once('=').unwrap();
    let entering =
        |token: &str| page.posted("/api/session", "application/json", &format!("{{\"token\":\"{token}\"}}"));
    let flipped = |text: &str| text.replacen(|it: char| it != '0', "0", 1);
    let rows: Vec<Row> = vec![
        ("no cookie", as_if(""), &[401]),
        ("another cookie", as_if(&format!("{name}={}", flipped(value))), &[401]),
        ("half a cookie", as_if(&format!("{name}={}", &value[..32])), &[401]),
        ("the token as a cookie", as_if(&format!("{name}={}", page.token)), &[401]),
        ("the cookie of another port", as_if(&format!("p2pm-1={value}")), &[401]),
        ("the token again", entering(&page.token), &[403]),
        ("a wrong token", entering(&flipped(&page.token)), &[403]),
        ("no token", entering(""), &[403]),
        (
            "the token in the address",
            page.head("GET", &format!("/api/state?token={}", page.token)).replace(&page.cookie, "") + "\r\n",
            &[401],
        ),
    ];
    let paths = [
        "/api/state",
        "/api/news",
        "/api/invite",
        "/api/settings",
        "/api/doctor",
        "/api/file/1",
        "/api/picture/1",
        "/api/x",
    ];
    let locked =
        paths.map(|path| (path, page.head("GET", path).replace(&page.cookie, "") + "\r\n", &[401][..]));
    let rows = rows.into_iter().chain(locked).collect();
    assert_all_refused(&mut page, rows);
}

#[test]
fn no_more_than_a_few_wrong_tokens_are_looked_at_together() {
    let page = Page::of_new_user();
    let wrong = page.posted("/api/session", "application/json", "{\"token\":\"x\"}");
    let statuses: Vec<_> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..32).map(|_| scope.spawn(|| page.send(&wrong).status)).collect();
        tries.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert!(statuses.contains(&429) && statuses.iter().all(|it| matches!(it, 403 | 429)), "{statuses:?}");
    let mut page = page;
    page.enter();
}

#[test]
fn paths_and_requests_lead_nowhere_else() {
    let mut page = Page::of("katie");
    let get = |path: &str| format!("{}\r\n", page.head("GET", path));
    let ask = |json: &str| page.posted("/api/do", "application/json", json);
    let sending =
        |name: &str| page.posted(&format!("/api/send?name={name}"), "application/octet-stream", "x");
    let long = format!("{{\"do\":\"say\",\"text\":\"{}\"}}", "x".repeat(200_000));
    let rows: Vec<Row> = vec![
        ("a path upwards", get("/../../etc/passwd"), &[404]),
        ("one that is encoded", get("/%2e%2e/%2e%2e/etc/passwd"), &[404]),
        ("an absolute one", get("//etc/passwd"), &[404]),
        ("a file for its makers", get("/types.d.ts"), &[404]),
        ("a zero byte", get("/index.html%00.js"), &[404]),
        ("a path in place of a number", get("/api/file/..%2f..%2fetc%2fpasswd"), &[400]),
        ("a file that never came", get("/api/file/4294967295"), &[404]),
        ("a number too great", get("/api/file/4294967296"), &[400]),
        ("a picture that never came", get("/api/picture/1"), &[404]),
        ("a file of the disk", ask("{\"do\":\"send_file\",\"path\":\"/etc/passwd\"}"), &[400]),
        ("a folder of the disk", ask("{\"do\":\"take_file\",\"file\":1,\"into\":\"/etc\"}"), &[400]),
        ("another folder", ask("{\"do\":\"set\",\"folder\":\"/etc\"}"), &[400]),
        (
            "a hidden folder",
            page.posted("/api/settings", "application/json", "{\"folder\":\"/x/.config/autostart\"}"),
            &[400],
        ),
        (
            "a folder from elsewhere on",
            page.posted("/api/settings", "application/json", "{\"folder\":\"x\"}"),
            &[400],
        ),
        ("the end of the node", ask("{\"do\":\"stop\"}"), &[400]),
        ("news in an answer", ask("{\"do\":\"listen\"}"), &[400]),
        ("a request that is none", ask("{\"do\":\"fly\"}"), &[400]),
        ("no JSON", ask("{"), &[400]),
        ("a long request", ask(&long), &[413]),
        ("a name that is a path", sending("..%2Fx"), &[400]),
        ("a name upwards", sending(".."), &[400]),
        ("a name with a zero byte", sending("a%00b"), &[400]),
        ("no name", sending(""), &[400]),
        ("a long name", sending(&"x".repeat(256)), &[400]),
        ("another method", page.head("DELETE", "/api/state") + "\r\n", &[405]),
        (
            "a first run again",
            page.posted("/api/start", "application/json", "{\"name\":\"moth\",\"passphrase\":null}"),
            &[400],
        ),
        (
            "a head without end",
            page.head("GET", "/api/state") + &format!("X: {}\r\n\r\n", "x".repeat(100_000)),
            &[431],
        ),
        ("too many fields", page.head("GET", "/api/state") + &"X: x\r\n".repeat(1000) + "\r\n", &[431]),
    ];
    assert_all_refused(&mut page, rows);
}

#[test]
fn every_answer_tells_the_browser_to_be_strict() {
    let page = Page::of("katie");
    for path in ["/", "/main.js", "/api/state", "/api/file/1", "/nowhere"] {
        let reply = page.get(path);
        let policy = reply.field("content-security-policy").unwrap_or_default();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(reply.field(name), Some(value), "{path}");
        }
        assert!(!reply.head.to_ascii_lowercase().contains("access-control-"), "{path}");
    }
    let refused = page.send(
        &(page.head("GET", "/api/state").replace("127.0.0.1", "evil.example")
            + "
"),
    );
    assert!(refused.field("content-security-policy").is_some(), "{refused:?}");
}

#[test]
fn a_link_may_lead_to_the_page() {
    let page = Page::of("katie");
    let visit = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n\r\n";
    let reply = page.send(&(page.head("GET", "/") + visit));
    assert_eq!((reply.status, reply.field("content-type")), (200, Some("text/html; charset=utf-8")));
}

#[test]
fn a_first_run_asks_for_a_code_that_is_not_whole_twice() {
    let mut page = Page::of_new_user();
    page.enter();
    assert!(page.get("/api/state").text().contains("first_run"));
    let start =
        |page: &Page| page.post("/api/start", "{\"name\":\"katie\",\"passphrase\":\"47-coral-tulip-anvil\"}");
    let refused = start(&page);
    assert_eq!(refused.status, 400, "{refused:?}");
    assert!(page.get("/api/state").text().contains("first_run"));
    assert_eq!(page.post("/api/start", "{\"name\":\"\",\"passphrase\":null}").status, 400);
    let made = page.post("/api/start", "{\"name\":\"katie\",\"passphrase\":null}");
    assert!(made.status == 200 && made.text().contains("\"made\":true"), "{made:?}");
    assert!(page.get("/api/state").text().contains("running"));
    assert!(page.get("/api/invite").text().contains("\"qr\":[\"1111111"));
    assert!(page.command(&["who"]).starts_with("katie ("));
}
