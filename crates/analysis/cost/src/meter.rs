//! Counts what an operation does, and adds up the counts when the operation ends.

use crate::footprint::{Footprint, Touch};
use crate::{Cache, Counts, Distribution, Measure, Options, Part, Stretch, Words};
use heaplab_arena::{Addr, Event, WORD_BYTES};
use std::num::NonZeroUsize;

/// log2 of the bytes in a line.
const LINE_LOG2: u32 = 6;

/// log2 of the bytes in a page.
const PAGE_LOG2: u32 = 12;

/// The counts of the operations so far.
#[derive(Debug)]
pub(crate) struct Meter {
    /// The counts of the current operation; before the first one, of the set-up.
    counts: Counts,
    /// What the operation before read and wrote.
    last: Words,
    /// Its index; none while the empty heap is set up.
    op_index: Option<usize>,
    /// Its stamp on lines and pages: 1 is the set-up.
    stamp: u32,
    lines: Footprint,
    pages: Footprint,
    cache: Option<Cache>,
    tlb: Option<Cache>,
    setup: Counts,
    distributions: [Distribution; Measure::ALL.len()],
    parts: Vec<Part>,
    stretch_ops: Option<NonZeroUsize>,
    stretches: Vec<Stretch>,
    outside: u64,
}

impl Meter {
    pub(crate) fn new(options: &Options) -> Meter {
        let part = |ops: &std::ops::Range<usize>| Part { ops: ops.clone(), touches: 0 };
        Meter {
            counts: Counts::default(),
            last: Words::default(),
            op_index: None,
            stamp: 1,
            lines: Footprint::new(LINE_LOG2),
            pages: Footprint::new(PAGE_LOG2),
            cache: options.cache.map(Cache::new),
            tlb: options.tlb.map(Cache::new),
            setup: Counts::default(),
            distributions: Default::default(),
            parts: options.parts.iter().map(part).collect(),
            stretch_ops: options.stretch_ops,
            stretches: Vec::new(),
            outside: 0,
        }
    }

    /// Begins the operation with this index, and ends the one before.
    pub(crate) fn begin(&mut self, op_index: usize) {
        self.end();
        self.op_index = Some(op_index);
    }

    /// Returns what the operation that has ended last read and wrote.
    pub(crate) fn last(&self) -> Words {
        self.last
    }

    /// Ends the current operation, or the set-up.
    pub(crate) fn end(&mut self) {
        let mut counts = std::mem::take(&mut self.counts);
        counts[Measure::Touches] = counts[Measure::Loads] + counts[Measure::Stores];
        self.last = Words { loads: counts[Measure::Loads], stores: counts[Measure::Stores] };
        self.stamp = self.stamp.wrapping_add(1);
        let Some(op_index) = self.op_index else {
            self.setup = counts;
            return;
        };
        for measure in Measure::ALL {
            self.distributions[measure as usize].add(counts[measure], op_index);
        }
        for part in &mut self.parts {
            if part.ops.contains(&op_index) {
                part.touches += counts[Measure::Touches];
            }
        }
        if let Some(stretch_ops) = self.stretch_ops {
            if op_index.is_multiple_of(stretch_ops.get()) {
                self.stretches.push(Stretch::default());
            }
            if let Some(stretch) = self.stretches.last_mut() {
                stretch.add(op_index, counts[Measure::Loads], counts[Measure::Stores]);
            }
        }
    }

    #[inline]
    pub(crate) fn load(&mut self, addr: Addr) {
        self.counts[Measure::Loads] += 1;
        self.word(addr);
    }

    #[inline]
    pub(crate) fn store(&mut self, addr: Addr) {
        self.counts[Measure::Stores] += 1;
        self.word(addr);
    }

    pub(crate) fn copy(&mut self, from: Addr, to: Addr, size: u32) {
        let words = words(size);
        self.counts[Measure::Loads] += words;
        self.counts[Measure::Stores] += words;
        self.lines(from, size);
        self.lines(to, size);
        if let Some(cache) = &mut self.cache {
            self.counts[Measure::CacheMisses] += cache.copy(from, to, size);
        }
        if let Some(tlb) = &mut self.tlb {
            self.counts[Measure::TlbMisses] += tlb.copy(from, to, size);
        }
    }

    pub(crate) fn zero(&mut self, addr: Addr, size: u32) {
        self.counts[Measure::Stores] += words(size);
        self.lines(addr, size);
        if let Some(cache) = &mut self.cache {
            self.counts[Measure::CacheMisses] += cache.range(addr, size);
        }
        if let Some(tlb) = &mut self.tlb {
            self.counts[Measure::TlbMisses] += tlb.range(addr, size);
        }
    }

    pub(crate) fn sbrk(&mut self, old: Addr, new: Addr) {
        self.counts[Measure::SbrkCalls] += 1;
        // Before the first call the break is the start.
        self.lines.cover(old, new);
        self.pages.cover(old, new);
    }

    pub(crate) fn event(&mut self, event: Event) {
        let measure = match event {
            Event::SearchStep => Measure::SearchSteps,
            Event::Split => Measure::Splits,
            Event::Merge => Measure::Merges,
        };
        self.counts[measure] += 1;
    }

    pub(crate) fn setup(&self) -> &Counts {
        &self.setup
    }

    pub(crate) fn distribution(&self, measure: Measure) -> &Distribution {
        &self.distributions[measure as usize]
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    pub(crate) fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    pub(crate) fn outside(&self) -> u64 {
        self.outside
    }

    #[inline]
    fn word(&mut self, addr: Addr) {
        let first = line_of(addr);
        let last = line_of(addr + (WORD_BYTES - 1));
        self.line(first);
        if last != first {
            self.line(last);
        }
        if let Some(cache) = &mut self.cache {
            self.counts[Measure::CacheMisses] += cache.word(addr);
        }
        if let Some(tlb) = &mut self.tlb {
            self.counts[Measure::TlbMisses] += tlb.word(addr);
        }
    }

    fn lines(&mut self, addr: Addr, size: u32) {
        // The machine stops an access past its last address, but only afterwards.
        let Some(last) = size.checked_sub(1) else {
            return;
        };
        let last = Addr::new(addr.to_word().saturating_add(last));
        for line in line_of(addr)..=line_of(last) {
            self.line(line);
        }
    }

    #[inline]
    fn line(&mut self, line: u32) {
        match self.lines.touch(line, self.stamp) {
            Touch::Again => {}
            Touch::New => {
                self.counts[Measure::Lines] += 1;
                // A page can only be new if a line is.
                let page = line >> (PAGE_LOG2 - LINE_LOG2);
                if self.pages.touch(page, self.stamp) == Touch::New {
                    self.counts[Measure::Pages] += 1;
                }
            }
            Touch::Outside => self.outside += 1,
        }
    }
}

fn line_of(addr: Addr) -> u32 {
    addr.to_word() >> LINE_LOG2
}

fn words(size: u32) -> u64 {
    u64::from(size.div_ceil(WORD_BYTES))
}
