//! How to name heaps on a command line: the same in every command.
//!
//! `heaplab run explicit quick` and `heaplab run --heap explicit --heap quick` mean the same.

#[cfg(feature = "c-heaps")]
use super::c_files::COptions;

/// Any number of heaps.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct HeapArguments {
    /// A heap, optionally with policies: `explicit:address,best-fit`; or a heap in C: `./mm.c`.
    /// Several heaps are compared
    /// [default: every heap, see `heaplab heaps`]
    #[arg(value_name = "HEAP")]
    heaps: Vec<String>,

    /// A heap, given as an option
    #[arg(long = "heap", value_name = "HEAP")]
    more_heaps: Vec<String>,

    #[cfg(feature = "c-heaps")]
    #[command(flatten)]
    c: COptions,
}

impl HeapArguments {
    /// Returns all heaps that were named, in either way.
    pub fn all(&self) -> Vec<String> {
        let named = self.heaps.iter().chain(&self.more_heaps);
        #[cfg(feature = "c-heaps")]
        return named.map(|heap| self.c.applied_to(heap)).collect();
        #[cfg(not(feature = "c-heaps"))]
        named.cloned().collect()
    }
}

/// One heap.
#[derive(clap::Args, Clone, Debug)]
pub struct HeapArgument {
    #[command(flatten)]
    named: NamedHeap,

    #[cfg(feature = "c-heaps")]
    #[command(flatten)]
    c: COptions,
}

/// The name of one heap, given in one of two ways.
#[derive(clap::Args, Clone, Debug)]
#[group(required = true, multiple = false)]
struct NamedHeap {
    /// The heap, optionally with policies: `explicit:address,best-fit`; or a heap in C: `./mm.c`
    #[arg(value_name = "HEAP")]
    heap: Option<String>,

    /// The heap, given as an option
    #[arg(long = "heap", value_name = "HEAP")]
    same_heap: Option<String>,
}

impl HeapArgument {
    /// Returns the heap's name.
    pub fn name(&self) -> String {
        let NamedHeap { heap, same_heap } = &self.named;
        let name = heap.as_deref().or(same_heap.as_deref());
        let name = name.unwrap_or_default(); // one of them is required
        #[cfg(feature = "c-heaps")]
        return self.c.applied_to(name);
        #[cfg(not(feature = "c-heaps"))]
        name.to_owned()
    }
}
