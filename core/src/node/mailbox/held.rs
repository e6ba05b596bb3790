//! Letters that a keeper holds, and what it owes their authors, in rows.

use crate::limits::{HELD_TEXT_MAX, HELD_TEXTS};
use crate::node::ContactId;
use crate::wire::{Fate, Kept, Letter, Mail, PublicKey, Scope, Signature};

/// Room for a letter that a keeper holds, and for what it owes the author of one.
#[derive(Clone, Debug)]
pub struct Held {
    letter: Option<HeldLetter>,
    debt: Option<Debt>,
}

/// A letter that is held.
#[derive(Clone, Debug)]
pub(super) struct HeldLetter {
    /// Its number among all letters, the oldest first.
    pub stamp: u64,
    pub author: ContactId,
    pub addressee: PublicKey,
    pub signature: Signature,
    run: u32,
    scope: Scope,
    sequence: u32,
    previous: u32,
    is_given_up: bool,
    /// Whether its author has started again since, and has numbered other messages like it: it is not told of this one.
    is_of_past_run: bool,
    len: u16,
    text: [u8; HELD_TEXT_MAX],
}

/// What an author is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Debt {
    author: ContactId,
    pub kept: Kept,
    /// Its number among all, the oldest first.
    stamp: u64,
}

/// The letters that a node holds. Of its rows, [`HELD_TEXTS`] are used at most.
pub(in crate::node) struct Mailbox<R> {
    rows: R,
    last_stamp: u64,
}

impl Held {
    /// A row to initialise storage with.
    pub const EMPTY: Self = Self { letter: None, debt: None };
}

impl HeldLetter {
    fn new(stamp: u64, author: ContactId, mail: &Mail<'_>) -> Self {
        let Letter { run, scope, sequence, previous, is_given_up, text } = mail.letter;
        let mut row = [0; HELD_TEXT_MAX];
        // Of a frame, so it is not longer; and a length of the row is one of 16 bits.
        let len = row.iter_mut().zip(text.as_bytes()).map(|(place, byte)| *place = *byte).count();
        Self {
            stamp,
            author,
            addressee: mail.key,
            signature: mail.signature,
            run,
            scope,
            sequence,
            previous,
            is_given_up,
            is_of_past_run: false,
            len: u16::try_from(len).unwrap_or_default(),
            text: row,
        }
    }

    pub(super) fn letter(&self) -> Letter<'_> {
        let text = self.text.get(..self.len.into()).unwrap_or_default();
        Letter {
            run: self.run,
            scope: self.scope,
            sequence: self.sequence,
            previous: self.previous,
            is_given_up: self.is_given_up,
            text: core::str::from_utf8(text).unwrap_or_default(),
        }
    }

    fn is_same(&self, author: ContactId, mail: &Mail<'_>) -> bool {
        (self.author, self.addressee) == (author, mail.key)
            && (self.run, self.sequence) == (mail.letter.run, mail.letter.sequence)
    }

    fn debt(&self, fate: Fate) -> Debt {
        let Self { author, addressee, sequence, .. } = *self;
        Debt { author, kept: Kept { addressee, sequence, fate }, stamp: 0 }
    }
}

impl<R: AsRef<[Held]> + AsMut<[Held]>> Mailbox<R> {
    pub(in crate::node) fn new(mut rows: R) -> Self {
        rows.as_mut().fill(Held::EMPTY);
        Self { rows, last_stamp: 0 }
    }

    fn rows(&self) -> &[Held] {
        let rows = self.rows.as_ref();
        rows.get(..HELD_TEXTS).unwrap_or(rows)
    }

    fn rows_mut(&mut self) -> &mut [Held] {
        let len = self.rows().len();
        self.rows.as_mut().get_mut(..len).unwrap_or_default()
    }

    /// Whether there can be any letters.
    pub(super) fn has_rows(&self) -> bool {
        !self.rows().is_empty()
    }

    pub(super) fn letters(&self) -> impl Iterator<Item = &HeldLetter> + Clone {
        self.rows().iter().filter_map(|row| row.letter.as_ref())
    }

    fn debts(&self) -> impl Iterator<Item = &Debt> + Clone {
        self.rows().iter().filter_map(|row| row.debt.as_ref())
    }

    /// Whether a letter is from this contact, or for it.
    pub(in crate::node) fn concerns(&self, contact: ContactId, key: &PublicKey) -> bool {
        self.letters().any(|it| it.author == contact || it.addressee == *key)
    }

    fn next_stamp(&mut self) -> u64 {
        // Peers cause stamps, and 64 bits do not run out.
        self.last_stamp = self.last_stamp.saturating_add(1);
        self.last_stamp
    }

    /// Holds a letter; in the place of the same one, if it is held already. Where there is no room, the newest letter of
    /// whoever has most is not held, of those for whom most is held: so there is no gap in what is held for an addressee.
    pub(super) fn hold(&mut self, author: ContactId, mail: &Mail<'_>) {
        let is_same = |row: &Held| row.letter.as_ref().is_some_and(|it| it.is_same(author, mail));
        let same = self.rows().iter().position(is_same);
        if same.is_none() && self.letters().count() == self.rows().len() {
            match self.newest_of_most(author, &mail.key) {
                Some(newest) => self.end(newest, Fate::NotHeld),
                None => return self.refuse(author, mail),
            }
        }
        let place = same.or_else(|| self.rows().iter().position(|row| row.letter.is_none()));
        let next = self.next_stamp();
        if let Some(row) = place.and_then(|place| self.rows_mut().get_mut(place)) {
            let stamp = row.letter.as_ref().map_or(next, |same| same.stamp);
            let letter = row.letter.insert(HeldLetter::new(stamp, author, mail));
            let held = letter.debt(Fate::Held);
            self.owe(held);
        }
    }

    /// Stamp of the letter that makes room for a new one; `None` if that is the one.
    fn newest_of_most(&self, author: ContactId, addressee: &PublicKey) -> Option<u64> {
        let pairs = self.letters().map(|it| (it.author, it.addressee)).chain([(author, *addressee)]);
        let most = commonest(&pairs.clone().map(|(author, _)| author))?;
        let theirs = pairs.filter(|(author, _)| *author == most).map(|(_, addressee)| addressee);
        let key = commonest(&theirs).filter(|key| (most, key) != (author, addressee))?;
        let of_them = self.letters().filter(|it| it.author == most && it.addressee == key);
        of_them.map(|it| it.stamp).max()
    }

    /// The oldest letter for a contact.
    pub(super) fn next_for(&self, addressee: &PublicKey) -> Option<&HeldLetter> {
        self.letters().filter(|it| it.addressee == *addressee).min_by_key(|it| it.stamp)
    }

    /// Takes a letter out.
    fn take(&mut self, stamp: u64) -> Option<HeldLetter> {
        let is_it = |it: &mut HeldLetter| it.stamp == stamp;
        self.rows_mut().iter_mut().find_map(|row| row.letter.take_if(is_it))
    }

    /// A letter has come to its end, and its author is to be told, if that is in the same run.
    pub(super) fn end(&mut self, stamp: u64, fate: Fate) {
        if let Some(letter) = self.take(stamp).filter(|it| !it.is_of_past_run) {
            self.owe(letter.debt(fate));
        }
    }

    /// A letter is not held.
    pub(super) fn refuse(&mut self, author: ContactId, mail: &Mail<'_>) {
        let kept = Kept { addressee: mail.key, sequence: mail.letter.sequence, fate: Fate::NotHeld };
        self.owe(Debt { author, kept, stamp: 0 });
    }

    /// Owes an author a word. Where there is no room, the oldest debt to whoever is owed most is forgiven: a receipt, if there
    /// is one, since that author gets it from the addressee, too. Its link may wait for another one.
    fn owe(&mut self, debt: Debt) {
        if self.debts().count() == self.rows().len() {
            let owed = self.debts().map(|it| it.author);
            let most = commonest(&[debt.author].into_iter().chain(owed));
            let theirs = self.debts().filter(|it| Some(it.author) == most);
            let forgiven = theirs.min_by_key(|it| (!matches!(it.kept.fate, Fate::Delivered(_)), it.stamp));
            forgiven.copied().and_then(|forgiven| self.take_debt(forgiven));
        }
        let debt = Debt { stamp: self.next_stamp(), ..debt };
        if let Some(row) = self.rows_mut().iter_mut().find(|row| row.debt.is_none()) {
            row.debt = Some(debt);
        }
    }

    /// The oldest debt to an author.
    pub(super) fn next_debt(&self, author: ContactId) -> Option<&Debt> {
        self.debts().filter(|it| it.author == author).min_by_key(|it| it.stamp)
    }

    /// Takes the oldest debt to an author, which is being told.
    pub(super) fn settle(&mut self, author: ContactId) -> Option<Debt> {
        let next = *self.next_debt(author)?;
        self.take_debt(next)
    }

    fn take_debt(&mut self, debt: Debt) -> Option<Debt> {
        self.rows_mut().iter_mut().find_map(|row| row.debt.take_if(|it| *it == debt))
    }

    /// A contact is linked anew, and entrusts again whatever is not received: it is owed receipts alone, and nothing if its
    /// node has started again.
    pub(in crate::node) fn forgive(&mut self, author: ContactId, is_restarted: bool) {
        let is_over = |it: &mut Debt| {
            it.author == author && (is_restarted || !matches!(it.kept.fate, Fate::Delivered(_)))
        };
        for Held { letter, debt } in self.rows_mut() {
            debt.take_if(is_over);
            if let Some(letter) = letter.as_mut().filter(|it| it.author == author) {
                letter.is_of_past_run |= is_restarted;
            }
        }
    }

    /// A contact is refused or forgotten: nothing is held from it, or for it.
    pub(in crate::node) fn forget(&mut self, contact: ContactId, key: &PublicKey) {
        self.forgive(contact, true);
        self.rows_mut().iter_mut().for_each(|row| _ = row.letter.take_if(|it| it.author == contact));
        while let Some(stamp) = self.next_for(key).map(|it| it.stamp) {
            self.end(stamp, Fate::NotHeld);
        }
    }
}

/// What is there most often; the last one of those that are as often there.
fn commonest<T: PartialEq>(all: &(impl Iterator<Item = T> + Clone)) -> Option<T> {
    let count = |it: &T| all.clone().filter(|other| other == it).count();
    all.clone().max_by_key(count)
}
