//! Reads a file that a process appends to, line by line, in bounded memory.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::secrets::Masks;

/// Longer lines are handed over in pieces of this many bytes.
pub(super) const LINE_BYTES: usize = 64 * 1024;
/// Read at a time.
const CHUNK_BYTES: usize = 64 * 1024;
/// Bytes of a UTF-8 character that may be missing at the end of a piece.
const PARTIAL_CHARACTER_BYTES: usize = 3;

/// A line of output, or a piece of a long one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// What it says, without its end.
    pub(super) text: &'a str,
    /// Whether it begins a line: false for the second and later pieces of a long one.
    pub(super) is_start: bool,
    /// What it ends with.
    pub(super) end: End,
    /// Whether an earlier watcher handed it over already.
    pub(super) is_known: bool,
}

/// Whether more can be read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum More {
    /// Perhaps.
    Perhaps,
    /// All that was written so far has been read.
    No,
}

/// Where a line, or a piece of one, ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Somewhere in its line: more of it follows.
    Cut,
    /// With its line.
    OfLine,
    /// With the output, behind the last line end.
    OfOutput,
}

/// A file of output and how far it was read.
#[derive(Debug)]
pub(super) struct Tail {
    file: File,
    /// Keeps how far lines were handed over, for whoever watches after us; `None` if that can't be kept.
    mark: Option<File>,
    /// Up to here lines were handed over by an earlier watcher.
    known: u64,
    /// Where `pending` begins in the file.
    offset: u64,
    pending: Vec<u8>,
    is_inside_line: bool,
}

impl Tail {
    /// Reads from the beginning. Lines before the mark of an earlier watcher come as known.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let (mark, known) = match open_mark(&path.with_extension("logged")) {
            Ok((mark, known)) => (Some(mark), known),
            Err(error) => {
                tracing::warn!(output = %path.display(), %error, "how far it was logged can't be kept");
                (None, 0)
            }
        };
        Ok(Self { file, mark, known, offset: 0, pending: Vec::new(), is_inside_line: false })
    }

    /// Hands over the lines of the next chunk, which goes no further than `end`. A long line is cut where no secret is cut in two (V4).
    pub(super) fn advance(
        &mut self,
        end: u64,
        masks: &Masks,
        mut line: impl FnMut(Line<'_>),
    ) -> io::Result<More> {
        let beyond = masks.longest();
        let before = self.pending.len();
        let left = end.saturating_sub(self.offset + before as u64);
        let chunk = usize::try_from(left).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
        self.pending.resize(before + chunk, 0);
        let read = self.file.read(&mut self.pending[before..]);
        self.pending.truncate(before + read.as_ref().map_or(0, |bytes| *bytes));
        match read {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(More::Perhaps),
            Err(error) => return Err(error),
            Ok(0) => return Ok(More::No),
            Ok(_) => {}
        }
        let mut done = 0;
        // Before `before` there is no line end: it was looked for.
        let mut looked = before;
        loop {
            let end =
                self.pending[looked..].iter().position(|byte| *byte == b'\n').map(|place| looked + place);
            let whole = end.filter(|end| end - done <= LINE_BYTES);
            match whole {
                Some(end) => {
                    let without_end = done + strip(&self.pending[done..end]);
                    self.hand_over(done, without_end, End::OfLine, &mut line);
                    self.is_inside_line = false;
                    done = end + 1;
                }
                // What goes beyond the limit is seen to its end, or far enough to know that no secret goes across.
                None if end.is_some() || self.pending.len() - done > LINE_BYTES + beyond => {
                    let seen = end.unwrap_or(self.pending.len()).min(done + LINE_BYTES + beyond);
                    let bytes = &self.pending[done..seen];
                    let end = done + masks.cut(bytes, piece(&bytes[..LINE_BYTES]));
                    self.hand_over(done, end, End::Cut, &mut line);
                    self.is_inside_line = true;
                    done = end;
                }
                None => break,
            }
            looked = done;
        }
        self.consumed(done);
        Ok(More::Perhaps)
    }

    /// Hands over what is left after the last line end. The process has ended: nothing follows.
    pub(super) fn finish(&mut self, mut line: impl FnMut(Line<'_>)) {
        let end = self.pending.len();
        if end > 0 {
            self.hand_over(0, strip(&self.pending), End::OfOutput, &mut line);
        }
        self.consumed(end);
    }

    /// How much is in the file by now.
    pub(super) fn bytes(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// Whether the first `bytes` of the file were read.
    pub(super) const fn has_read(&self, bytes: u64) -> bool {
        self.offset + self.pending.len() as u64 >= bytes
    }

    /// Whether anything was read so far.
    pub(super) const fn is_empty(&self) -> bool {
        self.offset == 0 && self.pending.is_empty()
    }

    fn hand_over(&self, start: usize, until: usize, end: End, line: &mut impl FnMut(Line<'_>)) {
        let bytes = &self.pending[start..until];
        // A long line that ends just behind a piece has nothing more to say.
        if bytes.is_empty() && self.is_inside_line {
            return;
        }
        let is_known = self.offset + (start as u64) < self.known;
        let text = &String::from_utf8_lossy(bytes);
        line(Line { text, is_start: !self.is_inside_line, end, is_known });
    }

    fn consumed(&mut self, bytes: usize) {
        self.pending.drain(..bytes);
        self.offset += bytes as u64;
        if self.offset > self.known
            && bytes > 0
            && let Some(mark) = &self.mark
            // One short write of a fixed length: there is never half a number.
            && let Err(error) = mark.write_all_at(format!("{:020}\n", self.offset).as_bytes(), 0)
        {
            tracing::warn!(%error, "how far its output was logged can't be kept any more");
            self.mark = None;
        }
    }
}

/// The mark of an earlier watcher, and how far it had come. What can't be understood counts as nothing: lines are then repeated rather than
/// lost.
fn open_mark(path: &Path) -> io::Result<(File, u64)> {
    let mark = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    let mut text = Vec::new();
    (&mark).take(64).read_to_end(&mut text)?;
    let known = std::str::from_utf8(&text).ok().and_then(|text| text.trim().parse().ok());
    Ok((mark, known.unwrap_or(0)))
}

/// Bytes of a line without the carriage return at its end.
fn strip(bytes: &[u8]) -> usize {
    bytes.strip_suffix(b"\r").unwrap_or(bytes).len()
}

/// Bytes of the piece to cut from the beginning of a long line, so that no character is cut in two.
fn piece(bytes: &[u8]) -> usize {
    let is_boundary = |end: usize| {
        std::str::from_utf8(&bytes[end..])
            .is_err_and(|error| error.error_len().is_none() && error.valid_up_to() == 0)
    };
    let from = bytes.len().saturating_sub(PARTIAL_CHARACTER_BYTES);
    (from..bytes.len()).find(|end| is_boundary(*end)).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    type Lines = Vec<(String, bool, bool)>;

    fn read(tail: &mut Tail) -> Lines {
        let mut lines = Vec::new();
        while tail
            .advance(u64::MAX, &Masks::default(), |line| {
                lines.push((line.text.to_owned(), line.is_start, line.is_known));
            })
            .unwrap()
            == More::Perhaps
        {}
        lines
    }

    fn rest(tail: &mut Tail) -> Lines {
        let mut lines = Vec::new();
        tail.finish(|line| lines.push((line.text.to_owned(), line.is_start, line.is_known)));
        lines
    }

    fn fresh(text: &str) -> (String, bool, bool) {
        (text.to_owned(), true, false)
    }

    #[test]
    fn lines_come_when_they_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output.log");
        let mut file = File::create(&path).unwrap();
        let mut tail = Tail::open(&path).unwrap();
        assert!(tail.is_empty());
        file.write_all(b"one\ntw").unwrap();
        assert_eq!(read(&mut tail), [fresh("one")]);
        file.write_all(b"o\r\n\n\xffx\nlast").unwrap();
        assert_eq!(read(&mut tail), [fresh("two"), fresh(""), fresh("\u{fffd}x")]);
        assert_eq!(rest(&mut tail), [fresh("last")]);
        assert!(!tail.is_empty());
    }

    #[test]
    fn a_later_watcher_knows_the_lines_that_were_handed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output.log");
        std::fs::write(&path, "one\ntwo\nthr").unwrap();
        assert_eq!(read(&mut Tail::open(&path).unwrap()).len(), 2);
        let mut tail = Tail::open(&path).unwrap();
        let known = |text: &str| (text.to_owned(), true, true);
        assert_eq!(read(&mut tail), [known("one"), known("two")]);
        assert_eq!(rest(&mut tail), [fresh("thr")]);
    }

    #[test]
    fn long_lines_come_in_pieces_and_no_character_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output.log");
        let long = "é".repeat(LINE_BYTES);
        std::fs::write(&path, format!("x{long}\nnext\n")).unwrap();
        let lines = read(&mut Tail::open(&path).unwrap());
        let (next, pieces) = lines.split_last().unwrap();
        assert_eq!(next, &fresh("next"));
        assert_eq!(pieces.iter().map(|(text, ..)| text.as_str()).collect::<String>(), format!("x{long}"));
        assert_eq!(pieces.iter().filter(|(_, is_start, _)| *is_start).count(), 1);
        assert!(pieces.iter().all(|(text, ..)| text.len() <= LINE_BYTES));
    }

    /// Story: the pieces of a long line were masked one by one, and a secret that was cut in two got through.
    #[test]
    fn no_secret_is_cut_in_two() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output.log");
        let masks = Masks::default();
        masks.hide(&crate::Secret::new("hunter2"));
        let lengths = (LINE_BYTES - 9..LINE_BYTES + 2)
            .flat_map(|before| [0, 3, LINE_BYTES].map(|after| (before, after)));
        for (before, after) in lengths {
            let (x, y) = ("x".repeat(before), "y".repeat(after));
            std::fs::write(&path, format!("{x}hunter2{y}\nend\n")).unwrap();
            let mut tail = Tail::open(&path).unwrap();
            let (mut seen, mut lines) = (String::new(), 0);
            let mut hear = |line: Line<'_>| {
                seen.push_str(&masks.mask(line.text));
                lines += u32::from(line.is_start);
            };
            while tail.advance(u64::MAX, &masks, &mut hear).unwrap() == More::Perhaps {}
            tail.finish(&mut hear);
            assert_eq!((seen, lines), (format!("{x}***{y}end"), 2), "{before}, {after}");
            std::fs::remove_file(path.with_extension("logged")).unwrap();
        }
    }

    #[test]
    fn a_line_of_just_the_limit_is_whole_and_leaves_no_empty_piece() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output.log");
        for length in [LINE_BYTES - 1, LINE_BYTES, LINE_BYTES + 1, 2 * LINE_BYTES] {
            let long = "y".repeat(length);
            std::fs::write(&path, format!("{long}\r\nend\n")).unwrap();
            let lines = read(&mut Tail::open(&path).unwrap());
            let joined = lines[..lines.len() - 1].iter().map(|(text, ..)| text.as_str()).collect::<String>();
            assert_eq!(joined.trim_end_matches('\r'), long, "{length}");
            assert!(lines.iter().all(|(text, ..)| !text.is_empty()), "{length}");
            std::fs::remove_file(path.with_extension("logged")).unwrap();
        }
    }
}
