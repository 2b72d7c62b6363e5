//! The data that the command and the library exchange.
//!
//! The accounts are one file that each process maps into its memory: 64-bit words in this machine's
//! byte order, [`WORDS`] for the table itself and as many for each account. A forked child inherits
//! the mapping, so it needs no name, no disk space and no descriptor for its own account. Every
//! call updates the account, so nothing is lost when a program ends through `_exit` or `exec`, or
//! is killed.

/// The heap to use: `quick`, or `explicit:address,best-fit`.
pub const HEAP_VARIABLE: &str = "HEAPLAB_EXEC_HEAP";

/// The heap's largest size in bytes; `sbrk` fails beyond it.
pub const LIMIT_VARIABLE: &str = "HEAPLAB_EXEC_LIMIT";

/// If set, every load and store of the heap is checked.
pub const CHECKED_VARIABLE: &str = "HEAPLAB_EXEC_CHECKED";

/// The file of the accounts; if not set, no accounts are kept.
pub const ACCOUNTS_VARIABLE: &str = "HEAPLAB_EXEC_ACCOUNTS";

/// The folder where each process keeps a table of its blocks; if not set, no tables are kept. Needs
/// the accounts too.
pub const BLOCKS_VARIABLE: &str = "HEAPLAB_EXEC_BLOCKS";

/// The first word of an account that is in use.
pub const MAGIC: u64 = u64::from_le_bytes(*b"heaplab1");

/// The words of an account, by their places.
pub mod word {
    /// [`MAGIC`](super::MAGIC).
    pub const MAGIC: usize = 0;
    /// The process's number.
    pub const PID: usize = 1;
    /// When the account was opened, in nanoseconds of the monotonic clock.
    pub const OPENED_NS: usize = 2;
    /// Calls of malloc, calloc, realloc, of the aligned family, and of free with a block.
    pub const MALLOCS: usize = 3;
    /// See [`MALLOCS`].
    pub const CALLOCS: usize = 4;
    /// See [`MALLOCS`].
    pub const REALLOCS: usize = 5;
    /// See [`MALLOCS`].
    pub const MEMALIGNS: usize = 6;
    /// See [`MALLOCS`].
    pub const FREES: usize = 7;
    /// Calls that failed for lack of memory.
    pub const FAILURES: usize = 8;
    /// Requested bytes of the blocks that are live.
    pub const PAYLOAD_BYTES: usize = 9;
    /// The largest value of [`PAYLOAD_BYTES`].
    pub const PEAK_PAYLOAD_BYTES: usize = 10;
    /// Usable bytes of the blocks that are live.
    pub const USABLE_BYTES: usize = 11;
    /// The heap segment's largest size in bytes.
    pub const HEAP_BYTES: usize = 12;
    /// At the peak of payload: usable bytes, and bytes in the heap segment.
    pub const USABLE_BYTES_AT_PEAK: usize = 13;
    /// See [`USABLE_BYTES_AT_PEAK`].
    pub const HEAP_BYTES_AT_PEAK: usize = 14;
    /// Words of the heap that the allocator loaded and stored.
    pub const LOADS: usize = 15;
    /// See [`LOADS`].
    pub const STORES: usize = 16;
    /// The process's name, 16 bytes, padded with zeros.
    pub const NAME: usize = 17;
    /// The heap's largest size in bytes.
    pub const LIMIT_BYTES: usize = 19;

    /// For the table: the number of accounts requested, which may be more than it has.
    pub const ASKED: usize = 0;
}

/// The number of words in an account.
pub const WORDS: usize = 32;

/// The number of accounts for which the file has room.
pub const ACCOUNTS: usize = 8192;

/// The size of the file in bytes.
pub const FILE_BYTES: usize = (1 + ACCOUNTS) * WORDS * size_of::<u64>();

/// The table of a process's blocks: a file that the process keeps true at every call, so that it
/// shows the heap of a running process, and is not lost when the process is killed.
///
/// ```text
///  header   records: one for each     contents: the first bytes    departed: blocks of the peak
///  words    place where a block       of each block, as far from   that were freed since, with
///           may begin                 the start as the block       their contents
///  |--------|-------------------------|----------------------------|----------------------------
///  0        HEADER_BYTES              + 1 limit                    + 2 limits
/// ```
///
/// The file has holes wherever nothing was written. Its name is `blocks.` and the place of the
/// process's account in the file of the accounts.
pub mod blocks {
    /// The size of the header in bytes; other parts begin at multiples of it.
    pub const HEADER_BYTES: u64 = 64 << 10;

    /// Blocks begin at multiples of this number of bytes.
    pub const GRANULE_BYTES: u64 = 16;

    /// The size of a record: the number of the call that gave the block out (64 bits; 0 if no block
    /// begins here), its requested bytes, its usable bytes (32 bits each).
    pub const RECORD_BYTES: u64 = 16;

    /// At most this many of a block's first bytes are kept.
    pub const MOST_CONTENT_BYTES: usize = 64;

    /// The size of a departed block: its offset in the heap segment (64 bits), its record, its
    /// content.
    pub const DEPARTED_BYTES: u64 = 8 + RECORD_BYTES + MOST_CONTENT_BYTES as u64;

    /// The words of the header, by their places. The first is [`MAGIC`](super::MAGIC).
    pub mod word {
        /// The address of the heap segment in the process.
        pub const BASE: usize = 1;
        /// The heap's largest size in bytes.
        pub const LIMIT_BYTES: usize = 2;
        /// The number of the last call before this process was forked; 0 if it was not. Blocks with
        /// this number or a smaller one are its parent's.
        pub const FIRST_CALL: usize = 3;
        /// The number of the last call: calls are counted from 1, on from those of the parent.
        pub const LAST_CALL: usize = 4;
        /// The call after which most payload was live.
        pub const PEAK_CALL: usize = 5;
        /// The number of departed blocks.
        pub const DEPARTED: usize = 6;
        /// The last call before all contents were copied; [`NEVER`](super::NEVER) if they were not.
        pub const CONTENT_CALL: usize = 7;
        /// Not 0 if the table is no longer true: there was no more room for it.
        pub const STOPPED: usize = 8;
    }

    /// No call has this number.
    pub const NEVER: u64 = u64::MAX;

    /// Returns the size of a part with a byte for each byte of the heap.
    const fn part_bytes(limit_bytes: u64) -> u64 {
        limit_bytes.next_multiple_of(HEADER_BYTES)
    }

    /// Returns the place of the record of a block, which is `offset` bytes into the heap segment.
    pub const fn record_at(offset: u64) -> u64 {
        HEADER_BYTES + offset / GRANULE_BYTES * RECORD_BYTES
    }

    /// Returns the place of the content of a block.
    pub const fn content_at(limit_bytes: u64, offset: u64) -> u64 {
        HEADER_BYTES + part_bytes(limit_bytes) + offset
    }

    /// Returns the place of a departed block.
    pub const fn departed_at(limit_bytes: u64, index: u64) -> u64 {
        HEADER_BYTES + 2 * part_bytes(limit_bytes) + index * DEPARTED_BYTES
    }

    /// Returns the size of the file: as many blocks may depart as fit into the heap.
    pub const fn file_bytes(limit_bytes: u64) -> u64 {
        let blocks = limit_bytes.div_ceil(GRANULE_BYTES);
        departed_at(limit_bytes, blocks).next_multiple_of(HEADER_BYTES)
    }
}
