//! Whether to ring for what is said.

/// Whether to ring, and for whom.
#[derive(Debug, Default)]
pub(in crate::face::term) struct Bell {
    /// Whether the user wishes it.
    is_on: bool,
    /// Whether the terminal is looked at; `None` if it does not say.
    is_focused: Option<bool>,
    /// Who has said something since it was last asked.
    due: Option<String>,
}

impl Bell {
    /// Switches it on or off, and says which in words.
    pub(super) fn toggle(&mut self) -> &'static str {
        self.is_on = !self.is_on;
        if self.is_on {
            "the bell rings for what comes while you look at another window"
        } else {
            "the bell is off"
        }
    }

    /// The terminal is looked at, or not any more.
    pub(in crate::face::term) fn focus(&mut self, is_focused: bool) {
        self.is_focused = Some(is_focused);
    }

    /// Somebody has said something.
    pub(super) fn said_by(&mut self, name: &str) {
        if self.is_on && self.is_focused != Some(true) {
            self.due = Some(name.to_owned());
        }
    }

    /// For whom to ring now.
    pub(in crate::face::term) fn take_due(&mut self) -> Option<String> {
        self.due.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rings_where_nobody_looks_and_it_is_wished() {
        let mut bell = Bell::default();
        let rings = |bell: &mut Bell| {
            bell.said_by("abdul");
            bell.take_due().is_some()
        };
        assert!(!rings(&mut bell), "it is not wished");
        bell.toggle();
        assert!(rings(&mut bell), "the terminal does not say whether it is looked at");
        bell.focus(true);
        assert!(!rings(&mut bell));
        bell.focus(false);
        assert!(rings(&mut bell));
        assert_eq!(bell.take_due(), None, "once");
    }
}
