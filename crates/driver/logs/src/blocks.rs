//! From calls with addresses to operations on ids.
//!
//! A log names a block by its address, which is used again after a free. A trace names it
//! by an id. Every block gets an id of its own, numbered in the order of allocation, and a
//! realloc keeps the id wherever the block moves.

use crate::error::{Conflict, Refusal};
use crate::notes::Notes;
use heaplab_trace::{Id, Op};
use std::collections::{HashMap, VecDeque};

/// A request for a new block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Malloc { bytes: u64 },
    Calloc { bytes: u64 },
    Memalign { alignment: u64, bytes: u64 },
}

impl Request {
    fn bytes(self) -> u64 {
        match self {
            Request::Malloc { bytes }
            | Request::Calloc { bytes }
            | Request::Memalign { bytes, .. } => bytes,
        }
    }

    /// Returns the operation, or `None` if no 32-bit machine can hold the block.
    fn op(self, id: Id) -> Option<Op> {
        let size = u32::try_from(self.bytes()).ok()?;
        Some(match self {
            Request::Malloc { .. } => Op::Malloc { id, size },
            Request::Calloc { .. } => Op::Calloc { id, size },
            Request::Memalign { alignment, .. } => {
                Op::Memalign { id, align_log2: align_log2(alignment)?, size }
            }
        })
    }
}

/// Returns the logarithm of the alignment, rounded up to a power of two as glibc does; `None`
/// above 2 GiB.
fn align_log2(alignment: u64) -> Option<u8> {
    let log2 = alignment.checked_next_power_of_two()?.trailing_zeros();
    u8::try_from(log2).ok().filter(|&log2| log2 <= 31)
}

/// The owner of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Owner {
    /// The block's id; `None` if it is too large for the trace.
    id: Option<Id>,
    /// The process or thread that got the block, by the log's number.
    caller: u32,
}

/// A realloc that has begun: the block is no longer at its old address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Begun {
    old: u64,
    owner: Option<Owner>,
}

/// The blocks of a log, and the operations so far.
pub(crate) struct Blocks {
    pub ops: Vec<Op>,
    /// The line of the log that each operation comes from.
    pub lines: Vec<u32>,
    pub notes: Notes,
    /// The line that is being read, from 1.
    pub line: u64,
    /// The process or thread whose call is being read.
    pub caller: u32,
    /// The first conflict between callers.
    pub conflict: Option<Conflict>,
    live: HashMap<u64, Owner>,
    without_address: WithoutAddress,
    next_id: u32,
    limit_ops: usize,
}

impl Blocks {
    /// Returns a table without blocks, and with room for at most `limit_ops` operations.
    pub fn new(limit_ops: usize) -> Blocks {
        Blocks {
            ops: Vec::new(),
            lines: Vec::new(),
            notes: Notes::default(),
            line: 0,
            caller: 0,
            conflict: None,
            live: HashMap::new(),
            without_address: WithoutAddress::default(),
            next_id: 0,
            limit_ops,
        }
    }

    /// Returns whether the address is a live block's.
    pub fn is_live(&self, address: u64) -> bool {
        self.live.contains_key(&address)
    }

    /// Adds a request that gave out the block at `address`; 0 if it failed.
    pub fn allocate(&mut self, request: Request, address: u64) {
        if address == 0 {
            return self.notes.failed.add(self.line);
        }
        let owner = self.new_block(request);
        self.acquire(address, owner);
        self.push_request(request, owner);
    }

    /// Adds a request that gave out a block at an address that the log does not have.
    pub fn allocate_without_address(&mut self, request: Request) {
        self.notes.without_address.add(self.line);
        let owner = self.new_block(request);
        let log2 = match request {
            Request::Memalign { alignment, .. } => align_log2(alignment).unwrap_or(31),
            _ => 0,
        };
        self.without_address.push(log2, owner);
        self.push_request(request, owner);
    }

    /// Adds `free(address)`; 0 is `free(NULL)`.
    pub fn free(&mut self, address: u64) {
        if address == 0 {
            return self.push(Op::FreeNull);
        }
        match self.release(address) {
            Some(owner) => self.push_free(owner),
            None => self.notes.unknown_frees.add(self.line),
        }
    }

    /// Adds `realloc(old, bytes) = new`.
    pub fn realloc(&mut self, old: u64, new: u64, bytes: u64) {
        let begun = self.begin_realloc(old);
        self.end_realloc(begun, new, bytes);
    }

    /// Begins a realloc: from here on another block may be given out at `old`.
    pub fn begin_realloc(&mut self, old: u64) -> Begun {
        let owner = match old {
            0 => None,
            _ => self.release(old),
        };
        Begun { old, owner }
    }

    /// Ends a realloc. `new` is 0 if there is no new block: the request failed, or `bytes` is 0
    /// and the block is freed.
    pub fn end_realloc(&mut self, begun: Begun, new: u64, bytes: u64) {
        if begun.old == 0 {
            return self.allocate(Request::Malloc { bytes }, new);
        }
        if new == 0 && bytes > 0 {
            self.notes.failed.add(self.line);
            return self.cancel_realloc(begun);
        }
        let Some(owner) = begun.owner else {
            self.notes.unknown_reallocs.add(self.line);
            if new != 0 {
                self.allocate(Request::Malloc { bytes }, new);
            }
            return;
        };
        match (owner.id, u32::try_from(bytes)) {
            // `realloc(p, 0)`: glibc frees the block, other allocators give out an empty one.
            (Some(id), Ok(0)) => {
                self.push(Op::Realloc { id, size: 0 });
                if new != 0 {
                    self.allocate(Request::Malloc { bytes }, new);
                }
            }
            (Some(id), Ok(size)) => {
                let caller = self.caller;
                self.acquire(new, Owner { caller, ..owner });
                self.push(Op::Realloc { id, size });
            }
            // A block enters or leaves the trace as it shrinks or grows past 4 GiB.
            (_, _) => {
                self.push_free(owner);
                if new != 0 {
                    self.allocate(Request::Malloc { bytes }, new);
                }
            }
        }
    }

    /// Frees the old block of a realloc that turned out to give out a new one.
    pub fn free_begun(&mut self, begun: Begun) {
        match begun.owner {
            Some(owner) => self.push_free(owner),
            None if begun.old == 0 => {}
            None => self.notes.unknown_frees.add(self.line),
        }
    }

    /// Cancels a realloc that did nothing: the block is where it was.
    pub fn cancel_realloc(&mut self, begun: Begun) {
        if let Some(owner) = begun.owner {
            self.acquire(begun.old, owner);
        }
    }

    /// Forgets all blocks: the program became another one.
    pub fn forget_all(&mut self) {
        self.notes.execs.add(self.line);
        self.live.clear();
        self.without_address = WithoutAddress::default();
    }

    /// Leaves out the last operations while they are `free(NULL)`: the tool made them itself when
    /// the program ended.
    pub fn drop_last_null_frees(&mut self) {
        while self.ops.last() == Some(&Op::FreeNull) {
            self.ops.pop();
            let line = self.lines.pop().unwrap_or_default();
            self.notes.own_frees.times += 1;
            self.notes.own_frees.first_line = line.into();
        }
    }

    /// Checks that there is still room.
    ///
    /// # Errors
    /// If the log has more operations than a trace may have.
    pub fn check_room(&self) -> Result<(), Refusal> {
        if self.ops.len() > self.limit_ops {
            Err(Refusal::TooManyOperations { limit: self.limit_ops })
        } else {
            Ok(())
        }
    }

    fn new_block(&mut self, request: Request) -> Owner {
        let id = Id(self.next_id);
        let fits = request.op(id).is_some();
        if fits {
            self.next_id += 1;
        } else {
            self.notes.too_large.add(self.line);
        }
        Owner { id: fits.then_some(id), caller: self.caller }
    }

    fn acquire(&mut self, address: u64, owner: Owner) {
        let Some(forgotten) = self.live.insert(address, owner) else {
            return;
        };
        self.notes.missed_frees.add(self.line);
        if forgotten.caller != owner.caller && self.conflict.is_none() {
            self.conflict = Some(Conflict {
                address,
                callers: [forgotten.caller, owner.caller],
                line: self.line,
            });
        }
        self.push_free(forgotten);
    }

    /// Takes out the block at `address`; if no block has that address, takes one of those without
    /// an address.
    fn release(&mut self, address: u64) -> Option<Owner> {
        let known = self.live.remove(&address);
        known.or_else(|| self.without_address.pop_for(address))
    }

    fn push_request(&mut self, request: Request, owner: Owner) {
        if let Some(op) = owner.id.and_then(|id| request.op(id)) {
            self.push(op);
        }
    }

    fn push_free(&mut self, owner: Owner) {
        if let Some(id) = owner.id {
            self.push(Op::Free { id });
        }
    }

    fn push(&mut self, op: Op) {
        self.ops.push(op);
        self.lines.push(u32::try_from(self.line).unwrap_or(u32::MAX));
    }
}

/// Blocks whose addresses a log does not have, by their alignment. Of those that an address is
/// aligned for, the oldest is taken to be the block there.
struct WithoutAddress {
    /// A queue for each logarithm of an alignment: the block, and its place among all.
    queues: [VecDeque<(u64, Owner)>; 32],
    pushed: u64,
    waiting: usize,
}

impl Default for WithoutAddress {
    fn default() -> Self {
        WithoutAddress { queues: std::array::from_fn(|_| VecDeque::new()), pushed: 0, waiting: 0 }
    }
}

impl WithoutAddress {
    fn push(&mut self, align_log2: u8, owner: Owner) {
        let queue = &mut self.queues[usize::from(align_log2) % 32];
        queue.push_back((self.pushed, owner));
        self.pushed += 1;
        self.waiting += 1;
    }

    fn pop_for(&mut self, address: u64) -> Option<Owner> {
        if self.waiting == 0 {
            return None;
        }
        let aligned = 1 + address.trailing_zeros() as usize;
        let queues = self.queues.iter_mut().take(aligned);
        let fitting = queues.filter(|queue| !queue.is_empty());
        let oldest = fitting.min_by_key(|queue| queue.front().map(|&(place, _)| place))?;
        self.waiting -= 1;
        oldest.pop_front().map(|(_, owner)| owner)
    }
}

#[cfg(test)]
mod tests;
