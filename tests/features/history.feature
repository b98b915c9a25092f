Feature: History
  For every fact: what, who and when. People stand in it by the id that the host gave them, and by nothing else.

  @E3 @E5
  Scenario: Everything that became of a release
    Given a pipeline "Shop" with stages:
      | stage | before |
      | Dev   | u-4711 |
    And it is 2024-05-03 12:00
    When release R1 is created by u-1
    And 10 minutes pass
    And u-4711 approves Dev of R1
    And 5 minutes pass
    And Dev of R1 succeeds
    Then the history of R1 is:
      | R1        | release.created         | user:u-1    | 2024-05-03 12:00 |
      | Dev of R1 | deployment.triggered    | user:u-1    | 2024-05-03 12:00 |
      | Dev of R1 | deployment.slot-granted | user:u-1    | 2024-05-03 12:00 |
      | Dev of R1 | approval.asked          | user:u-1    | 2024-05-03 12:00 |
      | Dev of R1 | approval.answered       | user:u-4711 | 2024-05-03 12:10 |
      | Dev of R1 | deployment.begun        | user:u-4711 | 2024-05-03 12:10 |
      | Dev of R1 | job.began               | user:u-4711 | 2024-05-03 12:10 |
      | Dev of R1 | task.claimed            | system      | 2024-05-03 12:10 |
      | Dev of R1 | task.ended              | system      | 2024-05-03 12:15 |
      | Dev of R1 | job.ended               | system      | 2024-05-03 12:15 |
      | Dev of R1 | deployment.jobs-ended   | system      | 2024-05-03 12:15 |
      | Dev of R1 | deployment.over         | system      | 2024-05-03 12:15 |

  @E3
  Scenario: Why: each event says what it followed from
    Given a pipeline "Shop" with stages:
      | stage | queue               | before |
      | QA    | at most 1, in order | ann    |
    When releases R1, R2 are created
    And ann rejects QA of R1
    Then the reasons of the last commit are:
      | QA of R1    | approval.answered       | the command             |
      | QA of R1    | deployment.over         | the command             |
      | queue of QA | queue.left              | deployment.over         |
      | queue of QA | queue.slot-granted      | deployment.over         |
      | QA of R2    | deployment.slot-granted | queue.slot-granted      |
      | QA of R2    | approval.asked          | queue.slot-granted      |

  @E3 @AP5
  Scenario: A deadline is a reason too
    Given a pipeline "Shop" with stages:
      | stage | before                 |
      | QA    | ann; within 60 minutes |
    When release R1 is created
    And 1 hour passes
    Then the reasons of the last commit are:
      | QA of R1    | approval.timed-out | a deadline      |
      | QA of R1    | deployment.over    | a deadline      |
      | queue of QA | queue.left         | deployment.over |

  @D2
  Scenario: How a deployment shows from its trigger to its end
    Given a pipeline "Shop" with stages:
      | stage | queue               | before | after |
      | QA    | at most 1, in order | ann    | pat   |
    When releases R1, R2 are created
    Then QA of R2 shows queued, notDeployed, queued
    And QA of R1 shows inProgress, notDeployed, pending
    When ann approves QA of R1
    Then QA of R1 shows inProgress, inProgress, phaseInProgress
    When QA of R1 partially succeeds
    Then QA of R1 shows inProgress, inProgress, pending
    When pat approves QA of R1
    Then QA of R1 shows partiallySucceeded, partiallySucceeded, approved
    When bob cancels QA of R2
    Then QA of R2 shows canceled, notDeployed, canceled

  @D2
  Scenario: Superseded before the grant
    Given a pipeline "Shop" with stages:
      | stage | queue             |
      | QA    | at most 1, latest |
    When releases R1 to R3 are created
    Then QA of R2 shows canceled, notDeployed, canceled
    And QA of R3 shows queued, notDeployed, queued

  @I14 @I15
  Scenario: Nothing waits for nothing, and all is found again after a restart
    Given a pipeline "Shop" with stages:
      | stage | queue             | before | after |
      | Dev   |                   |        | pat   |
      | QA    | at most 1, latest | ann    |       |
    When releases R1 to R3 are created
    And Dev of R1 succeeds
    And the engine restarts
    Then approvals are pending from pat for R1
    When pat approves Dev of R1
    And the engine restarts
    Then approvals are pending from ann for R1
    When Dev of R2, R3 succeed
    And the engine restarts
    And pat approves Dev of R3
    And pat approves Dev of R2
    Then QA of R3 is canceled, superseded by R2
    And QA is waited for by R2

  @E3
  Scenario: What changes from one release to another
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And these variables:
      | name  | value | settable |
      | color | blue  | yes      |
    When releases R1, R2 are created with:
      | artifact app | 18 |
    Then from R1 to R2 nothing changes
    Given QA has one more task smoke-test
    When eve saves the pipeline
    And release R3 is created with:
      | artifact app   | 19    |
      | variable color | green |
    Then from R1 to R3 this changes:
      | stages[QA].jobs[Agent job].tasks[smoke-test]: {"condition":... is new |
      | values[color]: "green" is new            |
      | versions[app].id: "18" became "19"       |
      | versions[app].name: "18" became "19"     |
    When eve revises tasks of QA of R1
    Then from R1 to R3 this changes:
      | values[color]: "green" is new            |
      | versions[app].id: "18" became "19"       |
      | versions[app].name: "18" became "19"     |
