//! The account of a process: what it asked for, and what the heap took for it.

use crate::format::{MAGIC, WORDS, word};
use crate::serve::Serve;
use core::ffi::{CStr, c_void};
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicU64, Ordering};
use std::ffi::CString;

/// Blocks begin at multiples of this.
const GRANULE_BYTES: usize = 16;

/// An open account, and what was asked for each block, by its place.
pub struct Account {
    /// The folder for accounts.
    folder: CString,
    words: NonNull<[AtomicU64; WORDS]>,
    /// For each place where a block may begin the bytes asked for: address space, of
    /// which as much is memory as the heap uses.
    sizes: NonNull<u32>,
    /// Loads and stores of the heap that were its parent's.
    inherited: (u64, u64),
}

impl Account {
    /// A new account in a folder; none if the host does not let us.
    pub fn open(folder: &CStr) -> Option<Account> {
        let bytes = (1usize << 32) / GRANULE_BYTES * size_of::<u32>();
        Some(Account {
            folder: folder.to_owned(),
            words: new_file(folder)?,
            sizes: map(bytes, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1)?.cast(),
            inherited: (0, 0),
        })
    }

    /// The same for a child that was just forked: it begins with its parent's blocks, and
    /// without calls. Without a file of its own it must not write in its parent's.
    pub fn of_child(self, heap: &dyn Serve) -> Option<Account> {
        let child = Account {
            words: new_file(&self.folder)?,
            folder: self.folder.clone(),
            sizes: self.sizes,
            inherited: heap.work(),
        };
        for place in [word::PAYLOAD_BYTES, word::USABLE_BYTES, word::HEAP_BYTES] {
            child.set(place, self.get(place));
        }
        child.note_peak();
        Some(child)
    }

    /// A call of this kind gave out a block at `offset`.
    pub fn took(&self, call: usize, heap: &dyn Serve, offset: u32, size: u32) {
        self.add(call, 1);
        self.hold(heap, offset, size);
        self.note_peak();
        self.note_work(heap);
    }

    /// The block at `offset` is about to be given back.
    pub fn gives(&self, heap: &dyn Serve, offset: u32) {
        let usable = heap.usable_bytes(offset).unwrap_or(0);
        self.subtract(word::USABLE_BYTES, usable.into());
        self.subtract(word::PAYLOAD_BYTES, self.size_at(offset).into());
    }

    /// It was.
    pub fn gave(&self, heap: &dyn Serve) {
        self.add(word::FREES, 1);
        self.note_work(heap);
    }

    /// A block that was [given](Account::gives) for a realloc is there again, as it was.
    pub fn kept(&self, heap: &dyn Serve, offset: u32) {
        self.hold(heap, offset, self.size_at(offset));
    }

    /// A call got no memory.
    pub fn failed(&self) {
        self.add(word::FAILURES, 1);
    }

    fn hold(&self, heap: &dyn Serve, offset: u32, size: u32) {
        // SAFETY: every offset has its place in the table.
        unsafe { *self.place_of(offset) = size };
        let usable = heap.usable_bytes(offset).unwrap_or(0);
        self.add(word::USABLE_BYTES, usable.into());
        self.add(word::PAYLOAD_BYTES, size.into());
        self.set(word::HEAP_BYTES, heap.heap_bytes().into());
    }

    fn size_at(&self, offset: u32) -> u32 {
        // SAFETY: as in `hold`.
        unsafe { *self.place_of(offset) }
    }

    fn place_of(&self, offset: u32) -> *mut u32 {
        self.sizes
            .as_ptr()
            .wrapping_add(offset as usize / GRANULE_BYTES)
    }

    fn note_peak(&self) {
        if self.get(word::PAYLOAD_BYTES) > self.get(word::PEAK_PAYLOAD_BYTES) {
            self.set(word::PEAK_PAYLOAD_BYTES, self.get(word::PAYLOAD_BYTES));
            self.set(word::USABLE_BYTES_AT_PEAK, self.get(word::USABLE_BYTES));
            self.set(word::HEAP_BYTES_AT_PEAK, self.get(word::HEAP_BYTES));
        }
    }

    fn note_work(&self, heap: &dyn Serve) {
        let (loads, stores) = heap.work();
        self.set(word::LOADS, loads - self.inherited.0);
        self.set(word::STORES, stores - self.inherited.1);
    }

    // Only who holds the lock writes; the command reads when all is over.

    fn get(&self, place: usize) -> u64 {
        self.word(place).load(Ordering::Relaxed)
    }

    fn set(&self, place: usize, value: u64) {
        self.word(place).store(value, Ordering::Relaxed);
    }

    fn word(&self, place: usize) -> &AtomicU64 {
        // SAFETY: the account stays mapped.
        let words: &[AtomicU64; WORDS] = unsafe { self.words.as_ref() };
        &words[place]
    }

    fn add(&self, place: usize, more: u64) {
        self.set(place, self.get(place).wrapping_add(more));
    }

    fn subtract(&self, place: usize, less: u64) {
        self.set(place, self.get(place).saturating_sub(less));
    }
}

/// A new account of this process.
fn new_file(folder: &CStr) -> Option<NonNull<[AtomicU64; WORDS]>> {
    // SAFETY: these only say who and when.
    let (pid, now) = unsafe {
        let mut now: libc::timespec = core::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now);
        (libc::getpid(), now)
    };
    let opened_ns = now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64;
    let folder = folder.to_str().ok()?;
    let path = CString::new(format!("{folder}/{pid}-{opened_ns}")).ok()?;
    let flags = libc::O_RDWR | libc::O_CREAT | libc::O_EXCL | libc::O_CLOEXEC;
    let mode: libc::mode_t = 0o600;
    // SAFETY: the path is a C string, and O_CREAT is given its mode.
    let file = unsafe { libc::open(path.as_ptr(), flags, mode) };
    if file < 0 {
        return None;
    }
    let bytes = WORDS * size_of::<u64>();
    // SAFETY: the descriptor is ours, and not used again after the mapping.
    let mapped = unsafe {
        let sized = libc::ftruncate(file, bytes as libc::off_t) == 0;
        let mapped = sized.then(|| map(bytes, libc::MAP_SHARED, file)).flatten();
        libc::close(file);
        mapped
    };
    let words: NonNull<[AtomicU64; WORDS]> = mapped?.cast();
    // SAFETY: just mapped, and it stays.
    let account = unsafe { words.as_ref() };
    account[word::PID].store(pid as u64, Ordering::Relaxed);
    account[word::OPENED_NS].store(opened_ns, Ordering::Relaxed);
    let mut name = [0u8; 16];
    // SAFETY: it writes at most 16 bytes.
    unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr()) };
    for (place, half) in name.as_chunks::<8>().0.iter().enumerate() {
        account[word::NAME + place].store(u64::from_ne_bytes(*half), Ordering::Relaxed);
    }
    account[word::MAGIC].store(MAGIC, Ordering::Release);
    Some(words)
}

/// A new mapping for reading and writing, of a file or of none.
fn map(bytes: usize, flags: i32, file: i32) -> Option<NonNull<c_void>> {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let flags = flags | libc::MAP_NORESERVE;
    // SAFETY: a mapping at an address of the kernel's choice takes the place of none.
    let mapped = unsafe { libc::mmap(ptr::null_mut(), bytes, access, flags, file, 0) };
    match mapped {
        libc::MAP_FAILED => None,
        mapped => NonNull::new(mapped),
    }
}
