//! From an address in the compiled code to function, file, line and source text.
//!
//! The compiler writes the lines into the library as DWARF, because of the option -g. A function
//! that was compiled into its caller has frames of its own.

use gimli::{EndianRcSlice, RunTimeEndian};
use heaplab_replay::{Frame, Place};
use heaplab_support::Error;
use object::{Object, ObjectSection};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};
use std::{env, fs};

type Reader = EndianRcSlice<RunTimeEndian>;

/// The lines of one library.
pub(crate) struct Lines {
    context: addr2line::Context<Reader>,
    /// Where the library was loaded.
    image_start: usize,
    places: RefCell<HashMap<usize, Option<Place>>>,
}

impl Lines {
    /// Reads the lines of the library in this file, which was loaded at `image_start`.
    ///
    /// # Errors
    /// If the file can't be read, or is not a library with lines.
    pub(crate) fn read(library: &Path, image_start: usize) -> Result<Lines, Error> {
        let why = |error: &dyn std::fmt::Display| {
            Error::new(format!("error: {}: the lines can't be read: {error}", library.display()))
        };
        let bytes = fs::read(library).map_err(|error| why(&error))?;
        let file = object::File::parse(&*bytes).map_err(|error| why(&error))?;
        let section = |id: gimli::SectionId| -> Result<Reader, gimli::Error> {
            let section = file.section_by_name(id.name());
            let data = section.and_then(|section| section.uncompressed_data().ok());
            let data = data.unwrap_or(Cow::Borrowed(&[]));
            Ok(Reader::new(Rc::from(&*data), RunTimeEndian::Little))
        };
        let dwarf = gimli::Dwarf::load(section).map_err(|error| why(&error))?;
        let context = addr2line::Context::from_dwarf(dwarf).map_err(|error| why(&error))?;
        Ok(Lines { context, image_start, places: RefCell::default() })
    }

    /// Returns the line of the instruction before `pc`, the innermost if functions are inlined.
    pub(crate) fn place(&self, pc: usize) -> Option<Place> {
        if let Some(&place) = self.places.borrow().get(&pc) {
            return place;
        }
        let frame = self.frames(pc).into_iter().next();
        let place = frame.map(|frame| Place { file: kept(&frame.file), line: frame.line });
        self.places.borrow_mut().insert(pc, place);
        place
    }

    /// Returns the function of the instruction before `pc`, after those that are inlined there.
    pub(crate) fn frames(&self, pc: usize) -> Vec<Frame> {
        let mut frames = Vec::new();
        let Some(at) = pc.checked_sub(self.image_start + 1) else { return frames };
        let at = self.with_line(at as u64);
        let Ok(mut found) = self.context.find_frames(at).skip_all_loads() else {
            return frames;
        };
        while let Ok(Some(frame)) = found.next() {
            let function = frame.function.as_ref().and_then(|name| name.raw_name().ok());
            let location = frame.location.as_ref();
            let file = location.and_then(|location| location.file);
            let line = location.and_then(|location| location.line);
            let is_ours = |file: &&str| file.contains("/c-heaps/runtime-");
            if let (Some(file), Some(line)) = (file.filter(|file| !is_ours(file)), line) {
                let function = function.map_or(String::new(), Cow::into_owned);
                frames.push(Frame { function, file: from_here(file), line });
            }
        }
        frames
    }

    /// Returns this address, or that of an earlier instruction of the function if this one belongs
    /// to no line: clang gives none to an instruction that it has moved or merged.
    fn with_line(&self, at: u64) -> u64 {
        /// How far an instruction is looked for. A function has a line at its start.
        const NEAR_BYTES: u64 = 512;
        let innermost = |at| {
            let mut found = self.context.find_frames(at).skip_all_loads().ok()?;
            let frame = found.next().ok().flatten()?;
            let is_known = frame.location.is_some_and(|location| location.line.is_some());
            Some((frame.dw_die_offset, is_known))
        };
        let Some((function, false)) = innermost(at) else { return at };
        let rows = self.context.find_location_range(at.saturating_sub(NEAR_BYTES), at);
        let Ok(rows) = rows else { return at };
        let last_bytes = rows.map(|(start, bytes, _)| start + bytes.max(1) - 1);
        let is_of_function = |&at: &u64| innermost(at) == Some((function, true));
        last_bytes.filter(is_of_function).last().unwrap_or(at)
    }
}

/// Returns a path as it is from the folder where the command runs, if it is below it.
fn from_here(file: &str) -> String {
    let below = env::current_dir().ok().and_then(|here| {
        let below = Path::new(file).strip_prefix(here).ok()?;
        Some(below.to_str()?.to_owned())
    });
    below.unwrap_or_else(|| file.to_owned())
}

/// Returns the same text, kept for as long as the process runs: a heap has few files.
fn kept(file: &str) -> &'static str {
    static FILES: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
    let files = files.get_or_insert_default();
    match files.get(file) {
        Some(known) => known,
        None => {
            let kept: &'static str = Box::leak(file.to_owned().into_boxed_str());
            files.insert(kept);
            kept
        }
    }
}
