//! Removal of what earlier runs have left behind.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::placed::Untold;
use super::slot::{self, Slot};
use super::{Inbox, beneath, remove};
use crate::transfer::disk::trouble::Trouble;

/// How long what is unfinished is kept after a connection has brought something of it last.
const KEPT_FOR: Duration = Duration::from_hours(30 * 24);
/// Most that is whole and returned at a time. What is more than a node receives at a time waits for its next start.
const UNTOLD_MAX: usize = 32;

/// Removes what was given up, and what is unfinished and nobody has had open for [`KEPT_FOR`] before `now`. What cannot be
/// removed stays. Returns what is whole and its user may not know of, of which each one has two files open.
pub(super) fn sweep(inbox: &Arc<Inbox>, now: SystemTime) -> Result<Vec<Untold>, Trouble> {
    let (mut names, mut untold) = (Vec::new(), Vec::new());
    let unfinished = beneath::folder(&inbox.unfinished, c".");
    let listed = unfinished.and_then(|folder| {
        beneath::each_in(folder, |name, _| {
            names.extend(name.to_str().map(str::to_owned));
            Ok(ControlFlow::Continue(()))
        })
    });
    listed.map_err(Trouble::of("look for what is unfinished"))?;
    for name in names {
        if slot::is_gone(&name) {
            // Whoever has begun to remove it may be at it still.
            let _ = remove::remove(&inbox.unfinished, name.as_bytes());
        } else if slot::is_slot(&name)
            && let Ok(slot) = Slot::open_again(inbox, name)
        {
            match slot.into_untold() {
                Ok(it) if untold.len() < UNTOLD_MAX => untold.push(it),
                Ok(_) => {}
                Err(slot) => remove_if_old(slot, now),
            }
        }
    }
    Ok(untold)
}

fn remove_if_old(slot: Slot, now: SystemTime) {
    if slot.last_had().is_some_and(|had| now.duration_since(had).is_ok_and(|age| age > KEPT_FOR))
        && let Ok(remains) = slot.discard()
    {
        let _ = remains.remove();
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use p2pm_core::limits::KEY_LEN;
    use p2pm_core::wire::{Attributes, Goods, GoodsKind, Label, PublicKey, TransferId};
    use tempfile::TempDir;

    use super::super::Origin;
    use super::*;

    fn origin(id: u8) -> Origin {
        Origin { sender: PublicKey([1; KEY_LEN]), id: TransferId([id; 8]) }
    }

    #[test]
    fn what_belongs_to_nobody_goes_and_all_else_stays() {
        let dir = TempDir::new().unwrap();
        let inbox = Inbox::open(dir.path()).unwrap();
        let name = Label::new(b"film").unwrap();
        let attributes = Attributes::new(0, 0o644);
        let goods = Goods { kind: GoodsKind::File, length: 7, files: 1, attributes, name, preview: None };
        inbox.reserve(&origin(1), &goods).unwrap();
        let (open, _) = inbox.begin(&origin(2), &goods).unwrap();
        let _ = inbox.discard(&origin(3), &goods).unwrap();
        let unfinished = dir.path().join(super::super::UNFINISHED);
        for other in ["whole", "notes", "gone", &"x".repeat(64)] {
            fs::write(unfinished.join(other), "").unwrap();
        }
        let count = || fs::read_dir(&unfinished).unwrap().count();
        assert_eq!(count(), 7);
        let now = SystemTime::now();
        assert!(sweep(&inbox, now + KEPT_FOR / 2).unwrap().is_empty());
        assert_eq!(count(), 6, "what is given up is gone");
        assert!(inbox.has_begun(&origin(1), &goods));
        sweep(&inbox, now + 2 * KEPT_FOR).unwrap();
        assert!(!inbox.has_begun(&origin(1), &goods), "nobody has asked for it");
        assert!(inbox.has_begun(&origin(2), &goods), "it is being received");
        drop(open);
        sweep(&inbox, now + 2 * KEPT_FOR).unwrap();
        assert_eq!(count(), 4, "all others are not ours to remove");
    }
}
