//! One file of the saved index: what changed of it with the commits from one position to another.
//!
//! FORMAT.md has the layout. Streams are in the order of their names, so that files are merged with little memory; the
//! checksum over everything is at the end.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::segments::PositionMark;
use super::streams::{Mark, SavedStream};
use super::{Frame, Place, StreamState};
use crate::disk::{Access, Disk, DiskFile, read_full};
use crate::header::StoreId;

/// What the file begins with: what it is, and the number of its format.
const MAGIC: &[u8; 16] = b"cutover-index 1\n";
const HEAD_BYTES: usize = MAGIC.len() + 16 + 2 * 8 + 9 * 4;
const CHECKSUM_BYTES: u64 = 4;
const BUFFER_BYTES: usize = 256 * 1024;

/// How a file begins: whose it is, what it covers, and how much is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) store: StoreId,
    /// It is about the commits after this position ...
    pub(crate) from: u64,
    /// ... whose frame has this checksum (0 if there is none) ...
    pub(crate) before: u32,
    /// ... up to this one, which has this frame.
    pub(crate) to: u64,
    pub(crate) newest: Frame,
    pub(crate) segments: u32,
    pub(crate) marks: u32,
    /// There are no more streams than that.
    pub(crate) streams: u32,
}

impl Head {
    fn encode(&self) -> Vec<u8> {
        let Self { store, from, before, to, newest, segments, marks, streams } = self;
        let Frame { place, end, batch, checksum } = newest;
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&store.0.to_le_bytes());
        for number in [from, to] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        let Place { segment, offset } = place;
        for number in [before, segment, offset, end, batch, checksum, segments, marks, streams] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes
    }
}

/// Writes a file from its beginning to its end.
pub(crate) struct Output {
    file: Box<dyn DiskFile>,
    buffer: Vec<u8>,
    written: u64,
    checksum: u32,
}

impl Output {
    pub(crate) fn create(disk: &dyn Disk, path: &Path) -> io::Result<Self> {
        let file = disk.open(path, Access::Create)?;
        Ok(Self { file, buffer: Vec::new(), written: 0, checksum: 0 })
    }

    pub(crate) fn head(&mut self, head: &Head) -> io::Result<()> {
        self.put(&head.encode())
    }

    pub(crate) fn segment(&mut self, first: u64) -> io::Result<()> {
        self.put(&first.to_le_bytes())
    }

    pub(crate) fn mark(&mut self, segment: u32, mark: PositionMark) -> io::Result<()> {
        self.put(&segment.to_le_bytes())?;
        self.put(&mark.offset.to_le_bytes())?;
        self.put(&mark.position.to_le_bytes())
    }

    pub(crate) fn stream(&mut self, stream: &SavedStream) -> io::Result<()> {
        let SavedStream { name, state, unmarked, marks } = stream;
        self.put(&u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes())?;
        self.put(name)?;
        self.put_place(state.sequence, state.newest)?;
        self.put(&[*unmarked])?;
        self.put(&u32::try_from(marks.len()).unwrap_or(u32::MAX).to_le_bytes())?;
        for mark in marks {
            self.put_place(mark.last, mark.place)?;
        }
        Ok(())
    }

    fn put_place(&mut self, sequence: u64, place: Place) -> io::Result<()> {
        self.put(&sequence.to_le_bytes())?;
        self.put(&place.segment.to_le_bytes())?;
        self.put(&place.offset.to_le_bytes())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.checksum = crc32c::crc32c_append(self.checksum, &self.buffer);
        self.file.write_at(&self.buffer, self.written)?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Ends the streams, makes the file durable, and says how long it is.
    pub(crate) fn finish(mut self) -> io::Result<u64> {
        self.put(&[0; 2])?;
        self.flush()?;
        self.buffer.extend_from_slice(&self.checksum.to_le_bytes());
        self.file.write_at(&self.buffer, self.written)?;
        self.file.sync()?;
        Ok(self.written + self.buffer.len() as u64)
    }
}

/// Reads a file from its beginning to its end.
pub(crate) struct Input {
    file: Box<dyn DiskFile>,
    /// Where the next piece is read.
    offset: u64,
    /// Where the checksum is.
    end: u64,
    buffer: Vec<u8>,
    /// How much of the buffer was taken.
    taken: usize,
}

impl Input {
    /// Opens a file, and checks its checksum: all of it is read for that.
    pub(crate) fn open(disk: &dyn Disk, path: &Path) -> io::Result<Self> {
        let file = disk.open(path, Access::Read)?;
        let end = file.bytes()?.checked_sub(CHECKSUM_BYTES).ok_or_else(cut_short)?;
        let mut input = Self { file, offset: 0, end, buffer: Vec::new(), taken: 0 };
        let mut checksum = 0;
        while input.offset < input.end {
            input.fill(BUFFER_BYTES)?;
            checksum = crc32c::crc32c_append(checksum, &input.buffer);
        }
        let mut named = [0; 4];
        if read_full(&*input.file, &mut named, end)? < named.len() {
            return Err(cut_short());
        }
        if checksum != u32::from_le_bytes(named) {
            let what =
                format!("expected the checksum {:08x}, found {checksum:08x}", u32::from_le_bytes(named));
            return Err(io::Error::new(ErrorKind::InvalidData, what));
        }
        input.offset = 0;
        input.taken = 0;
        input.buffer.clear();
        Ok(input)
    }

    /// The length of the file.
    pub(crate) fn bytes(&self) -> u64 {
        self.end + CHECKSUM_BYTES
    }

    pub(crate) fn head(&mut self) -> io::Result<Head> {
        let bytes: [u8; HEAD_BYTES] = self.take()?;
        if !bytes.starts_with(MAGIC) {
            return Err(io::Error::new(ErrorKind::InvalidData, "it is no index of a format that is known"));
        }
        let mut numbers = Numbers(&bytes[MAGIC.len()..]);
        Ok(Head {
            store: StoreId(u128::from_le_bytes(numbers.next())),
            from: u64::from_le_bytes(numbers.next()),
            to: u64::from_le_bytes(numbers.next()),
            before: u32::from_le_bytes(numbers.next()),
            newest: Frame {
                place: Place {
                    segment: u32::from_le_bytes(numbers.next()),
                    offset: u32::from_le_bytes(numbers.next()),
                },
                end: u32::from_le_bytes(numbers.next()),
                batch: u32::from_le_bytes(numbers.next()),
                checksum: u32::from_le_bytes(numbers.next()),
            },
            segments: u32::from_le_bytes(numbers.next()),
            marks: u32::from_le_bytes(numbers.next()),
            streams: u32::from_le_bytes(numbers.next()),
        })
    }

    pub(crate) fn segment(&mut self) -> io::Result<u64> {
        Ok(u64::from_le_bytes(self.take()?))
    }

    pub(crate) fn mark(&mut self) -> io::Result<(u32, PositionMark)> {
        let segment = u32::from_le_bytes(self.take()?);
        let offset = u32::from_le_bytes(self.take()?);
        Ok((segment, PositionMark { position: u64::from_le_bytes(self.take()?), offset }))
    }

    /// Reads the next stream into `stream`, whose memory is used again. `false` if there is no further one.
    pub(crate) fn stream(&mut self, stream: &mut SavedStream) -> io::Result<bool> {
        let length = usize::from(u16::from_le_bytes(self.take()?));
        if length == 0 {
            return Ok(false);
        }
        self.have(length)?;
        stream.name.clear();
        stream.name.extend_from_slice(&self.buffer[self.taken..self.taken + length]);
        self.taken += length;
        let Mark { last: sequence, place: newest } = self.place()?;
        stream.state = StreamState { sequence, newest };
        [stream.unmarked] = self.take()?;
        let marks = u32::from_le_bytes(self.take()?);
        stream.marks.clear();
        for _ in 0..marks {
            let mark = self.place()?;
            stream.marks.push(mark);
        }
        Ok(true)
    }

    fn place(&mut self) -> io::Result<Mark> {
        let last = u64::from_le_bytes(self.take()?);
        let segment = u32::from_le_bytes(self.take()?);
        Ok(Mark { last, place: Place { segment, offset: u32::from_le_bytes(self.take()?) } })
    }

    fn take<const BYTES: usize>(&mut self) -> io::Result<[u8; BYTES]> {
        self.have(BYTES)?;
        let mut bytes = [0; BYTES];
        bytes.copy_from_slice(&self.buffer[self.taken..self.taken + BYTES]);
        self.taken += BYTES;
        Ok(bytes)
    }

    /// Has so many bytes in the buffer that were not taken.
    fn have(&mut self, bytes: usize) -> io::Result<()> {
        if self.buffer.len() - self.taken >= bytes {
            return Ok(());
        }
        self.offset -= (self.buffer.len() - self.taken) as u64;
        self.fill(BUFFER_BYTES)?;
        if self.buffer.len() < bytes { Err(cut_short()) } else { Ok(()) }
    }

    fn fill(&mut self, bytes: usize) -> io::Result<()> {
        let left = usize::try_from(self.end - self.offset).unwrap_or(usize::MAX);
        self.buffer.resize(bytes.min(left), 0);
        self.taken = 0;
        if read_full(&*self.file, &mut self.buffer, self.offset)? < self.buffer.len() {
            return Err(cut_short());
        }
        self.offset += self.buffer.len() as u64;
        Ok(())
    }
}

fn cut_short() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "it is shorter than it should be")
}

/// Takes numbers off a piece of memory that is long enough.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn next<const BYTES: usize>(&mut self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        let (number, rest) = self.0.split_at(BYTES);
        bytes.copy_from_slice(number);
        self.0 = rest;
        bytes
    }
}
