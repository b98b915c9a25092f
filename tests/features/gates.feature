Feature: Gates
  What must be healthy before or after the jobs of a deployment: sampled until all of it is, or its time is over.

  @scenario-28 @G1 @G2 @G4 @I12 @I10 @D2
  Scenario: Gates pass
    Given a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the gates before QA are A, B, with delay 5, interval 5, steady 0, time-out 60
    When release R1 is created
    Then QA of R1 shows inProgress, notDeployed, evaluatingGates
    When 4 minutes pass
    Then gates.sampled was recorded 0 times
    And no deployment began
    When 1 minute passes
    Then the samples on record before QA of R1 are:
      | 00:05 | A succeeded, B succeeded | 0 |
    And one commit holds:
      | QA of R1 | gates.sampled    |
      | QA of R1 | gates.passed     |
      | QA of R1 | deployment.begun |
    And QA of R1 shows inProgress, inProgress, phaseInProgress

  @scenario-29 @G4 @I12
  Scenario: Same sample
    Given a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the gates before QA are A, B, with delay 5, interval 5, steady 0, time-out 60
    And gate B fails
    When release R1 is created
    And 6 minutes pass
    And gate A fails
    And gate B succeeds
    And 5 minutes pass
    Then no deployment began
    When gate A succeeds
    And 5 minutes pass
    Then the samples on record before QA of R1 are:
      | 00:05 | A succeeded, B failed    | 0 |
      | 00:10 | A failed, B succeeded    | 0 |
      | 00:15 | A succeeded, B succeeded | 0 |
    And deployments began in this order: QA of R1

  @scenario-30 @G5 @D3 @D2
  Scenario: Time-out of gates before the jobs
    Given a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the gates before QA are A, B, with delay 5, interval 5, steady 0, time-out 30
    And gate B fails
    When release R1 is created
    And 29 minutes pass
    Then QA of R1 is in progress
    When 1 minute passes
    Then QA of R1 is rejected, gates timed out
    And QA of R1 shows rejected, notDeployed, gateFailed
    And no deployment began
    And the history of R1 is:
      | R1       | release.created         | user:eve | 2024-01-01 00:00 |
      | QA of R1 | deployment.triggered    | user:eve | 2024-01-01 00:00 |
      | QA of R1 | deployment.slot-granted | user:eve | 2024-01-01 00:00 |
      | QA of R1 | gates.begun             | user:eve | 2024-01-01 00:00 |
      | QA of R1 | gates.sampled           | system   | 2024-01-01 00:05 |
      | QA of R1 | gates.sampled           | system   | 2024-01-01 00:15 |
      | QA of R1 | gates.sampled           | system   | 2024-01-01 00:25 |
      | QA of R1 | gates.timed-out         | system   | 2024-01-01 00:30 |
      | QA of R1 | deployment.over         | system   | 2024-01-01 00:30 |

  @scenario-30 @G5 @D3 @D2
  Scenario: Time-out of gates after the jobs
    Given a pipeline "Shop" with stages:
      | stage |
      | QA    |
      | Prod  |
    And the gates after QA are A, with delay 0, interval 5, steady 0, time-out 30
    And gate A fails
    When release R1 is created
    And QA of R1 succeeds
    Then QA of R1 shows inProgress, inProgress, evaluatingGates
    When 30 minutes pass
    Then QA of R1 is rejected, gates timed out
    And QA of R1 shows rejected, failed, gateFailed
    And the jobs of QA of R1 ended as succeeded
    And Prod of R1 is not started

  @G5
  Scenario: A sample that would begin with the time-out never counts
    Given a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the gates before QA are A, with delay 5, interval 5, steady 0, time-out 15
    And gate A fails
    When release R1 is created
    And 12 minutes pass
    And gate A succeeds
    And 3 minutes pass
    Then QA of R1 is rejected, gates timed out

  @scenario-31 @G6
  Scenario: Ignoring a gate
    Given a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the gates before QA are A, B, with delay 0, interval 5, steady 0, time-out 60
    And gate B fails
    When release R1 is created
    And 7 minutes pass
    And ann ignores gate B before QA of R1, saying "known, and harmless"
    Then no deployment began
    And gate.ignored was recorded 1 time
    When the same command comes once more
    Then it is known to have been carried out before
    When 3 minutes pass
    Then the samples on record before QA of R1 are:
      | 00:00 | A succeeded, B failed      | 0 |
      | 00:10 | A succeeded, B was ignored | 1 |
    And deployments began in this order: QA of R1

  @G6
  Scenario: What can not be ignored
    Given a pipeline "Shop" with stages:
      | stage | before |
      | QA    | ann    |
    And the gates before QA are A, with delay 0, interval 5, steady 0, time-out 60
    And gate A fails
    When release R1 is created
    And bob ignores gate A before QA of R1, saying "too early"
    Then it is refused: "the gates pre-deployment of 1/1#1 are not sampled"
    When ann approves QA of R1
    And bob ignores gate A before QA of R1
    Then it is refused: "ignoring a gate takes a comment: say why"
    When bob ignores gate Z before QA of R1, saying "which one?"
    Then it is refused: "there is no gate 1/1#1-pre-gate.99"
    When bob ignores gate A before QA of R1, saying "this one"
    And ann ignores gate A before QA of R1, saying "this one too"
    Then nothing is recorded
    When 5 minutes pass
    Then deployments began in this order: QA of R1
    When bob ignores gate A before QA of R1, saying "too late"
    Then nothing is recorded

  @scenario-32 @G7
  Scenario: Before the jobs, approvals come first and a rejection ends it
    Given a pipeline "Shop" with stages:
      | stage | before |
      | QA    | ann    |
    And the gates before QA are A, with delay 0, interval 5, steady 0, time-out 60
    When release R1 is created
    Then approvals are pending from ann for R1
    And QA of R1 has ahead: gates before its jobs, its jobs
    When ann rejects QA of R1
    Then QA of R1 is rejected, an approver said no
    And gates.begun was recorded 0 times

  @scenario-32 @G7 @D3
  Scenario: After the jobs, nobody is asked once gates have failed
    Given a pipeline "Shop" with stages:
      | stage | after |
      | QA    | pat   |
    And the gates after QA are A, with delay 0, interval 5, steady 0, time-out 30
    And gate A fails
    When release R1 is created
    And QA of R1 succeeds
    And 30 minutes pass
    Then QA of R1 is rejected, gates timed out
    And approval.asked was recorded 0 times

  @G7
  Scenario: After the jobs, gates that pass come first
    Given a pipeline "Shop" with stages:
      | stage | after |
      | QA    | pat   |
    And the gates after QA are A, with delay 5, interval 5, steady 0, time-out 30
    When release R1 is created
    And QA of R1 succeeds
    Then no approval is pending
    And QA of R1 has ahead: approvals after its jobs
    When 5 minutes pass
    Then approvals are pending from pat for R1
    When pat approves QA of R1
    Then QA of R1 is succeeded

  @scenario-32 @G7 @D3
  Scenario Outline: After gates always, the approvers decide
    Given a pipeline "Shop" with stages:
      | stage | after |
      | QA    | pat   |
    And the gates after QA are A, with delay 0, interval 5, steady 0, time-out 30
    And approvals after QA are asked after gates always
    And gate A fails
    When release R1 is created
    And QA of R1 succeeds
    And 29 minutes pass
    Then no approval is pending
    When 1 minute passes
    Then approvals are pending from pat for R1
    When pat <answers> QA of R1
    Then QA of R1 is <state>

    Examples:
      | answers  | state                          |
      | approves | succeeded                      |
      | rejects  | rejected, an approver said no  |

  @G7
  Scenario Outline: After gates always, somebody must be asked
    Given a pipeline "Shop" with stages:
      | stage | after   |
      | QA    | <after> |
    And the gates after QA are A, with delay 0, interval 5, steady 0, time-out 30
    And approvals after QA are asked after gates always
    When eve saves the pipeline
    Then it is refused: "...leaves the decision to the approvers whatever the gates say, but nobody is asked"

    Examples:
      | after     |
      | nobody    |
      | automatic |

  @G7
  Scenario: Before the jobs, gates can come first
    Given a pipeline "Shop" with stages:
      | stage | before |
      | QA    | ann    |
    And the gates before QA are A, with delay 5, interval 5, steady 0, time-out 30
    And approvals before QA are asked after successful gates
    When release R1 is created
    Then no approval is pending
    When 5 minutes pass
    Then approvals are pending from ann for R1
    And no deployment began

  @G4
  Scenario: All gates must go on succeeding, and one failure starts the count again
    Given a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the gates before QA are A, with delay 0, interval 5, steady 10, time-out 60
    When release R1 is created
    And 6 minutes pass
    And gate A fails
    And 5 minutes pass
    And gate A succeeds
    And 13 minutes pass
    Then no deployment began
    When 1 minute passes
    Then the samples on record before QA of R1 are:
      | 00:00 | A succeeded | 0 |
      | 00:10 | A failed    | 1 |
      | 00:15 | A succeeded | 0 |
      | 00:25 | A succeeded | 1 |
    And deployments began in this order: QA of R1

  @G3
  Scenario: A gate that does not answer has failed in its sample
    Given a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the gates before QA are A, B, with delay 0, interval 5, steady 0, time-out 60
    And gate B does not answer
    When release R1 is created
    And 4 minutes pass
    Then gates.sampled was recorded 0 times
    When 1 minute passes
    Then the samples on record before QA of R1 are:
      | 00:05 | A succeeded, B did not answer | 0 |
    When gate B succeeds
    Then deployments began in this order: QA of R1

  @G2
  Scenario: Samples that were due while the engine was down are skipped
    Given a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the gates before QA are A, with delay 0, interval 5, steady 20, time-out 120
    When release R1 is created
    And the engine goes down
    And 19 minutes pass
    And the engine restarts
    Then the samples on record before QA of R1 are:
      | 00:00 | A succeeded | 0 |
      | 00:19 | A succeeded | 0 |
    When 1 minute passes
    Then deployments began in this order: QA of R1

  @G2
  Scenario: If more than two samples were skipped, the minimum duration starts again
    Given a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the gates before QA are A, with delay 0, interval 5, steady 20, time-out 120
    When release R1 is created
    And the engine goes down
    And 20 minutes pass
    And the engine restarts
    Then no deployment began
    When 19 minutes pass
    Then no deployment began
    When 1 minute passes
    Then deployments began in this order: QA of R1

  @G5
  Scenario: A time-out that came while the engine was down is decided first
    Given a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the gates before QA are A, with delay 5, interval 5, steady 0, time-out 30
    When release R1 is created
    And the engine goes down
    And 31 minutes pass
    And the engine restarts
    Then QA of R1 is rejected, gates timed out
    And gates.sampled was recorded 0 times

  @G2
  Scenario: A clock that steps back takes no sample twice
    Given a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the gates before QA are A, with delay 0, interval 5, steady 0, time-out 60
    And gate A fails
    When release R1 is created
    And 6 minutes pass
    And the clock steps back 3 minutes
    And 3 minutes pass
    Then the samples on record before QA of R1 are:
      | 00:00 | A failed | 0 |
    When gate A succeeds
    And 4 minutes pass
    Then deployments began in this order: QA of R1

  @G8
  Scenario: A gate that waits for days does not fill the log
    Given a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the gates before QA are A, with delay 0, interval 1, steady 0, time-out 1440
    And gate A fails
    When release R1 is created
    And 31 minutes pass
    Then the samples on record before QA of R1 are:
      | 00:00 | A failed | 0 |
      | 00:10 | A failed | 9 |
      | 00:20 | A failed | 9 |
      | 00:30 | A failed | 9 |

  @G1
  Scenario Outline: Gates without any that is evaluated are as if there were none
    Given a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the gates before QA are A, with delay 5, interval 5, steady 0, time-out 60
    And the definition says <path> = <value>
    When release R1 is created
    Then deployments began in this order: QA of R1
    And QA of R1 has ahead: nothing

    Examples:
      | path                                     | value |
      | stages[0].before.gates.enabled           | false |
      | stages[0].before.gates.gates[0].enabled  | false |
      | stages[0].before.gates.gates             | []    |

  @G2 @D5
  Scenario: Another attempt begins its gates anew
    Given a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the gates before QA are A, B, with delay 0, interval 5, steady 0, time-out 60
    And gate B fails
    When release R1 is created
    And bob ignores gate B before QA of R1, saying "just this once"
    And 5 minutes pass
    And QA of R1 fails
    And bob deploys QA of R1
    Then gates.begun was recorded 2 times
    And the samples on record before QA of R1 are:
      | 00:05 | A succeeded, B failed | 0 |

  @R7 @G2
  Scenario: Other tasks, and the gates before them start again
    Given a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the gates before QA are A, B, with delay 0, interval 5, steady 10, time-out 30
    And gate B fails
    When release R1 is created
    And 7 minutes pass
    And ann ignores gate B before QA of R1, saying "not for these tasks"
    And 4 minutes pass
    And gate B succeeds
    Given QA has one more task smoke-test
    When bob revises tasks of QA of R1, saying "look closer"
    Then gates.begun was recorded 2 times
    And the samples on record before QA of R1 are:
      | 00:00 | A succeeded, B failed      | 0 |
      | 00:10 | A succeeded, B was ignored | 1 |
      | 00:11 | A succeeded, B succeeded   | 0 |
    When 9 minutes pass
    Then no deployment began
    When 1 minute passes
    Then deployments began in this order: QA of R1

  @D4
  Scenario Outline: Canceled while its gates are sampled
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | QA    | at most 1, in order |
    And the gates <side> QA are A, with delay 5, interval 5, steady 0, time-out 60
    And every deployment succeeds
    When releases R1, R2 are created
    And bob cancels QA of R1
    Then QA of R1 is canceled, by bob
    When 5 minutes pass
    Then QA of R2 is <state>

    Examples:
      | side   | state     |
      | after  | succeeded |
      | before | succeeded |

  @R5
  Scenario: A release is abandoned while its gates are sampled
    Given a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the gates before QA are A, with delay 5, interval 5, steady 0, time-out 60
    When release R1 is created
    And bob abandons R1
    Then QA of R1 is canceled, the release was abandoned
    When 60 minutes pass
    Then QA of R1 is canceled

  @Q2 @D1
  Scenario: Gates after the jobs hold the slot
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | QA    | at most 1, in order |
    And the gates after QA are A, with delay 5, interval 5, steady 0, time-out 60
    When releases R1, R2 are created
    And QA of R1 succeeds
    Then QA of R2 is queued
    When 5 minutes pass
    Then QA of R1 is succeeded
    And deployments began in this order: QA of R1, QA of R2

  @D1 @Q2
  Scenario: Where slots are held for jobs only, gates that passed are not sampled again, however long the queue
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | QA    | at most 1, in order |
    And the definition says stages[0].slot_span = "jobs-only"
    And the gates before QA are A, with delay 5, interval 5, steady 0, time-out 60
    When releases R1, R2 are created
    Then QA of R1 is in progress
    When 5 minutes pass
    Then QA is waited for by R2
    When gate A fails
    And 30 minutes pass
    And QA of R1 succeeds
    Then deployments began in this order: QA of R1, QA of R2
    And gates.sampled was recorded 2 times

  @E1 @E2
  Scenario: What gates wait for
    Given a pipeline "Shop" with stages:
      | stage | after |
      | QA    | pat   |
    And the gates before QA are A, B, with delay 5, interval 5, steady 5, time-out 60
    And gate B fails
    When release R1 is created
    Then QA of R1 waits for:
      | what                                                                           | cleared by           | nature | since            | by itself at     |
      | waits for gates: sampled every 300 s from 2024-01-01 00:05:00 UTC on (before its jobs) | an engine, whoever may ignore gates | timed  | 2024-01-01 00:00 | 2024-01-01 01:00 |
    When 20 minutes pass
    Then QA of R1 waits for:
      | what                                                                     |
      | waits for gates: B fails since 2024-01-01 00:05:00 UTC (before its jobs) |
    When gate B succeeds
    And 5 minutes pass
    Then QA of R1 waits for:
      | what                                                                                            |
      | waits for gates: all succeed since 2024-01-01 00:25:00 UTC, and must go on (before its jobs) |
    And QA of R1 has ahead: its jobs, approvals after its jobs
    When bob ignores gate B before QA of R1, saying "it is slow"
    And 5 minutes pass
    Then deployments began in this order: QA of R1

  @G1
  Scenario: Gates that are not enabled are as if absent
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And the definition says stages[0].jobs[0].tasks[0].enabled = false
    And the definition says stages[0].before.gates = {"enabled": false, "gates": [{"name": "health", "task": {"id": "http"}}], "delay_minutes": 0, "sampling_interval_seconds": 300, "minimum_success_minutes": 0, "timeout_minutes": 60}
    When release R1 is created
    Then Dev of R1 is succeeded
