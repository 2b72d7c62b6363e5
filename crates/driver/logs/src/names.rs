//! The functions of an allocator by their names, in C and in C++'s object files.
//!
//! | name | arguments |
//! |---|---|
//! | malloc, valloc, pvalloc | bytes |
//! | calloc | count, bytes |
//! | realloc, reallocarray | block, bytes; block, count, bytes |
//! | memalign, aligned_alloc | alignment, bytes |
//! | posix_memalign | where to store the block, alignment, bytes |
//! | free, cfree, free_sized, free_aligned_sized | block, ... |
//! | `_Znwm..`, `_Znam..` (operator new) | bytes, perhaps alignment |
//! | `_ZdlPv..`, `_ZdaPv..` (operator delete) | block, ... |

/// What a function does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Malloc,
    Calloc,
    Realloc,
    ReallocArray,
    /// Alignment first, then bytes.
    Memalign,
    PosixMemalign,
    /// Memory that begins on a page.
    Valloc,
    /// As `Valloc`, with as many whole pages as the bytes need.
    Pvalloc,
    /// `operator new` with an alignment: bytes first, then the alignment.
    AlignedNew,
    Free,
}

/// Returns the function with that name, if it is an allocator's.
pub(crate) fn function(name: &[u8]) -> Option<Function> {
    Some(match name {
        b"malloc" | b"__libc_malloc" | b"__builtin_new" | b"__builtin_vec_new" => Function::Malloc,
        b"calloc" | b"__libc_calloc" => Function::Calloc,
        b"realloc" | b"__libc_realloc" => Function::Realloc,
        b"reallocarray" | b"__libc_reallocarray" => Function::ReallocArray,
        b"memalign" | b"aligned_alloc" | b"__libc_memalign" => Function::Memalign,
        b"posix_memalign" | b"__posix_memalign" => Function::PosixMemalign,
        b"valloc" | b"__libc_valloc" => Function::Valloc,
        b"pvalloc" | b"__libc_pvalloc" => Function::Pvalloc,
        b"free" | b"cfree" | b"__libc_free" | b"free_sized" | b"free_aligned_sized" => {
            Function::Free
        }
        b"__builtin_delete" | b"__builtin_vec_delete" => Function::Free,
        _ => return operator(name),
    })
}

/// Returns the function of an operator of C++: `nw` and `na` take a size as long (`m`) or int
/// (`j`), `dl` and `da` a pointer to void (`Pv`).
fn operator(name: &[u8]) -> Option<Function> {
    let is_aligned = crate::scan::find(name, "St11align_val_t").is_some();
    match name.get(..5)? {
        b"_Znwm" | b"_Znwj" | b"_Znam" | b"_Znaj" if is_aligned => Some(Function::AlignedNew),
        b"_Znwm" | b"_Znwj" | b"_Znam" | b"_Znaj" => Some(Function::Malloc),
        b"_ZdlP" | b"_ZdaP" if name.get(5) == Some(&b'v') => Some(Function::Free),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_c_and_operators_of_cpp_are_recognized() {
        for (name, right) in [
            ("malloc", Some(Function::Malloc)),
            ("_Znwm", Some(Function::Malloc)),
            ("_ZnwmRKSt9nothrow_t", Some(Function::Malloc)),
            ("_Znaj", Some(Function::Malloc)),
            ("_ZnwmSt11align_val_t", Some(Function::AlignedNew)),
            ("_ZdlPvm", Some(Function::Free)),
            ("_ZdaPvSt11align_val_tRKSt9nothrow_t", Some(Function::Free)),
            ("aligned_alloc", Some(Function::Memalign)),
            ("strdup", None),
            ("malloc_usable_size", None),
            ("mallocx", None),
            ("_ZdlP", None),
            ("", None),
        ] {
            assert_eq!(function(name.as_bytes()), right, "{name}");
        }
    }
}
