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
//! takes the bytes of a word that starts near the end.
//!
//! A probe can make the machine smaller if address space is limited
//! ([`Probe::BOUNDED`]). Each access is then first compared with the machine's end,
//! and an access past the end panics. The choice is part of the type, so a machine of
//! 4 GiB has no cost for it.
//!
//! The base is a multiple of the machine's size, rounded up to a power of two: an
//! address that is aligned in the machine is aligned in the host.
//!
//! The argument for each `unsafe` is the same. An offset is below `machine_bytes`,
//! because `machine_bytes` is 4 GiB or because the two were compared. So offset + size
//! <= machine_bytes + TAIL, and all of these bytes are mapped readable and writable for
//! as long as the `Reservation` exists.

use crate::Probe;
use crate::refusal::ReserveError;
use std::io;
use std::marker::PhantomData;
use std::os::fd::OwnedFd;
use std::ptr::NonNull;
use std::sync::Arc;

mod mapping;
mod sharing;

use mapping::{map, map_aligned, prefer_large_pages, unmap};

/// Bytes that a `u32` can address.
const MACHINE_BYTES: usize = 1 << 32;

/// Room behind the machine for an access that starts on its last byte. A whole
/// number of pages on every host (Apple's are 16 KiB).
const TAIL_BYTES: usize = 64 << 10;

/// Where a machine at low addresses starts: a multiple of 256 MiB, past what a program without
/// randomized addresses may have below.
const LOW_BASE: usize = 0x1000_0000;

/// A machine that uses less than this does not get large pages: to clear one may take longer than
/// the whole run.
const SMALL_BYTES: usize = 4 << 20;

/// Ranges longer than this are returned to the host instead of being
/// overwritten with zeros.
const DISCARD_BYTES: usize = 4 << 20;

const _: () = assert!(usize::BITS >= 64, "the machine needs a 64-bit host");

/// 4 GiB (and a tail) of the host's address space, zero until written; or less,
/// if the probe is [bounded](Probe::BOUNDED).
pub(crate) struct Reservation<P> {
    base: NonNull<u8>,
    /// 4 GiB, unless the probe is bounded. At most 4 GiB.
    machine_bytes: usize,
    /// The file that the memory is of, if other processes map it too.
    shared: Option<Arc<OwnedFd>>,
    probe: PhantomData<fn() -> P>,
}

// SAFETY: the mapping belongs to this value alone, and is reached only through
// `&self` and `&mut self`, so it may move to another thread with it. (It is not
// `Sync`: nothing here needs it to be.)
unsafe impl<P> Send for Reservation<P> {}

impl<P: Probe> Reservation<P> {
    /// Reserves 4 GiB; or, if the machine is bounded, `needed` bytes in whole units of 64 KiB.
    pub(crate) fn new(needed: u32) -> Result<Reservation<P>, ReserveError> {
        let machine_bytes =
            if P::BOUNDED { (needed as usize).next_multiple_of(TAIL_BYTES) } else { MACHINE_BYTES };
        let base = map_aligned(machine_bytes + TAIL_BYTES, machine_bytes.next_power_of_two())
            .map_err(|error| ReserveError::new(machine_bytes + TAIL_BYTES, error))?;
        Ok(Reservation { base, machine_bytes, shared: None, probe: PhantomData })
    }

    /// Moves an unused reservation to [`LOW_BASE`], unless another mapping is there. It is given
    /// back before, as a limit on address space may not allow two.
    pub(crate) fn move_low(&mut self) {
        let bytes = self.machine_bytes + TAIL_BYTES;
        unmap(self.base, bytes);
        self.shared = None;
        self.base = match map(LOW_BASE, bytes) {
            Ok(base) if base.as_ptr().addr() == LOW_BASE => base,
            other => {
                if let Ok(elsewhere) = other {
                    unmap(elsewhere, bytes);
                }
                let again = map_aligned(bytes, self.machine_bytes.next_power_of_two());
                // Without memory there is no machine, and a value of this type promises one.
                again.unwrap_or_else(|_| std::process::abort())
            }
        };
    }

    /// Has the host use large pages, past the machine's first [`SMALL_BYTES`].
    pub(crate) fn prefer_large_pages(&self) {
        if self.machine_bytes > SMALL_BYTES {
            // SAFETY: the offset is below `machine_bytes`.
            let start = unsafe { self.base.add(SMALL_BYTES) };
            prefer_large_pages(start, self.machine_bytes - SMALL_BYTES);
        }
    }

    /// Returns whether it starts at [`LOW_BASE`].
    pub(crate) fn is_low(&self) -> bool {
        self.base.as_ptr().addr() == LOW_BASE
    }

    /// Returns a pointer to the first byte. A write through it may change any byte, as that of
    /// `store` may.
    pub(crate) fn base(&mut self) -> *mut u8 {
        self.base.as_ptr()
    }

    /// Reads the word at `offset`, aligned or not.
    #[inline(always)]
    #[track_caller]
    pub(crate) fn load(&self, offset: u32) -> u32 {
        self.expect_inside(offset);
        // SAFETY: offset + 4 <= machine_bytes + TAIL, see the module's argument;
        // the read may be unaligned, and any bytes are a u32.
        u32::from_le(unsafe { self.at(offset).cast::<u32>().read_unaligned() })
    }

    /// Writes the word at `offset`, aligned or not.
    #[inline(always)]
    #[track_caller]
    pub(crate) fn store(&mut self, offset: u32, word: u32) {
        self.expect_inside(offset);
        // SAFETY: as in `load`; `&mut self` is the only borrow.
        unsafe { self.at(offset).cast::<u32>().write_unaligned(word.to_le()) }
    }

    /// Returns the `size` bytes from `offset`, or `None` if some are outside the machine.
    #[inline]
    pub(crate) fn bytes(&self, offset: u32, size: u32) -> Option<&[u8]> {
        self.is_range(offset, size).then_some(())?;
        // SAFETY: offset + size <= machine_bytes, mapped, initialized (zero pages),
        // and borrowed from self.
        Some(unsafe { std::slice::from_raw_parts(self.at(offset), size as usize) })
    }

    /// Returns the same bytes as `bytes` does, mutably borrowed.
    #[inline]
    pub(crate) fn bytes_mut(&mut self, offset: u32, size: u32) -> Option<&mut [u8]> {
        self.is_range(offset, size).then_some(())?;
        // SAFETY: as in `bytes`, and `&mut self` makes it the only borrow.
        Some(unsafe { std::slice::from_raw_parts_mut(self.at(offset), size as usize) })
    }

    /// Copies `size` bytes; the ranges may overlap. Returns `None`, and copies nothing,
    /// if some bytes of either range are outside the machine.
    pub(crate) fn copy(&mut self, from: u32, to: u32, size: u32) -> Option<()> {
        (self.is_range(from, size) && self.is_range(to, size)).then_some(())?;
        // SAFETY: both ranges are inside the machine; `copy` allows overlap.
        unsafe { std::ptr::copy(self.at(from), self.at(to), size as usize) };
        Some(())
    }

    /// Returns whether the `size` bytes from `offset` are all inside the machine.
    #[inline]
    fn is_range(&self, offset: u32, size: u32) -> bool {
        let end = offset.checked_add(size);
        end.is_some_and(|end| !P::BOUNDED || end as usize <= self.machine_bytes)
    }

    /// Panics if `offset` is past the end of a bounded machine. Does nothing for a
    /// machine of 4 GiB.
    #[inline(always)]
    #[track_caller]
    fn expect_inside(&self, offset: u32) {
        if P::BOUNDED && offset as usize >= self.machine_bytes {
            self.is_outside(offset);
        }
    }

    #[cold]
    #[track_caller]
    fn is_outside(&self, offset: u32) -> ! {
        panic!(
            "the word at {offset:#x} is past the end of this machine, {:#x}",
            self.machine_bytes
        );
    }

    /// Makes the bytes from `start` up to `end` read as zero, and gives memory back to
    /// the host where it can.
    pub(crate) fn zero_and_release(&mut self, start: u32, end: u32) {
        let large = end.saturating_sub(start) as usize > DISCARD_BYTES;
        if !(large && self.discard(start, end)) {
            self.zero(start, end);
        }
    }

    /// Makes the bytes from `start` up to `end` read as zero by writing them, so that
    /// their pages stay resident.
    pub(crate) fn zero(&mut self, start: u32, end: u32) {
        let size = end.saturating_sub(start);
        if let Some(bytes) = self.bytes_mut(start, size) {
            bytes.fill(0);
        }
    }

    /// Gives the whole pages between `start` and `end` back to the host, which makes them
    /// read as zero, and writes zeros to the bytes before and after these pages. Returns
    /// `false`, and does nothing, if there are no whole pages or the host refuses.
    #[cfg(target_os = "linux")]
    fn discard(&mut self, start: u32, end: u32) -> bool {
        const PAGE: u32 = TAIL_BYTES as u32;
        let (Some(first), last) = (start.checked_next_multiple_of(PAGE), end & !(PAGE - 1)) else {
            return false;
        };
        if first >= last {
            return false;
        }
        // The pages of a file are removed from the file.
        let advice = if self.shared.is_some() { libc::MADV_REMOVE } else { libc::MADV_DONTNEED };
        // SAFETY: whole pages of our own mapping, inside the machine; after MADV_DONTNEED a private
        // anonymous mapping reads as zero, and after MADV_REMOVE a shared one (madvise(2)).
        let refused =
            unsafe { libc::madvise(self.at(first).cast(), (last - first) as usize, advice) };
        if refused != 0 {
            return false;
        }
        self.zero(start, first);
        self.zero(last, end);
        true
    }

    /// Returns `false`: on other systems MADV_DONTNEED is only a hint.
    #[cfg(not(target_os = "linux"))]
    fn discard(&mut self, _start: u32, _end: u32) -> bool {
        false
    }

    /// Returns how many of the host's pages from `start` up to `end` are resident, and
    /// the bytes in one page.
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
            libc::mincore(self.base.as_ptr().add(first).cast(), pages * page, resident.as_mut_ptr())
        };
        if refused != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok((resident.iter().filter(|&&byte| byte & 1 == 1).count(), page))
    }

    /// Returns a pointer to the byte at `offset`, which must be inside the machine.
    #[inline(always)]
    fn at(&self, offset: u32) -> *mut u8 {
        // SAFETY: offset <= machine_bytes, so the result is inside the mapping.
        unsafe { self.base.as_ptr().add(offset as usize) }
    }
}

impl<P> Drop for Reservation<P> {
    fn drop(&mut self) {
        unmap(self.base, self.machine_bytes + TAIL_BYTES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Silent;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    /// The probe of a bounded machine.
    struct Bounded;

    impl Probe for Bounded {
        const BOUNDED: bool = true;
    }

    fn whole() -> Reservation<Silent> {
        Reservation::new(1).unwrap()
    }

    #[test]
    fn addresses_aligned_in_the_machine_are_aligned_in_the_host() {
        let machines: Vec<_> = (0..20).map(|_| whole()).collect();
        for machine in &machines {
            assert!(machine.at(0).addr().is_multiple_of(1 << 32));
        }
        for needed in [1, 70_000, 1 << 20, (1 << 26) + 1] {
            let small = Reservation::<Bounded>::new(needed).unwrap();
            let align = (needed as usize).next_power_of_two();
            assert!(small.at(0).addr().is_multiple_of(align), "{needed}");
        }
    }

    #[test]
    fn one_machine_at_a_time_has_the_low_addresses() {
        let (mut first, mut second) = (whole(), whole());
        first.move_low();
        second.move_low();
        assert!(first.is_low() && !second.is_low());
        first.store(70_000, 7);
        second.store(70_000, 8);
        assert_eq!((first.load(70_000), second.load(70_000)), (7, 8));
        drop(first);
        let mut third = whole();
        third.move_low();
        assert!(third.is_low());
    }

    #[test]
    fn a_bounded_machine_has_exactly_the_requested_bytes() {
        let mut space = Reservation::<Bounded>::new(1 << 20).unwrap();
        space.store((1 << 20) - 1, 7);
        assert_eq!(space.load((1 << 20) - 1), 7);
        assert!(space.bytes((1 << 20) - 8, 8).is_some());
        assert!(space.bytes_mut((1 << 20) - 8, 9).is_none());
        assert!(space.copy(0, 1 << 20, 4).is_none());
        for offset in [1 << 20, u32::MAX] {
            let loaded = catch_unwind(AssertUnwindSafe(|| space.load(offset)));
            assert!(loaded.is_err(), "{offset:#x}");
        }
    }

    #[test]
    fn the_last_address_can_be_loaded_and_stored() {
        let mut space = whole();
        space.store(u32::MAX, 0x0403_0201);
        assert_eq!(space.load(u32::MAX), 0x0403_0201);
    }

    #[test]
    fn byte_ranges_that_leave_the_machine_are_refused() {
        let mut space = whole();
        assert!(space.bytes(u32::MAX, 1).is_none());
        assert!(space.bytes_mut(u32::MAX - 7, 8).is_none());
        assert!(space.bytes(u32::MAX - 8, 8).is_some());
        assert!(space.copy(0, u32::MAX, 4).is_none());
    }

    #[test]
    fn a_discarded_range_is_zero_to_its_last_byte_and_no_further() {
        let mut space = whole();
        let (start, end) = (70_001, 9_000_003);
        space.bytes_mut(start - 1, end - start + 2).unwrap().fill(7);
        space.zero_and_release(start, end);
        assert!(space.bytes(start, end - start).unwrap().iter().all(|&byte| byte == 0));
        assert_eq!(space.bytes(start - 1, 1), Some(&[7][..]));
        assert_eq!(space.bytes(end, 1), Some(&[7][..]));
    }
}
