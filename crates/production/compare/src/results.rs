//! The results of a comparison.

use heaplab_inputs::Input;
use heaplab_replay::Facts;
use heaplab_support::statistics::median;
use heaplab_worker::FaultReport;

/// The name of the Windows heap as implemented by Wine.
pub const WINE_NAME: &str = "wine";

/// One of the compared heaps and allocators.
#[derive(Clone, Debug)]
pub struct Contender {
    /// The name in tables.
    pub name: String,
    /// What the worker gets: the name, or the path of a library.
    pub asked: String,
    /// Where the contender's memory is.
    pub kind: Kind,
    /// Whether the contender moves the break of its process. The C library's allocator does too,
    /// so the two are not timed in one process.
    pub moves_break: bool,
}

/// Where a contender's memory is, which decides how the memory is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A heap of the simulated machine.
    Simulated,
    /// A production allocator that is built in, or a library that is loaded: in the
    /// host's memory.
    InHostMemory,
    /// The Windows heap, in programs run by Wine.
    Wine,
}

impl Contender {
    fn new(name: &str, kind: Kind) -> Contender {
        Contender { name: name.to_owned(), asked: name.to_owned(), kind, moves_break: false }
    }

    /// Returns the contender for a heap of the simulated machine.
    pub fn heap(name: String) -> Contender {
        Contender::new(&name, Kind::Simulated)
    }

    /// Returns the contender for a production allocator.
    pub fn real(name: &str) -> Contender {
        Contender::new(name, Kind::InHostMemory)
    }

    /// Returns the contender for Wine's heap.
    pub fn wine() -> Contender {
        Contender::new(WINE_NAME, Kind::Wine)
    }

    /// Returns whether programs outside this lab use the contender.
    pub fn is_production(&self) -> bool {
        self.kind != Kind::Simulated
    }

    /// Returns whether the contender is Wine's heap.
    pub fn is_wine(&self) -> bool {
        self.kind == Kind::Wine
    }
}

/// The results for all contenders and traces.
pub struct Results {
    /// The contenders.
    pub contenders: Vec<Contender>,
    /// A row for each trace.
    pub rows: Vec<Row>,
    /// Whether times were measured.
    pub timed: bool,
    /// Whether memory was measured.
    pub weighed: bool,
    /// The alignment of the heaps' payloads.
    pub align_bytes: u32,
}

/// A trace, and a cell for each contender.
pub struct Row {
    /// The trace and its file.
    pub input: Input,
    /// A cell for each contender.
    pub cells: Vec<Cell>,
}

/// The results of one contender on one trace.
#[derive(Default)]
pub struct Cell {
    /// The fault because of which there are no figures.
    pub fault: Option<FaultReport>,
    /// The measurements of a heap of the simulated machine.
    pub facts: Option<Facts>,
    /// Nanoseconds per operation, a value for each turn.
    pub ns_per_op: Vec<f64>,
    /// Bytes of host memory at the peak of the payload, a value for each process.
    pub resident_bytes: Vec<u64>,
    /// Bytes committed at the peak of the payload, touched or not; for Wine's heap only.
    pub committed_bytes: Option<u64>,
}

impl Cell {
    /// Returns the median time over the turns, in nanoseconds per operation.
    pub fn median_ns_per_op(&self) -> Option<f64> {
        median(&self.ns_per_op)
    }

    /// Returns the median over the processes, in bytes.
    pub fn median_resident_bytes(&self) -> Option<f64> {
        let bytes: Vec<f64> = self.resident_bytes.iter().map(|&b| b as f64).collect();
        median(&bytes)
    }
}

impl Row {
    /// Returns the peak payload divided by the bytes of host memory then, 0 to 1.
    pub fn resident_share(&self, contender: usize) -> Option<f64> {
        let resident = self.cells[contender].median_resident_bytes()?;
        (resident > 0.0).then(|| self.input.trace.peak_payload_bytes() as f64 / resident)
    }

    /// Returns the peak payload divided by the bytes committed then, 0 to 1.
    pub fn committed_share(&self, contender: usize) -> Option<f64> {
        let committed = self.cells[contender].committed_bytes?;
        (committed > 0).then(|| self.input.trace.peak_payload_bytes() as f64 / committed as f64)
    }

    /// Returns the peak payload divided by the heap segment, the lab's utilization: 0 to 1.
    pub fn utilization(&self, contender: usize) -> Option<f64> {
        self.cells[contender].facts?.utilization()
    }
}

impl Results {
    /// Returns each fault with its contender and its row.
    pub fn faults(&self) -> impl Iterator<Item = (&Contender, &Row, &FaultReport)> {
        self.rows.iter().flat_map(|row| {
            let cells = self.contenders.iter().zip(&row.cells);
            cells.filter_map(move |(contender, cell)| Some((contender, row, cell.fault.as_ref()?)))
        })
    }
}
