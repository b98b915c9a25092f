//! Segments: the files that the log is made of.

use std::path::{Path, PathBuf};

/// The name of the file in which a segment is made before it gets its own.
pub(crate) const NEW_SEGMENT: &str = "new-segment.tmp";
/// The name of the file in which the next segment is preallocated.
pub(crate) const NEXT_SEGMENT: &str = "next-segment.tmp";

/// The path of the segment whose first position is `first`.
pub(crate) fn path(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("{first:020}.log"))
}

/// The first position of the segment that a file name stands for; `None` for any other file.
pub(crate) fn first_position(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".log")?;
    let is_number = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_named_by_its_first_position() {
        let path = path(Path::new("releases"), 482_113);
        assert_eq!(path, Path::new("releases/00000000000000482113.log"));
        assert_eq!(first_position("00000000000000482113.log"), Some(482_113));
        assert_eq!(first_position("482113.log"), None);
        assert_eq!(first_position("99999999999999999999.log"), None);
        assert_eq!(first_position(NEXT_SEGMENT), None);
    }
}
