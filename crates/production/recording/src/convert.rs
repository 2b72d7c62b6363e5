//! Converts a log of addresses to operations on ids.
//!
//! Every block gets its own id, numbered in the order of allocation. A realloc keeps the id,
//! wherever the block moves.

use super::format::{Kind, Record};
use super::log::Log;
use heaplab_support::Error;
use heaplab_trace::{Id, Op};
use std::collections::HashMap;

/// A log's contents as operations, with counts of everything that happened.
#[derive(Debug, Default)]
pub struct Conversion {
    /// The operations, in the order of the calls.
    pub ops: Vec<Op>,
    /// The thread that called each operation. Threads are numbered in the order of their first
    /// calls; a thread number that the system reuses counts as the same thread.
    pub callers: Vec<u32>,
    /// Whether the log continues after the last operation that was requested.
    pub cut: bool,
    /// Calls of malloc that gave out a block, `realloc(NULL, n)` among them.
    pub mallocs: u64,
    /// Calls of calloc that gave out a block.
    pub callocs: u64,
    /// Calls of memalign, aligned_alloc, posix_memalign, valloc and pvalloc that
    /// gave out a block.
    pub memaligns: u64,
    /// Calls of realloc on a live block that were not refused.
    pub reallocs: u64,
    /// Calls of free on a live block.
    pub frees: u64,
    /// The number of threads that called.
    pub threads: usize,
    /// The maximum number of blocks live at the same time.
    pub most_live_blocks: usize,
    /// The blocks that are live after the last operation.
    pub live_blocks_at_end: usize,
    /// Addresses freed or reallocated that this process never got: they were inherited from a
    /// parent, or not seen. The operation is left out, or, if a realloc, becomes a malloc.
    pub unknown_addresses: Vec<u64>,
    /// Blocks given out at an address that was still live, so a free was missed. A free is inserted
    /// before the operation.
    pub missed_frees: u64,
    /// Blocks of 4 GiB or more, which a 32-bit machine can't hold: left out.
    pub too_large: u64,
}

/// Converts at most `max_ops` operations of a log.
///
/// # Errors
///
/// If the log can't be read.
pub fn convert(log: &Log, max_ops: Option<usize>) -> Result<Conversion, Error> {
    let limit = max_ops.unwrap_or(usize::MAX);
    let mut converter = Converter::default();
    log.for_each(|index, record| {
        if converter.result.ops.len() >= limit {
            converter.result.cut = true;
            return false;
        }
        converter.take(index, record);
        true
    })?;
    Ok(converter.finish())
}

/// What an address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// A block of the trace.
    Block(Id),
    /// A block too large for the trace.
    LeftOut,
}

#[derive(Default)]
struct Converter {
    result: Conversion,
    live: HashMap<u64, Owner>,
    /// Reallocs that have begun, by the index of their first record: the address, and what it
    /// belonged to.
    begun: HashMap<u64, (u64, Option<Owner>)>,
    /// Thread numbers here, by the log's thread numbers.
    threads: HashMap<u64, u32>,
    /// The thread that wrote the current record.
    caller: u32,
    next_id: u32,
}

impl Converter {
    fn take(&mut self, index: u64, record: Record) {
        let number = self.threads.len() as u32;
        self.caller = *self.threads.entry(record.thread).or_insert(number);
        match record.kind {
            Kind::Malloc | Kind::Calloc | Kind::Memalign => {
                match record.kind {
                    Kind::Calloc => self.result.callocs += 1,
                    Kind::Memalign => self.result.memaligns += 1,
                    _ => self.result.mallocs += 1,
                }
                self.allocate(record);
            }
            Kind::Free => match self.live.remove(&record.address) {
                Some(owner) => {
                    self.result.frees += 1;
                    self.emit_free(owner);
                }
                None => self.result.unknown_addresses.push(record.address),
            },
            Kind::ReallocBegin => {
                let owner = self.live.remove(&record.address);
                self.begun.insert(index, (record.address, owner));
            }
            Kind::ReallocEnd => self.end_realloc(record),
            Kind::ReallocFailed => {
                if let Some((address, Some(owner))) = self.begun.remove(&record.begun) {
                    self.acquire(address, owner);
                }
            }
        }
        let live = self.live.len() + self.begun.len();
        self.result.most_live_blocks = self.result.most_live_blocks.max(live);
    }

    /// Adds the operation of an acquiring record, with a new id.
    fn allocate(&mut self, record: Record) {
        let Ok(size) = u32::try_from(record.size) else {
            return self.leave_out(record.address);
        };
        let id = Id(self.next_id);
        let op = match record.kind {
            Kind::Calloc => Op::Calloc { id, size },
            Kind::Memalign if record.align_log2 > 31 => return self.leave_out(record.address),
            Kind::Memalign => Op::Memalign { id, align_log2: record.align_log2, size },
            _ => Op::Malloc { id, size },
        };
        self.next_id += 1;
        self.acquire(record.address, Owner::Block(id));
        self.push(op);
    }

    fn end_realloc(&mut self, record: Record) {
        let Some((old_address, owner)) = self.begun.remove(&record.begun) else {
            // The first record was never written, so the block is new.
            self.result.unknown_addresses.push(record.address);
            return self.allocate(record);
        };
        let Some(owner) = owner else {
            self.result.unknown_addresses.push(old_address);
            if record.address != 0 {
                self.result.mallocs += 1;
                self.allocate(record);
            }
            return;
        };
        self.result.reallocs += 1;
        match (owner, u32::try_from(record.size)) {
            // `realloc(p, 0)`: glibc frees the block and returns none.
            (Owner::Block(id), _) if record.address == 0 => {
                self.push(Op::Realloc { id, size: 0 });
            }
            // Other allocators return an empty block instead.
            (Owner::Block(id), Ok(0)) => {
                self.push(Op::Realloc { id, size: 0 });
                self.allocate(record);
            }
            (Owner::Block(id), Ok(size)) => {
                self.acquire(record.address, owner);
                self.push(Op::Realloc { id, size });
            }
            (Owner::Block(_), Err(_)) => {
                self.emit_free(owner);
                self.leave_out(record.address);
            }
            (Owner::LeftOut, _) if record.address == 0 => {}
            (Owner::LeftOut, _) => self.allocate(record),
        }
    }

    fn acquire(&mut self, address: u64, owner: Owner) {
        if let Some(forgotten) = self.live.insert(address, owner) {
            self.result.missed_frees += 1;
            self.emit_free(forgotten);
        }
    }

    fn leave_out(&mut self, address: u64) {
        self.result.too_large += 1;
        self.acquire(address, Owner::LeftOut);
    }

    fn push(&mut self, op: Op) {
        self.result.ops.push(op);
        self.result.callers.push(self.caller);
    }

    fn emit_free(&mut self, owner: Owner) {
        if let Owner::Block(id) = owner {
            self.push(Op::Free { id });
        }
    }

    fn finish(mut self) -> Conversion {
        // A realloc without an end (the process was killed inside it) leaves its block live.
        self.result.live_blocks_at_end = self.live.len() + self.begun.len();
        self.result.threads = self.threads.len();
        self.result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: u64 = 0x1000;
    const Q: u64 = 0x2000;

    fn record(kind: Kind, address: u64, size: u64) -> Record {
        Record { kind, align_log2: 0, begun: 0, address, size, thread: 1 }
    }

    fn end(kind: Kind, begun: u64, address: u64, size: u64) -> Record {
        Record { begun, ..record(kind, address, size) }
    }

    fn converted(records: &[Record]) -> (String, Conversion) {
        let mut converter = Converter::default();
        for (index, record) in (0..).zip(records) {
            converter.take(index, *record);
        }
        let result = converter.finish();
        let ops: Vec<String> = result.ops.iter().map(Op::to_string).collect();
        (ops.join(", "), result)
    }

    #[test]
    fn an_address_used_again_is_a_new_block() {
        let (ops, result) = converted(&[
            record(Kind::Malloc, P, 10),
            record(Kind::Free, P, 0),
            record(Kind::Calloc, P, 20),
        ]);
        assert_eq!(ops, "a 0 10, f 0, c 1 20");
        assert_eq!((result.most_live_blocks, result.live_blocks_at_end), (1, 1));
    }

    #[test]
    fn the_two_halves_of_a_realloc_are_matched_across_other_calls() {
        // Another thread gets P as soon as the realloc has moved its block to Q.
        let (ops, result) = converted(&[
            record(Kind::Malloc, P, 10),
            record(Kind::ReallocBegin, P, 99),
            record(Kind::Malloc, P, 5),
            end(Kind::ReallocEnd, 1, Q, 99),
            record(Kind::Free, Q, 0),
            record(Kind::Free, P, 0),
        ]);
        assert_eq!(ops, "a 0 10, a 1 5, r 0 99, f 0, f 1");
        assert_eq!(result.missed_frees, 0);
        assert!(result.unknown_addresses.is_empty());
    }

    #[test]
    fn threads_are_numbered_in_order_of_appearance() {
        let by = |thread, record| Record { thread, ..record };
        let (ops, result) = converted(&[
            by(9, record(Kind::Malloc, P, 10)),
            by(4, record(Kind::Malloc, Q, 20)),
            by(9, record(Kind::Free, Q, 0)),
            // It adds no operation, but its thread gets a number.
            by(5, record(Kind::Free, Q, 0)),
            // A missed free is counted for the thread that notices it.
            by(4, record(Kind::Calloc, P, 30)),
        ]);
        assert_eq!(ops, "a 0 10, a 1 20, f 1, f 0, c 2 30");
        assert_eq!(result.callers, [0, 1, 0, 1, 1]);
        assert_eq!(result.threads, 3);
    }

    #[test]
    fn a_refused_realloc_leaves_the_block_live() {
        let (ops, result) = converted(&[
            record(Kind::Malloc, P, 10),
            record(Kind::ReallocBegin, P, 1 << 60),
            end(Kind::ReallocFailed, 1, 0, 1 << 60),
            record(Kind::Free, P, 0),
        ]);
        assert_eq!(ops, "a 0 10, f 0");
        assert_eq!(result.reallocs, 0);
    }

    #[test]
    fn a_realloc_to_zero_frees() {
        let (ops, result) = converted(&[
            record(Kind::Malloc, P, 10),
            record(Kind::ReallocBegin, P, 0),
            end(Kind::ReallocEnd, 1, 0, 0),
            record(Kind::Malloc, P, 3),
        ]);
        assert_eq!(ops, "a 0 10, r 0 0, a 1 3");
        assert_eq!((result.missed_frees, result.live_blocks_at_end), (0, 1));
    }

    #[test]
    fn a_realloc_to_an_empty_block_frees_and_allocates() {
        let (ops, result) = converted(&[
            record(Kind::Malloc, P, 10),
            record(Kind::ReallocBegin, P, 0),
            end(Kind::ReallocEnd, 1, Q, 0),
            record(Kind::Free, Q, 0),
        ]);
        assert_eq!(ops, "a 0 10, r 0 0, a 1 0, f 1");
        assert_eq!((result.missed_frees, result.live_blocks_at_end), (0, 0));
        assert!(result.unknown_addresses.is_empty());
    }

    #[test]
    fn unknown_blocks_are_counted_and_left_out() {
        let (ops, result) = converted(&[
            record(Kind::Free, P, 0),
            record(Kind::ReallocBegin, Q, 7),
            end(Kind::ReallocEnd, 1, Q, 7),
            record(Kind::Free, Q, 0),
        ]);
        assert_eq!(ops, "a 0 7, f 0");
        assert_eq!(result.unknown_addresses, [P, Q]);
    }

    #[test]
    fn a_missed_free_is_counted_and_inserted() {
        let (ops, result) = converted(&[record(Kind::Malloc, P, 1), record(Kind::Malloc, P, 2)]);
        assert_eq!(ops, "a 0 1, f 0, a 1 2");
        assert_eq!(result.missed_frees, 1);
    }

    #[test]
    fn blocks_too_large_for_the_machine_are_left_out_until_they_shrink() {
        let (ops, result) = converted(&[
            record(Kind::Malloc, P, 1 << 32),
            record(Kind::ReallocBegin, P, 8),
            end(Kind::ReallocEnd, 1, P, 8),
            record(Kind::ReallocBegin, P, 1 << 33),
            end(Kind::ReallocEnd, 3, Q, 1 << 33),
            record(Kind::Free, Q, 0),
        ]);
        assert_eq!(ops, "a 0 8, f 0");
        assert_eq!(result.too_large, 2);
    }

    #[test]
    fn a_realloc_cut_short_by_the_end_leaves_its_block_live() {
        let (ops, result) =
            converted(&[record(Kind::Malloc, P, 10), record(Kind::ReallocBegin, P, 20)]);
        assert_eq!(ops, "a 0 10");
        assert_eq!(result.live_blocks_at_end, 1);
    }
}
