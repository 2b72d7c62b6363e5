//! The names in an object file.

use heaplab_support::Error;
use object::{Object, ObjectSymbol};
use std::fs;
use std::path::Path;

/// The functions and variables that an object defines for others, and those that it needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Symbols {
    pub(crate) defined: Vec<String>,
    pub(crate) needed: Vec<String>,
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

    fn note<'d>(&mut self, symbol: &impl ObjectSymbol<'d>) {
        let Some(name) = symbol.name().ok().filter(|name| !name.is_empty()) else { return };
        if symbol.is_undefined() {
            self.needed.push(name.to_owned());
        } else if symbol.is_global() {
            self.defined.push(name.to_owned());
        }
    }

    pub(crate) fn add(&mut self, other: Symbols) {
        self.defined.extend(other.defined);
        self.needed.extend(other.needed);
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
