Feature: What is not supported yet
  A pipeline may say it, so that nothing is lost on import. A release of such a pipeline is refused, with the path of that part:
  nothing is ever deployed past a rule that nobody carries out.

  @D6 @J3 @J11 @P5
  Scenario Outline: A part that is not supported
    Given a pipeline "Shop" with stages:
      | stage | before |
      | Dev   | ann    |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And the definition says <path> = <value>
    When eve saves the pipeline
    Then the pipeline is at revision 1
    When release R1 is created with:
      | artifact app | 18 |
    Then it is refused: "not supported yet: <told>: not supported yet (<rule>...)"
    And R1 does not exist

    Examples:
      | path                                               | value                                                              | told                                               | rule |
      | stages[0].redeploy                                 | "new-targets"                                                      | stages[0].redeploy                                 | D6:  |
      | stages[0].jobs[0].kind                             | {"deployment-group": {"group": "web"}}                             | stages[0].jobs[0].kind                             | J3:  |
      | stages[0].jobs[0].kind                             | {"agent": {"demands": ["java"]}}                                   | stages[0].jobs[0].kind.agent.demands               | J11: |

  @P5
  Scenario: All such parts at once
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
    And the definition says stages[0].jobs[0].kind = {"deployment-group": {"group": "web"}}
    And the definition says stages[1].redeploy = "new-targets"
    When release R1 is created
    Then it is refused: "not supported yet: stages[0].jobs[0].kind: not supported yet (J3: deployment-group jobs); stages[1].redeploy: not supported yet (D6: redeploying to new targets)"

  @G1
  Scenario: What is not in force does not stand in the way
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And the definition says stages[0].jobs[0].tasks[0].enabled = false
    And the definition says stages[0].before.gates = {"enabled": false, "gates": [{"name": "health", "task": {"id": "http"}}], "delay_minutes": 0, "sampling_interval_seconds": 300, "minimum_success_minutes": 0, "timeout_minutes": 60}
    When release R1 is created
    Then Dev of R1 is succeeded
