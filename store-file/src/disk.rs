//! The seam under the file store: every call that it makes on a file system goes through [`Disk`].
//!
//! [`RealDisk`] passes the calls on. The simulated disk (feature `simulated-disk`) fails, tears and forgets on purpose.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;
use std::thread;

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To be read; it must exist.
    Read,
    /// To be read and written; it must exist.
    Write,
    /// To be read and written; it is made, or emptied if it exists.
    Create,
}

/// A file that is open.
pub trait DiskFile: Send + Sync {
    /// Its length in bytes.
    ///
    /// # Errors
    /// What the system says.
    fn bytes(&self) -> io::Result<u64>;

    /// Reads at `offset` without moving anything. Fewer bytes than asked for, or 0, mean that the file ends there.
    ///
    /// # Errors
    /// What the system says.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all of `bytes` at `offset`. After an error any part of it may be there.
    ///
    /// # Errors
    /// What the system says.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Returns once all that was written is durable, and the length with it.
    ///
    /// # Errors
    /// What the system says; then it is unknown what is durable.
    fn sync(&self) -> io::Result<()>;

    /// Cuts the file off, or extends it with zeros.
    ///
    /// # Errors
    /// What the system says.
    fn truncate(&self, bytes: u64) -> io::Result<()>;
}

/// A lock that is held for as long as this lives.
pub trait HeldLock: Send + Sync {}

/// Why a lock was not taken.
#[derive(Debug)]
pub enum LockError {
    /// Somebody holds it, and said this of themselves.
    Held(String),
    /// The lock file could not be opened or written.
    Io(io::Error),
}

/// Work that goes on beside the caller's: making the next segment, saving the index.
pub type Work = Box<dyn FnOnce() + Send>;

/// What the file store asks of a file system.
pub trait Disk: Send + Sync + 'static {
    /// Makes the folder and those above it, unless they exist.
    ///
    /// # Errors
    /// What the system says.
    fn create_folder(&self, folder: &Path) -> io::Result<()>;

    /// The names of the files in a folder.
    ///
    /// # Errors
    /// What the system says.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;

    /// Opens a file.
    ///
    /// # Errors
    /// What the system says.
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>>;

    /// Gives a file another name, in place of the file that had it.
    ///
    /// # Errors
    /// What the system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// What the system says.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Returns once the names in the folder are durable.
    ///
    /// # Errors
    /// What the system says.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;

    /// Runs `work` beside the caller, who does not wait for it: on a thread of its own with this name, unless the disk has another way.
    ///
    /// # Errors
    /// That no thread is to be had; then the work is not done.
    fn beside(&self, name: &str, work: Work) -> io::Result<()> {
        thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
    }

    /// Takes an exclusive lock on the file, which is made if it does not exist, and writes into it who holds it.
    ///
    /// # Errors
    /// [`LockError`].
    fn try_lock(&self, path: &Path, holder: &str) -> Result<Box<dyn HeldLock>, LockError>;
}

/// Reads until the buffer is full or the file ends, and says how much there was.
pub(crate) fn read_full(file: &dyn DiskFile, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(bytes) => filled += bytes,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// All of the file from `offset` on.
pub(crate) fn read_from(file: &dyn DiskFile, offset: u64) -> io::Result<Vec<u8>> {
    let bytes = usize::try_from(file.bytes()?.saturating_sub(offset))
        .map_err(|_| io::Error::new(ErrorKind::FileTooLarge, "the file is larger than memory"))?;
    let mut content = vec![0; bytes];
    let filled = read_full(file, &mut content, offset)?;
    content.truncate(filled);
    Ok(content)
}

/// The file system of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            // A name that is not Unicode is none of ours.
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.read(true);
        match access {
            Access::Read => {}
            Access::Write => {
                options.write(true);
            }
            Access::Create => {
                options.write(true).create(true).truncate(true);
            }
        }
        Ok(Box::new(RealFile::new(options.open(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    #[cfg(unix)]
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    /// Only Unix systems let a folder be opened to be synced.
    #[cfg(not(unix))]
    fn sync_folder(&self, _folder: &Path) -> io::Result<()> {
        Ok(())
    }

    fn try_lock(&self, path: &Path, holder: &str) -> Result<Box<dyn HeldLock>, LockError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).map_err(LockError::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut held_by = String::new();
                // Some systems do not let a locked file be read; that it is held is known all the same.
                let _unreadable = file.read_to_string(&mut held_by);
                return Err(LockError::Held(held_by));
            }
            Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
        }
        file.set_len(0).map_err(LockError::Io)?;
        file.write_all(holder.as_bytes()).map_err(LockError::Io)?;
        Ok(Box::new(RealLock(file)))
    }
}

/// Holds the lock by keeping the file open.
#[derive(Debug)]
struct RealLock(File);

impl HeldLock for RealLock {}

impl Drop for RealLock {
    fn drop(&mut self) {
        // The name in the file only serves messages, so that a failure here harms nobody. Closing the file frees the lock.
        let _stale_name = self.0.set_len(0);
    }
}

#[cfg(unix)]
mod real_file {
    use std::fs::File;
    use std::io;
    use std::os::unix::fs::FileExt as _;

    use super::DiskFile;

    #[derive(Debug)]
    pub(super) struct RealFile(File);

    impl RealFile {
        pub(super) fn new(file: File) -> Self {
            Self(file)
        }
    }

    impl DiskFile for RealFile {
        fn bytes(&self) -> io::Result<u64> {
            Ok(self.0.metadata()?.len())
        }

        fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
            self.0.read_at(buffer, offset)
        }

        fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
            self.0.write_all_at(bytes, offset)
        }

        fn sync(&self) -> io::Result<()> {
            self.0.sync_data()
        }

        fn truncate(&self, bytes: u64) -> io::Result<()> {
            self.0.set_len(bytes)
        }
    }
}

#[cfg(not(unix))]
mod real_file {
    use std::fs::File;
    use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use super::DiskFile;

    /// Moves the file's place for every call, so that one call at a time has the file.
    #[derive(Debug)]
    pub(super) struct RealFile(Mutex<File>);

    impl RealFile {
        pub(super) fn new(file: File) -> Self {
            Self(Mutex::new(file))
        }

        fn file(&self) -> MutexGuard<'_, File> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    impl DiskFile for RealFile {
        fn bytes(&self) -> io::Result<u64> {
            Ok(self.file().metadata()?.len())
        }

        fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
            let mut file = self.file();
            file.seek(SeekFrom::Start(offset))?;
            file.read(buffer)
        }

        fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
            let mut file = self.file();
            file.seek(SeekFrom::Start(offset))?;
            file.write_all(bytes)
        }

        fn sync(&self) -> io::Result<()> {
            self.file().sync_data()
        }

        fn truncate(&self, bytes: u64) -> io::Result<()> {
            self.file().set_len(bytes)
        }
    }
}

use real_file::RealFile;
