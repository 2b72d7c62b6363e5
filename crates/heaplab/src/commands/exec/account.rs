//! The accounts that the processes have kept, read and shown.

use super::format::{MAGIC, WORDS, word};
use crate::Failure;
use crate::commands::run::grid::{Grid, Group, Line, figure};
use crate::commands::run::table;
use std::cmp::Reverse;
use std::fs;
use std::path::Path;

/// The account of one process.
pub struct Account {
    words: [u64; WORDS],
}

/// All accounts in a folder, the oldest first.
///
/// # Errors
/// If one can't be read.
pub fn read_folder(folder: &Path) -> Result<Vec<Account>, Failure> {
    let cannot = |error| {
        Failure::Input(format!(
            "error: can't read the accounts in {}: {error}",
            folder.display()
        ))
    };
    let mut accounts = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let bytes = fs::read(entry.map_err(cannot)?.path()).map_err(cannot)?;
        accounts.extend(Account::read(&bytes));
    }
    accounts.sort_by_key(|account| account.words[word::OPENED_NS]);
    Ok(accounts)
}

impl Account {
    /// None if the process ended before it had one, or the file is none.
    fn read(bytes: &[u8]) -> Option<Account> {
        let (words, rest) = bytes.as_chunks::<8>();
        let words: Vec<u64> = words.iter().map(|&word| u64::from_ne_bytes(word)).collect();
        let words: [u64; WORDS] = words.try_into().ok()?;
        let is_account = rest.is_empty() && words[word::MAGIC] == MAGIC;
        is_account.then_some(Account { words })
    }

    fn name(&self) -> String {
        let words = &self.words[word::NAME..word::NAME + 2];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        let name = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        String::from_utf8_lossy(name).into_owned()
    }

    fn calls(&self) -> u64 {
        let kinds = [
            word::MALLOCS,
            word::CALLOCS,
            word::REALLOCS,
            word::MEMALIGNS,
            word::FREES,
        ];
        kinds.iter().map(|&kind| self.words[kind]).sum()
    }

    /// The lab's utilization: the most payload at a time, over the heap at its largest.
    fn utilization(&self) -> Option<f64> {
        ratio(
            self.words[word::PEAK_PAYLOAD_BYTES],
            self.words[word::HEAP_BYTES],
        )
    }

    /// Of the heap segment when most payload was live: what was handed out beyond the
    /// request, and what was tags and free blocks.
    fn waste_at_peak(&self) -> (Option<f64>, Option<f64>) {
        let heap = self.words[word::HEAP_BYTES_AT_PEAK];
        let usable = self.words[word::USABLE_BYTES_AT_PEAK];
        let beyond = usable.saturating_sub(self.words[word::PEAK_PAYLOAD_BYTES]);
        (
            ratio(beyond, heap),
            ratio(heap.saturating_sub(usable), heap),
        )
    }

    fn touches_per_call(&self) -> Option<f64> {
        ratio(
            self.words[word::LOADS] + self.words[word::STORES],
            self.calls(),
        )
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Of more processes than this only those with the most calls are shown.
const MOST_SHOWN: usize = 20;

/// A line for each process.
pub fn render(heap: &str, accounts: &[Account]) -> String {
    if accounts.is_empty() {
        return format!(
            "no process has used the heap {heap}: a program that is linked statically, or that \
             gains privileges, keeps its own malloc\n"
        );
    }
    let mut shown: Vec<&Account> = accounts.iter().collect();
    shown.sort_by_key(|account| Reverse(account.calls()));
    shown.truncate(MOST_SHOWN);
    shown.sort_by_key(|account| account.words[word::OPENED_NS]);
    let grid = Grid {
        labels: vec!["process", "pid"],
        groups: vec![
            Group::new("calls", &["all", "mallocs", "reallocs", "frees", "refused"]),
            Group::new("bytes", &["peak payload", "heap"]),
            Group::new("", &["util %"]),
            Group::new("waste at the peak", &["rounding %", "tags, free %"]),
            Group::new("", &["touches/call"]),
        ],
        rows: shown.iter().map(|account| line(account)).collect(),
        footer: Vec::new(),
    };
    let more = match accounts.len() - shown.len() {
        0 => String::new(),
        more => format!("and {more} more processes, with fewer calls\n"),
    };
    format!("\nheap {heap}\n\n{}{more}", table::render(&grid))
}

fn line(account: &Account) -> Line {
    let number = |place: usize| account.words[place].to_string();
    let percent = |share: Option<f64>| figure(share.map(|share| 100.0 * share), 1);
    let new = [word::MALLOCS, word::CALLOCS, word::MEMALIGNS];
    let new: u64 = new.iter().map(|&kind| account.words[kind]).sum();
    let (rounding, rest) = account.waste_at_peak();
    Line {
        labels: vec![account.name(), number(word::PID)],
        cells: vec![
            vec![
                account.calls().to_string(),
                new.to_string(),
                number(word::REALLOCS),
                number(word::FREES),
                number(word::FAILURES),
            ],
            vec![number(word::PEAK_PAYLOAD_BYTES), number(word::HEAP_BYTES)],
            vec![percent(account.utilization())],
            vec![percent(rounding), percent(rest)],
            vec![figure(account.touches_per_call(), 1)],
        ],
    }
}
