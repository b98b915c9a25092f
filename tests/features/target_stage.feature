Feature: Target stages
  A release, or a deployment by hand, may name a stage beyond which nothing starts by itself.

  @S6 @I7
  Scenario: A release that was created with a target goes no further
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
      | Prod  |
    And every deployment succeeds
    When release R1 is created with:
      | target | QA |
    Then the stages are:
      |    | Dev       | QA        | Prod        |
      | R1 | succeeded | succeeded | not started |

  @S6
  Scenario: A target must be a stage of the pipeline
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
      | Prod  |
    When release R1 is created with:
      | target | Moon |
    Then it is refused: "the pipeline has no stage 99"
    When release R2 is created
    And bob deploys R2 up to Moon
    Then it is refused: "the release has no stage 99"

  @scenario-15 @S6
  Scenario: Deploying by hand up to a target, and then further
    Given a pipeline "Shop" with stages:
      | stage | starts    |
      | Dev   | manual    |
      | QA    | after Dev |
      | Prod  | after QA  |
    And every deployment succeeds
    When release R1 is created
    And bob deploys R1 up to QA
    Then the stages are:
      |    | Dev       | QA        | Prod        |
      | R1 | succeeded | succeeded | not started |
    When bob deploys R1 up to Prod
    Then the stages are:
      |    | Dev       | QA        | Prod      |
      | R1 | succeeded | succeeded | succeeded |
    And deployments began in this order: Dev of R1, QA of R1, Prod of R1

  @scenario-15 @S6
  Scenario: Dev is not deployed again where it has succeeded
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
      | Prod  |
    And every deployment succeeds
    When release R1 is created with:
      | manual stages | QA |
    Then Dev of R1 is succeeded
    When bob deploys R1 up to QA
    Then deployments began in this order: Dev of R1, QA of R1
    And Prod of R1 is not started

  @S6 @I6
  Scenario: Manual stages on the way to a target start, those beside it do not
    Given a pipeline "Shop" with stages:
      | stage | starts           |
      | Dev   | manual           |
      | QA1   | after Dev        |
      | QA2   | after Dev        |
      | Prod  | after QA1        |
    And every deployment succeeds
    When release R1 is created with:
      | manual stages | QA1 |
    And bob deploys R1 up to Prod
    Then deployments began in this order: Dev of R1, QA1 of R1, Prod of R1
    And QA2 of R1 is not started

  @S6
  Scenario: Another target adds its paths
    Given a pipeline "Shop" with stages:
      | stage | starts        |
      | Dev   | after release |
      | QA1   | after Dev     |
      | QA2   | after Dev     |
    And every deployment succeeds
    When release R1 is created with:
      | target | QA1 |
    Then QA2 of R1 is not started
    When bob deploys R1 up to QA2
    Then the stages are:
      |    | Dev       | QA1       | QA2       |
      | R1 | succeeded | succeeded | succeeded |
    And deployments began in this order: Dev of R1, QA1 of R1, QA2 of R1

  @S6
  Scenario: A stage on the way that was rejected starts again
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
      | Prod  |
    When release R1 is created
    And Dev of R1 fails
    And bob deploys R1 up to QA
    Then Dev of R1 has these attempts:
      | attempt | state       | reason    |
      | 1       | rejected    | automated |
      | 2       | in progress | manual    |
    And QA of R1 is not started
    When Dev of R1 succeeds
    And QA of R1 succeeds
    Then Prod of R1 is not started
