//! Lines of the control socket: reading is total, what is wrong is said in an answer, and what parses is written and
//! parsed again to the same.
#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use p2pm_host::node::control::line::{self, Malformed};
use p2pm_host::node::control::{ANSWER_MAX, REQUEST_MAX};
use p2pm_host::node::{Answer, Ask, ErrorKind, Numbered};
use serde::Serialize;
use serde::de::DeserializeOwned;

fuzz_target!(|bytes: &[u8]| {
    let mut stream = bytes;
    while let Ok(Some(text)) = line::read(&mut stream, REQUEST_MAX) {
        if let Err(Malformed(wrong)) = check::<Ask>(&text) {
            assert!(!wrong.is_empty(), "nothing is said to be wrong");
            let answer = Answer::error(ErrorKind::Usage, wrong);
            assert_eq!(line::parse::<Answer>(&written(&answer)).expect("an answer"), answer);
        }
        // A client reads these.
        let _ = check::<Answer>(&text);
        let _ = check::<Numbered>(&text);
    }
});

fn check<T: Serialize + DeserializeOwned + Debug + PartialEq>(text: &str) -> Result<(), Malformed> {
    let parsed = line::parse::<T>(text)?;
    assert_eq!(line::parse::<T>(&written(&parsed)).expect("what was written"), parsed);
    Ok(())
}

/// The line of a value: one, and no longer than a client reads.
fn written(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    line::write(&mut bytes, value).expect("memory takes it");
    let mut stream = bytes.as_slice();
    let text = line::read(&mut stream, ANSWER_MAX).expect("a whole line").expect("a line");
    assert!(stream.is_empty(), "more than one line");
    text
}
