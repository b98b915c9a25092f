Feature: Validation
  A definition with a problem is not taken. All problems are told at once, each with its path.

  @P5
  Scenario: All problems at once
    Given a pipeline "Shop" with stages:
      | stage | starts        |
      | Dev   | after release |
      | QA    | after Dev     |
    And the definition says name = "Shop."
    And the definition says stages[1].retention.days = 366
    And the definition says stages[0].jobs[0].tasks[0].timeout_minutes = 86401
    When eve saves the pipeline
    Then it is refused: "the definition is not valid: name: must not begin or end with a dot, is \"Shop.\"; stages[0].jobs[0].tasks[0].timeout_minutes: must be 0 to 86400, is 86401; stages[1].retention.days: must be 1 to 365, is 366"

  @P1 @P5
  Scenario Outline: Names that a pipeline can have
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And the definition says name = <name>
    When eve saves the pipeline
    Then the pipeline is at revision 1

    Examples:
      | name           |
      | 1 characters   |
      | 256 characters |
      | "Web.shop 2"   |

  @P1 @P5
  Scenario Outline: Names that a pipeline can not have
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And the definition says name = <name>
    When eve saves the pipeline
    Then it is refused: "the definition is not valid: name: <problem>..."

    Examples:
      | name           | problem                                      |
      | ""             | must have 1 to 256 characters, has 0         |
      | 257 characters | must have 1 to 256 characters, has 257       |
      | " Shop"        | must not begin or end with a space           |
      | "Shop "        | must not begin or end with a space           |
      | ".Shop"        | must not begin or end with a dot             |
      | "Shop."        | must not begin or end with a dot             |
      | "A/B"          | must not contain any of                      |
      | "A:B"          | must not contain any of                      |
      | "A<B"          | must not contain any of                      |
      | "A>B"          | must not contain any of                      |
      | "A?B"          | must not contain any of                      |
      | "A*B"          | must not contain any of                      |

  @P3 @P5
  Scenario: A hundred stages and no more
    Given a pipeline "Shop" with 100 stages
    When eve saves the pipeline
    Then the pipeline is at revision 1
    Given a pipeline "Mall" with 101 stages
    When eve saves the pipeline
    Then it is refused: "the definition is not valid: stages: must have 1 to 100 stages, has 101"
    Given a pipeline "Kiosk" with 0 stages
    When eve saves the pipeline
    Then it is refused: "the definition is not valid: stages: must have 1 to 100 stages, has 0"

  @P3 @P5
  Scenario: Names and ids of stages are unique
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
      | dev   | manual |
      | QA    | manual |
    And the definition says stages[2].id = 1
    When eve saves the pipeline
    Then it is refused: "...stages[1].name: \"dev\" is already that of stages[0], spelled \"Dev\"; stages[2].id: 1 is already that of stages[0]"

  @P4 @P5
  Scenario: Stages do not wait for each other in a circle
    Given a pipeline "Shop" with stages:
      | stage | starts        |
      | Dev   | after release |
      | QA    | after Prod    |
      | Prod  | after QA      |
    And QA starts after Prod
    When eve saves the pipeline
    Then it is refused: "...stages[1].trigger.after-stages: stages wait for each other in a circle: ..."

  @P4 @P5
  Scenario: A stage comes after stages that there are, and not after itself
    Given a pipeline "Shop" with stages:
      | stage | starts        |
      | Dev   | after release |
      | QA    | after Moon    |
      | Prod  | after Prod    |
    When eve saves the pipeline
    Then it is refused: "...stages[1].trigger.after-stages[0].stage: there is no stage with id 99; stages[2].trigger.after-stages[0].stage: a stage can't come after itself"

  @P4
  Scenario: Forks and joins of any shape
    Given a pipeline "Shop" with stages:
      | stage | starts          |
      | A     | after release   |
      | B     | after release   |
      | C     | after A, B      |
      | D     | after A         |
      | E     | after C, D, B   |
    And every deployment succeeds
    When release R1 is created
    Then deployments began in this order: A of R1, B of R1, D of R1, C of R1, E of R1

  @J4 @P5
  Scenario Outline: Limits of a task
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And the definition says stages[0].jobs[0].tasks[0].<field> = <refused>
    When eve saves the pipeline
    Then it is refused: "the definition is not valid: stages[0].jobs[0].tasks[0].<field>: must be <range>, is <refused>"
    Given the definition says stages[0].jobs[0].tasks[0].<field> = <allowed>
    When eve saves the pipeline
    Then the pipeline is at revision 1

    Examples:
      | field           | range      | allowed | refused |
      | timeout_minutes | 0 to 86400 | 86400   | 86401   |
      | retry_count     | 0 to 10    | 10      | 11      |

  @AP2 @P5
  Scenario: Nobody is asked twice at once
    Given a pipeline "Shop" with stages:
      | stage | before   |
      | Dev   | ann, ann |
    When eve saves the pipeline
    Then it is refused: "...stages[0].before.approvals.steps[1].approver: is already asked, at the same time, by steps[0]"

  @P7 @Q8
  Scenario: What is allowed and probably not meant is told, and not refused
    Given lock group database has room for 1
    And a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | job   | kind   | task | runs                | input users |
      | Pause | server | look | manual-intervention | ann         |
    And the definition says stages[0].lock_groups = ["database"]
    And releases are named "$(Cheese)-$(rev:r)"
    When eve saves the pipeline
    Then the pipeline is at revision 1
    And the pipeline is warned of:
      | stages[0].jobs[0].tasks[0] | holds the stage's lock groups while it waits (Q8)     |
      | release_name_format        | $(Cheese) is not known and stays as it is written     |
