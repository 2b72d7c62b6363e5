//! The data that the command and the library exchange.
//!
//! The accounts are one file that each process maps into its memory: 64-bit words in this machine's
//! byte order, [`WORDS`] for the table itself and as many for each account. A forked child inherits
//! the mapping, so it needs no name, no disk space and no descriptor for its own account. Every
//! call updates the account, so nothing is lost when a program ends through `_exit` or `exec`, or
//! is killed.

/// The heap to use: `tuned`, or `explicit:address,best-fit`.
pub const HEAP_VARIABLE: &str = "HEAPLAB_EXEC_HEAP";

/// The heap's largest size in bytes; `sbrk` fails beyond it.
pub const LIMIT_VARIABLE: &str = "HEAPLAB_EXEC_LIMIT";

/// If set, every load and store of the heap is checked.
pub const CHECKED_VARIABLE: &str = "HEAPLAB_EXEC_CHECKED";

/// The file of the accounts; if not set, no accounts are kept.
pub const ACCOUNTS_VARIABLE: &str = "HEAPLAB_EXEC_ACCOUNTS";

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
