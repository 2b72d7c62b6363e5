//! The functions of the C library that an allocator may call.

/// Functions that copy, compare and search bytes; also with the names that some compilers give
/// them.
const OF_MEMORY: [&str; 29] = [
    "memset",
    "memcpy",
    "memmove",
    "mempcpy",
    "memcmp",
    "memchr",
    "memrchr",
    "bzero",
    "explicit_bzero",
    "bcopy",
    "bcmp",
    "strlen",
    "strnlen",
    "strcpy",
    "stpcpy",
    "strncpy",
    "strcat",
    "strncat",
    "strcmp",
    "strncmp",
    "strchr",
    "strrchr",
    "strstr",
    "__memset_chk",
    "__memcpy_chk",
    "__memmove_chk",
    "__strcpy_chk",
    "__strcat_chk",
    "__strncpy_chk",
];

/// Functions that only compute or print. What they print is not kept.
const FUNCTIONS: [&str; 44] = [
    "strerror",
    "__stack_chk_fail",
    // Printing.
    "printf",
    "fprintf",
    "vprintf",
    "vfprintf",
    "puts",
    "putchar",
    "fputs",
    "fputc",
    "putc",
    "fwrite",
    "fflush",
    "perror",
    "snprintf",
    "sprintf",
    "vsnprintf",
    "vsprintf",
    "stdout",
    "stderr",
    "__printf_chk",
    "__fprintf_chk",
    "__snprintf_chk",
    "__sprintf_chk",
    "__vsnprintf_chk",
    "__vfprintf_chk",
    // Numbers.
    "abs",
    "labs",
    "log",
    "log2",
    "pow",
    "sqrt",
    "ceil",
    "floor",
    "ldexp",
    "frexp",
    // What ends the process ends the row of the submission.
    "abort",
    "exit",
    "_exit",
    "__assert_fail",
    "__errno_location",
    "_GLOBAL_OFFSET_TABLE_",
    // Texts that become numbers.
    "atoi",
    "strtol",
];

/// Functions of the courses' memory system, which are there.
const OF_THE_LAB: [&str; 22] = [
    "mem_init",
    "mem_deinit",
    "mem_sbrk",
    "mem_heap_lo",
    "mem_heap_hi",
    "mem_heapsize",
    "mem_pagesize",
    "mem_reset_brk",
    "mm_sbrk",
    "mm_heap_lo",
    "mm_heap_hi",
    "mm_heapsize",
    "mm_pagesize",
    "mem_memcpy",
    "mem_memset",
    "mm_memcpy",
    "mm_memset",
    "mem_read",
    "mem_write",
    "heap_segment_start",
    "heap_segment_size",
    "extend_heap_segment",
];

/// Returns whether a submission may call a function, or use a variable, that it does not define.
pub fn is_allowed(name: &str) -> bool {
    OF_MEMORY.contains(&name)
        || FUNCTIONS.contains(&name)
        || OF_THE_LAB.contains(&name)
        || name == "init_heap_segment"
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_c_heap::WRAPPED;

    #[test]
    fn a_checked_run_sees_all_that_allowed_functions_do_to_memory() {
        for name in OF_MEMORY {
            assert!(WRAPPED.contains(&name), "{name} is allowed, and not seen by a checked run");
        }
    }
}
