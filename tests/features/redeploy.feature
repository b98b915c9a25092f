Feature: Redeploying
  A redeploy is a new attempt from the beginning.

  @scenario-38 @D5 @D8
  Scenario: Redeploying an old release
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Prod  | manual |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And Prod has these tasks:
      | task   | input script                  |
      | deploy | deploy $(Build.BuildNumber)   |
    When release R4 is created with:
      | artifact app | 18 |
    And bob deploys Prod of R4
    And Prod of R4 succeeds
    And release R5 is created with:
      | artifact app | 19 |
    And bob deploys Prod of R5
    And Prod of R5 fails
    Then the current release of Prod is R4
    When bob deploys Prod of R4
    Then task deploy of Prod of R4 is told script = "deploy 18"
    When Prod of R4 succeeds
    Then Prod of R4 has these attempts:
      | attempt | state     |
      | 1       | succeeded |
      | 2       | succeeded |
    And the current release of Prod is R4

  @scenario-39 @D5 @I13
  Scenario: History of attempts
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Prod  | manual |
    When release R1 is created
    And bob deploys Prod of R1
    And Prod of R1 fails
    And bob deploys Prod of R1
    And Prod of R1 succeeds
    And ann deploys Prod of R1
    And Prod of R1 fails
    Then Prod of R1 is rejected, jobs failed
    And Prod of R1 has these attempts:
      | attempt | state                 | by  |
      | 1       | rejected, jobs failed | bob |
      | 2       | succeeded             | bob |
      | 3       | rejected, jobs failed | ann |

  @D5 @AP13
  Scenario: All jobs run again, and all approvals are asked again
    Given a pipeline "Shop" with stages:
      | stage | before | tasks     |
      | Dev   | ann    | one, two  |
    When release R1 is created
    And ann approves Dev of R1
    And task one of Dev of R1 succeeds
    And task two of Dev of R1 fails
    And bob deploys Dev of R1
    And ann approves Dev of R1
    Then the tasks of Dev of R1 are:
      | one | running   |
      | two | not begun |

  @I13
  Scenario: What is over takes no more reports and no more answers
    Given a pipeline "Shop" with stages:
      | stage | before |
      | Dev   | ann    |
    When release R1 is created
    And ann approves Dev of R1
    And Dev of R1 fails
    And task deploy of Dev of R1 succeeds once more
    Then nothing is recorded
    When ann rejects Dev of R1
    Then it is refused: "approval 1/1#1-pre.0 is not open: it was approved by user:ann"
    And Dev of R1 has these attempts:
      | attempt | state                 |
      | 1       | rejected, jobs failed |

  @D8 @I17
  Scenario: The current release is that whose jobs ended last, in whatever order the approvals came
    Given a pipeline "Shop" with stages:
      | stage | after |
      | Prod  | pat   |
    When releases R1, R2 are created
    And Prod of R1 succeeds
    And 1 minute passes
    And Prod of R2 succeeds
    Then the current release of Prod is none
    When 1 minute passes
    And pat approves Prod of R2
    Then the current release of Prod is R2
    When 1 minute passes
    And pat approves Prod of R1
    Then the current release of Prod is R2
    And the last good release of Prod is R2

  @D8
  Scenario: Last good counts full success only
    Given a pipeline "Shop" with stages:
      | stage |
      | Prod  |
    When release R1 is created
    And Prod of R1 succeeds
    And 1 minute passes
    And release R2 is created
    And Prod of R2 partially succeeds
    Then the current release of Prod is R2
    And the last good release of Prod is R1
    When release R3 is created
    And Prod of R3 fails
    Then the current release of Prod is R2
