use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use cutover::SecretRef;

use super::contents::Contents;
use super::error::{Fault, SealedFileError};
use super::key::SealingKey;
use super::seal::Sealer;
use crate::{Secret, SecretError, Secrets};

/// Keeps secrets in a file that only a key or a passphrase opens. Clones are the same.
///
/// Versions of a name are numbered from 1. Nothing of what is kept stays in memory: each time a value is asked for, the file is read, and
/// wiped from memory again. So other processes may put values while an engine runs. The file is replaced as a whole, so that a crash leaves
/// the old one or the new one; whoever writes holds a lock on the file beside it whose name ends with `.lock`. It is readable by its owner only.
///
/// Its calls block for as long as the disk takes.
///
/// It keeps at most 16 MiB, and **nothing in it is forgotten by itself**: not the earlier versions of a name, and not what tasks set as secrets
/// (V4), which is a name of its own for each, `outputs/{task}/{variable}`. What does not fit any more is refused, and a task that set it
/// has issues. So a host [forgets](SealedFile::forget) what nobody refers to any more: what the tasks of a release have set once the release
/// is deleted. A name of which all is forgotten takes its own length and 16 bytes, so that none of its versions comes twice.
///
/// ```
/// use cutover::SecretRef;
/// use cutover_engine::sealed::{SealedFile, SealingKey};
/// use cutover_engine::{Engine, Secret, Secrets};
/// use cutover_store_memory::MemoryStore;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("secrets.sealed");
/// # let hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f".to_owned();
/// let key = SealingKey::from_hex(&hex).ok_or("no key")?;
/// let secrets = SealedFile::open_or_create(&path, &key)?;
/// let builder = Engine::builder(MemoryStore::new()).secrets(secrets.clone());
///
/// # futures::executor::block_on(async {
/// let password = secrets.put("shop/password", Secret::new("hunter2")).await?;
/// assert_eq!(password, SecretRef::versioned("shop/password", "1"));
/// # secrets.put("outputs/17/2#1.0.3/token", Secret::new("hunter3")).await?;
/// # Ok::<(), cutover_engine::SecretError>(())
/// # })?;
///
/// // Release 17 was deleted:
/// for name in secrets.names()?.keys().filter(|name| name.starts_with("outputs/17/")) {
///     secrets.forget(&SecretRef::newest(name.as_str()))?;
/// }
/// # assert_eq!(secrets.names()?.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SealedFile(Arc<Shared>);

struct Shared {
    path: PathBuf,
    sealer: Mutex<Sealer>,
}

impl SealedFile {
    /// Opens a file that is there.
    ///
    /// # Errors
    /// - [`SealedFileError::Io`] if it can't be read, or there is none.
    /// - [`SealedFileError::Unknown`] if it is no such file; [`SealedFileError::WrongKey`] if the key does not open it.
    /// - [`SealedFileError::System`] if there is not enough memory to make a key of a passphrase.
    pub fn open(path: impl Into<PathBuf>, key: &SealingKey) -> Result<Self, SealedFileError> {
        let path = path.into();
        let file = fs::read(&path).map_err(io_at(&path))?;
        let sealer = Sealer::of(key, &file).map_err(|fault| fault.of(&path))?;
        decoded(&sealer, &file).map_err(|fault| fault.of(&path))?;
        Ok(Self(Arc::new(Shared { path, sealer: Mutex::new(sealer) })))
    }

    /// The same; where there is no file, one in which nothing is kept is created first.
    ///
    /// # Errors
    /// As [`SealedFile::open`], or if it can't be written.
    pub fn open_or_create(path: impl Into<PathBuf>, key: &SealingKey) -> Result<Self, SealedFileError> {
        let path = path.into();
        let _lock = lock(&path).map_err(io_at(&path))?;
        if path.try_exists().map_err(io_at(&path))? {
            return Self::open(path, key);
        }
        let sealer = Sealer::new(key).map_err(|fault| fault.of(&path))?;
        let shared = Shared { path, sealer: Mutex::new(sealer) };
        shared.write(&shared.sealer(), &Contents::default())?;
        Ok(Self(Arc::new(shared)))
    }

    /// The names of which something is kept, each with the numbers of its versions.
    ///
    /// # Errors
    /// As [`SealedFile::open`].
    pub fn names(&self) -> Result<BTreeMap<String, Vec<u64>>, SealedFileError> {
        Ok(self.0.read()?.names())
    }

    /// Forgets a version; all of a name where the reference names none. A version that was forgotten is never used again. Says whether there
    /// was anything.
    ///
    /// Releases that refer to it can't run what needs it any more.
    ///
    /// # Errors
    /// As [`SealedFile::open`], or if it can't be written.
    pub fn forget(&self, reference: &SecretRef) -> Result<bool, SealedFileError> {
        match number(reference) {
            Ok(version) => self.0.change(|contents| {
                let is_changed = contents.forget(&reference.name, version);
                (is_changed, is_changed)
            }),
            Err(NoNumber) => Ok(false),
        }
    }

    /// Seals it by another key from now on. Who has it open in another process must open it again.
    ///
    /// # Errors
    /// As [`SealedFile::open`], or if it can't be written.
    pub fn change_key(&self, key: &SealingKey) -> Result<(), SealedFileError> {
        let sealer = Sealer::new(key).map_err(|fault| fault.of(&self.0.path))?;
        let _lock = lock(&self.0.path).map_err(io_at(&self.0.path))?;
        // Held until both are changed: who reads meanwhile finds the key that the file has.
        let mut present = self.0.sealer();
        let contents = self.0.read_by(&present)?;
        self.0.write(&sealer, &contents)?;
        *present = sealer;
        Ok(())
    }
}

impl Shared {
    fn read(&self) -> Result<Contents, SealedFileError> {
        self.read_by(&self.sealer())
    }

    fn read_by(&self, sealer: &Sealer) -> Result<Contents, SealedFileError> {
        let file = fs::read(&self.path).map_err(io_at(&self.path))?;
        decoded(sealer, &file).map_err(|fault| fault.of(&self.path))
    }

    /// Changes what is kept; the second answer says whether that is anything new.
    fn change<T>(&self, change: impl FnOnce(&mut Contents) -> (T, bool)) -> Result<T, SealedFileError> {
        let _lock = lock(&self.path).map_err(io_at(&self.path))?;
        let mut contents = self.read()?;
        let (answer, is_changed) = change(&mut contents);
        if is_changed {
            self.write(&self.sealer(), &contents)?;
        }
        Ok(answer)
    }

    /// Puts a new file in place of the old one. The lock is held.
    fn write(&self, sealer: &Sealer, contents: &Contents) -> Result<(), SealedFileError> {
        let plain = contents.encode().map_err(|fault| fault.of(&self.path))?;
        let file = sealer.seal(&plain).map_err(|fault| fault.of(&self.path))?;
        replace(&self.path, &file).map_err(io_at(&self.path))
    }

    fn sealer(&self) -> MutexGuard<'_, Sealer> {
        self.sealer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn decoded(sealer: &Sealer, file: &[u8]) -> Result<Contents, Fault> {
    Contents::decode(&sealer.unseal(file)?)
}

#[async_trait]
impl Secrets for SealedFile {
    async fn put(&self, name: &str, value: Secret) -> Result<SecretRef, SecretError> {
        let put = self.0.change(|contents| contents.put(name, value.reveal()));
        match put {
            Ok(number) => Ok(SecretRef::versioned(name, number.to_string())),
            Err(error) => Err(told(SecretRef::newest(name), &error)),
        }
    }

    async fn resolve(&self, reference: &SecretRef) -> Result<Secret, SecretError> {
        let contents = self.0.read().map_err(|error| told(reference.clone(), &error))?;
        let version = number(reference).ok();
        let found = version.and_then(|version| contents.get(&reference.name, version));
        found.map(Secret::new).ok_or_else(|| SecretError::Unknown { reference: reference.clone() })
    }
}

struct NoNumber;

/// The number of a version, where the reference names one.
fn number(reference: &SecretRef) -> Result<Option<u64>, NoNumber> {
    reference.version.as_ref().map(|version| version.0.parse()).transpose().map_err(|_| NoNumber)
}

/// What keeps the file from being read may pass; what it says does not.
fn told(reference: SecretRef, error: &SealedFileError) -> SecretError {
    match error {
        SealedFileError::Io { source, .. } => {
            SecretError::Unavailable { reference, why: format!("{error}: {source}") }
        }
        SealedFileError::System { .. } => SecretError::Unavailable { reference, why: error.to_string() },
        SealedFileError::Unknown { .. } | SealedFileError::WrongKey { .. } | SealedFileError::Full { .. } => {
            SecretError::Refused { reference, why: error.to_string() }
        }
    }
}

/// Whoever writes has this.
fn lock(path: &Path) -> io::Result<File> {
    let file = private().write(true).create(true).truncate(false).open(beside(path, ".lock"))?;
    file.lock()?;
    Ok(file)
}

/// After a crash there is the old file or the new one.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = beside(path, ".new");
    // Left behind by a crash: whoever has the lock is alone.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = private().write(true).create_new(true).open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_folder(path)
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all() {
        // Some file systems can't, and say so.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        result => result,
    }
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// For files that only their owner reads.
fn private() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "what a file system says there"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

fn io_at(path: &Path) -> impl FnOnce(io::Error) -> SealedFileError + use<> {
    let path = path.to_owned();
    move |source| SealedFileError::Io { path, source }
}

impl fmt::Debug for SealedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedFile").field("path", &self.0.path).finish_non_exhaustive()
    }
}
