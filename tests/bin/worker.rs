//! Only the worker that a grader uses: no command line for people, no files.
#![forbid(unsafe_code)]

use heaplab_arena::{Arena, OutOfMemory, Probe};
use heaplab_checks::for_timed_grades;
use heaplab_heap::{Align, Design, Word};
use heaplab_implicit::Policy;

/// A design whose `Default` panics.
#[derive(Clone)]
struct NoDefault(Policy);

impl Default for NoDefault {
    fn default() -> NoDefault {
        panic!("there is no default");
    }
}

impl Design for NoDefault {
    const NAME: &'static str = "no-default";
    const ABOUT: &'static str = "its Default panics";
    const WORDS: &'static [Word<NoDefault>] = &[];
    type Heap<P: Probe> = <Policy as Design>::Heap<P>;

    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<Self::Heap<P>, OutOfMemory> {
        self.0.build(arena, align)
    }
}

fn main() -> std::process::ExitCode {
    let heaps = for_timed_grades().with_named::<Policy>("mine").with::<NoDefault>();
    heaplab_worker::main(&heaps.heaps())
}
