//! The probe that passes loads, stores and other events on to the meter.

use crate::meter::Meter;
use crate::{Options, Words};
use heaplab_arena::{Addr, Event, Probe};
use std::cell::RefCell;

/// Passes the allocator's accesses on to a meter; the driver marks where an operation begins.
#[derive(Debug)]
pub(crate) struct CostProbe {
    meter: RefCell<Meter>,
}

impl CostProbe {
    pub(crate) fn new(options: &Options) -> CostProbe {
        CostProbe { meter: RefCell::new(Meter::new(options)) }
    }

    /// Begins the operation with this index.
    pub(crate) fn begin(&self, op_index: usize) {
        self.meter.borrow_mut().begin(op_index);
    }

    /// Returns what the operation that has ended last read and wrote.
    pub(crate) fn last(&self) -> Words {
        self.meter.borrow().last()
    }

    /// Ends the last operation, and returns the meter.
    pub(crate) fn finish(self) -> Meter {
        let mut meter = self.meter.into_inner();
        meter.end();
        meter
    }
}

impl Probe for CostProbe {
    #[inline]
    fn on_load(&self, addr: Addr) {
        self.meter.borrow_mut().load(addr);
    }

    #[inline]
    fn on_store(&self, addr: Addr) {
        self.meter.borrow_mut().store(addr);
    }

    fn on_copy(&self, from: Addr, to: Addr, size: u32) {
        self.meter.borrow_mut().copy(from, to, size);
    }

    fn on_zero(&self, addr: Addr, size: u32) {
        self.meter.borrow_mut().zero(addr, size);
    }

    fn on_sbrk(&self, _increment: i32, old: Addr, new: Addr) {
        self.meter.borrow_mut().sbrk(old, new);
    }

    #[inline]
    fn on_event(&self, event: Event) {
        self.meter.borrow_mut().event(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Geometry, Measure};
    use heaplab_arena::Arena;
    use heaplab_arena::host::Host;

    const BOTH: Options = Options {
        cache: Some(Geometry::CACHE),
        tlb: Some(Geometry::TLB),
        parts: Vec::new(),
        stretch_ops: None,
    };

    /// Runs a script on an arena, and returns the meter with its measures.
    fn seen(script: impl FnOnce(&CostProbe, &mut Arena<&CostProbe>)) -> Meter {
        let probe = CostProbe::new(&BOTH);
        let settings = heaplab_arena::Settings::default();
        let mut arena = Arena::with(settings, &probe).unwrap();
        script(&probe, &mut arena);
        drop(arena);
        probe.finish()
    }

    fn worst(meter: &Meter, measure: Measure) -> Option<(u64, usize)> {
        meter.distribution(measure).worst()
    }

    #[test]
    fn set_up_is_measured_separately() {
        let meter = seen(|probe, arena| {
            let start = arena.sbrk(8192).unwrap();
            arena.store(start, 1);
            probe.begin(0);
            arena.load(start);
            arena.load(start + 4096);
            probe.begin(1);
        });
        let setup = meter.setup();
        assert_eq!((setup[Measure::Stores], setup[Measure::SbrkCalls]), (1, 1));
        assert_eq!(meter.distribution(Measure::SbrkCalls).total(), 0);
        assert_eq!(worst(&meter, Measure::Loads), Some((2, 0)));
        assert_eq!(worst(&meter, Measure::Pages), Some((2, 0)));
        // The set-up has fetched the first line.
        assert_eq!(worst(&meter, Measure::CacheMisses), Some((1, 0)));
    }

    #[test]
    fn a_line_counts_once_per_operation() {
        let meter = seen(|probe, arena| {
            let start = arena.sbrk(4096).unwrap();
            for op_index in 0..3 {
                probe.begin(op_index);
                for word in 0..32 {
                    arena.store(start + 4 * word, 0);
                }
                // This word begins in the second line and ends in the third.
                arena.load(start + 126);
            }
        });
        let lines = meter.distribution(Measure::Lines);
        assert_eq!((lines.total(), lines.worst()), (9, Some((3, 0))));
        assert_eq!(meter.distribution(Measure::Pages).total(), 3);
        assert_eq!(meter.distribution(Measure::CacheMisses).total(), 3);
        assert_eq!(meter.distribution(Measure::TlbMisses).total(), 1);
        assert_eq!(meter.distribution(Measure::Touches).total(), 99);
    }

    #[test]
    fn a_copy_counts_every_word_of_its_range() {
        let meter = seen(|probe, arena| {
            let start = arena.sbrk(4096).unwrap();
            probe.begin(0);
            arena.copy(start, start + 1024, 130);
            arena.zero(start + 2048, 6);
            arena.copy(start, start, 0);
        });
        let total = |measure| meter.distribution(measure).total();
        assert_eq!((total(Measure::Loads), total(Measure::Stores)), (33, 35));
        assert_eq!((total(Measure::Lines), total(Measure::Pages)), (3 + 3 + 1, 1));
        assert_eq!((total(Measure::CacheMisses), total(Measure::TlbMisses)), (7, 1));
    }

    /// Every address of the machine can be read. A load outside the heap segment is counted
    /// separately: it does not count as a line of the heap, and takes no memory in the meter.
    #[test]
    fn accesses_outside_the_heap_are_counted_separately() {
        let meter = seen(|probe, arena| {
            let start = arena.sbrk(64).unwrap();
            probe.begin(0);
            for addr in [Addr::NULL, start - 4, start + 64, Addr::new(u32::MAX)] {
                arena.load(addr);
            }
            arena.load(start);
        });
        assert_eq!(meter.distribution(Measure::Loads).total(), 5);
        assert_eq!(meter.distribution(Measure::Lines).total(), 1);
        // The word at the last address wraps around to address 0, so it has two lines.
        assert_eq!(meter.outside(), 5);
    }
}
