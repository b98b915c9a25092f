Feature: Explain
  What a stage waits for now, who can clear it, and what comes after that.

  @E1 @E2
  Scenario: A draft
    Given a pipeline "Shop" with stages:
      | stage | before |
      | Dev   | ann    |
    When release R1 is created with:
      | draft | yes |
    Then Dev of R1 waits for:
      | what                              | cleared by | nature    |
      | the release is a draft: start it  | somebody   | clearable |
    And Dev of R1 has ahead: a slot of its queue, approvals before its jobs, its jobs

  @E1 @scenario-2
  Scenario: Manual stages
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    When release R1 is created
    Then Dev of R1 waits for:
      | what                | cleared by |
      | starts only by hand | somebody   |

  @E1
  Scenario: Earlier stages
    Given a pipeline "Shop" with stages:
      | stage | starts         |
      | QA1   | after release  |
      | QA2   | after release  |
      | Prod  | after QA1, QA2 |
    When release R1 is created
    And QA1 of R1 succeeds
    Then Prod of R1 waits for:
      | what                         | cleared by |
      | waits for QA2 (in progress)  | QA2        |
    And QA1 of R1 waits for nothing
    And QA1 of R1 has ahead: nothing

  @E1 @E2
  Scenario: A slot, and who holds it
    Given a pipeline "Shop" with stages:
      | stage | queue               | before |
      | QA    | at most 1, in order | ann    |
    When releases R1, R2, R3 are created
    Then QA of R3 waits for:
      | what                                                              | nature    |
      | is queued behind 1 others: 1 at once, in order, held by release 1 | clearable |
    And QA of R3 has ahead: approvals before its jobs, its jobs

  @E1 @E2 @AP6
  Scenario: Approvals: since when, until when, and who may not
    Given a pipeline "Shop" with stages:
      | stage | before                                         |
      | QA    | ann, eve; within 60 minutes; not the requester |
    And it is 2024-05-03 12:00
    When release R1 is created by eve
    Then QA of R1 waits for:
      | what                                                                               | since            | by itself at     |
      | waits for approval by ann, eve (who asked for it and may not approve) (before its jobs): too few are left who could approve it, unless it is handed on | 2024-05-03 12:00 | 2024-05-03 13:00 |
    And QA of R1 has ahead: its jobs

  @E1 @E2
  Scenario: A task that runs, and one that is asked to stop
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created
    Then Dev of R1 waits for:
      | what          | cleared by |
      | runs "deploy" | an engine  |
    When bob cancels Dev of R1
    Then Dev of R1 waits for:
      | what                                               |
      | waits for "deploy" to stop, since it was canceled  |
    When task deploy of Dev of R1 stops
    Then Dev of R1 waits for nothing

  @E1 @scenario-40
  Scenario: An abandoned release
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    When release R1 is created
    And bob abandons R1
    Then Dev of R1 waits for:
      | what                                                          | nature    |
      | the release is abandoned: only reactivating it brings it back | clearable |

  @E1 @S6
  Scenario: Beyond the target
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | Prod  |
    When release R1 is created with:
      | target | Dev |
    And Dev of R1 succeeds
    Then Prod of R1 waits for:
      | what                         |
      | lies beyond the target stage |

  @E1 @D4
  Scenario: That it is being canceled, and why
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | job  | task  | condition |
      | Work | make  |           |
      | Work | clean | always()  |
    And it is 2024-05-03 12:00
    When release R1 is created
    Then Dev of R1 tells of no cancel
    When bob cancels Dev of R1
    And task make of Dev of R1 stops
    Then Dev of R1 waits for:
      | what         | cleared by | by itself at     |
      | runs "clean" | an engine  | 2024-05-03 12:05 |
    And Dev of R1 tells of a cancel since 2024-05-03 12:00: "canceled by user:bob"
    When task clean of Dev of R1 succeeds
    Then Dev of R1 tells of no cancel

  @E2 @AP12
  Scenario: Who manages approvals can clear them, where somebody may
    Given a pipeline "Shop" with stages:
      | stage | before                                         |
      | QA    | eve; not the requester |
    And it is 2024-05-03 12:00
    When release R1 is created by eve
    Then QA of R1 waits for:
      | what | cleared by | nature |
      | waits for approval by eve (who asked for it and may not approve) (before its jobs): nobody is left who could approve it, unless it is handed on | | timed |
    When eve allows eve to administer permissions in the store
    Then QA of R1 waits for:
      | what | cleared by | nature |
      | waits for approval by eve (who asked for it and may not approve) (before its jobs): nobody is left who could approve it, unless it is handed on | | timed |
    When eve allows group ops to manage release approvers in QA
    Then QA of R1 waits for:
      | what | cleared by | nature |
      | waits for approval by eve (who asked for it and may not approve) (before its jobs) | whoever may manage release approvers | clearable |

  @E2
  Scenario: Since when, as far as the record knows it
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | starts        |
      | Dev   | after release |
      | QA    | after Dev     |
      | Prod  | after QA      |
    When release R1 is created with:
      | draft | yes |
    And 1 hour passes
    And bob starts R1
    And 1 hour passes
    Then QA of R1 waits for:
      | what                        | since            |
      | waits for Dev (in progress) | 2024-05-03 13:00 |
    When Dev of R1 fails
    And bob deploys R1 up to QA
    And 1 hour passes
    Then Prod of R1 waits for:
      | what                         | since            |
      | lies beyond the target stage | 2024-05-03 14:00 |
      | waits for QA (not started)   | 2024-05-03 13:00 |
    When Dev of R1 fails
    And bob abandons R1
    And 1 hour passes
    Then Prod of R1 waits for:
      | what                                                          | since            |
      | the release is abandoned: only reactivating it brings it back | 2024-05-03 15:00 |
    When bob reactivates R1
    And eve deletes the pipeline
    And 1 hour passes
    Then Prod of R1 waits for:
      | what                                                          | since            |
      | the pipeline is deleted: nothing is started from its releases | 2024-05-03 16:00 |
