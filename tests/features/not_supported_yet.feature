Feature: What is not supported yet
  A pipeline may say it, so that nothing is lost on import. A release of such a pipeline is refused, with the path of that part:
  nothing is ever deployed past a rule that nobody carries out.

  @G1
  Scenario: What is not in force does not stand in the way
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And the definition says stages[0].jobs[0].tasks[0].enabled = false
    And the definition says stages[0].before.gates = {"enabled": false, "gates": [{"name": "health", "task": {"id": "http"}}], "delay_minutes": 0, "sampling_interval_seconds": 300, "minimum_success_minutes": 0, "timeout_minutes": 60}
    When release R1 is created
    Then Dev of R1 is succeeded
