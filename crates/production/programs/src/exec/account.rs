//! The accounts that the processes have kept.

use crate::format::{ACCOUNTS, FILE_BYTES, MAGIC, WORDS, word};
use heaplab_support::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// The account of one process.
pub struct Account {
    words: [u64; WORDS],
}

/// The accounts of all processes.
pub struct Accounts {
    /// The oldest first.
    pub accounts: Vec<Account>,
    /// Processes that found the table full.
    pub uncounted: u64,
}

impl Accounts {
    /// How many processes a table has room for.
    pub const MOST: usize = ACCOUNTS;
}

/// A new table in the folder: on the disk, so that a process that writes in it finds room.
///
/// # Errors
/// If there is no room.
pub(super) fn make_table(folder: &Path) -> Result<PathBuf, Error> {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let path = folder.join("accounts");
    fs::write(&path, vec![0; FILE_BYTES]).map_err(|error| {
        Error::new(format!(
            "error: can't write {} KiB for the accounts of --stats in {}: {error}\n\
             help: set TMPDIR to a folder with room",
            FILE_BYTES >> 10,
            folder.display()
        ))
    })?;
    Ok(path)
}

/// The accounts in a table.
///
/// # Errors
/// If it can't be read.
pub(super) fn read_table(path: &Path) -> Result<Accounts, Error> {
    let bytes = fs::read(path).map_err(|error| {
        let path = path.display();
        Error::new(format!("error: can't read the accounts in {path}: {error}"))
    })?;
    let (words, _) = bytes.as_chunks::<8>();
    let words: Vec<u64> = words.iter().map(|&word| u64::from_ne_bytes(word)).collect();
    let (all, _) = words.as_chunks::<WORDS>();
    let asked = all.first().map_or(0, |table| table[word::ASKED]);
    let in_use = all.iter().skip(1);
    let in_use = in_use.filter(|words| words[word::MAGIC] == MAGIC);
    let accounts = in_use.map(|&words| Account { words });
    let mut accounts: Vec<Account> = accounts.filter(Account::has_calls).collect();
    accounts.sort_by_key(|account| account.words[word::OPENED_NS]);
    Ok(Accounts { accounts, uncounted: asked.saturating_sub(ACCOUNTS as u64) })
}

impl Account {
    /// The program's name, as the kernel has it.
    pub fn name(&self) -> String {
        let words = &self.words[word::NAME..word::NAME + 2];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        let name = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        String::from_utf8_lossy(name).into_owned()
    }

    /// The process's number.
    pub fn pid(&self) -> u64 {
        self.words[word::PID]
    }

    /// A process that calls nothing is of no interest.
    fn has_calls(&self) -> bool {
        self.calls() + self.failures() > 0
    }

    /// All calls but those that were refused.
    pub fn calls(&self) -> u64 {
        self.allocations() + self.reallocs() + self.frees()
    }

    /// Calls of malloc, calloc and memalign.
    pub fn allocations(&self) -> u64 {
        let kinds = [word::MALLOCS, word::CALLOCS, word::MEMALIGNS];
        kinds.iter().map(|&kind| self.words[kind]).sum()
    }

    /// Calls of realloc.
    pub fn reallocs(&self) -> u64 {
        self.words[word::REALLOCS]
    }

    /// Calls of free.
    pub fn frees(&self) -> u64 {
        self.words[word::FREES]
    }

    /// Calls that were refused.
    pub fn failures(&self) -> u64 {
        self.words[word::FAILURES]
    }

    /// The most payload at a time, in bytes.
    pub fn peak_payload_bytes(&self) -> u64 {
        self.words[word::PEAK_PAYLOAD_BYTES]
    }

    /// The heap at its largest, in bytes.
    pub fn heap_bytes(&self) -> u64 {
        self.words[word::HEAP_BYTES]
    }

    /// The most bytes that the heap could have.
    pub fn limit_bytes(&self) -> u64 {
        self.words[word::LIMIT_BYTES]
    }

    /// The lab's utilization: the most payload at a time, over the heap at its largest.
    pub fn utilization(&self) -> Option<f64> {
        ratio(self.peak_payload_bytes(), self.heap_bytes())
    }

    /// Of the heap segment when most payload was live: what was handed out beyond the
    /// request, and what was tags and free blocks.
    pub fn waste_at_peak(&self) -> (Option<f64>, Option<f64>) {
        let heap = self.words[word::HEAP_BYTES_AT_PEAK];
        let usable = self.words[word::USABLE_BYTES_AT_PEAK];
        let beyond = usable.saturating_sub(self.peak_payload_bytes());
        (ratio(beyond, heap), ratio(heap.saturating_sub(usable), heap))
    }

    /// Loads and stores of the heap for each call.
    pub fn touches_per_call(&self) -> Option<f64> {
        ratio(self.words[word::LOADS] + self.words[word::STORES], self.calls())
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
