//! The log file: a header of one page, then records in the order of the calls.
//!
//! The hooks write it and `heaplab record` reads it, always on the same machine, so every field is
//! a 64-bit word in the machine's byte order. The command includes this file as source instead of
//! using the crate, which would link the hooks into the command.

/// The environment variable that names the directory for the logs.
pub const DIRECTORY_VARIABLE: &str = "HEAPLAB_LOG_DIRECTORY";

/// The environment variable with the maximum number of records in a log.
pub const CAPACITY_VARIABLE: &str = "HEAPLAB_LOG_RECORDS";

/// The default maximum number of records in a log. The file is sparse, so this reserves 2 GiB of
/// address space and of file length, not of disk.
pub const DEFAULT_CAPACITY_RECORDS: u64 = 1 << 26;

/// The first word of every log.
pub const MAGIC: u64 = u64::from_le_bytes(*b"heaplog2");

/// The length of a log's file if the disk had no room at all.
pub const DISK_FULL_BYTES: i64 = 1;

/// The offset of the records in bytes.
pub const HEADER_BYTES: usize = 4096;

/// The size of a record in bytes.
pub const RECORD_BYTES: usize = 32;

/// The header's words, by index. The counter of reserved records has a cache line of its own,
/// because every heap call writes it.
pub mod header {
    /// [`super::MAGIC`], written last: a log without it was never finished.
    pub const MAGIC: usize = 0;
    /// The maximum number of records. It falls when the disk is full.
    pub const CAPACITY_RECORDS: usize = 1;
    /// The process that wrote the log.
    pub const PID: usize = 2;
    /// When the log was opened, on the monotonic clock: orders the logs.
    pub const START_NS: usize = 3;
    /// For the child of a fork, the parent's [`START_NS`]; otherwise 0.
    pub const PARENT_START_NS: usize = 4;
    /// For the child of a fork, the parent's [`PID`]; otherwise 0.
    pub const PARENT_PID: usize = 5;
    /// For the child of a fork, how many records the parent's log then had.
    pub const PARENT_RECORDS: usize = 6;
    /// How many bytes of command line are stored at [`COMMAND_LINE`].
    pub const COMMAND_LINE_BYTES: usize = 7;
    /// The number of records reserved. If it exceeds the capacity, the log was full and the rest is
    /// missing.
    pub const RESERVED_RECORDS: usize = 16;
    /// Calls of `free(NULL)`: counted, without a record.
    pub const FREE_NULL_CALLS: usize = 32;
    /// Requests that the C library refused: counted, without a record.
    pub const FAILED_CALLS: usize = 33;
    /// Calls of `malloc_usable_size`: counted, without a record.
    pub const USABLE_SIZE_CALLS: usize = 34;
    /// What serves `malloc`: 0 the C library, 1 another library, 2 the program itself.
    pub const ALLOCATOR: usize = 35;
    /// How many records the file has room for.
    pub const MAPPED_RECORDS: usize = 36;
    /// How many records have disk space: they can be written without a fault.
    pub const READY_RECORDS: usize = 37;
    /// 1 if the disk was full, otherwise 0.
    pub const DISK_WAS_FULL: usize = 38;
    /// Forked children that could not make a file for their log.
    pub const CHILDREN_WITHOUT_LOG: usize = 39;
    /// The name of the library that serves `malloc`, ended by a zero byte.
    pub const ALLOCATOR_NAME: usize = 40;
    /// The maximum length of that name in bytes, with the final zero.
    pub const ALLOCATOR_NAME_BYTES: usize = 128;
    /// The kernel's name of the process, ended by a zero byte.
    pub const PROCESS_NAME: usize = 56;
    /// The length of that name in bytes, with the final zero.
    pub const PROCESS_NAME_BYTES: usize = 16;
    /// The directory's name, ended by a zero byte, so that a forked child finds it even if the
    /// program has changed its environment.
    pub const DIRECTORY: usize = 64;
    /// The maximum length of the directory's name in bytes, with the final zero.
    pub const DIRECTORY_BYTES: usize = 1024;
    /// The command line, each argument ended by a zero byte.
    pub const COMMAND_LINE: usize = 192;
    /// The maximum length of the command line in bytes; a longer one is cut.
    pub const COMMAND_LINE_LIMIT_BYTES: usize = super::HEADER_BYTES - COMMAND_LINE * 8;
}

/// What happened. Zero is not a kind: a record of zeros was never written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// `malloc` gave out `address`.
    Malloc = 1,
    /// `calloc` gave out `address`.
    Calloc = 2,
    /// `memalign` or a function like it gave out `address`.
    Memalign = 3,
    /// `address` is about to be freed.
    Free = 4,
    /// `realloc` is about to be called on `address`, for `size` bytes.
    ReallocBegin = 5,
    /// `realloc` gave out `address` in place of the block in the first record; zero means that it
    /// freed the block (size 0).
    ReallocEnd = 6,
    /// `realloc` failed: the block in the first record is still live.
    ReallocFailed = 7,
}

impl Kind {
    /// Returns the kind that a record's low byte stands for.
    pub fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Kind::Malloc,
            2 => Kind::Calloc,
            3 => Kind::Memalign,
            4 => Kind::Free,
            5 => Kind::ReallocBegin,
            6 => Kind::ReallocEnd,
            7 => Kind::ReallocFailed,
            _ => return None,
        })
    }
}

/// One record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// What was done.
    pub kind: Kind,
    /// For [`Kind::Memalign`], the alignment's base-2 logarithm.
    pub align_log2: u8,
    /// For the end of a realloc, the index of its first record. 48 bits.
    pub begun: u64,
    /// The block's address.
    pub address: u64,
    /// Requested payload bytes.
    pub size: u64,
    /// The calling thread: a number that no other living thread has.
    pub thread: u64,
}

impl Record {
    /// Returns the record's words in the file. The first is never zero.
    pub fn to_words(self) -> [u64; 4] {
        let tag = self.kind as u64 | u64::from(self.align_log2) << 8 | self.begun << 16;
        [tag, self.address, self.size, self.thread]
    }

    /// Reads a record back; `None` if none was written.
    pub fn from_words([tag, address, size, thread]: [u64; 4]) -> Option<Self> {
        let [kind, align_log2, ..] = tag.to_le_bytes();
        Some(Record {
            kind: Kind::from_byte(kind)?,
            align_log2,
            begun: tag >> 16,
            address,
            size,
            thread,
        })
    }
}
