//! The results as CSV, for spreadsheets: a line for each heap and trace, and for the C library. A
//! figure that does not exist is an empty field.

use crate::costs::{csv_fields, csv_names};
use crate::{Results, Row};
use heaplab_checks::{C_LIBRARY_KEPT_NAME, C_LIBRARY_NAME};
use heaplab_cost::Cost;
use heaplab_replay::Timing;
use heaplab_support::Error;
use serde::Serialize;

#[derive(Default, Serialize)]
struct Record<'a> {
    heap: &'a str,
    trace: &'a str,
    ops: usize,
    weight: u8,
    valid: Option<bool>,
    error: Option<&'a str>,
    error_line: Option<u32>,
    peak_payload_bytes: u64,
    heap_bytes: Option<u64>,
    utilization: Option<f64>,
    sbrk_calls: Option<u64>,
    loads: Option<u64>,
    stores: Option<u64>,
    ns_per_op: Option<f64>,
    ops_per_second: Option<f64>,
    vs_libc: Option<f64>,
    vs_libc_keep: Option<f64>,
}

/// Returns the lines.
///
/// # Errors
/// If a record can't be written as a line.
pub(crate) fn lines(results: &Results) -> Result<Vec<u8>, Error> {
    let lines = heaplab_report::csv(records(results))?;
    if results.costed { with_costs(results, &lines).map_err(Error::new) } else { Ok(lines) }
}

/// Returns the same lines, with the costs added to each.
fn with_costs(results: &Results, lines: &[u8]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut reader = csv::Reader::from_reader(lines);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = csv_names();
    writer.write_record(reader.headers()?.iter().chain(names.iter().map(String::as_str)))?;
    for record in reader.records() {
        let record = record?;
        let cost = cost_of(results, &record[0], &record[1]);
        let fields = csv_fields(cost);
        writer.write_record(record.iter().chain(fields.iter().map(String::as_str)))?;
    }
    Ok(writer.into_inner()?)
}

/// Returns the cost for a line; none for the C library's.
fn cost_of<'a>(results: &'a Results, heap: &str, trace: &str) -> Option<&'a Cost> {
    let heap = results.heaps.iter().position(|name| name == heap)?;
    let mut rows = results.rows.iter();
    let row = rows.find(|row| row.input.trace.name() == trace)?;
    row.cells[heap].cost.as_ref()
}

fn records(results: &Results) -> Vec<Record<'_>> {
    let mut records = Vec::new();
    for (heap, name) in results.heaps.iter().enumerate() {
        for row in &results.rows {
            let cell = &row.cells[heap];
            let facts = cell.verdict.as_ref().ok();
            let fault = cell.verdict.as_ref().err();
            records.push(Record {
                heap: name,
                trace: row.input.trace.name(),
                ops: row.input.trace.ops().len(),
                weight: row.input.trace.weight().number(),
                valid: Some(fault.is_none()),
                error: fault.map(|fault| fault.code.as_str()),
                error_line: fault.and_then(|fault| fault.line),
                peak_payload_bytes: row.input.trace.peak_payload_bytes(),
                heap_bytes: facts.map(|facts| facts.heap_bytes),
                utilization: cell.utilization(),
                sbrk_calls: facts.map(|facts| facts.sbrk_calls),
                loads: facts.map(|facts| facts.loads),
                stores: facts.map(|facts| facts.stores),
                ns_per_op: cell.timing.map(|timing| timing.ns_per_op),
                ops_per_second: cell.timing.as_ref().map(Timing::ops_per_second),
                vs_libc: cell.timing.and_then(|timing| row.vs_c_library(&timing)),
                vs_libc_keep: cell.timing.and_then(|timing| row.vs_c_library_kept(&timing)),
            });
        }
    }
    let of_c = |name, timing: fn(&Row) -> Option<Timing>| {
        let timed = move |row| Some((name, row, timing(row)?));
        results.rows.iter().filter_map(timed)
    };
    let as_it_is = of_c(C_LIBRARY_NAME, |row| row.c_library);
    let kept = of_c(C_LIBRARY_KEPT_NAME, |row| row.c_library_kept);
    records.extend(as_it_is.chain(kept).map(|(heap, row, timing)| Record {
        heap,
        trace: row.input.trace.name(),
        ops: row.input.trace.ops().len(),
        weight: row.input.trace.weight().number(),
        peak_payload_bytes: row.input.trace.peak_payload_bytes(),
        ns_per_op: Some(timing.ns_per_op),
        ops_per_second: Some(timing.ops_per_second()),
        vs_libc: row.vs_c_library(&timing),
        vs_libc_keep: row.vs_c_library_kept(&timing),
        ..Record::default()
    }));
    records
}
