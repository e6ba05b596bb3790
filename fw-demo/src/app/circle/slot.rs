//! Memory for one value, which a device that never has one does without.

/// Memory for one value, or for none.
pub trait Slot<T> {
    /// Nothing is in it.
    const EMPTY: Self;

    /// The value.
    fn get(&self) -> Option<&T>;

    /// The value.
    fn get_mut(&mut self) -> Option<&mut T>;

    /// Takes the value out.
    fn take(&mut self) -> Option<T>;

    /// Puts a value in, in place of the one before. Where there is no memory it is dropped.
    fn put(&mut self, value: T);
}

impl<T> Slot<T> for Option<T> {
    const EMPTY: Self = None;

    fn get(&self) -> Option<&T> {
        self.as_ref()
    }

    fn get_mut(&mut self) -> Option<&mut T> {
        self.as_mut()
    }

    fn take(&mut self) -> Option<T> {
        Self::take(self)
    }

    fn put(&mut self, value: T) {
        *self = Some(value);
    }
}

/// No memory, for what there never is. The compiler so leaves out whatever would be done with it.
#[derive(Clone, Copy, Debug)]
pub struct NoSlot;

impl<T> Slot<T> for NoSlot {
    const EMPTY: Self = Self;

    fn get(&self) -> Option<&T> {
        None
    }

    fn get_mut(&mut self) -> Option<&mut T> {
        None
    }

    fn take(&mut self) -> Option<T> {
        None
    }

    fn put(&mut self, _: T) {}
}
