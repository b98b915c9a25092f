Feature: Deploying by hand at a later moment, and with values of its own

  @S8 @S7
  Scenario: A deployment waits for the moment that was given
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | starts | queue               |
      | QA    | manual | at most 1, in order |
    When releases R1, R2 are created
    And bob deploys QA of R1 at 2024-05-03 18:00
    Then QA of R1 is scheduled
    And QA of R1 waits for:
      | what                                | cleared by | by itself at     |
      | waits until 2024-05-03 18:00:00 UTC | whoever may manage deployments | 2024-05-03 18:00 |
    And QA is waited for by nobody
    When 330 minutes pass
    And bob deploys QA of R2
    Then QA of R2 is in progress
    When 29 minutes pass
    Then QA of R1 is scheduled
    When 1 minute passes
    Then QA of R1 is queued
    When QA of R2 succeeds
    Then QA of R1 is in progress

  @S8
  Scenario: A moment that has passed is no reason to wait
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | starts |
      | QA    | manual |
    When release R1 is created
    And bob deploys QA of R1 at 2024-05-03 11:00
    Then QA of R1 is in progress

  @S7
  Scenario: What is scheduled is started at once by hand, as the same attempt
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | starts |
      | QA    | manual |
    When release R1 is created
    And bob deploys QA of R1 at 2024-05-03 18:00
    And cy deploys QA of R1
    Then QA of R1 is in progress
    When QA of R1 succeeds
    And 1 day passes
    Then QA of R1 has these attempts:
      | attempt | reason | by | state     |
      | 1       | manual | cy | succeeded |

  @S7
  Scenario: What is scheduled is not scheduled once more
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | starts |
      | QA    | manual |
    When release R1 is created
    And bob deploys QA of R1 at 2024-05-03 18:00
    And cy deploys QA of R1 at 2024-05-03 19:00
    Then it is refused: "...is not over..."

  @D4
  Scenario: What is scheduled is cancelled at once
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage | starts |
      | QA    | manual |
    When release R1 is created
    And bob deploys QA of R1 at 2024-05-03 18:00
    And bob cancels QA of R1
    And 1 day passes
    Then QA of R1 is canceled, by bob

  @S8 @V1
  Scenario: Values that are given with a deployment count in it alone, and only where they may be given
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task   | input script     |
      | deploy | $(color) $(host) |
    And these variables:
      | name  | value | of  | settable |
      | color | blue  | Dev | yes      |
      | host  | dev   | Dev |          |
    When release R1 is created
    And Dev of R1 fails
    And bob deploys Dev of R1 with:
      | variable host | prod |
    Then it is refused: "variable \"host\" is not settable when its stage is deployed"
    When bob deploys Dev of R1 with:
      | variable size | 7 |
    Then it is refused: "neither the pipeline nor a stage has a variable \"size\""
    When bob deploys Dev of R1 with:
      | variable COLOR | green |
    Then task deploy of Dev of R1 is told script = "green dev"
    When Dev of R1 fails
    And bob deploys Dev of R1
    Then task deploy of Dev of R1 is told script = "blue dev"

  @D8
  Scenario: What began last was touched last, whatever came of it
    Given a pipeline "Shop" with stages:
      | stage | starts | before |
      | QA    | manual | ann    |
    When releases R1, R2 are created
    And bob deploys QA of R1
    And ann approves QA of R1
    And QA of R1 succeeds
    And bob deploys QA of R2
    Then the last touched release of QA is R1
    When ann approves QA of R2
    And QA of R2 fails
    Then the last touched release of QA is R2
    And the current release of QA is R1
