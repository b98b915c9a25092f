//! Every maximum in one place, each with where it comes from.
//!
//! Those that are marked *stored* are applied while recorded events are folded, or stand for what an event does not say, so that a stream
//! is read otherwise with another number: they are part of the stored format and never change. Those that are marked *read* are asked of
//! what is read from the store: they may grow, and never shrink, or what was recorded can't be read.

/// Bytes in a stream's name. Ours: long enough for any name that a host makes, short enough for an index in memory. Read.
pub const STREAM_NAME_BYTES: usize = 512;

/// Bytes in an id that a host gives (users, groups, commands). Ours: a UUID or an e-mail address fits. Read.
pub const ID_BYTES: usize = 256;

/// Events in a page that is read from a store. Ours: about 300 kB of typical events.
pub const PAGE_EVENTS: usize = 1_000;

/// Tasks that a notification names of those that a deployment failed by. Ours (E4): more than a person reads in a message.
pub const FAILED_TASKS_TOLD: usize = 10;

/// Agents, and slices that came before, that an explanation names of those that a slice waits for. Ours (E1): more than a person reads.
pub const WAITED_FOR_TOLD: usize = 10;

/// Characters in the name of a pipeline, a stage, a variable, an alias and the like. Azure (P1). Read, of capabilities.
pub const NAME_CHARACTERS: usize = 256;

/// Characters in a folder's path. Ours: a few folders deep, with names that a person still reads.
pub const FOLDER_CHARACTERS: usize = 400;

/// Characters in what only people read: the name of a job, a task or a gate. Ours: the first line of a script fits. Read, of capabilities.
pub const LABEL_CHARACTERS: usize = 1_000;

/// Characters in a description. Ours: some pages.
pub const DESCRIPTION_CHARACTERS: usize = 10_000;

/// Tags of a pipeline, of a filter, or that a target must have. Ours.
pub const TAGS: usize = 100;

/// Bytes of a pipeline's definition as JSON, with the variables of its groups where a release takes them, and of a release's snapshot. Ours
/// (P5): stores need not take more than 16 MiB, and a commit has up to three of them: where the jobs of a stage are edited while they run (R7),
/// the new definition twice, and the jobs that go on.
pub const DEFINITION_BYTES: usize = 5 * 1_024 * 1_024;

/// Stages of a pipeline. Ours (P3): Azure names no limit; a person reads no more than this.
pub const STAGES: usize = 100;

/// Ids of stages that a pipeline ever had, over all its revisions. Ours (P3): a hundred times all its stages.
pub const STAGE_IDS: usize = 100 * STAGES;

/// Revisions of a pipeline. Ours (P1): each stays readable for ever.
pub const REVISIONS: u32 = 10_000;

/// Jobs of a stage. Ours: a person reads no more than this.
pub const JOBS_PER_STAGE: usize = 50;

/// Tasks of a job. Ours: see [`JOBS_PER_STAGE`].
pub const TASKS_PER_JOB: usize = 150;

/// Inputs of a task or a gate, and environment variables of a task. Ours.
pub const INPUTS_PER_TASK: usize = 500;

/// Bytes in an input of a task or a gate. Ours: a long script fits.
pub const INPUT_BYTES: usize = 256 * 1_024;

/// Artifact sources of a pipeline. Ours.
pub const ARTIFACTS: usize = 100;

/// Versions of an artifact source that are kept, beside the newest of each branch; and taggings of them (A4). Stored.
pub const FEED_VERSIONS: usize = 10_000;

/// Branches of an artifact source whose newest version is kept although it is not among the newest. Ours (A4). Stored.
pub const FEED_BRANCHES: usize = 10_000;

/// Release triggers of a pipeline. Ours.
pub const TRIGGERS: usize = 100;

/// Alternatives of a release trigger or of a stage's artifact filter. Ours.
pub const FILTERS: usize = 100;

/// Branch patterns of a filter. Ours.
pub const PATTERNS_PER_FILTER: usize = 100;

/// Characters in a branch, a branch pattern or a pattern of versions. Ours: git's own names are shorter than 256 bytes.
pub const PATTERN_CHARACTERS: usize = 1_000;

/// Schedules of a stage. Ours.
pub const SCHEDULES_PER_STAGE: usize = 100;

/// Variables of a pipeline, a stage or a job. Ours.
pub const VARIABLES_PER_SCOPE: usize = 1_000;

/// Bytes in the value of a variable. Ours: more than an environment variable holds on most systems.
pub const VARIABLE_BYTES: usize = 64 * 1_024;

/// Characters in the name under which a secret is kept. Ours (V4): room for the longest names of what it is the secret of.
pub const SECRET_NAME_CHARACTERS: usize = 1_024;

/// Variables that one task sets. Ours (J10): an event holds them all.
pub const OUTPUTS_PER_TASK: usize = 100;

/// Bytes in the value of a variable that a task sets. Ours (J10): what is larger belongs into a file.
pub const OUTPUT_BYTES: usize = 8 * 1_024;

/// Variables that all tasks of a deployment set together. Ours (J10): a release's state has them all.
pub const OUTPUTS_PER_DEPLOYMENT: usize = 10_000;

/// Bytes in the names and values of all variables together that tasks of a deployment set. Ours (J10): a release's state has them all, and
/// each task that begins is told of them.
pub const OUTPUTS_BYTES: usize = 4 * 1_024 * 1_024;

/// Variable groups of a pipeline or a stage. Ours.
pub const VARIABLE_GROUPS: usize = 100;

/// How deep variables may stand in each other's values. Azure (V3).
pub const EXPANSION_DEPTH: usize = 50;

/// Bytes in a text whose variables are replaced. Ours: variables that double each other are refused before they fill the memory.
pub const EXPANDED_BYTES: usize = 1_024 * 1_024;

/// Approval steps on one side of a stage's jobs. Ours.
pub const APPROVAL_STEPS: usize = 100;

/// Minutes that an approval may wait for its answer. Azure (AP5): 365 days.
pub const APPROVAL_TIMEOUT_MINUTES: u32 = 365 * 24 * 60;

/// Gates on one side of a stage's jobs. Ours.
pub const GATES: usize = 50;

/// Minutes before the first sample of gates. Azure (G1): 48 hours.
pub const GATE_DELAY_MINUTES: u32 = 48 * 60;

/// Minutes after which gates fail. Azure (G1): 15 days.
pub const GATE_TIMEOUT_MINUTES: u32 = 15 * 24 * 60;

/// Samples of gates that may be skipped in a row without the minimum duration starting again (G2).
pub const GATE_SAMPLES_SKIPPED: u32 = 2;

/// Every how many equal samples of gates one is recorded (G8).
pub const GATE_EQUAL_SAMPLES: u32 = 100;

/// Minutes between two recorded samples of gates, where samples are not further apart themselves (G8).
pub const GATE_RECORD_MINUTES: u32 = 10;

/// Freezes that are not over, and those that are over and are remembered. Ours (F1). Stored.
pub const FREEZES: usize = 1_000;

/// Grants of permissions. Ours (U1).
pub const GRANTS: usize = 10_000;

/// Grants that were revoked, of which it is remembered that they were. Ours (U1). Stored.
pub const REVOKED_REMEMBERED: usize = 1_000;

/// Deployments that hold a slot of one stage at once, unless it is unlimited. Ours (Q1).
pub const DEPLOYMENTS_AT_ONCE: u32 = 1_000;

/// Lock groups that are defined. Ours (Q8): more resources than anybody names.
pub const LOCK_GROUPS_DEFINED: usize = 10_000;

/// Lock groups of a stage. Ours (Q8).
pub const LOCK_GROUPS: usize = 8;

/// Minutes that a job's tasks are given to stop. Azure (J1).
pub const CANCEL_TIMEOUT_MINUTES: u32 = 60;

/// Minutes after which a job is cancelled. Ours: a year, so that several interventions fit.
pub const JOB_TIMEOUT_MINUTES: u32 = 365 * 24 * 60;

/// Minutes after which a task is cancelled. Azure (J8, J9): 60 days, the longest intervention or delay.
pub const TASK_TIMEOUT_MINUTES: u32 = 60 * 24 * 60;

/// Minutes that a delay waits. Azure (J9): 60 days.
pub const DELAY_MINUTES: u32 = 60 * 24 * 60;

/// Users, or groups, that a manual intervention is assigned to. Ours (J8).
pub const ASSIGNEES: usize = 100;

/// Times that a task is tried again. Azure (J4).
pub const RETRIES: u32 = 10;

/// Seconds of the longest pause before a task is tried again. Ours (J4).
pub const RETRY_PAUSE_SECONDS: u32 = 60;

/// Demands of a job. Ours.
pub const DEMANDS: usize = 100;

/// Bytes of all demands of a job together. Ours (J11): a commit holds them twice, for each of its stages that asks for agents.
pub const DEMANDS_BYTES: usize = 16 * 1_024;

/// Agents of a pool. Ours (J11): as many as slices that a job has at once.
pub const AGENTS: usize = 1_000;

/// Capabilities of an agent. Ours (J11): those that agents find by themselves are mostly the variables of their environment. Read.
pub const CAPABILITIES: usize = 500;

/// Steps of a deployment's jobs that are taken by itself where the moment of a deadline comes: a thousand may come at once (J2), and all of
/// them are decided before the next command. Ours.
pub const DEADLINE_STEPS: usize = 20;

/// Slices of a job. Ours (J2): a release's state has them all.
pub const SLICES: u32 = 1_000;

/// Bytes in the names and values that set the slices of a job apart. Ours (J2): an event has them all.
pub const SLICES_BYTES: usize = 1_024 * 1_024;

/// Steps of a deployment's jobs that one commit takes by itself; what is beyond that goes on in further commits. Ours (J2): those of
/// [`FAN_OUT`] deployments that begin at once are fewer than [`COMMIT_EVENTS`].
pub const JOB_STEPS: usize = 100;

/// Variables whose values are multiplied into the slices of a job. Ours (J2).
pub const MULTIPLIERS: usize = 10;

/// Targets of a deployment group. Ours (J3): each is a slice of every job that runs on the group.
pub const TARGETS: usize = 1_000;

/// Machines of a deployment group that are deployed to at once. Ours (J3).
pub const TARGETS_AT_ONCE: u32 = 10_000;

/// Characters in a condition. Ours (C3).
pub const CONDITION_CHARACTERS: usize = 4_000;

/// How deep the parts of a condition may stand in each other. Azure (C3): its agent's own limit.
pub const CONDITION_DEPTH: usize = 50;

/// Values, variables and calls of a condition. Ours (C3): those in 4,000 characters are seldom more.
pub const CONDITION_PARTS: usize = 500;

/// Digits in a number of a condition, or in a text that is compared with one. Azure (C1): a decimal of .NET.
pub const CONDITION_DIGITS: usize = 28;

/// Bytes in a text that a condition puts together. Ours (C1): a few variables' values.
pub const CONDITION_TEXT_BYTES: usize = 256 * 1_024;

/// Bytes in all texts together that a condition puts together. Ours (C1): what is asked often must be answered soon.
pub const CONDITION_WORK_BYTES: usize = 16 * 1_024 * 1_024;

/// Parts of a condition that a verdict tells of. Ours: a person reads no more.
pub const CONDITION_FINDINGS: usize = 20;

/// Days that a stage's releases are kept. Azure (K1).
pub const RETENTION_DAYS: u32 = 365;

/// Releases of a stage that are kept whatever their age. Azure (K1).
pub const RETENTION_RELEASES: u32 = 25;

/// Characters in the name of a release. Ours (P7): as a pipeline's.
pub const RELEASE_NAME_CHARACTERS: usize = 256;

/// Characters in the format of releases' names. Ours: a token is longer than what it stands for.
pub const RELEASE_NAME_FORMAT_CHARACTERS: usize = 1_000;

/// Digits that a release's counter is padded to. Ours: as many as the largest counter has.
pub const RELEASE_COUNTER_DIGITS: usize = 20;

/// Properties of a pipeline, or parts of an artifact source's reference. Ours.
pub const PROPERTIES: usize = 1_000;

/// Ids that are handed out at once. Ours: large enough that an engine asks rarely, small enough that a restart skips few.
pub const ID_BLOCK: u32 = 1_000;

/// Days for which a deleted release can be restored (K3).
pub const DELETED_RELEASE_DAYS: u32 = 14;

/// Days for which a deleted pipeline can be restored (P6).
pub const DELETED_PIPELINE_DAYS: u32 = 30;

/// Commands that a stream remembers, so that one that comes twice is carried out once. Ours. Stored.
pub const COMMANDS_REMEMBERED: usize = 64;

/// Commands that a pipeline's stream remembers: every release that is created goes through it. Ours. Stored.
pub const PIPELINE_COMMANDS_REMEMBERED: usize = 1_024;

/// Commands that a release's stream remembers: whatever engines claim and report of its tasks goes through it, beside what people ask. Ours.
/// Stored.
pub const RELEASE_COMMANDS_REMEMBERED: usize = 1_024;

/// Releases that one commit of a queue grants or supersedes; what is beyond that goes on in further commits (Q5). Ours.
pub const FAN_OUT: usize = 64;

/// Deployments that wait for one stage (Q10).
pub const QUEUE_WAITING: usize = 10_000;

/// Deployments to one stage that are not over and neither wait nor hold a slot: scheduled, being approved, or approved after their jobs. Ours
/// (Q10): as many as wait.
pub const QUEUE_BESIDE: usize = 10_000;

/// Names whose `$(rev:r)` counter is kept (P7). Stored.
pub const NAME_COUNTERS: usize = 1_000;

// What came due is decided before the next command, all of it: in each slice of a job a deadline, and what follows from it in pools.
const _: () = assert!(SLICES as usize * (DEADLINE_STEPS + 6) < COMMIT_EVENTS);

// Where commits carry most of definitions, there is room for what else they carry.
const _: () = assert!(3 * DEFINITION_BYTES + 1_024 * 1_024 <= 16 * 1_024 * 1_024);

/// Events of one commit. Ours: a command that causes more is a defect, not a load. Creating or starting a release causes most: in each
/// of its [`STAGES`], all [`APPROVAL_STEPS`] on both sides, [`JOB_STEPS`] between them and agents for [`FAN_OUT`] slices.
pub const COMMIT_EVENTS: usize = 60_000;

// What a valid pipeline may cause is never refused: whoever observes a feed would come no further. Slices ask for their agents together; for
// each agent that is granted there are three events. Beside approvals, steps of jobs and agents a deployment records no more than a score of
// events on its way.
const _: () = assert!(STAGES * (2 * APPROVAL_STEPS + JOB_STEPS + 3 * FAN_OUT + 20) < COMMIT_EVENTS);

/// Times that one approval is handed on to somebody else (AP9). Ours: a bound on a release's state.
pub const REASSIGNMENTS: usize = 100;

/// Attempts at one stage of one release. Ours: far beyond what anybody redeploys, and a bound on a release's state.
pub const ATTEMPTS: u32 = 1_000;

/// Revisions of a release's snapshot. Ours: each carries a whole definition, and nobody reads more changes of one release.
pub const SNAPSHOT_REVISIONS: u32 = 1_000;

/// Characters in a comment or a description. Ours.
pub const TEXT_CHARACTERS: usize = 4_000;

/// Minutes after which an approval is rejected if nothing else is said: 30 days (AP5).
pub const APPROVAL_DEFAULT_TIMEOUT_MINUTES: u32 = 30 * 24 * 60;

/// Schedules of a pipeline of which it is remembered when they happened last. Ours (X2): ten times as many as a pipeline has. Stored.
pub const SCHEDULES_REMEMBERED: usize = 1_000;

/// Minutes after which a missed occurrence of a schedule no longer makes a release, if nothing else is said: 1 day (X3). Stored.
pub const MISSED_OCCURRENCE_MINUTES: u32 = 24 * 60;

/// Minutes after which a missed occurrence no longer makes a release, at most. Ours (X3): a year.
pub const MISSED_OCCURRENCE_MINUTES_AT_MOST: u32 = 365 * 24 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    /// If this fails, the number is wrong and not the test: a new meaning needs a new event that says which number holds.
    #[test]
    fn the_limits_by_which_recorded_events_are_folded_never_change() {
        assert_eq!(FEED_VERSIONS, 10_000);
        assert_eq!(FEED_BRANCHES, 10_000);
        assert_eq!(NAME_COUNTERS, 1_000);
        assert_eq!(REVOKED_REMEMBERED, 1_000);
        assert_eq!(SCHEDULES_REMEMBERED, 1_000);
        assert_eq!(COMMANDS_REMEMBERED, 64);
        assert_eq!(PIPELINE_COMMANDS_REMEMBERED, 1_024);
        assert_eq!(RELEASE_COMMANDS_REMEMBERED, 1_024);
        assert_eq!(FREEZES, 1_000);
        assert_eq!(MISSED_OCCURRENCE_MINUTES, 1_440);
    }

    /// If this fails, the number is wrong and not the test: what was recorded could not be read any more.
    #[test]
    fn the_limits_that_are_asked_of_what_is_read_never_shrink() {
        let (read, first) = (
            [STREAM_NAME_BYTES, ID_BYTES, NAME_CHARACTERS, LABEL_CHARACTERS, CAPABILITIES],
            [512, 256, 256, 1_000, 500],
        );
        assert!(read.iter().zip(first).all(|(limit, first)| *limit >= first), "{read:?}");
    }
}
