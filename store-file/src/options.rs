//! What a host may choose about a file store.

/// How a [`FileStore`](crate::FileStore) keeps its files. The default is right for almost everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStoreOptions {
    pub(crate) segment_bytes: u64,
}

impl FileStoreOptions {
    /// The size of a segment unless another is chosen: 64 MiB.
    pub const DEFAULT_SEGMENT_BYTES: u64 = 64 * 1024 * 1024;

    /// The smallest and the largest size of a segment: 4 KiB and 1 GiB.
    pub const SEGMENT_BYTES: std::ops::RangeInclusive<u64> = 4 * 1024..=1024 * 1024 * 1024;

    /// How large a segment gets before the next one is begun. A size outside of [`FileStoreOptions::SEGMENT_BYTES`] is taken
    /// as the nearest within. It may differ from one opening to the next.
    #[must_use]
    pub fn segment_bytes(mut self, bytes: u64) -> Self {
        self.segment_bytes = bytes.clamp(*Self::SEGMENT_BYTES.start(), *Self::SEGMENT_BYTES.end());
        self
    }
}

impl Default for FileStoreOptions {
    fn default() -> Self {
        Self { segment_bytes: Self::DEFAULT_SEGMENT_BYTES }
    }
}
