//! The costs as text: for one trace every measure, for several a line each.

use crate::{Cell, Results, Row};
use heaplab_cost::{Cost, Geometry, Measure, Summary};
use heaplab_report::{FAULT, Grid, Group, Line, NONE, figure};
use heaplab_trace::Visible;

/// Returns the table: for one trace a row for each measure, for several a row for each.
pub(crate) fn grid(results: &Results) -> Grid {
    match &results.rows[..] {
        [row] => of_one_trace(results, row),
        _ => of_traces(results),
    }
}

/// Returns the text below it: the worst operations of one trace, and what the words mean.
pub(crate) fn remarks(results: &Results, cache: Option<Geometry>, tlb: Option<Geometry>) -> String {
    let worst = match &results.rows[..] {
        [row] => worst_operations(results, row),
        _ => String::new(),
    };
    worst + &explained(results, cache, tlb)
}

/// Returns the name of a measure in the table.
fn label(measure: Measure) -> &'static str {
    match measure {
        Measure::Touches => "touches",
        Measure::Loads => "  loads",
        Measure::Stores => "  stores",
        Measure::Lines => "64-byte lines",
        Measure::Pages => "4-KiB pages",
        Measure::SearchSteps => "search steps",
        Measure::Splits => "splits",
        Measure::Merges => "merges",
        Measure::SbrkCalls => "sbrk calls",
        Measure::CacheMisses => "cache misses",
        Measure::TlbMisses => "TLB misses",
    }
}

/// Returns a row for each measure.
fn of_one_trace(results: &Results, row: &Row) -> Grid {
    let measures: Vec<Measure> = row
        .cells
        .iter()
        .filter_map(|cell| cell.cost.as_ref())
        // A heap in C has fewer.
        .max_by_key(|cost| cost.measures.len())
        .map_or(vec![Measure::Touches], |cost| {
            cost.measures.iter().map(|(measure, _)| *measure).collect()
        });
    let line = |&measure: &Measure| Line {
        labels: vec![label(measure).to_owned()],
        cells: row.cells.iter().map(|cell| spread(cell, measure)).collect(),
    };
    Grid {
        labels: vec!["an operation"],
        groups: groups(results, &["mean", "p99", "worst", "line"]),
        rows: measures.iter().map(line).collect(),
        footer: vec![
            sums(row, "touches of all operations", |touches| touches.total),
            sums(row, "touches before the first", |touches| touches.setup),
        ],
    }
}

fn groups(results: &Results, columns: &[&'static str]) -> Vec<Group> {
    let heaps = results.heaps.iter();
    heaps.map(|heap| Group::new(heap, columns)).collect()
}

/// Returns mean, percentile and worst of a measure, and the worst one's line.
fn spread(cell: &Cell, measure: Measure) -> Vec<String> {
    let found = cell.cost.as_ref().and_then(|cost| {
        let summary = cost.get(measure)?;
        Some((cost, summary))
    });
    let Some((cost, summary)) = found else {
        let first = if cell.cost.is_some() { NONE } else { FAULT };
        return [first, NONE, NONE, NONE].map(str::to_owned).to_vec();
    };
    let worst = summary.worst;
    vec![
        mean(cost.mean(measure)),
        summary.p99.to_string(),
        worst.map_or(0, |worst| worst.value).to_string(),
        worst.map_or(NONE.to_owned(), |worst| worst.line.to_string()),
    ]
}

/// Formats a mean: small means need their decimals; large ones don't.
fn mean(mean: Option<f64>) -> String {
    match mean {
        Some(small) if small < 100.0 => figure(mean, 2),
        _ => figure(mean, 1),
    }
}

/// Returns a row with a sum in the first column of each heap.
fn sums(row: &Row, label: &str, sum: fn(&Summary) -> u64) -> Line {
    let cells = row.cells.iter().map(|cell| {
        let touches = cell.cost.as_ref().and_then(|cost| cost.get(Measure::Touches));
        let sum = touches.map_or(NONE.to_owned(), |touches| sum(touches).to_string());
        in_first_column(sum, 4)
    });
    Line { labels: vec![label.to_owned()], cells: cells.collect() }
}

fn in_first_column(text: String, columns: usize) -> Vec<String> {
    let mut cells = vec![text];
    cells.resize(columns, String::new());
    cells
}

/// Returns the operations with the most touches, to be looked up.
fn worst_operations(results: &Results, row: &Row) -> String {
    let worst = |(heap, cell): (&String, &Cell)| {
        let cost: &Cost = cell.cost.as_ref()?;
        let worst = cost.get(Measure::Touches)?.worst?;
        let op = row.input.trace.ops()[worst.op_index];
        let (file, line, value) = (row.input.path.visible(), worst.line, worst.value);
        Some(format!("worst of {heap}: {file}:{line}: `{op}`, {value} touches\n"))
    };
    let worst: String = results.heaps.iter().zip(&row.cells).filter_map(worst).collect();
    format!("\n{worst}")
}

/// Returns a row for each trace.
fn of_traces(results: &Results) -> Grid {
    let simulated: Vec<Measure> = [Measure::CacheMisses, Measure::TlbMisses]
        .into_iter()
        .filter(|measure| {
            let mut cells = results.rows.iter().flat_map(|row| &row.cells);
            cells.any(|cell| cell.cost.as_ref().is_some_and(|cost| cost.get(*measure).is_some()))
        })
        .collect();
    let mut columns = vec!["touches/op", "p99", "worst", "line"];
    columns.extend(simulated.iter().map(|measure| match measure {
        Measure::CacheMisses => "cache misses/op",
        _ => "TLB misses/op",
    }));
    let cells = |cell: &Cell| {
        let mut cells = spread(cell, Measure::Touches);
        cells.extend(
            simulated
                .iter()
                .map(|&measure| mean(cell.cost.as_ref().and_then(|cost| cost.mean(measure)))),
        );
        cells
    };
    let line = |row: &Row| Line {
        labels: vec![
            row.input.trace.name().visible().into_owned(),
            row.input.trace.ops().len().to_string(),
        ],
        cells: row.cells.iter().map(cells).collect(),
    };
    let footer = |label: &str, of_heap: &dyn Fn(usize) -> Option<f64>| Line {
        labels: vec![label.to_owned(), String::new()],
        cells: (0..results.heaps.len())
            .map(|heap| in_first_column(mean(of_heap(heap)), columns.len()))
            .collect(),
    };
    Grid {
        labels: vec!["trace", "ops"],
        groups: groups(results, &columns),
        rows: results.rows.iter().map(line).collect(),
        footer: match results.has_mean_throughput() {
            true => vec![
                footer("all operations", &|heap| results.mean_touches(heap)),
                footer("mean of the traces", &|heap| results.mean_touches_of_traces(heap)),
            ],
            // A row of dashes would not show why.
            false => Vec::new(),
        },
    }
}

/// Returns what the words in the table mean.
fn explained(results: &Results, cache: Option<Geometry>, tlb: Option<Geometry>) -> String {
    let mut text = if results.has_mean_throughput() || results.rows.len() == 1 {
        String::new()
    } else {
        "\nno means: no trace counts for them (weight 0 counts for nothing, 2 for utilization only)\n"
            .to_owned()
    };
    text += &format!(
        "\ntouches: words of the heap that the allocator reads or writes; p99: 99th percentile, nearest rank\n\
         payloads aligned to {} bytes\n",
        results.common.align_bytes
    );
    for (name, geometry) in [("cache", cache), ("TLB", tlb)] {
        if let Some(geometry) = geometry {
            text += &format!("simulated {name}: {geometry}; empty at the start\n");
        }
    }
    let cells = |row: &'_ Row| {
        let cells = row.cells.iter().zip(&results.heaps);
        cells
            .filter_map(|(cell, heap)| Some((heap.clone(), cell.cost.as_ref()?.outside_accesses)))
            .filter(|(_, outside)| *outside > 0)
            .map(|(heap, outside)| {
                let trace = row.input.trace.name().visible();
                format!("{heap} on {trace}: {outside} accesses outside the heap segment, counted as touches but not as lines\n")
            })
            .collect::<String>()
    };
    text + &results.rows.iter().map(cells).collect::<String>()
}
