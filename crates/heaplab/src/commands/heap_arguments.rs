//! How to name heaps on a command line: the same in every command.
//!
//! `heaplab run explicit quick` and `heaplab run --heap explicit --heap quick` mean the same.

/// Any number of heaps.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct HeapArguments {
    /// A heap, optionally with policies: `explicit:address,best-fit`. Several heaps are compared
    /// [default: every heap, see `heaplab heaps`]
    #[arg(value_name = "HEAP")]
    heaps: Vec<String>,

    /// A heap, given as an option
    #[arg(long = "heap", value_name = "HEAP")]
    more_heaps: Vec<String>,
}

impl HeapArguments {
    /// Returns all heaps that were named, in either way.
    pub fn all(&self) -> Vec<String> {
        [&*self.heaps, &*self.more_heaps].concat()
    }
}

/// One heap.
#[derive(clap::Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub struct HeapArgument {
    /// The heap, optionally with policies: `explicit:address,best-fit`
    #[arg(value_name = "HEAP")]
    heap: Option<String>,

    /// The heap, given as an option
    #[arg(long = "heap", value_name = "HEAP")]
    same_heap: Option<String>,
}

impl HeapArgument {
    /// Returns the heap's name.
    pub fn name(&self) -> &str {
        let name = self.heap.as_deref().or(self.same_heap.as_deref());
        name.unwrap_or_default() // one of them is required
    }
}
