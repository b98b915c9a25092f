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

  @D5
  Scenario: Only the jobs that failed
    Given a pipeline "Shop" with stages:
      | stage | before |
      | Dev   | ann    |
    And Dev has these tasks:
      | job   | job condition | task  |
      | Build |               | build |
      | Ship  |               | ship  |
      | Tell  | always()      | tell  |
    When release R1 is created
    And ann approves Dev of R1
    And task build of Dev of R1 succeeds
    And task ship of Dev of R1 fails
    And task tell of Dev of R1 succeeds with issues
    Then Dev of R1 is rejected, jobs failed
    When bob deploys the failed jobs of Dev of R1
    Then approvals are pending from ann for R1
    When ann approves Dev of R1
    Then the jobs of Dev of R1 are:
      | Build | skipped, succeeded in attempt 1 |
      | Ship  | running                         |
      | Tell  | not begun                       |
    When task ship of Dev of R1 fails
    And task tell of Dev of R1 succeeds
    And bob deploys the failed jobs of Dev of R1
    And ann approves Dev of R1
    And task ship of Dev of R1 succeeds
    Then Dev of R1 is succeeded
    And the jobs of Dev of R1 are:
      | Build | skipped, succeeded in attempt 1 |
      | Ship  | succeeded                       |
      | Tell  | skipped, succeeded in attempt 2 |

  @D5 @R7
  Scenario: Only the jobs that failed, where that has no sense
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    When release R1 is created
    And bob deploys the failed jobs of Dev of R1
    Then it is refused: "the jobs of the last attempt at stage 1 did not fail: deploy all of them"
    When bob deploys Dev of R1
    And Dev of R1 succeeds
    And bob deploys the failed jobs of Dev of R1
    Then it is refused: "the jobs of the last attempt at stage 1 did not fail: deploy all of them"
    When bob deploys Dev of R1
    And Dev of R1 fails
    Given Dev has one more task smoke-test
    When eve revises tasks of Dev of R1
    And bob deploys the failed jobs of Dev of R1
    Then it is refused: "revision 2 gave stage 1 other jobs than its last attempt had: deploy all of them"
    When bob deploys Dev of R1
    Then Dev of R1 is in progress

  @D5 @R7 @J1
  Scenario: Jobs that are changed while a redeploy of the failed ones waits are all run
    Given a pipeline "Shop" with stages:
      | stage | before |
      | Dev   | ann    |
    And Dev has these tasks:
      | job   | task  |
      | Build | build |
      | Ship  | ship  |
    And these variables:
      | name  | value | of  |
      | color | blue  | Dev |
    When release R1 is created
    And ann approves Dev of R1
    And task build of Dev of R1 succeeds
    And task ship of Dev of R1 fails
    And bob deploys the failed jobs of Dev of R1
    Given these variables:
      | name  | value | of  |
      | color | green | Dev |
    When eve revises variables of Dev of R1
    Then deployment.snapshot-taken was recorded last with {"deployment":"1/1#2","revision":2}
    Given Dev has these tasks:
      | job  | task |
      | Pack | pack |
    When eve revises tasks of Dev of R1
    Then deployment.snapshot-taken was recorded last with {"deployment":"1/1#2","revision":3,"runs_all_jobs":true}
    When ann approves Dev of R1
    Then the jobs of Dev of R1 are:
      | Pack | running |
    When task pack of Dev of R1 succeeds
    Then Dev of R1 is succeeded

  @D5 @R7
  Scenario: What succeeded is not repeated where only variables were changed meanwhile
    Given a pipeline "Shop" with stages:
      | stage | before |
      | Dev   | ann    |
    And Dev has these tasks:
      | job   | task  |
      | Build | build |
      | Ship  | ship  |
    And these variables:
      | name  | value | of  |
      | color | blue  | Dev |
    When release R1 is created
    And ann approves Dev of R1
    And task build of Dev of R1 succeeds
    And task ship of Dev of R1 fails
    And bob deploys the failed jobs of Dev of R1
    Given these variables:
      | name  | value | of  |
      | color | green | Dev |
    When eve revises variables of Dev of R1
    And ann approves Dev of R1
    Then the jobs of Dev of R1 are:
      | Build | skipped, succeeded in attempt 1 |
      | Ship  | running                         |

  @D8 @I17
  Scenario: Of those whose jobs ended at the same instant, the one that began last is current
    Given a pipeline "Shop" with stages:
      | stage | after |
      | Prod  | pat   |
    When releases R1, R2 are created
    And Prod of R2 succeeds
    And Prod of R1 succeeds
    And 1 minute passes
    And pat approves Prod of R2
    And pat approves Prod of R1
    Then the current release of Prod is R2
    And the last good release of Prod is R2
