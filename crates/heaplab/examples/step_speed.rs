//! Measures the screen of `step`: from a key to the drawn screen, the worker's process included.
//!
//! Times are those of the clock. Steps are measured when the film is recorded and the heap checked.
//!
//! ```console
//! $ cargo run -p heaplab --example step_speed -- TRACE [STEPS] [HEAP..]
//! ```
#![forbid(unsafe_code)]

use heaplab_checks::{CheckSettings, Conditions};
use heaplab_film::FilmInWorker;
use heaplab_stepper::{Filmed, Key, Outside, Stepper};
use heaplab_trace::{ReadOptions, Trace};
use heaplab_worker::pool::WorkerOptions;
use heaplab_worker::{Common, Refusal, WORKER};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == WORKER) {
        return heaplab::Lab::standard().main();
    }
    match measure_all(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure_all(words: &[String]) -> Result<(), Box<dyn Error>> {
    let path = words.first().ok_or("usage: step_speed TRACE [STEPS] [HEAP..]")?;
    let steps: u32 = words.get(1).map_or(Ok(100), |steps| steps.parse())?;
    let trace = Trace::read(path, File::open(path)?, &ReadOptions::STRICT)?.trace;
    let trace = Arc::new(trace);
    println!("{} operations", trace.ops().len());
    let named: Vec<&str> = words.iter().skip(2).map(String::as_str).collect();
    let all = ["segregated", "quick", "explicit"];
    for heap in if named.is_empty() { &all[..] } else { &named[..] } {
        measure(heap, Path::new(path), &trace, steps)?;
    }
    Ok(())
}

/// Sees some steps of a heap in each of several ways.
fn measure(heap: &str, path: &Path, trace: &Arc<Trace>, steps: u32) -> Result<(), Box<dyn Error>> {
    let worker_options = WorkerOptions::new(3 << 30);
    let host = Host { worker_options: &worker_options, path: path.to_owned() };
    let began = Instant::now();
    let mut stepper = Stepper::new(Box::new(host), &[heap.to_owned()], Arc::clone(trace), "trace")?;
    println!("{heap}: opened in {:.2?}", began.elapsed());
    while stepper.is_recording() {
        stepper.go_on();
    }
    println!("  recorded after {:.2?}", began.elapsed());
    while stepper.is_pending() {
        thread::sleep(Duration::from_millis(100));
        stepper.go_on();
    }
    println!("  checked after {:.2?}", began.elapsed());
    let mut terminal = Terminal::new(TestBackend::new(80, 24))?;
    let mut random = Lines { seed: 1, last: trace.line(trace.ops().len() - 1) };
    let mut how = |how: &str, keys: &mut dyn FnMut() -> Vec<Key>| -> Result<(), Box<dyn Error>> {
        let mut times = Vec::new();
        for _ in 0..steps {
            let (keys, began) = (keys(), Instant::now());
            for key in keys {
                stepper.press(key);
            }
            terminal.draw(|frame| stepper.draw(frame))?;
            times.push(began.elapsed());
        }
        times.sort_unstable();
        let mean = times.iter().sum::<Duration>() / steps;
        let [median, most] = [times[times.len() / 2], times[times.len() - 1]];
        println!("  {how}: {mean:.2?} on average, median {median:.2?}, {most:.2?} at most");
        Ok(())
    };
    how("anywhere", &mut || random.keys())?;
    how("backwards", &mut || vec![Key::Left])?;
    how("forwards", &mut || vec![Key::Right])?;
    how("inside a call and out", &mut || vec![Key::Right, Key::Char('i'), Key::Escape])
}

/// Lines in no order.
struct Lines {
    seed: u64,
    last: u32,
}

impl Lines {
    /// Returns the keys that go to a line.
    fn keys(&mut self) -> Vec<Key> {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let line = (self.seed >> 33) % u64::from(self.last);
        let digits = line.to_string();
        let typed = digits.chars().map(Key::Char);
        [Key::Char('g')].into_iter().chain(typed).chain([Key::Enter]).collect()
    }
}

struct Host<'a> {
    worker_options: &'a WorkerOptions,
    path: PathBuf,
}

impl<'a> Outside<'a> for Host<'a> {
    fn record(&mut self, heap: &str, trace: &Arc<Trace>) -> Result<Box<dyn Filmed + 'a>, String> {
        let settings = CheckSettings {
            heap: heap.to_owned(),
            trace: self.path.as_path().into(),
            conditions: Conditions {
                common: Common {
                    align_bytes: 16,
                    limit_bytes: 1 << 30,
                    reading: ReadOptions::STRICT,
                    timeout_seconds: 10.0,
                },
                refusal: Refusal::default(),
                bad_pointers: false,
            },
        };
        let film = FilmInWorker::begin(settings, Arc::clone(trace), self.worker_options);
        let film = film.map_err(|error| error.to_string())?;
        Ok(Box::new(film.map_err(|failure| failure.message)?))
    }

    fn source(&mut self, file: &str) -> Option<String> {
        std::fs::read_to_string(file).ok()
    }

    fn save(&mut self, _: &str, _: &[u8]) -> Result<(), String> {
        Err("this saves nothing".to_owned())
    }
}
