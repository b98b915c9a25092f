Feature: Editing releases
  What is said of a release can be changed at any time. While it is active, the variables and the tasks of one stage can be changed too:
  a revision of the release's snapshot, for every deployment whose jobs have not begun.

  @R6
  Scenario: Name, description and tags are changed at any time
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created
    And bob changes R1:
      | name        | Summer          |
      | description | the summer sale |
      | tags        | sale, eu        |
    Then R1 says:
      | name        | Summer          |
      | description | the summer sale |
      | tags        | eu, sale        |
    When bob changes R1:
      | tags | sale, eu |
    Then nothing is recorded
    When Dev of R1 succeeds
    And bob abandons R1
    And bob changes R1:
      | name | Autumn |
    Then R1 is named "Autumn"
    When bob changes R1:
      | name | 257 characters |
    Then it is refused: "a release's name has 1 to 256 characters, not 257"
    When bob changes R1:
      | description | 4001 characters |
    Then it is refused: "the description has 4001 characters, at most 4000 are allowed"

  @R6 @K1 @E3
  Scenario: A release is kept forever, and let go again
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    And it is 2024-05-03 12:00
    When release R1 is created
    Then R1 says:
      | kept forever | never |
    When 1 day passes
    And bob keeps R1 forever, saying "audited"
    Then R1 says:
      | kept forever | since 2024-05-04 12:00 |
    When bob keeps R1 forever
    Then nothing is recorded
    When 2 days pass
    And ann no longer keeps R1 forever
    Then R1 says:
      | kept forever | until 2024-05-06 12:00 |
    When ann no longer keeps R1 forever
    Then nothing is recorded
    And the history of R1 is:
      | R1 | release.created      | user:eve | 2024-05-03 12:00 |
      | R1 | release.kept-forever | user:bob | 2024-05-04 12:00 |
      | R1 | release.let-go       | user:ann | 2024-05-06 12:00 |

  @R7 @I9
  Scenario: Tasks of a stage are changed before it is deployed, and an attempt that ran keeps what it ran
    Given a pipeline "Shop" with stages:
      | stage | after |
      | Dev   |       |
      | QA    |       |
    When release R1 is created
    And Dev of R1 succeeds
    And QA of R1 fails
    Given QA has one more task smoke-test
    When bob revises tasks of QA of R1, saying "look closer"
    Then R1 says:
      | snapshot revision | 2 |
      | revision          | 1 |
    And the pipeline is at revision 1
    When bob deploys QA of R1
    Then the tasks of QA of R1 are:
      | deploy     | running   |
      | smoke-test | not begun |
    And QA of R1 has these attempts:
      | attempt | state                 | snapshot |
      | 1       | rejected, jobs failed | 1        |
      | 2       | in progress           | 2        |
    When release R2 is created
    And Dev of R2 succeeds
    Then the tasks of QA of R2 are:
      | deploy | running |

  @R7 @I10 @AP13
  Scenario: Approvals before the jobs start again, also those that were answered
    Given a pipeline "Shop" with stages:
      | stage | before       |
      | Dev   | ann then bob |
    When release R1 is created
    And ann approves Dev of R1
    Given Dev has one more task smoke-test
    When eve revises tasks of Dev of R1, saying "look closer"
    Then approvals are pending from ann for R1
    And the approvals of Dev of R1 are:
      | before | ann | approved by ann |
      | before | bob | canceled        |
      | before | ann | pending         |
    When ann approves Dev of R1
    And bob approves Dev of R1
    Then the tasks of Dev of R1 are:
      | deploy     | running   |
      | smoke-test | not begun |
    And one commit holds:
      | R1        | release.snapshot-revised      |
      | Dev of R1 | deployment.snapshot-taken     |
      | Dev of R1 | approval.canceled             |
      | Dev of R1 | deployment.checks-restarted   |
      | Dev of R1 | approval.asked                |
      | snapshot  | snapshot.kept                 |

  @R7 @AP11
  Scenario: An answer to what was asked before counts for nothing
    Given a pipeline "Shop" with stages:
      | stage | before |
      | Dev   | ann    |
    When release R1 is created
    Given Dev has one more task smoke-test
    When eve revises tasks of Dev of R1
    And ann approves the first approval of Dev of R1
    Then it is refused: "approval ...-pre.0 is not open: it was canceled with its deployment"
    And Dev of R1 is in progress
    And approvals are pending from ann for R1

  @R7 @Q2 @I4 @I5
  Scenario: One that was approved and waits for a slot steps back, and asks for one anew
    Given a pipeline "Shop" with stages:
      | stage | queue               | before |
      | Dev   | at most 1, in order | ann    |
    And the definition says stages[0].slot_span = "jobs-only"
    When releases R1, R2, R3 are created
    And ann approves Dev of R1
    And ann approves Dev of R2
    And ann approves Dev of R3
    Then Dev is waited for by R2, R3
    Given Dev has one more task smoke-test
    When eve revises tasks of Dev of R2
    Then Dev is waited for by R3
    And approvals are pending from ann for R2
    When ann approves Dev of R2
    Then Dev is waited for by R3, R2
    When Dev of R1 succeeds
    And Dev of R3 succeeds
    Then slots of Dev were granted in this order: R1, R3, R2

  @R7 @Q3
  Scenario: One that waits for a slot and was asked for nothing yet keeps its place
    Given a pipeline "Shop" with stages:
      | stage | queue               | before |
      | Dev   | at most 1, in order | ann    |
    When releases R1, R2, R3 are created
    Given Dev has one more task smoke-test
    When eve revises tasks of Dev of R2
    Then Dev is waited for by R2, R3
    And deployment.checks-restarted was recorded 0 times
    And deployment.snapshot-taken was recorded 1 time

  @R7
  Scenario: One whose jobs have begun goes on with the tasks that it began with
    Given a pipeline "Shop" with stages:
      | stage | tasks    |
      | Dev   | one, two |
    When release R1 is created
    Given Dev has these tasks:
      | task  |
      | other |
    When bob revises tasks of Dev of R1
    Then the tasks of Dev of R1 are:
      | one | running   |
      | two | not begun |
    When the engine restarts
    And task one of Dev of R1 succeeds
    Then the tasks of Dev of R1 are:
      | one | succeeded |
      | two | running   |
    When Dev of R1 fails
    And bob deploys Dev of R1
    Then the tasks of Dev of R1 are:
      | other | running |
    And Dev of R1 has these attempts:
      | attempt | state                 | snapshot |
      | 1       | rejected, jobs failed | 1        |
      | 2       | in progress           | 2        |

  @R7 @J8 @V1
  Scenario: Variables reach the jobs that come later, also those of a deployment that runs
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | job  | task  | input script   |
      | Wait | wait  | wait $(color)  |
      | Ship | ship  | ship $(color)  |
    And these variables:
      | name  | value | of  | settable |
      | color | blue  | Dev | yes      |
    When release R1 is created with:
      | variable color | red |
    Then task wait of Dev of R1 is told script = "wait red"
    Given these variables:
      | name  | value | of  | settable |
      | color | green | Dev | yes      |
    When bob revises variables of Dev of R1, saying "the other color"
    And task wait of Dev of R1 succeeds
    Then task ship of Dev of R1 is told script = "ship green"
    And deployment.jobs-kept was recorded 0 times

  @R7 @P5
  Scenario: What is not valid or not supported is refused, and what is so already is not recorded
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created
    And bob revises tasks of Dev of R1
    Then nothing is recorded
    When bob revises variables of Moon of R1
    Then it is refused: "the release has no stage 99"
    Given the definition says stages[0].jobs[0].tasks[0].retry_count = 11
    When bob revises tasks of Dev of R1
    Then it is refused: "the snapshot is not valid: ...stages[0].jobs[0].tasks[0].retry_count..."

  @R7 @R2 @R5
  Scenario: Only an active release is revised so
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created with:
      | draft | yes |
    Given Dev has one more task smoke-test
    When bob revises tasks of Dev of R1
    Then it is refused: "the release is a draft, not active"

  @R7 @D1
  Scenario: With nothing to ask, a deployment that waits for a moment runs what was changed meanwhile
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    When release R1 is created
    And bob deploys Dev of R1 at 2024-01-02 00:00
    Given Dev has these tasks:
      | task  |
      | other |
    When bob revises tasks of Dev of R1
    And 1 day passes
    Then the tasks of Dev of R1 are:
      | other | running |

  @R7 @E1
  Scenario: A running task is told by the name that it has in the jobs that run
    Given a pipeline "Shop" with stages:
      | stage | tasks    |
      | Dev   | one, two |
    When release R1 is created
    Given Dev has these tasks:
      | task  |
      | other |
    When bob revises tasks of Dev of R1
    Then Dev of R1 waits for:
      | what       |
      | runs "one" |
    When task one of Dev of R1 succeeds
    Then Dev of R1 waits for:
      | what       |
      | runs "two" |
