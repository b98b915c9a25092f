Feature: Releases on schedule
  A pipeline's schedules make releases at their local times, each occurrence at most once.

  @scenario-11 @T2
  Scenario: Schedule without changes
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And these release schedules:
      | id | days         | at    | zone          | only with changes |
      | 1  | working days | 03:00 | Europe/Warsaw |                   |
      | 2  | working days | 04:00 | Europe/Warsaw | yes               |
    And it is 2024-05-03 12:00
    When eve saves the pipeline
    When version 1 of app is published on main
    And 5 days pass
    Then releases were made on schedule:
      | 1 | 2024-05-06 01:00 |
      | 2 | 2024-05-06 02:00 |
      | 1 | 2024-05-07 01:00 |
      | 1 | 2024-05-08 01:00 |
    And R1 says:
      | reason       | schedule           |
      | creator      | trigger schedule 1 |
      | artifact app | 1                  |
    And these triggers declined:
      | 1 | nothing has changed since the last release |
      | 1 | nothing has changed since the last release |
    When version 2 of app is published on main
    And 1 day passes
    Then the pipeline has 6 releases
    And R6 says:
      | artifact app | 2 |
    Given releases are named "Rel-$(rev:r)"
    When eve saves the pipeline
    When 1 day passes
    Then the pipeline has 8 releases

  @scenario-12 @X1 @T2
  Scenario: Daylight saving
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these release schedules:
      | at    | zone          |
      | 02:30 | Europe/Warsaw |
    And it is 2024-03-30 12:00
    When eve saves the pipeline
    When 2 days pass
    Then releases were made on schedule:
      | 1 | 2024-03-31 01:00 |
      | 1 | 2024-04-01 00:30 |

  @scenario-12 @X1 @T2
  Scenario: In autumn there is exactly one
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these release schedules:
      | at    | zone          |
      | 02:30 | Europe/Warsaw |
    And it is 2024-10-26 12:00
    When eve saves the pipeline
    When 2 days pass
    Then releases were made on schedule:
      | 1 | 2024-10-27 00:30 |
      | 1 | 2024-10-28 01:30 |

  @X2 @T2
  Scenario: What has come and what follows from it
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these release schedules:
      | at    |
      | 12:00 |
    When eve saves the pipeline
    When 12 hours pass
    Then the history of the pipeline is:
      | pipeline | pipeline.created          | user:eve           | 2024-01-01 00:00 |
      | pipeline | pipeline.schedules-armed  | user:eve           | 2024-01-01 00:00 |
      | pipeline | pipeline.schedule-came    | system             | 2024-01-01 12:00 |
      | pipeline | pipeline.schedule-fired   | trigger:schedule 1 | 2024-01-01 12:00 |
      | pipeline | pipeline.release-numbered | trigger:schedule 1 | 2024-01-01 12:00 |
    When the clock steps back 6 hours
    And 10 hours pass
    Then the pipeline has 1 release

  @X2 @T2
  Scenario: What has come is decided before what is asked
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these release schedules:
      | at    |
      | 12:00 |
    When eve saves the pipeline
    When the engine goes down
    And 13 hours pass
    And release R1 is created
    Then the reasons of the last commit are:
      | pipeline       | pipeline.schedule-came    | a deadline                |
      | pipeline       | pipeline.release-numbered | the command               |
      | snapshot       | snapshot.kept             | pipeline.release-numbered |
      | R1             | release.created           | pipeline.release-numbered |
      | Dev of R1      | deployment.triggered      | pipeline.release-numbered |
      | queue of Dev   | queue.policy-adopted      | deployment.triggered      |
      | queue of Dev   | queue.entered             | deployment.triggered      |
      | queue of Dev   | queue.slot-granted        | deployment.triggered      |
      | Dev of R1      | deployment.slot-granted   | queue.slot-granted        |
      | Dev of R1      | deployment.begun          | queue.slot-granted        |
      | Dev of R1      | job.began                 | queue.slot-granted        |
      | queue of Dev   | queue.deployment-begun    | deployment.begun          |
    When the engine restarts
    Then the pipeline has 2 releases
    And R2 says:
      | reason | schedule |

  @X3
  Scenario: Of the occurrences that were missed the newest happens
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these release schedules:
      | id | days      | at    |
      | 1  | every day | 12:00 |
      | 2  | monday    | 12:00 |
    When eve saves the pipeline
    When the engine goes down
    And 3 days pass
    And 20 hours pass
    And the engine restarts
    Then releases were made on schedule:
      | 1 | 2024-01-04 20:00 |
    And 3 occurrences of schedule 1 were missed
    And 1 occurrence of schedule 2 was missed

  @X3
  Scenario: A schedule says itself after how long a missed occurrence makes no release any more
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these release schedules:
      | id | days   | at    | missed after |
      | 1  | monday | 12:00 | 4320         |
      | 2  | monday | 12:00 | 60           |
    When eve saves the pipeline
    And the engine goes down
    And 3 days pass
    And the engine restarts
    Then releases were made on schedule:
      | 1 | 2024-01-04 00:00 |
    And 0 occurrences of schedule 1 were missed
    And 1 occurrence of schedule 2 was missed
    Given the definition says triggers[0].kind.scheduled.missed_after_minutes = 0
    When eve saves the pipeline
    Then it is refused: "...triggers[0].kind.scheduled.missed_after_minutes: must be 1 to 525600, is 0"

  @X4
  Scenario: A schedule that is edited begins anew from now
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these release schedules:
      | id | at    |
      | 1  | 12:00 |
      | 2  | 12:00 |
    When eve saves the pipeline
    Given it is 2024-01-01 11:00
    And there are no release triggers
    And these release schedules:
      | id | at    | enabled |
      | 1  | 10:00 |         |
      | 2  | 12:00 | no      |
    When eve saves the pipeline
    And 12 hours pass
    Then the pipeline has 0 releases
    When 12 hours pass
    Then releases were made on schedule:
      | 1 | 2024-01-02 10:00 |
    Given there are no release triggers
    And these release schedules:
      | id | at    |
      | 1  | 10:00 |
      | 2  | 12:00 |
    When eve saves the pipeline
    And 2 hours pass
    Then releases were made on schedule:
      | 1 | 2024-01-02 10:00 |
      | 2 | 2024-01-02 12:00 |

  @X4 @X2
  Scenario: What has happened under a schedule's id does not happen again
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these release schedules:
      | id | at    | zone |
      | 1  | 12:00 |      |
    When eve saves the pipeline
    When 13 hours pass
    Then the pipeline has 1 release
    Given there are no release triggers
    And these release schedules:
      | id | at    | zone             |
      | 1  | 12:00 | America/New_York |
    When eve saves the pipeline
    And 11 hours pass
    Then the pipeline has 1 release
    When 17 hours pass
    Then the pipeline has 2 releases

  @X4
  Scenario: What has come of a schedule that is disabled before it was answered makes no release
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these release schedules:
      | at    |
      | 12:00 |
    When eve saves the pipeline
    When the engine goes down
    And 13 hours pass
    Given there are no release triggers
    When eve saves the pipeline
    And the engine restarts
    Then the pipeline has 0 releases

  @A4 @T6 @T2
  Scenario: A schedule declines where a source has no version to take
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And these release schedules:
      | at    |
      | 12:00 |
    When eve saves the pipeline
    When 1 day passes
    Then the pipeline has 0 releases
    And these triggers declined:
      | 0 | artifact "app" has no version to take |

  @X3
  Scenario: What was not answered before the next one came is missed
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these release schedules:
      | id | at    |
      | 1  | 12:00 |
    When eve saves the pipeline
    And the engine goes down
    And 13 hours pass
    And release R1 is created
    And 24 hours pass
    And release R2 is created
    And the engine restarts
    Then releases were made on schedule:
      | 1 | 2024-01-02 13:00 |
    And 1 occurrence of schedule 1 was missed

  @X3
  Scenario: What came too long ago when it could be answered makes no release
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these release schedules:
      | at    | days   |
      | 12:00 | monday |
    When eve saves the pipeline
    And the engine goes down
    And 13 hours pass
    And release R1 is created
    And 24 hours pass
    And the engine restarts
    Then the pipeline has 1 release
    And these triggers declined:
      | 0 | it came too long ago |
