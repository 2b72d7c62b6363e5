//! Mappings of the host: address space that is set aside and given back.

use std::io;
use std::ptr::NonNull;

/// Makes a mapping of `bytes` bytes at a multiple of `align`, a power of two.
///
/// If the address that the host chooses is not aligned, tries aligned addresses just
/// below it, because a limit on address space may not allow more than `bytes`. If other
/// mappings are in the way, maps `align` bytes more and unmaps the excess.
pub(super) fn map_aligned(bytes: usize, align: usize) -> io::Result<NonNull<u8>> {
    const TRIES: usize = 64;
    let first = map(0, bytes)?;
    if first.as_ptr().addr().is_multiple_of(align) {
        return Ok(first);
    }
    unmap(first, bytes);
    let below = first.as_ptr().addr() & !(align - 1);
    for step in 0..TRIES {
        let Some(place) = below.checked_sub(step * align).filter(|&place| place > 0) else {
            break;
        };
        match map(place, bytes) {
            Ok(base) if base.as_ptr().addr() == place => return Ok(base),
            Ok(elsewhere) => unmap(elsewhere, bytes),
            Err(_) => {}
        }
    }
    let room = map(0, bytes + align)?;
    let before = room.as_ptr().addr().next_multiple_of(align) - room.as_ptr().addr();
    // SAFETY: `before` is less than `align`, so both places are in the new mapping,
    // whose end is at most the end of the second.
    let (base, end) = unsafe { (room.add(before), room.add(before + bytes)) };
    unmap(room, before);
    unmap(end, align - before);
    Ok(base)
}

/// Makes a private mapping, at `place` if that is not 0 and nothing is there.
pub(super) fn map(place: usize, bytes: usize) -> io::Result<NonNull<u8>> {
    #[cfg(target_os = "linux")]
    let exactly = if place == 0 { 0 } else { libc::MAP_FIXED_NOREPLACE };
    #[cfg(not(target_os = "linux"))]
    let exactly = 0;
    // SAFETY: the new mapping does not replace another one: the kernel chooses the
    // address, or refuses `place` if another mapping is there.
    let base = unsafe {
        libc::mmap(
            std::ptr::without_provenance_mut(place),
            bytes,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_NORESERVE | exactly,
            -1,
            0,
        )
    };
    if base == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    NonNull::new(base.cast()).ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
}

/// Unmaps `bytes` bytes from `start`, if `bytes` is not 0. They must be part of a
/// mapping of this module, and must not be borrowed.
pub(super) fn unmap(start: NonNull<u8>, bytes: usize) {
    if bytes > 0 {
        // SAFETY: whole pages of a mapping of this module, that nothing refers to.
        unsafe { libc::munmap(start.as_ptr().cast(), bytes) };
    }
}

/// Asks the host for large pages in a part of a mapping of this module, so that fewer of them have
/// to be made one by one. A host that has none, or is not Linux, does nothing.
pub(super) fn prefer_large_pages(start: NonNull<u8>, bytes: usize) {
    #[cfg(target_os = "linux")]
    // SAFETY: the advice changes nothing that a program can see but time. It may be refused.
    unsafe {
        libc::madvise(start.as_ptr().cast(), bytes, libc::MADV_HUGEPAGE);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (start, bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excess_address_space_is_given_back() {
        let (bytes, align) = (64 << 10, 1 << 30);
        let base = map_aligned(bytes, align).unwrap();
        assert!(base.as_ptr().addr().is_multiple_of(align));
        unmap(base, bytes);
    }
}
