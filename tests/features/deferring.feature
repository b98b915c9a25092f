Feature: Deferring
  Who approves a deployment may say that its jobs are not to begin before a moment.

  @AP10 @D2 @I10
  Scenario: Once approved, it waits until the moment comes
    Given a pipeline "Shop" with stages:
      | stage | before |
      | QA    | ann    |
    And it is 2024-05-03 12:00
    When release R1 is created
    And ann approves QA of R1 until 2024-05-03 18:00, saying "after work"
    Then no deployment began
    And no approval is pending
    And QA of R1 shows inProgress, notDeployed, deferred
    And the approvals of QA of R1 are:
      | before | ann | approved by ann until 2024-05-03 18:00, saying "after work" |
    And QA of R1 waits for:
      | what                                                             | cleared by | nature | since            | by itself at     |
      | is approved, and deferred until 2024-05-03 18:00:00 UTC by user:ann | ann     | timed  | 2024-05-03 12:00 | 2024-05-03 18:00 |
    And QA of R1 has ahead: its jobs
    When 359 minutes pass
    Then no deployment began
    When 1 minute passes
    Then deployments began in this order: QA of R1

  @AP10
  Scenario: The latest of several moments counts, and only when all have approved
    Given a pipeline "Shop" with stages:
      | stage | before            |
      | QA    | 3 of ann, bob, cy |
    And it is 2024-05-03 12:00
    When release R1 is created
    And ann approves QA of R1 until 2024-05-03 18:00
    Then QA of R1 has ahead: the moment that an approver gave, its jobs
    When bob approves QA of R1 until 2024-05-03 14:00
    Then approvals are pending from cy for R1
    When cy approves QA of R1
    And 2 hours pass
    Then no deployment began
    When 4 hours pass
    Then deployments began in this order: QA of R1

  @AP10
  Scenario: A moment that has come before the last one approved is not waited for
    Given a pipeline "Shop" with stages:
      | stage | before   |
      | QA    | ann, bob |
    And it is 2024-05-03 12:00
    When release R1 is created
    And ann approves QA of R1 until 2024-05-03 13:00
    And 1 hour passes
    And bob approves QA of R1
    Then deployments began in this order: QA of R1
    And deployment.deferred was recorded 0 times

  @AP10
  Scenario: A moment in the past is refused
    Given a pipeline "Shop" with stages:
      | stage | before   |
      | QA    | ann, bob |
    And it is 2024-05-03 12:00
    When release R1 is created
    And ann approves QA of R1 until 2024-05-03 11:59
    Then it is refused: "it can't be deferred until 2024-05-03 11:59:00 UTC: it is 2024-05-03 12:00:00 UTC"
    And approvals are pending from ann, bob for R1
    When ann approves QA of R1 until 2024-05-03 12:00
    And bob approves QA of R1
    Then deployments began in this order: QA of R1

  @AP10
  Scenario: What is approved after the jobs can't defer them
    Given a pipeline "Shop" with stages:
      | stage | after |
      | QA    | pat   |
    And it is 2024-05-03 12:00
    When release R1 is created
    And QA of R1 succeeds
    And pat approves QA of R1 until 2024-05-03 18:00
    Then it is refused: "approval 1/1#1-post.0 is asked after the jobs, so it can't defer them"

  @AP10
  Scenario Outline: An approver starts it at once
    Given a pipeline "Shop" with stages:
      | stage | before                      | after |
      | QA    | 3 of ann, bob, cy, group Ops | pat  |
    And di is a member of Ops
    And it is 2024-05-03 12:00
    When release R1 is created
    And ann approves QA of R1 until 2024-05-03 18:00
    And bob approves QA of R1
    And bob hands QA of R1 on to fay
    Then it is refused: "approval 1/1#1-pre.1 is not open: it was approved by user:bob"
    When cy hands QA of R1 on to hal
    And hal approves QA of R1
    And <who> starts QA of R1 before its moment, saying "now"
    Then deployments began in this order: QA of R1
    And QA of R1 has these attempts:
      | attempt | state       | reason    | by         |
      | 1       | in progress | automated | the system |
    When <who> starts QA of R1 before its moment
    Then nothing is recorded

    Examples:
      | who |
      | ann |
      | bob |
      | hal |
      | di  |

  @AP10 @AP12 @I11
  Scenario Outline: Nobody else starts it at once
    Given a pipeline "Shop" with stages:
      | stage | before                      | after |
      | QA    | 1 of ann, cy, eve; not the requester | pat  |
    And it is 2024-05-03 12:00
    When release R1 is created by eve
    And cy hands QA of R1 on to hal
    And ann approves QA of R1 until 2024-05-03 18:00
    And <who> starts QA of R1 before its moment
    Then it is refused: "<told> is not an approver of 1/1#1, so may not start it earlier than was approved"
    And no deployment began
    When 6 hours pass
    Then deployments began in this order: QA of R1

    Examples:
      | who        | told     |
      | pat        | user:pat |
      | cy         | user:cy  |
      | eve        | user:eve |

  @AP10
  Scenario: Only what is deferred is started before its moment
    Given a pipeline "Shop" with stages:
      | stage | before |
      | QA    | ann    |
    When release R1 is created
    And ann starts QA of R1 before its moment
    Then it is refused: "deployment 1/1#1 does not wait for a moment that an approver gave"
    When ann approves QA of R1
    And ann starts QA of R1 before its moment
    Then it is refused: "deployment 1/1#1 does not wait for a moment that an approver gave"

  @AP10 @D4
  Scenario: What is deferred can be cancelled
    Given a pipeline "Shop" with stages:
      | stage | before | queue               |
      | QA    | ann    | at most 1, in order |
    And it is 2024-05-03 12:00
    When releases R1, R2 are created
    And ann approves QA of R1 until 2024-05-03 18:00
    Then QA of R2 is queued
    When bob cancels QA of R1
    Then QA of R1 is canceled, by bob
    And approvals are pending from ann for R2
    When 1 day passes
    Then no deployment began

  @AP10 @D1 @Q2
  Scenario: Where slots are held for jobs only, the slot is asked for when the moment has come
    Given a pipeline "Shop" with stages:
      | stage | before | queue               |
      | QA    | ann    | at most 1, in order |
    And the definition says stages[0].slot_span = "jobs-only"
    And it is 2024-05-03 12:00
    When releases R1, R2 are created
    And ann approves QA of R1 until 2024-05-03 12:30
    Then QA of R1 has ahead: a slot of its queue, its jobs
    When ann approves QA of R2
    Then deployments began in this order: QA of R2
    When 30 minutes pass
    Then QA is waited for by R1
    When QA of R2 succeeds
    Then deployments began in this order: QA of R2, QA of R1

  @AP10 @AP13
  Scenario: A redeploy is not deferred
    Given a pipeline "Shop" with stages:
      | stage | before |
      | QA    | ann    |
    And it is 2024-05-03 12:00
    When release R1 is created
    And ann approves QA of R1 until 2024-05-03 18:00
    And bob cancels QA of R1
    And bob deploys QA of R1
    And ann approves QA of R1
    Then deployments began in this order: QA of R1

  @AP10 @I16
  Scenario: The same approval once more is already so, with another moment it is refused
    Given a pipeline "Shop" with stages:
      | stage | before   |
      | QA    | ann, bob |
    And it is 2024-05-03 12:00
    When release R1 is created
    And ann approves QA of R1 until 2024-05-03 18:00
    And ann approves QA of R1 until 2024-05-03 18:00
    Then nothing is recorded
    When ann approves QA of R1 until 2024-05-03 19:00
    Then it is refused: "approval 1/1#1-pre.0 is not open: it was approved by user:ann"

  @AP10
  Scenario: It begins late if the engine was down at that moment
    Given a pipeline "Shop" with stages:
      | stage | before |
      | QA    | ann    |
    And it is 2024-05-03 12:00
    When release R1 is created
    And ann approves QA of R1 until 2024-05-03 18:00
    And the engine goes down
    And 1 day passes
    Then no deployment began
    When the engine restarts
    Then deployments began in this order: QA of R1

  @AP10 @Q12
  Scenario: What was approved for later is not started by hand once its stage is gone
    Given a pipeline "Shop" with stages:
      | stage | before |
      | Dev   |        |
      | QA    | ann    |
    And the definition says stages[1].slot_span = "jobs-only"
    And it is 2024-05-03 12:00
    When release R1 is created
    And Dev of R1 succeeds
    And ann approves QA of R1 until 2024-05-03 18:00
    Given QA is removed
    When eve saves the pipeline
    And ann starts QA of R1 before its moment
    Then it is refused: "revision 2 of the pipeline removed the stage"
    And QA of R1 is in progress
    When 6 hours pass
    Then QA of R1 is canceled, the stage was removed

  @AP10 @R7 @E1
  Scenario: Who gave the moment is said of the answers that count
    Given a pipeline "Shop" with stages:
      | stage | before        |
      | QA    | 1 of ann, bob |
    And it is 2024-05-03 12:00
    When release R1 is created
    And ann approves QA of R1 until 2024-05-03 18:00
    Given QA has one more task smoke-test
    When eve revises tasks of QA of R1
    And bob approves QA of R1 until 2024-05-03 18:00
    Then QA of R1 waits for:
      | what                                                                |
      | is approved, and deferred until 2024-05-03 18:00:00 UTC by user:bob |
