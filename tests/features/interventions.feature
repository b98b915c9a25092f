Feature: Server jobs, interventions and delays
  A server job runs on no agent. Two of its tasks need nobody who runs them: a manual intervention waits for somebody's word, a delay
  for a moment.

  Background:
    Given a pipeline "Shop" with stages:
      | stage | tasks |
      | Dev   | none  |
      | QA    |       |

  @J1
  Scenario: The tasks of a server job are run as those of an agent job
    Given Dev has these tasks:
      | job   | kind   | task | job time-out |
      | Calls | server | call | 10           |
    When release R1 is created
    Then the tasks of Dev of R1 are:
      | call | running |
    When task call of Dev of R1 succeeds
    Then Dev of R1 is succeeded

  @J1 @J7
  Scenario: If nothing else is said, a server job has no time-out
    Given Dev has these tasks:
      | job   | kind   | task |
      | Calls | server | call |
    When release R1 is created
    And 61 minutes pass
    Then the tasks of Dev of R1 are:
      | call | running |

  @scenario-33 @J8 @E1 @D2
  Scenario: It is resumed
    Given Dev has these tasks:
      | job    | kind   | task   | runs                | input users | input groups | input instructions |
      | First  |        | build  |                     |             |              |                    |
      | Pause  | server | look   | manual-intervention | ann, bob    | ops          | look at it         |
      | Second |        | deploy |                     |             |              |                    |
    And it is 2024-05-03 12:00
    When release R1 is created
    And task build of Dev of R1 succeeds
    Then the tasks of Dev of R1 are:
      | build  | succeeded |
      | look   | waiting   |
      | deploy | not begun |
    And Dev of R1 shows inProgress, inProgress, manualInterventionPending
    And Dev of R1 waits for:
      | what                                                                                                    | cleared by          | since            | by itself at     | nature    |
      | waits in "look" for ann or bob or the group ops to resume or reject; rejected at 2024-07-02 12:00:00 UTC | ann, bob, group ops | 2024-05-03 12:00 | 2024-07-02 12:00 | clearable |
    When bob resumes task look of Dev of R1, saying "it looks good"
    Then the tasks of Dev of R1 are:
      | build  | succeeded |
      | look   | succeeded |
      | deploy | running   |
    And intervention.answered was recorded 1 time
    When task deploy of Dev of R1 succeeds
    Then Dev of R1 is succeeded
    When ann rejects task look of Dev of R1
    Then it is refused: "task 1/1#1.1.0 does not wait for somebody to resume or reject it"

  @scenario-33 @J8 @D3
  Scenario: It is rejected
    Given Dev has these tasks:
      | job    | kind   | task   | runs                | input users |
      | First  |        | build  |                     |             |
      | Pause  | server | look   | manual-intervention | ann         |
      | Second |        | deploy |                     |             |
    When release R1 is created
    And task build of Dev of R1 succeeds
    And ann rejects task look of Dev of R1, saying "it is down"
    Then the tasks of Dev of R1 are:
      | build  | succeeded |
      | look   | failed    |
      | deploy | not begun |
    And the jobs of Dev of R1 are:
      | First  | succeeded |
      | Pause  | failed    |
      | Second | skipped   |
    And Dev of R1 is rejected

  @scenario-33 @J8
  Scenario Outline: Nobody answers in time
    Given Dev has these tasks:
      | job    | kind   | task   | runs                | time-out   | input on-timeout |
      | Pause  | server | look   | manual-intervention | <time-out> | <then>           |
      | Second |        | deploy |                     |            |                  |
    When release R1 is created
    And <before> seconds pass
    Then the tasks of Dev of R1 are:
      | look   | waiting   |
      | deploy | not begun |
    When 1 second passes
    Then the tasks of Dev of R1 are:
      | look   | <look>   |
      | deploy | <deploy> |

    Examples:
      | time-out | then   | before  | look      | deploy    |
      | 10       | resume | 599     | succeeded | running   |
      | 10       | reject | 599     | failed    | not begun |
      | 10       |        | 599     | failed    | not begun |
      | 0        | resume | 5183999 | succeeded | running   |
      | 86400    | resume | 5183999 | succeeded | running   |

  @J8
  Scenario: Only who it is assigned to answers, or a member of the group
    Given Dev has these tasks:
      | job   | kind   | task | runs                | input users | input groups |
      | Pause | server | look | manual-intervention | ann         | ops          |
    And cy is a member of ops
    When release R1 is created
    And bob resumes task look of Dev of R1
    Then it is refused: "user:bob is not among those who 1/1#1.0.0 is assigned to"
    When cy resumes task look of Dev of R1
    Then Dev of R1 is succeeded

  @J8 @U1 @U3
  Scenario: What is assigned to nobody is answered by whoever may resume interventions
    Given Dev has these tasks:
      | job    | kind   | task  | runs                | input users |
      | Pause  | server | look  | manual-intervention |             |
      | Second | server | check | manual-intervention | ann         |
    When release R1 is created
    Then Dev of R1 waits for:
      | what                                                                                                        | cleared by                      |
      | waits in "look" for whoever may resume interventions to resume or reject; rejected at 2024-03-01 00:00:00 UTC | whoever may resume interventions |
    When eve allows eve to administer permissions in the store
    And eve allows bob to resume interventions in the store
    And ann resumes task look of Dev of R1
    Then it is refused: "user:ann needs the permission to resume interventions in stage 1 of pipeline 1 (U3)"
    When bob resumes task look of Dev of R1
    Then the tasks of Dev of R1 are:
      | look  | succeeded |
      | check | waiting   |
    When bob resumes task check of Dev of R1
    Then it is refused: "user:bob is not among those who 1/1#1.1.0 is assigned to"
    When ann resumes task check of Dev of R1
    Then Dev of R1 is succeeded

  @J8 @V3
  Scenario: Who is assigned may stand in a variable, and a value that names nobody who can be fails the task
    Given Dev has these tasks:
      | job   | kind   | task | runs                | input users | input on-timeout |
      | Pause | server | look | manual-intervention | $(who)      | $(then)          |
    And the definition says variables.who = {"value": {"plain": "ann"}}
    And the definition says variables.then = {"value": {"plain": "shrug"}}
    When release R1 is created
    Then the tasks of Dev of R1 are:
      | look | failed |

  @J8 @D4
  Scenario: A cancel ends it at once
    Given Dev has these tasks:
      | job   | kind   | task | runs                | condition |
      | Pause | server | look | manual-intervention |           |
      | Pause | server | tidy |                     | always()  |
    When release R1 is created
    And eve cancels Dev of R1
    Then the tasks of Dev of R1 are:
      | look | canceled |
      | tidy | running  |
    When task tidy of Dev of R1 succeeds
    Then Dev of R1 is canceled

  @J8 @J7
  Scenario: The time of its job is over
    Given Dev has these tasks:
      | job   | kind   | task | runs                | job time-out |
      | Pause | server | look | manual-intervention | 5            |
    When release R1 is created
    And 299 seconds pass
    Then the tasks of Dev of R1 are:
      | look | waiting |
    When 1 second passes
    Then the tasks of Dev of R1 are:
      | look | timed out |
    And Dev of R1 is rejected

  @J8 @J4
  Scenario: One with a retry count is asked again after it was rejected
    Given Dev has these tasks:
      | job   | kind   | task | runs                |
      | Pause | server | look | manual-intervention |
    And the definition says stages[0].jobs[0].tasks[0].retry_count = 1
    When release R1 is created
    And ann rejects task look of Dev of R1
    Then the tasks of Dev of R1 are:
      | look | pausing |
    When 1 second passes
    Then the tasks of Dev of R1 are:
      | look | waiting |
    When ann resumes task look of Dev of R1
    Then Dev of R1 is succeeded

  @J9 @E1
  Scenario: A delay waits for as many minutes as it says
    Given Dev has these tasks:
      | job   | kind   | task | runs  | input minutes |
      | Pause | server | wait | delay | 10            |
    And it is 2024-05-03 12:00
    When release R1 is created
    Then Dev of R1 shows inProgress, inProgress, phaseInProgress
    And Dev of R1 waits for:
      | what                                           | cleared by | by itself at     | nature |
      | waits in "wait" until 2024-05-03 12:10:00 UTC |            | 2024-05-03 12:10 | timed  |
    When 599 seconds pass
    Then the tasks of Dev of R1 are:
      | wait | waiting |
    When 1 second passes
    Then Dev of R1 is succeeded

  @J9
  Scenario: A delay of no minutes ends right after it began, in a commit of its own
    Given Dev has these tasks:
      | job   | kind   | task | runs  | input minutes |
      | Pause | server | wait | delay | 0             |
    When release R1 is created
    Then the tasks of Dev of R1 are:
      | wait | waiting |
    When 1 second passes
    Then Dev of R1 is succeeded

  @J9
  Scenario: The longest delay
    Given Dev has these tasks:
      | job   | kind   | task | runs  | input minutes |
      | Pause | server | wait | delay | 86400         |
    When release R1 is created
    And 5183999 seconds pass
    Then the tasks of Dev of R1 are:
      | wait | waiting |
    When 1 second passes
    Then Dev of R1 is succeeded

  @J9 @V3
  Scenario Outline: Its minutes may stand in a variable
    Given Dev has these tasks:
      | job   | kind   | task | runs  | input minutes |
      | Pause | server | wait | delay | $(minutes)    |
    And the definition says variables.minutes = {"value": {"plain": "<minutes>"}}
    When release R1 is created
    Then the tasks of Dev of R1 are:
      | wait | <wait> |

    Examples:
      | minutes | wait    |
      | 86400   | waiting |
      | 86401   | failed  |
      | -1      | failed  |
      | soon    | failed  |

  @J9 @J7
  Scenario: The time of a delay's task is over, and a cancel ends one
    Given Dev has these tasks:
      | job   | kind   | task | runs  | input minutes | time-out |
      | Pause | server | wait | delay | 10            | 5        |
    When releases R1, R2 are created
    And eve cancels Dev of R2
    Then the tasks of Dev of R2 are:
      | wait | canceled |
    When 299 seconds pass
    Then the tasks of Dev of R1 are:
      | wait | waiting |
    When 1 second passes
    Then the tasks of Dev of R1 are:
      | wait | timed out |

  @J8 @J9 @P5
  Scenario Outline: What can't be
    Given Dev has these tasks:
      | job   | kind   | task | runs   | input <input> |
      | Pause | <kind> | wait | <runs> | <value>       |
    When eve saves the pipeline
    Then it is refused: "the definition is not valid: <told>"

    Examples:
      | kind   | runs                | input      | value | told                                                                                                    |
      |        | delay               | minutes    | 1     | stages[0].jobs[0].tasks[0].task.id: delay stands in a server job only                                   |
      |        | manual-intervention | users      | ann   | stages[0].jobs[0].tasks[0].task.id: manual-intervention stands in a server job only                     |
      | server | delay               | minutes    | 86401 | stages[0].jobs[0].tasks[0].inputs: minutes is a whole number from 0 to 86400, not "86401"               |
      | server | manual-intervention | on-timeout | shrug | stages[0].jobs[0].tasks[0].inputs: on-timeout is resume or reject, not "shrug"                          |

  @J8
  Scenario: One that is assigned to somebody, and whose variable names nobody, fails
    Given Dev has these tasks:
      | job   | kind   | task | runs                | input users   |
      | Pause | server | look | manual-intervention | $(who), $(too) |
    And these variables:
      | name | value | of  |
      | who  |       | Dev |
      | too  |       | Dev |
    When release R1 is created
    Then Dev of R1 is rejected, jobs failed
    And task look of Dev of R1 ended, saying "it is assigned to nobody: $(who), $(too)"

  @J8
  Scenario: One that is left with a group is that group's
    Given Dev has these tasks:
      | job   | kind   | task | runs                | input users | input groups |
      | Pause | server | look | manual-intervention | $(who)      | ops          |
    And these variables:
      | name | value | of  |
      | who  |       | Dev |
    When release R1 is created
    And bob resumes task look of Dev of R1
    Then it is refused: "user:bob is not among those who 1/1#1.0.0 is assigned to"

  @J8 @I16
  Scenario: The same answer of the same person once more is already so
    Given Dev has these tasks:
      | job   | kind   | task | runs                | input users |
      | Pause | server | look | manual-intervention | ann, bob    |
      | Then  |        | ship |                     |             |
    When release R1 is created
    And ann resumes task look of Dev of R1
    And ann resumes task look of Dev of R1
    Then nothing is recorded
    When ann rejects task look of Dev of R1
    Then it is refused: "task 1/1#1.0.0 does not wait for somebody to resume or reject it"
    When bob resumes task look of Dev of R1
    Then it is refused: "task 1/1#1.0.0 does not wait for somebody to resume or reject it"
