//! The table of a process's blocks, in a file that stays mapped: which blocks are live, which were
//! live at the peak, and how each begins.
//!
//! ```text
//!  a call gives out a block     its record is written; its content is copied at the next call,
//!                               when the program has had time to fill it
//!  payload is at a new peak     the number of the call is noted, and the departed are forgotten
//!  a block is taken back        its record is cleared; if it was live at the peak, it departs
//! ```
//!
//! So the blocks of the peak are the live ones that are not younger than the peak, and the
//! departed. No call costs more than a few stores, however many blocks there are.
//!
//! The file's pages are made before they are written: without room on the disk, a store would end
//! the program. The numbers of calls are also kept in memory of the process's own, so that a forked
//! child begins with those of its parent at the fork.

use crate::format::MAGIC;
use crate::format::blocks::{
    DEPARTED_BYTES, GRANULE_BYTES, HEADER_BYTES, MOST_CONTENT_BYTES, NEVER, RECORD_BYTES,
    content_at, departed_at, file_bytes, record_at, word,
};
use crate::mapping::map;
use crate::serve::Serve;
use core::ffi::CStr;
use core::fmt::Write;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The table of this process's blocks.
pub struct Blocks {
    folder: Path,
    limit_bytes: u64,
    /// For each place where a block may begin: the number of the call that gave it out, 0 for none.
    calls: NonNull<u64>,
    /// For each part of the file of [`HEADER_BYTES`]: whether its pages were made.
    has_pages: NonNull<u8>,
    /// The file, while it is kept.
    file: Option<NonNull<u8>>,
    last_call: u64,
    peak_call: u64,
    departed: u64,
    /// The block whose content is to be copied at the next call, and its size.
    unseen: Option<(u32, u32)>,
    /// The number of a block that is being resized, and whether it has departed.
    resized: (u64, bool),
}

/// A block: where it is in the heap segment, its requested bytes, and its usable bytes.
#[derive(Clone, Copy)]
pub struct Block {
    pub offset: u32,
    pub size: u32,
    pub usable: u32,
}

impl Blocks {
    /// Makes the table of the process with the account at `place`. If the file can't be made, there
    /// is no table.
    pub fn open(folder: &CStr, place: usize, heap: &dyn Serve) -> Option<Blocks> {
        let private = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let limit_bytes = u64::from(heap.limit_bytes());
        let granules = limit_bytes.div_ceil(GRANULE_BYTES) as usize;
        let calls = map(granules * size_of::<u64>(), private, -1)?;
        let parts = (file_bytes(limit_bytes) / HEADER_BYTES) as usize;
        let mut blocks = Blocks {
            folder: Path::of(folder)?,
            limit_bytes,
            calls: calls.cast(),
            has_pages: map(parts, private, -1)?.cast(),
            file: None,
            last_call: 0,
            peak_call: 0,
            departed: 0,
            unseen: None,
            resized: (0, false),
        };
        blocks.begin(place, heap);
        Some(blocks)
    }

    /// Makes the file of the process with the account at `place`, without blocks.
    fn begin(&mut self, place: usize, heap: &dyn Serve) {
        let bytes = file_bytes(self.limit_bytes);
        self.file = self.folder.file(place).and_then(|path| map_new_file(path, bytes));
        self.peak_call = self.last_call;
        self.departed = 0;
        self.set(word::BASE, heap.machine_start().addr().get() as u64);
        self.set(word::LIMIT_BYTES, self.limit_bytes);
        self.set(word::FIRST_CALL, self.last_call);
        self.set(word::LAST_CALL, self.last_call);
        self.set(word::PEAK_CALL, self.peak_call);
        self.set(word::CONTENT_CALL, NEVER);
        self.set(0, MAGIC);
    }

    /// Begins the table of a forked child with the blocks of its parent. `size_at` returns the
    /// requested bytes of a block.
    pub fn begin_in_child(&mut self, place: usize, heap: &dyn Serve, size_at: &dyn Fn(u32) -> u32) {
        if let Some(file) = self.file.take() {
            // SAFETY: the mapping is this table's, which does not use it any more. It is the
            // parent's file, which must not be written here.
            unsafe { libc::munmap(file.as_ptr().cast(), file_bytes(self.limit_bytes) as usize) };
        }
        let parts = (file_bytes(self.limit_bytes) / HEADER_BYTES) as usize;
        // SAFETY: a mapping of the process's own, of this size; its bytes read as 0 afterwards.
        unsafe { libc::madvise(self.has_pages.as_ptr().cast(), parts, libc::MADV_DONTNEED) };
        self.begin(place, heap);
        self.each_live(heap, &mut |blocks, offset, call| {
            let usable = heap.usable_bytes(offset).unwrap_or(0);
            let block = Block { offset, size: size_at(offset), usable };
            blocks.write_record(block, call);
            blocks.see(heap, offset, block.size);
        });
    }

    /// Begins a call that was not refused: copies the content of the last block given out.
    pub fn called(&mut self, heap: &dyn Serve) {
        self.last_call += 1;
        self.set(word::LAST_CALL, self.last_call);
        if let Some((offset, size)) = self.unseen.take() {
            self.see(heap, offset, size);
        }
    }

    /// Notes that the current call gave out a block.
    pub fn hold(&mut self, block: Block) {
        self.hold_from(block, self.last_call);
        self.unseen = Some((block.offset, block.size));
    }

    /// Notes that payload is at a new peak after the current call.
    pub fn note_peak(&mut self) {
        self.departed = 0;
        self.peak_call = self.last_call;
        self.set(word::DEPARTED, 0);
        self.set(word::PEAK_CALL, self.peak_call);
    }

    /// Notes that a block is about to be given back, or resized.
    pub fn leaves(&mut self, heap: &dyn Serve, block: Block) {
        self.unseen = self.unseen.filter(|&(offset, _)| offset != block.offset);
        let call = self.call_at(block.offset);
        let departs = call != 0 && call <= self.peak_call;
        if departs {
            self.depart(heap, block, call);
        }
        self.resized = (call, departs);
        self.set_call_at(block.offset, 0);
        if let Some(record) = self.record(block.offset) {
            record.store(0, Ordering::Release);
        }
    }

    /// Notes that the block that [left](Blocks::leaves) last is live again, unchanged.
    pub fn kept(&mut self, block: Block) {
        let (call, has_departed) = self.resized;
        self.hold_from(block, call);
        if has_departed {
            self.departed -= 1;
            self.set(word::DEPARTED, self.departed);
        }
    }

    /// Copies the contents of all blocks: the process is about to end.
    pub fn see_all(&mut self, heap: &dyn Serve, size_at: &dyn Fn(u32) -> u32) {
        self.each_live(heap, &mut |blocks, offset, _| blocks.see(heap, offset, size_at(offset)));
        self.set(word::CONTENT_CALL, self.last_call);
    }

    fn hold_from(&mut self, block: Block, call: u64) {
        self.set_call_at(block.offset, call);
        self.write_record(block, call);
    }

    fn write_record(&mut self, block: Block, call: u64) {
        let Some(record) = self.record(block.offset) else { return };
        let sizes = ptr::from_ref(record).wrapping_add(1).cast::<AtomicU32>();
        // SAFETY: a record has two 32-bit words behind the number of its call.
        let (size, usable) = unsafe { (&*sizes, &*sizes.add(1)) };
        size.store(block.size, Ordering::Relaxed);
        usable.store(block.usable, Ordering::Relaxed);
        record.store(call, Ordering::Release);
    }

    fn depart(&mut self, heap: &dyn Serve, block: Block, call: u64) {
        let at = departed_at(self.limit_bytes, self.departed);
        let Some(place) = self.pages(at, DEPARTED_BYTES) else { return };
        // SAFETY: these pages are mapped, and a departed block is aligned to 8 bytes.
        unsafe {
            place.cast::<[u64; 2]>().write([block.offset.into(), call]);
            place.add(16).cast::<[u32; 2]>().write([block.size, block.usable]);
        }
        copy_content(heap, block.offset, block.size, place.wrapping_add(24));
        self.departed += 1;
        self.set(word::DEPARTED, self.departed);
    }

    /// Copies the content of a live block.
    fn see(&mut self, heap: &dyn Serve, offset: u32, size: u32) {
        let at = content_at(self.limit_bytes, offset.into());
        if let Some(place) = self.pages(at, u64::from(size.min(MOST_CONTENT_BYTES as u32))) {
            copy_content(heap, offset, size, place);
        }
    }

    fn each_live(&mut self, heap: &dyn Serve, act: &mut dyn FnMut(&mut Blocks, u32, u64)) {
        for offset in (0..heap.heap_bytes()).step_by(GRANULE_BYTES as usize) {
            let call = self.call_at(offset);
            if call != 0 {
                act(self, offset, call);
            }
        }
    }

    fn call_at(&self, offset: u32) -> u64 {
        // SAFETY: every offset has its place among the numbers.
        unsafe { *self.place_of(offset) }
    }

    fn set_call_at(&mut self, offset: u32, call: u64) {
        // SAFETY: as above.
        unsafe { *self.place_of(offset) = call }
    }

    fn place_of(&self, offset: u32) -> *mut u64 {
        self.calls.as_ptr().wrapping_add(offset as usize / GRANULE_BYTES as usize)
    }

    fn record(&mut self, offset: u32) -> Option<&'static AtomicU64> {
        let place = self.pages(record_at(offset.into()), RECORD_BYTES)?;
        // SAFETY: the file stays mapped while it is kept, and a record is aligned to 16 bytes.
        Some(unsafe { AtomicU64::from_ptr(place.cast()) })
    }

    fn set(&mut self, word: usize, value: u64) {
        if let Some(place) = self.pages(word as u64 * 8, 8) {
            // SAFETY: as above; words are aligned to 8 bytes.
            unsafe { AtomicU64::from_ptr(place.cast()).store(value, Ordering::Release) };
        }
    }

    /// Returns a place in the file, with pages for the next `bytes` bytes, at most
    /// [`HEADER_BYTES`]. If there is no room for them, the table is given up.
    fn pages(&mut self, at: u64, bytes: u64) -> Option<*mut u8> {
        let file = self.file?;
        for part in [at / HEADER_BYTES, (at + bytes.max(1) - 1) / HEADER_BYTES] {
            let has_pages = self.has_pages.as_ptr().wrapping_add(part as usize);
            // SAFETY: every part of the file has its byte.
            unsafe {
                if *has_pages == 0 {
                    if !make_pages(file.as_ptr().wrapping_add((part * HEADER_BYTES) as usize)) {
                        self.give_up(file);
                        return None;
                    }
                    *has_pages = 1;
                }
            }
        }
        Some(file.as_ptr().wrapping_add(at as usize))
    }

    #[cold]
    fn give_up(&mut self, file: NonNull<u8>) {
        self.file = None;
        // SAFETY: the header's pages were made first; without them, there is nothing to mark.
        unsafe {
            if *self.has_pages.as_ptr() != 0 {
                let words = file.as_ptr().cast::<u64>();
                AtomicU64::from_ptr(words.add(word::STOPPED)).store(1, Ordering::Relaxed);
            }
        }
    }
}

/// Linux's MADV_POPULATE_WRITE, of 5.14.
const MADV_POPULATE_WRITE: i32 = 23;

/// Makes the pages of a part of the file; false if there is no room. An older kernel can't make
/// them before they are written.
#[cold]
fn make_pages(part: *mut u8) -> bool {
    // SAFETY: the part is mapped from the file.
    unsafe {
        libc::madvise(part.cast(), HEADER_BYTES as usize, MADV_POPULATE_WRITE) == 0
            || *crate::glibc::errno_place() == libc::EINVAL
    }
}

/// Copies the first bytes of a block. Other threads of the program may be writing them.
fn copy_content(heap: &dyn Serve, offset: u32, size: u32, to: *mut u8) {
    let from = heap.machine_start().as_ptr().wrapping_add(offset as usize);
    let bytes = (size as usize).min(MOST_CONTENT_BYTES);
    let words = bytes / 8;
    for word in 0..words {
        // SAFETY: the block is in the heap segment, and has these bytes; both are aligned to 8.
        unsafe { to.cast::<u64>().add(word).write(from.cast::<u64>().add(word).read_volatile()) };
    }
    for byte in 8 * words..bytes {
        // SAFETY: as above.
        unsafe { to.add(byte).write(from.add(byte).read_volatile()) };
    }
}

/// Makes a file of this size that is all hole, and maps it. The process keeps no descriptor.
fn map_new_file(path: &CStr, bytes: u64) -> Option<NonNull<u8>> {
    let flags = libc::O_RDWR | libc::O_CREAT | libc::O_EXCL | libc::O_CLOEXEC;
    // SAFETY: the path is a C string; the limit and the descriptor are this function's.
    unsafe {
        let mut limit: libc::rlimit = core::mem::zeroed();
        libc::getrlimit(libc::RLIMIT_FSIZE, &mut limit);
        if limit.rlim_cur < bytes {
            return None; // A file beyond the limit would end the process by a signal.
        }
        let file = libc::open(path.as_ptr(), flags, 0o600);
        if file < 0 {
            return None;
        }
        let is_long = libc::ftruncate(file, bytes as i64) == 0;
        let mapped = is_long.then(|| map(bytes as usize, libc::MAP_SHARED, file));
        libc::close(file);
        mapped.flatten().map(NonNull::cast)
    }
}

/// A path of the environment, copied because the program may change its environment.
struct Path {
    bytes: [u8; MOST_PATH],
    length: usize,
}

const MOST_PATH: usize = 1024;

impl Path {
    fn of(path: &CStr) -> Option<Path> {
        let path = path.to_bytes();
        let mut bytes = [0; MOST_PATH];
        bytes.get_mut(..path.len())?.copy_from_slice(path);
        Some(Path { bytes, length: path.len() })
    }

    /// Returns the path of the file for the account at `place`.
    fn file(&mut self, place: usize) -> Option<&CStr> {
        let mut end = Tail(&mut self.bytes[self.length..]);
        write!(end, "/blocks.{place}\0").ok()?;
        CStr::from_bytes_until_nul(&self.bytes).ok()
    }
}

/// The unused bytes of a path.
struct Tail<'a>(&'a mut [u8]);

impl Write for Tail<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let tail = core::mem::take(&mut self.0);
        let (now, later) = tail.split_at_mut_checked(text.len()).ok_or(core::fmt::Error)?;
        now.copy_from_slice(text.as_bytes());
        self.0 = later;
        Ok(())
    }
}
