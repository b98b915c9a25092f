//! The pipeline as a live picture: a line for each stage of each release, and beneath them what is asked.
//!
//! Where there is no terminal, each change is a line of text instead.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cutover::deployment::Phase;
use cutover::status::StageStatus;
use cutover::{
    DeploymentId, Explanation, PipelineDefinition, Release, ReleaseId, StageId, TaskId, Timestamp,
};
use cutover_engine::LogSink;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// The last line that each deployment's tasks wrote.
#[derive(Debug, Clone, Default)]
pub struct LastLines(Arc<Mutex<BTreeMap<DeploymentId, String>>>);

impl LogSink for LastLines {
    fn line(&self, task: TaskId, _: Timestamp, line: &str) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.insert(task.deployment(), line.to_owned());
    }
}

impl LastLines {
    fn of(&self, deployment: DeploymentId) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&deployment).cloned().unwrap_or_default()
    }
}

/// A line for each stage of each release.
pub struct Picture {
    lines: LastLines,
    is_live: bool,
    screen: MultiProgress,
    bars: BTreeMap<(ReleaseId, StageId), (ProgressBar, String)>,
    prompt: Option<ProgressBar>,
}

impl Picture {
    /// An empty picture.
    pub fn new(lines: LastLines) -> Self {
        let is_live = std::io::stderr().is_terminal();
        Self { lines, is_live, screen: MultiProgress::new(), bars: BTreeMap::new(), prompt: None }
    }

    /// Shows how one release stands.
    pub fn show(&mut self, release: &Release, definition: &PipelineDefinition, explanations: &[Explanation]) {
        let Some(about) = release.about() else { return };
        for explanation in explanations {
            let stage = definition.stage(explanation.stage).map_or("", |stage| &stage.name);
            let mut because: Vec<String> =
                explanation.now.iter().map(|blocker| blocker.tell(definition)).collect();
            if let Some(Phase::Over { end, .. }) =
                release.latest(explanation.stage).map(|latest| &latest.phase)
            {
                because.push(end.to_string());
            }
            let said = release.latest(explanation.stage).filter(|latest| !latest.is_over());
            let said =
                said.map(|latest| self.lines.of(latest.id)).filter(|said| !said.is_empty() && self.is_live);
            let said = said.map_or_else(String::new, |said| format!("  › {said}"));
            let text = format!(
                "{:<12} {stage:<12} {:<19} {}{said}",
                about.name,
                explanation.status,
                because.join("; ")
            );
            self.show_line((about.id, explanation.stage), explanation.status, text);
        }
    }

    fn show_line(&mut self, key: (ReleaseId, StageId), status: StageStatus, text: String) {
        let is_new = !self.bars.contains_key(&key);
        let screen = &self.screen;
        let (bar, shown) =
            self.bars.entry(key).or_insert_with(|| (screen.add(ProgressBar::new_spinner()), String::new()));
        if *shown == text {
            return;
        }
        if self.is_live {
            let is_busy = status == StageStatus::InProgress;
            bar.set_style(style(status));
            bar.set_message(text.clone());
            if is_busy {
                bar.enable_steady_tick(Duration::from_millis(100));
            } else {
                bar.disable_steady_tick();
                bar.tick();
            }
        } else if !(is_new && status == StageStatus::NotStarted) {
            println!("{}", text.trim_end());
        }
        *shown = text;
    }

    /// Shows what is asked, beneath everything else.
    pub fn ask(&mut self, prompt: Option<String>) {
        match (prompt, &self.prompt) {
            (Some(prompt), Some(line)) => line.set_message(prompt),
            (Some(prompt), None) => {
                let line = self.screen.add(ProgressBar::new_spinner());
                line.set_style(plain("? {wide_msg}"));
                line.set_message(prompt);
                self.prompt = Some(line);
            }
            (None, Some(line)) => {
                line.finish_and_clear();
                self.prompt = None;
            }
            (None, None) => {}
        }
    }

    /// Says something above the picture.
    pub fn say(&self, text: &str) {
        self.screen.suspend(|| println!("{text}"));
    }

    /// Leaves the picture as it stands.
    pub fn end(&mut self) {
        self.ask(None);
        for (bar, _) in self.bars.values() {
            bar.abandon();
        }
    }
}

fn style(status: StageStatus) -> ProgressStyle {
    plain(match status {
        StageStatus::NotStarted | StageStatus::Scheduled => "  {wide_msg}",
        StageStatus::Queued => "… {wide_msg}",
        StageStatus::InProgress => "{spinner} {wide_msg}",
        StageStatus::Succeeded => "✔ {wide_msg}",
        StageStatus::PartiallySucceeded => "~ {wide_msg}",
        StageStatus::Rejected => "✘ {wide_msg}",
        StageStatus::Canceled => "- {wide_msg}",
    })
}

fn plain(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
