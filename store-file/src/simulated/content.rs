//! What is in a file: as every process sees it, and as it is after a power loss.

use std::collections::BTreeSet;

/// What a disk writes as a whole or not at all.
const SECTOR_BYTES: usize = 512;

#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) seen: Vec<u8>,
    durable: Vec<u8>,
    /// Sectors that a failed sync left out, and that later syncs take for written.
    forgotten: BTreeSet<usize>,
}

impl Content {
    /// One that was there for long.
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        Self { seen: bytes.clone(), durable: bytes, forgotten: BTreeSet::new() }
    }

    pub(super) fn write(&mut self, bytes: &[u8], offset: usize) {
        if bytes.is_empty() {
            return;
        }
        let end = offset + bytes.len();
        if self.seen.len() < end {
            self.seen.resize(end, 0);
        }
        self.seen[offset..end].copy_from_slice(bytes);
        for sector in offset / SECTOR_BYTES..=(end - 1) / SECTOR_BYTES {
            self.forgotten.remove(&sector);
        }
    }

    pub(super) fn truncate(&mut self, bytes: usize) {
        self.seen.resize(bytes, 0);
        self.forgotten.retain(|sector| sector * SECTOR_BYTES < bytes);
    }

    /// Gives a sector of `durable` the state that was seen.
    fn settle(&mut self, sector: usize) {
        let start = sector * SECTOR_BYTES;
        let end = (start + SECTOR_BYTES).min(self.durable.len()).min(self.seen.len());
        if start < end {
            self.durable[start..end].copy_from_slice(&self.seen[start..end]);
        }
    }

    fn unsynced(&self) -> Vec<usize> {
        let sectors = 0..self.seen.len().div_ceil(SECTOR_BYTES);
        let sector_of = |bytes: &[u8], sector: usize| {
            let mut content = [0; SECTOR_BYTES];
            let start = (sector * SECTOR_BYTES).min(bytes.len());
            let end = (start + SECTOR_BYTES).min(bytes.len());
            content[..end - start].copy_from_slice(&bytes[start..end]);
            content
        };
        sectors.filter(|sector| sector_of(&self.seen, *sector) != sector_of(&self.durable, *sector)).collect()
    }

    /// A sync fails: what it would have written is forgotten.
    pub(super) fn forget(&mut self) {
        let unsynced = self.unsynced();
        self.forgotten.extend(unsynced);
    }

    pub(super) fn sync(&mut self) {
        let unsynced = self.unsynced();
        self.durable.resize(self.seen.len(), 0);
        for sector in unsynced {
            if !self.forgotten.contains(&sector) {
                self.settle(sector);
            }
        }
    }

    pub(super) fn lose_power(&mut self, keep: &mut impl FnMut() -> bool) {
        let unsynced = self.unsynced();
        if self.seen.len() != self.durable.len() && keep() {
            self.durable.resize(self.seen.len(), 0);
        }
        for sector in unsynced {
            if keep() {
                self.settle(sector);
            }
        }
        self.seen.clone_from(&self.durable);
        self.forgotten.clear();
    }
}
