//! Banned words, in the whole tree or in parts of it.

use crate::Violation;
use crate::source::{Source, begins_with};

/// A banned sequence of tokens.
struct Banned {
    tokens: &'static [&'static str],
    complaint: &'static str,
}

const fn banned(tokens: &'static [&'static str], complaint: &'static str) -> Banned {
    Banned { tokens, complaint }
}

const EVERYWHERE: &[Banned] = &[
    banned(&["todo", "!"], "`todo!`: finish it"),
    banned(&["unimplemented", "!"], "`unimplemented!`: finish it"),
];

const IN_CORE: &[Banned] = &[
    banned(&["std"], "`std` in core"),
    banned(&["alloc"], "`alloc` in core"),
    banned(&["smoltcp"], "`smoltcp` in core: that is a shell's"),
    banned(&[".", "unwrap", "("], "`unwrap` in core: it can panic"),
    banned(&[".", "expect", "("], "`expect` in core: it can panic"),
];

/// Libraries that run on a device, without the programs that run them on Linux.
const IN_FIRMWARE: &[Banned] =
    &[banned(&["std"], "`std` in firmware"), banned(&["alloc"], "`alloc` in firmware")];

const FIRMWARE: [&str; 2] = ["fw-demo/src/", "tests/transcript/src/"];

const IN_ROLES: &[Banned] = &[
    banned(&["smoltcp"], "`smoltcp` in a role: it is to play on any network"),
    banned(&["crate", "::", "net"], "`net` in a role: it is to play on any network"),
];

const IN_TESTS: &[Banned] = &[banned(&["sleep"], "`sleep` in a test: wait for a condition with a deadline")];

/// Crates that run without an operating system.
const WITHOUT_STD: [&str; 3] = ["core/src/lib.rs", "fw-demo/src/lib.rs", "tests/transcript/src/lib.rs"];

const NO_STD: &[&str] = &["#", "!", "[", "no_std", "]"];

/// Two shells that must not name each other: folder and packages of each.
const STRANGERS: [(&str, &[&str]); 2] = [("host/", &["p2pm-host"]), ("fw-demo/", &["p2pm-fw", "p2pm-tap"])];

pub(crate) fn check(sources: &[Source]) -> Vec<Violation> {
    let in_tests = sources.iter().filter(|source| source.path.starts_with("tests/"));
    let mut violations = banned_words(sources, EVERYWHERE);
    violations.extend(banned_words(&Source::product(sources, "core/src/"), IN_CORE));
    for library in FIRMWARE {
        violations.extend(banned_words(&Source::product(sources, library), IN_FIRMWARE));
    }
    violations.extend(banned_words(&Source::product(sources, "fw-demo/src/app/"), IN_ROLES));
    violations.extend(banned_words(in_tests, IN_TESTS));
    violations.extend(sources.iter().flat_map(strangers));
    let without_std = sources.iter().filter(|source| WITHOUT_STD.contains(&source.path.as_str()));
    violations.extend(without_std.filter_map(no_std));
    violations
}

fn banned_words<'a>(sources: impl IntoIterator<Item = &'a Source>, list: &[Banned]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for source in sources {
        for (index, token) in source.tokens.iter().enumerate() {
            let found = list.iter().find(|entry| begins_with(&source.tokens[index..], entry.tokens));
            violations.extend(found.map(|entry| source.violation(token.line, entry.complaint)));
        }
    }
    violations
}

/// Violations where one of the [`STRANGERS`] names the other, in code or in a manifest.
fn strangers(source: &Source) -> Vec<Violation> {
    let [host, firmware] = STRANGERS;
    let mut violations = Vec::new();
    for ((folder, _), (_, strangers)) in [(host, firmware), (firmware, host)] {
        if !source.path.starts_with(folder) {
            continue;
        }
        for (index, line) in source.text.lines().enumerate() {
            let named = |package: &&str| line.contains(package) || line.contains(&package.replace('-', "_"));
            let complaint = |package: &str| format!("`{folder}` names {package}");
            let found = strangers.iter().copied().filter(named).map(complaint);
            violations.extend(found.map(|complaint| source.violation(index + 1, complaint)));
        }
    }
    violations
}

fn no_std(library: &Source) -> Option<Violation> {
    let declared = (0..library.tokens.len()).any(|index| begins_with(&library.tokens[index..], NO_STD));
    (!declared).then(|| library.violation(1, "it does not say `#![no_std]`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaints;

    #[test]
    fn nothing_is_left_to_do() {
        let found = complaints(check, "fuzz/a.rs", "fn a() {\ntodo!();\nassert!(unimplemented!())\n}");
        assert_eq!(found, ["2: `todo!`: finish it", "3: `unimplemented!`: finish it"]);
    }

    #[test]
    fn core_knows_neither_std_nor_alloc() {
        let text = "use std::fmt;\nextern crate alloc;\nuse smoltcp::iface;\nuse core::fmt;";
        let found = complaints(check, "core/src/wire/name.rs", text);
        assert_eq!(
            found,
            ["1: `std` in core", "2: `alloc` in core", "3: `smoltcp` in core: that is a shell's"]
        );
    }

    #[test]
    fn core_does_not_panic_on_none() {
        let text = "fn a() {\nb.unwrap();\nassert!(b.expect(\"c\"));\nb.unwrap_or(1)\n}";
        let found = complaints(check, "core/src/chat.rs", text);
        assert_eq!(found, ["2: `unwrap` in core: it can panic", "3: `expect` in core: it can panic"]);
    }

    #[test]
    fn tests_of_core_may_use_std_and_unwrap() {
        let tests = "#[cfg(test)] mod tests { use std::vec; fn a() { b.unwrap() } }";
        assert_eq!(complaints(check, "core/src/chat.rs", tests), [""; 0]);
        assert_eq!(complaints(check, "core/tests/chat.rs", "use std::vec;"), [""; 0]);
    }

    #[test]
    fn firmware_knows_neither_std_nor_alloc() {
        let text = "use std::fmt;\nextern crate alloc;\n#[cfg(test)] mod tests { use std::vec; }";
        for file in ["fw-demo/src/net/stack.rs", "tests/transcript/src/line.rs"] {
            let found = complaints(check, file, text);
            assert_eq!(found, ["1: `std` in firmware", "2: `alloc` in firmware"]);
        }
        assert_eq!(complaints(check, "fw-demo/tap/src/tap.rs", text), [""; 0]);
    }

    #[test]
    fn roles_know_no_network_by_name() {
        let text = "use smoltcp::iface;\nuse crate::net::Stack;\nuse core::net::IpAddr;";
        let found = complaints(check, "fw-demo/src/app/node.rs", text);
        let complaint = "in a role: it is to play on any network";
        assert_eq!(found, [format!("1: `smoltcp` {complaint}"), format!("2: `net` {complaint}")]);
        assert_eq!(complaints(check, "fw-demo/src/net/stack.rs", text), [""; 0]);
    }

    #[test]
    fn what_runs_without_an_operating_system_says_no_std() {
        for library in WITHOUT_STD {
            assert_eq!(complaints(check, library, "#![no_std]"), [""; 0]);
            let found = complaints(check, library, "// #![no_std]");
            assert_eq!(found, ["1: it does not say `#![no_std]`"]);
        }
        assert_eq!(complaints(check, "fw-demo/tap/src/lib.rs", ""), [""; 0]);
    }

    #[test]
    fn tests_do_not_sleep() {
        let found =
            complaints(check, "tests/src/a.rs", "fn a() { \"sleep 1\" }\nfn b() { thread::sleep(c) }");
        assert_eq!(found, ["2: `sleep` in a test: wait for a condition with a deadline"]);
        assert_eq!(complaints(check, "host/src/a.rs", "fn b() { thread::sleep(c) }"), [""; 0]);
        let found = complaints(check, "tests/a.py", "def a():\n    # sleep\n    time.sleep(1)");
        assert_eq!(found, ["3: `sleep` in a test: wait for a condition with a deadline"]);
    }

    #[test]
    fn the_shells_are_strangers() {
        for (path, text, complaint) in [
            ("host/src/net.rs", "\nuse p2pm_fw::net;", "2: `host/` names p2pm-fw"),
            ("host/Cargo.toml", "p2pm-tap = 1", "1: `host/` names p2pm-tap"),
            ("fw-demo/Cargo.toml", "p2pm-host = 1", "1: `fw-demo/` names p2pm-host"),
            ("fw-demo/tap/src/exit.rs", "pub use p2pm_host::exit;", "1: `fw-demo/` names p2pm-host"),
        ] {
            assert_eq!(complaints(check, path, text), [complaint]);
        }
        assert_eq!(complaints(check, "host/Cargo.toml", "name = \"p2pm-host\""), [""; 0]);
        assert_eq!(complaints(check, "fw-demo/tap/Cargo.toml", "p2pm-fw = 1"), [""; 0]);
        assert_eq!(complaints(check, "tests/src/a.rs", "use p2pm_host::a; use p2pm_fw::b;"), [""; 0]);
    }
}
