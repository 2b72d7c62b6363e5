//! The variables of a loaded object: where they are, and the values that they started with.

use std::ffi::c_void;
use std::ptr;

/// The parts of an object that its code can write.
pub(crate) struct Segments {
    /// Where the object is in the process.
    range: (usize, usize),
    variables: Vec<Variables>,
}

/// One part: bytes with values from the file, and zeros behind them.
struct Variables {
    start: *mut u8,
    values: Vec<u8>,
    /// Bytes of zeros behind the values.
    zeros: usize,
}

/// Above this many, zeros are not written: their pages are given back to the kernel.
const MANY_ZEROS: usize = 1 << 20;

/// What the walk over all objects looks for, and finds.
struct Walk {
    address: usize,
    found: Option<Segments>,
}

impl Segments {
    /// Returns those of the object that has this address in it, with the values of now.
    pub(crate) fn around(address: *const c_void) -> Option<Segments> {
        let mut walk = Walk { address: address.addr(), found: None };
        // SAFETY: `look` is called with headers of objects that stay loaded meanwhile, and with a
        // pointer to `walk`.
        unsafe { libc::dl_iterate_phdr(Some(look), (&raw mut walk).cast()) };
        walk.found
    }

    /// Gives all variables the values that they had.
    pub(crate) fn restore(&self) {
        for Variables { start, values, zeros } in &self.variables {
            // SAFETY: a part of the object that is mapped writable, and none of its code runs now.
            unsafe {
                ptr::copy_nonoverlapping(values.as_ptr(), *start, values.len());
                clear(start.add(values.len()), *zeros);
            }
        }
    }

    /// Returns the first address of the object, and its end.
    pub(crate) fn range(&self) -> (usize, usize) {
        self.range
    }
}

/// Sets bytes to zero.
///
/// # Safety
/// They must be writable, and of a private mapping without a file where they are whole pages.
unsafe fn clear(start: *mut u8, bytes: usize) {
    let page = 4096;
    let (first, end) = (start.addr().next_multiple_of(page), (start.addr() + bytes) & !(page - 1));
    // SAFETY: as the caller promises; a page that is given back reads as zero (madvise(2)).
    unsafe {
        if bytes > MANY_ZEROS
            && libc::madvise(
                start.add(first - start.addr()).cast(),
                end - first,
                libc::MADV_DONTNEED,
            ) == 0
        {
            ptr::write_bytes(start, 0, first - start.addr());
            ptr::write_bytes(start.add(end - start.addr()), 0, start.addr() + bytes - end);
        } else {
            ptr::write_bytes(start, 0, bytes);
        }
    }
}

/// Looks at one object of the process; returns 1 to end the walk.
unsafe extern "C" fn look(
    info: *mut libc::dl_phdr_info,
    _size: usize,
    walk: *mut c_void,
) -> libc::c_int {
    // SAFETY: dl_iterate_phdr passes a valid header, and the pointer to the walk.
    let (info, walk) = unsafe { (&*info, &mut *walk.cast::<Walk>()) };
    if info.dlpi_phdr.is_null() {
        return 0;
    }
    // SAFETY: the loader's table of segments.
    let headers =
        unsafe { std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
    let base = info.dlpi_addr as usize;
    let loaded = || headers.iter().filter(|header| header.p_type == libc::PT_LOAD);
    let end_of =
        |header: &libc::Elf64_Phdr| base + header.p_vaddr as usize + header.p_memsz as usize;
    let start = loaded().map(|header| base + header.p_vaddr as usize).min().unwrap_or(0);
    let end = loaded().map(end_of).max().unwrap_or(0);
    if !(start..end).contains(&walk.address) {
        return 0;
    }
    let relro = headers.iter().find(|header| header.p_type == libc::PT_GNU_RELRO);
    let variables = loaded().filter(|header| header.p_flags & libc::PF_W != 0).map(|header| {
        // What was relocated is read-only now, to the end of its last page.
        let start = base + header.p_vaddr as usize;
        let file_end = start + header.p_filesz as usize;
        let in_this = |relro: &&libc::Elf64_Phdr| {
            (start..end_of(header)).contains(&(base + relro.p_vaddr as usize))
        };
        let read_only = relro.filter(in_this).map_or(0, |relro| end_of(relro) & !0xfff);
        let from = start.max(read_only).min(end_of(header));
        let values_end = file_end.max(from);
        let start: *mut u8 = ptr::with_exposed_provenance_mut(from);
        // SAFETY: mapped by the loader, and readable.
        let values = unsafe { std::slice::from_raw_parts(start, values_end - from) }.to_vec();
        Variables { start, values, zeros: end_of(header) - values_end }
    });
    walk.found = Some(Segments { range: (start, end), variables: variables.collect() });
    1
}
