//! Pointers of a program, and the addresses of the machine that they are.

use super::link::BASE;
use heaplab_arena::Addr;

/// Returns the program's pointer to an address; null is null.
pub(crate) fn pointer(addr: Addr) -> u64 {
    if addr.is_null() { 0 } else { BASE + u64::from(addr.to_word()) }
}

/// Returns the address of a pointer of the program, if it is into the machine.
pub(crate) fn addr_of(pointer: u64) -> Option<Addr> {
    let offset = pointer.checked_sub(BASE)?;
    u32::try_from(offset).ok().map(Addr::new)
}
