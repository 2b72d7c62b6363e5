//! Processes and their blocks, as the page gets them.

/// A block that a program holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldBlock {
    /// How far its payload is from the start of the heap segment.
    pub offset: u32,
    /// The requested bytes.
    pub size: u32,
    /// The bytes that the program may use.
    pub usable: u32,
    /// The number of the call that gave it out.
    pub call: u64,
}

/// The blocks of a heap at a moment.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// The number of the last call before the moment.
    pub call: u64,
    /// The bytes in the heap segment.
    pub heap_bytes: u64,
    /// What the process counted: requested bytes of all blocks, and usable bytes.
    pub counted: (u64, u64),
    /// The blocks, by address.
    pub blocks: Vec<HeldBlock>,
    /// The first bytes of each block, one block after the other: [`content_bytes`].
    pub contents: Vec<u8>,
}

/// Returns how many bytes of a block's content are given.
pub fn content_bytes(block: &HeldBlock) -> usize {
    MOST_CONTENT_BYTES.min(block.size as usize)
}

/// At most this many bytes of each block are given.
pub(super) const MOST_CONTENT_BYTES: usize = 64;

/// What a process counted about its heap.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Counted {
    /// All calls that were not refused.
    pub calls: u64,
    /// Calls of malloc, calloc and the aligned family.
    pub mallocs: u64,
    /// Calls of realloc.
    pub reallocs: u64,
    /// Calls of free.
    pub frees: u64,
    /// Calls that were refused.
    pub refused: u64,
    /// The peak payload in bytes.
    pub peak_payload_bytes: u64,
    /// The heap's largest size in bytes.
    pub heap_bytes: u64,
}

/// The blocks of a process.
#[derive(Clone, Debug, Default)]
pub struct Blocks {
    /// The address of the heap segment in the process.
    pub base: u64,
    /// Blocks with this number or a smaller one are from before the process was forked.
    pub first_call: u64,
    /// Whether contents are those of the process's end. Otherwise each is that of the first call
    /// after the block was given out.
    pub has_last_contents: bool,
    /// After the call with which most payload was live.
    pub peak: Held,
    /// At the end.
    pub end: Held,
}

/// A process with a heap.
#[derive(Clone, Debug)]
pub struct ProcessHeap {
    /// The kernel's name for its program.
    pub name: String,
    /// Its number.
    pub pid: u64,
    /// Whether it still ran when the page was made.
    pub is_running: bool,
    /// What it counted.
    pub counted: Counted,
    /// Its blocks, or why there are none.
    pub blocks: Result<Blocks, String>,
}

/// The processes of a program.
#[derive(Clone, Debug)]
pub struct Processes {
    /// The program and its arguments.
    pub program: String,
    /// The heap that served them.
    pub heap: String,
    /// Whether the page shows what blocks contain.
    pub shows_contents: bool,
    /// How many processes were not counted, because there were too many.
    pub uncounted: u64,
    /// The processes, the oldest first.
    pub processes: Vec<ProcessHeap>,
}

impl Processes {
    /// Returns the process that is shown first: the one with the largest peak of payload.
    pub fn first_shown(&self) -> Option<usize> {
        let peak = |index: &usize| {
            let process = &self.processes[*index];
            (process.blocks.is_ok(), process.counted.peak_payload_bytes)
        };
        (0..self.processes.len()).rev().max_by_key(peak)
    }
}
