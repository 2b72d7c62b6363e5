//! Address space for the whole simulated machine, so that no access needs a
//! bounds check.
//!
//! ```text
//!  base                                            base + 4 GiB    + TAIL
//!  +------------------------------------------------+--------------+
//!  |  every u32 is an offset in here                |  tail        |
//!  +------------------------------------------------+--------------+
//! ```
//!
//! The host reserves 4 GiB and commits a page only when it is first touched
//! (as WebAssembly engines do). Any `u32` is then a valid offset, and the tail
//! takes the bytes of a word that starts near the end. This is the one module
//! of the crate with `unsafe` in it; the argument is the same each time:
//! offset < 4 GiB, offset + size <= 4 GiB + TAIL, all of it mapped readable and
//! writable for as long as the `Reservation` lives.

use std::fmt;
use std::io;
use std::ptr::NonNull;

/// Bytes that a `u32` can address.
const MACHINE_BYTES: usize = 1 << 32;

/// Room behind the machine for an access that starts on its last byte. A whole
/// number of pages on every host (Apple's are 16 KiB).
const TAIL_BYTES: usize = 64 << 10;

const RESERVED_BYTES: usize = MACHINE_BYTES + TAIL_BYTES;

/// Ranges longer than this are returned to the host instead of being
/// overwritten with zeros.
const DISCARD_BYTES: usize = 4 << 20;

const _: () = assert!(usize::BITS >= 64, "the machine needs a 64-bit host");

/// The host would not set aside address space for the machine.
#[derive(Debug)]
pub struct ReserveError(io::Error);

impl fmt::Display for ReserveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the host refused to reserve 4 GiB of address space for the simulated machine: {}\n\
             help: the space is only set aside, not used; raise the limit with `ulimit -v unlimited`, \
             and if /proc/sys/vm/overcommit_memory is 2, set it to 0 or 1",
            self.0
        )
    }
}

impl std::error::Error for ReserveError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// 4 GiB (and a tail) of the host's address space, zero until written.
pub(crate) struct Reservation {
    base: NonNull<u8>,
}

// SAFETY: the mapping belongs to this value alone, and is reached only through
// `&self` and `&mut self`, so it may move to another thread with it. (It is not
// `Sync`: nothing here needs it to be.)
unsafe impl Send for Reservation {}

impl Reservation {
    /// Reserves the space.
    pub(crate) fn new() -> Result<Reservation, ReserveError> {
        // SAFETY: a new private mapping at an address of the kernel's choice
        // touches no memory that exists.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                RESERVED_BYTES,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if base == libc::MAP_FAILED {
            return Err(ReserveError(io::Error::last_os_error()));
        }
        let base = NonNull::new(base.cast()).ok_or_else(|| {
            ReserveError(io::Error::other("the host mapped the space at address 0"))
        })?;
        Ok(Reservation { base })
    }

    /// Reads the word at `offset`, aligned or not.
    #[inline(always)]
    pub(crate) fn load(&self, offset: u32) -> u32 {
        // SAFETY: offset + 4 <= 4 GiB + TAIL, see the module's argument; the
        // read may be unaligned, and any bytes are a u32.
        u32::from_le(unsafe { self.at(offset).cast::<u32>().read_unaligned() })
    }

    /// Writes the word at `offset`, aligned or not.
    #[inline(always)]
    pub(crate) fn store(&mut self, offset: u32, word: u32) {
        // SAFETY: as in `load`; `&mut self` means nobody else looks.
        unsafe { self.at(offset).cast::<u32>().write_unaligned(word.to_le()) }
    }

    /// The `size` bytes from `offset`, or `None` if they leave the machine.
    #[inline]
    pub(crate) fn bytes(&self, offset: u32, size: u32) -> Option<&[u8]> {
        offset.checked_add(size)?;
        // SAFETY: offset + size < 4 GiB, mapped, initialized (zero pages), and
        // borrowed from self.
        Some(unsafe { std::slice::from_raw_parts(self.at(offset), size as usize) })
    }

    /// The same, to write to.
    #[inline]
    pub(crate) fn bytes_mut(&mut self, offset: u32, size: u32) -> Option<&mut [u8]> {
        offset.checked_add(size)?;
        // SAFETY: as in `bytes`, and `&mut self` makes it the only borrow.
        Some(unsafe { std::slice::from_raw_parts_mut(self.at(offset), size as usize) })
    }

    /// Copies `size` bytes, which may overlap. `None`, and nothing copied, if
    /// either end leaves the machine.
    pub(crate) fn copy(&mut self, from: u32, to: u32, size: u32) -> Option<()> {
        from.checked_add(size)?;
        to.checked_add(size)?;
        // SAFETY: both ranges are inside the machine; `copy` allows overlap.
        unsafe { std::ptr::copy(self.at(from), self.at(to), size as usize) };
        Some(())
    }

    /// Makes the bytes from `start` up to `end` read as zero, and gives the host
    /// back what memory it can.
    pub(crate) fn zero_and_release(&mut self, start: u32, end: u32) {
        let large = end.saturating_sub(start) as usize > DISCARD_BYTES;
        if !(large && self.discard(start, end)) {
            self.zero(start, end);
        }
    }

    /// Makes the bytes from `start` up to `end` read as zero, by writing them:
    /// their pages stay at hand.
    pub(crate) fn zero(&mut self, start: u32, end: u32) {
        let size = end.saturating_sub(start);
        if let Some(bytes) = self.bytes_mut(start, size) {
            bytes.fill(0);
        }
    }

    /// Gives the pages between `start` and `end` back to the host, to be zero
    /// when next touched, and overwrites what is left of the two end pages.
    /// `false`, and nothing done, where the host does not promise zeros.
    #[cfg(target_os = "linux")]
    fn discard(&mut self, start: u32, end: u32) -> bool {
        const PAGE: u32 = TAIL_BYTES as u32;
        let (Some(first), last) = (start.checked_next_multiple_of(PAGE), end & !(PAGE - 1)) else {
            return false;
        };
        if first >= last {
            return false;
        }
        // SAFETY: whole pages of our own mapping, inside the machine; after
        // MADV_DONTNEED a private anonymous mapping reads as zero (madvise(2)).
        let refused = unsafe {
            libc::madvise(
                self.at(first).cast(),
                (last - first) as usize,
                libc::MADV_DONTNEED,
            )
        };
        if refused != 0 {
            return false;
        }
        self.zero(start, first);
        self.zero(last, end);
        true
    }

    /// Other systems' MADV_DONTNEED is only a hint.
    #[cfg(not(target_os = "linux"))]
    fn discard(&mut self, _start: u32, _end: u32) -> bool {
        false
    }

    /// How many of the host's pages from `start` up to `end` hold memory, and
    /// their size in bytes.
    pub(crate) fn resident_pages(&self, start: u32, end: u32) -> io::Result<(usize, usize)> {
        // SAFETY: sysconf only reads a constant.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) })
            .map_err(|_| io::Error::last_os_error())?;
        let first = start as usize / page * page;
        let pages = (end as usize).saturating_sub(first).div_ceil(page);
        let mut resident = vec![0; pages];
        if pages == 0 {
            return Ok((0, page));
        }
        // SAFETY: whole pages of our own mapping; `resident` has a byte for
        // each, and mincore writes no more than that.
        let refused = unsafe {
            libc::mincore(
                self.base.as_ptr().add(first).cast(),
                pages * page,
                resident.as_mut_ptr(),
            )
        };
        if refused != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok((resident.iter().filter(|&&byte| byte & 1 == 1).count(), page))
    }

    #[inline(always)]
    fn at(&self, offset: u32) -> *mut u8 {
        // SAFETY: offset < 4 GiB, so the result is inside the mapping.
        unsafe { self.base.as_ptr().add(offset as usize) }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // SAFETY: exactly what `new` mapped, and no borrow of it is left.
        unsafe { libc::munmap(self.base.as_ptr().cast(), RESERVED_BYTES) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_address_can_be_loaded_and_stored() {
        let mut space = Reservation::new().unwrap();
        space.store(u32::MAX, 0x0403_0201);
        assert_eq!(space.load(u32::MAX), 0x0403_0201);
    }

    #[test]
    fn byte_ranges_that_leave_the_machine_are_refused() {
        let mut space = Reservation::new().unwrap();
        assert!(space.bytes(u32::MAX, 1).is_none());
        assert!(space.bytes_mut(u32::MAX - 7, 8).is_none());
        assert!(space.bytes(u32::MAX - 8, 8).is_some());
        assert!(space.copy(0, u32::MAX, 4).is_none());
    }

    #[test]
    fn a_discarded_range_is_zero_to_its_last_byte_and_no_further() {
        let mut space = Reservation::new().unwrap();
        let (start, end) = (70_001, 9_000_003);
        space.bytes_mut(start - 1, end - start + 2).unwrap().fill(7);
        space.zero_and_release(start, end);
        assert!(
            space
                .bytes(start, end - start)
                .unwrap()
                .iter()
                .all(|&byte| byte == 0)
        );
        assert_eq!(space.bytes(start - 1, 1), Some(&[7][..]));
        assert_eq!(space.bytes(end, 1), Some(&[7][..]));
    }
}
