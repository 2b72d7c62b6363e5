//! The account of a process: its requests, and the heap's memory for them.

use crate::blocks::{Block, Blocks};
use crate::format::{ACCOUNTS, FILE_BYTES, MAGIC, WORDS, word};
use crate::mapping::map;
use crate::serve::Serve;
use crate::words::say;
use core::ffi::{CStr, c_void};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, Ordering};

/// Blocks begin at multiples of this number of bytes.
const GRANULE_BYTES: usize = 16;

/// The accounts of all processes, and the data of this process's account that no other shares.
pub struct Account {
    /// The file, which stays mapped.
    table: NonNull<[AtomicU64; WORDS]>,
    /// The index of this process's account in the table; 0 if the table is full.
    place: usize,
    /// A word that is 1 in the process that has the account, and 0 in its forked child.
    mine: NonNull<AtomicU64>,
    /// The requested bytes for each place where a block may begin. This is address space; only the
    /// part for the heap in use becomes memory.
    sizes: NonNull<u32>,
    /// Bytes of the live blocks: requested, and usable. A forked child continues with them.
    payload_bytes: u64,
    usable_bytes: u64,
    /// Loads and stores of the heap that its parent made.
    inherited: (u64, u64),
    limit_bytes: u32,
    /// The table of the blocks, if one is kept.
    blocks: Option<Blocks>,
}

impl Account {
    /// Makes an account in the file at `path`; `None` if the file can't be mapped, which is then
    /// reported on standard error.
    pub fn open(path: &CStr, limit_bytes: u32) -> Option<Account> {
        let sizes_bytes = (limit_bytes as usize).div_ceil(GRANULE_BYTES) * size_of::<u32>();
        let private = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let table = map_file(path);
        let sizes = map(sizes_bytes, private, -1);
        let mine = map(PAGE_BYTES, private, -1);
        let (Some(table), Some(sizes), Some(mine)) = (table, sizes, mine) else {
            // SAFETY: it only says which process this is.
            let pid = unsafe { libc::getpid() };
            say(format_args!(
                "process {pid} is not counted: its account in {path:?} can't be mapped ({})",
                std::io::Error::last_os_error()
            ));
            return None;
        };
        // SAFETY: a whole page that was just mapped. (If the kernel does not know this
        // advice, a child's calls are counted as its parent's.)
        unsafe { libc::madvise(mine.as_ptr(), PAGE_BYTES, libc::MADV_WIPEONFORK) };
        let mut account = Account {
            table: table.cast(),
            place: 0,
            mine: mine.cast(),
            sizes: sizes.cast(),
            payload_bytes: 0,
            usable_bytes: 0,
            inherited: (0, 0),
            limit_bytes,
            blocks: None,
        };
        account.begin();
        Some(account)
    }

    /// Keeps a table of the blocks in a folder from now on, if a file can be made there.
    pub fn keep_blocks(&mut self, folder: &CStr, heap: &dyn Serve) {
        if self.place > 0 {
            self.blocks = Blocks::open(folder, self.place, heap);
        }
    }

    /// Notes that a call of this kind gave out a block at `offset`.
    pub fn took(&mut self, call: usize, heap: &dyn Serve, offset: u32, size: u32) {
        self.begin_if_forked(heap);
        self.called(call, heap);
        let block = self.hold(heap, offset, size);
        if let Some(blocks) = &mut self.blocks {
            blocks.hold(block);
        }
        self.note_peak();
        self.note_work(heap);
    }

    /// Notes that the block at `offset` is about to be given back.
    pub fn gives(&mut self, heap: &dyn Serve, offset: u32) {
        self.begin_if_forked(heap);
        let usable = heap.usable_bytes(offset).unwrap_or(0);
        self.usable_bytes = self.usable_bytes.saturating_sub(usable.into());
        let payload = self.size_at(offset);
        self.payload_bytes = self.payload_bytes.saturating_sub(payload.into());
        if let Some(blocks) = &mut self.blocks {
            blocks.leaves(heap, Block { offset, size: payload, usable });
        }
        self.note_live();
    }

    /// Notes that the block was given back.
    pub fn gave(&mut self, heap: &dyn Serve) {
        self.called(word::FREES, heap);
        self.note_work(heap);
    }

    /// Notes that a block [given](Account::gives) for a realloc is live again, unchanged.
    pub fn kept(&mut self, heap: &dyn Serve, offset: u32) {
        let block = self.hold(heap, offset, self.size_at(offset));
        if let Some(blocks) = &mut self.blocks {
            blocks.kept(block);
        }
    }

    /// Copies the contents of all blocks into their table, if one is kept: the process is about to
    /// end.
    pub fn close(&mut self, heap: &dyn Serve) {
        let sizes = self.sizes;
        if self.is_of_this_process()
            && let Some(blocks) = &mut self.blocks
        {
            blocks.see_all(heap, &|offset| size_in(sizes, offset));
        }
    }

    /// Counts a call that was not refused.
    fn called(&mut self, call: usize, heap: &dyn Serve) {
        self.add(call, 1);
        if let Some(blocks) = &mut self.blocks {
            blocks.called(heap);
        }
    }

    /// Notes that a call got no memory.
    pub fn failed(&mut self, heap: &dyn Serve) {
        self.begin_if_forked(heap);
        self.add(word::FAILURES, 1);
    }

    fn hold(&mut self, heap: &dyn Serve, offset: u32, size: u32) -> Block {
        // SAFETY: every offset has its place in the table of sizes.
        unsafe { *place_of(self.sizes, offset) = size };
        let usable = heap.usable_bytes(offset).unwrap_or(0);
        self.usable_bytes += u64::from(usable);
        self.payload_bytes += u64::from(size);
        self.note_live();
        self.set(word::HEAP_BYTES, heap.heap_bytes().into());
        Block { offset, size, usable }
    }

    fn size_at(&self, offset: u32) -> u32 {
        size_in(self.sizes, offset)
    }

    fn note_live(&self) {
        self.set(word::PAYLOAD_BYTES, self.payload_bytes);
        self.set(word::USABLE_BYTES, self.usable_bytes);
    }

    fn note_peak(&mut self) {
        if self.payload_bytes > self.get(word::PEAK_PAYLOAD_BYTES) {
            self.set(word::PEAK_PAYLOAD_BYTES, self.payload_bytes);
            self.set(word::USABLE_BYTES_AT_PEAK, self.usable_bytes);
            self.set(word::HEAP_BYTES_AT_PEAK, self.get(word::HEAP_BYTES));
            if let Some(blocks) = &mut self.blocks {
                blocks.note_peak();
            }
        }
    }

    fn note_work(&self, heap: &dyn Serve) {
        let (loads, stores) = heap.work();
        self.set(word::LOADS, loads - self.inherited.0);
        self.set(word::STORES, stores - self.inherited.1);
    }

    /// Gives a forked child its own account at its first call: the account begins with its parent's
    /// blocks, and without calls.
    fn begin_if_forked(&mut self, heap: &dyn Serve) {
        if !self.is_of_this_process() {
            self.inherited = heap.work();
            self.begin();
            self.set(word::HEAP_BYTES, heap.heap_bytes().into());
            let sizes = self.sizes;
            match &mut self.blocks {
                Some(blocks) if self.place > 0 => {
                    blocks.begin_in_child(self.place, heap, &|offset| size_in(sizes, offset));
                }
                // The table of the accounts is full.
                blocks => *blocks = None,
            }
            self.note_live();
            self.note_peak();
        }
    }

    /// Returns whether the account is this process's, and not that of the parent that forked it.
    fn is_of_this_process(&self) -> bool {
        // SAFETY: the word stays mapped.
        let mine: &AtomicU64 = unsafe { self.mine.as_ref() };
        mine.load(Ordering::Relaxed) != 0
    }

    /// Takes the next account of the table for this process.
    fn begin(&mut self) {
        // SAFETY: the word stays mapped.
        let mine: &AtomicU64 = unsafe { self.mine.as_ref() };
        mine.store(1, Ordering::Relaxed);
        self.place = 0;
        let place = 1 + self.word(word::ASKED).fetch_add(1, Ordering::Relaxed) as usize;
        if place > ACCOUNTS {
            return;
        }
        self.place = place;
        // SAFETY: these only say who and when.
        let (pid, now) = unsafe {
            let mut now: libc::timespec = core::mem::zeroed();
            libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now);
            (libc::getpid(), now)
        };
        self.set(word::PID, pid as u64);
        let opened_ns = now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64;
        self.set(word::OPENED_NS, opened_ns);
        self.set(word::LIMIT_BYTES, self.limit_bytes.into());
        let mut name = [0u8; 16];
        // SAFETY: it writes at most 16 bytes.
        unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr()) };
        for (place, half) in name.as_chunks::<8>().0.iter().enumerate() {
            self.set(word::NAME + place, u64::from_ne_bytes(*half));
        }
        self.word(word::MAGIC).store(MAGIC, Ordering::Release);
    }

    // Only the thread inside the heap writes; the command reads after all processes ended.

    fn get(&self, place: usize) -> u64 {
        self.word(place).load(Ordering::Relaxed)
    }

    fn set(&self, place: usize, value: u64) {
        // The first account of the file is the table's own.
        if self.place > 0 {
            self.word(place).store(value, Ordering::Relaxed);
        }
    }

    fn word(&self, place: usize) -> &AtomicU64 {
        // SAFETY: the table stays mapped, and has `ACCOUNTS` accounts behind its own.
        let words: &[AtomicU64; WORDS] = unsafe { self.table.add(self.place).as_ref() };
        &words[place]
    }

    fn add(&self, place: usize, more: u64) {
        self.set(place, self.get(place).wrapping_add(more));
    }
}

/// At least the size of a page on any host.
const PAGE_BYTES: usize = 64 << 10;

/// Maps the file for reading and writing, if it has the expected size.
fn map_file(path: &CStr) -> Option<NonNull<c_void>> {
    let flags = libc::O_RDWR | libc::O_CLOEXEC;
    // SAFETY: the path is a C string; the descriptor is ours, and not used again after
    // the mapping.
    unsafe {
        let file = libc::open(path.as_ptr(), flags);
        if file < 0 {
            return None;
        }
        let mut about: libc::stat = core::mem::zeroed();
        let is_whole = libc::fstat(file, &mut about) == 0 && about.st_size == FILE_BYTES as i64;
        let mapped = is_whole.then(|| map(FILE_BYTES, libc::MAP_SHARED, file));
        libc::close(file);
        mapped.flatten()
    }
}

/// Returns the requested bytes of the block at `offset`.
fn size_in(sizes: NonNull<u32>, offset: u32) -> u32 {
    // SAFETY: every offset has its place in the table of sizes.
    unsafe { *place_of(sizes, offset) }
}

/// Returns the place for the requested bytes of the block at `offset`.
fn place_of(sizes: NonNull<u32>, offset: u32) -> *mut u32 {
    sizes.as_ptr().wrapping_add(offset as usize / GRANULE_BYTES)
}
