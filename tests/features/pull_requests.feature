Feature: Releases of pull requests
  A version that came from a pull request is for pull-request triggers alone, and is deployed only to stages that take it.

  @T3
  Scenario: The target branch decides
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And these release triggers:
      | on  | kind          | branches |
      | app | pull requests | main     |
      | app | versions      |          |
    When eve saves the pipeline
    When version 1 of app is published with:
      | branch            | refs/pull/7/merge |
      | pull request into | dev               |
    Then the pipeline has 0 releases
    When version 2 of app is published with:
      | branch            | refs/pull/8/merge |
      | pull request into | refs/heads/main   |
    Then the pipeline has 1 release
    And R1 says:
      | reason       | pullRequest |
      | artifact app | 2           |
    When version 3 of app is published on main
    Then the pipeline has 2 releases
    And R2 says:
      | reason | continuousIntegration |

  @scenario-13 @T3
  Scenario: Pull-request release
    Given a pipeline "Shop" with stages:
      | stage | tasks |
      | Dev   | none  |
      | QA    | none  |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And these release triggers:
      | on  | kind          | branches |
      | app | pull requests | main     |
    And Dev takes pull requests
    When eve saves the pipeline
    When version 1 of app is published with:
      | pull request into | main |
    Then R1 says:
      | reason | pullRequest |
    And the stages are:
      |    | Dev       | QA          |
      | R1 | succeeded | not started |
    And QA of R1 waits for:
      | what                                                       | cleared by | nature |
      | does not take releases that were made for pull requests (T3) |          | final  |
    When bob deploys QA of R1
    Then it is refused: "stage 2 does not take releases that were made for pull requests (T3)"
    When bob deploys R1 up to QA
    Then it is refused: "stage 2 does not take releases that were made for pull requests (T3)"
    When bob deploys Dev of R1
    Then Dev of R1 is succeeded

  @T3 @S1
  Scenario: Not even the first stage starts where it does not take pull requests
    Given a pipeline "Shop" with stages:
      | stage | tasks |
      | Dev   | none  |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And these release triggers:
      | on  | kind          |
      | app | pull requests |
    When eve saves the pipeline
    When version 1 of app is published with:
      | pull request into | main |
    Then Dev of R1 is not started
