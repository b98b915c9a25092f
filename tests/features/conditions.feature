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

  @J5 @C1
  Scenario Outline: A task runs if its expression is true
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these variables:
      | name   | value       | of           |
      | Color  | blue        | the pipeline |
      | scale  | 10          | Dev          |
      | which  | COLOR       | Dev          |
      | region | eu-$(which) | Dev          |
    And Dev has these tasks:
      | task  | condition   |
      | first | always()    |
      | then  | <condition> |
    When release R1 is created
    And task first of Dev of R1 succeeds
    Then the tasks of Dev of R1 are:
      | first | succeeded |
      | then  | <runs>    |

    Examples:
      | condition                                                | runs    |
      | and(succeeded(), eq(variables['color'], 'BLUE'))         | running |
      | AND(Succeeded(), EQ(Variables.COLOR, 'blue'))            | running |
      | and(failed(), eq(variables.color, 'blue'))               | skipped |
      | eq(variables.color, 'green')                             | skipped |
      | eq(variables[variables.which], 'blue')                   | running |
      | eq(variables.region, 'EU-color')                         | running |
      | eq(variables.unknown, '')                                | running |
      | startsWith(variables['Release.ReleaseName'], 'release-') | running |
      | in(variables.color, 'red', 'blue')                       | running |
      | containsValue(split('red;blue', ';'), variables.color)   | running |
      | eq(format('{0}-{1}', variables.color, 1), 'blue-1')      | running |
      | eq(iif(gt(variables.scale, 9), 'many', 'few'), 'few')    | running |
      | gt(10, variables.scale)                                  | skipped |
      | ge(10, variables.scale)                                  | running |
      | 'it''s'                                                  | running |
      | null                                                     | skipped |

  @J5 @C1 @R4
  Scenario: A condition sees the value that was given for the release
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these variables:
      | name  | value | of           | settable |
      | color | blue  | the pipeline | yes      |
    And Dev has these tasks:
      | task  | condition                   |
      | first | eq(variables.color, 'blue') |
      | then  |                             |
    When release R1 is created with:
      | variable color | green |
    Then the tasks of Dev of R1 are:
      | first | skipped |
      | then  | running |
    And task first of Dev of R1 was skipped, since "eq(variables['color'], 'blue') is false: variables['color'] is 'green'"

  @J5 @C1 @D4
  Scenario Outline: Expressions after a failure and after a cancel
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task  | condition   |
      | first |             |
      | then  | <condition> |
    When release R1 is created
    And <what happens>
    Then the tasks of Dev of R1 are:
      | first | <first> |
      | then  | <runs>  |

    Examples:
      | condition                  | what happens                    | first  | runs    |
      | or(failed(), canceled())   | task first of Dev of R1 fails   | failed | running |
      | true                       | task first of Dev of R1 fails   | failed | running |
      | not(failed())              | task first of Dev of R1 fails   | failed | skipped |
      | xor(failed(), succeeded()) | task first of Dev of R1 is lost | lost   | running |

  @J5 @C1 @J6
  Scenario Outline: The condition of a job asks for earlier jobs by name
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | job    | job condition               | task   |
      | Build  |                             | build  |
      | Verify | eq(variables.verify, 'yes') | verify |
      | Tell   | <condition>                 | tell   |
    When release R1 is created
    And task build of Dev of R1 <how>
    Then the jobs of Dev of R1 are:
      | Build  | <ended> |
      | Verify | skipped |
      | Tell   | <runs>  |
    And job Verify of Dev of R1 was skipped, since "eq(variables['verify'], 'yes') is false: variables['verify'] is null"

    Examples:
      | condition                            | how      | ended     | runs    |
      | succeeded('build')                   | succeeds | succeeded | running |
      | succeeded('Build')                   | fails    | failed    | skipped |
      | failed('Build', 'Verify')            | fails    | failed    | running |
      | succeeded('Verify')                  | succeeds | succeeded | skipped |
      | and(failed(), not(failed('Verify'))) | fails    | failed    | running |

  @C2
  Scenario Outline: The right side becomes what the left side is
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these variables:
      | name    | value  | of  |
      | version | 1.10.0 | Dev |
      | number  | 1,000  | Dev |
      | word    | abc    | Dev |
    And Dev has these tasks:
      | task  | condition   |
      | first | <condition> |
      | then  |             |
    When release R1 is created
    Then the tasks of Dev of R1 are:
      | first | <first> |
      | then  | <then>  |

    Examples:
      | condition                     | first   | then      |
      | eq(1000, variables.number)    | running | not begun |
      | eq(variables.number, 1000)    | skipped | running   |
      | gt(1.11.0, variables.version) | running | not begun |
      | gt(1.9.0, variables.version)  | skipped | running   |
      | eq(1, variables.word)         | skipped | running   |
      | ne(1, variables.word)         | running | not begun |
      | eq(true, variables.word)      | running | not begun |
      | eq(null, variables.none)      | running | not begun |

  @C2
  Scenario Outline: What can not be ordered makes the condition false, and it is recorded why
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these variables:
      | name | value | of  |
      | word | abc   | Dev |
    And Dev has these tasks:
      | task  | condition   |
      | first | <condition> |
      | then  |             |
    When release R1 is created
    Then the tasks of Dev of R1 are:
      | first | skipped |
      | then  | running |
    And task first of Dev of R1 was skipped, since "'abc' is a text, and does not convert to a number: variables['word'] is 'abc'"

    Examples:
      | condition                    |
      | lt(1, variables.word)        |
      | not(lt(1, variables.word))   |
      | or(ge(1, variables.word), 1) |

  @C3
  Scenario Outline: A condition that is wrong is a problem when the pipeline is saved
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task  | condition   |
      | first | <condition> |
    And these variables:
      | name     | value              | of             |
      | password | secret db-password | the pipeline   |
      | token    | secret api-token   | the job of Dev |
    When eve saves the pipeline
    Then it is refused: "...stages[0].jobs[0].tasks[0].condition.expression: <problem>"

    Examples:
      | condition                      | problem                                                                               |
      | eq(1, 2                        | column 8: expected , or ), found the end                                              |
      | and(true, maybe(1))            | column 11: there is no function maybe                                                 |
      | not(counter('a', 1))           | column 5: counter can't be used in a condition: it is not pure, each call counts on   |
      | eq(1)                          | column 1: eq takes 2 arguments, found 1                                               |
      | eq(variables['Password'], 'x') | column 14: a condition can't use password: it is a secret, or refers to one           |
      | ne(variables.token, '')        | column 14: a condition can't use token: it is a secret, or refers to one              |
      | failed('first')                | column 8: failed takes no arguments in the condition of a task, only in that of a job |
