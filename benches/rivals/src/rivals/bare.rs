//! The disk's own limit: the frames of the file store, written to a file that has its size already, one sync for all that wait.
//!
//! Nothing is looked at, checked or made: the frames are those that the file store wrote just before.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use crate::grouped::{Log, Waiting};

pub const NAME: &str = "bare loop";

/// As large as a segment of the file store.
const FILE_BYTES: u64 = 64 << 20;

/// Frames as they stand in a log, one for each step of a deployment.
#[derive(Clone)]
pub struct Frames(Arc<[Vec<u8>]>);

impl Frames {
    /// The frames of middle length in the log of a file store.
    pub fn of_store(folder: &Path) -> Self {
        let mut log = Vec::new();
        for entry in std::fs::read_dir(folder).expect("the store is there") {
            let path = entry.expect("it can be read").path();
            if path.extension().is_some_and(|extension| extension == "log") {
                log.push(std::fs::read_to_string(path).expect("the log can be read"));
            }
        }
        let of_step = |events: &Arc<[crate::workload::Event]>| {
            let first = format!("\"{}\"", events[0].name);
            let lines = log.iter().flat_map(|log| log.split_inclusive('\n').take(10_000));
            let mut frames: Vec<_> = lines.filter(|line| line.contains(&first)).collect();
            frames.sort_by_key(|frame| frame.len());
            assert!(!frames.is_empty(), "the store has a commit that begins with {first}");
            frames[frames.len() / 2].as_bytes().to_vec()
        };
        Self(crate::workload::commits().iter().map(of_step).collect())
    }
}

pub struct Bare {
    folder: std::path::PathBuf,
    file: File,
    next: Option<std::thread::JoinHandle<File>>,
    files: u32,
    end: u64,
    frames: Frames,
    buffer: Vec<u8>,
}

impl Bare {
    pub fn open(folder: &Path, frames: Frames) -> Self {
        let file = prepared(folder.join("1"));
        let mut bare = Self {
            folder: folder.to_owned(),
            file,
            next: None,
            files: 1,
            end: 0,
            frames,
            buffer: Vec::new(),
        };
        bare.prepare_next();
        bare
    }

    fn prepare_next(&mut self) {
        self.files += 1;
        let path = self.folder.join(self.files.to_string());
        self.next = Some(std::thread::spawn(move || prepared(path)));
    }
}

/// A file of zeros that are on the disk.
fn prepared(path: std::path::PathBuf) -> File {
    let mut file =
        File::options().create_new(true).read(true).write(true).open(path).expect("it can be made");
    let zeros = vec![0; 1 << 20];
    for _ in 0..FILE_BYTES >> 20 {
        file.write_all(&zeros).expect("it can be written");
    }
    file.sync_all().expect("it can be synced");
    file
}

impl Log for Bare {
    fn write(&mut self, batch: &[Waiting]) -> Vec<bool> {
        self.buffer.clear();
        for waiting in batch {
            self.buffer.extend_from_slice(&self.frames.0[waiting.commit.step]);
        }
        if self.end + self.buffer.len() as u64 > FILE_BYTES {
            self.file.set_len(self.end).expect("it can be cut");
            self.file = self.next.take().expect("it was begun").join().expect("it was made");
            self.end = 0;
            self.prepare_next();
        }
        self.file.write_all_at(&self.buffer, self.end).expect("it can be written");
        self.file.sync_data().expect("it can be synced");
        self.end += self.buffer.len() as u64;
        vec![true; batch.len()]
    }

    fn close(mut self) {
        self.file.set_len(self.end).expect("it can be cut");
        let next = self.next.take().expect("it was begun").join().expect("it was made");
        next.set_len(0).expect("it can be cut");
    }
}
