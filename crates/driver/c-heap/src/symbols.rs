//! The names in an object file.

use crate::interface::is_of_interface;
use heaplab_support::Error;
use object::{Object, ObjectSymbol};
use std::fs;
use std::path::Path;

/// The functions and variables that an object defines for others, and those that it needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Symbols {
    pub(crate) defined: Vec<String>,
    pub(crate) needed: Vec<String>,
    mangled: Vec<Mangled>,
}

/// Expects that a shared object has the word size that its heap is compiled for.
///
/// # Errors
/// If it has another.
pub(crate) fn expect_word_size(path: &Path, is_for_32_bits: bool) -> Result<(), Error> {
    let bytes = fs::read(path).unwrap_or_default();
    // Whether it is an object file at all is seen when its names are read.
    let Ok(file) = object::File::parse(&*bytes) else { return Ok(()) };
    if file.is_64() != is_for_32_bits {
        return Ok(());
    }
    let path = path.display();
    Err(Error::new(if is_for_32_bits {
        format!(
            "error: {path} is code for a 64-bit processor, and -m32 asks for 32 bits\n             help: leave out -m32, or compile the shared object with it"
        )
    } else {
        format!(
            "error: {path} is code for a 32-bit processor, which can't be loaded here\n             help: name its source instead, with the flag: ./mm.c:-m32; or compile the shared \
             object without -m32"
        )
    }))
}

/// A function of C++, outside of namespaces and classes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mangled {
    /// Its name in the source.
    plain: String,
    /// Its name in the object, with the types of its parameters.
    in_object: String,
    is_defined: bool,
}

impl Symbols {
    /// Reads those of an object file; of a shared object, those that others can use.
    ///
    /// # Errors
    /// If the file is not an object file.
    pub(crate) fn of_file(path: &Path) -> Result<Symbols, Error> {
        let wrong = |why: &dyn std::fmt::Display| {
            Error::new(format!("error: {} is not an object file: {why}", path.display()))
        };
        let bytes = fs::read(path).map_err(|error| wrong(&error))?;
        Symbols::of_bytes(&bytes).map_err(|error| wrong(&error))
    }

    /// Reads those of an object file with these bytes.
    pub(crate) fn of_bytes(bytes: &[u8]) -> object::Result<Symbols> {
        let file = object::File::parse(bytes)?;
        let mut symbols = Symbols::default();
        if matches!(file.kind(), object::ObjectKind::Dynamic) {
            file.dynamic_symbols().for_each(|symbol| symbols.note(&symbol));
        } else {
            file.symbols().for_each(|symbol| symbols.note(&symbol));
        }
        Ok(symbols)
    }

    /// Returns the names that a file in C++ and others have for one function, for the linker: a new
    /// name, and the one that it stands for. The functions of an interface get their names of
    /// C; and those of the runtime, which are C, the names by which C++ calls them.
    pub(crate) fn aliases(&self, runtime: &Symbols) -> Vec<(String, String)> {
        let mut aliases = Vec::new();
        for Mangled { plain, in_object, is_defined } in &self.mangled {
            if *is_defined && is_of_interface(plain) {
                aliases.push((plain.clone(), in_object.clone()));
            } else if !is_defined && runtime.defined.contains(plain) {
                aliases.push((in_object.clone(), plain.clone()));
            }
        }
        aliases
    }

    fn note<'d>(&mut self, symbol: &impl ObjectSymbol<'d>) {
        let Some(mut name) = symbol.name().ok().filter(|name| !name.is_empty()) else { return };
        if let Some(plain) = unmangled(name).filter(|_| symbol.is_undefined() || symbol.is_global())
        {
            self.mangled.push(Mangled {
                plain: plain.to_owned(),
                in_object: name.to_owned(),
                is_defined: !symbol.is_undefined(),
            });
            name = plain;
        }
        if symbol.is_undefined() {
            self.needed.push(name.to_owned());
        } else if symbol.is_global() {
            self.defined.push(name.to_owned());
        }
    }

    pub(crate) fn add(&mut self, other: Symbols) {
        self.defined.extend(other.defined);
        self.needed.extend(other.needed);
        self.mangled.extend(other.mangled);
    }

    /// Returns the names that are needed and not defined here.
    pub(crate) fn open(&self) -> Vec<String> {
        let mut open: Vec<String> =
            self.needed.iter().filter(|name| !self.defined.contains(name)).cloned().collect();
        open.sort();
        open.dedup();
        open
    }
}

/// Returns the name that a function of C++ has in its source; none if this is a name of C, or of a
/// function in a namespace or a class.
fn unmangled(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("_Z")?;
    let digits = rest.find(|one: char| !one.is_ascii_digit())?;
    let bytes: usize = rest[..digits].parse().ok()?;
    // Types of parameters follow; a variable has none, and is not mangled.
    rest.get(digits..digits + bytes).filter(|_| rest.len() > digits + bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_of_cpp_has_the_name_of_its_source() {
        assert_eq!(unmangled("_Z9mm_mallocm"), Some("mm_malloc"));
        for other in ["mm_malloc", "_ZN3lab4initEv", "_Z", "_Z9", "_Z99mm", "_Zli1_wPKc", "_Z2ab"] {
            assert_eq!(unmangled(other), None, "{other}");
        }
    }

    #[test]
    fn an_object_of_another_word_size_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("libmm.so");
        // The head of an ELF file for the 80386, with no sections.
        let mut head = [0u8; 52];
        head[..7].copy_from_slice(b"\x7fELF\x01\x01\x01");
        for (at, byte) in [(16, 3), (18, 3), (20, 1), (40, 52)] {
            head[at] = byte;
        }
        fs::write(&path, head).unwrap();
        let refused = expect_word_size(&path, false).unwrap_err();
        assert!(refused.to_string().contains("./mm.c:-m32"), "{refused}");
        expect_word_size(&path, true).unwrap();
    }
}
