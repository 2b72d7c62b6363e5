//! Looks at the heaps of a program and its processes while they run.

use super::account::{Account, Accounts, read_table};
use super::blocks::{Block, is_running, newest, read_live};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What is seen at a moment.
pub struct Moment {
    /// Whether the program has ended.
    pub is_last: bool,
    /// How long the program has run.
    pub elapsed: Duration,
    /// The number of running processes with a heap.
    pub running: usize,
    /// The account of the process with most live payload; none before the first call.
    pub account: Option<Account>,
    /// Its live blocks, by address; none if it has no table.
    pub blocks: Option<Vec<Block>>,
}

/// What is done with each moment, and how often.
pub struct Watch<'a> {
    /// The time from one look to the next.
    pub interval: Duration,
    /// Shows a moment. It is called on a thread of its own.
    pub show: &'a (dyn Fn(&Moment) + Sync),
}

/// A look may take at most this share of the time: the blocks of a large heap take long to read.
const MOST_SHARE: u32 = 4;

/// From the start to the first look: some programs have ended by then.
const FIRST: Duration = Duration::from_millis(50);

/// Looks, until `is_done` is set, and once more then.
pub(super) fn look(folder: &Path, accounts: &Path, watch: &Watch<'_>, is_done: &AtomicBool) {
    let begun = Instant::now();
    let mut last = None;
    thread::park_timeout(FIRST);
    loop {
        let is_last = is_done.load(Ordering::Acquire);
        let looked = Instant::now();
        let moment = Moment { is_last, ..moment(folder, accounts, begun.elapsed(), &mut last) };
        (watch.show)(&moment);
        if is_last {
            return;
        }
        thread::park_timeout(watch.interval.max(looked.elapsed() * MOST_SHARE));
    }
}

/// Returns what is seen now. If no process runs, the one that was seen last is.
fn moment(folder: &Path, table: &Path, elapsed: Duration, last: &mut Option<usize>) -> Moment {
    let all = read_table(table).unwrap_or(Accounts { accounts: Vec::new(), uncounted: 0 });
    let (newest, accounts) = (newest(&all), &all.accounts);
    let running = accounts.iter().filter(|it| newest.contains(&it.place()) && is_running(it.pid()));
    let running: Vec<&Account> = running.collect();
    let most = running.iter().copied().max_by_key(|account| account.payload_bytes());
    let shown = most.or_else(|| {
        let last = accounts.iter().find(|account| Some(account.place()) == *last);
        last.or(accounts.iter().max_by_key(|account| account.peak_payload_bytes()))
    });
    *last = shown.map(Account::place);
    let blocks = shown.and_then(|account| read_live(folder, account).ok());
    Moment { is_last: false, elapsed, running: running.len(), account: shown.cloned(), blocks }
}
