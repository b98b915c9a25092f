//! What is deployed where.

use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use cutover::{PipelineDefinition, PipelineId, QueueId};
use cutover_engine::Engine;

use crate::common::Outcome;

/// A line for each stage: the release that is deployed there, and since when.
pub async fn deployed_where(
    engine: &Engine,
    pipeline: PipelineId,
    definition: &PipelineDefinition,
) -> Outcome<Table> {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY).set_header(["stage", "deployed", "attempt", "since", "last good"]);
    for stage in &definition.stages {
        let queue = engine.queue(QueueId { pipeline, stage: stage.id }).await?;
        let mut row = vec![stage.name.clone()];
        match queue.current() {
            None => row.extend(["nothing".to_owned(), String::new(), String::new()]),
            Some(current) => {
                let standing = engine.release(current.release).await?;
                let ended = standing.release().deployment(current).and_then(|deployment| deployment.ended);
                let since =
                    ended.map_or_else(String::new, |(at, _)| at.format("%Y-%m-%d %H:%M:%S").to_string());
                let name = standing.release().about().map_or_else(String::new, |about| about.name.clone());
                row.extend([name, current.attempt.to_string(), since]);
            }
        }
        row.push(match queue.last_good() {
            None => "nothing".to_owned(),
            Some(good) => {
                let standing = engine.release(good.release).await?;
                standing.release().about().map_or_else(String::new, |about| about.name.clone())
            }
        });
        table.add_row(row);
    }
    Ok(table)
}
