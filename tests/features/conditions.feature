Feature: Conditions of tasks and jobs
  Whether a task runs, given what came before it in its job; whether a job runs, given what came before it in its stage.

  @J5
  Scenario Outline: After success, after failure, after failure that is allowed
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task  | continue on error | condition   |
      | first | <allowed>         | always()    |
      | then  |                   | <condition> |
    When release R1 is created
    And task first of Dev of R1 <how>
    Then the tasks of Dev of R1 are:
      | first | <ended> |
      | then  | <runs>  |

    Examples:
      | condition           | allowed | how                  | ended                 | runs    |
      | succeeded()         | no      | succeeds             | succeeded             | running |
      | succeeded()         | no      | succeeds with issues | succeeded with issues | running |
      | succeeded()         | yes     | fails                | failed                | running |
      | succeeded()         | no      | fails                | failed                | skipped |
      | succeeded()         | no      | is lost              | lost                  | skipped |
      | succeededOrFailed() | no      | succeeds             | succeeded             | running |
      | succeededOrFailed() | no      | fails                | failed                | running |
      | failed()            | no      | succeeds             | succeeded             | skipped |
      | failed()            | no      | fails                | failed                | running |
      | failed()            | yes     | fails                | failed                | skipped |
      | always()            | no      | succeeds             | succeeded             | running |
      | always()            | no      | fails                | failed                | running |

  @J5 @D4
  Scenario Outline: After a cancel
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task  | condition   |
      | first |             |
      | then  | <condition> |
    When release R1 is created
    And bob cancels Dev of R1
    And task first of Dev of R1 stops
    Then the tasks of Dev of R1 are:
      | first | canceled |
      | then  | <runs>   |

    Examples:
      | condition           | runs    |
      | succeeded()         | skipped |
      | succeededOrFailed() | skipped |
      | failed()            | skipped |
      | always()            | running |

  @J5 @J1
  Scenario Outline: The same for jobs
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | job   | job condition | task  |
      | First |               | first |
      | Then  | <condition>   | then  |
    When release R1 is created
    And task first of Dev of R1 <how>
    Then the jobs of Dev of R1 are:
      | First | <ended> |
      | Then  | <runs>  |

    Examples:
      | condition           | how                  | ended               | runs    |
      | succeeded()         | succeeds             | succeeded           | running |
      | succeeded()         | succeeds with issues | partially succeeded | running |
      | succeeded()         | fails                | failed              | skipped |
      | succeededOrFailed() | fails                | failed              | running |
      | failed()            | succeeds             | succeeded           | skipped |
      | failed()            | fails                | failed              | running |
      | always()            | fails                | failed              | running |
