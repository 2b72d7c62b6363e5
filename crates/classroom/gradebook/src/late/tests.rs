//! Tests of late days.

use super::*;

const BERLIN: &str = "deadline = \"2026-11-20 23:59:00\"\ntime_zone = \"Europe/Berlin\"\n";

fn policy(more: &str) -> Policy {
    Policy::read("late.toml", &format!("{BERLIN}{more}")).unwrap()
}

fn at(text: &str) -> When {
    When::At(parse_time(text, None).unwrap())
}

#[test]
fn days_are_counted_as_autolab_counts_them() {
    const DAY: i64 = 86_400;
    for (late, grace, days) in [
        (-5, 0, 0),
        (0, 0, 0),
        (1, 0, 1),
        (59, 60, 0),
        (60, 60, 0),
        (61, 60, 1),
        (DAY - 1, 60, 1),
        (DAY + 60, 60, 1),
        (DAY + 61, 60, 2),
        (5 * DAY / 2, 0, 3),
        (DAY, 0, 1),
        (DAY, 60, 1),
        (2 * DAY, 0, 2),
    ] {
        assert_eq!(days_late(late, grace), days, "{late} {grace}");
    }
}

#[test]
fn the_budget_pays_first_up_to_the_cap() {
    let policy = policy("penalty_per_day = \"10%\"\nbudget_days = 5\nbudget_days_per_lab = 2\n");
    let lateness = |when: &When, used| policy.lateness(when, policy.deadline, used).unwrap();
    let three_days = at("2026-11-23T12:00:00+01:00");
    for (used, free) in [(0, 2), (3, 2), (4, 1), (5, 0), (9, 0)] {
        assert_eq!(lateness(&three_days, used), Lateness { days: 3, free_days: free });
    }
    assert_eq!(lateness(&at("2026-11-20T23:59:00.9+01:00"), 0), Lateness::default());
    assert_eq!(lateness(&When::OnTime, 0), Lateness::default());
    assert_eq!(policy.lateness(&When::MarkedLate, policy.deadline, 0), None);
    let marked = Policy { days_if_marked: Some(3), ..policy.clone() };
    let lateness = marked.lateness(&When::MarkedLate, policy.deadline, 4);
    assert_eq!(lateness, Some(Lateness { days: 3, free_days: 1 }));
}

#[test]
fn a_day_in_which_clocks_are_set_back_is_a_day() {
    let text =
        "deadline = \"2026-10-24 12:00\"\ntime_zone = \"Europe/Berlin\"\npenalty_per_day = 1\n";
    let policy = Policy::read("late.toml", text).unwrap();
    // 25 hours later, at the same time of the next day.
    let when = at("2026-10-25T12:00:00+01:00");
    assert_eq!(policy.lateness(&when, policy.deadline, 0).unwrap().days, 1);
    let when = at("2026-10-25T12:00:01+01:00");
    assert_eq!(policy.lateness(&when, policy.deadline, 0).unwrap().days, 2);
}

#[test]
fn penalties_are_points_or_shares_of_what_was_earned() {
    let late = |days, free_days| Lateness { days, free_days };
    let raw = Points::from_hundredths(8_333);
    let share = policy("penalty_per_day = \"10%\"\n");
    assert_eq!(share.penalty(raw, late(1, 0)), Points::from_hundredths(833));
    assert_eq!(share.penalty(raw, late(2, 0)), Points::from_hundredths(1_667));
    assert_eq!(share.penalty(raw, late(3, 3)), Points::ZERO);
    assert_eq!(share.penalty(raw, late(11, 0)), raw);
    let points = policy("penalty_per_day = 2.5\nmax_penalty = 6\nmax_days = 4\n");
    assert_eq!(points.penalty(raw, late(2, 0)), Points::from_hundredths(500));
    assert_eq!(points.penalty(raw, late(4, 0)), Points::from_hundredths(600));
    assert_eq!(points.penalty(raw, late(5, 5)), raw);
    assert_eq!(points.penalty(Points::whole(1), late(2, 0)), Points::whole(1));
}

#[test]
fn times_of_all_platforms_are_read() {
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    for text in [
        "2026-02-06T18:51:45Z",
        "2026-02-06 18:51:45.000000000 Z",
        "2026-02-06 18:51:45 UTC",
        "2026-02-06 10:51:45 -0800",
        "2026-02-06T19:51:45+01:00",
        " 2026-02-06 19:51:45 ",
    ] {
        let time = parse_time(text, Some(&berlin)).unwrap();
        assert_eq!(time.to_string(), "2026-02-06T18:51:45Z", "{text}");
    }
    let moodle = parse_time("Friday, 6 February 2026, 7:51 PM", Some(&berlin)).unwrap();
    assert_eq!(moodle.to_string(), "2026-02-06T18:51:00Z");
    for text in ["", "-", "2026-02-06", "yesterday 12:00", "2026-13-06 10:00", "\u{1b}12:00"] {
        assert!(parse_time(text, Some(&berlin)).is_err(), "{text}");
    }
    assert!(parse_time("2026-02-06 10:00", None).unwrap_err().contains("time_zone"));
}

#[test]
fn a_policy_may_have_everything() {
    let policy = policy(
        "grace_seconds = 300\npenalty_per_day = \"12.5 %\"\nunknown_time = \"on-time\"\n\
         days_if_marked = 1\n[used]\nada = 2\n\"Bob B\" = 0\n\
         [[extension]]\nname = \"eve\"\ndeadline = 2026-11-27T23:59:00+01:00\n",
    );
    assert_eq!(policy.deadline.to_string(), "2026-11-20T22:59:00Z");
    assert_eq!(policy.penalty_per_day.words(), "12.5%");
    assert!(policy.is_on_time_if_unknown);
    assert_eq!(policy.used.len(), 2);
    assert_eq!(policy.extensions[0].deadline.to_string(), "2026-11-27T22:59:00Z");
    let own_zone = "deadline = 2026-10-24T12:00:00-05:00\npenalty_per_day = 1\n";
    let policy = Policy::read("late.toml", own_zone).unwrap();
    assert_eq!(parse_time("2026-10-24 12:00", Some(&policy.zone)), Ok(policy.deadline));
}

#[test]
fn a_wrong_policy_names_the_field() {
    for (more, why) in [
        ("", "penalty_per_day"),
        ("penalty_per_day = \"ten\"\n", "`ten` is neither points"),
        ("penalty_per_day = \"110%\"\n", "110%"),
        ("penalty_per_day = -1\n", "-1 can't be points"),
        ("penalty_per_day = 1\npenalty_a_day = 2\n", "penalty_a_day"),
        ("penalty_per_day = 1\n[used]\nada = -1\n", "ada"),
        ("penalty_per_day = 1\n[[extension]]\nname = \"a\"\ndeadline = \"soon\"\n", "extension"),
    ] {
        let error = Policy::read("late.toml", &format!("{BERLIN}{more}")).unwrap_err().to_string();
        assert!(error.contains(why) && error.starts_with("error: late.toml: "), "{error}");
    }
    for (text, why) in [
        ("deadline = \"2026-11-20 23:59\"\npenalty_per_day = 1\n", "time_zone"),
        ("deadline = \"2026-11-20 23:59\"\ntime_zone = \"Mars\"\npenalty_per_day = 1\n", "`Mars`"),
        ("deadline = 5\npenalty_per_day = 1\n", "`5` is not a time"),
    ] {
        let error = Policy::read("late.toml", text).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}
