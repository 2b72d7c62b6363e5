//! Compares how counts and times rank heaps and traces: Spearman's rank correlation of each count
//! per operation with ns per operation, over all heaps and traces.
//!
//! ```console
//! $ heaplab run --cost --format csv | cargo run --release -p heaplab --example rank_correlation
//! ```
#![forbid(unsafe_code)]

use std::error::Error;
use std::io;

const MEASURES: [&str; 6] = ["touches", "loads", "stores", "lines", "pages", "search_steps"];

/// One heap on one trace.
struct Row {
    heap: String,
    trace: String,
    ns_per_op: f64,
    /// The counts per operation.
    counts: [f64; MEASURES.len()],
}

fn main() -> Result<(), Box<dyn Error>> {
    let rows = read()?;
    println!("{:12} {:>12} {:>28}", "measure", "correlation", "pairs of heaps in one order");
    for (place, measure) in MEASURES.into_iter().enumerate() {
        let counts: Vec<f64> = rows.iter().map(|row| row.counts[place]).collect();
        let times: Vec<f64> = rows.iter().map(|row| row.ns_per_op).collect();
        let correlation = correlation(&ranks(&counts), &ranks(&times));
        let (agree, pairs) = pairs(&rows, place);
        println!("{measure:12} {correlation:12.3} {agree:>18} of {pairs:>6}");
    }
    Ok(())
}

/// Returns the lines that have both a time and counts.
fn read() -> Result<Vec<Row>, Box<dyn Error>> {
    let mut reader = csv::Reader::from_reader(io::stdin());
    let names = reader.headers()?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record?;
        let field = |name: &str| {
            let place = names.iter().position(|field| field == name)?;
            record.get(place)
        };
        let number = |name: &str| field(name)?.parse::<f64>().ok();
        let count = |measure| Some(number(&format!("cost_{measure}_total"))? / number("ops")?);
        let counts: Option<Vec<f64>> = MEASURES.into_iter().map(count).collect();
        if let (Some(heap), Some(trace), Some(ns_per_op), Some(counts)) =
            (field("heap"), field("trace"), number("ns_per_op"), counts)
        {
            rows.push(Row {
                heap: heap.to_owned(),
                trace: trace.to_owned(),
                ns_per_op,
                counts: counts.try_into().map_err(|_| "a measure too many")?,
            });
        }
    }
    if rows.is_empty() { Err("no line has both counts and a time".into()) } else { Ok(rows) }
}

/// Returns how many pairs of heaps on one trace have counts and times in the same order, and the
/// number of all pairs.
fn pairs(rows: &[Row], measure: usize) -> (usize, usize) {
    let (mut agree, mut pairs) = (0, 0);
    for (index, a) in rows.iter().enumerate() {
        for b in rows[..index].iter().filter(|b| b.trace == a.trace && b.heap != a.heap) {
            let counts = a.counts[measure] - b.counts[measure];
            agree += usize::from(counts * (a.ns_per_op - b.ns_per_op) > 0.0);
            pairs += 1;
        }
    }
    (agree, pairs)
}

/// Returns ranks from 1; equal values share the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let rank = |value: &f64| {
        let below = values.iter().filter(|other| *other < value).count();
        let equal = values.iter().filter(|other| *other == value).count();
        below as f64 + (equal as f64 + 1.0) / 2.0
    };
    values.iter().map(rank).collect()
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let product = |a: &[f64], mean_a: f64, b: &[f64], mean_b: f64| -> f64 {
        let products = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b));
        products.sum()
    };
    let variations = product(a, mean_a, a, mean_a) * product(b, mean_b, b, mean_b);
    product(a, mean_a, b, mean_b) / variations.sqrt()
}
