//! The names on a disk: folders in folders, and files in them; as every process sees them, and as they are after a power loss.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

/// The folder that all others are in.
const ROOT: usize = 0;

/// What has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    Folder(usize),
    /// With this content.
    File(usize),
}

/// What is in a folder. It keeps that when it gets another name.
#[derive(Debug, Default)]
struct Folder {
    seen: BTreeMap<String, Entry>,
    durable: BTreeMap<String, Entry>,
}

/// All names.
#[derive(Debug)]
pub(super) struct Tree {
    folders: Vec<Folder>,
}

impl Default for Tree {
    fn default() -> Self {
        Self { folders: vec![Folder::default()] }
    }
}

/// The names on the way from the root.
fn names(path: &Path) -> io::Result<Vec<&str>> {
    let normal = path.components().filter(|part| !matches!(part, Component::RootDir | Component::CurDir));
    normal.map(|part| part.as_os_str().to_str().ok_or_else(|| ErrorKind::InvalidFilename.into())).collect()
}

impl Tree {
    /// What has this name.
    pub(super) fn entry(&self, path: &Path) -> io::Result<Entry> {
        let mut entry = Entry::Folder(ROOT);
        for name in names(path)? {
            let Entry::Folder(folder) = entry else { return Err(ErrorKind::NotADirectory.into()) };
            entry = *self.folders[folder].seen.get(name).ok_or(ErrorKind::NotFound)?;
        }
        Ok(entry)
    }

    fn folder(&self, path: &Path) -> io::Result<usize> {
        match self.entry(path)? {
            Entry::Folder(folder) => Ok(folder),
            Entry::File(_) => Err(ErrorKind::NotADirectory.into()),
        }
    }

    /// The folder that a name is in, and the name there.
    fn place<'a>(&self, path: &'a Path) -> io::Result<(usize, &'a str)> {
        let name = *names(path)?.last().ok_or(ErrorKind::InvalidInput)?;
        Ok((self.folder(path.parent().unwrap_or(path))?, name))
    }

    /// The names in a folder.
    pub(super) fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        Ok(self.folders[self.folder(folder)?].seen.keys().cloned().collect())
    }

    /// Gives a name to a file, in place of any that has it.
    pub(super) fn add(&mut self, path: &Path, content: usize) -> io::Result<()> {
        let (folder, name) = self.place(path)?;
        self.folders[folder].seen.insert(name.to_owned(), Entry::File(content));
        Ok(())
    }

    /// Makes the folder and those above it, unless they exist.
    pub(super) fn create_folder(&mut self, path: &Path) -> io::Result<()> {
        let mut folder = ROOT;
        for name in names(path)? {
            folder = match self.folders[folder].seen.get(name) {
                Some(Entry::Folder(within)) => *within,
                Some(Entry::File(_)) => return Err(ErrorKind::NotADirectory.into()),
                None => {
                    let within = self.folders.len();
                    self.folders.push(Folder::default());
                    self.folders[folder].seen.insert(name.to_owned(), Entry::Folder(within));
                    within
                }
            };
        }
        Ok(())
    }

    /// Gives a file or a folder another name, in place of the file or of the empty folder that had it.
    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let moved = self.entry(from)?;
        if to != from && to.starts_with(from) {
            return Err(ErrorKind::InvalidInput.into());
        }
        match (moved, self.entry(to)) {
            (Entry::File(_), Ok(Entry::Folder(_))) => return Err(ErrorKind::IsADirectory.into()),
            (Entry::Folder(_), Ok(Entry::File(_))) => return Err(ErrorKind::NotADirectory.into()),
            (Entry::Folder(_), Ok(Entry::Folder(there))) if !self.folders[there].seen.is_empty() => {
                return Err(ErrorKind::DirectoryNotEmpty.into());
            }
            (Entry::File(_), Ok(Entry::File(_)) | Err(_))
            | (Entry::Folder(_), Ok(Entry::Folder(_)) | Err(_)) => {}
        }
        let ((folder, name), (new_folder, new_name)) = (self.place(from)?, self.place(to)?);
        self.folders[folder].seen.remove(name);
        self.folders[new_folder].seen.insert(new_name.to_owned(), moved);
        Ok(())
    }

    /// Takes a file's name away.
    pub(super) fn remove(&mut self, path: &Path) -> io::Result<()> {
        let (folder, name) = self.place(path)?;
        self.folders[folder].seen.remove(name);
        Ok(())
    }

    /// Takes the name of a folder away, with all that is in it, durably.
    pub(super) fn remove_folder(&mut self, path: &Path) -> io::Result<()> {
        self.folder(path)?;
        let (folder, name) = self.place(path)?;
        self.folders[folder].seen.remove(name);
        self.folders[folder].durable.remove(name);
        Ok(())
    }

    /// What is seen in the folder is durable.
    pub(super) fn sync(&mut self, folder: &Path) -> io::Result<()> {
        let folder = self.folder(folder)?;
        let Folder { seen, durable } = &mut self.folders[folder];
        durable.clone_from(seen);
        Ok(())
    }

    /// All that is seen on the way to a file is durable.
    pub(super) fn sync_all_above(&mut self, path: &Path) -> io::Result<()> {
        path.ancestors().skip(1).try_for_each(|above| self.sync(above))
    }

    /// Of every folder in which something was not durable, either state may be found.
    pub(super) fn lose_power(&mut self, keep: &mut impl FnMut() -> bool) {
        for Folder { seen, durable } in &mut self.folders {
            if seen != durable && keep() {
                durable.clone_from(seen);
            }
            seen.clone_from(durable);
        }
    }

    /// All files, by their names.
    pub(super) fn files(&self) -> Vec<(PathBuf, usize)> {
        let (mut files, mut folders) = (Vec::new(), vec![(PathBuf::from("/"), ROOT)]);
        while let Some((path, folder)) = folders.pop() {
            for (name, entry) in &self.folders[folder].seen {
                match entry {
                    Entry::Folder(within) => folders.push((path.join(name), *within)),
                    Entry::File(content) => files.push((path.join(name), *content)),
                }
            }
        }
        files
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> Tree {
        let mut tree = Tree::default();
        for (content, file) in files.iter().enumerate() {
            let file = Path::new(file);
            tree.create_folder(file.parent().unwrap()).unwrap();
            tree.add(file, content).unwrap();
            tree.sync_all_above(file).unwrap();
        }
        tree
    }

    fn files(tree: &Tree) -> Vec<String> {
        let mut files: Vec<_> = tree.files().iter().map(|(path, _)| path.display().to_string()).collect();
        files.sort();
        files
    }

    #[test]
    fn a_folder_keeps_what_is_in_it_when_it_gets_another_name() {
        for is_synced in [true, false] {
            let mut tree = tree(&["/a/new.unfinished/1", "/a/new.unfinished/in/2", "/a/other"]);
            tree.rename(Path::new("/a/new.unfinished"), Path::new("/a/new")).unwrap();
            assert_eq!(files(&tree), ["/a/new/1", "/a/new/in/2", "/a/other"]);
            if is_synced {
                tree.sync(Path::new("/a")).unwrap();
            }
            tree.lose_power(&mut || false);
            let named = if is_synced { "new" } else { "new.unfinished" };
            assert_eq!(files(&tree), [&format!("/a/{named}/1"), &format!("/a/{named}/in/2"), "/a/other"]);
        }
    }

    #[test]
    fn what_was_not_synced_in_a_folder_is_lost_under_its_new_name_too() {
        let mut tree = tree(&["/a/old/1"]);
        tree.add(Path::new("/a/old/2"), 7).unwrap();
        tree.rename(Path::new("/a/old"), Path::new("/a/new")).unwrap();
        tree.sync(Path::new("/a")).unwrap();
        tree.lose_power(&mut || false);
        assert_eq!(files(&tree), ["/a/new/1"]);
    }

    #[test]
    fn nothing_takes_the_place_of_what_it_may_not() {
        let mut tree = tree(&["/full/1", "/other/2"]);
        tree.create_folder(Path::new("/empty")).unwrap();
        let mut kind = |from: &str, to: &str| {
            let renamed = tree.rename(Path::new(from), Path::new(to));
            renamed.err().map(|error| error.kind())
        };
        assert_eq!(kind("/full", "/other"), Some(ErrorKind::DirectoryNotEmpty));
        assert_eq!(kind("/full", "/other/2"), Some(ErrorKind::NotADirectory));
        assert_eq!(kind("/full/1", "/other"), Some(ErrorKind::IsADirectory));
        assert_eq!(kind("/full", "/full/in"), Some(ErrorKind::InvalidInput));
        assert_eq!(kind("/nothing", "/new"), Some(ErrorKind::NotFound));
        assert_eq!(kind("/full", "/nowhere/new"), Some(ErrorKind::NotFound));
        assert_eq!(kind("/full", "/empty"), None);
        assert_eq!(kind("/empty/1", "/other/2"), None);
        assert_eq!(files(&tree), ["/other/2"]);
    }
}
