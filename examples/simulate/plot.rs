//! The picture: how long deployments wait at each stage, and how long the queues are in the course of time.

use std::path::Path;

use chrono::TimeDelta;
use plotters::backend::SVGBackend;
use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Rectangle, Text};
use plotters::series::LineSeries;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, IntoFont, RGBColor, TextStyle, WHITE};

use crate::arguments::Arguments;
use crate::common::Outcome;
use crate::measures::{Course, StageCourse};
use crate::table::in_words;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

const WIDTH: u32 = 1_000;
const TITLE: u32 = 80;
const WAITS: u32 = 380;
const QUEUE: u32 = 250;
/// Queues that are drawn: those that were the longest.
const MOST_QUEUES: usize = 4;

/// One for each policy; they can be told apart without seeing colours as others do.
const COLORS: [RGBColor; 2] = [RGBColor(0, 90, 181), RGBColor(220, 110, 0)];
const TEXT: RGBColor = RGBColor(40, 44, 52);
const GRID: RGBColor = RGBColor(226, 229, 234);

pub fn draw(path: &Path, arguments: &Arguments, courses: &[Course]) -> Outcome {
    let queues = longest_queues(courses);
    let height = TITLE + WAITS + QUEUE * u32::try_from(queues.len()).unwrap_or(0);
    let root = SVGBackend::new(path, (WIDTH, height)).into_drawing_area();
    root.fill(&WHITE)?;
    let (title, rest) = root.split_vertically(TITLE);
    let name = courses.first().map_or("", |course| &course.name);
    let releases = courses.first().map(Course::releases_in_words).unwrap_or_default();
    let words = format!(
        "{name}, {releases}: tasks of {} min, approvals after {} min, {} % fail",
        arguments.task_minutes,
        arguments.approve_minutes,
        arguments.failure_rate * 100.0
    );
    title.draw_text(&words, &centered(font(20)), (i32::try_from(WIDTH / 2)?, 30))?;
    legend(&title, courses, 62)?;
    let (waits, rest) = rest.split_vertically(WAITS);
    draw_waits(&waits, courses)?;
    for (area, place) in rest.split_evenly((queues.len().max(1), 1)).iter().zip(queues) {
        draw_queue(area, courses, place)?;
    }
    root.present()?;
    Ok(())
}

/// The places of the stages whose queues were the longest, in the order of the stages.
fn longest_queues(courses: &[Course]) -> Vec<usize> {
    let stages = courses.first().map_or(0, |course| course.stages.len());
    let longest = |place: usize| courses.iter().map(|course| course.stages[place].longest_queue()).max();
    let mut places: Vec<_> = (0..stages).filter(|place| longest(*place) > Some(0)).collect();
    places.sort_by_key(|place| std::cmp::Reverse(longest(*place)));
    places.truncate(MOST_QUEUES);
    places.sort_unstable();
    places
}

/// For each stage and policy a bar up to what 95 % do not exceed, filled up to what half do not.
fn draw_waits(area: &Area<'_>, courses: &[Course]) -> Outcome {
    let stages = courses.first().map_or(0, |course| course.stages.len());
    let of = |stage: &StageCourse, part| stage.wait_of(part).unwrap_or(TimeDelta::zero());
    let all = courses.iter().flat_map(|course| &course.stages);
    let most = all.map(|stage| of(stage, 0.95)).max().unwrap_or(TimeDelta::zero()).max(TimeDelta::minutes(1));
    let (unit, name) = unit_of(most);
    let scaled = |time: TimeDelta| time.num_milliseconds() as f64 / unit.num_milliseconds() as f64;
    let mut chart = ChartBuilder::on(area)
        .caption(
            "How long deployments wait until their jobs begin: half (full) and 95 % (light) of them",
            font(16),
        )
        .margin(14)
        .margin_right(24)
        .x_label_area_size(34)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..stages as f64, 0.0..scaled(most) * 1.18)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(0)
        .y_desc(name)
        .y_labels(6)
        .y_label_formatter(&|value| short(*value))
        .label_style(font(13))
        .axis_style(TEXT)
        .bold_line_style(GRID)
        .light_line_style(WHITE)
        .draw()?;
    let width = 0.7 / courses.len() as f64;
    for (color, (number, course)) in COLORS.iter().zip(courses.iter().enumerate()) {
        let left_of = |place: usize| place as f64 + 0.15 + width * number as f64;
        let bar = |place: usize, stage: &StageCourse, part: f64| {
            let left = left_of(place) + width * 0.06;
            let right = left + width * 0.88;
            [(left, 0.0), (right, scaled(of(stage, part)))]
        };
        let bars =
            |part: f64| course.stages.iter().enumerate().map(move |(place, stage)| bar(place, stage, part));
        chart.draw_series(bars(0.95).map(|bar| Rectangle::new(bar, color.mix(0.3).filled())))?;
        chart.draw_series(bars(0.5).map(|bar| Rectangle::new(bar, color.filled())))?;
        chart.draw_series(course.stages.iter().enumerate().map(|(place, stage)| {
            let at = (left_of(place) + width / 2.0, scaled(of(stage, 0.95)));
            let style = TextStyle::from(font(13)).pos(Pos::new(HPos::Center, VPos::Bottom));
            let words = stage.wait_of(0.95).map_or_else(|| "none".to_owned(), in_words);
            Text::new(words, at, style)
        }))?;
    }
    let below = |place: usize| chart.backend_coord(&(place as f64 + 0.5, 0.0));
    let names: Vec<_> = courses.first().map(|course| course.stages.iter()).into_iter().flatten().collect();
    let origin = area.get_base_pixel();
    for (place, stage) in names.into_iter().enumerate() {
        let (x, y) = below(place);
        area.draw_text(&stage.name, &centered(font(15)), (x - origin.0, y - origin.1 + 18))?;
    }
    Ok(())
}

/// How many wait for a slot of a stage, by the day.
fn draw_queue(area: &Area<'_>, courses: &[Course], place: usize) -> Outcome {
    let Some(first) = courses.first() else { return Ok(()) };
    let days = (first.end - first.start).num_minutes() as f64 / 1_440.0;
    let most = courses.iter().map(|course| course.stages[place].longest_queue()).max().unwrap_or(0);
    let stage = &first.stages[place];
    let mut chart = ChartBuilder::on(area)
        .caption(format!("How many wait for {}", stage.name), font(16))
        .margin(14)
        .margin_right(24)
        .x_label_area_size(40)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..days, 0.0..(most as f64 * 1.15).max(1.2))?;
    chart
        .configure_mesh()
        .x_desc("days")
        .y_desc("releases")
        .y_labels(5)
        .y_label_formatter(&|value| short(*value))
        .x_label_formatter(&|value| short(*value))
        .label_style(font(13))
        .axis_style(TEXT)
        .bold_line_style(GRID)
        .light_line_style(WHITE)
        .draw()?;
    for (color, course) in COLORS.iter().zip(courses) {
        let steps = steps_of(&course.stages[place], course);
        chart.draw_series(LineSeries::new(steps, color.stroke_width(2)))?;
    }
    Ok(())
}

/// The queue as a line that goes up and down at once.
fn steps_of(stage: &StageCourse, course: &Course) -> Vec<(f64, f64)> {
    let day = |at: cutover::Timestamp| (at - course.start).num_seconds() as f64 / 86_400.0;
    let mut steps = vec![(0.0, 0.0)];
    let mut before = 0.0;
    for (at, count) in &stage.queue {
        steps.push((day(*at), before));
        before = *count as f64;
        steps.push((day(*at), before));
    }
    steps.push((day(course.end), before));
    steps
}

/// Which colour is which policy.
fn legend(area: &Area<'_>, courses: &[Course], y: i32) -> Outcome {
    let width = 150;
    let all = width * i32::try_from(courses.len())?;
    let mut x = (i32::try_from(WIDTH)? - all) / 2 + 30;
    for (color, course) in COLORS.iter().zip(courses) {
        area.draw(&Rectangle::new([(x, y - 6), (x + 20, y + 6)], color.filled()))?;
        let style = TextStyle::from(font(15)).color(&TEXT).pos(Pos::new(HPos::Left, VPos::Center));
        area.draw_text(&course.label, &style, (x + 28, y))?;
        x += width;
    }
    Ok(())
}

fn unit_of(most: TimeDelta) -> (TimeDelta, &'static str) {
    if most > TimeDelta::days(3) {
        (TimeDelta::days(1), "days")
    } else if most > TimeDelta::hours(3) {
        (TimeDelta::hours(1), "hours")
    } else {
        (TimeDelta::minutes(1), "minutes")
    }
}

/// A number without what it does not need.
fn short(value: f64) -> String {
    if (value - value.round()).abs() < 1e-9 { format!("{value:.0}") } else { format!("{value:.1}") }
}

fn font(size: u32) -> FontDesc<'static> {
    ("sans-serif", size).into_font()
}

fn centered(font: FontDesc<'static>) -> TextStyle<'static> {
    TextStyle::from(font).color(&TEXT).pos(Pos::new(HPos::Center, VPos::Center))
}
