//! What the lab has to say about the files of a heap, beside what the compiler prints.

use crate::interface::{FAMILIES, Interface};
use crate::source::Spec;
use crate::symbols::Symbols;
use heaplab_support::Error;
use std::fmt::Write;

/// Functions of the C library that read or write memory for their caller, and are not reported.
const UNSEEN: [&str; 12] = [
    "qsort",
    "qsort_r",
    "bsearch",
    "sprintf",
    "snprintf",
    "vsprintf",
    "vsnprintf",
    "strdup",
    "strtok",
    "memccpy",
    "strncasecmp",
    "wmemset",
];

/// Returns what the user should know about a heap that compiles.
///
/// `narrowed` are the places where it keeps a pointer in a narrower integer.
pub(crate) fn remarks(
    interface: &Interface,
    symbols: &Symbols,
    is_ready: bool,
    narrowed: &[String],
) -> Vec<String> {
    let mut remarks = Vec::new();
    if is_ready {
        remarks.push(
            "it is compiled already: its loads and stores are neither checked nor counted"
                .to_owned(),
        );
    }
    let open = symbols.open();
    let of_the_library: Vec<&str> = ["malloc", "calloc", "realloc", "free", "mmap"]
        .into_iter()
        .filter(|name| open.iter().any(|one| one == name))
        .collect();
    if !of_the_library.is_empty() {
        remarks.push(format!(
            "it calls the C library's {}: that memory is not the lab's, and is not measured",
            of_the_library.join(", ")
        ));
    }
    let unseen: Vec<&str> =
        UNSEEN.into_iter().filter(|name| open.iter().any(|one| one == name)).collect();
    if !unseen.is_empty() {
        remarks.push(format!(
            "it calls {}: what the C library reads and writes there is not seen by checked runs",
            unseen.join(", ")
        ));
    }
    if !narrowed.is_empty() {
        remarks.push(format!(
            "it keeps a pointer, which has 8 bytes, in a word of 4, at {}: code for the classic lab, \
             where a pointer has 4? --cflags=-m32 compiles it for that",
            narrowed.join(", ")
        ));
    }
    if !interface.has_realloc {
        remarks.push(format!(
            "it has no {}: traces that resize blocks fail",
            interface.family.realloc
        ));
    }
    remarks
}

/// Returns the error for files in which no interface is found; they define these names.
pub(crate) fn without_interface(spec: &Spec, defined: &[String]) -> Error {
    let files: Vec<String> = spec.paths.iter().map(|path| path.display().to_string()).collect();
    // Names of C++, with the types of their parameters.
    let is_cpp = defined.iter().any(|name| name.starts_with("_Z"));
    let mut defined: Vec<&str> =
        defined.iter().map(String::as_str).filter(|name| !name.starts_with('_')).collect();
    defined.truncate(12);
    let has = match &*defined {
        [] => "nothing that others can call".to_owned(),
        some => some.join(", "),
    };
    let files = files.join(" and ");
    let mut message = match spec.family {
        Some(family) => format!(
            "error: {files} does not define {} and {}, as the interface `{}` asks; it defines {has}",
            family.malloc, family.free, family.name
        ),
        None => format!("error: {files} defines no interface that is known; it defines {has}"),
    };
    if is_cpp {
        message += "\nhelp: in C++ a function has the name of its interface only if it is \
                    declared in `extern \"C\" { ... }`";
    }
    message += "\nhelp: a heap in C defines the functions of one of these interfaces:";
    for family in &FAMILIES {
        let (init, malloc, free) = (family.init, family.malloc, family.free);
        let init = if family.name == "malloc" { String::new() } else { format!("{init}, ") };
        let _ = write!(message, "\n  {:<10} {init}{malloc}, {free}", family.name);
    }
    message += "\nhelp: a malloc of programs is compiled to a library, for `compare`: \
                cc -O2 -shared -fPIC -o libmine.so mine.c";
    Error::new(message)
}
