//! The accounts that the processes have kept, read and shown.

use super::format::{ACCOUNTS, FILE_BYTES, MAGIC, WORDS, word};
use crate::Failure;
use crate::commands::run::grid::{Grid, Group, Line, figure};
use crate::commands::run::table;
use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};

/// The account of one process.
pub struct Account {
    words: [u64; WORDS],
}

/// The accounts of all processes.
pub struct Accounts {
    /// The oldest first.
    accounts: Vec<Account>,
    /// Processes that found the table full.
    uncounted: u64,
}

/// A new table in the folder: on the disk, so that a process that writes in it finds room.
///
/// # Errors
/// If there is no room.
pub fn make_table(folder: &Path) -> Result<PathBuf, Failure> {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let path = folder.join("accounts");
    fs::write(&path, vec![0; FILE_BYTES]).map_err(|error| {
        Failure::Input(format!(
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
pub fn read_table(path: &Path) -> Result<Accounts, Failure> {
    let bytes = fs::read(path).map_err(|error| {
        let path = path.display();
        Failure::Input(format!("error: can't read the accounts in {path}: {error}"))
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
    Ok(Accounts {
        accounts,
        uncounted: asked.saturating_sub(ACCOUNTS as u64),
    })
}

impl Account {
    fn name(&self) -> String {
        let words = &self.words[word::NAME..word::NAME + 2];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        let name = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        String::from_utf8_lossy(name).into_owned()
    }

    /// A process that calls nothing is of no interest.
    fn has_calls(&self) -> bool {
        self.calls() + self.words[word::FAILURES] > 0
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

/// A line for each process. `asked_bytes` is the limit that the heaps should have had.
pub fn render(heap: &str, asked_bytes: Option<u32>, all: &Accounts) -> String {
    let accounts = &all.accounts;
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
    let uncounted = match all.uncounted {
        0 => String::new(),
        uncounted => format!(
            "and {uncounted} processes that are not counted: the table has room for {ACCOUNTS}\n"
        ),
    };
    let limited = limit_remark(accounts, asked_bytes);
    format!(
        "\nheap {heap}\n\n{}{more}{uncounted}{limited}",
        table::render(&grid)
    )
}

/// What a heap could have, where the host had no address space for what was asked for: it
/// gets half of what is left, or less.
fn limit_remark(accounts: &[Account], asked_bytes: Option<u32>) -> String {
    let asked_bytes = asked_bytes.map_or(1 << 31, u64::from);
    let limits = accounts
        .iter()
        .map(|account| account.words[word::LIMIT_BYTES]);
    match limits.min() {
        Some(least) if least < asked_bytes => format!(
            "a limit on address space (`ulimit -v`, `ulimit -d`, overcommit) left a heap {} MiB\n",
            least >> 20
        ),
        _ => String::new(),
    }
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
