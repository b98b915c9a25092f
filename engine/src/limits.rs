//! Every maximum of the engine in one place, each with where it comes from.

use std::num::NonZeroUsize;
use std::time::Duration;

/// Times that a command is decided anew after others have changed the same streams. Ours: within a process commands of one pipeline wait for
/// each other, and those of several that met about what they share (lock groups, pools) do so from then on, so that only other processes
/// can cause more than a few conflicts.
pub(crate) const DECISIONS: u32 = 64;

/// Times that a commit is sent which the store did not acknowledge: once more at once, then after pauses. Ours: three seconds in all; a
/// store that stays away longer has failed.
pub(crate) const SENDS: u32 = 7;

/// Times that a command of the engine's own is given again after a pause, where others were faster each time. Ours: six seconds in all; by
/// then whatever is so fast has changed the state, and the engine looks at that.
pub(crate) const OWN_PAUSES: u32 = 6;

/// Times that a runner is asked what became of a task while it can't say. Ours: some 50 seconds in all; whatever keeps it from looking for
/// longer keeps it from watching, too.
pub(crate) const SEARCHES: u32 = 10;

/// Seconds that an engine which begins to drive waits for what became of tasks whose time is over, before it decides that they are timed
/// out. Ours: who has ended is known at once.
pub(crate) const LOOK_FIRST_SECONDS: i64 = 10;

/// Milliseconds of the first of several pauses; each is twice the one before. Ours.
pub(crate) const FIRST_PAUSE_MILLISECONDS: i64 = 100;

/// Streams that are kept in memory. Ours: some 10 kB each.
pub(crate) const STREAMS_CACHED: usize = 10_000;

/// Bytes of all streams together that are kept in memory, as estimated by what their events say. Ours: some forty of the largest definitions.
pub(crate) const STREAM_BYTES_CACHED: usize = 256 * 1_024 * 1_024;

/// Bytes that one stream counts at most for, beside its largest event. Ours: states do not grow with every event.
pub(crate) const STATE_BYTES: usize = 1_024 * 1_024;

/// Ids that an engine takes at once for releases. Ours: an engine asks rarely, and a restart skips few.
pub(crate) const RELEASE_IDS: u32 = 16;

/// Tasks that run at once unless the host says otherwise. Ours.
pub(crate) const TASKS_AT_ONCE: usize = 64;

/// Releases that are looked at, at once. Ours: enough to keep a store busy that writes several commits together.
pub(crate) const JOBS_AT_ONCE: usize = 64;

/// Chores that are done at once: what is left of large commands, and what pipelines' triggers and schedules want. Ours: a version that a
/// thousand pipelines wait for leaves room for everything else.
pub(crate) const CHORES_AT_ONCE: usize = 32;

/// Commands of the engine's own for one release, or for one pipeline that is being deleted, from which nothing comes, in a row, before it
/// waits for something to change there, or for a while.
/// Ours: somebody else was faster each time.
pub(crate) const IN_VAIN: u32 = 3;

/// Seconds after which it is looked again at what nothing came of. Ours: what the commands met may be over by then, without a trace there.
pub(crate) const LOOK_AGAIN_SECONDS: i64 = 60;

/// Evaluations of one gate that have not come to their end, before it is asked no more. Ours: a probe that blocks for ever takes no
/// more threads than that.
pub(crate) const EVALUATIONS_AT_ONCE: usize = 3;

/// The longest sleep before a clock is looked at again. Ours: clocks are set, and machines sleep.
pub(crate) const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// Seconds that a runner has to return after it was told to stop at once, before its future is dropped. Ours: it kills and
/// cleans up in less.
pub(crate) const GRACE_SECONDS: i64 = 10;

/// Times that it is asked what runs that nobody watches, and whether that is wanted, while either can't be known. Ours: about an hour; until
/// then the store can be read again.
pub(crate) const SWEEP_LOOKS: u32 = 60;

/// Bytes in the value of a secret. Ours (V4): a quarter of what one environment variable holds on most systems.
pub(crate) const SECRET_BYTES: usize = 32 * 1_024;

/// Times that a secret is asked for that can't be reached. Ours (V4): some two minutes, so that whoever keeps it may be started anew.
pub(crate) const SECRET_TRIES: u32 = 8;

/// Seconds of the longest pause before it is asked for again. Ours (V4).
pub(crate) const LONGEST_SECRET_PAUSE_SECONDS: i64 = 60;

/// Seconds in which all that a task sets is put where secrets are kept, from when that can't be reached on. Ours (V4): what the pauses
/// between the tries at one secret come to.
pub(crate) const LONGEST_SECRET_WAIT_SECONDS: i64 = 123;

/// Seconds that whoever keeps secrets has to answer once the task is asked to stop. Ours (V4).
pub(crate) const STOPPED_SECRET_SECONDS: i64 = 5;

/// Seconds in which the secrets are resolved that a task sees and does not need. Ours (V4): it begins without them after that.
pub(crate) const UNNEEDED_SECRETS_SECONDS: i64 = 5;

/// Secrets that are asked for, or put, at once for one task. Ours (V4).
pub(crate) const SECRETS_AT_ONCE: usize = 16;

/// Bytes of all the forms of values that the tasks of one slice declare as secret. Ours (V4): each line of a log is looked through
/// for all of them.
pub(crate) const DECLARED_BYTES: usize = 1_024 * 1_024;

/// The forms of values that the tasks of one slice declare as secret. Ours (V4).
pub(crate) const DECLARED_FORMS: usize = 1_000;

/// Lines of a task that wait for the rest of what may be a secret. Ours (V4): a line of a secret is seldom split in more.
pub(crate) const LINES_WAITING: usize = 256;

/// Deliveries of a notifier before they are acknowledged. Ours: a crash repeats no more than these.
pub(crate) const DELIVERIES_UNACKNOWLEDGED: usize = 64;

/// Seconds after which a delivery is acknowledged, with all that followed it. Ours: where little happens, an event a minute at most.
pub(crate) const ACKNOWLEDGE_AFTER_SECONDS: i64 = 60;

/// Commits of which nobody needs to hear before they are acknowledged too. Ours: a second's reading.
pub(crate) const QUIET_COMMITS: u64 = 1_000;

/// The longest pause in seconds before a notification is delivered again; the first one is a second, and each twice the one before. Ours.
pub(crate) const LONGEST_PAUSE_SECONDS: i64 = 60;

/// Bytes that a file keeps of one task's log, unless the host says otherwise. Ours: half a million lines.
pub(crate) const TASK_LOG_BYTES: u64 = 64 * 1_024 * 1_024;

/// Bytes of one line in such a file. Ours: the process runner cuts there, too.
pub(crate) const LOG_LINE_BYTES: usize = 64 * 1_024;

/// Such files that are open at once, unless the host says otherwise. Ours: as many as tasks run at once.
pub(crate) const LOGS_OPEN: NonZeroUsize = match NonZeroUsize::new(TASKS_AT_ONCE) {
    Some(files) => files,
    None => NonZeroUsize::MIN,
};

/// Milliseconds after which whoever follows a log looks for more of it. Ours: people read no faster.
pub(crate) const LOG_LOOK_MILLISECONDS: i64 = 250;

/// How long a call of a server may take, unless the host says otherwise. Azure: what its task waits for an answer.
#[cfg(feature = "http")]
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// Redirects that a call follows. Ours: browsers follow twenty, and nobody means more than one or two.
#[cfg(feature = "http")]
pub(crate) const CALL_REDIRECTS: usize = 5;

/// Bytes of an answer that are read. Ours: what says whether all is well is shorter.
#[cfg(feature = "http")]
pub(crate) const ANSWER_BYTES: usize = 1_024 * 1_024;

/// Bytes of an answer that go to the log of the task. Ours: a screen or two of JSON.
#[cfg(feature = "http")]
pub(crate) const ANSWER_BYTES_SHOWN: usize = 16 * 1_024;

/// Characters of a value that a message shows. Ours.
#[cfg(feature = "http")]
pub(crate) const VALUE_CHARACTERS_SHOWN: usize = 100;

/// KiB of memory that it takes to make a key of a passphrase. Ours: what RFC 9106 names where memory is scarce.
#[cfg(feature = "sealed-file")]
pub(crate) const PASSPHRASE_KIB: u32 = 64 * 1_024;

/// Times that this memory is gone through. RFC 9106, as above.
#[cfg(feature = "sealed-file")]
pub(crate) const PASSPHRASE_PASSES: u32 = 3;

/// Bytes that a sealed file keeps. Ours: it is written as a whole each time, and thousands of passwords are shorter. Its host forgets what is
/// not needed any more.
#[cfg(feature = "sealed-file")]
pub(crate) const SEALED_BYTES: usize = 16 * 1_024 * 1_024;

/// Tasks of agents that are over and of which late words are answered, where leases are in memory. Ours: an agent that is so late hears that its
/// lease is not known.
pub(crate) const LEASES_REMEMBERED: usize = 10_000;

/// Days of the longest lease. Ours: a moment that far away can still be reckoned with.
pub(crate) const LONGEST_LEASE_DAYS: i64 = 36_500;

/// Lines of a page, unless the question says otherwise. Ours: more than a person reads at once.
pub(crate) const LINES_OF_A_PAGE: usize = 100;

/// Lines of any page, however many are asked for. Ours: as many as are put together well within a millisecond.
pub(crate) const LINES_OF_ANY_PAGE: usize = 250;

/// Of each kind, what is found by a name, however many are asked for. Ours: as many as are looked up well within a millisecond.
pub(crate) const FOUND: usize = 100;
