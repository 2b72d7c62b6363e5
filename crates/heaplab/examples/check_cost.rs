//! Measures the cost of the checked machine: `check_accesses` against `validate`, in turns, for
//! every default heap on every given trace, in one process.
//!
//! ```console
//! $ cargo run --release -p heaplab --example check_cost -- labs/traces/*/*.rep*
//! ```

use heaplab_arena::Refuse;
use heaplab_heap::{Align, Design};
use heaplab_replay::{CheckSettings, Settings, check_accesses, validate};
use heaplab_trace::{ReadOptions, Trace};
use std::error::Error;
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let mut traces = Vec::new();
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path)?;
        traces.push(Trace::parse(&path, &bytes, &ReadOptions::default())?.trace);
    }
    let mut all = Times::default();
    all.add(time::<heaplab_implicit::Policy>(&traces)?);
    all.add(time::<heaplab_explicit::Policy>(&traces)?);
    all.add(time::<heaplab_quick::Policy>(&traces)?);
    all.print("all three");
    Ok(())
}

#[derive(Default)]
struct Times {
    validity: Duration,
    check: Duration,
}

impl Times {
    fn add(&mut self, other: Times) {
        self.validity += other.validity;
        self.check += other.check;
    }

    fn print(&self, name: &str) {
        println!(
            "{name:24} validity {:8.3} s, checked {:8.3} s, ratio {:.2}",
            self.validity.as_secs_f64(),
            self.check.as_secs_f64(),
            self.check.as_secs_f64() / self.validity.as_secs_f64()
        );
    }
}

fn time<D: Design>(traces: &[Trace]) -> Result<Times, Box<dyn Error>> {
    let design = D::default();
    let (align, limit_bytes) = (Align::Sixteen, 1 << 30);
    let settings = Settings { align, limit_bytes, check_every: None };
    let check_settings = CheckSettings {
        align,
        limit_bytes,
        refuse: Refuse::Never,
        may_run_out: false,
        bad_pointers: true,
    };
    let mut all = Times::default();
    for trace in traces {
        let start = Instant::now();
        validate(&design, trace, &settings, &|_| ())?;
        let validity = start.elapsed();
        let start = Instant::now();
        check_accesses(&design, trace, &check_settings, &|_| ())?;
        let times = Times { validity, check: start.elapsed() };
        times.print(&format!("{} {}", D::NAME, trace.name()));
        all.add(times);
    }
    all.print(D::NAME);
    Ok(all)
}
