Feature: What is not supported yet
  A pipeline may say it, so that nothing is lost on import. A release of such a pipeline is refused, with the path of that part:
  nothing is ever deployed past a rule that nobody carries out.

  @J11 @P5
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
      | stages[0].jobs[0].kind                             | {"agent": {"demands": ["java"]}}                                   | stages[0].jobs[0].kind.agent.demands               | J11: |

  @P5
  Scenario: All such parts at once
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
    And the definition says stages[0].jobs[0].kind = {"agent": {"demands": ["java"]}}
    And the definition says stages[1].jobs[0].kind = {"agent": {"demands": ["node"]}}
    When release R1 is created
    Then it is refused: "not supported yet: stages[0].jobs[0].kind.agent.demands: not supported yet (J11: demands on agents); stages[1].jobs[0].kind.agent.demands: not supported yet (J11: demands on agents)"

  @G1
  Scenario: What is not in force does not stand in the way
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And the definition says stages[0].jobs[0].tasks[0].enabled = false
    And the definition says stages[0].before.gates = {"enabled": false, "gates": [{"name": "health", "task": {"id": "http"}}], "delay_minutes": 0, "sampling_interval_seconds": 300, "minimum_success_minutes": 0, "timeout_minutes": 60}
    When release R1 is created
    Then Dev of R1 is succeeded
