//! What a host may choose about a file store.

/// How a [`FileStore`](crate::FileStore) keeps its files. The default is right for almost everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStoreOptions {
    pub(crate) segment_bytes: u64,
    pub(crate) is_tamper_evident: bool,
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

    /// Whether each commit names the SHA-256 of the frame before it, over segments too, so that nobody can change, remove or insert one without changing all
    /// that follow: off unless it is turned on. It costs 76 bytes a commit, and the time of hashing.
    ///
    /// [`verify`](crate::verify()) checks the chain, and reports the digest of its newest frame. Nothing within the log binds that one, and whoever
    /// can write the folder can write all of the log anew: so keep the digest elsewhere now and then, and give it to [`verify_against`](crate::verify_against) later.
    ///
    /// It may differ from one opening to the next. Turned on for a store that began without it, the chain begins with the next commit, which names the frame before, and so
    /// binds that too but nothing before that. Turned off again, later commits name nothing, and the chain ends; turned on once more, another begins.
    /// [`HeadDigest::covers_from`](crate::HeadDigest::covers_from) says how far back the chain goes that the newest commit is in.
    #[must_use]
    pub fn tamper_evident(mut self, is_tamper_evident: bool) -> Self {
        self.is_tamper_evident = is_tamper_evident;
        self
    }
}

impl Default for FileStoreOptions {
    fn default() -> Self {
        Self { segment_bytes: Self::DEFAULT_SEGMENT_BYTES, is_tamper_evident: false }
    }
}
