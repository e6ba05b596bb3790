//! Settings and contacts: parsing is total, and what parses is written and parsed again to the same.
#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use p2pm_host::config::profile::{Contacts, Document, Settings};

fuzz_target!(|bytes: &[u8]| {
    check::<Settings>(bytes);
    check::<Contacts>(bytes);
});

fn check<T: Document + Debug + PartialEq>(bytes: &[u8]) {
    let Ok(parsed) = T::parse(bytes) else { return };
    let mut written = Vec::new();
    parsed.write(&mut written).expect("a document can be written");
    assert!(
        !T::HAS_SECRETS || written.len() <= T::LEN_MAX,
        "a document with secrets moves while it is written"
    );
    assert_eq!(T::parse(&written), Ok(parsed));
}
