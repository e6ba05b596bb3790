//! Lines of the control socket: reading is total, what is wrong is said in an answer, and what parses is written and
//! parsed again to the same, with nothing of a request left out.
#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use p2pm_host::node::control::line::{self, Malformed};
use p2pm_host::node::control::{ANSWER_MAX, REQUEST_MAX};
use p2pm_host::node::{Answer, Ask, ErrorKind, Numbered};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// A limit that is reached.
const SHORT_MAX: usize = 64;

fuzz_target!(|bytes: &[u8]| {
    check_limit(bytes);
    let mut stream = bytes;
    while let Ok(Some(text)) = line::read(&mut stream, REQUEST_MAX) {
        match check::<Ask>(&text) {
            Ok(ask) => check_members(&text, &ask),
            Err(Malformed(wrong)) => {
                assert!(!wrong.is_empty(), "nothing is said to be wrong");
                let answer = Answer::error(ErrorKind::Usage, wrong);
                assert_eq!(line::parse::<Answer>(&written(&answer)).expect("an answer"), answer);
            }
        }
        // A client reads these.
        let _ = check::<Answer>(&text);
        let _ = check::<Numbered>(&text);
    }
});

/// A line is what is before the first line feed, which is within the limit.
fn check_limit(bytes: &[u8]) {
    let end = bytes.iter().take(SHORT_MAX).position(|byte| *byte == b'\n');
    let expected = match end {
        Some(end) => Some(Some(bytes[..end].to_vec())),
        None if bytes.is_empty() => Some(None),
        None => None,
    };
    assert_eq!(line::read(&mut &*bytes, SHORT_MAX as u64).ok(), expected);
}

fn check<T: Serialize + DeserializeOwned + Debug + PartialEq>(text: &[u8]) -> Result<T, Malformed> {
    let parsed = line::parse::<T>(text)?;
    assert_eq!(members(text)["v"], 1, "another version");
    assert_eq!(line::parse::<T>(&written(&parsed)).expect("what was written"), parsed);
    Ok(parsed)
}

/// Each member of a request is understood: it is written as it came.
fn check_members(text: &[u8], ask: &Ask) {
    let written = members(&written(ask));
    for (name, value) in members(text).into_iter().filter(|(_, value)| !value.is_null()) {
        assert_eq!(written.get(&name), Some(&value), "{name}");
    }
}

fn members(text: &[u8]) -> Map<String, Value> {
    serde_json::from_slice(text).expect("an object")
}

/// The line of a value: one, and no longer than a client reads.
fn written(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    line::write(&mut bytes, value).expect("memory takes it");
    let mut stream = bytes.as_slice();
    let text = line::read(&mut stream, ANSWER_MAX).expect("a whole line").expect("a line");
    assert!(stream.is_empty(), "more than one line");
    text
}
