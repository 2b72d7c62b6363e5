//! How the checked build is made, and which functions of the C library it sees.

/// What the checked build is compiled with, besides the flags of every build, and after them.
pub(crate) const CHECKED_FLAGS: [&str; 4] =
    ["-fsanitize=thread", "-fno-builtin", NOT_HARDENED, "-fno-optimize-sibling-calls"];

/// More flags for clang: to report the read of a word that is written afterwards.
pub(crate) const CLANG_FLAGS: [&str; 2] = ["-mllvm", "-tsan-instrument-read-before-write=1"];

/// The first version of clang that knows [`CLANG_FLAGS`].
const CLANG_VERSION: u32 = 11;

/// Returns the flags that only clang gets; `version` is what the compiler says of itself.
pub(crate) fn flags_of_clang(version: &str) -> &'static [&'static str] {
    let number = version.split_once("clang version ").map_or("", |(_, number)| number);
    let number = number.split('.').next().and_then(|number| number.parse().ok());
    if number.is_some_and(|number: u32| number >= CLANG_VERSION) { &CLANG_FLAGS } else { &[] }
}

/// In a hardened program, as some systems make it unless told otherwise, the text of `string.h` is
/// another, and `memset` of a few bytes becomes a store that clang does not report.
pub(crate) const NOT_HARDENED: &str = "-U_FORTIFY_SOURCE";

/// The functions of the C library whose calls the linker sends to `runtime/checked.c`, which
/// reports what they read and write: those of `string.h`, also with the names that a compiler gives
/// them where a program is hardened (`-D_FORTIFY_SOURCE`).
pub const WRAPPED: [&str; 32] = [
    "memset",
    "memcpy",
    "memmove",
    "mempcpy",
    "bzero",
    "explicit_bzero",
    "bcopy",
    "memcmp",
    "bcmp",
    "memchr",
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
    "memrchr",
    "strstr",
    "__memset_chk",
    "__memcpy_chk",
    "__memmove_chk",
    "__mempcpy_chk",
    "__strcpy_chk",
    "__stpcpy_chk",
    "__strncpy_chk",
    "__strcat_chk",
    "__strncat_chk",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clang_that_knows_the_flags_gets_them() {
        let is_told = |version| !flags_of_clang(version).is_empty();
        assert!(is_told("Debian clang version 14.0.6"));
        assert!(is_told("clang version 21.1.0git (https://github.com/llvm/llvm-project 1a2b3c)"));
        assert!(!is_told("clang version 10.0.0-4ubuntu1"));
        assert!(!is_told("gcc (Debian 12.2.0-14) 12.2.0"));
    }

    #[test]
    fn the_runtime_has_each_function_that_calls_are_sent_to() {
        let runtime = include_str!("../runtime/checked.c");
        let begins = |line: &&str| line.contains("__wrap_") && !line.starts_with(' ');
        let defined: Vec<&str> = runtime.lines().filter(begins).collect();
        assert_eq!(defined.len(), WRAPPED.len());
        for name in WRAPPED {
            let start = format!("__wrap_{name}(");
            assert!(defined.iter().any(|line| line.contains(&start)), "{name}");
        }
    }
}
