//! Opening a store: the folder, the lock, the log, and only then anything that is written.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use cutover::Digest;
use cutover::store::Position;

use crate::active::{ActiveSegment, Blank, WriteFailure, begin};
use crate::answering::Answering;
use crate::batch::Batch;
use crate::checkpoints::Checkpoints;
use crate::disk::{Access, Disk, RealDisk};
use crate::error::{Damage, OpenError};
use crate::filling::Filling;
use crate::gathering::Gathering;
use crate::header::{Header, StoreId};
use crate::index::{Index, Saving};
use crate::lock;
use crate::options::FileStoreOptions;
use crate::preallocation::Preallocation;
use crate::reader::Reader;
use crate::recovery::{Found, LastSegment, Start, Tail, inspect};
use crate::repair::repair;
use crate::report::{Cut, Left, OpenReport};
use crate::segment::{self, NEW_SEGMENT, NEXT_SEGMENT};
use crate::shared::Shared;
use crate::store::FileStore;
use crate::window::{Unread, Window};
use crate::writer::Writer;

impl FileStore {
    /// Opens the store in `folder`, or makes a new one there.
    ///
    /// What follows the saved index is read and checked: nothing after a clean close, a segment or two after a crash, all of the log if there is
    /// no saved index. What a crash left unfinished at the end is cut off. [`FileStore::report`] says what was found and done.
    ///
    /// What the saved index covers is not read here, so that opening takes as long for a long log as for a short one. Damage there is found when it is read:
    /// each frame's checksum, position, sequence and the frame that a stream goes on from are checked then, and reading answers that the store is damaged. Without the folder
    /// `index` everything is checked here.
    ///
    /// # Errors
    /// [`OpenError`]; it says which of them leave the log as it was found.
    pub fn open(folder: impl AsRef<Path>, options: FileStoreOptions) -> Result<Self, OpenError> {
        Self::open_on(Arc::new(RealDisk), folder.as_ref(), options)
    }

    /// Opens the store on a disk of the caller's, which may be one that fails on purpose. Otherwise as [`FileStore::open`].
    ///
    /// # Errors
    /// As [`FileStore::open`] says.
    pub fn open_on(disk: Arc<dyn Disk>, folder: &Path, options: FileStoreOptions) -> Result<Self, OpenError> {
        let begun = Instant::now();
        let made = create_folder(&*disk, folder)?;
        let lock = lock::acquire(&*disk, folder)?;
        let found = inspect(&*disk, folder, Start::SavedIndex, &mut |_, _, _| ())?;
        let mut report = report(&found);
        let Found { mut loaded, last, unborn, .. } = found;
        for leftover in [NEW_SEGMENT, NEXT_SEGMENT].map(|name| folder.join(name)) {
            remove(&*disk, &leftover)?;
        }
        if let Some(path) = unborn {
            remove(&*disk, &path)?;
        }
        let (store, active) = match last {
            Some(last) => (last.store, reopen(&*disk, &last)?),
            None => begin_first(&*disk, folder, &mut loaded.index)?,
        };
        sync_names(&*disk, folder, made, &loaded.index)?;
        for unused in &loaded.unused {
            // One that stays is of no use the next time either.
            let _leftover = disk.remove(unused);
        }
        let newest = || newest_digest(&*disk, folder, store, &loaded.index);
        let digest = options.is_tamper_evident.then(newest).transpose()?;
        let saving = Saving::new(store, &loaded);
        let checkpoints = Arc::new(Checkpoints::new(Arc::clone(&disk), folder, store));
        let shared = Arc::new(Shared::new(disk, folder.to_owned(), store, loaded.index));
        let writer = Writer {
            shared: Arc::clone(&shared),
            digest,
            is_saving_due: report.scanned.segments > 1,
            unsaved_bytes: report.scanned.bytes,
            options,
            active,
            preallocation: Preallocation::default(),
            saving,
            checkpoints: Arc::clone(&checkpoints),
            lock,
            batch: Batch::default(),
            gathering: Gathering::default(),
            answering: Answering::default(),
        };
        let is_tamper_evident = digest.is_some();
        let (requests, to_writer) = mpsc::channel();
        let panic = PanicTold(Arc::clone(&shared));
        let writer = thread::Builder::new()
            .name("cutover-writer".to_owned())
            .spawn(move || {
                let _told = panic;
                writer.run(&to_writer);
            })
            .map_err(|source| OpenError::io(folder, source))?;
        report.took = begun.elapsed();
        Ok(Self {
            reader: Reader::new(Arc::clone(&shared)),
            shared,
            checkpoints,
            is_tamper_evident,
            requests,
            writer: Mutex::new(Some(writer)),
            report,
        })
    }
}

/// Sees to it that a writer that panics leaves nobody waiting.
struct PanicTold(Arc<Shared>);

impl Drop for PanicTold {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.poison("the writer panicked".to_owned());
        }
    }
}

/// Makes the folder unless it exists, and those above it. Says how many of them it made.
pub(crate) fn create_folder(disk: &dyn Disk, folder: &Path) -> Result<usize, OpenError> {
    let is_missing = |folder: &&Path| {
        let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        disk.list(here).is_err_and(|error| error.kind() == ErrorKind::NotFound)
    };
    let missing = folder.ancestors().take_while(is_missing).count();
    if missing == 0 {
        // It is there; if it is no folder, listing it says so.
        return disk.list(folder).map(|_| 0).map_err(|source| OpenError::io(folder, source));
    }
    disk.create_folder(folder).map_err(|source| OpenError::io(folder, source))?;
    Ok(missing)
}

/// Makes the names durable on which the log rests: those in the folder, and until a first commit was acknowledged that of the folder itself.
/// A process that made them may have ended, or failed, before it came to that; whoever reads them back can't tell.
fn sync_names(disk: &dyn Disk, folder: &Path, made: usize, index: &Index) -> Result<(), OpenError> {
    disk.sync_folder(folder).map_err(|source| OpenError::io(folder, source))?;
    if index.head() > Position::START {
        return Ok(());
    }
    sync_above(disk, folder, made).map_err(|(above, source)| OpenError::io(&above, source))
}

/// Makes the names durable of a folder and of those above it, of which so many were made just now. The others may have been made by somebody who did not
/// come to that.
pub(crate) fn sync_above(disk: &dyn Disk, folder: &Path, made: usize) -> Result<(), (PathBuf, io::Error)> {
    for (place, above) in folder.ancestors().skip(1).enumerate() {
        let above = if above.as_os_str().is_empty() { Path::new(".") } else { above };
        match disk.sync_folder(above) {
            // One that was there already need not be ours to read.
            Err(error) if place >= made && is_of_others(&error) => {}
            synced => synced.map_err(|error| (above.to_owned(), error))?,
        }
    }
    Ok(())
}

/// Whether a folder can't be synced by this user, or is of a kind that can't be synced at all.
fn is_of_others(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::InvalidInput
            | ErrorKind::Unsupported
    )
}

/// The digest of the newest frame, which the next one names; that of the first segment's header where there is no frame yet.
fn newest_digest(disk: &dyn Disk, folder: &Path, store: StoreId, index: &Index) -> Result<Digest, OpenError> {
    let Some(newest) = index.newest_frame() else {
        return Ok(Digest::of(&Header { store, first: 1 }.encode()));
    };
    let path = segment::path(folder, index.first_position_of(newest.place.segment).unwrap_or(1));
    let file = disk.open(&path, Access::Read).map_err(|source| OpenError::io(&path, source))?;
    let offset = u64::from(newest.place.offset);
    let mut window = Window::new(Arc::from(file), newest.end.into());
    match window.next_frame(offset) {
        Ok(framed) => Ok(Digest::of(framed.line)),
        Err(Unread::Io(source)) => Err(OpenError::io(&path, source)),
        Err(Unread::Flaw(flaw)) => Err(OpenError::Damaged(Damage {
            segment: path,
            offset,
            first: index.head().0,
            last: Some(index.head().0),
            expected: flaw.expected(),
            found: flaw.found(),
        })),
    }
}

fn remove(disk: &dyn Disk, path: &Path) -> Result<(), OpenError> {
    match disk.remove(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(OpenError::io(path, error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn reopen(disk: &dyn Disk, last: &LastSegment) -> Result<ActiveSegment, OpenError> {
    Ok(ActiveSegment {
        file: repair(disk, last)?,
        number: last.number,
        end: last.end,
        bytes: last.end,
        filling: Filling::default(),
    })
}

/// The first segment of a new store.
fn begin_first(
    disk: &dyn Disk,
    folder: &Path,
    index: &mut Index,
) -> Result<(StoreId, ActiveSegment), OpenError> {
    let header = Header { store: StoreId::drawn(), first: 1 };
    let blank = Blank::new(disk, folder).map_err(|source| OpenError::io(folder, source))?;
    let (file, bytes) = begin(disk, folder, blank, header).map_err(|failure| match failure {
        WriteFailure::DiskFull(source) | WriteFailure::Unknown(source) => OpenError::io(folder, source),
    })?;
    let number = index.begin_segment(header.first);
    let active = ActiveSegment { file, number, end: bytes, bytes, filling: Filling::default() };
    Ok((header.store, active))
}

fn report(found: &Found) -> OpenReport {
    let index = &found.loaded.index;
    let head = index.head();
    let (left, cut) = match &found.last {
        None => (if found.unborn.is_some() { Left::Interrupted } else { Left::New }, None),
        Some(last) => match &last.tail {
            Tail::Closed => (Left::Closed, None),
            Tail::Open => (Left::Interrupted, None),
            Tail::Torn { bytes, reason } => {
                let cut = Cut {
                    segment: last.path.clone(),
                    offset: last.end,
                    bytes: *bytes,
                    after: head,
                    reason: reason.clone(),
                };
                (Left::Interrupted, Some(cut))
            }
        },
    };
    OpenReport {
        head,
        segments: found.last.as_ref().map_or(1, |last| last.number as usize + 1),
        streams: index.streams(),
        left,
        cut,
        removed: found.unborn.clone(),
        indexed: Position(found.loaded.saved.position),
        scanned: found.scanned,
        ignored: found.loaded.ignored.clone(),
        took: Duration::ZERO,
    }
}
