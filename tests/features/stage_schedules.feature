Feature: Schedules of stages
  In a stage with a schedule, what triggers it does not deploy at once: it waits for the next occurrence.

  @S4 @S7 @D2 @E1
  Scenario: A stage waits for the next occurrence after its trigger
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | starts        |
      | Dev   | after release |
      | QA    | after Dev     |
    And the definition says stages[1].schedules = [{"id": 1, "days": ["friday", "monday"], "hour": 20, "minute": 0, "zone": "Europe/Warsaw"}]
    When release R1 is created
    Then QA of R1 waits for:
      | what                        | cleared by |
      | waits for Dev (in progress) | Dev        |
    And QA of R1 has ahead: its moment, a slot of its queue, its jobs
    When Dev of R1 succeeds
    Then QA of R1 is scheduled
    And QA of R1 shows scheduled, notDeployed, scheduled
    And QA of R1 waits for:
      | what                                | cleared by | nature | by itself at     |
      | waits until 2024-05-03 18:00:00 UTC | whoever may manage deployments | timed  | 2024-05-03 18:00 |
    And QA is waited for by nobody
    When 359 minutes pass
    Then QA of R1 is scheduled
    When 1 minute passes
    Then QA of R1 is in progress
    And QA of R1 has these attempts:
      | attempt | reason    | by         | state       |
      | 1       | scheduled | the system | in progress |

  @S4
  Scenario: So does one that is triggered by the release
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | starts        |
      | QA    | after release |
    And the definition says stages[0].schedules = [{"id": 1, "days": ["friday"], "hour": 12, "minute": 0}]
    When release R1 is created
    Then QA of R1 is scheduled
    When 6 days pass
    Then QA of R1 is scheduled
    When 1 day passes
    Then QA of R1 is in progress

  @S4
  Scenario: Of several schedules the first occurrence counts
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the definition says stages[0].schedules = [{"id": 1, "days": ["sunday"], "hour": 12, "minute": 0}, {"id": 2, "days": ["saturday"], "hour": 12, "minute": 0}]
    When release R1 is created
    And 1 day passes
    Then QA of R1 is in progress
    When QA of R1 succeeds
    And 7 days pass
    Then QA of R1 has these attempts:
      | attempt | state     |
      | 1       | succeeded |

  @S4 @S3 @I6
  Scenario: A manual stage is armed when its release becomes active, and each release has its own occurrence
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | starts |
      | QA    | manual |
    And the definition says stages[0].schedules = [{"id": 1, "days": ["friday"], "hour": 13, "minute": 0}]
    When release R1 is created
    And release R2 is created with:
      | draft | yes |
    Then the stages are:
      |    | QA          |
      | R1 | scheduled   |
      | R2 | not started |
    When 90 minutes pass
    And bob starts R2
    Then the stages are:
      |    | QA          |
      | R1 | in progress |
      | R2 | scheduled   |
    When QA of R1 succeeds
    And 7 days pass
    Then QA of R2 is in progress
    And QA of R1 has these attempts:
      | attempt | state     |
      | 1       | succeeded |

  @S4 @R3
  Scenario: A stage that is manual in this release is not armed
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | starts        |
      | Dev   | after release |
      | QA    | manual        |
    And the definition says stages[1].schedules = [{"id": 1, "days": ["friday"], "hour": 13, "minute": 0}]
    When release R1 is created with:
      | manual stages | QA |
    And 2 hours pass
    Then QA of R1 is not started
    And QA of R1 waits for:
      | what                | cleared by |
      | starts only by hand | somebody   |
    And QA of R1 has ahead: a slot of its queue, its jobs

  @S4 @S6 @I7
  Scenario: Nor is one beyond the target
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | starts        |
      | Dev   | after release |
      | QA    | manual        |
    And the definition says stages[1].schedules = [{"id": 1, "days": ["friday"], "hour": 13, "minute": 0}]
    When release R1 is created with:
      | target | Dev |
    And 2 hours pass
    Then QA of R1 is not started

  @S4
  Scenario: One that was missed while the engine was down begins late, whatever its age
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | starts |
      | QA    | manual |
    And the definition says stages[0].schedules = [{"id": 1, "days": ["friday"], "hour": 13, "minute": 0}]
    When release R1 is created
    And the engine goes down
    And 30 days pass
    Then QA of R1 is scheduled
    When the engine restarts
    Then QA of R1 is in progress
    When QA of R1 succeeds
    And 14 days pass
    Then QA of R1 has these attempts:
      | attempt | reason    | state     |
      | 1       | scheduled | succeeded |

  @S4 @S7
  Scenario: A scheduled stage is deployed at once by hand, as the same attempt
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | starts |
      | QA    | manual |
    And the definition says stages[0].schedules = [{"id": 1, "days": ["friday"], "hour": 13, "minute": 0}]
    When release R1 is created
    And bob deploys QA of R1
    Then QA of R1 is in progress
    When QA of R1 succeeds
    And 14 days pass
    Then QA of R1 has these attempts:
      | attempt | reason | by  | state     |
      | 1       | manual | bob | succeeded |

  @S4 @D4
  Scenario: A scheduled stage is cancelled, and is not armed again
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | starts |
      | QA    | manual |
    And the definition says stages[0].schedules = [{"id": 1, "days": ["friday"], "hour": 13, "minute": 0}]
    When release R1 is created
    And bob cancels QA of R1
    Then QA of R1 is canceled, by bob
    When 14 days pass
    Then QA of R1 has these attempts:
      | attempt | state    |
      | 1       | canceled |
    When bob deploys QA of R1
    Then QA of R1 is in progress

  @S4 @S2
  Scenario: What triggers a scheduled stage once more is recorded, and does nothing
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | starts        |
      | Dev   | after release |
      | QA    | after Dev     |
    And the definition says stages[1].schedules = [{"id": 1, "days": ["friday"], "hour": 13, "minute": 0}]
    When release R1 is created
    And Dev of R1 succeeds
    And bob deploys Dev of R1
    And Dev of R1 succeeds
    Then stage.trigger-ignored was recorded 1 times
    When 1 hour passes
    Then QA of R1 has these attempts:
      | attempt | state       |
      | 1       | in progress |

  @S4 @AP7
  Scenario: A scheduled deployment follows by itself from the stages before
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | starts        | before                          |
      | Dev   | after release | ann                             |
      | QA    | after Dev     | ann; skipped if approved before |
    And the definition says stages[1].schedules = [{"id": 1, "days": ["friday"], "hour": 13, "minute": 0}]
    When release R1 is created
    And ann approves Dev of R1
    And Dev of R1 succeeds
    And 1 hour passes
    Then no approval is pending
    And QA of R1 is in progress

  @scenario-40 @R5 @S4 @I7
  Scenario: An abandoned release deploys nothing any more, whatever was scheduled
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | starts        |
      | Dev   | after release |
      | QA    | manual        |
    And the definition says stages[1].schedules = [{"id": 1, "days": ["friday"], "hour": 13, "minute": 0}]
    When release R1 is created
    And bob abandons R1
    Then it is refused: "jobs run in stage 1..."
    When bob cancels Dev of R1
    And task deploy of Dev of R1 stops
    And bob abandons R1
    Then R1 is abandoned
    And QA of R1 is canceled, the release was abandoned
    When 7 days pass
    Then QA of R1 has these attempts:
      | attempt | state    |
      | 1       | canceled |
    When bob deploys QA of R1
    Then it is refused: "..."
    When bob reactivates R1
    Then R1 is active
    And QA of R1 is canceled
    When bob deploys QA of R1
    Then QA of R1 is in progress

  @Q11 @Q4
  Scenario: Under only the latest, the newest of those that wait for one occurrence is left
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | queue             |
      | QA    | at most 1, latest |
    And the definition says stages[0].schedules = [{"id": 1, "days": ["friday"], "hour": 13, "minute": 0}]
    When releases R1, R2 are created
    Then the stages are:
      |    | QA                         |
      | R1 | canceled, superseded by R2 |
      | R2 | scheduled                  |
    And one commit holds:
      | QA of R2    | deployment.triggered |
      | queue of QA | queue.announced      |
      | queue of QA | queue.superseded     |
      | QA of R1    | deployment.over      |
    When 1 hour passes
    Then QA of R2 is in progress
    When release R3 is created
    Then QA of R2 is in progress
    And QA of R3 is scheduled

  @Q11 @Q3
  Scenario: In order, all of them enter, in the order of their numbers
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | starts        | queue               | before |
      | Dev   | after release |                     |        |
      | QA    | after Dev     | at most 1, in order |        |
    And the definition says stages[1].schedules = [{"id": 1, "days": ["friday"], "hour": 13, "minute": 0}]
    When releases R1, R2, R3 are created
    And Dev of R3 succeeds
    And Dev of R1 succeeds
    And Dev of R2 succeeds
    Then QA is waited for by nobody
    When 1 hour passes
    Then QA of R1 is in progress
    And QA is waited for by R2, R3

  @Q11
  Scenario: What waits for another occurrence is left alone
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | queue             |
      | QA    | at most 1, latest |
    And the definition says stages[0].schedules = [{"id": 1, "days": ["friday"], "hour": 13, "minute": 0}]
    When release R1 is created
    Given the definition says stages[0].schedules = [{"id": 2, "days": ["friday"], "hour": 13, "minute": 0}]
    When eve saves the pipeline
    And release R2 is created
    Then the stages are:
      |    | QA        |
      | R1 | scheduled |
      | R2 | scheduled |

  @Q11 @Q5
  Scenario: The policy is that of the newest revision of which anything was scheduled or entered
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | queue               |
      | QA    | at most 1, in order |
    And the definition says stages[0].schedules = [{"id": 1, "days": ["friday"], "hour": 13, "minute": 0}]
    When releases R1 to R70 are created
    Then QA of R1 is scheduled
    And QA of R70 is scheduled
    Given the queue of QA is "at most 1, latest"
    When eve saves the pipeline
    And release R71 is created
    Then QA of R1 is canceled, superseded by R71
    And QA of R70 is canceled, superseded by R71
    And QA of R71 is scheduled
    And no commit holds more than 64 queue.superseded

  @Q11 @S7
  Scenario: One that was started by hand is no longer scheduled, and is not superseded
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | queue             | before |
      | QA    | at most 1, latest | ann    |
    And the definition says stages[0].schedules = [{"id": 1, "days": ["friday"], "hour": 13, "minute": 0}]
    And the definition says stages[0].slot_span = "jobs-only"
    When release R1 is created
    And bob deploys QA of R1
    Then approvals are pending from ann for R1
    When release R2 is created
    Then the stages are:
      |    | QA          |
      | R1 | in progress |
      | R2 | scheduled   |
    And queue.superseded was recorded 0 times
    When ann approves QA of R1
    And QA of R1 succeeds
    And 1 hour passes
    Then approvals are pending from ann for R2
    When release R3 is created
    And ann approves QA of R2
    Then the stages are:
      |    | QA          |
      | R1 | succeeded   |
      | R2 | in progress |
      | R3 | scheduled   |
    And queue.superseded was recorded 0 times
