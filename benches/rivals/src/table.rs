//! What is printed.

use comfy_table::{CellAlignment, Table, presets};

use crate::measure::Figures;

/// The medians of every one's rounds, and the ratio to the first one: the median of the ratios of each round.
pub fn of(appenders: usize, rows: &[(&str, Vec<Figures>)]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    let title = format!("{appenders} appending");
    table.set_header([
        title.as_str(),
        "events/s",
        "median, us",
        "99 %, us",
        "bytes/event",
        "of the bare loop",
    ]);
    let bare = rows.iter().find(|(name, _)| *name == crate::rivals::bare::NAME).map(|(_, figures)| figures);
    for (name, figures) in rows {
        let of = |what: fn(&Figures) -> f64| median(figures.iter().map(what).collect());
        let ratio = bare.map(|bare| {
            let pairs = figures.iter().zip(bare);
            median(pairs.map(|(one, bare)| one.events_per_second / bare.events_per_second).collect())
        });
        table.add_row([
            (*name).to_owned(),
            format!("{:.0}", of(|it| it.events_per_second)),
            format!("{:.0}", of(|it| it.median)),
            format!("{:.0}", of(|it| it.p99)),
            format!("{:.0}", of(|it| it.bytes_per_event)),
            ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}")),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
