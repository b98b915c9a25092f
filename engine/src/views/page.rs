use std::ops::Deref;

/// A part of a list, and where the next one begins.
///
/// It goes on after what it names, and not after a number of lines: what comes to the front of the list meanwhile is neither shown twice nor in
/// the place of something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, C> {
    /// What is on it, in the list's order. The page is itself a slice of these.
    pub items: Vec<T>,
    /// How many there are in all, on this page and any other.
    pub total: u64,
    /// What the next page is asked for by; `None`: this is the last.
    pub next: Option<C>,
}

impl<T, C> Page<T, C> {
    pub(super) const fn empty() -> Self {
        Self { items: Vec::new(), total: 0, next: None }
    }
}

impl<T, C> Deref for Page<T, C> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T, C> IntoIterator for Page<T, C> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'p, T, C> IntoIterator for &'p Page<T, C> {
    type Item = &'p T;
    type IntoIter = std::slice::Iter<'p, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}
