//! The real functions: those that the program would call without this library.
//!
//! For most programs they are the C library's. A program that brings its own allocator (linked with
//! jemalloc, say, or preloaded by the user) gets that allocator's, function by function, as the
//! loader would choose: if one allocator gives out a block and another frees or measures it, the
//! program ends.
//!
//! Of the operators of C++ only those of the C++ library are known: its `operator new` calls
//! `malloc`, which is hooked itself.

use crate::objects;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::mem;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};

macro_rules! functions {
    ($($variant:ident $name:literal,)*) => {
        /// A function that is hooked.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Function {
            $($variant,)*
        }

        /// All functions, in the order of their numbers.
        const ALL: &[(Function, &CStr)] = &[$((Function::$variant, $name),)*];
    };
}

functions! {
    Malloc c"malloc",
    Free c"free",
    Calloc c"calloc",
    Realloc c"realloc",
    Memalign c"memalign",
    AlignedAlloc c"aligned_alloc",
    PosixMemalign c"posix_memalign",
    Valloc c"valloc",
    Pvalloc c"pvalloc",
    UsableSize c"malloc_usable_size",
    FreeSized c"free_sized",
    FreeAlignedSized c"free_aligned_sized",
    New c"_Znwm",
    NewArray c"_Znam",
    NewNothrow c"_ZnwmRKSt9nothrow_t",
    NewArrayNothrow c"_ZnamRKSt9nothrow_t",
    NewAligned c"_ZnwmSt11align_val_t",
    NewArrayAligned c"_ZnamSt11align_val_t",
    NewAlignedNothrow c"_ZnwmSt11align_val_tRKSt9nothrow_t",
    NewArrayAlignedNothrow c"_ZnamSt11align_val_tRKSt9nothrow_t",
    Delete c"_ZdlPv",
    DeleteArray c"_ZdaPv",
    DeleteNothrow c"_ZdlPvRKSt9nothrow_t",
    DeleteArrayNothrow c"_ZdaPvRKSt9nothrow_t",
    DeleteSized c"_ZdlPvm",
    DeleteArraySized c"_ZdaPvm",
    DeleteAligned c"_ZdlPvSt11align_val_t",
    DeleteArrayAligned c"_ZdaPvSt11align_val_t",
    DeleteAlignedNothrow c"_ZdlPvSt11align_val_tRKSt9nothrow_t",
    DeleteArrayAlignedNothrow c"_ZdaPvSt11align_val_tRKSt9nothrow_t",
    DeleteSizedAligned c"_ZdlPvmSt11align_val_t",
    DeleteArraySizedAligned c"_ZdaPvmSt11align_val_t",
}

/// What serves `malloc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Allocator {
    /// The C library.
    CLibrary = 0,
    /// Another library: our hooks come first, then that library.
    Library = 1,
    /// The program itself. It comes before every library, so the hooks are not called.
    Program = 2,
}

/// The addresses by function; null until they are looked up, or if there is none.
static ADDRESSES: [AtomicPtr<c_void>; ALL.len()] =
    [const { AtomicPtr::new(ptr::null_mut()) }; ALL.len()];

/// A bit for each operator of C++ that is not the C++ library's. If there is one, or if a library
/// other than the C library serves `malloc`, also a bit for each of C's functions.
static MAY_CALL_HOOKS: AtomicU64 = AtomicU64::new(0);

/// Whether the addresses have been looked up.
static LOOKED_UP: AtomicBool = AtomicBool::new(false);

impl Function {
    /// Returns the real function, as a pointer of type `F`; `None` if the process began without it.
    ///
    /// # Safety
    ///
    /// `F` is the type of a pointer to this function.
    #[inline]
    pub unsafe fn real<F: Copy>(self) -> Option<F> {
        const { assert!(size_of::<F>() == size_of::<*mut c_void>()) };
        let address = self.address();
        // SAFETY: by the caller's promise the address is of such a function.
        (!address.is_null()).then(|| unsafe { mem::transmute_copy(&address) })
    }

    /// Returns whether it is unknown how this function works: it may serve a call itself, or call
    /// other hooked functions.
    #[inline]
    pub fn may_call_hooks(self) -> bool {
        if !LOOKED_UP.load(Ordering::Acquire) {
            look_up();
        }
        MAY_CALL_HOOKS.load(Ordering::Relaxed) & self.bit() != 0
    }

    /// Returns whether it is one of C's functions, not an operator of C++.
    fn is_of_c(self) -> bool {
        (self as usize) < Function::New as usize
    }

    /// Returns the function's name for the linker.
    pub fn name(self) -> &'static CStr {
        ALL[self as usize].1
    }

    #[inline]
    fn address(self) -> *mut c_void {
        let address = ADDRESSES[self as usize].load(Ordering::Relaxed);
        if !address.is_null() || LOOKED_UP.load(Ordering::Acquire) {
            return address;
        }
        look_up();
        ADDRESSES[self as usize].load(Ordering::Relaxed)
    }

    fn bit(self) -> u64 {
        1 << self as u64
    }
}

/// Finds all functions. Only the objects that the process began with count: they stay loaded.
///
/// Two threads that do this at the same time find the same.
#[cold]
fn look_up() {
    let mut search = Search::default();
    objects::visit(|object| {
        search.look_into(object);
        true
    });
    if !search.found(Function::Malloc) {
        // A program may have its own `dl_iterate_phdr`, which does not show all objects.
        search.ask_the_loader();
    }
    let mut calling = 0;
    for &(function, _) in ALL {
        let address = search.addresses[function as usize];
        ADDRESSES[function as usize].store(address as *mut c_void, Ordering::Relaxed);
        if address != 0 && !function.is_of_c() && !search.in_cpp_library[function as usize] {
            calling |= function.bit();
        }
    }
    if calling != 0 || search.objects[Function::Malloc as usize] != search.c_library {
        for &(function, _) in ALL.iter().filter(|(function, _)| function.is_of_c()) {
            calling |= function.bit();
        }
    }
    MAY_CALL_HOOKS.store(calling, Ordering::Relaxed);
    LOOKED_UP.store(true, Ordering::Release);
}

#[derive(Default)]
struct Search {
    /// Whether the objects seen so far include this library: only those after it count.
    past_ours: bool,
    c_library: usize,
    addresses: [usize; ALL.len()],
    objects: [usize; ALL.len()],
    in_cpp_library: [bool; ALL.len()],
}

impl Search {
    fn look_into(&mut self, object: &objects::Object<'_>) {
        if !self.past_ours {
            self.past_ours = object.holds(look_up as fn() as usize);
            return;
        }
        let Some(symbols) = object.symbols() else {
            return;
        };
        if symbols.name() == b"libc.so.6" {
            self.c_library = object.base();
        }
        let is_cpp_library = [&b"libstdc++.so"[..], b"libc++.so", b"libc++abi.so"]
            .iter()
            .any(|name| symbols.name().starts_with(name));
        for &(function, name) in ALL {
            if !self.found(function)
                && let Some(address) = symbols.function(name.to_bytes())
            {
                self.addresses[function as usize] = address;
                self.objects[function as usize] = object.base();
                self.in_cpp_library[function as usize] = is_cpp_library;
            }
        }
    }

    fn found(&self, function: Function) -> bool {
        self.addresses[function as usize] != 0
    }

    fn ask_the_loader(&mut self) {
        unsafe extern "C" {
            fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
        }
        for &(function, name) in ALL.iter().take(Function::FreeSized as usize) {
            // SAFETY: the name is a C string; RTLD_NEXT is a handle dlsym knows. glibc has
            // all of these, so it does not allocate for a message.
            self.addresses[function as usize] =
                unsafe { dlsym(libc::RTLD_NEXT, name.as_ptr()) } as usize;
        }
    }
}

/// Returns what serves `malloc`; passes that library's name, which may be empty, to `named`.
pub fn allocator(mut named: impl FnMut(&[u8])) -> Allocator {
    let real = Function::Malloc.address() as usize;
    let mut answer = Allocator::CLibrary;
    let mut first = true;
    objects::visit(|object| {
        let is_program = mem::take(&mut first);
        let Some(symbols) = object.symbols() else {
            return true;
        };
        if is_program && symbols.function(b"malloc").is_some() {
            answer = Allocator::Program;
            return false;
        }
        if object.holds(real) && symbols.name() != b"libc.so.6" {
            answer = Allocator::Library;
            named(symbols.name());
            return false;
        }
        true
    });
    answer
}

/// Returns a function from a library that the program opened later; null if there is none.
pub fn opened_later(function: Function) -> *mut c_void {
    let mut found = 0;
    let mut past_ours = false;
    objects::visit(|object| {
        if !past_ours {
            past_ours = object.holds(look_up as fn() as usize);
            return true;
        }
        let symbols = object.symbols();
        found = symbols.and_then(|it| it.function(function.name().to_bytes())).unwrap_or(0);
        found == 0
    });
    found as *mut c_void
}

unsafe extern "C" {
    fn __errno_location() -> *mut c_int;
}

/// Returns the calling thread's `errno`.
pub fn errno() -> c_int {
    // SAFETY: as in `set_errno`.
    unsafe { *__errno_location() }
}

/// Sets the calling thread's `errno`.
pub fn set_errno(value: c_int) {
    // SAFETY: glibc returns the address of this thread's own `errno`, which is
    // valid as long as the thread runs.
    unsafe { *__errno_location() = value }
}
