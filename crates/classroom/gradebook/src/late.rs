//! Late days: how late a submission is, and what that costs.
//!
//! ```text
//!   days late  =  days begun after the deadline, less one if the last is at most the grace old
//!   free       =  of these, as many as the student's budget has left, at most the cap
//!   penalty    =  (days late - free) * penalty of a day, of the points that were earned
//! ```
//!
//! This is Autolab's arithmetic, except that exactly one day late is one day. The two times are
//! compared as a clock on a wall of the course's zone shows them, so that a day in which clocks
//! are set back is a day.

use heaplab_grade::Points;
use heaplab_support::Error;
use heaplab_trace::Visible;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};
use serde::Deserialize;

/// What lateness costs, as a file says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// The deadline.
    pub deadline: Timestamp,
    /// The zone in which days are counted, and in which times without a zone are read.
    pub zone: TimeZone,
    /// Seconds after the deadline, and after each full day, that don't count.
    pub grace_seconds: u32,
    /// What a day costs.
    pub penalty_per_day: Penalty,
    /// Late days in the course that cost nothing, for each student.
    pub budget_days: u32,
    /// How many of them may be used for this lab; `None` for all.
    pub budget_days_per_lab: Option<u32>,
    /// Submissions with more late days than this earn nothing; `None` for never.
    pub max_days: Option<u32>,
    /// The maximum penalty; `None` if all points may be lost.
    pub max_penalty: Option<Penalty>,
    /// How many days late a submission is that is only marked as late.
    pub days_if_marked: Option<u32>,
    /// Whether a submission counts as on time if its time is not known.
    pub is_on_time_if_unknown: bool,
    /// Later deadlines of single students.
    pub extensions: Vec<Extension>,
    /// Days of the budget that students have used before.
    pub used: Vec<Used>,
}

/// A later deadline of a student.
#[derive(Clone, Debug, PartialEq)]
pub struct Extension {
    /// The student, or the record.
    pub name: String,
    /// The deadline.
    pub deadline: Timestamp,
}

/// Days of the budget that a student has used before.
#[derive(Clone, Debug, PartialEq)]
pub struct Used {
    /// The student, or the record.
    pub name: String,
    /// How many.
    pub days: u32,
}

/// Points, or a share of the points that were earned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Penalty {
    /// Points.
    Points(Points),
    /// Hundredths of a percent.
    Percent(Points),
}

/// When something was handed in, as far as that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// At this time.
    At(Timestamp),
    /// This many seconds after the deadline; the platform knows it.
    LateBySeconds(i64),
    /// Not late, as a platform says.
    OnTime,
    /// Late, and it is not known how late.
    MarkedLate,
}

/// How late a submission is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lateness {
    /// Days.
    pub days: u32,
    /// Those of them that the student's budget pays for.
    pub free_days: u32,
}

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Returns the number of late days: those that have begun, less one if at most the grace has
/// passed of the last.
pub fn days_late(late_by_seconds: i64, grace_seconds: u32) -> u32 {
    if late_by_seconds <= 0 {
        return 0;
    }
    let begun = late_by_seconds.unsigned_abs().div_ceil(DAY_SECONDS.unsigned_abs());
    let into_the_day = late_by_seconds % DAY_SECONDS;
    let is_grace = into_the_day > 0 && into_the_day <= i64::from(grace_seconds);
    u32::try_from(begun).unwrap_or(u32::MAX) - u32::from(is_grace)
}

impl Penalty {
    /// Returns what this costs for a number of days, for someone who earned `raw`. Percentages are
    /// of what was earned, rounded to the nearest hundredth of a point.
    pub fn of(self, raw: Points, times: u32) -> Points {
        let times = u128::from(times);
        let hundredths = match self {
            Penalty::Points(points) => u128::from(points.hundredths()) * times,
            Penalty::Percent(percent) => {
                (u128::from(raw.hundredths()) * u128::from(percent.hundredths()) * times + 5_000)
                    / 10_000
            }
        };
        let all = raw.hundredths();
        Points::from_hundredths(u64::try_from(hundredths).map_or(all, |lost| lost.min(all)))
    }

    /// Returns the penalty in words: `10%`, `2.50 points`.
    pub fn words(self) -> String {
        match self {
            Penalty::Points(points) => format!("{} points", points.as_f64()),
            Penalty::Percent(percent) => format!("{}%", percent.as_f64()),
        }
    }
}

impl Policy {
    /// Returns how late something is that was handed in at a time, by a student with this
    /// deadline and used days of the budget. `None` if the time says too little.
    pub fn lateness(&self, when: &When, deadline: Timestamp, used_days: u32) -> Option<Lateness> {
        let days = match when {
            When::OnTime => 0,
            When::LateBySeconds(seconds) => days_late(*seconds, self.grace_seconds),
            When::At(time) => days_late(self.seconds_between(deadline, *time), self.grace_seconds),
            When::MarkedLate => self.days_if_marked?,
        };
        let left = self.budget_days.saturating_sub(used_days);
        let usable = self.budget_days_per_lab.map_or(left, |cap| cap.min(left));
        Some(Lateness { days, free_days: usable.min(days) })
    }

    /// Returns what lateness costs someone who earned `raw`.
    pub fn penalty(&self, raw: Points, lateness: Lateness) -> Points {
        if self.max_days.is_some_and(|max| lateness.days > max) {
            return raw;
        }
        let lost = self.penalty_per_day.of(raw, lateness.days - lateness.free_days);
        self.max_penalty.map_or(lost, |max| lost.min(max.of(raw, 1)))
    }

    /// Returns the seconds from one time to another, as a clock on a wall shows them. Fractions
    /// of a second are dropped: the second of the deadline is on time.
    fn seconds_between(&self, deadline: Timestamp, time: Timestamp) -> i64 {
        let [deadline, time] = [deadline, time].map(|at| self.zone.to_datetime(at));
        time.since((Unit::Second, deadline)).map_or(0, |span| span.get_seconds())
    }
}

/// Reads a time with a zone, or one without that is meant in `zone`.
///
/// # Errors
/// If it is not a date with a time, or has no zone and none is known.
pub fn parse_time(text: &str, zone: Option<&TimeZone>) -> Result<Timestamp, String> {
    let trimmed = text.trim();
    let not_a_time =
        || format!("`{}` is not a time such as `2026-11-20 23:59:00 +0100`", trimmed.visible());
    if !trimmed.contains(':') {
        return Err(not_a_time());
    }
    // `2026-02-06 19:51:45 Z`, `... UTC` and `... +0100` have a blank before the zone.
    let joined = match trimmed.rsplit_once(' ') {
        Some((time, "Z" | "UTC")) => format!("{time}Z"),
        Some((time, offset)) if offset.starts_with(['+', '-']) => format!("{time}{offset}"),
        _ => trimmed.to_owned(),
    };
    if let Ok(time) = joined.parse::<Timestamp>() {
        return Ok(time);
    }
    let local = joined.parse::<DateTime>().ok().or_else(|| moodles(trimmed));
    let local = local.ok_or_else(not_a_time)?;
    let zone = zone.ok_or_else(|| {
        format!("`{}` has no time zone; the policy needs a `time_zone`", trimmed.visible())
    })?;
    zone.to_timestamp(local).map_err(|error| error.to_string())
}

/// Reads a time of Moodle's worksheet: `Friday, 6 February 2026, 7:51 PM`.
fn moodles(text: &str) -> Option<DateTime> {
    let formats =
        ["%A, %d %B %Y, %I:%M %p", "%A, %d %B %Y, %H:%M", "%d %B %Y, %I:%M %p", "%d %B %Y, %H:%M"];
    formats.iter().find_map(|format| DateTime::strptime(format, text).ok())
}

/// The file of a policy.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    deadline: toml::Value,
    time_zone: Option<String>,
    #[serde(default)]
    grace_seconds: u32,
    penalty_per_day: toml::Value,
    #[serde(default)]
    budget_days: u32,
    budget_days_per_lab: Option<u32>,
    max_days: Option<u32>,
    max_penalty: Option<toml::Value>,
    days_if_marked: Option<u32>,
    unknown_time: Option<Unknown>,
    #[serde(default)]
    extension: Vec<ExtensionInFile>,
    #[serde(default)]
    used: toml::map::Map<String, toml::Value>,
}

/// What is done with a submission whose time is not known.
#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Unknown {
    Error,
    OnTime,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExtensionInFile {
    name: String,
    deadline: toml::Value,
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// If the text is not TOML of a policy, with the field that is wrong.
    pub fn read(place: &str, text: &str) -> Result<Policy, Error> {
        let wrong = |why: String| Error::new(format!("error: {}: {why}", place.visible()));
        let file: File = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let named = file.time_zone.as_deref().map(zone_of).transpose().map_err(wrong)?;
        let time = |field: &str, value: &toml::Value| {
            parse_time(&text_of(value), named.as_ref())
                .map_err(|reason| wrong(format!("{field}: {reason}")))
        };
        let deadline = time("deadline", &file.deadline)?;
        let zone = named.clone().unwrap_or_else(|| zone_in(&text_of(&file.deadline)));
        let penalty = |field: &str, value: &toml::Value| {
            penalty_of(value).map_err(|reason| wrong(format!("{field}: {reason}")))
        };
        let extensions = file.extension.iter().map(|one| {
            let deadline = time("extension", &one.deadline)?;
            Ok(Extension { name: one.name.clone(), deadline })
        });
        let used = file.used.iter().map(|(name, days)| {
            let days = days.as_integer().and_then(|days| u32::try_from(days).ok());
            let days = days.ok_or_else(|| wrong(format!("used: {name}: not a number of days")))?;
            Ok(Used { name: name.clone(), days })
        });
        Ok(Policy {
            deadline,
            grace_seconds: file.grace_seconds,
            penalty_per_day: penalty("penalty_per_day", &file.penalty_per_day)?,
            budget_days: file.budget_days,
            budget_days_per_lab: file.budget_days_per_lab,
            max_days: file.max_days,
            max_penalty: file
                .max_penalty
                .as_ref()
                .map(|it| penalty("max_penalty", it))
                .transpose()?,
            days_if_marked: file.days_if_marked,
            is_on_time_if_unknown: file.unknown_time == Some(Unknown::OnTime),
            extensions: extensions.collect::<Result<_, Error>>()?,
            used: used.collect::<Result<_, Error>>()?,
            zone,
        })
    }
}

fn zone_of(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| {
        format!("time_zone: `{}` is not a time zone such as `Europe/Berlin`", name.visible())
    })
}

/// Returns the zone with the offset that ends a time.
fn zone_in(text: &str) -> TimeZone {
    let offset = text.get(10..).and_then(|time| time.rfind(['+', '-']).map(|at| &time[at..]));
    let fixed = offset.and_then(|offset| {
        format!("2026-01-01T00:00:00{offset}[{offset}]").parse::<jiff::ZonedDateTime>().ok()
    });
    fixed.map_or(TimeZone::UTC, |zoned| zoned.time_zone().clone())
}

fn text_of(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Reads `"10%"`, or a number of points.
fn penalty_of(value: &toml::Value) -> Result<Penalty, String> {
    let text = text_of(value);
    let wrong = || {
        format!("`{}` is neither points, such as 2.5, nor a share, such as \"10%\"", text.visible())
    };
    let points = |number: &str| {
        let number: f64 = number.trim().parse().map_err(|_| wrong())?;
        Points::from_f64(number).map_err(|error| error.to_string())
    };
    match text.trim().strip_suffix('%') {
        Some(percent) => {
            let percent = points(percent)?;
            if percent > Points::whole(100) { Err(wrong()) } else { Ok(Penalty::Percent(percent)) }
        }
        None => points(&text).map(Penalty::Points),
    }
}

#[cfg(test)]
mod tests;
