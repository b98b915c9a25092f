//! J: jobs and tasks.

use super::{NOTHING, number, problems_of_job, problems_of_stage, problems_of_task};
use crate::{Job, JobKind, Parallelism, TargetLimit, Task, TaskRef, Variable, limits};

#[test]
fn a_job_gives_its_tasks_1_to_60_minutes_to_stop() {
    for minutes in [1, 60] {
        assert_eq!(problems_of_job(|job| job.cancel_timeout_minutes = minutes), NOTHING);
    }
    for minutes in [0, 61] {
        let found = problems_of_job(|job| job.cancel_timeout_minutes = minutes);
        assert_eq!(
            found,
            [format!("stages[0].jobs[0].cancel_timeout_minutes: must be 1 to 60, is {minutes}")]
        );
    }
}

#[test]
fn a_job_runs_at_most_a_year_or_without_end() {
    for minutes in [None, Some(0), Some(525_600)] {
        assert_eq!(problems_of_job(|job| job.timeout_minutes = minutes), NOTHING);
    }
    assert_eq!(problems_of_job(|job| job.timeout_minutes = Some(525_601)).len(), 1);
}

#[test]
fn a_task_is_tried_again_at_most_10_times() {
    assert_eq!(problems_of_task(|task| task.retry_count = 10), NOTHING);
    assert_eq!(
        problems_of_task(|task| task.retry_count = 11),
        ["stages[0].jobs[0].tasks[0].retry_count: must be 0 to 10, is 11"]
    );
}

#[test]
fn a_task_runs_at_most_60_days_or_without_end() {
    for minutes in [0, 86_400] {
        assert_eq!(problems_of_task(|task| task.timeout_minutes = minutes), NOTHING);
    }
    assert_eq!(
        problems_of_task(|task| task.timeout_minutes = 86_401),
        ["stages[0].jobs[0].tasks[0].timeout_minutes: must be 0 to 86400, is 86401"]
    );
}

#[test]
fn a_task_says_what_runs_it() {
    let found = problems_of_task(|task| task.task = TaskRef::new(" "));
    assert_eq!(found, ["stages[0].jobs[0].tasks[0].task.id: must not be empty"]);
}

#[test]
fn a_task_may_be_named_after_the_long_first_line_of_its_script() {
    assert_eq!(problems_of_task(|task| task.name = "x".repeat(1_000)), NOTHING);
    assert_eq!(
        problems_of_task(|task| task.name = "x".repeat(1_001)),
        ["stages[0].jobs[0].tasks[0].name: must have at most 1000 characters, has 1001"]
    );
}

#[test]
fn reference_names_are_unique_without_case_among_the_jobs_of_a_stage() {
    let mut jobs = [Job::agent("One"), Job::agent("Two"), Job::agent("Three")];
    // No reference name is none, however often.
    assert_eq!(problems_of_stage(|stage| stage.jobs = jobs.to_vec()), NOTHING);
    jobs[0].reference_name = "build".to_owned();
    jobs[2].reference_name = "BUILD".to_owned();
    assert_eq!(
        problems_of_stage(|stage| stage.jobs = jobs.to_vec()),
        ["stages[0].jobs[2].reference_name: \"BUILD\" is already that of jobs[0], spelled \"build\""]
    );
}

#[test]
fn reference_names_are_unique_among_the_tasks_of_a_job_and_may_repeat_in_another() {
    let mut task = Task::command("./deploy.sh");
    task.reference_name = "deploy".to_owned();
    let job = Job::agent("One").with_task(task.clone());
    assert_eq!(problems_of_stage(|stage| stage.jobs = vec![job.clone(), job.clone()]), NOTHING);
    assert_eq!(
        problems_of_stage(|stage| stage.jobs = vec![job.clone().with_task(task)]),
        ["stages[0].jobs[0].tasks[1].reference_name: \"deploy\" is already that of tasks[0]"]
    );
}

#[test]
fn reference_names_have_letters_digits_and_underscores() {
    assert_eq!(problems_of_task(|task| task.reference_name = "Deploy_2".to_owned()), NOTHING);
    for name in ["a.b", "a b", "a-b", "ä"] {
        let found = problems_of_task(|task| task.reference_name = name.to_owned());
        assert_eq!(found.len(), 1, "{name}: {found:?}");
    }
}

#[test]
fn inputs_and_environment_are_found_by_their_names() {
    let found = problems_of_task(|task| {
        task.inputs.insert("script".to_owned(), "x".repeat(limits::INPUT_BYTES + 1));
        task.environment.insert("A=B".to_owned(), String::new());
    });
    let expected = [
        "stages[0].jobs[0].tasks[0].inputs[\"script\"]: must have at most 262144 bytes, has 262145",
        "stages[0].jobs[0].tasks[0].environment[\"A=B\"]: the name of an environment variable must not contain = \
         or a null character",
    ];
    assert_eq!(found, expected);
    let longest = "x".repeat(limits::INPUT_BYTES);
    assert_eq!(problems_of_task(|task| task.inputs = [("script".to_owned(), longest)].into()), NOTHING);
}

#[test]
fn a_deployment_group_is_deployed_to_in_1_to_100_percent_at_once() {
    let of = |at_once| {
        let kind = JobKind::DeploymentGroup { group: "web".to_owned(), tags: [].into(), at_once };
        problems_of_job(|job| job.kind = kind)
    };
    for percent in [1, 100] {
        assert_eq!(of(TargetLimit::Percent(number(percent))), NOTHING);
    }
    let place = "stages[0].jobs[0].kind.deployment-group.at_once";
    assert_eq!(of(TargetLimit::Percent(number(101))), [format!("{place}.percent: must be 1 to 100, is 101")]);
    assert_eq!(of(TargetLimit::Count(number(10_000))), NOTHING);
    assert_eq!(
        of(TargetLimit::Count(number(10_001))),
        [format!("{place}.count: must be 1 to 10000, is 10001")]
    );
}

#[test]
fn a_deployment_group_and_a_demand_are_named() {
    let kind = JobKind::DeploymentGroup { group: String::new(), tags: [].into(), at_once: TargetLimit::One };
    assert_eq!(
        problems_of_job(|job| job.kind = kind),
        ["stages[0].jobs[0].kind.deployment-group.group: must have 1 to 256 characters, has 0"]
    );
    let kind = JobKind::Agent { pool: String::new(), demands: vec!["java".to_owned(), String::new()] };
    assert_eq!(
        problems_of_job(|job| job.kind = kind),
        ["stages[0].jobs[0].kind.agent.demands[1]: must not be empty"]
    );
}

#[test]
fn demands_and_the_name_of_a_pool_can_be_read() {
    let of = |pool: &str, demands: &[&str]| {
        let demands = demands.iter().map(|&demand| demand.to_owned()).collect();
        problems_of_job(|job| job.kind = JobKind::Agent { pool: pool.to_owned(), demands })
    };
    let demands = ["java", "Agent.OS -equals Windows Server", "Agent.Version -gtVersion 2.163.1"];
    assert!(of("Build Farm", &demands).is_empty());
    let at = "stages[0].jobs[0].kind.agent";
    assert_eq!(
        of("", &["java", "java 17", "java -equals", "java -gtVersion new"]),
        [
            format!("{at}.demands[1]: has \"17\" behind its name, where only -equals or -gtVersion can be"),
            format!("{at}.demands[2]: has nothing behind -equals"),
            format!("{at}.demands[3]: compares with \"new\", which is not a version such as 2.163.1"),
        ]
    );
    let unnameable = format!("{at}.pool: must have at most 256 bytes, and no control characters");
    assert!(of(&"ü".repeat(128), &[]).is_empty());
    for pool in ["ü".repeat(129), "a\u{7}".to_owned()] {
        assert_eq!(of(&pool, &[]), [unnameable.as_str()]);
    }
    assert_eq!(of(&"x".repeat(257), &[]), [format!("{at}.pool: must have at most 256 characters, has 257")]);
}

/// Story: a hundred demands of a thousand characters were allowed, and no store took the commit in which a thousand slices asked with them.
#[test]
fn the_demands_of_a_job_are_no_longer_together_than_fits() {
    let of = |demands: usize| {
        let demands = vec!["x".repeat(limits::DEMANDS_BYTES / 32); demands];
        problems_of_job(|job| job.kind = JobKind::Agent { pool: String::new(), demands })
    };
    assert_eq!(of(32), [""; 0]);
    let what = "stages[0].jobs[0].kind.agent.demands: must have at most 16384 bytes together, have 16896";
    assert_eq!(of(33), [what]);
}

#[test]
fn a_job_on_a_deployment_group_is_cut_by_its_targets_and_by_nothing_else() {
    let group = |name: &str| JobKind::DeploymentGroup {
        group: name.to_owned(),
        tags: [].into(),
        at_once: TargetLimit::One,
    };
    let reported = problems_of_job(|job| {
        job.kind = group("web");
        job.parallelism = Parallelism::MultiAgent { agents: number(2), continue_on_error: false };
    });
    assert_eq!(
        reported,
        ["stages[0].jobs[0].parallelism: must be none for a job that runs on a deployment group"]
    );
    assert_eq!(problems_of_job(|job| job.kind = group("web")), [""; 0]);
    let long = "ä".repeat(limits::ID_BYTES / 2);
    assert_eq!(problems_of_job(|job| job.kind = group(&long)), [""; 0]);
    assert_eq!(problems_of_job(|job| job.kind = group(&format!("{long}a"))).len(), 1);
}

#[test]
fn a_job_in_many_configurations_names_the_variables_that_make_them() {
    let of = |multipliers: &[&str], at_most| {
        let parallelism = Parallelism::MultiConfiguration {
            multipliers: multipliers.iter().map(|&name| name.to_owned()).collect(),
            at_most: number(at_most),
            continue_on_error: false,
        };
        problems_of_job(|job| job.parallelism = parallelism)
    };
    let place = "stages[0].jobs[0].parallelism.multi-configuration";
    assert_eq!(of(&["Location", "Browser"], 4), NOTHING);
    assert_eq!(of(&[], 4), [format!("{place}.multipliers: must name at least one variable")]);
    assert_eq!(of(&[""], 4), [format!("{place}.multipliers[0]: must not be empty")]);
    assert_eq!(
        of(&["a", "A"], 4),
        [format!("{place}.multipliers[1]: names the variable \"A\" more than once")]
    );
    assert_eq!(of(&["a"], 1_000), NOTHING);
    assert_eq!(of(&["a"], 1_001), [format!("{place}.at_most: must be 1 to 1000, is 1001")]);
}

#[test]
fn what_a_job_is_cut_into_is_judged_where_it_is_known() {
    let of = |multipliers: &[&str], variables: &[(&str, Variable)]| {
        problems_of_job(|job| {
            job.parallelism = Parallelism::MultiConfiguration {
                multipliers: multipliers.iter().map(|&name| name.to_owned()).collect(),
                at_most: number(4),
                continue_on_error: false,
            };
            job.variables = variables.iter().map(|(name, it)| ((*name).to_owned(), it.clone())).collect();
        })
    };
    let place = "stages[0].jobs[0].parallelism.multi-configuration.multipliers";
    let ten = Variable::plain("0,1,2,3,4,5,6,7,8,9");
    let many = [("A", ten.clone()), ("B", ten.clone()), ("C", ten), ("D", Variable::plain("0,1"))];
    assert_eq!(of(&["a", "b", "c"], &many), NOTHING);
    assert_eq!(of(&["a", "b", "d", "unknown"], &many), NOTHING);
    assert_eq!(
        of(&["a", "b", "c", "d"], &many),
        [format!("{place}: must make at most 1000 slices, make 2000")]
    );
    let empty = [("A", Variable::plain(" , "))];
    assert_eq!(of(&["a"], &empty), [format!("{place}[0]: a has no value")]);
    assert_eq!(of(&["a"], &[("A", Variable::plain("$(other)"))]), NOTHING);
    assert_eq!(of(&["a"], &[("A", Variable::secret("vault/a"))]), [format!("{place}[0]: a is a secret")]);
    let system = "is a name that only the system sets: a slice has no value of its own for it";
    assert_eq!(of(&["Release.Reason"], &[]), [format!("{place}[0]: Release.Reason {system}")]);
}

#[test]
fn a_job_on_many_agents_has_at_most_1000_slices() {
    let of = |agents| {
        let parallelism = Parallelism::MultiAgent { agents: number(agents), continue_on_error: true };
        problems_of_job(|job| job.parallelism = parallelism)
    };
    assert_eq!(of(1_000), NOTHING);
    assert_eq!(of(1_001), ["stages[0].jobs[0].parallelism.multi-agent.agents: must be 1 to 1000, is 1001"]);
}

#[test]
fn jobs_and_tasks_are_counted() {
    let jobs = |count| problems_of_stage(|stage| stage.jobs = vec![Job::agent("Job"); count]);
    assert_eq!(jobs(limits::JOBS_PER_STAGE), NOTHING);
    let expected = ["stages[0].jobs: must have at most 50 entries, has 51"];
    assert_eq!(jobs(limits::JOBS_PER_STAGE + 1), expected);
    let tasks = |count| problems_of_job(|job| job.tasks = vec![Task::command("true"); count]);
    assert_eq!(tasks(limits::TASKS_PER_JOB), NOTHING);
    let expected = ["stages[0].jobs[0].tasks: must have at most 150 entries, has 151"];
    assert_eq!(tasks(limits::TASKS_PER_JOB + 1), expected);
}
