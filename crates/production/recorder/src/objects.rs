//! Finds a function by a search through the objects that the loader has mapped.
//!
//! `dlsym` could answer this too, but it allocates if a name is missing, and a hook may not
//! allocate. So the symbol tables are read in memory: first the program's, then the libraries', in
//! the order in which the loader searches them.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::sync::atomic::{AtomicPtr, Ordering};
use core::{mem, ptr, slice};
use elf::abi::{
    DT_GNU_HASH, DT_HASH, DT_NULL, DT_SONAME, DT_STRTAB, DT_SYMTAB, PT_DYNAMIC, PT_LOAD, SHN_UNDEF,
    STT_FUNC, STT_NOTYPE,
};
use elf::dynamic::DynamicTable;
use elf::endian::NativeEndian;
use elf::file::Class;
use elf::hash::{GnuHashTable, SysVHashTable};
use elf::string_table::StringTable;
use elf::symbol::SymbolTable;

const CLASS: Class = if cfg!(target_pointer_width = "64") { Class::ELF64 } else { Class::ELF32 };

/// Calls `visit` for every object of the process, the program first, until `visit` returns false.
pub fn visit(mut visit: impl FnMut(&Object) -> bool) {
    extern "C" fn each<F: FnMut(&Object) -> bool>(
        info: *mut libc::dl_phdr_info,
        _: usize,
        visit: *mut c_void,
    ) -> c_int {
        // SAFETY: the loader passes a description that is valid during this call, and
        // hands back the pointer to the closure that is given to it below.
        let (info, visit) = unsafe { (&*info, &mut *visit.cast::<F>()) };
        if info.dlpi_phdr.is_null() {
            return 0;
        }
        // SAFETY: the loader's own description of the object's segments.
        let segments =
            unsafe { slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
        // SAFETY: a name is a C string, or null.
        let file = (!info.dlpi_name.is_null()).then(|| unsafe { CStr::from_ptr(info.dlpi_name) });
        let object = Object {
            base: info.dlpi_addr as usize,
            segments,
            file: file.map_or(b"", CStr::to_bytes),
        };
        c_int::from(!visit(&object))
    }
    fn call<F: FnMut(&Object) -> bool>(visit: &mut F) {
        // SAFETY: `each` has the type asked for, and the closure outlives the call.
        unsafe { iterate()(each::<F>, (visit as *mut F).cast()) };
    }
    call(&mut visit);
}

type Callback = unsafe extern "C" fn(*mut libc::dl_phdr_info, usize, *mut c_void) -> c_int;
type Iterate = unsafe extern "C" fn(Callback, *mut c_void) -> c_int;

/// Returns the C library's own `dl_iterate_phdr`. A program or a sanitizer may have another one,
/// which can't be called as early as the first heap call.
fn iterate() -> Iterate {
    static FOUND: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());
    let mut found = FOUND.load(Ordering::Relaxed);
    if found.is_null() {
        found = match c_library().and_then(|it| it.symbols()?.function(b"dl_iterate_phdr")) {
            Some(address) => address as *mut c_void,
            None => libc::dl_iterate_phdr as *mut c_void,
        };
        FOUND.store(found, Ordering::Relaxed);
    }
    // SAFETY: both have this type.
    unsafe { mem::transmute::<*mut c_void, Iterate>(found) }
}

/// The loader's data for debuggers, as in `<link.h>`.
#[repr(C)]
struct Debug {
    version: c_int,
    first: *const LinkMap,
}

/// An object in the loader's list.
#[repr(C)]
struct LinkMap {
    base: usize,
    name: *const c_char,
    dynamic: *const c_void,
    next: *const LinkMap,
}

/// Returns the C library, found in the loader's list for debuggers.
fn c_library() -> Option<Object<'static>> {
    unsafe extern "C" {
        static _r_debug: Debug;
    }
    // SAFETY: the loader keeps this list valid. Objects come and go only in calls that a
    // program makes later than its first heap call, from which this is reached.
    let mut next = unsafe { _r_debug.first.as_ref() };
    while let Some(map) = next {
        // SAFETY: a name is a C string, or null.
        let name = (!map.name.is_null()).then(|| unsafe { CStr::from_ptr(map.name) });
        if name.is_some_and(|name| name.to_bytes().ends_with(b"/libc.so.6")) {
            // SAFETY: glibc's own library begins with its header, mapped at the base.
            let header = unsafe { &*(map.base as *const libc::Elf64_Ehdr) };
            let segments = map.base + header.e_phoff as usize;
            // SAFETY: the header says where its segments' descriptions lie.
            let segments = unsafe {
                slice::from_raw_parts(segments as *const libc::Elf64_Phdr, header.e_phnum.into())
            };
            return Some(Object {
                base: map.base,
                segments,
                file: name.map_or(b"", CStr::to_bytes),
            });
        }
        // SAFETY: as for the first.
        next = unsafe { map.next.as_ref() };
    }
    None
}

/// A program or library in memory. It stays mapped during a visit.
pub struct Object<'a> {
    base: usize,
    segments: &'a [libc::Elf64_Phdr],
    /// Its path; empty for the program.
    file: &'a [u8],
}

/// The tables of an object that the loader needs.
pub struct Symbols<'a> {
    base: usize,
    name: &'a [u8],
    symbols: SymbolTable<'a, NativeEndian>,
    strings: StringTable<'a>,
    gnu: Option<GnuHashTable<'a, NativeEndian>>,
    sysv: Option<SysVHashTable<'a, NativeEndian>>,
}

impl<'a> Object<'a> {
    /// Returns the address where it was loaded, which is unique.
    pub fn base(&self) -> usize {
        self.base
    }

    /// Returns whether the address is inside the object.
    pub fn holds(&self, address: usize) -> bool {
        self.bytes_from(address).is_some()
    }

    /// Returns the last part of its path.
    fn file_name(&self) -> &'a [u8] {
        self.file.rsplit(|&byte| byte == b'/').next().unwrap_or(self.file)
    }

    /// Returns its symbols; `None` if its tables can't be read.
    pub fn symbols(&self) -> Option<Symbols<'a>> {
        let dynamic = self.segments.iter().find(|it| it.p_type == PT_DYNAMIC)?;
        let bytes = self.bytes_from(self.base.wrapping_add(dynamic.p_vaddr as usize))?;
        let table = DynamicTable::new(NativeEndian, CLASS, bytes);
        let value = |tag| {
            let mut entries = table.iter().take_while(|entry| entry.d_tag != DT_NULL);
            Some(entries.find(|entry| entry.d_tag == tag)?.d_val() as usize)
        };
        let pointed = |tag| self.bytes_from(self.absolute(value(tag)?));
        let strings = StringTable::new(pointed(DT_STRTAB)?);
        let name = value(DT_SONAME).and_then(|at| strings.get_raw(at).ok());
        let gnu = pointed(DT_GNU_HASH);
        let sysv = pointed(DT_HASH);
        Some(Symbols {
            base: self.base,
            name: name.unwrap_or_else(|| self.file_name()),
            symbols: SymbolTable::new(NativeEndian, CLASS, pointed(DT_SYMTAB)?),
            strings,
            gnu: gnu.and_then(|bytes| GnuHashTable::new(NativeEndian, CLASS, bytes).ok()),
            sysv: sysv.and_then(|bytes| SysVHashTable::new(NativeEndian, CLASS, bytes).ok()),
        })
    }

    /// Returns the bytes from an address to the end of its segment, as far as the file filled it.
    fn bytes_from(&self, address: usize) -> Option<&'a [u8]> {
        let readable =
            |it: &&libc::Elf64_Phdr| it.p_type == PT_LOAD && it.p_flags & libc::PF_R != 0;
        self.segments.iter().filter(readable).find_map(|segment| {
            let begin = self.base.wrapping_add(segment.p_vaddr as usize);
            let offset = address.checked_sub(begin)?;
            let len = (segment.p_filesz as usize).checked_sub(offset)?;
            // SAFETY: the loader has mapped this segment to be read, and nothing is
            // unmapped during a visit, which holds the loader's lock. The tables in it
            // are constant once the object is loaded.
            (len > 0).then(|| unsafe { slice::from_raw_parts(address as *const u8, len) })
        })
    }

    /// Returns a table's address. glibc has added the base already, except where it may not write.
    fn absolute(&self, pointer: usize) -> usize {
        if pointer < self.base { pointer.wrapping_add(self.base) } else { pointer }
    }
}

impl<'a> Symbols<'a> {
    /// Returns the name by which other objects ask for it, such as `libc.so.6`, or else its file's
    /// name; empty for a program.
    pub fn name(&self) -> &'a [u8] {
        self.name
    }

    /// Returns the address of the function that the object defines under this name.
    pub fn function(&self, name: &[u8]) -> Option<usize> {
        let gnu = self.gnu.as_ref().map(|table| table.find(name, &self.symbols, &self.strings));
        let found = match gnu {
            Some(found) => found,
            None => self.sysv.as_ref()?.find(name, &self.symbols, &self.strings),
        };
        let (_, symbol) = found.ok()??;
        let is_function = matches!(symbol.st_symtype(), STT_FUNC | STT_NOTYPE);
        (is_function && symbol.st_shndx != SHN_UNDEF && symbol.st_value != 0)
            .then(|| self.base.wrapping_add(symbol.st_value as usize))
    }
}
