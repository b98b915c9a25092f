Feature: Trying a task again
  A task that failed is tried again as often as its retry count says, each time after a longer pause.

  Background:
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
    And Dev has these tasks:
      | task   | condition | time-out | cancel time-out | job time-out |
      | deploy |           | 10       | 5               | 60           |
      | tidy   | always()  |          |                 |              |
    And the definition says stages[0].jobs[0].tasks[0].retry_count = 2

  @scenario-35 @J4
  Scenario: It fails, fails and succeeds
    When release R1 is created
    And task deploy of Dev of R1 fails
    Then the tasks of Dev of R1 are:
      | deploy | pausing   |
      | tidy   | not begun |
    When 1 second passes
    And task deploy of Dev of R1 fails
    Then the tasks of Dev of R1 are:
      | deploy | pausing   |
      | tidy   | not begun |
    When 1 second passes
    Then the tasks of Dev of R1 are:
      | deploy | pausing   |
      | tidy   | not begun |
    When 1 second passes
    And task deploy of Dev of R1 succeeds
    And task tidy of Dev of R1 succeeds
    Then Dev of R1 is succeeded
    And task.retry-planned was recorded 2 times
    And task.retry-due was recorded 2 times

  @scenario-35 @J4 @J6
  Scenario: It fails three times
    When release R1 is created
    And task deploy of Dev of R1 fails
    And 1 second passes
    And task deploy of Dev of R1 fails
    And 2 seconds pass
    And task deploy of Dev of R1 fails
    Then the tasks of Dev of R1 are:
      | deploy | failed  |
      | tidy   | running |
    When task tidy of Dev of R1 succeeds
    Then Dev of R1 is rejected
    And task.retry-planned was recorded 2 times

  @J4
  Scenario: No pause is longer than a minute
    Given the definition says stages[0].jobs[0].tasks[0].retry_count = 10
    When release R1 is created
    And task deploy of Dev of R1 fails
    And 1 second passes
    And task deploy of Dev of R1 fails
    And 2 seconds pass
    And task deploy of Dev of R1 fails
    And 4 seconds pass
    And task deploy of Dev of R1 fails
    And 8 seconds pass
    And task deploy of Dev of R1 fails
    And 16 seconds pass
    And task deploy of Dev of R1 fails
    And 32 seconds pass
    And task deploy of Dev of R1 fails
    And 59 seconds pass
    Then the tasks of Dev of R1 are:
      | deploy | pausing   |
      | tidy   | not begun |
    When 1 second passes
    Then the tasks of Dev of R1 are:
      | deploy | running   |
      | tidy   | not begun |

  @J4 @J6
  Scenario: What became of it is not known, and it is not marked as repeatable
    When release R1 is created
    And task deploy of Dev of R1 is lost
    Then the tasks of Dev of R1 are:
      | deploy | lost    |
      | tidy   | running |

  @J4 @J6
  Scenario: What became of it is not known, and doing it twice is as good as once
    Given the definition says stages[0].jobs[0].tasks[0].repeatable = true
    When release R1 is created
    And task deploy of Dev of R1 is lost
    And 1 second passes
    And task deploy of Dev of R1 succeeds
    Then the tasks of Dev of R1 are:
      | deploy | succeeded |
      | tidy   | running   |

  @J4 @J6 @J7
  Scenario: It did not stop in time, and may run still
    When release R1 is created
    And 10 minutes pass
    And 5 minutes pass
    Then the tasks of Dev of R1 are:
      | deploy | timed out |
      | tidy   | running   |
    And task.retry-planned was recorded 0 times

  @J4 @J6 @J7
  Scenario: It did not stop in time, and doing it twice is as good as once
    Given the definition says stages[0].jobs[0].tasks[0].repeatable = true
    When release R1 is created
    And 10 minutes pass
    And 5 minutes pass
    Then the tasks of Dev of R1 are:
      | deploy | pausing   |
      | tidy   | not begun |

  @J4 @J6 @J7
  Scenario: Whether it stopped is not known
    When release R1 is created
    And 10 minutes pass
    And task deploy of Dev of R1 is lost
    Then the tasks of Dev of R1 are:
      | deploy | lost    |
      | tidy   | running |
    And task.retry-planned was recorded 0 times

  @J4 @J7
  Scenario: Each try has the whole time
    When release R1 is created
    And 9 minutes pass
    And task deploy of Dev of R1 fails
    And 1 second passes
    And 9 minutes pass
    Then the tasks of Dev of R1 are:
      | deploy | running   |
      | tidy   | not begun |
    When 1 minute passes
    Then the tasks of Dev of R1 are:
      | deploy | asked to stop |
      | tidy   | not begun     |
    When task deploy of Dev of R1 stops
    Then the tasks of Dev of R1 are:
      | deploy | pausing   |
      | tidy   | not begun |

  @J4 @J7
  Scenario: Once its job's time is over nothing is tried again
    Given the definition says stages[0].jobs[0].timeout_minutes = 1
    And the definition says stages[0].jobs[0].tasks[0].retry_count = 10
    When release R1 is created
    And task deploy of Dev of R1 fails
    And 1 second passes
    And task deploy of Dev of R1 fails
    And 2 seconds pass
    And task deploy of Dev of R1 fails
    And 4 seconds pass
    And task deploy of Dev of R1 fails
    And 8 seconds pass
    And task deploy of Dev of R1 fails
    And 16 seconds pass
    And task deploy of Dev of R1 fails
    And 29 seconds pass
    Then the tasks of Dev of R1 are:
      | deploy | failed                     |
      | tidy   | skipped, the job timed out |
    And Dev of R1 is rejected

  @J4 @D4
  Scenario: A cancel ends the pause, and what came of the last try stands
    When release R1 is created
    And task deploy of Dev of R1 fails
    And ann cancels Dev of R1
    Then the tasks of Dev of R1 are:
      | deploy | failed  |
      | tidy   | running |
    When task tidy of Dev of R1 succeeds
    Then Dev of R1 is canceled
    And task.retry-dropped was recorded 1 time
