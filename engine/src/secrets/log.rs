use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cutover::{TaskId, Timestamp};

use super::Masks;
use super::masks::without;
use crate::{LogSink, limits};

/// Hands over what a task writes, without what is hidden, also where that is split over lines: a line that ends as a secret begins waits for
/// the next one, or for the end.
pub(crate) struct MaskedLog {
    log: Arc<dyn LogSink>,
    masks: Arc<Masks>,
    /// Whether it was said that nothing is shown.
    is_said: AtomicBool,
    waiting: Mutex<Vec<Waiting>>,
}

/// A line that may end with the beginning of a secret.
struct Waiting {
    task: TaskId,
    at: Timestamp,
    text: String,
}

/// Whether anything comes after the lines that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Perhaps,
    Nothing,
}

impl MaskedLog {
    pub(crate) fn new(log: Arc<dyn LogSink>, masks: Arc<Masks>) -> Self {
        Self { log, masks, is_said: AtomicBool::new(false), waiting: Mutex::default() }
    }

    /// Hands over what waits: nothing follows.
    pub(crate) fn finish(&self) {
        self.hand_over(&mut self.waiting(), Next::Nothing);
    }

    /// Hands over the lines that what follows changes nothing of.
    fn hand_over(&self, waiting: &mut Vec<Waiting>, next: Next) {
        if waiting.is_empty() {
            return;
        }
        if let Some(instead) = self.masks.instead() {
            let Waiting { task, at, .. } = waiting.remove(0);
            waiting.clear();
            return self.say_instead(task, at, &instead);
        }
        let joined: String = waiting.iter().map(|line| line.text.as_str()).collect();
        let mut spans = self.masks.spans(joined.as_bytes());
        let ready = match next {
            Next::Perhaps => ready(waiting, joined.len() - self.masks.may_go_on_at_end(&joined), &spans),
            Next::Nothing => {
                let begun = self.masks.begun_at_end(&joined);
                if begun > 0 {
                    spans.push((joined.len() - begun, joined.len()));
                }
                waiting.len()
            }
        };
        let mut start = 0;
        for Waiting { task, at, text } in waiting.drain(..ready) {
            let end = start + text.len();
            let within = |&(from, to): &(usize, usize)| {
                let (from, to) = (from.max(start), to.min(end));
                (from < to).then(|| (from - start, to - start))
            };
            let hidden: Vec<_> = spans.iter().filter_map(within).collect();
            self.log.line(task, at, &without(&text, &hidden));
            start = end;
        }
    }

    /// Once is enough.
    fn say_instead(&self, task: TaskId, at: Timestamp, instead: &str) {
        if !self.is_said.swap(true, Ordering::Relaxed) {
            self.log.line(task, at, instead);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many of the lines have nothing in common with what begins at `open`, or with what is hidden across their end.
fn ready(waiting: &[Waiting], open: usize, spans: &[(usize, usize)]) -> usize {
    let mut starts = Vec::with_capacity(waiting.len());
    let mut end = 0;
    let mut ready = waiting.len();
    for (place, line) in waiting.iter().enumerate() {
        starts.push(end);
        end += line.text.len();
        if end > open {
            ready = ready.min(place);
        }
    }
    let is_across = |place: usize| spans.iter().any(|&(from, to)| from < place && place < to);
    while ready > 0 && starts.get(ready).is_some_and(|start| is_across(*start)) {
        ready -= 1;
    }
    ready
}

impl LogSink for MaskedLog {
    fn line(&self, task: TaskId, at: Timestamp, line: &str) {
        let mut waiting = self.waiting();
        if waiting.is_empty() {
            if let Some(instead) = self.masks.instead() {
                return self.say_instead(task, at, &instead);
            }
            if self.masks.may_go_on_at_end(line) == 0 {
                return self.log.line(task, at, &self.masks.mask(line));
            }
        }
        waiting.push(Waiting { task, at, text: line.to_owned() });
        let is_too_much = waiting.len() > limits::LINES_WAITING;
        self.hand_over(&mut waiting, if is_too_much { Next::Nothing } else { Next::Perhaps });
    }
}

impl Drop for MaskedLog {
    /// A runner that panicked, or was given up, has said its last word.
    fn drop(&mut self) {
        // This may be while a panic of the runner unwinds: one of the host's sink beside it would end the process.
        let _panicked = catch_unwind(AssertUnwindSafe(|| self.finish()));
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::Secret;

    #[derive(Default)]
    struct Lines(Mutex<Vec<(i64, String)>>);

    impl LogSink for Lines {
        fn line(&self, _: TaskId, at: Timestamp, line: &str) {
            self.0.lock().unwrap().push((at.timestamp(), line.to_owned()));
        }
    }

    /// What is shown of these lines before the end, and after it.
    fn shown(secrets: &[&str], lines: &[&str]) -> (Vec<String>, Vec<String>) {
        let (masks, heard) = (Arc::new(Masks::default()), Arc::new(Lines::default()));
        for secret in secrets {
            masks.hide(&Secret::new(*secret));
        }
        let log = MaskedLog::new(Arc::<Lines>::clone(&heard), masks);
        for (second, line) in (0..).zip(lines) {
            log.line("17/2#1.0.3".parse().unwrap(), DateTime::UNIX_EPOCH + TimeDelta::seconds(second), line);
        }
        let texts = || heard.0.lock().unwrap().iter().map(|(_, text)| text.clone()).collect::<Vec<_>>();
        let before = texts();
        drop(log);
        let times: Vec<_> = heard.0.lock().unwrap().iter().map(|(second, _)| *second).collect();
        assert!(times.into_iter().eq(0..i64::try_from(lines.len()).unwrap()), "in order, with their times");
        (before, texts())
    }

    #[test]
    fn a_secret_that_is_split_over_lines_is_hidden_wherever_it_is_split() {
        let secret = "hunter2";
        for place in 1..secret.len() {
            let (one, other) = secret.split_at(place);
            let lines = [format!("token={one}"), format!("{other} is it"), "end".to_owned()];
            let lines: Vec<_> = lines.iter().map(String::as_str).collect();
            assert_eq!(shown(&[secret], &lines).0, ["token=***", "*** is it", "end"], "{place}");
        }
        let letters: Vec<_> = secret.split("").filter(|letter| !letter.is_empty()).collect();
        assert_eq!(shown(&[secret], &letters).1, ["***"; 7]);
        assert_eq!(shown(&[secret], &["hun", "", "ter2"]).1, ["***", "", "***"]);
        // The second begins where the first ends.
        assert_eq!(shown(&["abcd", "defg"], &["abc", "de", "fg", "x"]).0, ["***", "***", "***", "x"]);
    }

    #[test]
    fn what_only_begins_like_a_secret_is_shown_with_the_next_line() {
        let lines = ["with", "hun", "t", "hunt for", "and hun"];
        let (before, after) = shown(&["hunter2"], &lines);
        assert_eq!(before, ["with", "hun", "t", "hunt for"]);
        assert_eq!(after[4], "and ***", "it may have been killed in the middle of it");
        assert_eq!(shown(&["hunter2"], &["with"]), (vec![], vec!["with".to_owned()]));
        assert_eq!(shown(&["ab"], &["a", "b"]).0, ["a", "b"], "what tells nothing is not put together");
    }

    #[test]
    fn no_more_lines_wait_than_may() {
        let mut lines = vec!["hun"];
        lines.resize(limits::LINES_WAITING + 2, "");
        let (before, _) = shown(&["hunter2"], &lines);
        assert_eq!(before.len(), limits::LINES_WAITING + 2);
        assert_eq!(before[0], "***");
    }
}
