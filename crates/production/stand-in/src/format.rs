//! What the command tells the library, and the library the command.
//!
//! The accounts are one file that each process maps into its memory: words of 64 bits in
//! this machine's byte order, [`WORDS`] for the table itself and as many for each account. A
//! process that forks has the file mapped already, so its child needs no name, no room on
//! a disk, and no descriptor to have an account of its own. An account is kept up with every
//! call, so that nothing is lost when a program leaves through `_exit` or `exec`, or is
//! killed.

/// The heap: `tuned`, or `explicit:address,best-fit`.
pub const HEAP_VARIABLE: &str = "HEAPLAB_EXEC_HEAP";

/// Bytes past which `sbrk` refuses.
pub const LIMIT_VARIABLE: &str = "HEAPLAB_EXEC_LIMIT";

/// If it is there, every load and store of the heap is looked at.
pub const CHECKED_VARIABLE: &str = "HEAPLAB_EXEC_CHECKED";

/// The file of the accounts; without it none is kept.
pub const ACCOUNTS_VARIABLE: &str = "HEAPLAB_EXEC_ACCOUNTS";

/// The first word of an account that is in use.
pub const MAGIC: u64 = u64::from_le_bytes(*b"heaplab1");

/// The words of an account, by their places.
pub mod word {
    /// [`MAGIC`](super::MAGIC).
    pub const MAGIC: usize = 0;
    /// The process.
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
    /// Calls that got no memory.
    pub const FAILURES: usize = 8;
    /// Requested bytes of the blocks that are live.
    pub const PAYLOAD_BYTES: usize = 9;
    /// The most that these were.
    pub const PEAK_PAYLOAD_BYTES: usize = 10;
    /// Bytes that the program may use of the blocks that are live.
    pub const USABLE_BYTES: usize = 11;
    /// Bytes in the heap segment, at its largest.
    pub const HEAP_BYTES: usize = 12;
    /// Of the moment when most payload was live: bytes that were usable, and bytes in the
    /// heap segment.
    pub const USABLE_BYTES_AT_PEAK: usize = 13;
    /// See [`USABLE_BYTES_AT_PEAK`].
    pub const HEAP_BYTES_AT_PEAK: usize = 14;
    /// Words of the heap that the allocator loaded and stored.
    pub const LOADS: usize = 15;
    /// See [`LOADS`].
    pub const STORES: usize = 16;
    /// The process's name, 16 bytes with zeros behind it.
    pub const NAME: usize = 17;
    /// The heap's largest size.
    pub const LIMIT_BYTES: usize = 19;

    /// Of the table: how many accounts were asked for, which may be more than it has.
    pub const ASKED: usize = 0;
}

/// How many words an account has.
pub const WORDS: usize = 32;

/// How many accounts the file has room for.
pub const ACCOUNTS: usize = 8192;

/// Bytes in the file.
pub const FILE_BYTES: usize = (1 + ACCOUNTS) * WORDS * size_of::<u64>();
