Feature: Jobs and tasks
  Jobs run one after another, and so do the tasks of a job.

  @J1 @J4 @J6
  Scenario: One after another
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | job   | task   |
      | Build | fetch  |
      | Build | make   |
      | Ship  | upload |
    When release R1 is created
    Then the tasks of Dev of R1 are:
      | fetch  | running   |
      | make   | not begun |
      | upload | not begun |
    When task fetch of Dev of R1 succeeds
    And task make of Dev of R1 succeeds
    Then the jobs of Dev of R1 are:
      | Build | succeeded |
      | Ship  | running   |
    And Dev of R1 is in progress
    When task upload of Dev of R1 succeeds
    Then Dev of R1 is succeeded
    And the jobs of Dev of R1 ended as succeeded

  @J1 @D7
  Scenario: A stage without jobs succeeds, in a commit of its own
    Given a pipeline "Shop" with stages:
      | stage | tasks |
      | Dev   | none  |
      | QA    | none  |
    When release R1 is created
    Then the stages are:
      |    | Dev       | QA        |
      | R1 | succeeded | succeeded |
    And no commit holds deployment.slot-granted and deployment.over of the same deployment
    And no commit holds deployment.slot-granted and deployment.jobs-ended of the same deployment

  @J4 @D7
  Scenario: A disabled task is skipped, and recorded as skipped
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task  | enabled |
      | old   | no      |
      | older | no      |
    When release R1 is created
    Then Dev of R1 is succeeded
    And the tasks of Dev of R1 are:
      | old   | skipped, disabled |
      | older | skipped, disabled |
    And task.skipped was recorded 2 times
    And no commit holds deployment.slot-granted and deployment.over of the same deployment

  @J6
  Scenario Outline: What a task reports is what becomes of its job and its deployment
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created
    And task deploy of Dev of R1 <how>
    Then the tasks of Dev of R1 are:
      | deploy | <task> |
    And the jobs of Dev of R1 are:
      | Agent job | <job> |
    And Dev of R1 shows <shown>

    Examples:
      | how                  | task                  | job                 | shown                                             |
      | succeeds             | succeeded             | succeeded           | succeeded, succeeded, approved                    |
      | succeeds with issues | succeeded with issues | partially succeeded | partiallySucceeded, partiallySucceeded, approved  |
      | fails                | failed                | failed              | rejected, failed, phaseFailed                     |
      | is lost              | lost                  | failed              | rejected, failed, phaseFailed                     |

  @scenario-34 @J5 @J6
  Scenario: Continue on error
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task | continue on error | condition |
      | one  | yes               |           |
      | two  |                   |           |
      | mail |                   | failed()  |
      | tidy |                   | always()  |
    When release R1 is created
    And task one of Dev of R1 fails
    And task two of Dev of R1 succeeds
    And task tidy of Dev of R1 succeeds
    Then the tasks of Dev of R1 are:
      | one  | failed    |
      | two  | succeeded |
      | mail | skipped   |
      | tidy | succeeded |
    And Dev of R1 is partially succeeded

  @scenario-34 @J5 @J6
  Scenario: Without continue on error
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task | condition |
      | one  |           |
      | two  |           |
      | mail | failed()  |
      | tidy | always()  |
    When release R1 is created
    And task one of Dev of R1 fails
    And task mail of Dev of R1 succeeds
    And task tidy of Dev of R1 succeeds
    Then the tasks of Dev of R1 are:
      | one  | failed    |
      | two  | skipped   |
      | mail | succeeded |
      | tidy | succeeded |
    And Dev of R1 is rejected, jobs failed

  @scenario-36 @J1 @J5 @J6
  Scenario: A job for failures
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | job    | job condition | task   |
      | Deploy |               | deploy |
      | Tell   | failed()      | mail   |
    When release R1 is created
    And task deploy of Dev of R1 fails
    And task mail of Dev of R1 succeeds
    Then the jobs of Dev of R1 are:
      | Deploy | failed    |
      | Tell   | succeeded |
    And Dev of R1 is rejected, jobs failed

  @J1 @J5 @J6
  Scenario: A job whose condition is false is skipped and does not count
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | job    | job condition | task   |
      | Deploy |               | deploy |
      | Tell   | failed()      | mail   |
    When release R1 is created
    And task deploy of Dev of R1 succeeds
    Then the jobs of Dev of R1 are:
      | Deploy | succeeded |
      | Tell   | skipped   |
    And Dev of R1 is succeeded

  @J6
  Scenario: A task begins only after its claim, and one engine alone has it
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task  |
      | fetch |
      | make  |
    When release R1 is created
    And another engine claims task fetch of Dev of R1
    Then it is refused: "task 1/1#1.0.0 is not the one that comes next"
    When another engine claims task make of Dev of R1
    Then it is refused: "task 1/1#1.0.1 is not the one that comes next"
    When another engine reports task fetch of Dev of R1
    Then it is refused: "task 1/1#1.0.0 is run by engine engine"
    When task make of Dev of R1 succeeds
    Then it is refused: "task 1/1#1.0.1 does not run"
    And task.claimed was recorded 1 time

  @J6 @I16
  Scenario: The first report counts
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task  |
      | fetch |
      | make  |
    When release R1 is created
    And task fetch of Dev of R1 succeeds
    And task fetch of Dev of R1 fails once more
    Then nothing is recorded
    And the tasks of Dev of R1 are:
      | fetch | succeeded |
      | make  | running   |

  @J6 @J7
  Scenario Outline: A task that ended in its time while the engine was down has not timed out
    Given a pipeline "Shop" with stages:
      | stage | tasks |
      | Dev   | none  |
    And Dev has these tasks:
      | job  | task   | time-out |
      | main | deploy | 30       |
    When release R1 is created
    And the engine goes down
    And 120 minutes pass
    And task deploy of Dev of R1 turns out to have succeeded <ago> minutes ago
    Then Dev of R1 is <status>

    Examples:
      | ago | status    |
      | 119 | succeeded |
      | 91  | succeeded |
      | 90  | rejected  |
      | 0   | rejected  |

  @J6
  Scenario: An engine that comes back takes up what it ran
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created
    And the engine restarts
    And the engine takes up task deploy of Dev of R1 again
    Then task.reattached was recorded 1 time
    When the engine takes up task deploy of Dev of R1 again
    Then nothing is recorded
    When task deploy of Dev of R1 succeeds
    Then Dev of R1 is succeeded
