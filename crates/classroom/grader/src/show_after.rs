//! The time from which students see what hidden traces and checks hold.

use heaplab_grade::Hidden;
use heaplab_support::Error;
use heaplab_support::files::replace_file;
use heaplab_trace::Visible;
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};
use toml::value::{Datetime, Offset};

/// A time with a zone, as RFC 3339 writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShowAfter {
    date: Datetime,
    /// Since 1970.
    seconds: i64,
}

/// A text that is not such a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotATime(String);

/// The file of an output folder that keeps it, so that feedback can be made anew.
const FILE: &str = "show-after.txt";

impl ShowAfter {
    /// Returns what students may see now.
    pub fn now(after: Option<ShowAfter>) -> Hidden {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX));
        match after {
            Some(after) if after.seconds <= now => Hidden::Shown,
            _ => Hidden::Withheld,
        }
    }

    /// Reads the time that an output folder keeps; `None` if it has none.
    ///
    /// # Errors
    /// If there is one that can't be read.
    pub fn kept_in(out: &Path) -> Result<Option<ShowAfter>, Error> {
        let path = out.join(FILE);
        let wrong =
            |error: &dyn fmt::Display| Error::new(format!("error: {}: {error}", path.visible()));
        match fs::read_to_string(&path) {
            Ok(text) => text.parse().map(Some).map_err(|error: NotATime| wrong(&error)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(wrong(&error)),
        }
    }

    /// Keeps the time in an output folder.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn keep_in(self, out: &Path) -> Result<(), Error> {
        let path = out.join(FILE);
        replace_file(&path, format!("{self}\n").as_bytes())
            .map_err(|error| Error::new(format!("error: can't write {}: {error}", path.visible())))
    }
}

impl TryFrom<Datetime> for ShowAfter {
    type Error = NotATime;

    fn try_from(date: Datetime) -> Result<ShowAfter, NotATime> {
        let (Some(day), Some(time), Some(offset)) = (date.date, date.time, date.offset) else {
            return Err(NotATime(date.to_string()));
        };
        let offset_minutes = match offset {
            Offset::Z => 0,
            Offset::Custom { minutes } => i64::from(minutes),
        };
        let days = days_since_1970(i64::from(day.year), i64::from(day.month), i64::from(day.day));
        let minutes = i64::from(time.hour) * 60 + i64::from(time.minute) - offset_minutes;
        let seconds = days * 86_400 + minutes * 60 + i64::from(time.second.unwrap_or(0));
        Ok(ShowAfter { date, seconds })
    }
}

/// Returns the days from 1970 to a day of the Gregorian calendar. Years begin in March here, so
/// that the day of a leap year is the last one.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let of_years = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    of_years + of_year - 719_468
}

impl FromStr for ShowAfter {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<ShowAfter, NotATime> {
        let date: Result<Datetime, _> = text.trim().parse();
        let wrong = || NotATime(text.trim().visible().into_owned());
        date.map_err(|_| wrong())?.try_into().map_err(|_| wrong())
    }
}

impl fmt::Display for ShowAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date.fmt(f)
    }
}

impl fmt::Display for NotATime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a date with a time and a zone: write 2026-12-01T23:59:00+01:00, \
             or 2026-12-01T22:59:00Z",
            self.0
        )
    }
}

impl std::error::Error for NotATime {}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> i64 {
        text.parse::<ShowAfter>().unwrap().seconds
    }

    #[test]
    fn zones_count() {
        assert_eq!(seconds("1970-01-01T00:00:00Z"), 0);
        assert_eq!(seconds("2026-12-01T23:59:00+01:00"), 1_796_165_940);
        assert_eq!(seconds("2026-12-01T22:59:00Z"), 1_796_165_940);
        assert_eq!(seconds(" 2026-12-01 17:59:00.25-05:00\n"), 1_796_165_940);
        assert_eq!(seconds("2000-03-01T00:00:00Z") - seconds("2000-02-28T00:00:00Z"), 172_800);
        assert_eq!(seconds("2100-03-01T00:00:00Z") - seconds("2100-02-28T00:00:00Z"), 86_400);
    }

    #[test]
    fn what_is_not_a_time_is_refused_with_what_to_write() {
        for bad in [
            "",
            "tomorrow",
            "2026-12-01",
            "23:59",
            "2026-12-01T23:59:00",
            "2026-13-01T23:59:00Z",
            "2026-02-30T23:59:00Z",
            "2026-12-01T25:00:00Z",
            "2026-12-01T23:59:00+99:00",
            "1.12.2026 23:59",
            "2026-12-01T23:59:00 Europe/Berlin",
            "٢٠٢٦-12-01T23:59:00Z",
        ] {
            let error = bad.parse::<ShowAfter>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{bad}` is not a date")), "{error}");
            assert!(error.contains("write 2026-12-01T23:59:00+01:00"), "{error}");
        }
    }

    #[test]
    fn it_is_shown_after_the_time_and_withheld_without_one() {
        let time = |text: &str| text.parse().ok();
        assert_eq!(ShowAfter::now(time("2000-01-01T00:00:00Z")), Hidden::Shown);
        assert_eq!(ShowAfter::now(time("9000-01-01T00:00:00Z")), Hidden::Withheld);
        assert_eq!(ShowAfter::now(None), Hidden::Withheld);
    }

    #[test]
    fn an_output_folder_keeps_it() {
        let out = tempfile::tempdir().unwrap();
        assert_eq!(ShowAfter::kept_in(out.path()).unwrap(), None);
        let time: ShowAfter = "2026-12-01T23:59:00+01:00".parse().unwrap();
        time.keep_in(out.path()).unwrap();
        assert_eq!(ShowAfter::kept_in(out.path()).unwrap(), Some(time));
        fs::write(out.path().join(FILE), "soon\n").unwrap();
        let error = ShowAfter::kept_in(out.path()).unwrap_err().to_string();
        assert!(error.contains("show-after.txt: `soon` is not a date"), "{error}");
    }
}
