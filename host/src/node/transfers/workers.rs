//! The threads that carry a stream, and how many each contact may have.

/// Most threads that carry a stream.
pub(in crate::node) const WORKERS_MAX: usize = 32;

/// For whom each thread runs.
#[derive(Debug)]
pub(super) struct Workers<C>(Vec<C>);

impl<C: PartialEq> Workers<C> {
    /// None.
    pub(super) const NONE: Self = Self(Vec::new());

    /// Whether there may be another one for somebody: they have fewer than are left for all others. So whoever is alone may have
    /// half of them, and whoever comes after others that have many finds some all the same.
    pub(super) fn have_share_for(&self, whom: &C) -> bool {
        let own = self.0.iter().filter(|it| *it == whom).count();
        own < WORKERS_MAX.saturating_sub(self.0.len())
    }

    /// One has started.
    pub(super) fn add(&mut self, whom: C) {
        self.0.push(whom);
    }

    /// One has ended.
    pub(super) fn remove(&mut self, whom: &C) {
        if let Some(index) = self.0.iter().position(|it| it == whom) {
            self.0.swap_remove(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_some_want_others_find_some() {
        let mut workers = Workers::NONE;
        let mut shares = Vec::new();
        for whom in 0..5 {
            while workers.have_share_for(&whom) {
                workers.add(whom);
            }
            shares.push(workers.0.iter().filter(|it| **it == whom).count());
        }
        assert_eq!(shares, [16, 8, 4, 2, 1]);
        // What one gives back, another one may have.
        workers.remove(&0);
        assert!(workers.have_share_for(&4) && !workers.have_share_for(&0) && workers.have_share_for(&5));
    }
}
