//! The accounts of `--stats`, a line for each process.

use super::account::{Account, Accounts};
use heaplab_report::{Grid, Group, Line, figure, table};
use std::cmp::Reverse;

/// If there are more processes than this, only those with the most calls are shown.
const MOST_SHOWN: usize = 20;

/// Returns a line for each process. `asked_bytes` is the limit that was requested for the heaps.
pub fn told_accounts(heap: &str, asked_bytes: Option<u32>, all: &Accounts, width: usize) -> String {
    let accounts = &all.accounts;
    if accounts.is_empty() {
        return format!(
            "no process has used the heap {heap}: a program that is linked statically, or that \
             gains privileges, keeps its own malloc\n"
        );
    }
    let mut most_calls: Vec<usize> = (0..accounts.len()).collect();
    most_calls.sort_by_key(|&index| Reverse(accounts[index].calls()));
    most_calls.truncate(MOST_SHOWN);
    // Restores the order, the oldest first.
    most_calls.sort_unstable();
    let shown = most_calls.iter().map(|&index| &accounts[index]);
    let grid = Grid {
        labels: vec!["process", "pid"],
        groups: vec![
            Group::new("calls", &["all", "mallocs", "reallocs", "frees", "refused"]),
            Group::new("bytes", &["peak payload", "heap"]),
            Group::new("", &["util %"]),
            Group::new("waste at the peak", &["rounding %", "tags, free %"]),
            Group::new("", &["touches/call"]),
        ],
        rows: shown.map(line).collect(),
        footer: Vec::new(),
    };
    let more = match accounts.len() - most_calls.len() {
        0 => String::new(),
        more => format!("and {more} more processes, with fewer calls\n"),
    };
    let uncounted = match all.uncounted {
        0 => String::new(),
        uncounted => format!(
            "and {uncounted} processes that are not counted: the table has room for {}\n",
            Accounts::MOST
        ),
    };
    let limited = limit_remark(accounts, asked_bytes);
    format!("\nheap {heap}\n\n{}{more}{uncounted}{limited}", table(&grid, width))
}

/// Returns the remark on the heap's limit if the host had no address space for the requested one:
/// the heap then gets half of what is left, or less.
fn limit_remark(accounts: &[Account], asked_bytes: Option<u32>) -> String {
    let asked_bytes = asked_bytes.map_or(1 << 31, u64::from);
    match accounts.iter().map(Account::limit_bytes).min() {
        Some(least) if least < asked_bytes => format!(
            "a limit on address space (`ulimit -v`, `ulimit -d`, overcommit) left a heap {} MiB\n",
            least >> 20
        ),
        _ => String::new(),
    }
}

fn line(account: &Account) -> Line {
    let percent = |share: Option<f64>| figure(share.map(|share| 100.0 * share), 1);
    let numbers = |numbers: &[u64]| numbers.iter().map(u64::to_string).collect();
    let (rounding, rest) = account.waste_at_peak();
    Line {
        labels: vec![account.name(), account.pid().to_string()],
        cells: vec![
            numbers(&[
                account.calls(),
                account.allocations(),
                account.reallocs(),
                account.frees(),
                account.failures(),
            ]),
            numbers(&[account.peak_payload_bytes(), account.heap_bytes()]),
            vec![percent(account.utilization())],
            vec![percent(rounding), percent(rest)],
            vec![figure(account.touches_per_call(), 1)],
        ],
    }
}
