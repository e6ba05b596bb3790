//! Rows of storage, of which the first ones are in use.

/// Rows of which the first ones are in use. One that is in use stays so, if need be with another content, so that what
/// goes through all of them does not touch those that were never needed.
pub(super) struct Table<R> {
    rows: R,
    used: usize,
}

impl<R> Table<R> {
    /// A table with no row in use.
    pub(super) fn new(rows: R) -> Self {
        Self { rows, used: 0 }
    }

    /// How many rows there are.
    pub(super) fn capacity<T>(&self) -> usize
    where
        R: AsRef<[T]>,
    {
        self.rows.as_ref().len()
    }

    /// The rows in use.
    pub(super) fn used<T>(&self) -> &[T]
    where
        R: AsRef<[T]>,
    {
        self.rows.as_ref().get(..self.used).unwrap_or_default()
    }

    /// The rows in use.
    pub(super) fn used_mut<T>(&mut self) -> &mut [T]
    where
        R: AsMut<[T]>,
    {
        self.rows.as_mut().get_mut(..self.used).unwrap_or_default()
    }

    /// Takes another row into use and returns its index; returns the content if there is no row left.
    pub(super) fn push<T>(&mut self, content: T) -> Result<usize, T>
    where
        R: AsMut<[T]>,
    {
        let index = self.used;
        let Some(row) = self.rows.as_mut().get_mut(index) else { return Err(content) };
        *row = content;
        self.used = index.saturating_add(1);
        Ok(index)
    }
}
