//! The interfaces of the courses: which functions a file has, and how they are called.

use crate::text::prototype;
use heaplab_support::Error;
use std::fmt::Write;

/// The names of one course's functions.
#[derive(Debug, PartialEq, Eq)]
pub struct Family {
    /// Its name on the command line.
    pub name: &'static str,
    /// Where it is used.
    pub about: &'static str,
    /// Sets up an empty heap.
    pub init: &'static str,
    /// Allocates.
    pub malloc: &'static str,
    /// Frees.
    pub free: &'static str,
    /// Resizes.
    pub realloc: &'static str,
    /// Allocates zeros.
    pub calloc: &'static str,
    /// Checks the heap; the first one that is there.
    pub checks: &'static [&'static str],
}

/// All of them. A file has the first one whose `malloc` and `free` it defines.
pub const FAMILIES: [Family; 5] = [
    Family {
        name: "cmu",
        about: "CS:APP's malloc lab and most courses that use it: mm_init, mm_malloc, ...",
        init: "mm_init",
        malloc: "mm_malloc",
        free: "mm_free",
        realloc: "mm_realloc",
        calloc: "mm_calloc",
        checks: &["mm_checkheap", "mm_check"],
    },
    Family {
        name: "mit",
        about: "MIT 6.172: my_init, my_malloc, ...",
        init: "my_init",
        malloc: "my_malloc",
        free: "my_free",
        realloc: "my_realloc",
        calloc: "my_calloc",
        checks: &["my_check"],
    },
    Family {
        name: "cs107",
        about: "Stanford CS107, with a segment that is given or one that grows: myinit, mymalloc, ...",
        init: "myinit",
        malloc: "mymalloc",
        free: "myfree",
        realloc: "myrealloc",
        calloc: "mycalloc",
        checks: &["validate_heap"],
    },
    Family {
        name: "cmu-malloc",
        about: "CMU's lab without its macros: mm_init, malloc, ...",
        init: "mm_init",
        malloc: "malloc",
        free: "free",
        realloc: "realloc",
        calloc: "calloc",
        checks: &["mm_checkheap", "mm_check"],
    },
    Family {
        name: "malloc",
        about: "the C library's names, without a function that sets up the heap: malloc, ...",
        init: "malloc_init",
        malloc: "malloc",
        free: "free",
        realloc: "realloc",
        calloc: "calloc",
        checks: &["malloc_check"],
    },
];

/// The functions by which a file is known to be a heap.
pub(crate) const INITS: &[&str] = &["mm_init", "my_init", "myinit"];

/// Functions of a course's own files, instead of which the lab's are used.
pub(crate) const SUPPORT: &[&str] = &["mem_sbrk", "mem_init", "init_heap_segment"];

impl Family {
    /// Returns the one with this name.
    ///
    /// # Errors
    /// If there is none; the message lists them.
    pub fn named(name: &str) -> Result<&'static Family, Error> {
        FAMILIES.iter().find(|family| family.name == name).ok_or_else(|| {
            let mut message =
                format!("error: there is no interface `{name}` of heaps in C\nhelp: there are:");
            for family in &FAMILIES {
                let _ = write!(message, "\n  {:<10} {}", family.name, family.about);
            }
            Error::new(message)
        })
    }

    /// Returns whether these functions are what it takes. Without a function that sets up the heap,
    /// the file must at least ask the lab for memory: others are mallocs of programs.
    fn is_in(&self, defined: &[String], needed: &[String]) -> bool {
        let has = |name: &str| defined.iter().any(|one| one == name);
        let asks = needed.iter().any(|one| matches!(&**one, "mem_sbrk" | "sbrk"));
        let begins = if self.name == "malloc" { asks } else { has(self.init) };
        has(self.malloc) && has(self.free) && begins
    }
}

/// Returns whether a function of this name may be part of an interface.
pub(crate) fn is_of_interface(name: &str) -> bool {
    let of_family = |family: &Family| {
        let Family { init, malloc, free, realloc, calloc, checks, .. } = family;
        [init, malloc, free, realloc, calloc].contains(&&name) || checks.contains(&name)
    };
    [MM_BLOCKS, MM_FREE_LISTS].contains(&name) || FAMILIES.iter().any(of_family)
}

/// What a function returns if all is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returns {
    /// Nothing.
    Void,
    /// `true`.
    Bool,
    /// Zero.
    Zero,
    /// Not zero.
    NonZero,
}

impl Returns {
    /// Its word in the cache.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Returns::Void => "void",
            Returns::Bool => "bool",
            Returns::Zero => "zero",
            Returns::NonZero => "non-zero",
        }
    }

    pub(crate) fn of_word(word: &str) -> Returns {
        match word {
            "bool" => Returns::Bool,
            "zero" => Returns::Zero,
            "non-zero" => Returns::NonZero,
            _ => Returns::Void,
        }
    }

    /// Returns whether a value of this kind says that all is well. Of a `bool` only the lowest byte
    /// is defined.
    pub(crate) fn is_well(self, value: i32) -> bool {
        match self {
            Returns::Void => true,
            Returns::Bool => value & 0xff != 0,
            Returns::Zero => value == 0,
            Returns::NonZero => value != 0,
        }
    }
}

/// The functions of one heap, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// The course's names.
    pub family: &'static Family,
    /// What `init` returns, if there is an `init`.
    pub init: Option<Returns>,
    /// Whether there is a `realloc`.
    pub has_realloc: bool,
    /// Whether there is a `calloc`.
    pub has_calloc: bool,
    /// The function that checks the heap, and what it returns.
    pub check: Option<(&'static str, Returns)>,
    /// Whether `mm_blocks` is there.
    pub has_blocks: bool,
    /// Whether `mm_free_lists` is there.
    pub has_free_lists: bool,
    /// Whether the heap is given one segment that does not grow (Stanford CS107 today).
    pub is_given_segment: bool,
}

/// `void mm_blocks(void (*show)(void *block, size_t bytes, void *payload, int allocated))`: shows
/// the lab the heap's blocks.
pub const MM_BLOCKS: &str = "mm_blocks";

/// `void mm_free_lists(void (*show)(int list, void *payload))`: shows the lab the free lists.
pub const MM_FREE_LISTS: &str = "mm_free_lists";

impl Interface {
    /// Finds out the interface of files that define these functions, and whose preprocessed text
    /// is `text`; `needed` are the functions that they call.
    pub(crate) fn find(
        forced: Option<&'static Family>,
        defined: &[String],
        needed: &[String],
        text: &str,
    ) -> Option<Interface> {
        let has = |name: &str| defined.iter().any(|one| one == name);
        let family = match forced {
            Some(family) => Some(family).filter(|family| has(family.malloc) && has(family.free)),
            None => FAMILIES.iter().find(|family| family.is_in(defined, needed)),
        }?;
        let segments = ["init_heap_segment", "extend_heap_segment", "heap_segment_start"];
        let grows = segments.iter().any(|name| needed.iter().any(|one| one == name));
        let check = family.checks.iter().find(|name| has(name));
        Some(Interface {
            family,
            init: has(family.init).then(|| returned(text, family.init, Returns::Zero)),
            has_realloc: has(family.realloc),
            has_calloc: has(family.calloc),
            check: check.map(|&name| (name, returned(text, name, check_returns(name)))),
            has_blocks: has(MM_BLOCKS),
            has_free_lists: has(MM_FREE_LISTS),
            is_given_segment: family.name == "cs107" && !grows,
        })
    }
}

/// Returns what a function returns if all is well; `of_int` if it returns an `int`.
fn returned(text: &str, function: &str, of_int: Returns) -> Returns {
    match prototype(text, function).as_ref().map(|prototype| &*prototype.returns) {
        Some("void") => Returns::Void,
        Some("_Bool" | "bool") => Returns::Bool,
        _ => of_int,
    }
}

/// Returns what an `int` says: CS:APP's `mm_check` is not zero for a sound heap, MIT's `my_check`
/// is zero. What an `int mm_checkheap` says is not known.
fn check_returns(name: &str) -> Returns {
    match name {
        "mm_check" => Returns::NonZero,
        "my_check" => Returns::Zero,
        "validate_heap" => Returns::Bool,
        _ => Returns::Void,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn found(defined: &[&str], needed: &[&str], text: &str) -> Option<Interface> {
        Interface::find(None, &names(defined), &names(needed), text)
    }

    #[test]
    fn every_family_is_known_by_its_functions() {
        for family in &FAMILIES {
            let defined = [family.init, family.malloc, family.free, family.realloc];
            let interface = found(&defined, &["mem_sbrk"], "").unwrap();
            assert_eq!(interface.family.name, family.name);
            assert!(interface.has_realloc && !interface.has_calloc);
        }
        assert_eq!(found(&["malloc", "free"], &["mmap"], ""), None);
        assert_eq!(found(&["mm_init", "main"], &[], ""), None);
        assert_eq!(found(&["mm_malloc", "mm_free"], &[], ""), None);
    }

    #[test]
    fn what_init_and_check_return_is_read_from_the_text() {
        let of = |text: &str| {
            let defined = ["mm_init", "mm_malloc", "mm_free", "mm_checkheap"];
            let interface = found(&defined, &[], text).unwrap();
            (interface.init, interface.check.map(|(_, returns)| returns))
        };
        let cmu = "_Bool mm_init(void); _Bool mm_checkheap(int lineno);";
        assert_eq!(of(cmu), (Some(Returns::Bool), Some(Returns::Bool)));
        let classic = "int mm_init(void) { } void mm_checkheap(int verbose) { }";
        assert_eq!(of(classic), (Some(Returns::Zero), Some(Returns::Void)));
    }

    #[test]
    fn a_segment_is_given_unless_the_file_asks_for_it() {
        let defined = ["myinit", "mymalloc", "myfree", "validate_heap"];
        assert!(found(&defined, &[], "").unwrap().is_given_segment);
        assert!(!found(&defined, &["init_heap_segment"], "").unwrap().is_given_segment);
    }

    #[test]
    fn a_bool_is_one_byte() {
        assert!(!Returns::Bool.is_well(0x100) && Returns::Bool.is_well(0x101));
        for returns in [Returns::Void, Returns::Bool, Returns::Zero, Returns::NonZero] {
            assert_eq!(Returns::of_word(returns.word()), returns);
        }
    }
}
