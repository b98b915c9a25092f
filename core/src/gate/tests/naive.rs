//! Gates as one would simulate them on paper, second by second, with nothing of `gate/`: every sample is kept in a list, and the list
//! is read from its end.

/// Times in seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub delay: u32,
    pub interval: u32,
    pub minimum: u32,
    pub timeout: u32,
}

/// What a gate would answer to one sample: after how many seconds, and whether it succeeds. `None`: never.
pub(super) type Reply = Option<(u32, bool)>;

/// What the engine does in one second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Up {
    /// It runs.
    Running,
    /// It is gone, and has forgotten what it did not record.
    Crashed,
    /// It stands still, and remembers.
    Paused,
}

/// All that happens to some gates.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub times: Times,
    /// By sample, then by gate; the samples beyond repeat from the start.
    pub replies: Vec<Vec<Reply>>,
    /// By second; the seconds beyond run.
    pub up: Vec<Up>,
    /// Which gate is ignored at which second.
    pub ignored: Option<(u32, u32)>,
}

impl World {
    pub(super) fn reply(&self, sample: u32, gate: usize) -> Reply {
        self.replies[sample as usize % self.replies.len()][gate]
    }

    pub(super) fn up(&self, second: u32) -> Up {
        self.up.get(second as usize).copied().unwrap_or(Up::Running)
    }

    pub(super) fn gates(&self) -> usize {
        self.replies[0].len()
    }
}

/// How it ended, and in which second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Passed(u32),
    TimedOut(u32),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    sample: u32,
    /// A letter for each gate: `+` succeeded, `-` failed, `?` did not answer, `i` ignored.
    letters: String,
}

impl Entry {
    fn is_good(&self) -> bool {
        !self.letters.contains(['-', '?'])
    }
}

#[derive(Default)]
struct Paper {
    entries: Vec<Entry>,
    /// How many of the entries, from the first, are recorded or are counted by one that is.
    safe: usize,
    /// The samples that were recorded themselves, each with how many were counted before it.
    recorded: Vec<(u32, u32)>,
    /// The sample that is open: its number, and when each gate that was asked answers, with what.
    open: Option<(u32, Vec<Reply>, Vec<char>)>,
}

/// The naive end, and what was recorded: each sample's number and how many were counted before it.
pub(super) fn simulate(world: &World) -> (Ending, Vec<(u32, u32)>) {
    let mut paper = Paper::default();
    for second in 0.. {
        match world.up(second) {
            Up::Running => {}
            Up::Paused => continue,
            Up::Crashed => {
                paper.entries.truncate(paper.safe);
                paper.open = None;
                continue;
            }
        }
        if second >= world.times.timeout {
            return (Ending::TimedOut(second), paper.recorded);
        }
        if paper.step(world, second) {
            return (Ending::Passed(second), paper.recorded);
        }
    }
    unreachable!("seconds do not end")
}

impl Paper {
    /// One second in which the engine runs; whether the gates pass in it.
    fn step(&mut self, world: &World, second: u32) -> bool {
        let Times { delay, interval, .. } = world.times;
        let begins = |sample: u32| delay + sample * interval;
        let is_ignored =
            |gate: usize| world.ignored.is_some_and(|(when, which)| which as usize == gate && when <= second);
        // The next sample begins: the open one ends.
        if self.open.as_ref().is_some_and(|(sample, ..)| second >= begins(sample + 1))
            && self.end(world, second)
        {
            return true;
        }
        // Which one is it now? Count them off.
        let mut now = None;
        for sample in 0.. {
            if begins(sample) > second {
                break;
            }
            now = Some(sample);
        }
        let newest = self.entries.last().map(|entry| entry.sample);
        if self.open.is_none() && now > newest {
            let sample = now.unwrap_or(0);
            let replies = (0..world.gates()).map(|gate| world.reply(sample, gate));
            let due = replies.map(|reply| reply.map(|(after, good)| (second + after, good))).collect();
            self.open = Some((sample, due, vec!['?'; world.gates()]));
        }
        let Some((_, due, letters)) = &mut self.open else { return false };
        for (reply, letter) in due.iter().zip(letters.iter_mut()) {
            if *letter == '?'
                && let Some((when, good)) = reply
                && *when <= second
            {
                *letter = if *good { '+' } else { '-' };
            }
        }
        let is_complete = (0..world.gates()).all(|gate| letters[gate] != '?' || is_ignored(gate));
        is_complete && self.end(world, second)
    }

    /// The open sample ends; whether the gates pass with it.
    fn end(&mut self, world: &World, second: u32) -> bool {
        let Some((sample, _, mut letters)) = self.open.take() else { return false };
        if let Some((when, gate)) = world.ignored
            && when <= second
            && (gate as usize) < letters.len()
        {
            letters[gate as usize] = 'i';
        }
        let before = self.good_since();
        self.entries.push(Entry { sample, letters: letters.into_iter().collect() });
        let since = self.good_since();
        let Times { interval, minimum, .. } = world.times;
        let passes = since.is_some_and(|since| (sample - since) * interval >= minimum);
        let counted = self.entries.len() - 1 - self.safe;
        let is_recorded = match self.entries.iter().rev().nth(1) {
            None => true,
            Some(previous) => {
                let last = self.recorded.last().map_or(0, |(sample, _)| *sample);
                passes
                    || previous.letters != self.entries[self.entries.len() - 1].letters
                    || before != since
                    || counted == 99
                    || (sample + 1 - last) * interval > 600
            }
        };
        if is_recorded {
            self.safe = self.entries.len();
            self.recorded.push((sample, u32::try_from(counted).unwrap_or(u32::MAX)));
        }
        passes
    }

    /// The first of the good samples at the end of the list, no three or more of which are missing between two of them.
    fn good_since(&self) -> Option<u32> {
        let mut since = None;
        for entry in self.entries.iter().rev() {
            if !entry.is_good() || since.is_some_and(|since| since - entry.sample > 3) {
                break;
            }
            since = Some(entry.sample);
        }
        since
    }
}
