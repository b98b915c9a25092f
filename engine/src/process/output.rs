//! What a task writes, on its way to the log, and what it says of itself in it.

use std::io;
use std::time::SystemTime;

use cutover::Timestamp;
use cutover::deployment::Report;
use cutover::limits::OUTPUT_BYTES;

use super::outputs::{Outputs, Setting, Value};
use super::tail::{End, Line, More, Tail};
use super::vso::{self, Deed, Verdict};
use super::watch::Watch;
use super::wrapper::Errors;
use crate::limits;

/// What the task said of itself.
#[derive(Default)]
struct Heard {
    verdict: Verdict,
    outputs: Outputs,
}

/// A file that the task writes into.
struct Source {
    tail: Tail,
    /// The line that goes on there, as far as it was read, if it holds a secret.
    secret_line: Option<String>,
}

/// What the task writes.
pub(super) struct Output {
    /// Standard output, and standard error where that is kept apart.
    sources: Vec<Source>,
    /// How far each is read before it is looked again how far they go.
    round: Option<Vec<u64>>,
    heard: Heard,
    /// Why not all of it could be read. The task goes on without a log.
    failure: Option<io::Error>,
}

impl Output {
    pub(super) fn open(watch: &Watch) -> Self {
        let mut paths = vec![watch.record.output()];
        if watch.errors == Errors::Apart {
            paths.push(watch.record.errors());
        }
        let open = |path| Ok(Source { tail: Tail::open(path)?, secret_line: None });
        let (sources, failure) = match paths.iter().map(|path| open(path)).collect::<io::Result<Vec<_>>>() {
            Ok(sources) => (sources, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        Self { sources, round: None, heard: Heard::default(), failure }
    }

    /// Hands over a bounded part of what there is.
    pub(super) fn advance(&mut self, watch: &Watch) -> More {
        if self.failure.is_some() {
            return More::No;
        }
        self.read_on(watch).unwrap_or_else(|error| {
            self.failure = Some(error);
            More::No
        })
    }

    /// Standard error is read only as far as it went when standard output went no further than that was read: what says a secret comes
    /// after what declares it (V4).
    fn read_on(&mut self, watch: &Watch) -> io::Result<More> {
        let ends = match self.round.take() {
            Some(ends) => ends,
            None => self.ends()?,
        };
        let mut more = More::No;
        for (source, end) in self.sources.iter_mut().zip(&ends) {
            let Source { tail, secret_line } = source;
            if tail.has_read(*end) {
                continue;
            }
            let hand_over = |line: Line<'_>| watch.hand_over(&mut self.heard, secret_line, line);
            if tail.advance(*end, watch.control.secrets.masks(), hand_over)? == More::Perhaps {
                more = More::Perhaps;
                if !tail.has_read(*end) {
                    self.round = Some(ends);
                    return Ok(more);
                }
            }
        }
        Ok(more)
    }

    /// How far each file goes, the last one first: what comes there from then on may rest on more than is read of the first.
    fn ends(&self) -> io::Result<Vec<u64>> {
        let mut ends =
            self.sources.iter().rev().map(|source| source.tail.bytes()).collect::<io::Result<Vec<_>>>()?;
        ends.reverse();
        Ok(ends)
    }

    /// Hands over all that is left. What got away from its group may write for ever: what it writes from now on counts no more. If nobody
    /// waits for it any more, the rest is left for whoever watches the task again.
    pub(super) fn drain(&mut self, watch: &Watch) {
        self.round = None;
        let ends = self.ends().unwrap_or_default();
        let is_left =
            |sources: &[Source]| sources.iter().zip(&ends).any(|(source, end)| !source.tail.has_read(*end));
        while self.advance(watch) == More::Perhaps && is_left(&self.sources) && !watch.dropped.is_set() {}
        if self.failure.is_some() || watch.dropped.is_set() {
            return;
        }
        for Source { tail, secret_line } in &mut self.sources {
            // Half a line may end with half a secret, which nothing hides.
            if tail.bytes().is_ok_and(|bytes| tail.has_read(bytes)) {
                tail.finish(|line| watch.hand_over(&mut self.heard, secret_line, line));
            } else {
                watch.say("the rest is not shown: something that the task left behind goes on writing");
            }
        }
    }

    /// The variables that the task set.
    pub(super) fn take_settings(&mut self) -> Vec<Setting> {
        std::mem::take(&mut self.heard.outputs).into_settings()
    }

    /// What the task says of itself, its exit code being 0. Of one whose output can't be read nobody knows what it said, unless the worst of
    /// it was heard.
    pub(super) fn verdict(self) -> Report {
        match (self.heard.verdict, self.failure) {
            (verdict, None) => verdict.report(),
            (Verdict::Failed(message), Some(_)) => Report::Failed { message },
            (Verdict::None | Verdict::Succeeded | Verdict::SucceededWithIssues(_), Some(error)) => {
                let message = format!("its output can't be read, and may say that it failed: {error}");
                Report::Lost { message }
            }
        }
    }

    pub(super) fn has_errors(&self) -> bool {
        self.sources.get(1).is_some_and(|errors| !errors.tail.is_empty())
    }
}

impl Watch {
    /// What names a secret is not handed over: no log may show it (V4). `secret_line` tells of the line that goes on in the same file.
    fn hand_over(&self, heard: &mut Heard, secret_line: &mut Option<String>, line: Line<'_>) {
        let mut instead = None;
        if line.is_start {
            heard.verdict.hear(line.text);
            instead = vso::deed(line.text).and_then(|deed| self.carry_out(heard, deed, line));
            *secret_line = instead.as_ref().map(|_| line.text.to_owned());
        } else if let Some(so_far) = secret_line {
            self.go_on_hiding(so_far, line);
            return;
        }
        if !line.is_known {
            match instead {
                Some(instead) => self.say(&instead),
                // Whoever wrote it may have been killed in the middle of it.
                None if line.end == End::OfOutput => {
                    self.say(&self.control.secrets.masks().without_half(line.text));
                }
                None => self.say(line.text),
            }
        }
    }

    /// Hides the value of a long line once all of it is here, or so much that it is more than can be looked for.
    fn go_on_hiding(&self, so_far: &mut String, line: Line<'_>) {
        if so_far.len() <= limits::DECLARED_BYTES {
            so_far.push_str(line.text);
            let is_all = line.end != End::Cut || so_far.len() > limits::DECLARED_BYTES;
            if let Some(value) = vso::secret(so_far).filter(|_| is_all) {
                self.control.secrets.hide(&value);
            }
        }
    }

    /// Does what a line says; returns what is shown in its place, if it must not be.
    fn carry_out(&self, heard: &mut Heard, deed: Deed, line: Line<'_>) -> Option<String> {
        let mut setting = match deed {
            Deed::Hide(value) => {
                self.control.secrets.hide(&value);
                return Some("a value is hidden from now on".to_owned());
            }
            Deed::Set(setting) => setting,
        };
        let mut instead = None;
        if let Value::Secret(value) = &setting.value {
            // Also what is not kept, and also if it is not all here.
            self.control.secrets.hide(value);
            instead = Some(format!("the variable {:?} is a secret", setting.name));
            if line.end == End::Cut || value.reveal().len() > OUTPUT_BYTES {
                setting.value = Value::TooLong;
            }
        } else if line.end == End::Cut {
            // Its value is not all here. It counts as what it was: too long.
            setting.value = Value::Plain(line.text.to_owned());
        }
        heard.outputs.set(setting);
        instead
    }

    fn say(&self, text: &str) {
        self.control.log.line(self.task, Timestamp::from(SystemTime::now()), text);
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write;
    use std::path::{Path, PathBuf};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use cutover::TaskId;

    use super::super::record::Record;
    use super::super::watch::Dropped;
    use super::*;
    use crate::{LogSink, Secret, SecretsAtHand, StopHandle, TaskControl};

    /// Keeps the lines; what got away writes on when it sees one.
    #[derive(Default)]
    struct Lines {
        seen: Mutex<Vec<String>>,
        goes_on: Option<(PathBuf, &'static str)>,
    }

    impl LogSink for Lines {
        fn line(&self, _: TaskId, _: Timestamp, line: &str) {
            self.seen.lock().unwrap().push(line.to_owned());
            if let Some((path, text)) = &self.goes_on {
                append(path, text);
            }
        }
    }

    fn append(path: &Path, text: &str) {
        let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn watch(folder: &Path, lines: &Arc<Lines>) -> Watch {
        let task = "17/2#1.0.3".parse().unwrap();
        let record = Record::latest(folder, task).unwrap().unwrap();
        let secrets = SecretsAtHand::none().with("password", Secret::new("hunter2"));
        let log: Arc<dyn LogSink> = Arc::<Lines>::clone(lines);
        let control = TaskControl::new(StopHandle::new().signal(), log).with_secrets(secrets);
        let (dropped, kill_after) = (Dropped::default(), Duration::ZERO);
        Watch { task, record, control, dropped, kill_after, errors: Errors::Together }
    }

    /// What is shown of "whole\ntoken=hun" where something got away that writes on, or nobody waits any more.
    fn shown(goes_on: Option<&'static str>, is_dropped: bool) -> (Vec<String>, String) {
        let folder = tempfile::tempdir().unwrap();
        let record = Record::create(folder.path(), "17/2#1.0.3".parse().unwrap()).unwrap();
        append(&record.output(), "whole\ntoken=hun");
        let goes_on = goes_on.map(|text| (record.output(), text));
        let lines = Arc::new(Lines { goes_on, ..Lines::default() });
        let watch = watch(folder.path(), &lines);
        if is_dropped {
            watch.dropped.set();
        }
        Output::open(&watch).drain(&watch);
        let mark = std::fs::read_to_string(record.output().with_extension("logged")).unwrap();
        let seen = lines.seen.lock().unwrap().clone();
        (seen, mark.trim().trim_start_matches('0').to_owned())
    }

    /// Story: half a line was handed over as a whole one, with half a secret at its end.
    #[test]
    fn half_a_line_shows_no_half_of_a_secret() {
        let (lines, mark) = shown(None, false);
        assert_eq!((lines, &*mark), (vec!["whole".to_owned(), "token=***".to_owned()], "15"));
        let rest = "the rest is not shown: something that the task left behind goes on writing";
        let (lines, mark) = shown(Some("ter2 and"), false);
        assert_eq!((lines, &*mark), (vec!["whole".to_owned(), rest.to_owned()], "6"));
    }

    /// Story: the rest of the line was never shown, for the mark stood in the middle of it.
    #[test]
    fn what_nobody_waits_for_is_left_for_whoever_watches_next() {
        let (lines, mark) = shown(None, true);
        assert_eq!((lines, &*mark), (vec!["whole".to_owned()], "6"));
    }
}
