//! Into an empty store.

use super::{Content, ExportReader, ImportError, ReadCommit, content_of};
use crate::store::{EventStore, Position};

/// Takes an export into an empty store, line by line, one commit after the other, each with the sequences that it had.
///
/// Nobody else may write to the store meanwhile.
///
/// ```no_run
/// # async fn import(store: &dyn cutover::store::EventStore) -> Result<(), Box<dyn std::error::Error>> {
/// use std::io::BufRead;
/// use cutover::store::transfer::Importer;
///
/// let mut importer = Importer::new(store).await?;
/// for line in std::io::stdin().lock().lines() {
///     importer.line(&line?).await?;
/// }
/// println!("{}", importer.finish().await?.content);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Importer<'a, S: ?Sized> {
    store: &'a S,
    reader: ExportReader,
    moved: Option<Position>,
}

/// What was imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// What the export had, and what the store holds now: it was read back and compared.
    pub content: Content,
    /// The first position in the export that is another one in the store; `None` if all are the same.
    pub moved: Option<Position>,
}

impl<'a, S: EventStore + ?Sized> Importer<'a, S> {
    /// Begins.
    ///
    /// # Errors
    /// [`ImportError::NotEmpty`], and [`ImportError::Store`] if the store can't be read.
    pub async fn new(store: &'a S) -> Result<Self, ImportError> {
        let head = store.head().await?;
        if head > Position::START {
            return Err(ImportError::NotEmpty { head });
        }
        Ok(Self { store, reader: ExportReader::new(), moved: None })
    }

    /// Takes the next line, without its line end.
    ///
    /// # Errors
    /// [`ImportError::Line`] and [`ImportError::NotTaken`], both with the number of the line.
    pub async fn line(&mut self, line: &str) -> Result<(), ImportError> {
        let Some(ReadCommit { position, commit }) = self.reader.read(line)? else { return Ok(()) };
        let taken = self.store.commit(commit).await;
        let taken = taken.map_err(|source| ImportError::NotTaken { line: self.reader.line(), source })?;
        if taken != position && self.moved.is_none() {
            self.moved = Some(position);
        }
        Ok(())
    }

    /// Ends, once all lines were taken: reads the store back, and compares.
    ///
    /// # Errors
    /// [`ImportError::CutOff`], [`ImportError::NotTheSame`], and [`ImportError::Store`] if the store can't be read.
    pub async fn finish(self) -> Result<Imported, ImportError> {
        let exported = self.reader.finish()?;
        let found = content_of(self.store).await?;
        if exported != found {
            return Err(ImportError::NotTheSame { exported, found });
        }
        Ok(Imported { content: exported, moved: self.moved })
    }
}
