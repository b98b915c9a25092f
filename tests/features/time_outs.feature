Feature: Time-outs
  Of approvals, tasks and jobs.

  @scenario-26 @AP5 @D3 @D2
  Scenario: An approval that nobody answers is rejected by the system
    Given a pipeline "Shop" with stages:
      | stage | before                   |
      | QA    | ann; within 2880 minutes |
    When release R1 is created
    And 172799 seconds pass
    Then approvals are pending from ann for R1
    When 1 second passes
    Then QA of R1 is rejected, an approval timed out
    And QA of R1 shows rejected, notDeployed, rejected
    And the approvals of QA of R1 are:
      | before | ann | timed out |
    When ann approves QA of R1
    Then it is refused: "approval 1/1#1-pre.0 is not open: it timed out at 2024-01-03 00:00:00 UTC"

  @scenario-26 @AP5
  Scenario: Without a time-out it is 30 days
    Given a pipeline "Shop" with stages:
      | stage | before                |
      | QA    | ann; within 0 minutes |
    When release R1 is created
    And 2591999 seconds pass
    Then approvals are pending from ann for R1
    When 1 second passes
    Then QA of R1 is rejected, an approval timed out

  @AP5
  Scenario: One second before it is in time
    Given a pipeline "Shop" with stages:
      | stage | before                   |
      | QA    | ann; within 2880 minutes |
    When release R1 is created
    And 172799 seconds pass
    And ann approves QA of R1
    Then QA of R1 is in progress
    And no approval is pending

  @AP5
  Scenario: Too late is too late, even if the engine was down when it timed out
    Given a pipeline "Shop" with stages:
      | stage | before                   |
      | QA    | ann; within 2880 minutes |
    When release R1 is created
    And the engine goes down
    And 172801 seconds pass
    And ann approves QA of R1
    Then it is refused: "approval 1/1#1-pre.0 is not open: it timed out at 2024-01-03 00:00:01 UTC"
    When the engine restarts
    Then QA of R1 is rejected, an approval timed out

  @AP5
  Scenario: Time spent waiting in the queue does not count, nor for the next in a sequence the time of those before
    Given a pipeline "Shop" with stages:
      | stage | queue               | before                            |
      | QA    | at most 1, in order | ann then bob; within 60 minutes   |
    When releases R1, R2 are created
    And 50 minutes pass
    And ann approves QA of R1
    And 50 minutes pass
    And bob approves QA of R1
    And 55 minutes pass
    And QA of R1 succeeds
    Then approvals are pending from ann for R2
    When 59 minutes pass
    Then approvals are pending from ann for R2
    When 1 minute passes
    Then QA of R2 is rejected, an approval timed out

  @AP5 @P5
  Scenario: At most 365 days
    Given a pipeline "Shop" with stages:
      | stage | before                     |
      | QA    | ann; within 525600 minutes |
    When release R1 is created
    And 364 days pass
    Then approvals are pending from ann for R1
    Given the definition says stages[0].before.approvals.timeout_minutes = 525601
    When eve saves the pipeline
    Then it is refused: "...stages[0].before.approvals.timeout_minutes: must be 0 to 525600, is 525601"

  @AP5 @AP4
  Scenario: A time-out after deployment rejects the stage, and closes the other steps
    Given a pipeline "Shop" with stages:
      | stage | after                       |
      | QA    | ann, bob; within 60 minutes |
      | Prod  |                             |
    When release R1 is created
    And QA of R1 succeeds
    And bob approves QA of R1
    And 1 hour passes
    Then QA of R1 is rejected, an approval timed out
    And Prod of R1 is not started

  @AP5
  Scenario: Deadlines that are due in several releases are decided in the order of their instants
    Given a pipeline "Shop" with stages:
      | stage | queue               | before                 |
      | QA    | at most 1, in order | ann; within 60 minutes |
    When releases R1 to R3 are created
    And 3 hours pass
    Then the stages are:
      |    | QA                              |
      | R1 | rejected, an approval timed out |
      | R2 | rejected, an approval timed out |
      | R3 | rejected, an approval timed out |
    When ann approves QA of R3
    Then it is refused: "approval 3/1#1-pre.0 is not open: it timed out at 2024-01-01 03:00:00 UTC"

  @J7 @J6
  Scenario: A task that takes too long is asked to stop, and given up
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task | time-out | condition |
      | slow | 10       |           |
      | tell |          | failed()  |
    When release R1 is created
    And 599 seconds pass
    Then the tasks of Dev of R1 are:
      | slow | running   |
      | tell | not begun |
    When 1 second passes
    Then the tasks of Dev of R1 are:
      | slow | asked to stop |
      | tell | not begun     |
    When 299 seconds pass
    Then the tasks of Dev of R1 are:
      | slow | asked to stop |
      | tell | not begun     |
    When 1 second passes
    Then the tasks of Dev of R1 are:
      | slow | timed out |
      | tell | running   |
    When task tell of Dev of R1 succeeds
    Then Dev of R1 is rejected, jobs failed

  @J7 @J6
  Scenario: A task that stops when its time is over has timed out, whatever it reports
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task | time-out |
      | slow | 10       |
    When release R1 is created
    And 11 minutes pass
    And task slow of Dev of R1 succeeds
    Then the tasks of Dev of R1 are:
      | slow | timed out |
    And Dev of R1 is rejected, jobs failed

  @J1 @J7
  Scenario: An agent job has 60 minutes unless it says otherwise, and 5 to stop
    Given a pipeline "Shop" with stages:
      | stage | tasks    |
      | Dev   | one, two |
    When release R1 is created
    And 59 minutes pass
    And task one of Dev of R1 succeeds
    And 59 seconds pass
    Then the tasks of Dev of R1 are:
      | one | succeeded |
      | two | running   |
    When 1 second passes
    Then the tasks of Dev of R1 are:
      | one | succeeded     |
      | two | asked to stop |
    When 5 minutes pass
    Then the tasks of Dev of R1 are:
      | one | succeeded |
      | two | timed out |
    And Dev of R1 is rejected, jobs failed

  @J1 @J7
  Scenario: What a job does not get to in its time is skipped
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | job  | job time-out | cancel time-out | task | condition |
      | Long | 30           | 1               | one  |           |
      | Long |              |                 | two  | always()  |
    When release R1 is created
    And 30 minutes pass
    And 1 minute passes
    Then the tasks of Dev of R1 are:
      | one | timed out                  |
      | two | skipped, the job timed out |
    And the jobs of Dev of R1 are:
      | Long | failed |

  @J1 @J7
  Scenario: A job with 0 has no time-out
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | job  | job time-out | task |
      | Long | 0            | one  |
    When release R1 is created
    And 400 days pass
    Then the tasks of Dev of R1 are:
      | one | running |

  @D4 @J1
  Scenario: A task that does not stop when it is cancelled is given up
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created
    And bob cancels Dev of R1
    And 299 seconds pass
    Then Dev of R1 is in progress, cancelling
    When 1 second passes
    Then Dev of R1 is canceled, by bob

  @J1 @P5
  Scenario Outline: Between 1 and 60 minutes to stop
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And the definition says stages[0].jobs[0].cancel_timeout_minutes = <refused>
    When eve saves the pipeline
    Then it is refused: "...stages[0].jobs[0].cancel_timeout_minutes: must be 1 to 60, is <refused>"
    Given the definition says stages[0].jobs[0].cancel_timeout_minutes = <allowed>
    When eve saves the pipeline
    Then the pipeline is at revision 1

    Examples:
      | refused | allowed |
      | 0       | 1       |
      | 61      | 60      |

  @I15
  Scenario: A clock that steps back does no harm
    Given a pipeline "Shop" with stages:
      | stage | before                 |
      | QA    | ann; within 60 minutes |
    And it is 2024-05-03 12:00
    When release R1 is created
    And the clock steps back 1 hour
    And ann approves QA of R1
    Then QA of R1 is in progress
    And the history of R1 is:
      | R1       | release.created         | user:eve | 2024-05-03 12:00 |
      | QA of R1 | deployment.triggered    | user:eve | 2024-05-03 12:00 |
      | QA of R1 | deployment.slot-granted | user:eve | 2024-05-03 12:00 |
      | QA of R1 | approval.asked          | user:eve | 2024-05-03 12:00 |
      | QA of R1 | approval.answered       | user:ann | 2024-05-03 12:00 |
      | QA of R1 | deployment.begun        | user:ann | 2024-05-03 12:00 |
      | QA of R1 | job.began               | user:ann | 2024-05-03 12:00 |
      | QA of R1 | task.claimed            | system   | 2024-05-03 12:00 |

  @AP5 @J7
  Scenario: What came due in several releases while the engine was down is decided in the order of its moments
    Given a pipeline "Shop" with stages:
      | stage | starts        | before                |
      | Dev   | after release | ann; within 10 minutes |
      | QA    | after release | ann; within 30 minutes |
    When release R1 is created
    And 1 minute passes
    And release R2 is created
    And the engine goes down
    And 2 hours pass
    And the engine restarts
    Then approvals timed out in this order: Dev of R1, Dev of R2, QA of R1, QA of R2
