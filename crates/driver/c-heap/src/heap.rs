//! The heap: calls of the contract as calls of C.
//!
//! C code has pointers, the contract has addresses: `pointer = base + address`, where `base` is
//! where the machine is in this process.

use crate::built::Built;
use crate::context::{Context, State};
use crate::functions::Functions;
use crate::interface::Returns;
use crate::load::Instance;
use crate::machine::{MOST_CALLS, Machine};
use crate::sbrk::sbrk;
use crate::show::{shown_blocks, shown_lists};
use crate::sizes::Sizes;
use crate::{access, crash};
use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Arena, OutOfMemory, Probe};
use heaplab_heap::{BlockView, Heap, HeapError, Listed, PointerFault, TimedCalls, Violation};
use std::ffi::c_void;
use std::ptr;

/// A heap whose functions are C.
pub struct CHeap<P: Probe> {
    functions: Functions,
    /// Where the machine's address 0 is in this process.
    base: usize,
    sizes: Sizes,
    /// Whether the heap was given one segment, which does not grow.
    is_given_segment: bool,
    check_returns: Returns,
    place: Place<P>,
}

/// The bytes that an address of the machine can name. A bounded machine has less behind it, but
/// native code is not bounded.
const MACHINE_BYTES: usize = 1 << 32;

/// What a heap owns. The machine is behind a pointer, because C's calls reach it while a method of
/// the heap runs.
struct Place<P: Probe> {
    context: *mut Context<P>,
    table: *mut Machine,
    instance: Option<Instance>,
    /// What Seoul's `mm_init` gets: a place for a list, empty.
    list: *mut c_void,
}

/// Returns how much of the machine there is in this process. What is behind a bounded one belongs
/// to others: the variables of the C code, perhaps.
fn machine_bytes<P: Probe>(arena: &Arena<P>) -> usize {
    let bounded = arena.start().to_word() as usize + arena.limit_bytes() as usize;
    if P::BOUNDED { bounded } else { MACHINE_BYTES }
}

impl<P: Probe> CHeap<P> {
    /// Loads a heap, connects it to a machine, and has it set up an empty heap.
    ///
    /// # Errors
    /// If it says that it can't.
    ///
    /// # Panics
    /// If the loader fails.
    pub(crate) fn build(built: &Built, mut arena: Arena<P>) -> Result<CHeap<P>, OutOfMemory> {
        arena.move_low();
        if !P::IS_SILENT {
            arena.prefer_large_pages();
        }
        let instance = Instance::of(built).unwrap_or_else(|error| does_not_load(&error));
        let functions = Functions::of(&instance, &built.interface)
            .unwrap_or_else(|error| does_not_load(&error));
        let base = arena.base();
        let table = Box::into_raw(Box::new(Machine {
            context: ptr::null_mut(),
            lo: ptr::null_mut(),
            brk: ptr::null_mut(),
            limit_bytes: 0,
            sbrk: sbrk::<P>,
            load: access::load::<P>,
            store: access::store::<P>,
            copy: access::copy::<P>,
            fill: access::fill::<P>,
            load_to_copy: access::load_to_copy::<P>,
            ended: crash::ended,
            base: base.addr(),
            bytes: machine_bytes(&arena),
            stack_high: 0,
            image_start: 0,
            image_end: 0,
            sbrk_pc: 0,
            depth: 0,
            calls: [0; MOST_CALLS],
        }));
        crash::watch(instance.library());
        let access = if P::IS_SILENT {
            State::default()
        } else {
            let lines = instance.lines().unwrap_or_else(|error| does_not_load(&error));
            State::checked(lines, table)
        };
        let context = Box::into_raw(Box::new(Context { arena, base, table, access }));
        // SAFETY: both were just made, and nothing else uses them.
        unsafe {
            (*table).context = context.cast();
            (*context).update();
        }
        instance.connect(table);
        let place = Place { context, table, instance: Some(instance), list: ptr::null_mut() };
        let interface = &built.interface;
        let mut heap = CHeap {
            functions,
            base: base.expose_provenance(),
            sizes: Sizes::default(),
            is_given_segment: interface.is_given_segment,
            check_returns: interface.check.map_or(Returns::Void, |(_, returns)| returns),
            place,
        };
        heap.init(interface.init).map(|()| heap)
    }

    /// Notes that C code runs until the answer is dropped.
    #[inline]
    fn call(&self) -> Option<access::Call<P>> {
        if P::IS_SILENT {
            return None;
        }
        // SAFETY: the context lives as long as the heap, and each method of it lets go of the
        // machine before it calls C, and before the call ends.
        unsafe { access::begin(self.place.context) }
    }

    fn init(&mut self, returns: Option<Returns>) -> Result<(), OutOfMemory> {
        let (Some(init), Some(returns)) = (self.functions.init, returns) else { return Ok(()) };
        let answer = if self.is_given_segment {
            let bytes = self.arena().limit_bytes() & !0xfff;
            let mut left = bytes;
            while left > 0 {
                let part = left.min(1 << 30);
                self.arena_mut().sbrk(part as i32)?;
                left -= part;
            }
            let start = self.arena().start();
            self.arena_mut().note_high_water(start);
            let _call = self.call();
            // SAFETY: the crate's argument: this is code under test, in a process of its own.
            unsafe {
                (*self.place.context).update();
                init(self.pointer(start), bytes as usize)
            }
        } else {
            let _call = self.call();
            // SAFETY: as above.
            unsafe { init((&raw mut self.place.list).cast(), 0) }
        };
        if returns.is_well(answer) { Ok(()) } else { Err(OutOfMemory) }
    }

    #[inline]
    fn pointer(&self, addr: Addr) -> *mut c_void {
        ptr::with_exposed_provenance_mut(self.base + addr.to_word() as usize)
    }

    /// Returns the address of a pointer that a function returned for a request of `size` bytes.
    #[inline]
    fn granted(&mut self, pointer: *mut c_void, size: u32) -> Result<Addr, HeapError> {
        // Of the null pointer, too, this is too large: the machine is not at the end of memory.
        let offset = pointer.addr().wrapping_sub(self.base);
        if offset > u32::MAX as usize {
            return not_granted(pointer, size);
        }
        let payload = Addr::new(offset as u32);
        self.sizes.hold(payload, size);
        if self.is_given_segment && self.arena().contains(payload, size) {
            self.arena_mut().note_high_water(payload + size);
        }
        Ok(payload)
    }

    /// Returns the most blocks that a heap of this size can have.
    fn most_blocks(&self) -> usize {
        self.arena().heap_bytes() as usize / 8 + 16
    }
}

/// Returns what a pointer means that is not of the machine.
#[cold]
fn not_granted(pointer: *mut c_void, size: u32) -> Result<Addr, HeapError> {
    match (pointer.is_null(), size) {
        (true, 0) => Ok(Addr::NULL),
        (true, _) => Err(HeapError::OutOfMemory),
        (false, _) => Err(HeapError::OutsideMachine { pointer: pointer.addr() as u64 }),
    }
}

#[cold]
fn does_not_load(error: &str) -> ! {
    panic!("it does not load: {error}");
}

impl<P: Probe> Heap for CHeap<P> {
    type Probe = P;

    #[inline]
    fn malloc(&mut self, size: u32) -> Result<Addr, HeapError> {
        let _call = self.call();
        // SAFETY: the crate's argument: this is code under test, in a process of its own.
        let pointer = unsafe { (self.functions.malloc)(size as usize) };
        self.granted(pointer, size)
    }

    #[inline]
    fn free(&mut self, payload: Addr) -> Result<(), HeapError> {
        self.sizes.let_go(payload);
        let pointer = if payload.is_null() { ptr::null_mut() } else { self.pointer(payload) };
        let _call = self.call();
        // SAFETY: as in `malloc`.
        unsafe { (self.functions.free)(pointer) };
        Ok(())
    }

    #[inline]
    fn realloc(&mut self, payload: Addr, size: u32) -> Result<Addr, HeapError> {
        let realloc = self.functions.realloc.ok_or(HeapError::NotOffered)?;
        let pointer = if payload.is_null() { ptr::null_mut() } else { self.pointer(payload) };
        let _call = self.call();
        // SAFETY: as in `malloc`.
        let pointer = unsafe { realloc(pointer, size as usize) };
        if !pointer.is_null() || size == 0 {
            self.sizes.let_go(payload);
        }
        self.granted(pointer, size)
    }

    fn calloc(&mut self, count: u32, size: u32) -> Result<Addr, HeapError> {
        let bytes = count.checked_mul(size).ok_or(HeapError::OutOfMemory)?;
        if let Some(calloc) = self.functions.calloc {
            let _call = self.call();
            // SAFETY: as in `malloc`.
            let pointer = unsafe { calloc(count as usize, size as usize) };
            return self.granted(pointer, bytes);
        }
        // Without a calloc, the program clears its block itself.
        let payload = self.malloc(bytes)?;
        if !payload.is_null()
            && let Some(payload) = self.arena_mut().payload_mut(payload, bytes)
        {
            payload.fill(0);
        }
        Ok(payload)
    }

    fn usable_size(&self, payload: Addr) -> Result<u32, HeapError> {
        self.sizes.of(payload).ok_or_else(|| PointerFault::NotAllocated.at(payload))
    }

    fn check(&self) -> Result<(), Violation> {
        let Some(check) = self.functions.check else { return Ok(()) };
        let _call = self.call();
        // SAFETY: as in `malloc`.
        let answer = unsafe { check(0) };
        if self.check_returns.is_well(answer) { Ok(()) } else { Err(Violation::OwnCheck) }
    }

    fn blocks(&self) -> impl Iterator<Item = BlockView> + '_ {
        let blocks = self.functions.blocks.map(|blocks| {
            let _call = self.call();
            // SAFETY: as in `malloc`.
            shown_blocks(self.base, self.most_blocks(), |show| unsafe { blocks(show) })
        });
        blocks.unwrap_or_default().into_iter()
    }

    fn free_lists(&self) -> impl Iterator<Item = Listed> + '_ {
        let lists = self.functions.free_lists.map(|lists| {
            let _call = self.call();
            // SAFETY: as in `malloc`.
            shown_lists(self.base, self.most_blocks(), |show| unsafe { lists(show) })
        });
        lists.unwrap_or_default().into_iter()
    }

    fn shows_blocks(&self) -> bool {
        self.functions.blocks.is_some()
    }

    fn timed_calls(&mut self) -> TimedCalls<'_> {
        // A checked call has to be announced, and the blocks in a given segment show how much of it
        // is in use.
        let functions = match P::IS_SILENT && !self.is_given_segment {
            true => self.functions.native_calls(self.base),
            false => None,
        };
        functions.map_or(TimedCalls::OfTrait, TimedCalls::OfFunctions)
    }

    fn refuses_bad_pointers(&self) -> bool {
        false
    }

    #[inline]
    fn arena(&self) -> &Arena<P> {
        // SAFETY: the context is this heap's, and C code, which may change it, does not run now.
        unsafe { &(*self.place.context).arena }
    }

    #[inline]
    fn arena_mut(&mut self) -> &mut Arena<P> {
        // SAFETY: as in `arena`; `&mut self` makes it the only borrow.
        unsafe { &mut (*self.place.context).arena }
    }

    fn into_arena(mut self) -> Arena<P> {
        self.place.take_arena().unwrap_or_else(|| unreachable!("the machine is taken once"))
    }
}

impl<P: Probe> Place<P> {
    /// Gives the object back, and the machine to the caller; none if it is taken already.
    fn take_arena(&mut self) -> Option<Arena<P>> {
        self.instance.take()?.give_back();
        // SAFETY: both were made by `Box::into_raw`, and the object is disconnected from them.
        unsafe {
            drop(Box::from_raw(self.table));
            Some(Box::from_raw(self.context).arena)
        }
    }
}

impl<P: Probe> Drop for Place<P> {
    fn drop(&mut self) {
        drop(self.take_arena());
    }
}

#[cfg(test)]
mod tests;
