//! The accounts that the processes kept.

use crate::format::{ACCOUNTS, FILE_BYTES, MAGIC, WORDS, word};
use heaplab_support::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// The account of one process.
#[derive(Clone)]
pub struct Account {
    words: [u64; WORDS],
    /// Its index in the table.
    place: usize,
}

/// The accounts of all processes.
pub struct Accounts {
    /// One for each process, the oldest first.
    pub accounts: Vec<Account>,
    /// The number of processes that found the table full.
    pub uncounted: u64,
}

impl Accounts {
    /// The number of processes for which a table has room.
    pub const MOST: usize = ACCOUNTS;
}

/// Makes a table in the folder, with its disk space, so that every process has room to write.
///
/// # Errors
/// If the disk has no room.
pub(super) fn make_table(folder: &Path) -> Result<PathBuf, Error> {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let path = folder.join("accounts");
    fs::write(&path, vec![0; FILE_BYTES]).map_err(|error| {
        Error::new(format!(
            "error: can't write {} KiB for the accounts of the processes in {}: {error}\n\
             help: set TMPDIR to a folder with room",
            FILE_BYTES >> 10,
            folder.display()
        ))
    })?;
    Ok(path)
}

/// Returns the accounts in a table.
///
/// # Errors
/// If the table can't be read.
pub(super) fn read_table(path: &Path) -> Result<Accounts, Error> {
    let bytes = fs::read(path).map_err(|error| {
        let path = path.display();
        Error::new(format!("error: can't read the accounts in {path}: {error}"))
    })?;
    let (words, _) = bytes.as_chunks::<8>();
    let words: Vec<u64> = words.iter().map(|&word| u64::from_ne_bytes(word)).collect();
    let (all, _) = words.as_chunks::<WORDS>();
    let asked = all.first().map_or(0, |table| table[word::ASKED]);
    let in_use = all.iter().enumerate().skip(1);
    let in_use = in_use.filter(|(_, words)| words[word::MAGIC] == MAGIC);
    let accounts = in_use.map(|(place, &words)| Account { words, place });
    let mut accounts: Vec<Account> = accounts.filter(Account::has_calls).collect();
    accounts.sort_by_key(|account| account.words[word::OPENED_NS]);
    Ok(Accounts { accounts, uncounted: asked.saturating_sub(ACCOUNTS as u64) })
}

impl Account {
    /// Returns the kernel's name of the program.
    pub fn name(&self) -> String {
        let words = &self.words[word::NAME..word::NAME + 2];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        let name = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        String::from_utf8_lossy(name).into_owned()
    }

    /// Returns the account's index in the table.
    pub(super) fn place(&self) -> usize {
        self.place
    }

    /// Returns the process's number.
    pub fn pid(&self) -> u64 {
        self.words[word::PID]
    }

    /// Returns whether the process made any call; others are not shown.
    fn has_calls(&self) -> bool {
        self.calls() + self.failures() > 0
    }

    /// Returns the number of calls that were not refused.
    pub fn calls(&self) -> u64 {
        self.allocations() + self.reallocs() + self.frees()
    }

    /// Returns the number of calls of malloc, calloc and memalign.
    pub fn allocations(&self) -> u64 {
        let kinds = [word::MALLOCS, word::CALLOCS, word::MEMALIGNS];
        kinds.iter().map(|&kind| self.words[kind]).sum()
    }

    /// Returns the number of calls of realloc.
    pub fn reallocs(&self) -> u64 {
        self.words[word::REALLOCS]
    }

    /// Returns the number of calls of free.
    pub fn frees(&self) -> u64 {
        self.words[word::FREES]
    }

    /// Returns the number of calls that were refused.
    pub fn failures(&self) -> u64 {
        self.words[word::FAILURES]
    }

    /// Returns the requested bytes of the blocks that are live.
    pub fn payload_bytes(&self) -> u64 {
        self.words[word::PAYLOAD_BYTES]
    }

    /// Returns the usable bytes of the blocks that are live.
    pub fn usable_bytes(&self) -> u64 {
        self.words[word::USABLE_BYTES]
    }

    /// Returns the bytes in the heap segment at the peak of payload.
    pub fn heap_bytes_at_peak(&self) -> u64 {
        self.words[word::HEAP_BYTES_AT_PEAK]
    }

    /// Returns the usable bytes at the peak of payload.
    pub fn usable_bytes_at_peak(&self) -> u64 {
        self.words[word::USABLE_BYTES_AT_PEAK]
    }

    /// Returns the peak payload in bytes.
    pub fn peak_payload_bytes(&self) -> u64 {
        self.words[word::PEAK_PAYLOAD_BYTES]
    }

    /// Returns the heap's largest size in bytes.
    pub fn heap_bytes(&self) -> u64 {
        self.words[word::HEAP_BYTES]
    }

    /// Returns the largest size that the heap could have had, in bytes.
    pub fn limit_bytes(&self) -> u64 {
        self.words[word::LIMIT_BYTES]
    }

    /// Returns the lab's utilization: the peak payload over the heap's largest size.
    pub fn utilization(&self) -> Option<f64> {
        ratio(self.peak_payload_bytes(), self.heap_bytes())
    }

    /// Returns two fractions of the heap segment at the peak of payload: the bytes handed out
    /// beyond the request, and the bytes of tags and free blocks.
    pub fn waste_at_peak(&self) -> (Option<f64>, Option<f64>) {
        let heap = self.words[word::HEAP_BYTES_AT_PEAK];
        let usable = self.words[word::USABLE_BYTES_AT_PEAK];
        let beyond = usable.saturating_sub(self.peak_payload_bytes());
        (ratio(beyond, heap), ratio(heap.saturating_sub(usable), heap))
    }

    /// Returns the number of the heap's loads and stores per call.
    pub fn touches_per_call(&self) -> Option<f64> {
        ratio(self.words[word::LOADS] + self.words[word::STORES], self.calls())
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
