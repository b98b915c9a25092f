Feature: Releases
  A release is a number, a name and all that its pipeline was when the release was created.

  @R1 @T5
  Scenario: A release says what it is
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    When release R1 is created by bob with:
      | description   | the summer sale |
      | requested for | ann             |
      | artifact app  | 18              |
    Then R1 says:
      | number        | 1               |
      | name          | Release-1       |
      | revision      | 1               |
      | reason        | manual          |
      | description   | the summer sale |
      | creator       | bob             |
      | requested for | ann             |
      | artifact app  | 18              |
    And R1 is active

  @R1 @I8
  Scenario: A number is never given to another release, also not after a restart
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    When releases R1 to R3 are created
    And the engine restarts
    And release R4 is created
    Then R3 says:
      | number | 3 |
    And R4 says:
      | number | 1001      |
      | name   | Release-4 |
    When the number of another release is taken for a new one
    Then it is refused: "the release exists already"

  @T5
  Scenario Outline: A host that creates a release states the reason, or none
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created with:
      | reason | <reason> |
    Then R1 says:
      | reason | <reason> |

    Examples:
      | reason                |
      | none                  |
      | manual                |
      | continuousIntegration |
      | schedule              |
      | pullRequest           |

  @scenario-2 @S3 @I6
  Scenario: Creation starts nothing where all stages are manual
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
      | QA    | manual |
      | Prod  | manual |
    When release R1 is created
    Then R1 is active
    And the stages are:
      |    | Dev         | QA          | Prod        |
      | R1 | not started | not started | not started |
    And no deployment began

  @scenario-3 @S1 @S2 @S7 @D1
  Scenario: A linear chain deploys stage after stage
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
      | Prod  |
    And every deployment succeeds
    When release R1 is created
    Then deployments began in this order: Dev of R1, QA of R1, Prod of R1
    And the stages are:
      |    | Dev       | QA        | Prod      |
      | R1 | succeeded | succeeded | succeeded |
    And Dev of R1 has these attempts:
      | attempt | state     | reason    | by         |
      | 1       | succeeded | automated | the system |
    And QA of R1 has these attempts:
      | attempt | state     | reason    | by         |
      | 1       | succeeded | automated | the system |
    And Prod of R1 has these attempts:
      | attempt | state     | reason    | by         |
      | 1       | succeeded | automated | the system |

  @I8 @I16
  Scenario: A release is created once, however often its creation is asked for
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created
    And the same command comes once more
    Then it is known to have been carried out before
    And release.created was recorded 1 time
    And deployment.triggered was recorded 1 time

  @I16
  Scenario: What is refused records nothing
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created with:
      | variable Y | 1 |
    Then it is refused: "the pipeline has no variable \"Y\""
    And R1 does not exist
    And release.created was recorded 0 times
    And pipeline.release-numbered was recorded 0 times

  @R1
  Scenario: A description may be so long and no longer
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created with:
      | description | 4000 characters |
    Then R1 is active
    When release R2 is created with:
      | description | 4001 characters |
    Then it is refused: "the description has 4001 characters, at most 4000 are allowed"

  @A1 @A4
  Scenario: A release takes exactly one version of every source
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias  | primary |
      | app    | yes     |
      | config | no      |
    When release R1 is created with:
      | artifact app | 18 |
    Then it is refused: "artifact \"config\" has no version to take: name one"
    When release R1 is created with:
      | artifact app    | 18 |
      | artifact config | 7  |
    Then R1 says:
      | artifact app    | 18 |
      | artifact config | 7  |
    When release R2 is created with:
      | artifact app    | 18 |
      | artifact config | 7  |
      | artifact docs   | 1  |
    Then it is refused: "the pipeline has no artifact \"docs\""

  @A1
  Scenario: One source is the primary one, and aliases differ in more than case
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
      | App   | yes     |
    When eve saves the pipeline
    Then it is refused: "...artifacts: exactly one source must be primary, 2 are...artifacts[1].alias: \"App\" is already that of artifacts[0], spelled \"app\""
