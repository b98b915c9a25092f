Feature: Disabling and deleting pipelines
  A disabled pipeline makes no releases; from those of a deleted one nothing is started any more.

  @P6
  Scenario: A disabled pipeline makes no releases, and those that exist go on
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
    When release R1 is created
    And eve disables the pipeline, saying "moving house"
    And release R2 is created
    Then it is refused: "the pipeline is disabled: no releases are made from it"
    And R2 does not exist
    When Dev of R1 succeeds
    Then QA of R1 is in progress
    When QA of R1 fails
    And bob deploys QA of R1
    Then QA of R1 is in progress
    When eve enables the pipeline
    And release R3 is created
    Then Dev of R3 is in progress

  @P6
  Scenario: What is so already is not recorded once more
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When eve enables the pipeline
    Then nothing is recorded
    When eve disables the pipeline
    And eve disables the pipeline
    Then nothing is recorded

  @P6
  Scenario: A pipeline is not deleted while a deployment of it is not over
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    When release R1 is created
    And bob deploys Dev of R1
    And eve deletes the pipeline
    Then it is refused: "deployment 1/1#1 is not over: wait for it, or delete the pipeline by force, saying why"
    When Dev of R1 succeeds
    And eve deletes the pipeline
    And release R2 is created
    Then it is refused: "the pipeline is deleted: no releases are made from it"
    When bob deploys Dev of R1
    Then it is refused: "the pipeline is deleted: nothing is started from its releases"

  @P6
  Scenario: A deployment that is scheduled is not over either
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    When release R1 is created
    And bob deploys Dev of R1 at 2024-05-03 18:00
    And eve deletes the pipeline
    Then it is refused: "deployment 1/1#1 is not over..."

  @P6
  Scenario: By force, everything is cancelled and nothing else is started, and then the pipeline is deleted
    Given a pipeline "Shop" with stages:
      | stage | queue               | before |
      | Dev   | at most 1, in order |        |
      | QA    |                     | ann    |
    When releases R1 to R4 are created
    And Dev of R1 succeeds
    And eve deletes the pipeline by force
    Then it is refused: "deployments that are not over are cancelled: say why"
    When eve deletes the pipeline by force, saying "the shop is closed"
    Then the stages are:
      |    | Dev                                         | QA                               |
      | R1 | succeeded                                   | canceled, the pipeline was deleted |
      | R2 | in progress, cancelling                     | not started                      |
      | R3 | canceled, the pipeline was deleted            | not started                      |
      | R4 | canceled, the pipeline was deleted            | not started                      |
    And the pipeline is being deleted
    And slots of Dev were granted in this order: R1, R2
    When task deploy of Dev of R2 stops
    Then Dev of R2 is canceled, the pipeline was deleted
    And the pipeline is deleted
    And QA of R2 waits for:
      | what                                                          | cleared by |
      | the pipeline is deleted: nothing is started from its releases | somebody   |

  @P6
  Scenario: The engine goes on with deleting after a restart
    Given a pipeline "Shop" with stages:
      | stage | starts | before |
      | Dev   | manual | ann    |
    When releases R1, R2 are created
    And bob deploys Dev of R1
    And bob deploys Dev of R2
    And the engine goes down
    And eve deletes the pipeline by force, saying "the shop is closed"
    Then the pipeline is being deleted
    And approvals are pending from ann for R1, R2
    When ann approves Dev of R1
    Then no deployment began
    When the engine restarts
    Then the pipeline is deleted
    And Dev of R1 is canceled, the pipeline was deleted
    And Dev of R2 is canceled, the pipeline was deleted

  @P6 @P1
  Scenario: A deleted pipeline is restored within 30 days, and its name is free until then
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    When release R1 is created
    And eve disables the pipeline
    And eve deletes the pipeline
    And 30 days pass
    And eve restores the pipeline
    Then the pipeline is disabled
    When eve enables the pipeline
    And bob deploys Dev of R1
    Then Dev of R1 is in progress

  @P6
  Scenario: A second later it is too late
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When eve deletes the pipeline
    And 30 days pass
    And 1 second passes
    And eve restores the pipeline
    Then it is refused: "the pipeline could be restored until 2024-06-02 12:00:00 UTC"

  @P6 @P1
  Scenario: Another pipeline may take the name of a deleted one, which is then not restored
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When eve deletes the pipeline
    Given a pipeline "shop" with stages:
      | stage |
      | Dev   |
    When eve saves the pipeline
    Given the pipeline "Shop"
    When eve restores the pipeline
    Then it is refused: "pipeline ... has the name \"Shop\" already..."

  @P6 @T6
  Scenario: Triggers of a deleted pipeline say that they did nothing while it can be restored, and nothing any more after that
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And these release triggers:
      | on  |
      | app |
    And these release schedules:
      | at    | days   |
      | 12:00 | friday |
    When eve saves the pipeline
    And eve deletes the pipeline
    And 7 days pass
    And version 1 of app is published on main
    Then these triggers declined:
      | 1 | the pipeline is deleted: no releases are made from it |
      | 0 | the pipeline is deleted: no releases are made from it |
    When 60 days pass
    And version 2 of app is published on main
    Then pipeline.publication-observed was recorded 1 time
    # On the four Fridays up to the end of May, and not on those after that.
    And pipeline.schedule-came was recorded 4 times
    And the pipeline has 0 releases
