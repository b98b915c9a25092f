Feature: Variables that tasks set
  A task sets variables for later tasks of its job; those that it sets as outputs are for later jobs of its stage too.

  Background:
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
    And Dev has these tasks:
      | job   | job reference name | task | reference name | input script                                    |
      | Build | assemble           | make | maker          | $(color) $(maker.color) $(assemble.maker.color) |
      | Build |                    | pack |                | $(color) $(maker.color) $(assemble.maker.color) |
      | Ship  | ship               | send |                | $(color) $(maker.color) $(assemble.maker.color) |

  @J10 @V1
  Scenario: Later tasks of the job see what a task set, under its name and under that of the task
    When release R1 is created
    And task make of Dev of R1 succeeds and has set:
      | name  | value |
      | Color | blue  |
    Then task pack of Dev of R1 is told script = "blue blue $(assemble.maker.color)"
    And task make of Dev of R1 is told script = "$(color) $(maker.color) $(assemble.maker.color)"

  @J10
  Scenario: What is set as an output goes by the name of its task only
    When release R1 is created
    And task make of Dev of R1 succeeds and has set:
      | name  | value | output |
      | color | blue  | yes    |
    Then task pack of Dev of R1 is told script = "$(color) blue $(assemble.maker.color)"

  @J10
  Scenario: Later jobs of the stage see outputs, and nothing else
    When release R1 is created
    And task make of Dev of R1 succeeds and has set:
      | name  | value | output |
      | color | blue  | yes    |
    And task pack of Dev of R1 succeeds
    Then task send of Dev of R1 is told script = "$(color) $(maker.color) blue"
    When release R2 is created
    And task make of Dev of R2 succeeds and has set:
      | name  | value |
      | color | blue  |
    And task pack of Dev of R2 succeeds
    Then task send of Dev of R2 is told script = "$(color) $(maker.color) $(assemble.maker.color)"

  @J10
  Scenario: Tasks and jobs without a reference name have no such form
    Given the definition says stages[0].jobs[0].reference_name = ""
    When release R1 is created
    And task make of Dev of R1 succeeds and has set:
      | name  | value | output |
      | color | blue  | yes    |
    And task pack of Dev of R1 succeeds and has set:
      | name  | value | output |
      | color | green | yes    |
    Then task send of Dev of R1 is told script = "$(color) $(maker.color) $(assemble.maker.color)"

  @J10
  Scenario: Other stages and other releases see nothing
    Given QA has these tasks:
      | job   | job reference name | task | reference name | input script                                    |
      | Build | assemble           | make | maker          |                                                 |
      | Build |                    | pack |                | $(color) $(maker.color) $(assemble.maker.color) |
      | Ship  |                    | send |                | $(color) $(maker.color) $(assemble.maker.color) |
    When release R1 is created
    And task make of Dev of R1 succeeds and has set:
      | name  | value | output |
      | color | blue  | yes    |
      | Color | green |        |
      | form  | round | yes    |
    And task pack of Dev of R1 succeeds
    And task send of Dev of R1 succeeds
    And task make of QA of R1 succeeds
    Then task pack of QA of R1 is told script = "$(color) $(maker.color) $(assemble.maker.color)"
    When task pack of QA of R1 succeeds
    Then task send of QA of R1 is told script = "$(color) $(maker.color) $(assemble.maker.color)"
    When release R2 is created
    And task make of Dev of R2 succeeds
    Then task pack of Dev of R2 is told script = "$(color) $(maker.color) $(assemble.maker.color)"

  @J10 @J4
  Scenario: A try that failed counts for nothing once the task is tried again
    Given the definition says stages[0].jobs[0].tasks[0].retry_count = 1
    When release R1 is created
    And task make of Dev of R1 fails and has set:
      | name  | value |
      | color | blue  |
      | form  | round |
    And 1 second passes
    And task make of Dev of R1 succeeds
    Then task pack of Dev of R1 is told script = "$(color) $(maker.color) $(assemble.maker.color)"

  @J10 @J4
  Scenario: A try stands that was to be followed by another and is not
    Given the definition says stages[0].jobs[0].tasks[0].retry_count = 1
    And the definition says stages[0].jobs[0].tasks[1].condition = "always"
    When release R1 is created
    And task make of Dev of R1 fails and has set:
      | name  | value |
      | color | blue  |
    And bob cancels Dev of R1
    Then task pack of Dev of R1 is told script = "blue blue $(assemble.maker.color)"

  @J10 @D4
  Scenario: What a task set that was stopped counts, for whoever cleans up after it
    Given the definition says stages[0].jobs[0].tasks[1].condition = "always"
    When release R1 is created
    And bob cancels Dev of R1
    And task make of Dev of R1 stops and has set:
      | name  | value |
      | color | blue  |
    Then task pack of Dev of R1 is told script = "blue blue $(assemble.maker.color)"

  @J10 @D5
  Scenario: A job that is not repeated has the outputs of the attempt in which it succeeded
    When release R1 is created
    And task make of Dev of R1 succeeds and has set:
      | name  | value | output |
      | color | blue  | yes    |
    And task pack of Dev of R1 succeeds
    And task send of Dev of R1 fails
    And bob deploys the failed jobs of Dev of R1
    Then task send of Dev of R1 is told script = "$(color) $(maker.color) blue"
    When task send of Dev of R1 fails
    And bob deploys the failed jobs of Dev of R1
    Then task send of Dev of R1 is told script = "$(color) $(maker.color) blue"
    When task send of Dev of R1 fails
    And bob deploys Dev of R1
    And task make of Dev of R1 succeeds
    And task pack of Dev of R1 succeeds
    Then task send of Dev of R1 is told script = "$(color) $(maker.color) $(assemble.maker.color)"

  @J10 @V1
  Scenario: They win over the variables of the job and lose to those of the system
    Given these variables:
      | name                 | value | of             |
      | color                | red   | the job of Dev |
      | maker.color          | red   | the job of Dev |
      | assemble.maker.color | red   | the job of Dev |
    And the definition says stages[0].jobs[0].tasks[1].inputs.script = "$(color) $(maker.color) $(Release.ReleaseName)"
    When release R1 is created
    Then task pack of Dev of R1 is told script = "red red Release-1"
    When task make of Dev of R1 succeeds and has set:
      | name                | value |
      | color               | blue  |
      | Release.ReleaseName | mine  |
    Then task pack of Dev of R1 is told script = "blue blue Release-1"
    And task make of Dev of R1 ended, saying "variables that are not kept: \"Release.ReleaseName\" (only the system sets it)"

  @J10
  Scenario: Of two tasks that set one variable, the later counts
    Given Dev has these tasks:
      | job   | task | reference name | input script            |
      | Build | make | maker          |                         |
      | Build | pack |                |                         |
      | Build | last |                | $(color) $(maker.color) |
    When release R1 is created
    And task make of Dev of R1 succeeds and has set:
      | name  | value |
      | color | blue  |
    And task pack of Dev of R1 succeeds and has set:
      | name  | value |
      | color | green |
    Then task last of Dev of R1 is told script = "green blue"

  @J10 @C1
  Scenario: Conditions see them
    Given Dev has these tasks:
      | job   | job reference name | job condition                                | task | reference name | condition                           |
      | Build | assemble           |                                              | make | maker          |                                     |
      | Build |                    |                                              | pack |                | eq(variables['maker.color'], 'blue') |
      | Ship  |                    | eq(variables['assemble.maker.color'], 'blue') | send |                |                                     |
    When release R1 is created
    And task make of Dev of R1 succeeds and has set:
      | name  | value | output |
      | color | blue  | yes    |
    And task pack of Dev of R1 succeeds
    Then the jobs of Dev of R1 are:
      | Build | succeeded |
      | Ship  | running   |
    When release R2 is created
    And task make of Dev of R2 succeeds and has set:
      | name  | value | output |
      | color | green | yes    |
    Then the jobs of Dev of R2 are:
      | Build | succeeded |
      | Ship  | skipped   |
    When release R3 is created
    And task make of Dev of R3 succeeds and has set:
      | name  | value |
      | color | blue  |
    And task pack of Dev of R3 succeeds
    Then the jobs of Dev of R3 are:
      | Build | succeeded |
      | Ship  | skipped   |

  @J10
  Scenario: What exceeds a limit is not kept, and the task says so
    When release R1 is created
    And task make of Dev of R1 fails and has set:
      | name    | value           |
      | color   | 8193 characters |
      | no name | 1               |
    Then task make of Dev of R1 ended, saying "as the scenario says; variables that are not kept: \"color\" (its value is longer than 8192 bytes), \"no name\" (its name is not that of a variable)"
    When release R2 is created
    And task make of Dev of R2 succeeds and has set:
      | name  | value |
      | color | blue  |
    Then task make of Dev of R2 ended, saying ""

  @J10 @V1
  Scenario: A form that is a name of the system is not seen, and the task says so
    Given the definition says stages[0].jobs[0].tasks[0].reference_name = "build"
    And the definition says stages[0].jobs[0].tasks[1].inputs.script = "$(color) $(build.color)"
    When release R1 is created
    And task make of Dev of R1 succeeds and has set:
      | name  | value |
      | color | blue  |
    Then task pack of Dev of R1 is told script = "blue $(build.color)"
    And task make of Dev of R1 ended, saying "names that are not seen: \"build.color\" (only the system sets it)"
