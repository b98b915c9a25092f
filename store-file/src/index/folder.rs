//! The folder of the saved index: which of its files count, and how one is added.
//!
//! Each file goes on where another ends, so that together they are the whole index. Adding one merges it with those before it that
//! are not much larger, so that there are few and each change is written again only a few times.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::{mem, slice};

use super::file::{Head, Input, Output};
use super::segments::PositionMark;
use super::streams::SavedStream;
use super::{Changes, Index, Saved};
use crate::disk::Disk;
use crate::header::StoreId;
use crate::report::IgnoredIndex;

/// The folder's name in that of the store.
const INDEX_FOLDER: &str = "index";
/// The name of a file that is not finished.
const UNFINISHED: &str = "unfinished.tmp";

/// A file that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IndexFile {
    from: Saved,
    to: Saved,
    bytes: u64,
}

/// What the folder holds.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) index: Index,
    pub(crate) files: Vec<IndexFile>,
    /// How far the files go.
    pub(crate) saved: Saved,
    pub(crate) ignored: Vec<IgnoredIndex>,
    /// Files that do not count, to be removed.
    pub(crate) unused: Vec<PathBuf>,
}

fn path(folder: &Path, from: u64, to: u64) -> PathBuf {
    folder.join(INDEX_FOLDER).join(format!("{from:020}-{to:020}.index"))
}

/// The positions that a file's name names; `None` for any other file.
fn positions(name: &str) -> Option<(u64, u64)> {
    let (from, to) = name.strip_suffix(".index")?.split_once('-')?;
    let number = |digits: &str| {
        let is_number = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse().ok()).flatten()
    };
    Some((number(from)?, number(to)?))
}

/// Loads what fits the log, which has segments with these first positions; `fits` says why a file's end is not that of a commit of the log.
pub(crate) fn load(
    disk: &dyn Disk,
    folder: &Path,
    segments: &[u64],
    mut fits: impl FnMut(&Head) -> Result<(), String>,
) -> Loaded {
    let mut loaded = Loaded::default();
    let mut candidates = match disk.list(&folder.join(INDEX_FOLDER)) {
        Ok(names) => names,
        Err(error) => {
            if error.kind() != ErrorKind::NotFound {
                loaded.ignore(folder.join(INDEX_FOLDER), error.to_string());
            }
            return loaded;
        }
    };
    // The one that goes furthest comes first.
    candidates.sort_unstable_by_key(|name| positions(name).map(|(from, to)| (from, u64::MAX - to)));
    let mut candidates: Vec<(u64, PathBuf)> = candidates
        .iter()
        .filter_map(|name| {
            if name == UNFINISHED {
                loaded.unused.push(folder.join(INDEX_FOLDER).join(name));
            }
            positions(name).map(|(from, to)| (from, path(folder, from, to)))
        })
        .collect();
    let mut chain: Vec<(PathBuf, Input, Head)> = Vec::new();
    loop {
        let end = chain.last().map_or(Saved::default(), |(_, _, head)| head.end());
        if let Some(next) = candidates.iter().position(|(from, _)| *from == end.position) {
            let (_, path) = candidates.remove(next);
            match open(disk, folder, &path, end) {
                Ok((input, head)) => chain.push((path, input, head)),
                Err(error) => loaded.ignore(path, error.to_string()),
            }
            continue;
        }
        let Some((path, _, head)) = chain.last() else {
            break;
        };
        match fits(head) {
            Ok(()) => break,
            Err(reason) => loaded.ignore(path.clone(), reason),
        }
        chain.pop();
    }
    loaded.unused.extend(candidates.into_iter().map(|(_, path)| path));
    loaded.take(chain, segments);
    loaded
}

/// A file whose checksum is right, and that goes on from `end`.
fn open(disk: &dyn Disk, folder: &Path, file: &Path, end: Saved) -> io::Result<(Input, Head)> {
    let mut input = Input::open(disk, file)?;
    let head = input.head()?;
    let other = |what: &str| io::Error::new(ErrorKind::InvalidData, what);
    if path(folder, head.from, head.to) != file {
        return Err(other("it has the name of another"));
    }
    if head.before != checksum(end) {
        return Err(other("it does not go on from the one before it"));
    }
    Ok((input, head))
}

/// The checksum of the frame there; 0 where the log begins.
fn checksum(end: Saved) -> u32 {
    end.frame.map_or(0, |frame| frame.checksum)
}

impl Head {
    fn end(&self) -> Saved {
        Saved { position: self.to, frame: Some(self.newest) }
    }
}

impl Loaded {
    /// Loads nothing from this file, and has it removed.
    fn ignore(&mut self, path: PathBuf, reason: String) {
        self.unused.push(path.clone());
        self.ignored.push(IgnoredIndex { path, reason });
    }

    /// Takes over the files of the chain, or none of them if what they hold makes no sense.
    fn take(&mut self, chain: Vec<(PathBuf, Input, Head)>, segments: &[u64]) {
        let paths: Vec<PathBuf> = chain.iter().map(|(path, _, _)| path.clone()).collect();
        for (path, mut input, head) in chain {
            match self.index.restore(&mut input, &head, segments) {
                Ok(()) => {
                    self.files.push(IndexFile { from: self.saved, to: head.end(), bytes: input.bytes() });
                    self.saved = head.end();
                }
                Err(error) => {
                    let (ignored, unused) = (mem::take(&mut self.ignored), mem::take(&mut self.unused));
                    *self = Self { ignored, unused, ..Self::default() };
                    self.unused.extend(paths);
                    self.ignore(path, error.to_string());
                    return;
                }
            }
        }
    }
}

impl Index {
    /// Takes over what a file holds.
    fn restore(&mut self, input: &mut Input, head: &Head, segments: &[u64]) -> io::Result<()> {
        let nonsense = |what: &str| io::Error::new(ErrorKind::InvalidData, what);
        for _ in 0..head.segments {
            let first = input.segment()?;
            if segments.get(self.segments.len()) != Some(&first) {
                return Err(nonsense("it names a segment that is not there"));
            }
            self.segments.begin(first);
        }
        for _ in 0..head.marks {
            let (segment, mark) = input.mark()?;
            if !self.segments.restore(segment, mark) {
                return Err(nonsense("it names a place in a segment that is not there"));
            }
        }
        self.streams.reserve(self.streams.len() + head.streams as usize);
        let mut stream = SavedStream::default();
        while input.stream(&mut stream)? {
            self.streams.restore(&stream);
        }
        if self.segments.len() != head.newest.place.segment as usize + 1 {
            return Err(nonsense("it does not end in the last segment that it names"));
        }
        self.head = head.to;
        self.newest = Some(head.newest);
        Ok(())
    }
}

/// How large the files may be that are written again when one is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Merging {
    /// As large as it takes for few files.
    Any,
    /// Small ones only: somebody waits.
    Small,
    None,
}

/// Somebody who closes a store waits for no more than this to be written again.
const SMALL_BYTES: u64 = 4 * 1024 * 1024;

/// Files up to twice as large as that are not worth having apart.
const TINY_BYTES: u64 = 4 * 1024;

/// Writes a file of these changes, merged with some of those before it, in the order of the streams' names. Returns the files that count then.
pub(crate) fn save(
    disk: &dyn Disk,
    folder: &Path,
    store: StoreId,
    mut files: Vec<IndexFile>,
    changes: &Changes,
    streams: &[SavedStream],
    merging: Merging,
) -> io::Result<Vec<IndexFile>> {
    let merged = files.split_off(not_merged(&files, streams, merging));
    let mut parts = Vec::with_capacity(merged.len() + 1);
    for file in &merged {
        parts.push(Part::read(disk, &path(folder, file.from.position, file.to.position))?);
    }
    parts.push(Part::changes(store, changes, streams));
    let from = merged.first().map_or(changes.from, |file| file.from);
    let to = changes.to;
    let unfinished = folder.join(INDEX_FOLDER).join(UNFINISHED);
    let bytes = match create(disk, folder, &unfinished).and_then(|output| write(output, &mut parts)) {
        Ok(bytes) => bytes,
        Err(error) => {
            // On a disk that is nearly full it must not take the room that the log needs.
            let _leftover = disk.remove(&unfinished);
            return Err(error);
        }
    };
    drop(parts);
    let new = path(folder, from.position, to.position);
    disk.rename(&unfinished, &new)?;
    disk.sync_folder(&folder.join(INDEX_FOLDER))?;
    for file in merged {
        // One that stays is passed over: another begins where it does, and goes further.
        let _leftover = disk.remove(&path(folder, file.from.position, file.to.position));
    }
    files.push(IndexFile { from, to, bytes });
    Ok(files)
}

/// How many of the files stay as they are.
fn not_merged(files: &[IndexFile], streams: &[SavedStream], merging: Merging) -> usize {
    let bytes_of = |stream: &SavedStream| 23 + stream.name.len() as u64 + 16 * stream.marks.len() as u64;
    let mut bytes: u64 = TINY_BYTES + streams.iter().map(bytes_of).sum::<u64>();
    let mut stay = files.len();
    for file in files.iter().rev() {
        let is_merged = match merging {
            Merging::Any => file.bytes / 2 <= bytes,
            Merging::Small => file.bytes / 2 <= bytes && bytes + file.bytes <= SMALL_BYTES,
            Merging::None => false,
        };
        if !is_merged {
            break;
        }
        bytes += file.bytes;
        stay -= 1;
    }
    stay
}

fn create(disk: &dyn Disk, folder: &Path, file: &Path) -> io::Result<Output> {
    match Output::create(disk, file) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            disk.create_folder(&folder.join(INDEX_FOLDER))?;
            disk.sync_folder(folder)?;
            Output::create(disk, file)
        }
        output => output,
    }
}

/// What is merged: a file, or the changes that are in memory.
struct Part<'a> {
    head: Head,
    segments: Vec<u64>,
    marks: Vec<(u32, PositionMark)>,
    source: Source<'a>,
    /// Its next stream.
    next: Option<SavedStream>,
}

enum Source<'a> {
    File(Input),
    Memory(slice::Iter<'a, SavedStream>),
}

impl<'a> Part<'a> {
    fn read(disk: &dyn Disk, path: &Path) -> io::Result<Self> {
        let mut input = Input::open(disk, path)?;
        let head = input.head()?;
        let segments = (0..head.segments).map(|_| input.segment()).collect::<io::Result<_>>()?;
        let marks = (0..head.marks).map(|_| input.mark()).collect::<io::Result<_>>()?;
        let mut part = Self { head, segments, marks, source: Source::File(input), next: None };
        part.advance()?;
        Ok(part)
    }

    fn changes(store: StoreId, changes: &Changes, streams: &'a [SavedStream]) -> Self {
        let Changes { from, to, newest, segments, marks, .. } = changes;
        let mut streams = streams.iter();
        let head = Head {
            store,
            from: from.position,
            before: checksum(*from),
            to: to.position,
            newest: *newest,
            segments: count(segments.len()),
            marks: count(marks.len()),
            streams: count(streams.len()),
        };
        let next = streams.next().cloned();
        Self { head, segments: segments.clone(), marks: marks.clone(), source: Source::Memory(streams), next }
    }

    fn advance(&mut self) -> io::Result<Option<SavedStream>> {
        let next = match &mut self.source {
            Source::File(input) => {
                let mut stream = SavedStream::default();
                input.stream(&mut stream)?.then_some(stream)
            }
            Source::Memory(streams) => streams.next().cloned(),
        };
        Ok(mem::replace(&mut self.next, next))
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Writes the parts as one, and says how large it is. They go on from one another; there is at least one.
fn write(mut output: Output, parts: &mut [Part<'_>]) -> io::Result<u64> {
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
        return Ok(0);
    };
    let sum = |count: fn(&Head) -> u32| {
        parts.iter().fold(0, |sum: u32, part| sum.saturating_add(count(&part.head)))
    };
    output.head(&Head {
        from: first.head.from,
        before: first.head.before,
        segments: sum(|head| head.segments),
        marks: sum(|head| head.marks),
        streams: sum(|head| head.streams),
        ..last.head
    })?;
    for first in parts.iter().flat_map(|part| &part.segments) {
        output.segment(*first)?;
    }
    for (segment, mark) in parts.iter().flat_map(|part| &part.marks) {
        output.mark(*segment, *mark)?;
    }
    while let Some(name) = parts.iter().filter_map(|part| part.next.as_ref()).map(|stream| &stream.name).min()
    {
        let name = name.clone();
        let mut stream = SavedStream::default();
        for part in &mut *parts {
            if part.next.as_ref().is_some_and(|next| next.name == name)
                && let Some(later) = part.advance()?
            {
                stream.marks.extend_from_slice(&later.marks);
                stream = SavedStream { marks: stream.marks, ..later };
            }
        }
        output.stream(&stream)?;
    }
    output.finish()
}
