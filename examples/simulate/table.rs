//! A line for each stage.

use chrono::TimeDelta;
use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};

use crate::measures::Course;

pub fn of(course: &Course) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY).set_header([
        "stage",
        "at once",
        "waits: half",
        "95 %",
        "longest",
        "queue: mean",
        "longest",
        "superseded",
        "succeeded",
        "failed",
    ]);
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for stage in &course.stages {
        let wait = |part| stage.wait_of(part).map_or_else(|| "none".to_owned(), in_words);
        table.add_row([
            stage.name.clone(),
            stage.policy.clone(),
            wait(0.5),
            wait(0.95),
            wait(1.0),
            format!("{:.2}", stage.mean_queue(course.start, course.end)),
            stage.longest_queue().to_string(),
            stage.superseded.to_string(),
            stage.succeeded.to_string(),
            stage.failed.to_string(),
        ]);
    }
    table
}

/// A time as people say it: `4 h 10 min`.
pub fn in_words(time: TimeDelta) -> String {
    let (days, hours, minutes) = (time.num_days(), time.num_hours() % 24, time.num_minutes() % 60);
    match (days, hours) {
        (0, 0) if time < TimeDelta::minutes(1) => format!("{} s", time.num_seconds()),
        (0, 0) => format!("{minutes} min"),
        (0, _) => format!("{hours} h {minutes:02} min"),
        _ => format!("{days} d {hours:02} h"),
    }
}
