Feature: What starts a stage
  The release becoming active, earlier stages having succeeded, or a person.

  @S1
  Scenario: A stage after the release is triggered in the commit in which the release becomes active
    Given a pipeline "Shop" with stages:
      | stage | starts        |
      | Dev   | after release |
      | Docs  | after release |
    When release R1 is created
    Then one commit holds:
      | R1         | release.created   |
      | Dev of R1  | deployment.triggered |
      | Docs of R1 | deployment.triggered |
    When release R2 is created with:
      | draft | yes |
    And bob starts R2
    Then one commit holds:
      | R2        | release.started   |
      | Dev of R2 | deployment.triggered |

  @scenario-4 @P4 @S2 @I6
  Scenario: Fork and join
    Given a pipeline "Shop" with stages:
      | stage | starts         |
      | Dev   | after release  |
      | QA1   | after Dev      |
      | QA2   | after Dev      |
      | Prod  | after QA1, QA2 |
    When release R1 is created
    And Dev of R1 succeeds
    Then the stages are:
      |    | QA1         | QA2         | Prod        |
      | R1 | in progress | in progress | not started |
    When QA1 of R1 succeeds
    Then Prod of R1 is not started
    When QA2 of R1 succeeds
    Then Prod of R1 has these attempts:
      | attempt | state       | reason    |
      | 1       | in progress | automated |
    And one commit holds:
      | QA2 of R1  | deployment.over   |
      | Prod of R1 | deployment.triggered |

  @scenario-5 @S2
  Scenario: Partial success without the option
    Given a pipeline "Shop" with stages:
      | stage | starts        |
      | Dev   | after release |
      | QA    | after Dev     |
    When release R1 is created
    And Dev of R1 partially succeeds
    Then Dev of R1 is partially succeeded
    And QA of R1 is not started

  @scenario-5 @S2
  Scenario: Partial success with the option
    Given a pipeline "Shop" with stages:
      | stage | starts                 |
      | Dev   | after release          |
      | QA    | after Dev or partially |
    When release R1 is created
    And Dev of R1 partially succeeds
    Then QA of R1 is in progress

  @S2 @I6
  Scenario: The option counts for its own stage only
    Given a pipeline "Shop" with stages:
      | stage | starts                       |
      | QA1   | after release                |
      | QA2   | after release                |
      | Prod  | after QA1 or partially, QA2  |
    When release R1 is created
    And QA1 of R1 partially succeeds
    And QA2 of R1 partially succeeds
    Then Prod of R1 is not started
    When bob deploys QA2 of R1
    And QA2 of R1 succeeds
    Then Prod of R1 is in progress

  @scenario-6 @S2 @D3 @AP4 @I10
  Scenario: A post-deployment approval holds the chain
    Given a pipeline "Shop" with stages:
      | stage | after |
      | Dev   | pat   |
      | QA    |       |
    When releases R1, R2 are created
    And Dev of R1, R2 succeed
    Then approvals are pending from pat for R1, R2
    And the stages are:
      |    | Dev         | QA          |
      | R1 | in progress | not started |
      | R2 | in progress | not started |
    When pat approves Dev of R1
    And pat rejects Dev of R2
    Then the stages are:
      |    | Dev                             | QA          |
      | R1 | succeeded                       | in progress |
      | R2 | rejected, an approver said no   | not started |

  @S2 @I6
  Scenario: A stage that succeeds again triggers those after it again, once
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
    And every deployment succeeds
    When release R1 is created
    And bob deploys Dev of R1
    Then Dev of R1 has these attempts:
      | attempt | state     | reason    | by         |
      | 1       | succeeded | automated | the system |
      | 2       | succeeded | manual    | bob        |
    And QA of R1 has these attempts:
      | attempt | state     | reason    |
      | 1       | succeeded | automated |
      | 2       | succeeded | automated |

  @S2
  Scenario: A trigger of a stage that is still going on is recorded and does nothing
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
    When release R1 is created
    And Dev of R1 succeeds
    And bob deploys Dev of R1
    And Dev of R1 succeeds
    Then QA of R1 has these attempts:
      | attempt | state       |
      | 1       | in progress |
    And stage.trigger-ignored was recorded 1 time

  @S2 @D4
  Scenario: A stage that is cancelling is still going on
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
    When release R1 is created
    And Dev of R1 succeeds
    And bob cancels QA of R1
    And bob deploys Dev of R1
    And Dev of R1 succeeds
    Then QA of R1 has these attempts:
      | attempt | state                   |
      | 1       | in progress, cancelling |
    And stage.trigger-ignored was recorded 1 time

  @S2
  Scenario Outline: What is not success does not start the stage after it
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
    When release R1 is created
    And <what>
    Then Dev of R1 is <state>
    And QA of R1 is not started

    Examples:
      | what                     | state                 |
      | Dev of R1 fails          | rejected, jobs failed |
      | bob cancels Dev of R1    | in progress           |
      | 3 minutes pass           | in progress           |

  @scenario-8 @R3 @S2 @S7 @I6
  Scenario: Stages that are made manual when the release is created
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
      | Prod  |
    And every deployment succeeds
    When release R1 is created with:
      | manual stages | QA |
    Then the stages are:
      |    | Dev       | QA          | Prod        |
      | R1 | succeeded | not started | not started |
    When bob deploys QA of R1
    Then the stages are:
      |    | Dev       | QA        | Prod      |
      | R1 | succeeded | succeeded | succeeded |
    And QA of R1 has these attempts:
      | attempt | state     | reason | by  |
      | 1       | succeeded | manual | bob |

  @R3
  Scenario: Only stages of the pipeline are made manual
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created with:
      | manual stages | Moon |
    Then it is refused: "the pipeline has no stage 99"

  @S3 @S7
  Scenario: A manual stage starts by hand only, whatever became of the stages before it
    Given a pipeline "Shop" with stages:
      | stage | starts        |
      | Dev   | after release |
      | QA    | manual        |
      | Prod  | after QA      |
    When release R1 is created
    And Dev of R1 fails
    And bob deploys QA of R1, saying "it was the network"
    Then QA of R1 has these attempts:
      | attempt | state       | reason | by  | comment            |
      | 1       | in progress | manual | bob | it was the network |
    When bob deploys Prod of R1
    Then Prod of R1 is in progress

  @S7 @Q7
  Scenario: A stage is not deployed while a deployment of it is not over
    Given a pipeline "Shop" with stages:
      | stage | queue                | before |
      | QA    | at most 1, in order  |        |
    When releases R1, R2 are created
    And bob deploys QA of R1
    Then it is refused: "deployment 1/1#1 is not over: wait for it, or cancel it first"
    When bob deploys QA of R2
    Then it is refused: "deployment 2/1#1 is not over: wait for it, or cancel it first"
    And QA is waited for by R2

  @S7
  Scenario: A stage that the release does not have is not deployed
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created
    And bob deploys Moon of R1
    Then it is refused: "the release has no stage 99"

  @S7
  Scenario: A comment may be so long and no longer
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    When release R1 is created
    And bob deploys Dev of R1, saying "4001 characters"
    Then it is refused: "the comment has 4001 characters, at most 4000 are allowed"
    When bob deploys Dev of R1, saying "4000 characters"
    Then Dev of R1 is in progress
