//! What was typed before.

use std::collections::VecDeque;

/// Texts kept. The oldest go.
const TEXTS_MAX: usize = 100;

/// What was typed before, to be found again.
#[derive(Debug, Default)]
pub struct History {
    texts: VecDeque<String>,
    /// Which text is recalled, from the newest; and what was typed before it was.
    recalled: Option<(usize, String)>,
}

impl History {
    /// Keeps a text, unless it is empty or that of the last time.
    pub fn keep(&mut self, text: &str) {
        self.recalled = None;
        if text.is_empty() || self.texts.back().is_some_and(|last| last == text) {
            return;
        }
        if self.texts.len() == TEXTS_MAX {
            self.texts.pop_front();
        }
        self.texts.push_back(text.to_owned());
    }

    /// The text that was kept last.
    #[must_use]
    pub fn last(&self) -> Option<&str> {
        self.texts.back().map(String::as_str)
    }

    /// The next older text, or newer one; behind the newest, what was typed before any was recalled. `None` if `typed`, which
    /// is there now, stays.
    pub fn recall(&mut self, is_older: bool, typed: impl FnOnce() -> String) -> Option<String> {
        let (index, before) = match (self.recalled.take(), is_older) {
            (None, true) => (0, typed()),
            (None, false) => return None,
            (Some((0, before)), false) => return Some(before),
            (Some((index, before)), true) => (index + 1, before),
            (Some((index, before)), false) => (index - 1, before),
        };
        let index = index.min(self.texts.len().checked_sub(1)?);
        let text = self.texts.iter().rev().nth(index)?.clone();
        self.recalled = Some((index, before));
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_found_again() {
        let mut history = History::default();
        assert_eq!(history.recall(true, || "half".into()), None);
        for text in ["one", "two", "two", ""] {
            history.keep(text);
        }
        for (is_older, shown) in
            [(true, "two"), (true, "one"), (true, "one"), (false, "two"), (false, "half")]
        {
            assert_eq!(history.recall(is_older, || "half".into()).as_deref(), Some(shown));
        }
        assert_eq!(history.recall(false, || "half".into()), None);
    }

    #[test]
    fn the_oldest_texts_go() {
        let mut history = History::default();
        (0..=TEXTS_MAX).for_each(|number| history.keep(&number.to_string()));
        let oldest = (0..=TEXTS_MAX).filter_map(|_| history.recall(true, String::new)).last();
        assert_eq!(oldest.as_deref(), Some("1"));
    }
}
