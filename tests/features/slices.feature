Feature: Jobs in slices
  A job may run several times side by side: once for each combination of the values of some variables, or the same a number of times.
  Each slice is a job run of its own.

  Background:
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |

  @scenario-49 @J2
  Scenario: Two places and three browsers, at most four at once
    Given Dev has these tasks:
      | job  | task |
      | Test | test |
    And the definition says stages[0].jobs[0].variables = {"Location": {"value": {"plain": "US, EU"}}, "Browser": {"value": {"plain": "A,B,C"}}}
    And the definition says stages[0].jobs[0].parallelism = {"multi-configuration": {"multipliers": ["Location", "Browser"], "at_most": 4, "continue_on_error": false}}
    When release R1 is created
    Then the slices of Test of Dev of R1 are:
      | US, A | running   |
      | US, B | running   |
      | US, C | running   |
      | EU, A | running   |
      | EU, B | not begun |
      | EU, C | not begun |
    When task test in slice "US, B" of Dev of R1 succeeds
    Then the slices of Test of Dev of R1 are:
      | US, A | running   |
      | US, B | succeeded |
      | US, C | running   |
      | EU, A | running   |
      | EU, B | running   |
      | EU, C | not begun |
    Given every deployment succeeds
    Then the slices of Test of Dev of R1 are:
      | US, A | succeeded |
      | US, B | succeeded |
      | US, C | succeeded |
      | EU, A | succeeded |
      | EU, B | succeeded |
      | EU, C | succeeded |
    And at most 4 slices of Test of Dev of R1 ran at once
    And the jobs of Dev of R1 are:
      | Test | succeeded |
    And Dev of R1 is succeeded

  @J2
  Scenario: The same, a number of times: all at once
    Given Dev has these tasks:
      | job  | task |
      | Load | load |
      | Tell | mail |
    And the definition says stages[0].jobs[0].parallelism = {"multi-agent": {"agents": 3, "continue_on_error": false}}
    When release R1 is created
    Then the slices of Load of Dev of R1 are:
      | 1 | running |
      | 2 | running |
      | 3 | running |
    When task load in slice "2" of Dev of R1 succeeds
    And task load in slice "3" of Dev of R1 succeeds with issues
    Then the jobs of Dev of R1 are:
      | Load | running   |
      | Tell | not begun |
    When task load in slice "1" of Dev of R1 succeeds
    Then the jobs of Dev of R1 are:
      | Load | partially succeeded |
      | Tell | running             |

  @J2 @J6
  Scenario: If a slice fails, those that run go on, and those not begun are skipped
    Given Dev has these tasks:
      | job  | task | condition |
      | Test | test |           |
      | Test | tidy | always()  |
    And the definition says stages[0].jobs[0].variables = {"Browser": {"value": {"plain": "A,B,C,D"}}}
    And the definition says stages[0].jobs[0].parallelism = {"multi-configuration": {"multipliers": ["Browser"], "at_most": 2, "continue_on_error": false}}
    When release R1 is created
    And task test in slice "A" of Dev of R1 fails
    Then the slices of Test of Dev of R1 are:
      | A | running   | failed, then running |
      | B | running   | running              |
      | C | not begun |                      |
      | D | not begun |                      |
    When task tidy in slice "A" of Dev of R1 succeeds
    Then the slices of Test of Dev of R1 are:
      | A | failed                  | failed, then succeeded |
      | B | running                 | running                |
      | C | skipped, another failed |                        |
      | D | skipped, another failed |                        |
    When task test in slice "B" of Dev of R1 succeeds
    And task tidy in slice "B" of Dev of R1 succeeds
    Then the slices of Test of Dev of R1 are:
      | A | failed                  | failed, then succeeded    |
      | B | succeeded               | succeeded, then succeeded |
      | C | skipped, another failed |                           |
      | D | skipped, another failed |                           |
    And the jobs of Dev of R1 are:
      | Test | failed |
    And Dev of R1 is rejected, jobs failed

  @J2 @J6
  Scenario: With continue on error the others go on, and the job has failed in the end
    Given Dev has these tasks:
      | job  | task |
      | Test | test |
    And the definition says stages[0].jobs[0].variables = {"Browser": {"value": {"plain": "A,B,C"}}}
    And the definition says stages[0].jobs[0].parallelism = {"multi-configuration": {"multipliers": ["Browser"], "at_most": 1, "continue_on_error": true}}
    When release R1 is created
    And task test in slice "A" of Dev of R1 fails
    And task test in slice "B" of Dev of R1 succeeds
    And task test in slice "C" of Dev of R1 succeeds
    Then the slices of Test of Dev of R1 are:
      | A | failed    |
      | B | succeeded |
      | C | succeeded |
    And at most 1 slices of Test of Dev of R1 ran at once
    And Dev of R1 is rejected, jobs failed

  @J2 @V1 @J5
  Scenario: A slice has variables of its own, and its tasks see what tasks of the same slice set
    Given Dev has these tasks:
      | job  | task | reference name | input script                                 | condition                             |
      | Test | make | maker          | $(Browser) $(System.JobPositionInPhase)/$(System.TotalJobsInPhase) $(System.ParallelExecutionType) | |
      | Test | test |                | $(Browser) $(maker.made) $(made)             |                                       |
      | Test | only |                | only                                         | eq(variables['browser'], 'B')         |
    And the definition says stages[0].variables = {"Browser": {"value": {"plain": "of the stage"}}}
    And the definition says stages[0].jobs[0].variables = {"browser": {"value": {"plain": "A,B"}}}
    And the definition says stages[0].jobs[0].parallelism = {"multi-configuration": {"multipliers": ["Browser"], "at_most": 2, "continue_on_error": false}}
    When release R1 is created
    Then task make in slice "A" of Dev of R1 is told script = "A 1/2 MultiConfiguration"
    And task make in slice "B" of Dev of R1 is told script = "B 2/2 MultiConfiguration"
    When task make in slice "A" of Dev of R1 succeeds and has set:
      | name | value  |
      | made | from A |
    And task make in slice "B" of Dev of R1 succeeds and has set:
      | name    | value  | output |
      | made    | from B | yes    |
      | Browser | other  |        |
    Then task test in slice "A" of Dev of R1 is told script = "A from A from A"
    And task test in slice "B" of Dev of R1 is told script = "other from B $(made)"
    When task test in slice "A" of Dev of R1 succeeds
    And task test in slice "B" of Dev of R1 succeeds
    Then the slices of Test of Dev of R1 are:
      | A | succeeded | succeeded, then succeeded, then skipped |
      | B | succeeded | succeeded, then succeeded, then skipped |

  @J2 @J5
  Scenario: A condition asks for the variables, and for the results, of its own slice
    Given Dev has these tasks:
      | job  | task | condition                                        |
      | Test | test |                                                  |
      | Test | mail | failed()                                         |
      | Test | only | and(always(), eq(variables['Browser'], 'B'))     |
    And the definition says stages[0].jobs[0].variables = {"Browser": {"value": {"plain": "A,B"}}}
    And the definition says stages[0].jobs[0].parallelism = {"multi-configuration": {"multipliers": ["Browser"], "at_most": 2, "continue_on_error": false}}
    When release R1 is created
    And task test in slice "A" of Dev of R1 fails
    And task test in slice "B" of Dev of R1 succeeds
    Then the slices of Test of Dev of R1 are:
      | A | running | failed, then running                  |
      | B | running | succeeded, then skipped, then running |
    When task mail in slice "A" of Dev of R1 succeeds
    Then the slices of Test of Dev of R1 are:
      | A | failed  | failed, then succeeded, then skipped  |
      | B | running | succeeded, then skipped, then running |

  @J2 @J10
  Scenario: Later jobs see the outputs of each slice by its name, and without it those of the last slice that set them
    Given Dev has these tasks:
      | job  | job reference name | task | reference name | input script |
      | Test | tests              | test | run            |              |
      | Ship |                    | send |                | $(tests.US_A.run.log) $(tests.EU_A.run.log) $(tests.run.log) $(tests.run.first) |
    And the definition says stages[0].jobs[0].variables = {"Location": {"value": {"plain": "US,EU"}}, "Browser": {"value": {"plain": "A"}}}
    And the definition says stages[0].jobs[0].parallelism = {"multi-configuration": {"multipliers": ["Location", "Browser"], "at_most": 2, "continue_on_error": false}}
    When release R1 is created
    And task test in slice "EU, A" of Dev of R1 succeeds and has set:
      | name | value | output |
      | log  | of EU | yes    |
    And task test in slice "US, A" of Dev of R1 succeeds and has set:
      | name  | value    | output |
      | log   | of US    | yes    |
      | first | only US  | yes    |
    Then task send of Dev of R1 is told script = "of US of EU of EU only US"

  @J2 @J10
  Scenario: A job is multiplied by what an earlier one put out
    Given Dev has these tasks:
      | job  | job reference name | task | reference name | input script         |
      | Plan | plan               | list | it             |                      |
      | Test |                    | test |                | $(plan.it.browsers)  |
    And the definition says stages[0].jobs[1].parallelism = {"multi-configuration": {"multipliers": ["plan.it.browsers"], "at_most": 5, "continue_on_error": false}}
    When release R1 is created
    And task list of Dev of R1 succeeds and has set:
      | name     | value | output |
      | browsers | B,,C  | yes    |
    Then the slices of Test of Dev of R1 are:
      | B | running |
      | C | running |
    And task test in slice "C" of Dev of R1 is told script = "C"

  @J2 @J6
  Scenario Outline: A job that can't be cut into slices has failed, and it is recorded why
    Given Dev has these tasks:
      | job  | job condition | task |
      | Test |               | test |
      | Tell | failed()      | mail |
    And the definition says stages[0].variables = {"Given": {"value": {"plain": <value>}}}
    And the definition says stages[0].jobs[0].parallelism = {"multi-configuration": {"multipliers": ["<name>"], "at_most": 5, "continue_on_error": false}}
    When release R1 is created
    Then the jobs of Dev of R1 are:
      | Test | failed, the variable "<name>", which it is multiplied by<why> |
      | Tell | running                                                         |
    When task mail of Dev of R1 succeeds
    Then Dev of R1 is rejected, jobs failed
    And job.began was recorded 1 time

    Examples:
      | name  | value      | why                                                          |
      | other | "any"      | , is not known                                               |
      | given | ", ,"      | , has no value                                               |
      | given | "$(given)" | : variables refer to each other in a circle: Given -> Given  |

  @J2 @J7
  Scenario: Each slice has its own time
    Given Dev has these tasks:
      | job  | task | job time-out | cancel time-out |
      | Test | test | 10           | 1               |
      | Test | tell |              |                 |
    And the definition says stages[0].jobs[0].variables = {"Browser": {"value": {"plain": "A,B,C"}}}
    And the definition says stages[0].jobs[0].parallelism = {"multi-configuration": {"multipliers": ["Browser"], "at_most": 2, "continue_on_error": true}}
    When release R1 is created
    And 4 minutes pass
    And task test in slice "A" of Dev of R1 fails
    Then the slices of Test of Dev of R1 are:
      | A | failed  | failed, then skipped |
      | B | running | running              |
      | C | running | running              |
    When 6 minutes pass
    Then the slices of Test of Dev of R1 are:
      | A | failed  | failed, then skipped |
      | B | running | asked to stop        |
      | C | running | running              |
    When 1 minute passes
    Then the slices of Test of Dev of R1 are:
      | A | failed  | failed, then skipped                       |
      | B | failed  | timed out, then skipped, the job timed out |
      | C | running | running                                    |
    When 3 minutes pass
    Then the slices of Test of Dev of R1 are:
      | A | failed  | failed, then skipped                       |
      | B | failed  | timed out, then skipped, the job timed out |
      | C | running | asked to stop                              |
    And slice.timed-out was recorded 2 times

  @J2 @J4
  Scenario: A task is tried again in its slice, and the others don't wait for it
    Given Dev has these tasks:
      | job  | task |
      | Load | load |
      | Load | tell |
    And the definition says stages[0].jobs[0].parallelism = {"multi-agent": {"agents": 2, "continue_on_error": false}}
    And the definition says stages[0].jobs[0].tasks[0].retry_count = 1
    When release R1 is created
    And task load in slice "1" of Dev of R1 fails
    And task load in slice "2" of Dev of R1 succeeds
    Then the slices of Load of Dev of R1 are:
      | 1 | running | pausing                 |
      | 2 | running | succeeded, then running |
    When 1 second passes
    Then the slices of Load of Dev of R1 are:
      | 1 | running | running                 |
      | 2 | running | succeeded, then running |
    When task load in slice "1" of Dev of R1 succeeds
    Then the slices of Load of Dev of R1 are:
      | 1 | running | succeeded, then running |
      | 2 | running | succeeded, then running |

  @J2 @D4
  Scenario: A cancel stops every slice, and those not begun are skipped
    Given Dev has these tasks:
      | job  | task | condition |
      | Test | test |           |
      | Test | tidy | always()  |
    And the definition says stages[0].jobs[0].variables = {"Browser": {"value": {"plain": "A,B,C"}}}
    And the definition says stages[0].jobs[0].parallelism = {"multi-configuration": {"multipliers": ["Browser"], "at_most": 2, "continue_on_error": true}}
    When release R1 is created
    And bob cancels Dev of R1
    Then the slices of Test of Dev of R1 are:
      | A | running           | asked to stop |
      | B | running           | asked to stop |
      | C | skipped, canceled |               |
    When task test in slice "B" of Dev of R1 stops
    And task tidy in slice "B" of Dev of R1 succeeds
    Then the slices of Test of Dev of R1 are:
      | A | running           | asked to stop            |
      | B | canceled          | canceled, then succeeded |
      | C | skipped, canceled |                          |
    When 5 minutes pass
    And task tidy in slice "A" of Dev of R1 succeeds
    Then the jobs of Dev of R1 are:
      | Test | canceled |
    And Dev of R1 is canceled, by bob

  @J2 @D4
  Scenario: A job that runs after a cancel runs in all of its slices
    Given Dev has these tasks:
      | job     | job condition | task   | condition |
      | Deploy  |               | deploy |           |
      | Cleanup | always()      | clean  | always()  |
    And the definition says stages[0].jobs[1].parallelism = {"multi-configuration": {"multipliers": ["Place"], "at_most": 1, "continue_on_error": false}}
    And the definition says stages[0].variables = {"Place": {"value": {"plain": "a,b"}}}
    When release R1 is created
    And bob cancels Dev of R1
    And task deploy of Dev of R1 stops
    Then the slices of Cleanup of Dev of R1 are:
      | a | running   |
      | b | not begun |
    When task clean in slice "a" of Dev of R1 succeeds
    And task clean in slice "b" of Dev of R1 succeeds
    Then the slices of Cleanup of Dev of R1 are:
      | a | canceled |
      | b | canceled |
    And Dev of R1 is canceled, by bob

  @J2 @J8 @E1 @D2
  Scenario: Several manual interventions wait at once, each for those that its slice names
    Given Dev has these tasks:
      | job  | kind   | task | runs                | input users |
      | Look | server | look | manual-intervention | $(who)      |
    And the definition says stages[0].variables = {"who": {"value": {"plain": "ann,bob"}}}
    And the definition says stages[0].jobs[0].parallelism = {"multi-configuration": {"multipliers": ["who"], "at_most": 2, "continue_on_error": false}}
    And it is 2024-05-03 12:00
    When release R1 is created
    Then Dev of R1 shows inProgress, inProgress, manualInterventionPending
    And Dev of R1 waits for:
      | what                                                                                               | cleared by |
      | waits in "look" of slice ann for ann to resume or reject; rejected at 2024-07-02 12:00:00 UTC | ann        |
      | waits in "look" of slice bob for bob to resume or reject; rejected at 2024-07-02 12:00:00 UTC | bob        |
    When ann resumes task look in slice "bob" of Dev of R1
    Then it is refused: "user:ann is not among those who 1/1#1.0:1.0 is assigned to"
    When bob resumes task look in slice "bob" of Dev of R1
    Then the slices of Look of Dev of R1 are:
      | ann | running   |
      | bob | succeeded |
    And Dev of R1 shows inProgress, inProgress, manualInterventionPending
    When ann rejects task look in slice "ann" of Dev of R1
    Then Dev of R1 is rejected, jobs failed

  @J2 @J9
  Scenario: Delays of several slices end each at its own moment
    Given Dev has these tasks:
      | job  | kind   | task | runs  | input minutes |
      | Wait | server | wait | delay | $(minutes)    |
    And the definition says stages[0].variables = {"minutes": {"value": {"plain": "5, 2"}}}
    And the definition says stages[0].jobs[0].parallelism = {"multi-configuration": {"multipliers": ["minutes"], "at_most": 2, "continue_on_error": false}}
    When release R1 is created
    And 2 minutes pass
    Then the slices of Wait of Dev of R1 are:
      | 5 | running   |
      | 2 | succeeded |
    When 3 minutes pass
    Then Dev of R1 is succeeded

  @J2 @D5
  Scenario: A job of which a slice failed is repeated with all of its slices
    Given Dev has these tasks:
      | job   | task |
      | First | make |
      | Load  | load |
    And the definition says stages[0].jobs[1].parallelism = {"multi-agent": {"agents": 2, "continue_on_error": false}}
    When release R1 is created
    And task make of Dev of R1 succeeds
    And task load in slice "1" of Dev of R1 succeeds
    And task load in slice "2" of Dev of R1 fails
    And bob deploys the failed jobs of Dev of R1
    Then the jobs of Dev of R1 are:
      | First | skipped, succeeded in attempt 1 |
      | Load  | running                         |
    And the slices of Load of Dev of R1 are:
      | 1 | running |
      | 2 | running |

  @J2 @R7
  Scenario: Jobs that are edited while slices run change nothing for them
    Given Dev has these tasks:
      | job  | task |
      | Load | load |
    And the definition says stages[0].jobs[0].parallelism = {"multi-agent": {"agents": 2, "continue_on_error": false}}
    When release R1 is created
    Given the definition says stages[0].jobs[0].parallelism = "none"
    When bob revises tasks of Dev of R1, saying "once is enough"
    And task load in slice "1" of Dev of R1 succeeds
    Then the slices of Load of Dev of R1 are:
      | 1 | succeeded |
      | 2 | running   |

  @J2 @J6
  Scenario: An engine that comes back takes up the tasks of every slice
    Given Dev has these tasks:
      | job  | task |
      | Load | load |
    And the definition says stages[0].jobs[0].parallelism = {"multi-agent": {"agents": 2, "continue_on_error": false}}
    When release R1 is created
    And the engine restarts
    Then the slices of Load of Dev of R1 are:
      | 1 | running | running |
      | 2 | running | running |
    When task load in slice "2" of Dev of R1 is lost
    And task load in slice "1" of Dev of R1 succeeds
    Then the slices of Load of Dev of R1 are:
      | 1 | succeeded | succeeded |
      | 2 | failed    | lost      |

  @J2
  Scenario: Many slices begin in several commits
    Given Dev has these tasks:
      | job  | task | enabled |
      | Load | load | no      |
    And the definition says stages[0].jobs[0].parallelism = {"multi-agent": {"agents": 250, "continue_on_error": false}}
    When release R1 is created
    Then Dev of R1 is succeeded
    And slice.ended was recorded 250 times
    And no commit holds more than 34 slice.began
