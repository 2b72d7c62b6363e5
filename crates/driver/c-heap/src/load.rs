//! The loaded object, with the variables that it starts with.
//!
//! A heap's C code keeps what it knows in global variables, so a loaded object serves one heap at
//! a time. When its heap is gone, the variables get back the values that they had when the object
//! was loaded, and it serves the next one. A second heap at the same time gets a copy of its own.

use crate::built::Built;
use crate::crash;
use crate::lines::Lines;
use crate::machine::Machine;
use crate::segments::Segments;
use heaplab_replay::foreign;
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use std::cell::{OnceCell, RefCell};
use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A loaded object that serves one heap.
pub(crate) struct Instance {
    /// The object that was compiled.
    object: PathBuf,
    /// Never closed: what C code has started, a thread or a handler, may still run.
    library: ManuallyDrop<Library>,
    segments: Segments,
    /// The shared object with the code, and its variables, if it was compiled already.
    ready: Option<(PathBuf, Segments)>,
    connect: unsafe extern "C" fn(*mut Machine),
    lines: OnceCell<Rc<Lines>>,
}

thread_local! {
    /// The objects that this thread has loaded and that serve no heap now.
    static IDLE: RefCell<Vec<Instance>> = const { RefCell::new(Vec::new()) };
}

impl Instance {
    /// Returns an object whose variables have the values that they start with.
    ///
    /// # Errors
    /// If the loader fails, in its words.
    pub(crate) fn of(built: &Built) -> Result<Instance, String> {
        let idle = IDLE.with_borrow_mut(|idle| {
            let index = idle.iter().rposition(|instance| instance.object == built.object)?;
            Some(idle.swap_remove(index))
        });
        match idle {
            Some(instance) => {
                if !foreign::keeps_variables() {
                    instance.segments.restore();
                    instance.ready.iter().for_each(|(_, segments)| segments.restore());
                }
                Ok(instance)
            }
            None => Instance::load(built),
        }
    }

    fn load(built: &Built) -> Result<Instance, String> {
        let library = open(&built.object, built.ready.is_some())?;
        // SAFETY: the runtime defines this function with this type.
        let connect = unsafe { library.get(b"heaplab_connect\0") }.map_err(words)?;
        let connect: unsafe extern "C" fn(*mut Machine) = *connect;
        let segments = Segments::around(connect as *const c_void);
        let not_found = "its variables are not found";
        let ready = built.ready.clone().map(|path| {
            // SAFETY: any function will do: it is not called.
            let malloc = unsafe { library.get(built.interface.family.malloc.as_bytes()) };
            let malloc: unsafe extern "C" fn() = *malloc.map_err(words)?;
            let segments = Segments::around(malloc as *const c_void);
            segments.map(|segments| (path, segments)).ok_or(not_found.to_owned())
        });
        let instance = Instance {
            object: built.object.clone(),
            library: ManuallyDrop::new(library),
            segments: segments.ok_or(not_found)?,
            ready: ready.transpose()?,
            connect,
            lines: OnceCell::new(),
        };
        Ok(instance)
    }

    /// Connects the object to a machine.
    pub(crate) fn connect(&self, machine: *mut Machine) {
        // SAFETY: the runtime keeps the pointer, and nothing more.
        unsafe { (self.connect)(machine) };
    }

    /// Returns a function of the object.
    ///
    /// # Safety
    /// `F` must be a function pointer, of the type that the function of this name has.
    pub(crate) unsafe fn function<F: Copy>(&self, name: &str) -> Result<F, String> {
        // SAFETY: the caller's.
        unsafe { self.library.get::<F>(name.as_bytes()) }.map(|found| *found).map_err(words)
    }

    /// Gives the object back, for the next heap.
    pub(crate) fn give_back(self) {
        self.connect(std::ptr::null_mut());
        IDLE.with_borrow_mut(|idle| idle.push(self));
    }

    /// Returns the object's file, and where it is in the process.
    pub(crate) fn library(&self) -> crash::Library {
        let (file, (start, end)) = self.code();
        crash::Library { file: file.to_owned(), image: start..end }
    }

    /// Returns the file with the code, and where it is in the process.
    fn code(&self) -> (&Path, (usize, usize)) {
        match &self.ready {
            Some((path, segments)) => (path, segments.range()),
            None => (&self.object, self.segments.range()),
        }
    }

    /// Returns the lines of the object's code.
    ///
    /// # Errors
    /// If they can't be read.
    pub(crate) fn lines(&self) -> Result<Rc<Lines>, String> {
        if let Some(lines) = self.lines.get() {
            return Ok(Rc::clone(lines));
        }
        let (file, (start, _)) = self.code();
        let lines = Lines::read(file, start).map_err(|error| error.to_string())?;
        Ok(Rc::clone(self.lines.get_or_init(|| Rc::new(lines))))
    }
}

/// Opens an object; a copy of it if the process has it already.
fn open(object: &Path, is_ready: bool) -> Result<Library, String> {
    const FLAGS: i32 = RTLD_NOW | RTLD_LOCAL;
    // SAFETY: a query: it loads nothing and runs nothing.
    let is_loaded = unsafe { Library::open(Some(object), FLAGS | libc::RTLD_NOLOAD) };
    let Ok(other) = is_loaded else {
        // SAFETY: the object's constructors are code under test, see the crate's argument.
        return unsafe { Library::open(Some(object), FLAGS) }.map_err(words);
    };
    drop(other);
    if is_ready {
        return Err("a shared object that is compiled already serves one heap at a time".to_owned());
    }
    let folder = heaplab_scratch::temporary_folder().map_err(|error| error.to_string())?;
    let copy = folder.path().join("copy.so");
    std::fs::copy(object, &copy).map_err(|error| error.to_string())?;
    // SAFETY: as above. The file may go once it is mapped.
    unsafe { Library::open(Some(&copy), FLAGS) }.map_err(words)
}

/// Returns the loader's message, without the text that the crate adds.
fn words(error: libloading::Error) -> String {
    use std::error::Error;
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}
