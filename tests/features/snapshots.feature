Feature: Snapshots
  A release froze all that its pipeline was. Later revisions change nothing in it.

  @scenario-1 @R1 @I9
  Scenario: A release runs the tasks of the revision that it was created from
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
      | Prod  |
    When eve saves the pipeline
    Given the definition says description = "second"
    When eve saves the pipeline
    Given the definition says description = "third"
    When eve saves the pipeline
    And release R1 is created
    Given QA has one more task smoke-test
    When eve saves the pipeline
    Then the pipeline is at revision 4
    When Dev of R1 succeeds
    Then the tasks of QA of R1 are:
      | deploy | running |
    And R1 says:
      | revision | 3 |
    When release R2 is created
    And Dev of R2 succeeds
    Then the tasks of QA of R2 are:
      | deploy     | running   |
      | smoke-test | not begun |
    And R2 says:
      | revision | 4 |

  @I9
  Scenario: Nor does its way through the stages change
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
      | Prod  |
    When release R1 is created
    Given QA starts manual
    And Dev has one more task late
    When eve saves the pipeline
    And Dev of R1 succeeds
    Then QA of R1 is in progress

  @I9 @AP1
  Scenario: Nor who is asked
    Given a pipeline "Shop" with stages:
      | stage | before |
      | Dev   |        |
      | QA    | ann    |
    When release R1 is created
    Given the definition says stages[1].before.approvals.steps[0].approver = {"user": "bob"}
    When eve saves the pipeline
    And Dev of R1 succeeds
    Then approvals are pending from ann for R1

  @I9 @R1
  Scenario: A definition that several releases froze is kept once
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    When releases R1 to R3 are created
    Then snapshot.kept was recorded 1 time
    And release.created was recorded 3 times
